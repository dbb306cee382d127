"""Bringing Xero's tracked items to their levels: read, compare, post only the difference.

The quantity that Xero shows is itself the word of what was posted, so that a second run finds
nothing to do. What a killed run was about to send is settled before that quantity is read:

its call may still be at work   the same call again, under the same key: Xero makes it once
it is over                      found by its number: adopted; not found: it was never made, and
                                what Xero shows decides anew
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count, groupby
from typing import Any, cast

from books import Posting, State
from target_xero import documents, payloads
from target_xero.credit_kinds import CreditNotes
from target_xero.delivery import Delivery, Outcome, found_again
from target_xero.desk import LOCKED_PERIOD, Desk, Impossible, Pending
from target_xero.documents import CREDIT_NOTES, INVOICES, CreditNote, Document, Invoice, Source
from target_xero.kinds import Element, Invoices, Ready, contact_id
from target_xero.payloads import Payload
from target_xero.reading import read_document
from target_xero.recovery import running_since
from target_xero.stock import (
    STOCK_LEVELS,
    Adjustment,
    Conflict,
    StockLevel,
    document_record,
    plain,
    verdict,
)
from target_xero.tally import Did
from xero_api import Written, reads

_SETTLING = timedelta(minutes=10)
_ZERO = Decimal("0.00")

_logger = logging.getLogger("target-xero")


class StockBills(Invoices):
    """Bills that raise stock, found again by their number."""

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; an adjustment knows no tax."""
        del number
        bill = cast(Invoice, document)
        return _untaxed(payloads.invoice(bill, contact_id(desk, bill.contact), bill.number))


class StockCredits(CreditNotes):
    """Supplier credit notes that lower stock, found again by their number."""

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; an adjustment knows no tax."""
        del number
        note = cast(CreditNote, document)
        return _untaxed(payloads.credit_note(note, contact_id(desk, note.contact), note.number))


class StockDelivery(Delivery):
    """Sends adjustments; each that is in Xero also becomes a row of its own in the books.

    An item has one row, which says how it stands; these rows say how it came there.
    """

    def _there(self, ready: Ready, written: Written, did: Did, *, made_here: bool) -> list[Outcome]:
        outcomes = super()._there(ready, written, did, made_here=made_here)
        pending, row, _ = outcomes[0]
        record = json.loads(pending.text)
        stream = stream_of(record)
        entry = Pending.of(stream, record | {"document_id": record["adjustment"]})
        self._desk.saw(entry, KINDS[stream].resource, written.element)
        own = replace(
            row,
            document_id=entry.document_id,
            stream=stream,
            content_hash=entry.content_hash,
            posted_hash=entry.content_hash,
            document=entry.text,
            amount=_ZERO,
        )
        self._desk.books.save([own])
        self._desk.tally.stock.append(record["reference"])
        return outcomes


KINDS: dict[str, StockBills | StockCredits] = {INVOICES: StockBills(), CREDIT_NOTES: StockCredits()}
"""How an adjustment is posted, by the stream that its record would be of."""


class StockPosting:
    """Brings the items of one drain to their levels."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, Posting] = {}

    def process(self, levels: Sequence[StockLevel]) -> None:
        """Bring every item to its level, or hold it by name; conflicts are told before all."""
        self._recover()
        adjustments: list[Adjustment] = []
        for level, found in self._compared(levels):
            if isinstance(found, Conflict):
                _logger.warning("stock not adjusted: %s: %s", level.document_id, found.words)
                self._desk.hold(self._bare(level), found.reason, found.words)
            elif found is None:
                self._agrees(level)
            else:
                adjustments.append(found)
        self._post([each for each in adjustments if each.is_increase], INVOICES)
        self._post([each for each in adjustments if not each.is_increase], CREDIT_NOTES)

    # What is to be done

    def _compared(
        self, levels: Sequence[StockLevel]
    ) -> list[tuple[StockLevel, Adjustment | Conflict | None]]:
        """Compare with Xero's items, read at once; conflicts come first."""
        items: defaultdict[str, list[Element]] = defaultdict(list)
        for item in reads.items(self._desk.session):
            items[str(item.get("Code"))].append(item)
        codes = Counter(level.item_code.casefold() for level in levels)
        self._known = self._rows(document_ids=[level.document_id for level in levels])
        found: list[tuple[StockLevel, Adjustment | Conflict | None]] = []
        for level in levels:
            base = self._desk.organisation.base_currency
            said = verdict(level, items[level.item_code], base)
            if codes[level.item_code.casefold()] > 1:
                words = "codes that differ in case alone are one to Xero: correct skus.csv"
                said = Conflict("duplicate", f"{level.item_code} comes twice: {words}")
            elif isinstance(said, Adjustment):
                said = self._not_now(said) or said
            found.append((level, said))
        return sorted(found, key=lambda each: not isinstance(each[1], Conflict))

    def _not_now(self, adjustment: Adjustment) -> Conflict | None:
        """Say why an adjustment must wait: its day is locked, or Xero still counts the last."""
        level, locked = adjustment.level, self._desk.organisation.locked_until
        if locked is not None and level.date <= locked:
            words = f"it was counted on {level.date}, and Xero is locked up to {locked}"
            return Conflict(LOCKED_PERIOD, f"{words}: the next count after that is posted")
        row = self._known.get(level.document_id)
        if row is None or row.state is not State.POSTED or row.sent_at is None:
            return None
        last = json.loads(row.document).get("on_hand")
        is_fresh = self._desk.now() - row.sent_at < _SETTLING
        if is_fresh and last == plain(adjustment.on_hand):
            return Conflict(
                "settling",
                f"an adjustment was posted minutes ago, and Xero still shows {last} on hand: the "
                "next run looks again",
            )
        return None

    def _agrees(self, level: StockLevel) -> None:
        """Finish an item that has its level; what was said of it before is over."""
        pending = self._bare(level)
        row = self._known.get(level.document_id)
        if row is not None and row.state is not State.POSTED:
            settled = self._desk.entry(
                pending, State.POSTED, vendor_id=None, position=None, idempotency_key=None
            )
            self._desk.record([(pending, settled, Did.UNCHANGED)])
        elif level.document_id not in self._desk.tally.documents:
            self._desk.finish(pending, Did.UNCHANGED)

    def _bare(self, level: StockLevel) -> Pending:
        """An item's level by itself, of which no document is made."""
        source = Source(level.organisation, None, None)
        document = Document(level.document_id, level.date, level.currency, source)
        digest = hashlib.sha256(level.text.encode()).hexdigest()
        pending = Pending(STOCK_LEVELS, document, level.text, digest, 0)
        pending.posting = self._known.get(level.document_id)
        return pending

    def _rows(self, **which: Any) -> dict[str, Posting]:
        rows = self._desk.books.postings(self._desk.tenant.tenant, **which)
        return {row.document_id: row for row in rows}

    # Posting

    def _post(self, adjustments: Sequence[Adjustment], stream: str) -> None:
        kind = KINDS[stream]
        names = self._names(adjustments)
        ready: list[Ready] = []
        for adjustment, name in zip(adjustments, names, strict=True):
            pending = self._pending(adjustment, name)
            try:
                ready.append(_ready(self._desk, kind, pending, adjustment.value))
            except Impossible as fault:
                self._desk.reject(pending, str(fault))
        for refusal in StockDelivery(self._desk, kind).create(ready):
            if "contact" in refusal.words.lower():
                self._desk.contacts.forget(adjustments[0].level.contact)
            self._desk.reject(refusal.ready.pending, refusal.words)

    def _names(self, adjustments: Sequence[Adjustment]) -> list[str]:
        """Name each adjustment by item, day and step; a step taken again that day is numbered."""
        names = [f"{each.level.document_id}:{each.level.date}:{each.step}" for each in adjustments]
        taken = self._rows(document_ids=names)
        return [self._further(name) if name in taken else name for name in names]

    def _further(self, name: str) -> str:
        """Number a step that was taken on that day before."""
        numbered = (f"{name}-{number}" for number in count(2))
        return next(each for each in numbered if not self._rows(document_ids=[each]))

    def _pending(self, adjustment: Adjustment, name: str) -> Pending:
        level = adjustment.level
        number = f"Stock {name.removeprefix('stock:').replace(':', ' ')}"
        record = document_record(adjustment, number, level.document_id)
        record |= {"adjustment": name, "on_hand": plain(adjustment.on_hand)}
        pending = _pending_of(documents.as_text(record))
        pending.posting = self._known.get(level.document_id)
        return pending

    # What a killed run left

    def _recover(self) -> None:
        """Settle what a killed run was about to send; what was never made stays for the count."""
        rows = self._rows(stream=STOCK_LEVELS, states=[State.INTENDED]).values()
        sent = sorted(rows, key=lambda row: (row.sent_at or self._desk.now(), row.position or 0))
        for (key, stream), batch in groupby(sent, key=_call):
            self._recover_batch(key, KINDS[stream], list(batch))

    def _recover_batch(
        self, key: str, kind: StockBills | StockCredits, rows: Sequence[Posting]
    ) -> None:
        sent = []
        for row in rows:
            pending = _pending_of(row.document)
            pending.posting = row
            sent.append(Ready(pending, {}, number=row.number, amount=row.amount, total=_ZERO))
        found = found_again(self._desk, kind, sent)
        delivery = StockDelivery(self._desk, kind)
        since = running_since(self._desk, key, rows)
        if since is not None and len(found) < len(sent):
            again = [_ready(self._desk, kind, each.pending, each.amount or _ZERO) for each in sent]
            delivery.resend(again, key, since)
            return
        there = [
            (each, found[each.pending.document_id])
            for each in sent
            if each.pending.document_id in found
        ]
        delivery.adopt(there, Did.ADOPTED, made_here=True)


def stream_of(record: Mapping[str, Any]) -> str:
    """The stream that an adjustment's record would be of: a bill is due on a day."""
    return INVOICES if "due_date" in record else CREDIT_NOTES


def _pending_of(text: str) -> Pending:
    record = json.loads(text)
    document = read_document(stream_of(record), record)
    return Pending(STOCK_LEVELS, document, text, documents.content_hash(document), 0)


def _ready(desk: Desk, kind: StockBills | StockCredits, pending: Pending, value: Decimal) -> Ready:
    document = cast(Invoice | CreditNote, pending.document)
    payload = kind.render(desk, document, None)
    number = payloads.bill_number(document)
    return Ready(pending, payload, number=number, amount=value, total=_ZERO)


def _untaxed(payload: Payload) -> Payload:
    lines = [{k: v for k, v in line.items() if k != "TaxType"} for line in payload["LineItems"]]
    return {**payload, "LineAmountTypes": "NoTax", "LineItems": lines}


def _call(row: Posting) -> tuple[str, str]:
    return row.idempotency_key or "", stream_of(json.loads(row.document))
