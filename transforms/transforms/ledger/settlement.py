"""A settlement being read: its rows folded into sums, and the header that closes it.

Rows are summed by (transaction type, order, item, SKU, marketplace) and within that by
(triple, day), so memory grows with orders, not with rows, and a row can still be traced to its
order. Rows that name neither an order nor a SKU are kept one by one: each may be a charge that
the bank saw by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from transforms.ledger.catalogue import Triple
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.money import ZERO

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")


class Group(NamedTuple):
    """What rows are summed under."""

    transaction_type: str
    order_id: str
    item: str
    sku: str
    marketplace: str


class Row(NamedTuple):
    """One row of the report; the day is already in the organisation's time zone."""

    number: int
    triple: Triple
    order_id: str
    item: str
    sku: str
    marketplace: str
    day: date
    amount: Decimal
    quantity: int


@dataclass(slots=True)
class Sum:
    """The sum of equal rows: amount, number of rows, units; first is the first row's number."""

    amount: Decimal = ZERO
    rows: int = 0
    quantity: int = 0
    first: int = 0


class Entry(NamedTuple):
    """A sum with everything it was summed under, and the number of its first row."""

    group: Group
    triple: Triple
    day: date
    amount: Decimal
    rows: int
    quantity: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """The summary row of a settlement report, and where the report came from."""

    settlement_id: str
    currency: str
    total: Decimal
    start: str
    end: str
    end_day: date
    deposit_day: date | None
    report_id: str
    checksum: str


@dataclass(slots=True)
class Settlement:
    """Rows of one settlement, summed; complete once its header has arrived."""

    settlement_id: str
    header: Header | None = None
    sums: dict[Group, dict[tuple[Triple, date], Sum]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Add one row to its sum."""
        item = row.item if row.order_id or row.sku else f"#{row.number}"
        group = Group(row.triple.transaction_type, row.order_id, item, row.sku, row.marketplace)
        total = self._sum(group, row.triple, row.day, row.number)
        total.amount += row.amount
        total.rows += 1
        total.quantity += row.quantity

    def _sum(self, group: Group, triple: Triple, day: date, first: int) -> Sum:
        sums = self.sums.setdefault(group, {})
        total = sums.get((triple, day))
        if total is None:
            total = sums[triple, day] = Sum(first=first)
        return total

    def entries(self) -> Iterator[Entry]:
        """Give every sum, in the order in which the report first named it."""
        for group, sums in self.sums.items():
            for (triple, day), total in sums.items():
                yield Entry(
                    group, triple, day, total.amount, total.rows, total.quantity, total.first
                )

    @property
    def closed(self) -> Header:
        """The header; a settlement without one is still being read."""
        if self.header is None:
            raise ValueError(f"settlement {self.settlement_id} is not closed: no summary row yet")
        return self.header

    @property
    def rows_total(self) -> Decimal:
        """The sum of all rows."""
        return sum((entry.amount for entry in self.entries()), ZERO)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return sum(entry.rows for entry in self.entries())

    @property
    def last_day(self) -> date:
        """The last day on which a row was posted, else the day the settlement ends."""
        return max((entry.day for entry in self.entries()), default=self.closed.end_day)

    @property
    def order_ids(self) -> list[str]:
        """The real order ids that its rows name."""
        named = dict.fromkeys(group.order_id for group in self.sums)
        return [each for each in named if is_order_id(each)]

    def check(self) -> None:
        """Refuse a settlement whose rows do not sum to the total that Amazon states."""
        if self.rows_total != self.closed.total:
            raise DoesNotTie(
                f"settlement {self.settlement_id}, total-amount against the sum of its rows",
                self.closed.total,
                self.rows_total,
            )

    def to_record(self) -> dict[str, Any]:
        """Write the settlement as JSON values, so that a held one can be replayed."""
        header = self.closed
        return {
            "settlement_id": self.settlement_id,
            "currency": header.currency,
            "total": str(header.total),
            "start": header.start,
            "end": header.end,
            "end_day": header.end_day.isoformat(),
            "deposit_day": header.deposit_day.isoformat() if header.deposit_day else None,
            "report_id": header.report_id,
            "checksum": header.checksum,
            "entries": [
                [*e.group, *e.triple[1:], e.day.isoformat(), str(e.amount), *e[4:]]
                for e in self.entries()
            ],
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Settlement:
        """Read what to_record wrote."""
        header = Header(
            settlement_id=record["settlement_id"],
            currency=record["currency"],
            total=Decimal(record["total"]),
            start=record["start"],
            end=record["end"],
            end_day=date.fromisoformat(record["end_day"]),
            deposit_day=date.fromisoformat(record["deposit_day"])
            if record["deposit_day"]
            else None,
            report_id=record["report_id"],
            checksum=record["checksum"],
        )
        settlement = cls(header.settlement_id, header)
        for values in record["entries"]:
            group = Group(*values[:5])
            amount_type, description, day, amount, rows, quantity, *first = values[5:]
            triple = Triple(group.transaction_type, amount_type, description)
            total = settlement._sum(
                group, triple, date.fromisoformat(day), first[0] if first else 0
            )
            total.amount += Decimal(amount)
            total.rows += rows
            total.quantity += quantity
        return settlement

    def of_order(self, order_id: str) -> Settlement:
        """Give the part of the settlement that belongs to one order, header included."""
        kept = {group: sums for group, sums in self.sums.items() if group.order_id == order_id}
        return Settlement(self.settlement_id, self.header, kept)


def is_order_id(text: str) -> bool:
    """Say whether a reference is a real order id: order-id also carries FBA shipment ids."""
    return ORDER_ID.fullmatch(text) is not None
