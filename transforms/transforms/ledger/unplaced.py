"""What cannot be posted as the maps stand: each fault with its rows and its next step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.lines_to_add import rows_from
from transforms.ledger.money import ZERO
from transforms.ledger.settlement import Entry


class Affected(NamedTuple):
    """Which rows of the report a fault is about, and what they sum to."""

    amount: Decimal
    rows: int
    first: int


class Unplaced(Exception):
    """Rows that cannot be posted as the maps stand; each fault is a line with its next step."""

    def __init__(
        self, reason: str, faults: Iterable[str], affected: Mapping[str, Affected] | None = None
    ) -> None:
        self.reason = reason
        self.faults = tuple(dict.fromkeys(faults))
        self.affected = dict(affected or {})
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """Each fault, with the rows that it is about."""
        return [self._line(fault) for fault in self.faults]

    def _line(self, fault: str) -> str:
        rows = self.affected.get(fault)
        return f"{fault} ({rows_from(rows.first, rows.rows)}, {rows.amount})" if rows else fault

    def of(self, entry: Entry) -> Unplaced:
        """Say that the faults are about these rows."""
        rows = Affected(entry.amount, entry.rows, entry.first)
        return Unplaced(self.reason, self.faults, dict.fromkeys(self.faults, rows))

    def joined(self, other: Unplaced | None) -> Unplaced:
        """Put faults together with others; those that are the same are about more rows."""
        if other is None:
            return self
        affected = dict(other.affected)
        for fault, rows in self.affected.items():
            more = affected.get(fault, Affected(ZERO, 0, rows.first))
            affected[fault] = Affected(
                more.amount + rows.amount, more.rows + rows.rows, min(more.first, rows.first)
            )
        return Unplaced(self.reason, (*other.faults, *self.faults), affected)
