"""Reports of which nothing is posted: what waits, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from transforms.ledger.outcome import Held

Record = dict[str, Any]


def unread(record: Record, fault: str) -> Held:
    """Hold a settlement whose report cannot be read; there is nothing to replay it from."""
    waits = f"{record['total_amount'] or 'its money'} {record['currency'] or ''}".rstrip()
    return Held(
        document_id=f"settlement:{record['settlement_id']}",
        stream="settlements",
        reason="unreadable",
        details=f"{fault}; nothing of it is posted, {waits} waits: give the file as Amazon "
        "delivered it and run again",
        record=None,
        currency=record["currency"],
        settlement_id=record["settlement_id"],
    )


def changed(record: Record, posted: Record) -> Held:
    """Hold a report that gives a posted settlement other content than the one it came from."""
    settlement_id, checksum = record["settlement_id"], record["checksum"] or ""
    report = record["report_id"] or record["source"]
    return Held(
        document_id=f"settlement:{settlement_id}:{checksum[:8]}",
        stream="settlements",
        reason="changed_report",
        details=(
            f"report {report} gives settlement {settlement_id} other content than the report it "
            f"was posted from: total {record['total_amount']} against {posted['deposit']}; "
            "nothing was changed"
        ),
        record=None,
        currency=record["currency"],
        settlement_id=settlement_id,
    )
