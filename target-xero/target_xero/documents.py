"""The documents that are posted: their types, their markers, and what each says, as a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

INVOICES, CREDIT_NOTES, PAYMENTS, REFUNDS, ALLOCATIONS = (
    "invoices",
    "credit_notes",
    "payments",
    "refunds",
    "allocations",
)
JOURNALS, BANK_TRANSACTIONS, BANK_TRANSFERS = "journals", "bank_transactions", "bank_transfers"
IN_POSTING_ORDER = (
    INVOICES,
    CREDIT_NOTES,
    PAYMENTS,
    REFUNDS,
    ALLOCATIONS,
    JOURNALS,
    BANK_TRANSACTIONS,
    BANK_TRANSFERS,
)
"""Streams of documents, each after those that it may rest on."""
ARRIVING = tuple(each for each in IN_POSTING_ORDER if each not in (REFUNDS, ALLOCATIONS))
"""Without those that the target makes itself, from credit notes."""

Day = date

HOLD, NEXT_OPEN_DAY = "hold", "next_open_day"
"""What becomes of a document whose date Xero has locked: it waits, or is posted later."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """A tracking category and the option chosen."""

    category: str
    option: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of any document; on a journal, debit is positive and quantity is not used."""

    description: str
    amount: Decimal
    account: str
    tax_type: str
    tracking: tuple[Tracking, ...]
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal | None = None
    item_code: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a document was made from."""

    organisation: str
    settlement_id: str | None
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """What every document has: an identity, a date, a currency and a trace.

    lock_dates: what becomes of it when Xero has locked its date; moved_from: its own date, where
    `date` is the first open day after a locked period.
    """

    document_id: str
    date: date
    currency: str
    source: Source
    lock_dates: str = field(default=HOLD, kw_only=True)
    moved_from: Day | None = field(default=None, kw_only=True)

    @property
    def marker(self) -> str:
        """The words by which the document is found again in Xero."""
        return marker(self.document_id)

    @property
    def own_date(self) -> Day:
        """The date that its source gives it, whatever Xero has locked."""
        return self.moved_from or self.date

    @property
    def words_of_move(self) -> str:
        """What stands before the marker of a document that is not posted on its own date."""
        return dated(self.moved_from) if self.moved_from else ""


@dataclass(frozen=True, slots=True)
class Invoice(Document):
    """A sales invoice, a bill, or the summary invoice of a settlement."""

    kind: str
    number: str
    contact: str
    due_date: date
    amounts_include_tax: bool
    reference: str
    lines: tuple[Line, ...]
    total: Decimal
    status: str
    if_absent: bool

    @property
    def is_bill(self) -> bool:
        """Bills live in another series and keep their marker in their number."""
        return self.kind == "bill"


@dataclass(frozen=True, slots=True)
class CreditNote(Document):
    """A credit to a customer, or by a supplier (kind bill).

    refunds: the number of the invoice credited.
    """

    number: str
    contact: str
    amounts_include_tax: bool
    reference: str
    lines: tuple[Line, ...]
    total: Decimal
    status: str
    refunds: str | None
    kind: str = "sale"

    @property
    def is_bill(self) -> bool:
        """A supplier's keeps its marker in its number, as a bill does."""
        return self.kind == "bill"


@dataclass(frozen=True, slots=True)
class Refund(Document):
    """Money paid back for a credit note, which is named by its document id."""

    credit_note: str
    account: str
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class Allocation(Document):
    """The part of a credit note that was not paid back, to be set against its invoice."""

    credit_note: str
    invoice: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment(Document):
    """A payment of one invoice out of one settlement."""

    pays: str
    account: str
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class Journal(Document):
    """A manual journal; its lines sum to zero."""

    narration: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class BankTransaction(Document):
    """Money that the bank saw."""

    kind: str
    bank_account: str
    contact: str
    reference: str
    lines: tuple[Line, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class BankTransfer(Document):
    """Money moved between two bank accounts of the organisation."""

    from_account: str
    to_account: str
    amount: Decimal
    reference: str


def marker(document_id: str) -> str:
    """The words by which a document is found again in Xero."""
    return f"[amz:{document_id}]"


def dated(own_date: date) -> str:
    """Name the own date of a document that is posted on another: (dated 2026-03-31)."""
    return f"(dated {own_date.isoformat()})"


def as_text(record: Mapping[str, Any]) -> str:
    """Write a record as JSON text, keys in order, so that the same record is the same text."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), default=str)


_NOT_SAID = frozenset({"source", "lock_dates", "moved_from"})


def content_hash(document: Document) -> str:
    """Hash what a document says, under its own date; not how its amounts are spelt.

    Where it came from, and whether a locked period moved it, are no part of what it says.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value.normalize(), "f")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, tuple):
            return [plain(each) for each in value]
        if isinstance(value, Line | Tracking):
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return value

    content = {
        name: plain(getattr(document, name))
        for name in type(document).__dataclass_fields__
        if name not in _NOT_SAID
    }
    content["date"] = plain(document.own_date)
    text = json.dumps([type(document).__name__, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
