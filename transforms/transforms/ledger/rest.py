"""What no order's document takes: placed sums put together, whatever orders they are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed
from transforms.ledger.settlement import Kind

# Each of these rows may be a movement that the bank saw by itself.
SINGLE_CLASSES = frozenset({"debt_payment", "failed_transfer"})


class Rest:
    """Sums by (kind of row, where it is placed): as many as kinds and accounts, not as orders."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._positions = {kind: number for number, kind in enumerate(kinds)}
        self._single: list[Placed] = []
        self._sums: dict[tuple[object, ...], Total] = {}

    def add(self, lines: Iterable[Placed]) -> None:
        """Add sums of one order, or of the rows that name none."""
        for line in lines:
            if line.accounting_class in SINGLE_CLASSES:
                self._single.append(line)
            else:
                self.total(line).add(*line.entry[3:6])

    def total(self, line: Placed) -> Total:
        """Give the sum of all that is placed as this line is."""
        entry = line.entry
        key = (
            entry.triple,
            entry.day,
            entry.group.marketplace,
            line.treatment,
            line.component,
            line.account,
            line.tax_type,
            line.tracking,
        )
        total = self._sums.get(key)
        if total is None:
            total = self._sums[key] = Total(line)
        return total

    def lines(self) -> list[Placed]:
        """Give the sums, in the order in which the report first named their kinds."""
        sums = [total.placed() for total in self._sums.values() if total.rows]
        return sorted([*sums, *self._single], key=self._position)

    def _position(self, line: Placed) -> int:
        entry = line.entry
        return self._positions[Kind(entry.triple, entry.group.marketplace, entry.day)]


@dataclass(slots=True)
class Total:
    """What is placed alike: the first of it, and the sum of all."""

    first: Placed
    amount: Decimal = ZERO
    rows: int = 0
    quantity: int = 0

    def add(self, amount: Decimal, rows: int, quantity: int) -> None:
        """Add a sum of rows."""
        self.amount += amount
        self.rows += rows
        self.quantity += quantity

    def placed(self) -> Placed:
        """Give the sum, of no order, where its first is placed."""
        entry = self.first.entry
        group = entry.group._replace(order_id="", item="", sku="")
        whole = entry._replace(
            group=group, amount=self.amount, rows=self.rows, quantity=self.quantity
        )
        return self.first.of(whole)
