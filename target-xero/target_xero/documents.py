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
from decimal import Decimal, InvalidOperation
from typing import Any

INVOICES, PAYMENTS, JOURNALS, BANK_TRANSACTIONS = (
    "invoices",
    "payments",
    "journals",
    "bank_transactions",
)
IN_POSTING_ORDER = (INVOICES, PAYMENTS, JOURNALS, BANK_TRANSACTIONS)
"""Streams of documents, each after those that it may rest on."""


class Unreadable(ValueError):
    """A record is not the document that its stream promises."""


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


def marker(document_id: str) -> str:
    """The words by which a document is found again in Xero."""
    return f"[amz:{document_id}]"


def read(stream: str, record: Mapping[str, Any]) -> Document:
    """Make the document of a stream from its record."""
    fields = _Fields(stream, record)
    return {
        INVOICES: _invoice,
        PAYMENTS: _payment,
        JOURNALS: _journal,
        BANK_TRANSACTIONS: _bank_transaction,
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


class _Fields:
    """Reads one record, field by field."""

    def __init__(self, stream: str, record: Mapping[str, Any], where: str = "") -> None:
        self.stream = stream
        self.record = record
        self.where = where or str(record.get("document_id", "without document_id"))

    def text(self, name: str) -> str:
        value = self._get(name)
        if not isinstance(value, str):
            raise self._fault(name, f"is {type(value).__name__}, not text")
        return value

    def maybe_text(self, name: str) -> str | None:
        return None if self.record.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._fault(name, "is neither true nor false")
        return value

    def money(self, name: str) -> Decimal:
        value = self._get(name)
        if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
            raise self._fault(name, "is no exact amount")
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite():
            raise self._fault(name, f"is no amount: {value!r}")
        return amount

    def day(self, name: str) -> date:
        value = self._get(name)
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self._fault(name, f"is no date: {value!r}") from None

    def parts(self, name: str) -> list[_Fields]:
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self._fault(name, "is no list of objects")
        return [
            _Fields(self.stream, each, f"{self.where}, {name}[{at}]")
            for at, each in enumerate(value)
        ]

    def source(self) -> Source:
        value = self.record.get("source")
        fields = _Fields(self.stream, value if isinstance(value, Mapping) else {}, self.where)
        return Source(
            organisation=fields.maybe_text("organisation") or "",
            settlement_id=fields.maybe_text("settlement_id"),
            order_id=fields.maybe_text("order_id"),
        )

    def _get(self, name: str) -> Any:
        if name not in self.record:
            raise self._fault(name, "is missing")
        return self.record[name]

    def _fault(self, name: str, what: str) -> Unreadable:
        return Unreadable(f"stream {self.stream}, document {self.where}: `{name}` {what}")


def _head(fields: _Fields) -> tuple[str, date, str, Source]:
    return fields.text("document_id"), fields.day("date"), fields.text("currency"), fields.source()


def _line(fields: _Fields) -> Line:
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


def _invoice(fields: _Fields) -> Invoice:
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


def _payment(fields: _Fields) -> Payment:
    return Payment(
        *_head(fields),
        pays=fields.text("pays"),
        account=fields.text("account"),
        amount=fields.money("amount"),
        reference=fields.text("reference"),
    )


def _journal(fields: _Fields) -> Journal:
    return Journal(
        *_head(fields),
        narration=fields.text("narration"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
    )


def _bank_transaction(fields: _Fields) -> BankTransaction:
    return BankTransaction(
        *_head(fields),
        kind=fields.text("kind"),
        bank_account=fields.text("bank_account"),
        contact=fields.text("contact"),
        reference=fields.text("reference"),
        lines=tuple(_line(part) for part in fields.parts("lines")),
        total=fields.money("total"),
    )
