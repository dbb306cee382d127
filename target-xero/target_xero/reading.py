"""The documents as they arrive: records become typed values here, once.

Amounts are Decimals read from text. A record that is no such document raises Unreadable, which
names the stream, the document and the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from typing import Any, get_type_hints

from target_xero.documents import (
    ALLOCATIONS,
    BANK_TRANSACTIONS,
    BANK_TRANSFERS,
    CREDIT_NOTES,
    INVOICES,
    JOURNALS,
    PAYMENTS,
    REFUNDS,
    Allocation,
    BankTransaction,
    BankTransfer,
    CreditNote,
    Document,
    Invoice,
    Journal,
    Line,
    Payment,
    Refund,
    Source,
    Tracking,
)
from target_xero.fields import Fields


def read_document(stream: str, record: Mapping[str, Any]) -> Document:
    """Make the document of a stream from its record; raises Unreadable."""
    document: Document = _read(_TYPES[stream], Fields(stream, record))
    return document


def _read(kind: type[Any], record: Fields) -> Any:
    """Read each field of a type by what it is; one that has a default may be missing."""
    given = {
        name: reader(record, name)
        for name, (reader, may_be_missing) in _READERS[kind].items()
        if name in record.record or not may_be_missing
    }
    return kind(**given)


def _readers(kind: type[Any]) -> dict[str, tuple[Callable[[Fields, str], Any], bool]]:
    """How each field of a type is read, and whether it may be missing."""
    hints = get_type_hints(kind)
    return {
        each.name: (_BY_TYPE[hints[each.name]], each.default is not MISSING)
        for each in fields(kind)
    }


def _source(fields: Fields, name: str) -> Source:
    value = fields.record.get(name)
    part = Fields(fields.stream, value if isinstance(value, Mapping) else {}, fields.where)
    return Source(
        organisation=part.maybe_text("organisation") or "",
        settlement_id=part.maybe_text("settlement_id"),
        order_id=part.maybe_text("order_id"),
    )


def _tracking(fields: Fields, name: str) -> tuple[Tracking, ...]:
    return tuple(_read(Tracking, part) for part in fields.parts(name))


def _lines(fields: Fields, name: str) -> tuple[Line, ...]:
    return tuple(_read(Line, part) for part in fields.parts(name))


_BY_TYPE: dict[Any, Callable[[Fields, str], Any]] = {
    str: Fields.text,
    str | None: Fields.maybe_text,
    bool: Fields.flag,
    Decimal: Fields.money,
    Decimal | None: Fields.maybe_money,
    date: Fields.day,
    date | None: Fields.maybe_day,
    Source: _source,
    tuple[Tracking, ...]: _tracking,
    tuple[Line, ...]: _lines,
}
_TYPES: dict[str, type[Document]] = {
    INVOICES: Invoice,
    CREDIT_NOTES: CreditNote,
    PAYMENTS: Payment,
    REFUNDS: Refund,
    ALLOCATIONS: Allocation,
    JOURNALS: Journal,
    BANK_TRANSACTIONS: BankTransaction,
    BANK_TRANSFERS: BankTransfer,
}
_READERS = {kind: _readers(kind) for kind in (*_TYPES.values(), Line, Tracking)}
