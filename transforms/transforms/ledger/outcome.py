"""What posting a settlement or an order gives back: documents, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from transforms.ledger.difference import Difference
from transforms.ledger.documents import Document
from transforms.ledger.money import ZERO
from transforms.ledger.proof import Proof, ProvenDocument


@dataclass(frozen=True, slots=True)
class Held:
    """A document that waits, why, and the source from which it can be made later.

    The amount is what the clearing account will show until it is resolved; None when nothing
    was posted that it could stand against.
    """

    document_id: str
    stream: str
    reason: str
    details: str
    record: dict[str, Any] | None
    amount: Decimal | None = None
    currency: str | None = None
    settlement_id: str | None = None
    order_id: str | None = None


@dataclass(slots=True)
class Outcome:
    """Documents, what waits, and how each contributes to the deposit."""

    documents: list[Document] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    proven: list[ProvenDocument] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    proof: Proof | None = None

    def add(self, document: Document, contribution: ProvenDocument) -> None:
        """Add a document that can be posted, and what it contributes to the deposit."""
        self.documents.append(document)
        self.proven.append(contribution)

    def join(self, part: Outcome) -> None:
        """Add another part of the same settlement; the last brings the proof."""
        self.documents += part.documents
        self.held += part.held
        self.proven += part.proven
        self.differences += part.differences
        self.proof = part.proof or self.proof


@dataclass(slots=True, eq=False)
class Pattern:
    """What each of many orders becomes that differ in nothing but their ids and amounts.

    `made_for` takes an order's id and amounts, which are those of its own documents' rows.
    `sold`: positions of the amounts that make an invoice and its payment, while they sum to more
    than zero; `refunded`: of those that make a credit note, while they sum to less.
    """

    made_for: Callable[[str, Sequence[Decimal]], Outcome]
    sold: tuple[int, ...]
    refunded: tuple[int, ...]

    def effect(self, values: Sequence[Decimal]) -> Decimal | None:
        """Give what the documents of an order with these amounts contribute to the deposit.

        None where it does not become the same documents.
        """
        if not self.refunded:
            total = sum(values, ZERO)
            return total if total > ZERO else None
        paid = sum([values[position] for position in self.sold], ZERO)
        given_back = sum([values[position] for position in self.refunded], ZERO)
        if (self.sold and paid <= ZERO) or given_back >= ZERO:
            return None
        return paid + given_back


class Again(NamedTuple):
    """An order of which the documents follow those of an earlier one.

    effect: what they contribute to the deposit.
    """

    pattern: Pattern
    order_id: str
    values: Sequence[Decimal]
    effect: Decimal

    def outcome(self) -> Outcome:
        """Make its documents."""
        return self.pattern.made_for(self.order_id, self.values)


Part = Outcome | Again
"""A part of a settlement: one order's, or all else."""


class NotPosted(Exception):
    """Nothing of a settlement may be posted, whatever parts of it were given before."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.held[0].details if outcome.held else "")
        self.outcome = outcome
