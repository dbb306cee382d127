"""Posting payments: into the invoice that the settlement's rows belong to, up to what is due.

What a settlement pays beyond that is held as a document of its own (`<document_id>:excess`), with
both figures, and tried again by each run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from books import Posting
from target_xero.agreement import is_gone
from target_xero.credit_kinds import CreditNotes
from target_xero.credits import as_refund
from target_xero.delivery import Delivery, Refusal
from target_xero.desk import Desk, Pending, Waits, is_in_xero, total_of
from target_xero.documents import CREDIT_NOTES, INVOICES, PAYMENTS, REFUNDS, Payment
from target_xero.if_absent import Shipment
from target_xero.invoices import is_further
from target_xero.kinds import Element, Payments, Ready, bears, by_marker, payments_on
from target_xero.tally import Did
from xero_api import reads
from xero_api.exact import amount

MORE_THAN_DUE = "exceeds the amount outstanding"
_DRAFTS = ("DRAFT", "SUBMITTED")


@dataclass
class Owed:
    """An invoice as a payment sees it; due is None until Xero was asked.

    is_fresh: this run made it, so that nobody can have paid it before.
    """

    invoice_id: str
    number: str
    currency: str
    due: Decimal | None
    element: Element | None = None
    payments: list[Element] = field(default_factory=list)
    is_fresh: bool = False


class PaymentPosting:
    """Posts the payments of one drain."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kind = Payments()
        self._delivery = Delivery(desk, self._kind)
        self._owed: dict[str, Owed] = {}

    def process(self, payments: Sequence[Pending]) -> None:
        """Bring every payment to its end: posted, in part with the rest held, held or rejected."""
        self._tell_refunds(payments)
        invoiced = [each for each in payments if each.stream == PAYMENTS]
        new = [pending for pending in invoiced if not self._is_settled(pending)]
        pays = self._invoices_of(new)
        self._ask_xero(new, pays)
        self._look_up(pays)
        ready = [each for p in new if p in pays and not p.done for each in self._ready(p, pays[p])]
        refusals = self._delivery.create(ready)
        beyond = [each for each in refusals if MORE_THAN_DUE in each.words]
        for refusal in refusals:
            if refusal not in beyond:
                self._desk.reject(refusal.ready.pending, refusal.words)
        self._pay_what_is_due(beyond)

    def _tell_refunds(self, payments: Sequence[Pending]) -> None:
        """Turn payments that pay a credit note of these books into refunds; an invoice is first."""
        new = [each for each in payments if each.vendor_id is None]
        numbers = [cast(Payment, each.document).pays for each in new]
        found = self._desk.books.postings(self._desk.tenant.tenant, numbers=numbers)
        invoices = {str(row.number) for row in found if row.stream == INVOICES}
        notes = {str(row.number) for row in found if row.stream == CREDIT_NOTES} - invoices
        for each in payments:
            was_refund = each.posting is not None and each.posting.stream == REFUNDS
            if was_refund or (each in new and cast(Payment, each.document).pays in notes):
                as_refund(each)

    def _is_settled(self, pending: Pending) -> bool:
        """Finish a payment that is in Xero: it is there for good, or differs and is held."""
        posting = pending.posting
        if pending.is_unchanged:
            self._desk.finish(pending, Did.UNCHANGED)
        elif posting is not None and posting.reason == "voided":
            self._desk.hold(pending, "voided", posting.error or "it was deleted in Xero")
        elif pending.vendor_id and posting is not None:
            payment = cast(Payment, pending.document)
            words = (
                f"{posting.amount} of it was posted on {posting.date}; it now says "
                f"{payment.amount} on {payment.date}: Xero never changes a payment, so delete it "
                "there or correct the map"
            )
            self._desk.hold(pending, "payment_changed", words)
        return pending.done

    # Which invoice

    def _invoices_of(self, new: Sequence[Pending]) -> dict[Pending, Owed]:
        """Find the invoice each payment pays: its own settlement's, else the one of its number."""
        by_shipment, by_number, unposted = self._known_invoices(new)
        unknown: list[Pending] = []
        pays: dict[Pending, Owed] = {}
        for pending in new:
            payment = cast(Payment, pending.document)
            source = payment.source
            posting = by_shipment.get((source.settlement_id, source.order_id)) or by_number.get(
                payment.pays
            )
            if posting is not None:
                pays[pending] = self._owed_by_books(posting)
            elif refused := unposted.get(payment.pays):
                words = f"its invoice {payment.pays} is not posted: {refused.error}"
                self._desk.hold(pending, "no_invoice", words)
            else:
                unknown.append(pending)
        pays.update(self._invoices_in_xero(unknown))
        return pays

    def _known_invoices(
        self, new: Sequence[Pending]
    ) -> tuple[
        dict[tuple[str | None, str | None], Posting], dict[str, Posting], dict[str, Posting]
    ]:
        tenant = self._desk.tenant.tenant
        numbers = [cast(Payment, each.document).pays for each in new]
        orders = [order for each in new if (order := each.document.source.order_id)]
        found = self._desk.books.postings(tenant, stream=INVOICES, numbers=numbers)
        found += self._desk.books.postings(tenant, stream=INVOICES, order_ids=orders)
        posted = [each for each in found if is_in_xero(each)]
        by_shipment: dict[Shipment, Posting] = {
            (each.settlement_id, each.order_id): each for each in posted if each.settlement_id
        }
        by_number = {posted_anew(each): each for each in posted}
        by_number |= {str(each.number): each for each in posted}
        return by_shipment, by_number, {str(e.number): e for e in found if not is_in_xero(e)}

    def _invoices_in_xero(self, unknown: Sequence[Pending]) -> dict[Pending, Owed]:
        numbers = [cast(Payment, each.document).pays for each in unknown]
        found: dict[str, Element] = {}
        for element in reads.invoices_by_number(self._desk.session, numbers):
            if not is_gone(element):
                found[str(element.get("InvoiceNumber"))] = element
        pays: dict[Pending, Owed] = {}
        for pending, number in zip(unknown, numbers, strict=True):
            if number in found:
                pays[pending] = self._owed_by_xero(found[number])
        missing = {p: n for p, n in zip(unknown, numbers, strict=True) if p not in pays}
        notes = CreditNotes().by_number(self._desk, list(missing.values()))
        for pending, number in missing.items():
            if number in notes:
                as_refund(pending)
                continue
            words = f"its invoice {number} is not in Xero yet"
            self._desk.hold(pending, "no_invoice", words)
        return pays

    # What is due

    def _owed_by_books(self, posting: Posting) -> Owed:
        """What is due by the books; not known for an invoice that they did not make."""
        invoice_id = str(posting.vendor_id)
        if invoice_id not in self._owed:
            made_here = self._made_here(posting)
            due, did = None, None
            if made_here is not None:
                did, *_ = self._desk.tally.documents.get(made_here.document_id, (None,))
                payments = self._desk.books.postings(posting.tenant, parent_ids=[invoice_id])
                paid = total_of(each.amount for each in payments if is_in_xero(each))
                due = (made_here.amount or Decimal(0)) - paid
            self._owed[invoice_id] = Owed(
                invoice_id,
                str(posting.number),
                str(posting.currency),
                due,
                is_fresh=did is Did.POSTED,
            )
        return self._owed[invoice_id]

    def _made_here(self, posting: Posting) -> Posting | None:
        """The row of these books that created an invoice and knows it as an open one."""
        rows = [posting]
        if posting.adopted:
            rows = self._desk.books.postings(
                posting.tenant, stream=INVOICES, numbers=[str(posting.number)]
            )
        for row in rows:
            is_draft = json.loads(row.document).get("status") in _DRAFTS
            if row.vendor_id == posting.vendor_id and not row.adopted and not is_draft:
                return row
        return None

    def _owed_by_xero(self, element: Element) -> Owed:
        owed = Owed(
            element["InvoiceID"],
            str(element.get("InvoiceNumber")),
            str(element.get("CurrencyCode")),
            amount(element.get("AmountDue")),
            element,
            payments_on(self._desk, element),
        )
        self._owed[owed.invoice_id] = owed
        return owed

    def _ask_xero(self, new: Iterable[Pending], pays: dict[Pending, Owed]) -> None:
        """Read invoices anew where the books alone cannot say what is due."""
        asked: set[str] = set()
        planned: dict[str, Decimal] = {}
        for pending in new:
            if pending not in pays:
                continue
            owed = pays[pending]
            total = planned.get(owed.invoice_id, Decimal(0))
            total += cast(Payment, pending.document).amount
            planned[owed.invoice_id] = total
            if owed.element is None and (owed.due is None or total > owed.due or pending.is_anew):
                asked.add(owed.invoice_id)
        self._read_again(asked)
        for pending, owed in pays.items():
            pays[pending] = self._owed[owed.invoice_id]

    def _read_again(self, invoice_ids: Iterable[str]) -> None:
        for element in reads.invoices_by_id(self._desk.session, sorted(invoice_ids)):
            self._owed_by_xero(element)

    def _look_up(self, pays: dict[Pending, Owed]) -> None:
        """Find payments that are in Xero without the books knowing, and read their invoices anew.

        Nobody can change a payment's date, so that the days of these payments hold all of them,
        and the days since, where a locked period moved them.
        """
        asked = [each for each, owed in pays.items() if not owed.is_fresh]
        if not asked:
            return
        first = min(each.document.own_date for each in asked)
        last = max(*(each.document.date for each in asked), self._desk.now().date())
        found = by_marker(
            [Ready(each, {}) for each in asked],
            reads.payments_between(self._desk.session, first, last),
            self._kind.mark_name,
        )
        there = [each for each in asked if each.document_id in found]
        for pending in there:
            element = found[pending.document_id]
            if is_gone(element) and not pending.is_anew:
                ready = Ready(pending, {}, parent_id=pays[pending].invoice_id)
                self._delivery.adopt([(ready, element)], Did.ADOPTED, made_here=False)
        self._read_again({pays[each].invoice_id for each in there if pays[each].element is None})
        for pending, owed in pays.items():
            pays[pending] = self._owed[owed.invoice_id]

    # What is paid

    def _ready(self, pending: Pending, owed: Owed) -> list[Ready]:
        """Make a payment ready, or adopt or hold it and give an empty list."""
        payment = cast(Payment, pending.document)
        for element in owed.payments:
            if bears(element, "Reference", payment.marker):
                self._adopt(pending, owed, element)
                return []
        try:
            self._check(payment, owed)
            due = owed.due or Decimal(0)
            part = min(payment.amount, due)
            ready = self._kind.ready(self._desk, pending, owed.invoice_id, owed.number, part)
        except Waits as waits:
            self._desk.hold(pending, waits.reason, str(waits))
            return []
        owed.due = due - part
        ready.rest = rest_of(pending, owed.number, part, due)
        return [ready]

    def _check(self, payment: Payment, owed: Owed) -> None:
        if payment.currency != owed.currency:
            raise Waits(
                "other_currency",
                f"it is in {payment.currency}, invoice {owed.number} in {owed.currency}",
            )
        status = (owed.element or {}).get("Status", "AUTHORISED")
        if status in _DRAFTS:
            raise Waits("invoice_draft", f"invoice {owed.number} is {status}: approve it in Xero")
        if owed.element and is_gone(owed.element):
            raise Waits("no_invoice", f"its invoice {owed.number} is {status} in Xero")
        if owed.due is not None and owed.due <= 0:
            raise Waits(
                "settled_more_than_due",
                f"{payment.amount} {payment.currency} was settled for invoice {owed.number}, of "
                "which nothing is due any more",
            )

    def _adopt(self, pending: Pending, owed: Owed, element: Element) -> None:
        """Take a payment found on its invoice for ours; what it lacks is held as the rest."""
        found = amount(element.get("Amount"))
        ready = Ready(pending, {}, number=owed.number, parent_id=owed.invoice_id, amount=found)
        ready.rest = rest_of(pending, owed.number, found, found)
        self._delivery.adopt([(ready, element)], Did.ADOPTED, made_here=False)

    def _pay_what_is_due(self, beyond: Sequence[Refusal]) -> None:
        """Xero says that less is due than the books think: read the invoices and try once more."""
        if not beyond:
            return
        self._read_again(str(each.ready.parent_id) for each in beyond)
        ready = [
            again
            for each in beyond
            for again in self._ready(each.ready.pending, self._owed[str(each.ready.parent_id)])
        ]
        for refusal in self._delivery.create(ready):
            self._desk.reject(refusal.ready.pending, refusal.words)


def posted_anew(invoice: Posting) -> str:
    """The number that an invoice should have, where Xero keeps it for one that was voided."""
    number = str(json.loads(invoice.document).get("number"))
    return number if is_further(str(invoice.number), number) else str(invoice.number)


def rest_of(
    pending: Pending, number: str, part: Decimal, due: Decimal
) -> tuple[Pending, str] | None:
    """Make the document of what is paid beyond the part that is posted, and say why."""
    payment = cast(Payment, pending.document)
    beyond = payment.amount - part
    if beyond <= 0:
        return None
    record = json.loads(pending.text)
    record |= {"document_id": f"{pending.document_id}:excess", "amount": format(beyond, "f")}
    words = (
        f"{payment.amount} {payment.currency} was settled for invoice {number}, {due} was due: "
        f"{beyond} is left over"
    )
    return Pending.of(pending.stream, record, pending.arrival), words
