"""A settlement being read: its rows folded into sums, and the header that closes it.

Rows are summed by order and within it by (triple, marketplace, day, item, SKU), so memory grows
with orders, not with rows, and a row can still be traced to its order. What many orders share is
held once (`contents`). Rows that name neither an order nor a SKU are kept one by one where each may
be a charge that the bank saw by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from transforms.ledger.catalogue import Triple
from transforms.ledger.contents import Filed, Part, Pending, Shelf, Sum, kind_sums
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.money import ZERO

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
# Sums of an order that is put on the shelf again after each run of its rows.
_FEW = 64


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

    `alone` says of which triples the rows without order and SKU are kept one by one.
    """

    settlement_id: str
    header: Header | None = None
    alone: Callable[[Triple], bool] = _each
    kinds: list[Kind] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    orders: dict[str, Filed | Pending] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    _numbers: dict[Kind, int] = field(default_factory=dict)
    _by_kind: list[Sum] | None = None

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

    def line(self, kind: Kind, units: int, row: int) -> int:
        """Give the number under which single rows of a kind and so many units are known here."""
        return self.shelf.line(Part(self.number(kind, row), 0, 1, units))

    def triple(self, line: int) -> Triple:
        """Give the triple of rows that `line` has numbered."""
        return self.kinds[self.shelf.lines[line].kind].triple

    def add_sum(self, order_id: str, item: str, sku: str, kind: int, value: Sum, row: int) -> None:
        """Add rows of one kind, order and item; `row` is the first of them."""
        self._by_kind = None
        self._pending(order_id, row).add(kind, item, sku, value)

    def add_run(
        self,
        order_id: str,
        item: str,
        sku: str,
        run: Sequence[int],
        texts: Sequence[str],
        row: int,
    ) -> None:
        """Add rows of an order's item that follow one another; `row` is the first of them.

        run: what `line` has numbered each; texts: the amount of each, as Decimal writes it.
        """
        self._by_kind = None
        if order_id not in self.orders and is_order_id(order_id):
            content = self.shelf.of_run(bool(item), sku, tuple(run), tuple(texts))
            if content is not None:
                self.orders[order_id] = Filed(content, (item,), row)
                return
        pending = self._pending(order_id, row)
        for number, text in zip(run, texts, strict=True):
            kind, _, rows, quantity = self.shelf.lines[number]
            pending.add(kind, item, sku, Sum(Decimal(text), rows, quantity))
        if order_id and len(pending.sums) <= _FEW:
            self.filed(order_id)

    def _pending(self, order_id: str, row: int) -> Pending:
        order = self.orders.get(order_id)
        if not isinstance(order, Pending):
            order = Pending(row) if order is None else Pending.of(order)
            self.orders[order_id] = order
        return order

    def filed(self, order_id: str) -> Filed:
        """Give what an order holds."""
        order = self.orders[order_id]
        if isinstance(order, Pending):
            order = self.orders[order_id] = self.shelf.of_sums(order, is_order_id(order_id))
        return order

    def entries(self) -> Iterator[Entry]:
        """Give every sum, order by order, as the report first named them."""
        for order_id in self.orders:
            yield from self.entries_of(order_id)

    def entries_of(self, order_id: str, positions: Container[int] | None = None) -> list[Entry]:
        """Give the sums of one order, or some of them; blank for the rows that name none."""
        content, items, row = self.filed(order_id)
        kinds, firsts, skus = self.kinds, self.firsts, content.skus
        found = []
        for position, (part, amount) in enumerate(
            zip(content.layout.parts, content.amounts, strict=True)
        ):
            if not (positions is None or position in positions):
                continue
            number, item, rows, quantity = part
            triple, marketplace, day = kinds[number]
            group = Group(triple[0], order_id, items[item], skus[item], marketplace)
            first = max(row, firsts[number])
            found.append(Entry(group, triple, day, Decimal(amount), rows, quantity, first))
        return found

    def by_kind(self) -> Iterator[Entry]:
        """Give the sum of each kind of rows over all orders, as the report first named them."""
        for kind, total, row in zip(self.kinds, self._kind_sums(), self.firsts, strict=True):
            if total.rows:
                group = Group(kind.triple.transaction_type, "", "", "", kind.marketplace)
                yield Entry(group, kind.triple, kind.day, *total, row)

    def _kind_sums(self) -> list[Sum]:
        if self._by_kind is None:
            orders = Counter(self.filed(order_id).content for order_id in self.orders)
            self._by_kind = kind_sums(orders, len(self.kinds))
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
        kept: dict[str, Filed | Pending] = {order_id: self.filed(order_id)}
        return replace(self, orders=kept, _by_kind=None)


def is_order_id(text: str) -> bool:
    """Say whether a reference is a real order id: order-id also carries FBA shipment ids."""
    return ORDER_ID.fullmatch(text) is not None
