"""The documents as they arrive: records become typed values here, once.

Amounts are Decimals read from text. A record that is no such document raises Unreadable, which
names the stream, the document and the field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from target_xero.fields import Fields

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
    """What every document has: an identity, a date, a currency and a trace."""

    document_id: str
    date: date
    currency: str
    source: Source

    @property
    def marker(self) -> str:
        """The words by which the document is found again in Xero."""
        return marker(self.document_id)


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
    """A credit to a customer; refunds: the number of the invoice credited."""

    number: str
    contact: str
    amounts_include_tax: bool
    reference: str
    lines: tuple[Line, ...]
    total: Decimal
    status: str
    refunds: str | None


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


def read(stream: str, record: Mapping[str, Any]) -> Document:
    """Make the document of a stream from its record."""
    fields = Fields(stream, record)
    return {
        INVOICES: _invoice,
        CREDIT_NOTES: _credit_note,
        PAYMENTS: _payment,
        REFUNDS: _refund,
        ALLOCATIONS: _allocation,
        JOURNALS: _journal,
        BANK_TRANSACTIONS: _bank_transaction,
        BANK_TRANSFERS: _bank_transfer,
    }[stream](fields)


def as_text(record: Mapping[str, Any]) -> str:
    """Write a record as JSON text, keys in order, so that the same record is the same text."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), default=str)


def content_hash(document: Document) -> str:
    """Hash what a document says; not how its amounts are spelt, nor where it came from."""

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
        if name != "source"
    }
    text = json.dumps([type(document).__name__, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _head(fields: Fields) -> tuple[str, date, str, Source]:
    return fields.text("document_id"), fields.day("date"), fields.text("currency"), _source(fields)


def _source(fields: Fields) -> Source:
    value = fields.record.get("source")
    part = Fields(fields.stream, value if isinstance(value, Mapping) else {}, fields.where)
    return Source(
        organisation=part.maybe_text("organisation") or "",
        settlement_id=part.maybe_text("settlement_id"),
        order_id=part.maybe_text("order_id"),
    )


def _line(fields: Fields) -> Line:
    has_price = "unit_amount" in fields.record
    return Line(
        description=fields.text("description"),
        amount=fields.money("amount"),
        account=fields.text("account"),
        tax_type=fields.text("tax_type"),
        tracking=tuple(
            Tracking(part.text("category"), part.text("option"))
            for part in fields.parts("tracking")
        ),
        quantity=fields.money("quantity") if has_price else Decimal(1),
        unit_amount=fields.money("unit_amount") if has_price else None,
        item_code=fields.maybe_text("item_code"),
    )


def _invoice(fields: Fields) -> Invoice:
    return Invoice(
        *_head(fields),
        kind=fields.text("kind"),
        number=fields.text("number"),
        contact=fields.text("contact"),
        due_date=fields.day("due_date"),
        amounts_include_tax=fields.flag("amounts_include_tax"),
        reference=fields.text("reference"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
        total=fields.money("total"),
        status=fields.text("status"),
        if_absent=fields.flag("if_absent"),
    )


def _credit_note(fields: Fields) -> CreditNote:
    return CreditNote(
        *_head(fields),
        number=fields.text("number"),
        contact=fields.text("contact"),
        amounts_include_tax=fields.flag("amounts_include_tax"),
        reference=fields.text("reference"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
        total=fields.money("total"),
        status=fields.text("status"),
        refunds=fields.maybe_text("refunds"),
    )


def _refund(fields: Fields) -> Refund:
    return Refund(
        *_head(fields),
        credit_note=fields.text("credit_note"),
        account=fields.text("account"),
        amount=fields.money("amount"),
        reference=fields.text("reference"),
    )


def _allocation(fields: Fields) -> Allocation:
    return Allocation(
        *_head(fields),
        credit_note=fields.text("credit_note"),
        invoice=fields.text("invoice"),
        amount=fields.money("amount"),
    )


def _payment(fields: Fields) -> Payment:
    return Payment(
        *_head(fields),
        pays=fields.text("pays"),
        account=fields.text("account"),
        amount=fields.money("amount"),
        reference=fields.text("reference"),
    )


def _journal(fields: Fields) -> Journal:
    return Journal(
        *_head(fields),
        narration=fields.text("narration"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
    )


def _bank_transaction(fields: Fields) -> BankTransaction:
    return BankTransaction(
        *_head(fields),
        kind=fields.text("kind"),
        bank_account=fields.text("bank_account"),
        contact=fields.text("contact"),
        reference=fields.text("reference"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
        total=fields.money("total"),
    )


def _bank_transfer(fields: Fields) -> BankTransfer:
    return BankTransfer(
        *_head(fields),
        from_account=fields.text("from_account"),
        to_account=fields.text("to_account"),
        amount=fields.money("amount"),
        reference=fields.text("reference"),
    )
