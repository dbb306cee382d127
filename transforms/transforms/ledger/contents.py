"""What the orders of a settlement hold; what is true of many of them is held once.

Most orders of a seller have rows of the same few kinds (their layout), and many the same amounts
and SKU besides (their content). What is left to an order itself is its id, the ids of its items,
and where in the report it begins. Amounts are kept as the text they came as, which takes half the
memory of a Decimal and is as exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from operator import add
from typing import NamedTuple

from transforms.ledger.money import ZERO

_MEMORY = 2**13


class Part(NamedTuple):
    """Which of an order's sums: its kind of rows, which of the order's items, rows and units."""

    kind: int
    item: int
    rows: int
    quantity: int


@dataclass(slots=True, eq=False)
class Layout:
    """What the sums of many orders have in common, in the order in which the report names them.

    `is_order`: the id is a real order id. `named`: of each item, whether it has an id of its own.
    """

    is_order: bool
    named: tuple[bool, ...]
    parts: tuple[Part, ...]


@dataclass(slots=True, eq=False)
class Content:
    """What orders hold that differ in nothing but ids: a SKU for each item, an amount for each sum.

    As a rule equal contents are one and the same.
    """

    layout: Layout
    skus: tuple[str, ...]
    amounts: tuple[str, ...]

    def values(self) -> list[Decimal]:
        """Give the amounts, in the order of the layout's parts."""
        return [*map(Decimal, self.amounts)]


class Filed(NamedTuple):
    """An order: what it holds, the ids of its items, and its first row in the report."""

    content: Content
    items: tuple[str, ...]
    first: int


class Sum(NamedTuple):
    """The sum of rows: amount, number of rows, units."""

    amount: Decimal
    rows: int
    quantity: int


@dataclass(slots=True)
class Pending:
    """An order of which more rows may come: sums by (kind, item, SKU)."""

    first: int
    sums: dict[tuple[int, str, str], Sum] = field(default_factory=dict)

    @classmethod
    def of(cls, filed: Filed) -> Pending:
        """Take up an order again."""
        content, pending = filed.content, cls(filed.first)
        for part, amount in zip(content.layout.parts, content.values(), strict=True):
            key = (part.kind, filed.items[part.item], content.skus[part.item])
            pending.sums[key] = Sum(amount, part.rows, part.quantity)
        return pending

    def add(self, kind: int, item: str, sku: str, value: Sum) -> None:
        """Add rows of one kind and item."""
        key = (kind, item, sku)
        before = self.sums.get(key)
        self.sums[key] = value if before is None else _together(before, value)


def _together(one: Sum, other: Sum) -> Sum:
    """Add sums of one kind of rows; what one takes back of the other, it takes of its units too."""
    amount, units = one.amount + other.amount, _signed(one) + _signed(other)
    return Sum(amount, one.rows + other.rows, -units if amount < ZERO else units)


def _signed(value: Sum) -> int:
    """Count units as the amount goes: the report gives them no sign."""
    return -value.quantity if value.amount < ZERO else value.quantity


class Shelf:
    """The layouts and contents of one settlement."""

    def __init__(self) -> None:
        self.lines: list[Part] = []
        self._numbers: dict[Part, int] = {}
        self._layouts: dict[tuple[object, ...], Layout] = {}
        self._runs: dict[tuple[object, ...], Layout | None] = {}
        self._contents: dict[tuple[object, ...], Content] = {}
        self.texts: dict[str, str] = {}
        self._skus: dict[tuple[str, ...], tuple[str, ...]] = {}

    def line(self, part: Part) -> int:
        """Give the number under which a sum of one row is known here."""
        number = self._numbers.get(part)
        if number is None:
            number = self._numbers[part] = len(self.lines)
            self.lines.append(part)
        return number

    def of_run(
        self, is_named: bool, sku: str, run: tuple[int, ...], amounts: tuple[str, ...]
    ) -> Content | None:
        """Give the content of a real order that is one run of rows of one item.

        run: the number of each row's line. None where two rows are of one kind, and so have a sum
        to be made.
        """
        key = (is_named, run)
        layout = self._runs.get(key)
        if layout is None:
            if key in self._runs:
                return None
            layout = self._runs[key] = self._layout_of_run(is_named, run)
            if layout is None:
                return None
        return self._content(layout, self.skus(sku), amounts)

    def _layout_of_run(self, is_named: bool, run: tuple[int, ...]) -> Layout | None:
        parts = tuple(self.lines[number] for number in run)
        if len({part.kind for part in parts}) < len(parts):
            return None
        return self._layout(True, (is_named,), parts)

    def of_sums(self, pending: Pending, is_order: bool) -> Filed:
        """Give what an order holds by now."""
        numbers: dict[tuple[str, str], int] = {}
        parts = [
            Part(kind, numbers.setdefault((item, sku), len(numbers)), value.rows, value.quantity)
            for (kind, item, sku), value in pending.sums.items()
        ]
        items, skus = zip(*numbers, strict=True)
        layout = self._layout(is_order, tuple(map(bool, items)), tuple(parts))
        amounts = [str(value.amount) for value in pending.sums.values()]
        texts = tuple([self.texts.get(amount) or self.text(amount) for amount in amounts])
        return Filed(self._content(layout, self.skus(*skus), texts), items, pending.first)

    def skus(self, *skus: str) -> tuple[str, ...]:
        """Give the SKUs of an order's items, held once."""
        if len(self._skus) > _MEMORY:
            self._skus.clear()
        return self._skus.setdefault(skus, skus)

    def text(self, amount: str) -> str:
        """Write an amount as Decimal does, whatever zeros and signs it came with, and keep that.

        Raises InvalidOperation for what is no number.
        """
        if len(self.texts) > _MEMORY:
            self.texts.clear()
        value = Decimal(amount)
        if not value.is_finite():
            raise InvalidOperation(amount)
        text = str(value)
        # Held once, where it came so already.
        self.texts[amount] = text = amount if text == amount else text
        return text

    def _layout(self, is_order: bool, named: tuple[bool, ...], parts: tuple[Part, ...]) -> Layout:
        key = (is_order, named, parts)
        layout = self._layouts.get(key)
        if layout is None:
            layout = self._layouts[key] = Layout(is_order, named, parts)
        return layout

    def _content(self, layout: Layout, skus: tuple[str, ...], amounts: tuple[str, ...]) -> Content:
        key = (layout, skus, amounts)
        content = self._contents.get(key)
        if content is None:
            if len(self._contents) > _MEMORY:
                self._contents.clear()
            content = self._contents[key] = Content(layout, skus, amounts)
        return content


def kind_sums(orders: Mapping[Content, int], kinds: int) -> list[Sum]:
    """Sum orders, so many of each content, by kind of rows; there are that many kinds."""
    layouts: dict[Layout, tuple[int, list[Decimal]]] = {}
    for content, number in orders.items():
        values = content.values()
        if number > 1:
            values = [value * number for value in values]
        known = layouts.get(content.layout)
        if known is None:
            layouts[content.layout] = (number, values)
        else:
            layouts[content.layout] = (known[0] + number, [*map(add, known[1], values)])
    amounts, counts, units = [ZERO] * kinds, [0] * kinds, [0] * kinds
    for layout, (number, values) in layouts.items():
        for part, value in zip(layout.parts, values, strict=True):
            amounts[part.kind] += value
            counts[part.kind] += part.rows * number
            units[part.kind] += part.quantity * number
    return [*map(Sum, amounts, counts, units)]
