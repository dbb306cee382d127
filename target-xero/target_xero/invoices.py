"""Posting invoices: each under a number of its own, and an order's only once.

An invoice made from a settlement's rows (`if_absent`) is posted only when no invoice of its number
has anything due; where there is one and it is settled, the rows are a further shipment and make
`<number>-2`. The walk goes through invoices and payments in the order in which they arrived, so
that it comes to the same end in one run as in many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from books import Posting, State
from target_xero.agreement import head_differences, is_gone
from target_xero.changes import Changes
from target_xero.delivery import Delivery, Refusal
from target_xero.desk import Desk, Impossible, Pending, Waits, is_in_xero
from target_xero.documents import INVOICES, Invoice
from target_xero.if_absent import Absent
from target_xero.kinds import Element, Invoices, Ready, bears, sales_invoices
from target_xero.tally import Did

NUMBER_TAKEN = "must be unique"
BY_NUMBER = "by_number"
"""Reason of a row that only names an invoice: it was there, the rows did not make it."""


@dataclass
class InvoicePosting:
    """Posts the invoices of one drain."""

    desk: Desk

    def __post_init__(self) -> None:
        self._kind = Invoices()
        self._delivery = Delivery(self.desk, self._kind)

    def process(self, invoices: Sequence[Pending], payments: Sequence[Pending]) -> None:
        """Bring every invoice to its end: posted, unchanged, held or rejected."""
        changed, new, absent = [], [], []
        for pending in invoices:
            if pending.is_unchanged:
                self.desk.finish(pending, Did.UNCHANGED)
            elif _is_only_a_name(pending):
                self._rename(pending)
            elif pending.vendor_id:
                changed.append(pending)
            elif cast(Invoice, pending.document).if_absent:
                absent.append(pending)
            else:
                new.append(pending)
        Changes(self.desk, self._kind).process(changed)
        self._post_new(new)
        self._post_absent(absent, payments)

    def _rename(self, pending: Pending) -> None:
        """Take note of new rows for an invoice that was never made from them."""
        row = self.desk.posted(pending, str(pending.vendor_id), reason=BY_NUMBER)
        self.desk.record([(pending, row, Did.UNCHANGED)])

    def _post_new(self, new: Sequence[Pending]) -> None:
        known = self._known_by_number(new)
        there = self._look_up(new)
        ready: list[Ready] = []
        for pending in new:
            number = cast(Invoice, pending.document).number
            if sibling := known.get(number):
                self._adopt_sibling(pending, sibling)
            elif element := there.get(pending.document_id):
                self.adopt(pending, element)
            else:
                ready.extend(self.ready(pending, number))
        self._deliver(ready)

    def ready(self, pending: Pending, number: str) -> list[Ready]:
        """Make an invoice ready to be sent; an empty list when it was held or rejected."""
        try:
            return [self._kind.ready(self.desk, pending, number)]
        except Waits as waits:
            self.desk.hold(pending, waits.reason, str(waits))
        except Impossible as fault:
            self.desk.reject(pending, str(fault))
        return []

    def _deliver(
        self, ready: Sequence[Ready], taken_elsewhere: list[Pending] | None = None
    ) -> None:
        """Send invoices; a number that is taken names the one that is there.

        taken_elsewhere: where to put those instead, for a caller that decides anew.
        """
        refusals = self._delivery.create(ready)
        taken = [each for each in refusals if NUMBER_TAKEN in each.words]
        found = _by_number(self.desk, [str(each.ready.number) for each in taken])
        further: list[Ready] = []
        for each in refusals:
            element = found.get(str(each.ready.number)) if each in taken else None
            pending = each.ready.pending
            if element is not None and is_gone(element) and pending.is_anew:
                # Xero keeps the number of what was voided.
                further.extend(self.ready(pending, next_number(str(each.ready.number))))
            elif element is not None and taken_elsewhere is not None:
                taken_elsewhere.append(pending)
            elif element is not None:
                self.adopt(pending, element)
            else:
                self._reject(each)
        if further:
            self._deliver(further, taken_elsewhere)

    def _reject(self, refusal: Refusal) -> None:
        invoice = cast(Invoice, refusal.ready.pending.document)
        if "contact" in refusal.words.lower():
            self.desk.contacts.forget(invoice.contact)
        self.desk.reject(refusal.ready.pending, refusal.words)

    def _known_by_number(self, new: Sequence[Pending]) -> dict[str, Posting]:
        """Invoices of these books that have the numbers of new ones."""
        numbers = [cast(Invoice, pending.document).number for pending in new]
        found = self.desk.books.postings(self.desk.tenant.tenant, stream=INVOICES, numbers=numbers)
        return {
            str(each.number): each
            for each in found
            if is_in_xero(each) and each.reason != BY_NUMBER
        }

    def _look_up(self, new: Sequence[Pending]) -> dict[str, Element]:
        """Find in Xero what these books do not know.

        Bills always, for Xero takes one of their numbers twice; sales invoices where the books
        are new, for a number that is taken is refused.
        """
        bills = [each for each in new if cast(Invoice, each.document).is_bill]
        found: dict[str, Element] = {}
        for each in bills:
            stub = Ready(each, {})
            found.update(self._kind.find(self.desk, [stub]))
        sales = [
            each
            for each in new
            if not cast(Invoice, each.document).is_bill and (self.desk.is_new or each.is_anew)
        ]
        there = _by_number(
            self.desk,
            [cast(Invoice, each.document).number for each in sales],
            [Ready(each, {}) for each in sales],
        )
        found.update(
            {
                each.document_id: there[number]
                for each in sales
                if (number := cast(Invoice, each.document).number) in there
            }
        )
        anew = {each.document_id for each in new if each.is_anew}
        return {
            document_id: element
            for document_id, element in found.items()
            if not (document_id in anew and is_gone(element))
        }

    def _adopt_sibling(self, pending: Pending, sibling: Posting) -> None:
        """Let the order's own invoice be the one that a settlement's rows made."""
        invoice = cast(Invoice, pending.document)
        if (sibling.amount, sibling.currency) == (invoice.total, invoice.currency):
            row = self.desk.posted(
                pending, str(sibling.vendor_id), number=sibling.number, adopted=True
            )
            self.desk.record([(pending, row, Did.ADOPTED)])
            return
        of_shipment = sibling.settlement_id is not None and sibling.currency == invoice.currency
        if of_shipment and (sibling.amount or 0) < invoice.total:
            # A shipment was settled before the order was complete; the settlements of the other
            # shipments make `<number>-2` and on, so that nothing is invoiced twice.
            row = self.desk.posted(
                pending, str(sibling.vendor_id), number=sibling.number, reason=BY_NUMBER
            )
            self.desk.record([(pending, row, Did.ALREADY_THERE)])
            return
        made = f" (from {origin})" if (origin := _origin(sibling)) else ""
        self.desk.hold(
            pending,
            "number_taken",
            f"{sibling.number} is in the books with {sibling.amount} {sibling.currency}{made}, "
            f"this says {invoice.total} {invoice.currency}: see which is right, and correct the "
            "other in Xero or in its source",
        )

    def adopt(self, pending: Pending, element: Element) -> None:
        """Take an invoice found by its number for ours, where contact, total, currency agree."""
        invoice = cast(Invoice, pending.document)
        ours = bears(element, "Reference", invoice.marker) or invoice.is_bill
        if is_gone(element):
            self._hold_gone(pending, element, ours=ours)
            return
        faults = head_differences(
            element, contact=invoice.contact, total=invoice.total, currency=invoice.currency
        )
        if faults:
            self.desk.hold(
                pending,
                "number_taken",
                f"Xero has another invoice {element.get('InvoiceNumber')}: {'; '.join(faults)}",
            )
            return
        self.desk.saw(pending, self._kind.resource, element)
        row = self.desk.posted(
            pending,
            element["InvoiceID"],
            number=element.get("InvoiceNumber"),
            adopted=True,
            vendor_updated=element.get("UpdatedDateUTC"),
        )
        self.desk.record([(pending, row, Did.ADOPTED)])

    def _hold_gone(self, pending: Pending, element: Element, *, ours: bool) -> None:
        status, number = element["Status"], element.get("InvoiceNumber")
        if ours:
            words = f"a person has set it to {status} in Xero; it stays so"
            self.desk.hold(pending, "voided", words, vendor_id=element["InvoiceID"])
        else:
            words = f"the number {number} belongs to an invoice that is {status} in Xero"
            self.desk.hold(pending, "number_taken", words)

    def _post_absent(
        self, absent: Sequence[Pending], payments: Sequence[Pending], *, by_number: bool = False
    ) -> None:
        """Post what is absent; a number that Xero refuses is decided anew, with all looked up."""
        if not absent:
            return
        resolution = Absent(self.desk, absent, payments, by_number=by_number).resolve()
        for pending, element in resolution.ours:
            self._adopt_ours(pending, element)
        ready = [each for p, number in resolution.create for each in self.ready(p, number)]
        there: list[Pending] = []
        self._deliver(ready, None if by_number else there)
        made = self._known_by_number_of(resolution.skip)
        for pending, number, invoice_id in resolution.skip:
            found = invoice_id or made.get(number)
            if found:
                row = self.desk.posted(
                    pending, found, number=number, adopted=True, reason=BY_NUMBER
                )
                self.desk.record([(pending, row, Did.ALREADY_THERE)])
            elif there:
                there.append(pending)
            else:
                self.desk.hold(pending, "no_invoice", f"invoice {number} could not be posted")
        self._post_absent(there, payments, by_number=True)

    def _adopt_ours(self, pending: Pending, element: Element) -> None:
        if is_gone(element):
            self._hold_gone(pending, element, ours=True)
            return
        self.adopt(pending, element)

    def _known_by_number_of(
        self, skipped: Sequence[tuple[Pending, str, str | None]]
    ) -> dict[str, str]:
        found = self.desk.books.postings(
            self.desk.tenant.tenant, stream=INVOICES, numbers=[number for _, number, _ in skipped]
        )
        return {str(each.number): str(each.vendor_id) for each in found if each.vendor_id}


def _origin(posting: Posting) -> str:
    """Say in words what an invoice was made of, when not of the order itself."""
    if posting.settlement_id is not None:
        return f"settlement {posting.settlement_id}"
    if posting.document_id.endswith(":v0"):
        return "the Orders API v0"
    return "an order report" if posting.document_id.endswith(":report") else ""


def next_number(number: str) -> str:
    """The number after this one: AMZ-1, AMZ-1-v2, AMZ-1-v3."""
    stem, mark, last = number.rpartition("-v")
    return f"{stem}-v{int(last) + 1}" if mark and last.isdecimal() else f"{number}-v2"


def is_further(number: str, first: str) -> bool:
    """Tell whether a number comes after a voided one."""
    return number.startswith(f"{first}-v") and number != first


def _is_only_a_name(pending: Pending) -> bool:
    """An invoice that the rows of a settlement did not make: it was there by its number."""
    posting = pending.posting
    return posting is not None and posting.state is State.POSTED and posting.reason == BY_NUMBER


def _by_number(
    desk: Desk, numbers: Sequence[str], around: Sequence[Ready] = ()
) -> dict[str, Element]:
    """Sales invoices by number; one that stands comes before one that was voided.

    around: documents around whose dates many numbers may be looked for.
    """
    found: dict[str, Element] = {}
    for element in sales_invoices(desk, around, numbers):
        number = str(element.get("InvoiceNumber"))
        if number not in found or is_gone(found[number]):
            found[number] = element
    return found
