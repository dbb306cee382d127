"""The demo seller on many dates, its files read back by this folder's own few lines."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo import demo_seller

DAYS = [
    *("2025-01-01", "2025-01-08", "2025-01-09", "2025-02-08", "2025-02-28", "2025-03-08"),
    *("2025-03-09", "2025-03-30", "2025-04-09", "2025-05-31", "2025-06-15", "2025-07-08"),
    *("2025-08-31", "2025-09-09", "2025-10-26", "2025-11-09", "2025-12-31", "2026-01-09"),
    *("2026-02-09", "2026-03-01", "2026-03-29", "2026-04-08", "2026-06-30", "2026-10-25"),
    *("2026-11-21", "2026-12-09", "2028-02-29", "2028-03-09"),
]
REVENUE = {"ItemPrice", "Promotion", "ItemWithheldTax"}
ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")


@dataclass(frozen=True)
class File:
    """One settlement file, read back: its summary, and its rows as dictionaries."""

    summary: dict[str, str]
    rows: list[dict[str, str]]
    comma: bool

    def amount(self, text: str) -> Decimal:
        return Decimal(text.replace(",", ".") if self.comma else text)

    @property
    def start(self) -> datetime:
        return instant(self.summary["settlement-start-date"])

    @property
    def end(self) -> datetime:
        return instant(self.summary["settlement-end-date"])

    @property
    def total(self) -> Decimal:
        return self.amount(self.summary["total-amount"])

    def posted(self, row: dict[str, str]) -> datetime:
        return instant(row["posted-date-time"])

    @property
    def deposit(self) -> datetime:
        return instant(self.summary["deposit-date"])

    def named(self, description: str) -> list[Decimal]:
        return [
            self.amount(row["amount"])
            for row in self.rows
            if row["amount-description"] == description
        ]


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S UTC").replace(tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    """The demo seller of one day, with its files read back by settlement name."""

    now: datetime
    seller: Seller
    files: dict[str, File]

    def orders(self, name: str) -> list[dict[str, Any]]:
        return [
            order
            for order in self.seller.orders.values()
            if order["salesChannel"]["marketplaceName"] == name
        ]

    @cached_property
    def settled(self) -> dict[str, dict[str, Decimal]]:
        """The sum of the revenue rows, by order and settlement."""
        sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for name, file in self.files.items():
            for row in file.rows:
                order_id = row["order-id"]
                real = row["transaction-type"] == "Order" and ORDER_ID.fullmatch(order_id)
                if real and row["amount-type"] in REVENUE:
                    sums[order_id][name] += file.amount(row["amount"])
        return sums


def read(name: str, content: bytes) -> File:
    comma = name.startswith("DE")
    text = content.decode("cp1252" if comma else "utf-8-sig")
    header, summary, *rows = [line.split("\t") for line in text.splitlines()]
    return File(
        dict(zip(header, summary, strict=True)),
        [dict(zip(header, row, strict=True)) for row in rows],
        comma,
    )


@cache
def demo_of(day: str) -> Demo:
    now = datetime.fromisoformat(f"{day}T10:30:00+00:00")
    seller = demo_seller(now)
    files = seller.settlement_files()
    names = {report_id: each.name for report_id, each in seller.settlements.items()}
    return Demo(now, seller, {names[key]: read(names[key], files[key]) for key in files})


@pytest.fixture(params=DAYS)
def demo(request: pytest.FixtureRequest) -> Demo:
    return demo_of(request.param)


@pytest.fixture
def demo_on() -> Callable[[str], Demo]:
    """Give the demo seller of a day."""
    return demo_of
