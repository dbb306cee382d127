"""The proof of a settlement: rows to classes to documents to deposit, each difference named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from transforms.ledger.cost import Cost
from transforms.ledger.difference import Difference
from transforms.ledger.documents import BankTransaction, Document, Invoice, Journal, Payment
from transforms.ledger.events import ClassComparison, Events, compare
from transforms.ledger.journals import clearing_effect
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Classified
from transforms.ledger.settlement import Header
from transforms.ledger.trace import ClassPosting, ClassSum

Status = Literal["tied", "held", "left_out"]
FAILED_TRANSFERS = frozenset({"failed", "failure", "returned", "rejected"})


@dataclass(frozen=True, slots=True)
class EventGroup:
    """A financial event group of Finances v0: what Amazon says of the disbursement."""

    group_id: str
    start: str
    end: str
    currency: str
    original_total: Decimal | None
    converted_total: Decimal | None
    converted_currency: str | None
    fund_transfer_status: str | None
    trace_id: str | None
    account_tail: str | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Start, end and currency: there is no link by id to a settlement."""
        return (self.start, self.end, self.currency)

    @property
    def has_failed(self) -> bool:
        """Whether Amazon says that the transfer did not reach the bank."""
        return (self.fund_transfer_status or "").casefold() in FAILED_TRANSFERS


@dataclass(frozen=True, slots=True)
class ProvenDocument:
    """A document, its own total (a journal's debits), and what it contributes to the deposit."""

    document_id: str
    stream: str
    number: str | None
    date: date
    amount: Decimal
    held: bool = False
    total: Decimal = ZERO
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was made of one settlement, and that it equals the deposit."""

    header: Header
    status: Status
    reason: str | None
    marketplace: str | None
    posting: str | None
    rows: int
    rows_total: Decimal
    difference: Decimal | None
    classes: tuple[ClassSum, ...]
    documents: tuple[ProvenDocument, ...]
    differences: tuple[Difference, ...]
    event_group: EventGroup | None
    postings: tuple[ClassPosting, ...] = ()
    costs: tuple[Cost, ...] = ()
    events: tuple[ClassComparison, ...] | None = None


def compared(proof: Proof, classified: Iterable[Classified], events: Events) -> Proof:
    """Add to a proof what Finances says, and the name of everything that differs."""
    classes, differences = compare(classified, events, proof.header)
    return replace(proof, events=classes, differences=(*proof.differences, *differences))


def class_sums(classified: Iterable[Classified]) -> tuple[ClassSum, ...]:
    """Sum the rows of each class, in the order of first appearance."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for line in classified:
        amount, rows = sums.get(line.accounting_class, (ZERO, 0))
        sums[line.accounting_class] = (amount + line.entry.amount, rows + line.entry.rows)
    return tuple(ClassSum(name, amount, rows) for name, (amount, rows) in sums.items())


def proven(document: Document, *, held: bool = False) -> ProvenDocument:
    """List a document in the proof with its total and what it contributes to the deposit."""
    number: str | None = None
    match document:
        case Payment():
            stream, number, total = "payments", document.pays, document.amount
            amount = total
        case Journal():
            stream, amount = "journals", clearing_effect(document)
            total = sum((line.amount for line in document.lines if line.amount > ZERO), ZERO)
        case Invoice():
            stream, number, total = "invoices", document.number, document.total
            amount = total if document.kind == "settlement" else ZERO
        case BankTransaction():
            stream, total = "bank_transactions", document.total
            amount = total
    return ProvenDocument(
        document.document_id,
        stream,
        number,
        document.date,
        amount,
        held,
        total,
        document.currency,
    )


def event_group_differences(header: Header, group: EventGroup | None) -> list[Difference]:
    """Compare the settlement with its event group: Finances v0 lists one for each settlement."""
    if group is None:
        return [
            Difference(
                "event_group_missing",
                None,
                f"no event group from {header.start} to {header.end} in {header.currency} was read",
            )
        ]
    if group.original_total is None or group.original_total == header.total:
        return []
    return [
        Difference(
            "event_group_total",
            header.total - group.original_total,
            f"the report says {header.total}, event group {group.group_id} {group.original_total}",
        )
    ]
