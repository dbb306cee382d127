"""Posting credit notes, the refunds paid for them, and what is set against their invoices.

A credit note arrives as one document; its refund and its allocation become documents of their own,
because each is a write of its own that can be lost on its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from books import Posting, State
from target_xero import documents
from target_xero.agreement import head_differences, is_gone
from target_xero.changes import Changes
from target_xero.credit_kinds import CreditNotes, Refunds, refunds_of
from target_xero.delivery import Delivery, Refusal
from target_xero.desk import Desk, Impossible, Pending, Waits, is_in_xero
from target_xero.documents import CREDIT_NOTES, CreditNote, Refund
from target_xero.invoices import NUMBER_TAKEN, next_number
from target_xero.kinds import Element, Ready, bears
from target_xero.tally import Did
from xero_api import reads


def made_from(note: Pending) -> list[Pending]:
    """Make the refund and the allocation of a credit note, as documents of their own."""
    record = json.loads(note.text)
    common = {name: record.get(name) for name in ("currency", "reference", "source")}
    common["lock_dates"] = note.document.lock_dates
    common["credit_note"] = record["document_id"]
    refund, left = record.get("refund"), Decimal(record["total"])
    made = []
    if refund:
        left -= Decimal(refund["amount"])
        identity = {"document_id": f"{record['document_id']}:refund"}
        made.append((documents.REFUNDS, {**common, **refund, **identity}))
    if record.get("refunds") and left > 0:
        allocation: dict[str, Any] = {
            "document_id": f"{record['document_id']}:allocation",
            "invoice": record["refunds"],
            "date": note.document.own_date.isoformat(),
            "amount": format(left, "f"),
        }
        made.append((documents.ALLOCATIONS, {**common, **allocation}))
    return [Pending.of(stream, each, note.arrival) for stream, each in made]


def as_refund(payment: Pending) -> None:
    """Make a payment of a credit note, named by its number, the refund that it is."""
    record = json.loads(payment.text)
    record["credit_note"] = record.pop("pays")
    refund = Pending.of(documents.REFUNDS, record, payment.arrival)
    payment.stream, payment.document = refund.stream, refund.document
    payment.text, payment.content_hash = refund.text, refund.content_hash


class CreditNotePosting:
    """Posts the credit notes of one drain."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kind = CreditNotes()
        self._delivery = Delivery(desk, self._kind)

    def process(self, notes: Sequence[Pending]) -> None:
        """Bring every credit note to its end: posted, updated, unchanged, held or rejected."""
        changed: list[Pending] = []
        new: list[Pending] = []
        for pending in notes:
            if pending.is_unchanged:
                self._desk.finish(pending, Did.UNCHANGED)
            else:
                (changed if pending.vendor_id else new).append(pending)
        Changes(self._desk, self._kind).process(changed)
        there = self._look_up(new)
        ready: list[Ready] = []
        for pending in new:
            number = self._kind.number_of(pending)
            element = there.get(number)
            if element is not None and not (pending.is_anew and is_gone(element)):
                self._adopt(pending, element)
            else:
                ready.extend(self._ready(pending, number))
        self._deliver(ready)

    def _look_up(self, new: Sequence[Pending]) -> dict[str, Element]:
        """Find in Xero what these books do not know; it may not keep numbers unique here."""
        return self._kind.by_number(self._desk, [self._kind.number_of(each) for each in new])

    def _ready(self, pending: Pending, number: str) -> list[Ready]:
        try:
            return [self._kind.ready(self._desk, pending, number)]
        except Waits as waits:
            self._desk.hold(pending, waits.reason, str(waits))
        except Impossible as fault:
            self._desk.reject(pending, str(fault))
        return []

    def _deliver(self, ready: Sequence[Ready]) -> None:
        refusals = self._delivery.create(ready)
        taken = [each for each in refusals if NUMBER_TAKEN in each.words]
        found = self._kind.by_number(self._desk, [str(each.ready.number) for each in taken])
        further: list[Ready] = []
        for each in refusals:
            number, pending = str(each.ready.number), each.ready.pending
            element = found.get(number) if each in taken else None
            if element is not None and is_gone(element) and pending.is_anew:
                # Xero keeps the number of what was voided.
                further.extend(self._ready(pending, next_number(number)))
            elif element is not None:
                self._adopt(pending, element)
            else:
                self._reject(each)
        if further:
            self._deliver(further)

    def _reject(self, refusal: Refusal) -> None:
        note = cast(CreditNote, refusal.ready.pending.document)
        if "contact" in refusal.words.lower():
            self._desk.contacts.forget(note.contact)
        self._desk.reject(refusal.ready.pending, refusal.words)

    def _adopt(self, pending: Pending, element: Element) -> None:
        """Take a credit note found by its number for ours, where its head agrees."""
        note = cast(CreditNote, pending.document)
        number = str(element.get("CreditNoteNumber"))
        ours = self._kind.is_ours(element, note)
        if is_gone(element) and not ours:
            words = f"the number {number} belongs to a credit note that is {element['Status']}"
            self._desk.hold(pending, "number_taken", f"{words} in Xero")
            return
        faults = head_differences(
            element, contact=note.contact, total=note.total, currency=note.currency
        )
        if faults and not is_gone(element):
            words = f"Xero has another credit note {number}: {'; '.join(faults)}"
            self._desk.hold(pending, "number_taken", words)
            return
        ready = Ready(pending, {}, number=number, amount=note.total)
        self._delivery.adopt([(ready, element)], Did.ADOPTED, made_here=False)


class RefundPosting:
    """Posts the refunds of one drain, each out of the clearing account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kind = Refunds()
        self._delivery = Delivery(desk, self._kind)

    def process(self, refunds: Sequence[Pending]) -> None:
        """Bring every refund to its end: posted, unchanged, held or rejected."""
        new = [each for each in refunds if not is_settled(self._desk, each, "payment")]
        notes = notes_of(self._desk, new)
        ready: list[Ready] = []
        for pending in new:
            note = notes.get(cast(Refund, pending.document).credit_note)
            try:
                ready.extend(self._ready(pending, in_xero(note)))
            except Waits as waits:
                self._desk.hold(pending, waits.reason, str(waits))
        for refusal in self._delivery.create(ready):
            self._desk.reject(refusal.ready.pending, refusal.words)

    def _ready(self, pending: Pending, note: Posting) -> list[Ready]:
        """Make a refund ready, or adopt it where it is on its credit note already."""
        note_id, number = str(note.vendor_id), str(note.number)
        is_draft = json.loads(note.document)["status"] == "DRAFT"
        if note.adopted or is_draft or pending.is_anew:
            element = reads.credit_note(self._desk.session, note_id) or {}
            for payment in refunds_of(self._desk, element):
                if bears(payment, "Reference", pending.document.marker):
                    self._adopt(pending, note, payment)
                    return []
            check_approved(element, number)
        return [self._kind.ready(self._desk, pending, note_id, number)]

    def _adopt(self, pending: Pending, note: Posting, payment: Element) -> None:
        refund = cast(Refund, pending.document)
        ready = Ready(pending, {}, number=note.number, parent_id=note.vendor_id)
        ready.amount = refund.amount
        self._delivery.adopt([(ready, payment)], Did.ADOPTED, made_here=False)


def is_settled(desk: Desk, pending: Pending, what: str) -> bool:
    """Finish what is in Xero and never changed there: unchanged, or held with the reason."""
    posting = pending.posting
    if pending.is_unchanged:
        desk.finish(pending, Did.UNCHANGED)
    elif pending.vendor_id and posting is not None:
        reason, words = f"{what}_changed", str(posting.error)
        if posting.reason != "voided":
            words = (
                f"{posting.amount} of it is in Xero, and it now says otherwise: Xero never "
                f"changes {'an' if what[0] in 'aeiou' else 'a'} {what}, so remove it there and "
                "post it anew, or correct the map"
            )
        else:
            reason = "voided"
        desk.hold(pending, reason, words)
    return pending.done


def notes_of(desk: Desk, pendings: Sequence[Pending]) -> dict[str, Posting]:
    """The credit notes that documents rest on, by document id or by number.

    From the books; those that only Xero knows are rows that are never saved.
    """
    tenant = desk.tenant.tenant
    names = [str(getattr(each.document, "credit_note", "")) for each in pendings]
    numbered = desk.books.postings(tenant, stream=CREDIT_NOTES, numbers=names)
    found = {str(row.number): row for row in sorted(numbered, key=is_in_xero)}
    rows = desk.books.postings(tenant, document_ids=names)
    found |= {row.document_id: row for row in rows if row.stream == CREDIT_NOTES}
    unknown = [name for name in names if name not in found]
    for number, element in CreditNotes().by_number(desk, unknown).items():
        found[number] = Posting(
            tenant=tenant,
            document_id=number,
            stream=CREDIT_NOTES,
            state=State.POSTED,
            content_hash="",
            document=json.dumps({"status": element.get("Status")}),
            vendor_id=str(element["CreditNoteID"]),
            number=number,
            adopted=True,
        )
    return found


def in_xero(note: Posting | None) -> Posting:
    """Give a credit note that stands in Xero; raises Waits where it does not yet."""
    if note is None or not is_in_xero(note):
        why = f": {note.error}" if note is not None and note.error else ""
        raise Waits("no_credit_note", f"its credit note is not posted{why}")
    return note


def check_approved(element: Element, number: str) -> None:
    """Raise Waits for a credit note that takes no payment yet, or no more."""
    status = element.get("Status")
    if status in ("DRAFT", "SUBMITTED"):
        raise Waits("credit_note_draft", f"credit note {number} is {status}: approve it in Xero")
    if not element or is_gone(element):
        raise Waits("no_credit_note", f"credit note {number} is {status or 'not there'} in Xero")
