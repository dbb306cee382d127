"""Documents to Singer messages: the only code that writes the targets' dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from singer_sdk import singerlib as singer

import books
from transforms.ledger.book import Choices
from transforms.ledger.documents import (
    BankTransaction,
    Document,
    Invoice,
    Journal,
    Payment,
    Source,
    Tracking,
)
from transforms.ledger.items import Item
from transforms.ledger.money import text
from transforms.ledger.outcome import Held

Record = dict[str, Any]

KEYS = {
    "invoices": ("document_id",),
    "payments": ("document_id",),
    "journals": ("document_id",),
    "bank_transactions": ("document_id",),
    "settlements": ("document_id",),
    "held": ("document_id",),
}


# Streams that a choice of books.yml makes; first those that a target posts before documents.
ITEMS = {"items": ("document_id",)}
DEFERRALS = {"deferrals": ("document_id",)}


@cache
def schema(stream: str) -> dict[str, Any]:
    """Give the JSON Schema of a document stream."""
    file = resources.files("transforms") / "schemas" / f"{stream}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def schema_messages(choices: Choices) -> Iterable[singer.Message]:
    """Announce every document stream, in the order in which a target must post them."""
    items = ITEMS if choices.items == "listings" else {}
    deferrals = DEFERRALS if choices.deferred == "accrue" else {}
    for stream, keys in {**items, **KEYS, **deferrals}.items():
        yield singer.SchemaMessage(stream, schema(stream), keys)


def document_message(document: Document) -> singer.RecordMessage:
    """Write a document on its stream."""
    match document:
        case Invoice():
            return singer.RecordMessage("invoices", _invoice(document))
        case Payment():
            return singer.RecordMessage("payments", _payment(document))
        case Journal():
            return singer.RecordMessage("journals", _journal(document))
        case BankTransaction():
            return singer.RecordMessage("bank_transactions", _bank_transaction(document))


def _invoice(invoice: Invoice) -> Record:
    return {
        "document_id": invoice.document_id,
        "kind": invoice.kind,
        "number": invoice.number,
        "contact": invoice.contact,
        "date": invoice.date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "amounts_include_tax": True,
        "reference": invoice.reference,
        "lines": [
            {
                "description": line.description,
                "quantity": str(line.quantity),
                "unit_amount": text(line.unit_amount),
                "amount": text(line.amount),
                "account": line.account,
                "tax_type": line.tax_type,
                "item_code": line.item_code,
                "tracking": _tracking(line.tracking),
            }
            for line in invoice.lines
        ],
        "total": text(invoice.total),
        "status": invoice.status,
        "if_absent": invoice.if_absent,
        "source": _source(invoice.source),
    }


def _payment(payment: Payment) -> Record:
    return {
        "document_id": payment.document_id,
        "pays": payment.pays,
        "account": payment.account,
        "date": payment.date.isoformat(),
        "currency": payment.currency,
        "amount": text(payment.amount),
        "reference": payment.reference,
        "source": _source(payment.source),
    }


def _journal(journal: Journal) -> Record:
    return {
        "document_id": journal.document_id,
        "date": journal.date.isoformat(),
        "narration": journal.narration,
        "currency": journal.currency,
        "lines": [
            {
                "account": line.account,
                "amount": text(line.amount),
                "tax_type": line.tax_type,
                "tracking": _tracking(line.tracking),
                "description": line.description,
            }
            for line in journal.lines
        ],
        "clearing_account": journal.clearing_account,
        "source": _source(journal.source),
    }


def _bank_transaction(transaction: BankTransaction) -> Record:
    return {
        "document_id": transaction.document_id,
        "kind": transaction.kind,
        "bank_account": transaction.bank_account,
        "contact": transaction.contact,
        "date": transaction.date.isoformat(),
        "currency": transaction.currency,
        "reference": transaction.reference,
        "lines": [
            {
                "description": line.description,
                "amount": text(line.amount),
                "account": line.account,
                "tax_type": line.tax_type,
                "tracking": _tracking(line.tracking),
            }
            for line in transaction.lines
        ],
        "total": text(transaction.total),
        "source": _source(transaction.source),
    }


def item_message(item: Item) -> singer.RecordMessage:
    """Write an item of the price list."""
    return singer.RecordMessage(
        "items",
        {
            "document_id": item.document_id,
            "code": item.code,
            "name": item.name,
            "description": item.description,
            "sale_price": maybe_text(item.sale_price),
            "account": item.account,
            "tax_type": item.tax_type,
            "source": _source(item.source),
        },
    )


def _source(source: Source) -> Record:
    return {
        "organisation": source.organisation,
        "marketplace": source.marketplace,
        "settlement_id": source.settlement_id,
        "order_id": source.order_id,
        "month": source.month,
    }


def _tracking(tracking: Iterable[Tracking]) -> list[Record]:
    return [{"category": each.category, "option": each.option} for each in tracking]


def maybe_text(value: Decimal | None) -> str | None:
    """Write an amount, if it is known."""
    return None if value is None else text(value)


def held_message(held: Held, organisation: str) -> singer.RecordMessage:
    """Say that a document waits, and keep the source it can be made from."""
    return singer.RecordMessage(
        "held",
        {
            "document_id": held.document_id,
            "stream": held.stream,
            "organisation": organisation,
            "state": "held",
            "reason": held.reason,
            "details": held.details,
            "amount": maybe_text(held.amount),
            "currency": held.currency,
            "settlement_id": held.settlement_id,
            "order_id": held.order_id,
            "record": None
            if held.record is None
            else json.dumps(held.record, ensure_ascii=False, separators=(",", ":")),
        },
    )


def still_held_message(held: books.Held) -> singer.RecordMessage:
    """Say again what books say of a document that waits."""
    return singer.RecordMessage(
        "held",
        {
            "document_id": held.document_id,
            "stream": held.stream,
            "organisation": held.organisation,
            "state": "held",
            "reason": held.reason,
            "details": held.details,
            "amount": maybe_text(held.amount),
            "currency": held.currency,
            "settlement_id": held.settlement_id,
            "order_id": held.order_id,
            "record": held.record,
        },
    )


def resolved_message(document_id: str, stream: str, organisation: str) -> singer.RecordMessage:
    """Say that a document no longer waits."""
    nothing = ("reason", "details", "amount", "currency", "settlement_id", "order_id", "record")
    return singer.RecordMessage(
        "held",
        {
            "document_id": document_id,
            "stream": stream,
            "organisation": organisation,
            "state": "resolved",
            **dict.fromkeys(nothing),
        },
    )
