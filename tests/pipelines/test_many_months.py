"""The demo seller at many dates: whatever the calendar, every settlement ties out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulators.amazon_sp.demo import demo_seller
from tap_amazon_sp import flatfile, records
from transforms import maps
from transforms.bookkeeping import Bookkeeper
from transforms.wire import dictionaries

ORGANISATION = "Demo Company (UK)"
DATES = [datetime(2026, 7, 9, 12, tzinfo=UTC) + timedelta(days=17 * n) for n in range(40)]
# A journal's lines are tax-inclusive: the tax inside them moves no balance of these accounts.
CLEARING, HELD_SKU = "610", "NEW-SKU-9"


def source_records(seller: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in seller.event_groups:
        yield "financial_event_groups", records.event_group(group)
    for order in seller.orders.values():
        yield "orders", records.order(order)
    for report_id, file in seller.settlement_files().items():
        content = io.BytesIO(file)
        settlement = flatfile.examine(content)
        shared = {
            "settlement_id": settlement.settlement_id,
            "report_id": report_id,
            "currency": settlement.currency,
        }
        content.seek(0)
        for row in flatfile.rows(content, settlement):
            yield "settlement_rows", shared | flatfile.fields(row)
        yield (
            "settlements",
            shared
            | {
                "start": settlement.start,
                "end": settlement.end,
                "deposit": settlement.deposit,
                "total_amount": settlement.total_amount,
                "checksum": settlement.checksum,
                "source": "report",
                "fault": None,
            },
        )


def mapped(folder: Path, now: datetime) -> dict[str, list[dict[str, Any]]]:
    keeper = Bookkeeper(maps.load(folder), None)
    made: dict[str, list[dict[str, Any]]] = {}
    for stream, record in source_records(demo_seller(now)):
        for values in dictionaries(keeper.record(stream, record)):
            made.setdefault(values["stream"], []).append(values["record"])
    return made


def clearing(made: dict[str, list[dict[str, Any]]]) -> Decimal:
    payments = sum((Decimal(p["amount"]) for p in made["payments"]), Decimal(0))
    journals = sum(
        (
            Decimal(line["amount"])
            for journal in made["journals"]
            for line in journal["lines"]
            if line["account"] == CLEARING
        ),
        Decimal(0),
    )
    payouts = sum((Decimal(b["total"]) for b in made["bank_transactions"]), Decimal(0))
    return payments + journals - payouts


@pytest.mark.slow
@pytest.mark.parametrize("now", DATES, ids=[f"{date:%Y-%m-%d}" for date in DATES])
def test_clearing_shows_only_what_waits_whatever_the_date(root: Path, now: datetime) -> None:
    made = mapped(root / "maps", now)
    waits = sum((Decimal(h["amount"]) for h in made["held"] if h["amount"]), Decimal(0))
    assert waits > 0
    assert clearing(made) == -waits
    statuses = [proof["status"] for proof in made["settlements"]]
    assert sorted(statuses) == ["held"] + ["tied"] * 7
    assert all(proof["difference"] in (None, "0.00") for proof in made["settlements"])


@pytest.mark.slow
@pytest.mark.parametrize("now", DATES[::4], ids=[f"{date:%Y-%m-%d}" for date in DATES[::4]])
def test_an_orders_invoice_from_the_api_equals_what_its_settlements_pay(
    root: Path, now: datetime
) -> None:
    made = mapped(root / "maps", now)
    totals = {i["number"]: Decimal(i["total"]) for i in made["invoices"] if not i["if_absent"]}
    paid: dict[str, Decimal] = {}
    for payment in made["payments"]:
        paid[payment["pays"]] = paid.get(payment["pays"], Decimal(0)) + Decimal(payment["amount"])
    compared = {number for number in paid if number in totals}
    assert len(compared) > 100
    assert {n for n in compared if paid[n] != totals[n]} == set()
