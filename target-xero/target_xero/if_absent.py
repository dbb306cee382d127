"""Which invoice do a settlement's rows of an order belong to? Decided before anything is sent.

    no invoice of the number            -> create it from the rows
    one with something due              -> that one; nothing is made
    one with nothing due                -> the rows are a further shipment: the same for <number>-2

Due means: after the payments that the books know, and after those that arrived before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from books import Posting
from target_xero.agreement import is_gone
from target_xero.desk import Desk, Pending, is_in_xero, total_of
from target_xero.documents import ALLOCATIONS, INVOICES, PAYMENTS, Invoice, Payment
from target_xero.kinds import Element, Ready, bears, payments_on, sales_invoices
from xero_api.exact import amount

Shipment = tuple[str | None, str | None]
"""A settlement id and an order id."""


@dataclass
class Resolution:
    """What is to be done with each invoice; skip: number and id, None while it is being made."""

    create: list[tuple[Pending, str]] = field(default_factory=list)
    skip: list[tuple[Pending, str, str | None]] = field(default_factory=list)
    ours: list[tuple[Pending, Element]] = field(default_factory=list)


@dataclass
class _Known:
    """An invoice that is there, or will be in a moment."""

    due: Decimal
    invoice_id: str | None = None
    element: Element | None = None
    paid_by: frozenset[str] = frozenset()


class Absent:
    """Walks through invoices made from settlements, and the payments among them, as they came.

    by_number: every number is looked up; else many are looked for around their dates, and one that
    stands elsewhere in Xero is taken for absent until Xero refuses its number.
    """

    def __init__(
        self,
        desk: Desk,
        absent: Sequence[Pending],
        payments: Sequence[Pending],
        *,
        by_number: bool = True,
    ) -> None:
        self._desk = desk
        self._by_number = by_number
        self._absent = absent
        self._payments = payments
        self._known: dict[str, _Known | None] = {}
        self._chosen: dict[Shipment, str] = {}
        self._paying: dict[Shipment, set[str]] = {}
        self._resolution = Resolution()

    def resolve(self) -> Resolution:
        """Decide for every invoice."""
        self._read_books()
        numbers = [cast(Invoice, each.document).number for each in self._absent]
        self._read_xero([number for number in numbers if number not in self._known])
        for pending in sorted([*self._absent, *self._payments], key=lambda each: each.arrival):
            if isinstance(pending.document, Payment):
                self._pay(pending, pending.document)
            else:
                self._place(pending, cast(Invoice, pending.document))
        return self._resolution

    def _read_books(self) -> None:
        orders = [order for each in self._absent if (order := each.document.source.order_id)]
        found = self._desk.books.postings(self._desk.tenant.tenant, order_ids=orders)
        payments = [each for each in found if each.stream == PAYMENTS]
        lowering = [each for each in found if each.stream in (PAYMENTS, ALLOCATIONS)]
        paying: list[Pending | Posting] = [*payments, *self._payments]
        for payment in paying:
            self._paying.setdefault(_shipment(payment), set()).add(payment.document_id)
        for each in found:
            # Only an invoice that these books made has no payment that they do not know.
            if each.stream == INVOICES and is_in_xero(each) and not each.adopted:
                self._known[str(each.number)] = self._from_books(each, lowering)

    def _from_books(self, invoice: Posting, payments: Sequence[Posting]) -> _Known:
        paid = [
            each for each in payments if each.parent_id == invoice.vendor_id and is_in_xero(each)
        ]
        return _Known(
            due=(invoice.amount or Decimal(0)) - total_of(each.amount for each in paid),
            invoice_id=invoice.vendor_id,
            paid_by=frozenset(each.document_id for each in paid),
        )

    def _read_xero(self, numbers: Sequence[str]) -> None:
        marks = [each.document.marker for each in self._absent if not each.is_anew]
        around = [] if self._by_number else [Ready(each, {}) for each in self._absent]
        for element in sales_invoices(self._desk, around, numbers):
            ours = any(bears(element, "Reference", mark) for mark in marks)
            if not is_gone(element) or ours:
                self._known[str(element.get("InvoiceNumber"))] = self._from_xero(element)
        for number in numbers:
            self._known.setdefault(number, None)

    def _from_xero(self, element: Element) -> _Known:
        references = [str(each.get("Reference")) for each in payments_on(self._desk, element)]
        return _Known(
            due=amount(element.get("AmountDue")),
            invoice_id=element["InvoiceID"],
            element=element,
            paid_by=frozenset(
                reference[reference.rfind("[amz:") + 5 : -1]
                for reference in references
                if "[amz:" in reference
            ),
        )

    def _pay(self, pending: Pending, payment: Payment) -> None:
        """Lower what is due by a payment that arrived, unless it is counted already."""
        number = self._chosen.get(_shipment(pending), payment.pays)
        known = self._known.get(number)
        if known is not None and pending.document_id not in known.paid_by:
            known.due -= payment.amount

    def _place(self, pending: Pending, invoice: Invoice) -> None:
        shipment = _shipment(pending)
        first = self._known.get(invoice.number)
        found_in_xero = first is not None and first.element is not None
        further = 1
        while True:
            number = invoice.number if further == 1 else f"{invoice.number}-{further}"
            if number not in self._known and found_in_xero:
                self._read_xero([number])
            known = self._known.get(number)
            if known is None:
                self._known[number] = _Known(due=invoice.total)
                self._resolution.create.append((pending, number))
                break
            if known.element and bears(known.element, "Reference", invoice.marker):
                self._resolution.ours.append((pending, known.element))
                break
            if known.due > 0 or known.paid_by & self._paying.get(shipment, set()):
                self._resolution.skip.append((pending, number, known.invoice_id))
                break
            further += 1
        self._chosen[shipment] = number


def _shipment(each: Pending | Posting) -> Shipment:
    if isinstance(each, Posting):
        return each.settlement_id, each.order_id
    return each.document.source.settlement_id, each.document.source.order_id
