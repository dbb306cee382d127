"""Proofs as records: what the stream `settlements` says of each settlement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from transforms.ledger.difference import Difference
from transforms.ledger.money import text
from transforms.ledger.proof import Proof, ProvenDocument
from transforms.ledger.vat import DestinationSum
from transforms.messages import maybe_text, schema
from transforms.wire import Line, LongLine, ManyValues

Record = dict[str, Any]


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
        "difference": maybe_text(proof.difference),
        "status": proof.status,
        "reason": proof.reason,
        "classes": [
            {"class": each.accounting_class, "amount": text(each.amount), "rows": each.rows}
            for each in proof.classes
        ],
        "documents": [proven_record(each) for each in proof.documents],
        "postings": [
            {
                "class": each.place.accounting_class,
                "component": each.place.component,
                "account": each.place.account,
                "tax_type": each.place.tax_type,
                "stream": each.place.stream,
                "document_id": each.place.document_id,
                "amount": text(each.amount),
            }
            for each in proof.postings
        ],
        "costs": [
            {
                "seller_sku": each.key.sku,
                "marketplace": each.key.marketplace,
                "month": each.key.month,
                "units": each.units,
                "restocked": each.key.is_restocked,
                "unit_cost": maybe_text(each.key.unit_cost),
                "amount": maybe_text(each.amount),
            }
            for each in proof.costs
        ],
        "events": None
        if proof.events is None
        else [
            {
                "class": each.name,
                "report": text(each.report),
                "events": text(each.events),
                **{bucket: text(amount) for bucket, amount in each.buckets.items()},
            }
            for each in proof.events
        ],
        "differences": [difference_record(each) for each in proof.differences],
        "destinations": [_destination(each) for each in proof.destinations],
        "event_group": None
        if group is None
        else {
            "group_id": group.group_id,
            "fund_transfer_status": group.fund_transfer_status,
            "original_total": maybe_text(group.original_total),
            "converted_total": maybe_text(group.converted_total),
            "converted_currency": group.converted_currency,
            "trace_id": group.trace_id,
            "account_tail": group.account_tail,
        },
        "report_id": header.report_id,
        "checksum": header.checksum,
    }


def _destination(each: DestinationSum) -> Record:
    return {
        "country": each.destination.country,
        "rate": each.destination.rate,
        "treatment": str(each.destination.treatment),
        "amount": text(each.amount),
        "items": [list(item) for item in each.items],
    }


def difference_record(each: Difference) -> Record:
    """Write a named difference."""
    return {"name": each.name, "amount": maybe_text(each.amount), "details": each.details}


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
        "total": text(document.total),
        "currency": document.currency,
        "held": document.held,
    }


def with_documents(proof: Record, documents: Iterable[ProvenDocument]) -> Record:
    """Give a proof in which documents that waited are no longer held."""
    made = {document.document_id: proven_record(document) for document in documents}
    postings = [
        each | {"stream": "invoices", "document_id": None}
        if each["stream"] == "held" and each["document_id"] in made
        else each
        for each in proof.get("postings") or ()
    ]
    kept = [made.pop(each["document_id"], each) for each in proof["documents"]]
    return proof | {"documents": [*kept, *made.values()], "postings": postings}


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
        "postings": [],
        "costs": [],
        "differences": [],
        "destinations": [],
        "report_id": source["report_id"] or source["source"],
        "checksum": source["checksum"],
    }
