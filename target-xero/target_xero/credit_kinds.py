"""Credit notes and their refunds in Xero: how each is rendered, and found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast

from target_xero import documents, payloads
from target_xero.desk import Desk, Pending
from target_xero.documents import CreditNote, Document, Refund
from target_xero.kinds import Element, Ready, bears, contact_id
from target_xero.payloads import Payload
from xero_api import reads


class CreditNotes:
    """Credit notes: found again by their number, and by the marker among those."""

    stream = documents.CREDIT_NOTES
    resource = "CreditNotes"
    id_name = "CreditNoteID"
    mark_name = "CreditNoteNumber"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """By number, fifteen a call; only those that bear the document's marker."""
        there = self.by_number(desk, [str(each.number) for each in ready])
        return {
            each.pending.document_id: element
            for each in ready
            if (element := there.get(str(each.number))) is not None
            and self.is_ours(element, each.pending.document)
        }

    def is_ours(self, element: Element, document: Document) -> bool:
        """Tell whether a credit note bears the marker; a supplier's bears it in its number."""
        return any(bears(element, name, document.marker) for name in ("Reference", self.mark_name))

    def number_of(self, pending: Pending) -> str:
        """The number that a new credit note asks for."""
        note = cast(CreditNote, pending.document)
        return payloads.bill_number(note) if note.is_bill else note.number

    def by_number(self, desk: Desk, numbers: Sequence[str]) -> dict[str, Element]:
        """Credit notes by number; one that stands comes before one that was voided."""
        found = [
            each
            for each in reads.credit_notes_by_number(desk.session, numbers)
            if each.get("Type") == "ACCRECCREDIT" or bears(each, self.mark_name, "[amz:")
        ]
        found.sort(key=lambda each: each.get("Status") not in ("VOIDED", "DELETED"))
        return {str(each.get("CreditNoteNumber")): each for each in found}

    def fetch(self, desk: Desk, ids: Iterable[str]) -> dict[str, Element]:
        """One a call."""
        found = {each: reads.credit_note(desk.session, each) for each in dict.fromkeys(ids)}
        return {each: element for each, element in found.items() if element is not None}

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; raises Impossible when the contact cannot be used."""
        note = cast(CreditNote, document)
        return payloads.credit_note(note, contact_id(desk, note.contact), number or note.number)

    def expected_total(self, document: Document) -> Decimal | None:
        """What Xero's total must be; it adds the tax where amounts are without."""
        note = cast(CreditNote, document)
        return note.total if note.amounts_include_tax else None

    def ready(self, desk: Desk, pending: Pending, number: str) -> Ready:
        """A new credit note under a resolved number."""
        desk.settle_date(pending)
        return Ready(
            pending,
            self.render(desk, pending.document, number),
            number=number,
            amount=cast(CreditNote, pending.document).total,
            total=self.expected_total(pending.document),
        )


class Refunds:
    """Refunds of credit notes: payments that are never updated, found on their credit note."""

    stream = documents.REFUNDS
    resource = "Payments"
    id_name = "PaymentID"
    mark_name = "Reference"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """On the credit notes, one a call."""
        notes = CreditNotes().fetch(desk, [str(each.parent_id) for each in ready])
        paid = {note_id: refunds_of(desk, note) for note_id, note in notes.items()}
        return {
            each.pending.document_id: payment
            for each in ready
            for payment in paid.get(str(each.parent_id), ())
            if bears(payment, "Reference", each.pending.document.marker)
        }

    def body(self, document: Document, credit_note_id: str) -> Payload:
        """The body of a refund."""
        return payloads.refund(cast(Refund, document), credit_note_id)

    def ready(self, desk: Desk, pending: Pending, credit_note_id: str, number: str) -> Ready:
        """A new refund of a credit note."""
        desk.settle_date(pending)
        refund = cast(Refund, pending.document)
        payload = self.body(refund, credit_note_id)
        return Ready(
            pending, payload, number=number, parent_id=credit_note_id, amount=refund.amount
        )


def refunds_of(desk: Desk, note: Element) -> list[Element]:
    """The refunds of a credit note that was read; each is read alone where it lacks a reference."""
    payments = [each for each in note.get("Payments") or () if isinstance(each, dict)]
    whole = [
        each if "Reference" in each else reads.payment(desk.session, each["PaymentID"]) or {}
        for each in payments
    ]
    return [each for each in whole if each and each.get("Status") != "DELETED"]
