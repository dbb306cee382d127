"""What posting a settlement or an order gives back: documents, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from transforms.ledger.documents import Document
from transforms.ledger.proof import Difference, Proof, ProvenDocument
from transforms.ledger.vat import DestinationSum


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

    def naming(self, differences: Iterable[Difference]) -> Self:
        """Add named differences, to the proof too where it is written already."""
        found = list(differences)
        self.differences.extend(found)
        if self.proof is not None and found:
            self.proof = replace(self.proof, differences=(*self.proof.differences, *found))
        return self

    def sending(self, destinations: tuple[DestinationSum, ...]) -> Self:
        """Say where the settlement's items were sent, as far as a VAT report tells."""
        if self.proof is not None:
            self.proof = replace(self.proof, destinations=destinations)
        return self
