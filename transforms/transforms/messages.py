"""What the mapper says to a target: schemas, documents, what waits, and the proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from singer_sdk import singerlib as singer

import books
from transforms.ledger.documents import Document
from transforms.ledger.money import text
from transforms.ledger.outcome import Held
from transforms.ledger.proof import Proof, ProvenDocument
from transforms.wire import Line, LongLine, ManyValues
from transforms.written import document_record

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


def document_line(document: Document, lock_dates: str = _HOLD) -> Line:
    """Write a document on its stream; lock_dates: what becomes of it in a locked period."""
    stream, record = document_record(document)
    if lock_dates != _HOLD:
        record["lock_dates"] = lock_dates
    return _line(stream, record)


def _line(stream: str, record: Record) -> Line:
    return Line({"type": "RECORD", "stream": stream, "record": record})


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else text(value)


def held_line(held: Held, organisation: str) -> Line:
    """Say that a document waits, and keep the source it can be made from."""
    return _line(
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
        "documents": [proven_record(each) for each in proof.documents],
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


def proof_line(proof: Proof, organisation: str, documents: ManyValues) -> Line:
    """Write the proof of a settlement with documents that were written one by one."""
    record = proof_record(proof, organisation)
    message = {"type": "RECORD", "stream": "settlements", "record": record}
    return LongLine(message, "documents", documents)


def proven_record(document: ProvenDocument) -> Record:
    """Write a document in the proof of its settlement."""
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
    made = {document.document_id: proven_record(document) for document in documents}
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
