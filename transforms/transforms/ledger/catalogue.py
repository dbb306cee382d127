"""What a settlement row is: the full triple, looked up, never guessed.

A row's class is decided by (transaction-type, amount-type, amount-description) alone, compared
case-folded with spaces, hyphens and underscores removed, because Amazon spells one fee in
several ways within one file. The amount's sign never decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from transforms.ledger.eras import TYPED_PARTS, FlatNames, Folded, corrected

_IGNORED = re.compile(r"[\s\-_]+")
WILDCARD = "*"
_ALONE = frozenset({None, "suspense", "debt_payment", "failed_transfer"})

_BUYER_TAX_JOINS = {
    "tax": "principal",
    "shippingtax": "shipping",
    "giftwraptax": "giftwrap",
    "codtax": "cod",
}


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Fold a text to the form in which Amazon's spellings of one thing are equal."""
    return _IGNORED.sub("", text.casefold())


class Triple(NamedTuple):
    """Transaction type, amount type and amount description as the report spells them."""

    transaction_type: str
    amount_type: str
    amount_description: str

    @property
    def folded(self) -> Folded:
        """The triple in the form in which it is compared."""
        return (
            fold(self.transaction_type),
            fold(self.amount_type),
            fold(self.amount_description),
        )

    def __str__(self) -> str:
        return " / ".join(self)


ADVERTISING = Triple("ServiceFee", "Cost of Advertising", "TransactionTotalAmount")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the catalogue or of rules.csv: a triple, `*` allowed, and its class."""

    triple: Triple
    accounting_class: str
    line: int = 0

    @property
    def has_wildcard(self) -> bool:
        """Whether any part of the triple holds a wildcard."""
        return any(WILDCARD in part for part in self.triple)

    def pattern(self) -> re.Pattern[str]:
        """Compile the folded triple, parts joined by a character that no text holds."""
        parts = [
            ".*".join(re.escape(fold(piece)) for piece in part.split(WILDCARD))
            for part in self.triple
        ]
        return re.compile("\x1f".join(parts))

    def covers(self, other: Rule) -> bool:
        """Say whether every triple that the other rule matches is matched by this one."""
        return self.pattern().fullmatch("\x1f".join(other.triple.folded)) is not None


class Catalogue:
    """The seller's rules, in their order, before the shipped catalogue of Amazon's triples."""

    def __init__(self, shipped: Iterable[Rule], rules: Iterable[Rule] = ()) -> None:
        self._rules = [(rule.pattern(), rule.accounting_class) for rule in rules]
        known = list(shipped)
        self._exact = {
            rule.triple.folded: rule.accounting_class for rule in known if not rule.has_wildcard
        }
        self._patterns = [
            (rule.pattern(), rule.accounting_class) for rule in known if rule.has_wildcard
        ]
        self._flat = FlatNames((r.triple.folded, r.accounting_class) for r in known)
        self._found: dict[Triple, str | None] = {}

    def classify(self, triple: Triple) -> str | None:
        """Give the class of a triple, or None when nothing knows it."""
        if triple not in self._found:
            self._found[triple] = self._look_up(triple)
        return self._found[triple]

    def is_ruled(self, triple: Triple) -> bool:
        """Say whether one of the seller's own rules is of a triple."""
        joined = "\x1f".join(triple.folded)
        return any(pattern.fullmatch(joined) for pattern, _ in self._rules)

    def is_alone(self, triple: Triple) -> bool:
        """Say whether each row may be a movement that the bank saw: unknown ones, and charges."""
        return self.classify(triple) in _ALONE

    def _look_up(self, triple: Triple) -> str | None:
        joined = "\x1f".join(triple.folded)
        for pattern, accounting_class in self._rules:
            if pattern.fullmatch(joined):
                return accounting_class
        for folded in dict.fromkeys((triple.folded, corrected(triple.folded))):
            found = self._shipped(folded) or self._flat_class(folded)
            if found is not None:
                return found
        return self._part_of_fee(triple)

    def _flat_class(self, folded: Folded) -> str | None:
        """Find the class of a V1 name, where every triple that it may stand for agrees."""
        name = self._flat.name(folded)
        if name is None:
            return None
        classes = {self._shipped(triple) for triple in self._flat.triples(name)} - {None}
        if not classes:
            return self._flat.only_class(name)
        return classes.pop() if len(classes) == 1 else None

    def _part_of_fee(self, triple: Triple) -> str | None:
        """Class the tax on a fee, and the discount on it, when the fee itself is known."""
        part = TYPED_PARTS.get(fold(triple.amount_description))
        return part if part and self._fee_of(triple) not in (None, "suspense") else None

    def _shipped(self, folded: Folded) -> str | None:
        if folded in self._exact:
            return self._exact[folded]
        joined = "\x1f".join(folded)
        for pattern, accounting_class in self._patterns:
            if pattern.fullmatch(joined):
                return accounting_class
        return None

    def joins(self, triple: Triple, accounting_class: str) -> str | None:
        """Give the class of the line that a tax row belongs to, or None when there is none.

        Tax joins sales, ShippingTax shipping income, GiftWrapTax gift wrap, TaxDiscount the
        discount; on refunds and claims every tax joins the refunded price; `Tax on fee` joins
        its `Base fee`.
        """
        if accounting_class == "fee_tax":
            return self._fee_of(triple)
        transaction, amount_type, description = triple.folded
        if transaction == "order":
            return self.classify(Triple("Order", *_order_line(amount_type, description)))
        return self.classify(Triple(triple.transaction_type, "ItemPrice", "Principal"))

    def _fee_of(self, triple: Triple) -> str | None:
        """Class the fee that a tax or a discount is on."""
        transaction, amount_type, description = triple.folded
        if description == "taxamount":
            return self.classify(ADVERTISING._replace(transaction_type=triple.transaction_type))
        if description == "tax" and amount_type != transaction:
            return self.classify(triple._replace(amount_description="Reservation Fee"))
        return self.classify(triple._replace(amount_description="Base fee"))


def _order_line(amount_type: str, description: str) -> tuple[str, str]:
    """Name the amount type and description of the order line that a tax row belongs to."""
    if description == "taxdiscount":
        return "Promotion", "Principal"
    if amount_type == "itemwithheldtax":
        return "ItemPrice", _withheld_on(description)
    return "ItemPrice", _BUYER_TAX_JOINS.get(description, "principal")


def _withheld_on(description: str) -> str:
    """Find what a tax was withheld on: `MarketplaceFacilitatorVAT-Shipping` is shipping."""
    for part in ("shipping", "giftwrap"):
        if description.endswith(part):
            return part
    return "principal"
