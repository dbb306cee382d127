"""Orders of one shape: the same kinds of rows, placed alike, so that placing one places all.

Where a row goes depends on its kind, on the rows beside it (which make the treatment of its
item), on which of them are zero, and on its SKU where that has an account of its own. Orders equal
in all of these differ in nothing but their amounts. `Placer` places the first of a shape; an order
of several items is placed by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from transforms.ledger.book import Book
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed, Placer, classify
from transforms.ledger.rest import SINGLE_CLASSES, Rest, Total
from transforms.ledger.settlement import Settlement, Sum, is_order_id

_MEMORY = 4096


@dataclass(slots=True)
class Shape:
    """How each sum of an order is placed, by its position; sums of facilitator tax that meet."""

    lines: list[Placed]
    taxes: list[list[int]]
    own: list[int]
    totals: list[tuple[int, Total]]


class Shapes:
    """The shapes of one settlement's orders. `is_own`: what an order's own documents take."""

    def __init__(
        self,
        settlement: Settlement,
        book: Book,
        placer: Placer,
        rest: Rest,
        is_own: Callable[[Placed], bool],
    ) -> None:
        self._settlement = settlement
        self._book = book
        self._placer = placer
        self._rest = rest
        self._is_own = is_own
        self._known: dict[tuple[object, ...], Shape] = {}

    def place(self, order_id: str) -> list[Placed]:
        """Place an order's rows; give what its own documents take, the rest is added up.

        Raises Unplaced.
        """
        item, sku, values = self._settlement.sums_of(order_id)
        if order_id in self._settlement.mixed:
            return self._by_itself(order_id)
        key = (
            *self._settlement.orders[order_id],
            is_order_id(order_id),
            sku if self._book.places_by_sku else bool(item or sku),
            *[not value[0] for value in values],
        )
        shape = self._known.get(key)
        if shape is None:
            shape = self._shape(order_id)
            if shape is None:
                return self._by_itself(order_id)
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[key] = shape
        return self._placed(order_id, shape, values)

    def _placed(self, order_id: str, shape: Shape, values: list[Sum]) -> list[Placed]:
        netted: set[int] = set()
        for meeting in shape.taxes:
            if not sum([values[position][0] for position in meeting], ZERO):
                netted.update(meeting)
        for position, total in shape.totals:
            if position not in netted:
                total.add(*values[position])
        own = [position for position in shape.own if position not in netted]
        if not own:
            return []
        entries = self._settlement.entries_of(order_id, set(own))
        return [
            shape.lines[position].of(entry) for position, entry in zip(own, entries, strict=True)
        ]

    def _by_itself(self, order_id: str) -> list[Placed]:
        classified, _ = classify(self._settlement.entries_of(order_id), self._book)
        lines = self._placer.place_all(classified)
        self._rest.add(line for line in lines if not self._is_own(line))
        return [line for line in lines if self._is_own(line)]

    def _shape(self, order_id: str) -> Shape | None:
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
        return Shape(lines, list(meetings.values()), own, totals)
