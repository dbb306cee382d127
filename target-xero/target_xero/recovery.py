"""What a killed run left behind: documents that were about to be sent, with outcome unknown.

Each is looked up by its marker, and what is there is adopted. While Xero knows the batch's
Idempotency-Key, its call may still be at work: unless all of it is there, the batch goes out again
as it was, under the same key, so that Xero makes it once. Later, what is not there was never made,
and goes out as it was under a new key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from books import Posting, State
from target_xero import documents
from target_xero.again import KEY_LIFE
from target_xero.credit_kinds import CreditNotes, Refunds
from target_xero.delivery import Delivery, found_again
from target_xero.desk import Desk, Impossible, Pending
from target_xero.documents import Payment
from target_xero.kinds import BankTransactions, Invoices, Journals, Kind, Payments, Ready
from target_xero.payments import rest_of
from target_xero.tally import Did
from target_xero.transfers import BankTransfers

KINDS: dict[str, Callable[[], Kind]] = {
    documents.INVOICES: Invoices,
    documents.CREDIT_NOTES: CreditNotes,
    documents.PAYMENTS: Payments,
    documents.REFUNDS: Refunds,
    documents.JOURNALS: Journals,
    documents.BANK_TRANSACTIONS: BankTransactions,
    documents.BANK_TRANSFERS: BankTransfers,
}


def recover(desk: Desk) -> list[Pending]:
    """Settle what was intended; return the documents that have to be posted anew."""
    left: list[Pending] = []
    for stream in documents.IN_POSTING_ORDER:
        rows = desk.books.postings(desk.tenant.tenant, stream=stream, states=[State.INTENDED])
        # A document with Xero's id was being updated: the ordinary comparison tells how far.
        # An allocation is looked up on its credit note each time.
        left.extend(pending_of(row) for row in rows if row.vendor_id or stream not in KINDS)
        sent = [row for row in rows if not row.vendor_id and stream in KINDS]
        sent.sort(key=lambda row: (row.sent_at or desk.now(), row.position or 0))
        for key, batch in groupby(sent, key=lambda row: row.idempotency_key):
            left.extend(_recover_batch(desk, KINDS[stream](), key or "", list(batch)))
    return left


def pending_of(row: Posting) -> Pending:
    """Make a document of its row, to be tried again."""
    pending = Pending.of(row.stream, json.loads(row.document))
    pending.posting = row
    return pending


def _recover_batch(desk: Desk, kind: Kind, key: str, rows: Sequence[Posting]) -> list[Pending]:
    """Recover one call of a killed run; return what is not settled by it."""
    sent = [_as_sent(row) for row in rows]
    since = running_since(desk, key, rows)
    found = found_again(desk, kind, sent)
    there = [(each, found[_id(each)]) for each in sent if _id(each) in found]
    delivery = Delivery(desk, kind)
    # What Xero refuses stays intended, and the ordinary way knows what that means.
    if since is not None and len(there) < len(sent) and (again := _all_rendered(desk, kind, sent)):
        # Some may be there and others on their way: the same call again waits for all of them.
        delivery.resend(again, key, since)
    else:
        delivery.adopt(there, Did.ADOPTED, made_here=True)
        # As they were: what was decided then, an invoice's number above all, stays decided.
        delivery.resend(_all_rendered(desk, kind, [e for e in sent if not e.pending.done]))
    return [each.pending for each in sent if not each.pending.done]


def running_since(desk: Desk, key: str, rows: Sequence[Posting]) -> datetime | None:
    """When a call was sent that may still be at work; None for one that is over.

    It is over when its key has ended, and when part of its answer was written down.
    """
    since = rows[0].sent_at
    if not key or since is None or desk.now() - since > KEY_LIFE:
        return None
    whole = desk.books.postings(desk.tenant.tenant, idempotency_keys=[key])
    return since if len(whole) == len(rows) else None


def _all_rendered(desk: Desk, kind: Kind, sent: Sequence[Ready]) -> list[Ready]:
    try:
        return [_rendered(desk, kind, each) for each in sent]
    except Impossible:
        return []  # the ordinary way says why


def _as_sent(row: Posting) -> Ready:
    """A document as it was sent, without its body: enough to look it up."""
    pending = pending_of(row)
    ready = Ready(pending, {}, number=row.number, parent_id=row.parent_id, amount=row.amount)
    if isinstance(pending.document, Payment) and row.amount is not None:
        ready.rest = rest_of(pending, str(row.number), row.amount, row.amount)
    return ready


def _rendered(desk: Desk, kind: Kind, sent: Ready) -> Ready:
    """Render a document as it was rendered when it was sent."""
    document = sent.pending.document
    if isinstance(kind, Payments):
        sent.payload = kind.body(document, str(sent.parent_id), sent.amount)
    elif isinstance(kind, Refunds):
        sent.payload = kind.body(document, str(sent.parent_id))
    elif isinstance(kind, Invoices | CreditNotes | Journals | BankTransactions | BankTransfers):
        sent.payload = kind.render(desk, document, sent.number)
        sent.total = kind.expected_total(document)
    return sent


def _id(ready: Ready) -> str:
    return ready.pending.document_id
