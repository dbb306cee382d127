"""Orders of one shape: the same kinds of rows, placed alike, so that placing one places all.

Where a row goes depends on its kind, on the rows beside it (which make the treatment of its
item), on which of them are zero, and on its SKU where that has an account of its own. Orders equal
in all of these differ in nothing but their amounts. `Placer` places the first of a shape; which
facilitator tax nets to zero parts a shape into cases, and each case is added up by position.

Orders of equal content differ in nothing but their ids; they are counted, and added up together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add

from transforms.ledger.book import Book
from transforms.ledger.contents import Content
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Pattern
from transforms.ledger.placing import Placed, Placer, classify
from transforms.ledger.rest import SINGLE_CLASSES, Rest, Total
from transforms.ledger.settlement import Settlement
from transforms.ledger.trace import Trace

_MEMORY = 4096


@dataclass(slots=True, eq=False)
class Case:
    """Orders of one shape of which the same facilitator tax nets to zero, and is nobody's.

    `own`: positions of the sums that their own documents take; `rest`: of those that others take,
    with where each is added up; `sums`: what all come to.
    """

    lines: list[Placed]
    own: list[int]
    rest: list[tuple[int, Total]]
    sums: list[Decimal]
    orders: int = 0

    def add(self, values: list[Decimal], orders: int) -> None:
        """Add orders that hold these values."""
        if orders > 1:
            values = [value * orders for value in values]
        self.sums = [*map(add, self.sums, values)]
        self.orders += orders

    def finish(self) -> None:
        """Add what the orders come to where others take it."""
        for position, total in self.rest:
            entry = self.lines[position].entry
            rows, units = entry.rows * self.orders, entry.quantity * self.orders
            total.add(self.sums[position], rows, units)


@dataclass(slots=True, eq=False)
class Shape:
    """How each sum of an order is placed, by its position; see Case.

    `taxes` are the positions of facilitator tax that meets; cases are known by which do not net.
    """

    lines: list[Placed]
    taxes: list[list[int]]
    own: list[int]
    rest: list[tuple[int, Total]]
    cases: dict[tuple[bool, ...], Case] = field(default_factory=dict)

    def case(self, values: list[Decimal]) -> Case:
        """Give the case of an order's values."""
        key = tuple([bool(sum([values[at] for at in each], ZERO)) for each in self.taxes])
        case = self.cases.get(key)
        if case is None:
            case = self.cases[key] = self._new_case(key)
        return case

    def _new_case(self, remains: tuple[bool, ...]) -> Case:
        netted: set[int] = set()
        for positions, remaining in zip(self.taxes, remains, strict=True):
            netted.update(() if remaining else positions)
        own = [position for position in self.own if position not in netted]
        rest = [each for each in self.rest if each[0] not in netted]
        return Case(self.lines, own, rest, [ZERO] * len(self.lines))

    def finish(self) -> list[Decimal]:
        """Add up what others take; give what the orders' own documents took, by position."""
        amounts = [ZERO] * len(self.lines)
        for case in self.cases.values():
            case.finish()
            for position in case.own:
                amounts[position] += case.sums[position]
        return amounts


@dataclass(slots=True, eq=False)
class Alike:
    """Orders of equal content, so far as they were counted.

    `own`: the amounts that their own documents take; `pattern`: what these become, once known, and
    `effect`: what that contributes to the deposit.
    """

    case: Case
    values: list[Decimal]
    own: list[Decimal]
    orders: int = 0
    pattern: Pattern | None = None
    effect: Decimal = ZERO


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
        if self._placer.stands_alone(order_id) or ("" in content.skus and len(content.skus) > 1):
            return None
        alike = self._alike.get(content)
        if alike is None:
            values = content.values()
            shape = self._shape_of(order_id, content, values)
            if shape is None:
                return None
            if len(self._alike) >= _MEMORY:
                self._add_up()
            case = shape.case(values)
            own = [values[position] for position in case.own]
            alike = self._alike[content] = Alike(case, values, own)
        alike.orders += 1
        return alike

    def lines(self, order_id: str, case: Case) -> list[Placed]:
        """Give what an order's own documents take of its rows, placed."""
        entries = self._settlement.entries_of(order_id, set(case.own))
        return [case.lines[at].of(entry) for at, entry in zip(case.own, entries, strict=True)]

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
        """Add up the cases, tell the trace what the orders' own documents took, and forget."""
        self._add_up()
        for shape in self._known.values():
            for line, amount in zip(shape.lines, shape.finish(), strict=True):
                if amount:
                    self._trace.own(line, amount)
        self._known.clear()

    def _add_up(self) -> None:
        for alike in self._alike.values():
            alike.case.add(alike.values, alike.orders)
        self._alike.clear()

    def _shape_of(self, order_id: str, content: Content, values: list[Decimal]) -> Shape | None:
        """Give an order's shape; None where one of its rows must stand by itself."""
        skus: tuple[object, ...] = content.skus
        if not self._book.places_by_sku:
            skus = (bool(skus[0]),) if len(skus) == 1 else tuple(map(skus.index, skus))
        key = (content.layout, skus, *map(bool, values))
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
        rest = [
            (position, self._rest.total(line))
            for position, line in enumerate(lines)
            if not self._is_own(line)
        ]
        return Shape(lines, list(meetings.values()), own, rest)
