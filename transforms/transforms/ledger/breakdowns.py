"""What a part of a Finances transaction is: its labels are other names than the report's.

A part is known by the transaction's type and the path of labels down to it, such as
`AmazonFees/Commission/Base`. A line of the table names one label, or several joined by `/`, and
covers everything below it; the first line that fits wins, the seller's own before the shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from transforms.ledger.catalogue import WILDCARD, fold


@dataclass(frozen=True, slots=True)
class BreakdownRule:
    """One line: a transaction type and labels, `*` allowed, and their class."""

    transaction_type: str
    breakdown: str
    accounting_class: str
    line: int = 0

    def pattern(self) -> re.Pattern[str]:
        """Compile the line for a folded `type|/label/label/`."""
        labels = "/".join(_pattern(label) for label in self.breakdown.split("/"))
        return re.compile(rf"{_pattern(self.transaction_type)}\|(/.*)?/{labels}/.*")


def _pattern(text: str) -> str:
    """Write a label as a pattern; the wildcard stays within its label."""
    return "[^/|]*".join(re.escape(fold(piece)) for piece in text.split(WILDCARD))


class Breakdowns:
    """The seller's lines before the shipped table."""

    def __init__(self, rules: Iterable[BreakdownRule] = ()) -> None:
        self._rules = [(rule.pattern(), rule.accounting_class) for rule in rules]
        self._found: dict[tuple[str, str], str | None] = {}

    def classify(self, transaction_type: str, path: str) -> str | None:
        """Give the class of a part, or None when no line knows it."""
        key = (transaction_type, path)
        if key not in self._found:
            labels = "/".join(fold(label) for label in path.split("/"))
            text = f"{fold(transaction_type)}|/{labels}/"
            self._found[key] = next(
                (name for pattern, name in self._rules if pattern.fullmatch(text)), None
            )
        return self._found[key]
