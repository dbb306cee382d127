"""Setting credit notes against their invoices, as far as something is due there.

Xero takes allocations one credit note at a time and gives them no marker, so that a credit note is
read before each: an allocation of it to the invoice is ours, whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from books import Posting, State
from target_xero.again import KEY_LIFE, twice
from target_xero.agreement import is_gone
from target_xero.credits import check_approved, in_xero, is_settled, notes_of
from target_xero.desk import Desk, Pending, Waits, is_in_xero
from target_xero.documents import INVOICES, Allocation
from target_xero.kinds import Element
from target_xero.payloads import Payload
from target_xero.tally import Did
from xero_api import OutcomeUnknown, Refused, Written, reads, writes
from xero_api.exact import amount


class AllocationPosting:
    """Posts the allocations of one drain."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def process(self, allocations: Sequence[Pending]) -> None:
        """Bring every allocation to its end: posted, unchanged, held or rejected."""
        new = [each for each in allocations if not is_settled(self._desk, each, "allocation")]
        notes = notes_of(self._desk, new)
        for pending in new:
            allocation = cast(Allocation, pending.document)
            try:
                note = in_xero(notes.get(allocation.credit_note))
                self._post(pending, note, self._invoice(allocation.invoice))
            except Waits as waits:
                self._desk.hold(pending, waits.reason, str(waits))

    def _invoice(self, number: str) -> Element:
        """Read the invoice of a number: the one of these books, else the one in Xero."""
        tenant, session = self._desk.tenant.tenant, self._desk.session
        rows = self._desk.books.postings(tenant, stream=INVOICES, numbers=[number])
        known = [str(row.vendor_id) for row in rows if is_in_xero(row)]
        found = reads.invoices_by_id(session, known[:1])
        found = found or reads.invoices_by_number(session, [number])
        for element in found:
            if not is_gone(element):
                return element
        raise Waits("no_invoice", f"its invoice {number} is not in Xero")

    def _post(self, pending: Pending, note: Posting, invoice: Element) -> None:
        allocation = cast(Allocation, pending.document)
        element = reads.credit_note(self._desk.session, str(note.vendor_id)) or {}
        if self._adopted(pending, element, invoice):
            return
        check_approved(element, str(note.number))
        if self._amount_sent(pending) is None:
            self._desk.settle_date(pending)
        due, left = amount(invoice.get("AmountDue")), amount(element.get("RemainingCredit"))
        part = self._amount_sent(pending) or min(allocation.amount, due, left)
        if part <= 0:
            raise Waits(
                "nothing_due",
                f"{left} {allocation.currency} of credit note {note.number} is open, and nothing "
                f"is due on invoice {allocation.invoice}: refund or allocate it in Xero",
            )
        payload: Payload = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Amount": part,
            "Date": pending.document.date.isoformat(),
        }
        self._deliver(pending, note, invoice, payload)

    def _amount_sent(self, pending: Pending) -> Decimal | None:
        """The amount of a call whose outcome is unknown: the same call is made again."""
        posting = pending.posting
        return posting.amount if posting and posting.state is State.INTENDED else None

    def _adopted(self, pending: Pending, element: Element, invoice: Element) -> bool:
        """Record an allocation that is there, or a credit note that a person used up."""
        for each in element.get("Allocations") or ():
            at = each.get("Invoice") or {}
            if at.get("InvoiceID") == invoice["InvoiceID"] and not each.get("IsDeleted"):
                sent = pending.posting is not None and pending.posting.state is State.INTENDED
                self._record(pending, element, invoice, each, Did.POSTED if sent else Did.ADOPTED)
                return True
        if element.get("Status") == "PAID":
            self._record(pending, element, invoice, {}, Did.ALREADY_THERE)
        return pending.done

    def _record(
        self, pending: Pending, note: Element, invoice: Element, there: Element, did: Did
    ) -> None:
        found = amount(there.get("Amount"))
        wanted = cast(Allocation, pending.document).amount
        rest = f"{wanted - found} of it stays on the credit note" if found < wanted else None
        row = self._desk.posted(
            pending,
            str(there.get("AllocationID") or note.get("CreditNoteID")),
            number=note.get("CreditNoteNumber"),
            parent_id=invoice["InvoiceID"],
            amount=found,
            adopted=did is not Did.POSTED,
            warnings=rest if there else "the credit note was used up already",
        )
        self._desk.record([(pending, row, did)])

    def _deliver(self, pending: Pending, note: Posting, invoice: Element, payload: Payload) -> None:
        key, since = self._intend(pending, note, invoice, payload)
        note_id = str(note.vendor_id)
        try:
            written = self._send(note_id, payload, key, since)
        except OutcomeUnknown:
            element = reads.credit_note(self._desk.session, note_id) or {}
            if not self._adopted(pending, element, invoice):
                raise
            return
        except Refused as refused:
            self._desk.reject(pending, str(refused))
            return
        if written.errors:
            self._desk.reject(pending, "; ".join(written.errors))
            return
        there = {**payload, **written.element}
        element = {"CreditNoteID": note_id, "CreditNoteNumber": note.number}
        self._record(pending, element, invoice, there, Did.POSTED)

    def _intend(
        self, pending: Pending, note: Posting, invoice: Element, payload: Payload
    ) -> tuple[str, datetime | None]:
        """Commit what is about to be sent; a call that may still be running keeps its key.

        Gives the key, and when it was first sent if a killed run did so.
        """
        posting = pending.posting
        attempts = posting.attempts if posting else 0
        key, since = None, None
        sent_at = posting.sent_at if posting and self._amount_sent(pending) else None
        if posting and sent_at and self._desk.now() - sent_at <= KEY_LIFE:
            key, since = posting.idempotency_key, sent_at
        key = key or writes.key_of(
            self._desk.tenant.tenant, f"CreditNotes/{note.vendor_id}", [payload], str(attempts)
        )
        row = self._desk.entry(
            pending,
            State.INTENDED,
            idempotency_key=key,
            sent_at=since or self._desk.now(),
            attempts=attempts + 1,
            number=note.number,
            parent_id=invoice["InvoiceID"],
            amount=payload["Amount"],
        )
        (pending.posting,) = self._desk.books.save([row])
        return key, since

    def _send(self, note_id: str, payload: Payload, key: str, since: datetime | None) -> Written:
        session = self._desk.session
        return twice(
            self._desk,
            lambda not_after: writes.allocate(session, note_id, payload, key, not_after),
            since,
        )
