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
from transforms.ledger.documents import (
    BankTransaction,
    Document,
    Invoice,
    Journal,
    Payment,
    Source,
    Tracking,
)
from transforms.ledger.money import text
from transforms.ledger.outcome import Held
from transforms.ledger.proof import Proof, ProvenDocument

Record = dict[str, Any]

_HOLD = "hold"
KEYS = {
    "invoices": ("document_id",),
    "payments": ("document_id",),
    "journals": ("document_id",),
    "bank_transactions": ("document_id",),
    "settlements": ("document_id",),
    "held": ("document_id",),
}


@cache
def schema(stream: str) -> dict[str, Any]:
    """Give the JSON Schema of a document stream."""
    file = resources.files("transforms") / "schemas" / f"{stream}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def schema_messages() -> Iterable[singer.Message]:
    """Announce every document stream, in the order in which a target must post them."""
    for stream, keys in KEYS.items():
        yield singer.SchemaMessage(stream, schema(stream), keys)


def document_message(document: Document, lock_dates: str = _HOLD) -> singer.RecordMessage:
    """Write a document on its stream; lock_dates: what becomes of it in a locked period."""
    message = _document_message(document)
    if lock_dates != _HOLD:
        message.record["lock_dates"] = lock_dates
    return message


def _document_message(document: Document) -> singer.RecordMessage:
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


def _amount(value: Decimal | None) -> str | None:
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
            "amount": _amount(held.amount),
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
            "amount": _amount(held.amount),
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


def proof_record(proof: Proof, organisation: str) -> Record:
    """Write the proof of a settlement."""
    header, group = proof.header, proof.event_group
    return {
        "document_id": f"proof:{header.settlement_id}",
        "organisation": organisation,
        "settlement_id": header.settlement_id,
        "marketplace": proof.marketplace,
        "posting": proof.posting,
        "currency": header.currency,
        "start": header.start,
        "end": header.end,
        "deposit_date": header.deposit_day.isoformat() if header.deposit_day else None,
        "deposit": text(header.total),
        "rows": proof.rows,
        "rows_total": text(proof.rows_total),
        "difference": _amount(proof.difference),
        "status": proof.status,
        "reason": proof.reason,
        "classes": [
            {"class": each.accounting_class, "amount": text(each.amount), "rows": each.rows}
            for each in proof.classes
        ],
        "documents": [_proven(each) for each in proof.documents],
        "differences": [
            {"name": each.name, "amount": _amount(each.amount), "details": each.details}
            for each in proof.differences
        ],
        "event_group": None
        if group is None
        else {
            "group_id": group.group_id,
            "fund_transfer_status": group.fund_transfer_status,
            "original_total": _amount(group.original_total),
            "converted_total": _amount(group.converted_total),
            "converted_currency": group.converted_currency,
            "trace_id": group.trace_id,
            "account_tail": group.account_tail,
        },
        "report_id": header.report_id,
        "checksum": header.checksum,
    }


def _proven(document: ProvenDocument) -> Record:
    return {
        "document_id": document.document_id,
        "stream": document.stream,
        "number": document.number,
        "date": document.date.isoformat(),
        "amount": text(document.amount),
        "held": document.held,
    }


def with_documents(proof: Record, documents: Iterable[ProvenDocument]) -> Record:
    """Give a proof in which documents that waited are no longer held."""
    made = {document.document_id: _proven(document) for document in documents}
    kept = [made.pop(each["document_id"], each) for each in proof["documents"]]
    return proof | {"documents": [*kept, *made.values()]}


def unread_proof_record(source: Record, reason: str, organisation: str) -> Record:
    """Write the proof of a settlement whose report could not be read."""
    return dict.fromkeys(schema("settlements")["properties"]) | {
        "document_id": f"proof:{source['settlement_id']}",
        "organisation": organisation,
        "settlement_id": source["settlement_id"],
        "currency": source["currency"],
        "start": source["start"],
        "end": source["end"],
        "deposit": source["total_amount"],
        "status": "held",
        "reason": reason,
        "classes": [],
        "documents": [],
        "differences": [],
        "report_id": source["report_id"] or source["source"],
        "checksum": source["checksum"],
    }
