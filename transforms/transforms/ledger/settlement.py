"""A settlement being read: its rows folded into sums, and the header that closes it.

Rows are summed by order and within it by (triple, marketplace, day, item, SKU), so memory grows
with orders, not with rows, and a row can still be traced to its order. What many rows share (the
kind of a row, the amount and units of one) is held once and referred to. Rows that name neither
an order nor a SKU are kept one by one where each may be a charge that the bank saw by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from transforms.ledger.catalogue import Triple
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.money import ZERO

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
# Where an order's dictionary names its first item; kinds count from zero.
_ITEM = -1
_MEMORY = 2**16


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


class Kind(NamedTuple):
    """What rows of many orders have in common."""

    triple: Triple
    marketplace: str
    day: date


class Sum(NamedTuple):
    """The sum of equal rows: amount, number of rows, units."""

    amount: Decimal
    rows: int
    quantity: int


class Entry(NamedTuple):
    """A sum with everything it was summed under.

    `first` is the row with which its kind began or, where that is earlier, its order: it tells
    where to look in the report.
    """

    group: Group
    triple: Triple
    day: date
    amount: Decimal
    rows: int
    quantity: int
    first: int = 0


# The sums of one order. The first item's are under the number of their kind alone, any other
# item's under (kind, item, SKU): most orders have one item, and most settlements most orders.
OrderSums = dict[int | tuple[int, str, str], Any]


@dataclass(slots=True, eq=False)
class Content:
    """What orders hold that differ in nothing but their ids and their item's: the first of them."""

    first: str
    orders: int = 0


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


def _each(triple: Triple) -> bool:  # noqa: ARG001 - any triple
    return True


@dataclass(slots=True, eq=False)
class Settlement:
    """Rows of one settlement, summed; complete once its header has arrived.

    `alone` says of which triples the rows without order and SKU are kept one by one. `mixed` are
    the orders of several items.
    """

    settlement_id: str
    header: Header | None = None
    alone: Callable[[Triple], bool] = _each
    kinds: list[Kind] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    orders: dict[str, OrderSums] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    _numbers: dict[Kind, int] = field(default_factory=dict)
    _totals: dict[Sum, Sum] = field(default_factory=dict)
    _by_kind: list[Sum] | None = None
    _contents: list[Content] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Settlement):
            return NotImplemented
        mine, theirs = (self.settlement_id, self.header), (other.settlement_id, other.header)
        return mine == theirs and sorted(self.entries()) == sorted(other.entries())

    __hash__ = None  # type: ignore[assignment]

    def add(self, row: Row) -> None:
        """Add one row to its sum."""
        self.add_sum(
            row.order_id,
            row.item if row.order_id or row.sku else self.item_alone(row.triple, row.number),
            row.sku,
            self.number(Kind(row.triple, row.marketplace, row.day), row.number),
            Sum(row.amount, 1, row.quantity),
            row.number,
        )

    def item_alone(self, triple: Triple, row: int) -> str:
        """Name the item of a row without order and SKU: by itself, or one with its like."""
        return f"#{row}" if self.alone(triple) else ""

    def number(self, kind: Kind, row: int) -> int:
        """Give the number under which a kind of rows is known here; `row` is its first."""
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self.kinds)
            self.kinds.append(kind)
            self.firsts.append(row)
        return number

    def add_sum(self, order_id: str, item: str, sku: str, kind: int, value: Sum, row: int) -> None:
        """Add rows of one kind, order and item; `row` is the first of them."""
        self._by_kind = self._contents = None
        sums = self.orders.get(order_id)
        if sums is None:
            self.orders[order_id] = {_ITEM: (item, sku, row), kind: value}
            return
        first_item, first_sku, _ = sums[_ITEM]
        key: int | tuple[int, str, str] = kind
        if item != first_item or sku != first_sku:
            key = (kind, item, sku)
            self.mixed.add(order_id)
        before = sums.get(key)
        if before is None:
            sums[key] = value
        else:
            amount, rows, quantity = value
            total = Sum(before[0] + amount, before[1] + rows, before[2] + quantity)
            # Equal sums are held once, like equal rows.
            if len(self._totals) > _MEMORY:
                self._totals.clear()
            sums[key] = self._totals.setdefault(total, total)

    def entries(self) -> Iterator[Entry]:
        """Give every sum, order by order, as the report first named them."""
        for order_id in self.orders:
            yield from self.entries_of(order_id)

    def entries_of(self, order_id: str, positions: Container[int] | None = None) -> list[Entry]:
        """Give the sums of one order, or some of them; blank for the rows that name none."""
        sums, kinds, firsts = self.orders[order_id], self.kinds, self.firsts
        first_item, first_sku, row = sums[_ITEM]
        found = []
        for position, (key, value) in enumerate(sums.items(), start=-1):
            if position < 0 or not (positions is None or position in positions):
                continue
            number, item, sku = (key, first_item, first_sku) if isinstance(key, int) else key
            triple, marketplace, day = kinds[number]
            group = Group(triple[0], order_id, item, sku, marketplace)
            amount, rows, quantity = value
            first = max(row, firsts[number])
            found.append(Entry(group, triple, day, amount, rows, quantity, first))
        return found

    def numbered(self, order_id: str) -> list[tuple[int, str, Decimal, int, int]]:
        """Give the sums of an order as (number of the kind, SKU, amount, rows, units)."""
        sums = self.orders[order_id]
        sku = sums[_ITEM][1]
        return [
            (key, sku, *value) if isinstance(key, int) else (key[0], key[2], *value)
            for key, value in sums.items()
            if key != _ITEM
        ]

    def sums_of(self, order_id: str) -> tuple[str, str, list[Sum]]:
        """Give an order's first item and its SKU, and its sums in the order of its entries."""
        (item, sku, _), *values = self.orders[order_id].values()
        return item, sku, values

    def contents(self) -> list[Content]:
        """Give what each order holds; those equal in kinds of rows, SKU and sums share one."""
        if self._contents is None:
            known: dict[tuple[object, ...], Content] = {}
            self._contents = []
            for order_id, sums in self.orders.items():
                (item, sku, _), *values = sums.values()
                key = (is_order_id(order_id), not item, sku, *sums, *values)
                content = known.get(key)
                if content is None:
                    if len(known) > _MEMORY:
                        known.clear()
                    content = known[key] = Content(order_id)
                content.orders += 1
                self._contents.append(content)
        return self._contents

    def by_kind(self) -> Iterator[Entry]:
        """Give the sum of each kind of rows over all orders, as the report first named them."""
        for kind, total, row in zip(self.kinds, self._kind_sums(), self.firsts, strict=True):
            if total.rows:
                group = Group(kind.triple.transaction_type, "", "", "", kind.marketplace)
                yield Entry(group, kind.triple, kind.day, *total, row)

    def _kind_sums(self) -> list[Sum]:
        if self._by_kind is None:
            amounts = [ZERO] * len(self.kinds)
            counts, units = [0] * len(amounts), [0] * len(amounts)
            for content in dict.fromkeys(self.contents()):
                for number, _, amount, rows, quantity in self.numbered(content.first):
                    amounts[number] += amount * content.orders
                    counts[number] += rows * content.orders
                    units[number] += quantity * content.orders
            self._by_kind = list(map(Sum, amounts, counts, units))
        return self._by_kind

    @property
    def closed(self) -> Header:
        """The header; a settlement without one is still being read."""
        if self.header is None:
            raise ValueError(f"settlement {self.settlement_id} is not closed: no summary row yet")
        return self.header

    @property
    def rows_total(self) -> Decimal:
        """The sum of all rows."""
        return sum((total.amount for total in self._kind_sums()), ZERO)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return sum(total.rows for total in self._kind_sums())

    @property
    def last_day(self) -> date:
        """The last day on which a row was posted, else the day the settlement ends."""
        return max((entry.day for entry in self.by_kind()), default=self.closed.end_day)

    @property
    def order_ids(self) -> list[str]:
        """The real order ids that its rows name."""
        return [order_id for order_id in self.orders if is_order_id(order_id)]

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
            "kinds": [
                [*kind.triple, kind.marketplace, kind.day.isoformat(), first]
                for kind, first in zip(self.kinds, self.firsts, strict=True)
            ],
            "entries": [
                [*e.group, *e.triple[1:], e.day.isoformat(), str(e.amount), *e[4:]]
                for e in self.entries()
            ],
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Settlement:
        """Read what to_record wrote."""
        deposit_day = record["deposit_day"]
        header = Header(
            settlement_id=record["settlement_id"],
            currency=record["currency"],
            total=Decimal(record["total"]),
            start=record["start"],
            end=record["end"],
            end_day=date.fromisoformat(record["end_day"]),
            deposit_day=date.fromisoformat(deposit_day) if deposit_day else None,
            report_id=record["report_id"],
            checksum=record["checksum"],
        )
        settlement = cls(header.settlement_id, header)
        for *triple, marketplace, day, first in record.get("kinds", ()):
            settlement.number(Kind(Triple(*triple), marketplace, date.fromisoformat(day)), first)
        for values in record["entries"]:
            transaction_type, order_id, item, sku, marketplace = values[:5]
            amount_type, description, day, amount, rows, quantity, *first = values[5:]
            row = first[0] if first else 0  # Books of an earlier version do not say.
            named = Triple(transaction_type, amount_type, description)
            kind = settlement.number(Kind(named, marketplace, date.fromisoformat(day)), row)
            total = Sum(Decimal(amount), rows, quantity)
            settlement.add_sum(order_id, item, sku, kind, total, row)
        return settlement

    def of_order(self, order_id: str) -> Settlement:
        """Give the part of the settlement that belongs to one order, header included."""
        kept = {order_id: self.orders[order_id]}
        return replace(self, orders=kept, _by_kind=None, _contents=None)


@lru_cache(maxsize=256)
def is_order_id(text: str) -> bool:
    """Say whether a reference is a real order id: order-id also carries FBA shipment ids."""
    return ORDER_ID.fullmatch(text) is not None
