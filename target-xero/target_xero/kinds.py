"""What differs between invoices, payments, journals and bank transactions in Xero.

Each kind knows its resource, how a document is rendered, and how one that may already be there is
found again: by the marker, never by resemblance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol, cast

from target_xero import documents, payloads
from target_xero.accounts import UnknownBankAccount
from target_xero.contacts import UnusableContact
from target_xero.desk import Desk, Impossible, Pending
from target_xero.documents import BankTransaction, Document, Invoice, Journal, Payment
from target_xero.payloads import Payload
from xero_api import reads

Element = dict[str, Any]

# A person may have moved a document to another date; its marker is looked for around its own.
_AROUND = timedelta(days=31)
_FEW_CALLS = 2


@dataclass(eq=False)
class Ready:
    """A document with its body, ready to be sent.

    number: an invoice's resolved number; parent_id: the invoice a payment pays; amount: what is
    posted, which for a payment may be the due part; total: what Xero's total must come to;
    rest: the part of a payment that cannot be posted, as a document of its own, and why.
    """

    pending: Pending
    payload: Payload
    number: str | None = None
    parent_id: str | None = None
    amount: Decimal | None = None
    total: Decimal | None = None
    rest: tuple[Pending, str] | None = None


class Kind(Protocol):
    """One resource of Xero."""

    stream: str
    resource: str
    id_name: str
    mark_name: str

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """Find documents in Xero by their markers: document id -> element."""


class Updatable(Kind, Protocol):
    """A resource whose elements Xero lets change."""

    def fetch(self, desk: Desk, ids: Iterable[str]) -> dict[str, Element]:
        """Read elements by Xero's ids; what is not there is left out."""

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """Make a document's body; raises Impossible when it cannot be posted as it is."""

    def expected_total(self, document: Document) -> Decimal | None:
        """What Xero's own total of it must be, None where there is none to compare."""


def window(desk: Desk, ready: Sequence[Ready]) -> tuple[date, date]:
    """The days on which documents may stand in Xero, the first and the last.

    Around their own, and up to now: where a period was locked, they may have been moved out of it.
    """
    documents_of = [each.pending.document for each in ready]
    days = [day for each in documents_of for day in (each.own_date, each.date)]
    return min(days) - _AROUND, max(*days, desk.now().date()) + _AROUND


def sales_invoices(desk: Desk, ready: Sequence[Ready], numbers: Sequence[str]) -> list[Element]:
    """Sales invoices of these numbers, where they are many only those dated around `ready`.

    A thousand numbers take twenty-five calls, a thousand invoices of a month take one. One that
    stands at another date is not found so, and Xero refuses its number when it is sent.
    """
    calls = -(-len(numbers) // reads.NUMBERS_PER_CALL)
    if ready and calls > _FEW_CALLS:
        wanted = set(numbers)
        around = reads.sales_invoices_between(
            desk.session, *window(desk, ready), most_calls=calls // 2
        )
        if around is not None:
            return [each for each in around if each.get("InvoiceNumber") in wanted]
    return reads.invoices_by_number(desk.session, numbers)


def bears(element: Element, field: str, mark: str) -> bool:
    """Tell whether an element bears a document's marker."""
    return mark in (element.get(field) or "")


class Invoices:
    """Sales invoices and bills: PUT refuses a sales invoice's number that is taken."""

    stream = documents.INVOICES
    resource = "Invoices"
    id_name = "InvoiceID"
    mark_name = "InvoiceNumber"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """By number in bulk, and by marker among those; a bill by its number, which has it."""
        found: dict[str, Element] = {}
        sales = [each for each in ready if not cast(Invoice, each.pending.document).is_bill]
        by_number = {
            element.get("InvoiceNumber"): element
            for element in reads.invoices_by_number(desk.session, [str(e.number) for e in sales])
        }
        for each in sales:
            element = by_number.get(each.number)
            if element and bears(element, "Reference", each.pending.document.marker):
                found[each.pending.document_id] = element
        for each in ready:
            document = cast(Invoice, each.pending.document)
            if document.is_bill:
                for bill in reads.bill_by_number(desk.session, payloads.bill_number(document)):
                    found.setdefault(document.document_id, bill)
        return found

    def fetch(self, desk: Desk, ids: Iterable[str]) -> dict[str, Element]:
        """Forty ids a call."""
        return {each["InvoiceID"]: each for each in reads.invoices_by_id(desk.session, ids)}

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; raises Impossible when the contact cannot be used."""
        invoice = cast(Invoice, document)
        return payloads.invoice(
            invoice, contact_id(desk, invoice.contact), number or invoice.number
        )

    def expected_total(self, document: Document) -> Decimal | None:
        """What Xero's total must be; it adds the tax where amounts are without."""
        invoice = cast(Invoice, document)
        return invoice.total if invoice.amounts_include_tax else None

    def ready(self, desk: Desk, pending: Pending, number: str) -> Ready:
        """A new invoice under a resolved number."""
        desk.settle_date(pending)
        return Ready(
            pending,
            self.render(desk, pending.document, number),
            number=number,
            amount=cast(Invoice, pending.document).total,
            total=self.expected_total(pending.document),
        )


class Payments:
    """Payments of invoices: never updated, and found again on the invoice that they pay."""

    stream = documents.PAYMENTS
    resource = "Payments"
    id_name = "PaymentID"
    mark_name = "Reference"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """On the invoices, forty a call."""
        invoices = reads.invoices_by_id(desk.session, [str(each.parent_id) for each in ready])
        paid = {each["InvoiceID"]: payments_on(desk, each) for each in invoices}
        return {
            each.pending.document_id: payment
            for each in ready
            for payment in paid.get(each.parent_id, ())
            if bears(payment, "Reference", each.pending.document.marker)
        }

    def body(self, document: Document, invoice_id: str, amount: Decimal | None) -> Payload:
        """The body of a payment of an amount."""
        return payloads.payment(cast(Payment, document), invoice_id, amount)

    def ready(
        self, desk: Desk, pending: Pending, invoice_id: str, number: str, amount: Decimal
    ) -> Ready:
        """A payment of an invoice, in whole or of the due part."""
        desk.settle_date(pending)
        payload = self.body(pending.document, invoice_id, amount)
        return Ready(pending, payload, number=number, parent_id=invoice_id, amount=amount)


def payments_on(desk: Desk, invoice: Element) -> list[Element]:
    """The payments on an invoice that was read; asked for where the invoice lacks references."""
    payments = [each for each in invoice.get("Payments") or () if isinstance(each, dict)]
    if any("Reference" not in each for each in payments):
        payments = reads.payments_of(desk.session, invoice["InvoiceID"])
    return [each for each in payments if each.get("Status") != "DELETED"]


class Journals:
    """Manual journals: base currency only, found again by the marker in the narration."""

    stream = documents.JOURNALS
    resource = "ManualJournals"
    id_name = "ManualJournalID"
    mark_name = "Narration"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """In a window of dates, a thousand a call."""
        found = reads.journals_between(desk.session, *window(desk, ready))
        return by_marker(ready, found, self.mark_name)

    def fetch(self, desk: Desk, ids: Iterable[str]) -> dict[str, Element]:
        """One a call."""
        found = {each: reads.journal(desk.session, each) for each in dict.fromkeys(ids)}
        return {each: element for each, element in found.items() if element is not None}

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; raises Impossible for a journal that is not in the base currency."""
        del number
        base = desk.organisation.base_currency
        if document.currency != base:
            raise Impossible(
                f"a manual journal is in the base currency, {base}; this one is in "
                f"{document.currency}: give its marketplace the style `settlements`"
            )
        return payloads.journal(cast(Journal, document))

    def expected_total(self, document: Document) -> Decimal | None:
        """A journal has no total: its lines sum to zero."""
        del document
        return None

    def ready(self, desk: Desk, pending: Pending) -> Ready:
        """A new journal."""
        journal = cast(Journal, pending.document)
        debits = sum((line.amount for line in journal.lines if line.amount > 0), Decimal(0))
        return Ready(pending, self.render(desk, journal, None), amount=debits)


class BankTransactions:
    """Money received and spent: found again by the marker in the reference."""

    stream = documents.BANK_TRANSACTIONS
    resource = "BankTransactions"
    id_name = "BankTransactionID"
    mark_name = "Reference"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """In a window of dates, a thousand a call: a person may have edited the reference."""
        found = reads.bank_transactions_between(desk.session, *window(desk, ready))
        return by_marker(ready, found, self.mark_name)

    def fetch(self, desk: Desk, ids: Iterable[str]) -> dict[str, Element]:
        """One a call."""
        found = {each: reads.bank_transaction(desk.session, each) for each in dict.fromkeys(ids)}
        return {each: element for each, element in found.items() if element is not None}

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; raises Impossible when the bank account or the contact cannot be used."""
        del number
        transaction = cast(BankTransaction, document)
        try:
            account = desk.bank_accounts.id_of(transaction.bank_account, transaction.currency)
        except UnknownBankAccount as fault:
            raise Impossible(str(fault)) from fault
        return payloads.bank_transaction(
            transaction, contact_id(desk, transaction.contact), account
        )

    def expected_total(self, document: Document) -> Decimal | None:
        """What Xero's total must be."""
        return cast(BankTransaction, document).total

    def ready(self, desk: Desk, pending: Pending) -> Ready:
        """A new bank transaction."""
        total = self.expected_total(pending.document)
        payload = self.render(desk, pending.document, None)
        return Ready(pending, payload, amount=total, total=total)


def contact_id(desk: Desk, name: str) -> str:
    """Xero's id of a contact; raises Impossible when documents cannot be posted to it."""
    try:
        return desk.contacts.id_of(name)
    except UnusableContact as fault:
        raise Impossible(str(fault)) from fault


def by_marker(
    ready: Sequence[Ready], elements: Iterable[Element], field: str
) -> dict[str, Element]:
    """Match by marker; one that still stands comes before one that was voided."""
    found: dict[str, Element] = {}
    marks = {each.pending.document.marker: each.pending.document_id for each in ready}
    for element in elements:
        words = element.get(field) or ""
        start = words.rfind("[amz:")
        document_id = marks.get(words[start : words.find("]", start) + 1]) if start >= 0 else None
        if document_id and found.get(document_id, {}).get("Status", "VOIDED") in (
            "VOIDED",
            "DELETED",
        ):
            found[document_id] = element
    return found
