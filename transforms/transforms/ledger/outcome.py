"""What posting a settlement or an order gives back: documents, and what waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from transforms.ledger.difference import Difference
from transforms.ledger.documents import Document
from transforms.ledger.proof import Proof, ProvenDocument
from transforms.ledger.trace import Trace


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
    """Documents, what waits, how each contributes to the deposit, and where each class went."""

    documents: list[Document] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    proven: list[ProvenDocument] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    proof: Proof | None = None

    def add(self, document: Document, contribution: ProvenDocument) -> None:
        """Add a document that can be posted, and what it contributes to the deposit."""
        self.documents.append(document)
        self.proven.append(contribution)
