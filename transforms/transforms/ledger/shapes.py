"""Orders of one shape: the same kinds of rows, placed alike, so that placing one places all.

Where a row goes depends on its kind, on the rows beside it (which make the treatment of its
item), on which of them are zero, and on its SKU where that has an account of its own. Orders equal
in all of these differ in nothing but their amounts. `Placer` places the first of a shape; an order
of several items is placed by itself.

Orders of one shape, SKU, amounts and units are alike: they differ in nothing but their ids. Most
orders of a large seller are like others of the same day; they are counted, and added up at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.book import Book
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Pattern
from transforms.ledger.placing import Placed, Placer, classify
from transforms.ledger.rest import SINGLE_CLASSES, Rest, Total
from transforms.ledger.settlement import Content, Settlement, Sum, is_order_id
from transforms.ledger.trace import Trace

_MEMORY = 4096


@dataclass(slots=True)
class Shape:
    """How each sum of an order is placed, by its position; sums of facilitator tax that meet.

    `amounts` add up what the orders' own documents took, by position.
    """

    lines: list[Placed]
    taxes: list[list[int]]
    own: list[int]
    totals: list[tuple[int, Total]]
    amounts: list[Decimal]


@dataclass(slots=True, eq=False)
class Alike:
    """Orders that differ in nothing but their ids, so far as they were counted.

    `own` are the positions of the sums that their own documents take, `rest` the sums that others
    take, with where each is added up. The pattern is of the documents of each.
    """

    shape: Shape
    values: list[Sum]
    own: list[int]
    rest: list[tuple[Sum, Total]]
    orders: int = 1
    pattern: Pattern | None = None

    def add_up(self) -> None:
        """Add what the orders come to."""
        orders, amounts = self.orders, self.shape.amounts
        for value, total in self.rest:
            total.add(value.amount * orders, value.rows * orders, value.quantity * orders)
        for position in self.own:
            amounts[position] += self.values[position].amount * orders


class Shapes:
    """The shapes of one settlement's orders. `is_own`: what an order's own documents take."""

    def __init__(
        self,
        settlement: Settlement,
        book: Book,
        placer: Placer,
        rest: Rest,
        trace: Trace,
        is_own: Callable[[Placed], bool],
    ) -> None:
        self._settlement = settlement
        self._book = book
        self._placer = placer
        self._rest = rest
        self._trace = trace
        self._is_own = is_own
        self._known: dict[tuple[object, ...], Shape] = {}
        self._alike: dict[Content, Alike] = {}

    def alike(self, order_id: str, content: Content) -> Alike | None:
        """Count an order with those that it is like; None where it must be placed by itself.

        Raises Unplaced.
        """
        if order_id in self._settlement.mixed or self._placer.stands_alone(order_id):
            return None
        alike = self._alike.get(content)
        if alike is None:
            shape = self._shape_of(order_id)
            if shape is None:
                return None
            alike = _first(shape, self._settlement.sums_of(order_id)[2])
            if content.orders == 1:
                alike.add_up()
                return alike
            if len(self._alike) >= _MEMORY:
                self._add_up()
            self._alike[content] = alike
        else:
            alike.orders += 1
        return alike

    def lines(self, order_id: str, alike: Alike) -> list[Placed]:
        """Give what an order's own documents take of its rows, placed."""
        lines, own = alike.shape.lines, alike.own
        entries = self._settlement.entries_of(order_id, set(own))
        return [lines[position].of(entry) for position, entry in zip(own, entries, strict=True)]

    def by_itself(self, order_id: str) -> list[Placed]:
        """Place an order's rows; give what its own documents take, the rest is added up.

        Raises Unplaced.
        """
        classified, _ = classify(self._settlement.entries_of(order_id), self._book)
        lines = self._placer.place_all(classified)
        self._rest.add(line for line in lines if not self._is_own(line))
        own = [line for line in lines if self._is_own(line)]
        for line in own:
            self._trace.own(line, line.amount)
        return own

    def finish(self) -> None:
        """Add up what is alike, tell the trace what the orders' own documents took, and forget."""
        self._add_up()
        for shape in self._known.values():
            for line, amount in zip(shape.lines, shape.amounts, strict=True):
                if amount:
                    self._trace.own(line, amount)
        self._known.clear()

    def _add_up(self) -> None:
        for alike in self._alike.values():
            alike.add_up()
        self._alike.clear()

    def _shape_of(self, order_id: str) -> Shape | None:
        """Give an order's shape; None where one of its rows must stand by itself."""
        item, sku, values = self._settlement.sums_of(order_id)
        key = (
            *self._settlement.orders[order_id],
            is_order_id(order_id),
            sku if self._book.places_by_sku else bool(item or sku),
            *[not value[0] for value in values],
        )
        shape = self._known.get(key)
        if shape is None:
            shape = self._placed(order_id)
            if shape is not None:
                if len(self._known) >= _MEMORY:
                    self.finish()
                self._known[key] = shape
        return shape

    def _placed(self, order_id: str) -> Shape | None:
        """Place the first order of a shape; None where one of its rows must stand by itself."""
        classified, _ = classify(self._settlement.entries_of(order_id), self._book)
        lines = self._placer.place_each(classified)
        if any(line.accounting_class in SINGLE_CLASSES for line in lines):
            return None
        meetings: dict[tuple[str, str], list[int]] = {}
        for position, line in enumerate(lines):
            if line.is_facilitator_tax:
                meetings.setdefault(line.transaction, []).append(position)
        own = [position for position, line in enumerate(lines) if self._is_own(line)]
        totals = [
            (position, self._rest.total(line))
            for position, line in enumerate(lines)
            if not self._is_own(line)
        ]
        return Shape(lines, list(meetings.values()), own, totals, [ZERO] * len(lines))


def _first(shape: Shape, values: list[Sum]) -> Alike:
    """Part the sums of an order by who takes them; tax that nets to zero is nobody's."""
    netted: set[int] = set()
    for meeting in shape.taxes:
        if not sum([values[position].amount for position in meeting], ZERO):
            netted.update(meeting)
    own = [position for position in shape.own if position not in netted]
    rest = [(values[position], total) for position, total in shape.totals if position not in netted]
    return Alike(shape, values, own, rest)
