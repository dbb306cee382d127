"""Amazon's naming eras: one movement of money under the names of different years.

In V1 files the description is the transaction type, with the money in `other-amount`; in V2 it is
the description of an `other-transaction`; typed V2 splits a fee into `Base fee`, `Tax on fee` and
`Discount on Fee`. Corrections and reversals append a word to a name (settlement fact sheet, 1.1
and the V1 note of section 3). All texts here are folded, as `catalogue.fold` does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Folded = tuple[str, str, str]

OTHER = "othertransaction"
ANY = "*"
TYPED_PARTS = {"taxonfee": "fee_tax", "discountonfee": "fee_discount"}

_CORRECTION = re.compile(r"(?<=.)(reversal|correction)$")
_NO_AMOUNT_TYPE = frozenset({"", "otheramount", OTHER})
_NO_DESCRIPTION = frozenset({"", "otheramount"})


def corrected(folded: Folded) -> Folded:
    """Name what a correction or reversal corrects: Amazon appends the word to a name.

    Reversals sit on the account of the thing they reverse (settlement fact sheet, section 2).
    """
    transaction, amount_type, description = (_CORRECTION.sub("", part) for part in folded)
    return transaction, amount_type, description


class FlatNames:
    """The catalogue's names as V1 files write them: one name where V2 has a triple."""

    def __init__(self, known: Iterable[tuple[Folded, str]]) -> None:
        self._kinds: dict[str, None] = {OTHER: None}
        self._classes: dict[str, set[str]] = {}
        for (transaction, amount_type, description), accounting_class in known:
            self._classes.setdefault(transaction, set()).add(accounting_class)
            if transaction == OTHER and description != ANY:
                self._kinds[amount_type] = None

    def name(self, folded: Folded) -> str | None:
        """Give the one name that a V1 row has; None for a row that is no such row."""
        transaction, amount_type, description = folded
        if transaction == OTHER and amount_type in _NO_AMOUNT_TYPE:
            return description or None
        flat_type = amount_type in _NO_AMOUNT_TYPE or amount_type == transaction
        if flat_type and (description in _NO_DESCRIPTION or description == transaction):
            return transaction or None
        return None

    def triples(self, name: str) -> Iterator[Folded]:
        """Give the V2 triples that a V1 name may stand for."""
        yield from ((OTHER, kind, name) for kind in self._kinds)
        yield ("debtadjustment", "debtadjustment", name)

    def only_class(self, name: str) -> str | None:
        """Give the class of a transaction type whose rows all have one class."""
        classes = self._classes.get(name, set())
        return next(iter(classes)) if len(classes) == 1 else None
