"""Credit notes, and their allocation to invoices.

Statuses are those of invoices; PAID comes when nothing remains to refund or allocate.
"""

from __future__ import annotations

from decimal import Decimal

from simulators.xero import stock
from simulators.xero.documents import (
    Faults,
    currency_of,
    entries,
    line_ids,
    lines_and_totals,
    merged,
    named_contact,
)
from simulators.xero.errors import (
    CREDIT_NOTE_UNKNOWN,
    HAS_PAYMENTS,
    INVOICE_UNKNOWN,
    PAYMENT_TOO_LARGE,
    WRONG_STATUS_FOR_CHANGE,
    WRONG_STATUS_FOR_CREATION,
    Invalid,
)
from simulators.xero.invoices import STEPS
from simulators.xero.lines import LineRules, amount_types
from simulators.xero.organisation import Organisation
from simulators.xero.settling import release, settle
from simulators.xero.values import Document, new_id

DIRECTIONS = {"ACCRECCREDIT": -1, "ACCPAYCREDIT": 1}
CONTROLS = {"ACCRECCREDIT": "DEBTORS", "ACCPAYCREDIT": "CREDITORS"}
_INVOICE_TYPES = {"ACCRECCREDIT": "ACCREC", "ACCPAYCREDIT": "ACCPAY"}


def create(org: Organisation, element: Document, unitdp: int) -> Document:
    """Create a credit note; an id that the element brings is ignored."""
    if element.get("Type") not in DIRECTIONS:
        raise Invalid(f"Credit note type '{element.get('Type', '')}' is not valid")
    status = element.get("Status", "DRAFT")
    if status not in ("DRAFT", "SUBMITTED", "AUTHORISED"):
        raise Invalid(WRONG_STATUS_FOR_CREATION)
    fresh = {"CreditNoteID": new_id(), "Status": status, "_payments": [], "Allocations": []}
    return _post(org, _filled(org, element, fresh, unitdp))


def create_or_update(org: Organisation, element: Document, unitdp: int) -> Document:
    """Update the credit note with the id or the number; create what is not there."""
    known = _matched(org, element)
    if known is None:
        return create(org, element, unitdp)
    org.check_date(known["Date"])
    wanted = element.get("Status", known["Status"])
    if known["_payments"] or known["Allocations"]:
        raise Invalid(HAS_PAYMENTS)
    if wanted not in STEPS.get(known["Status"], set()):
        raise Invalid(WRONG_STATUS_FOR_CHANGE)
    if wanted in ("DELETED", "VOIDED"):
        org.ledger.post(known["CreditNoteID"], ())
        stock.take_back(org, known["CreditNoteID"])
        gone = {"Status": wanted, "RemainingCredit": Decimal("0.00")}
        return org.save(org.credit_notes, known | gone)
    whole, places = merged(known, element)
    return _post(org, _filled(org, whole, known, places or unitdp))


def allocate(org: Organisation, credit_note: Document, element: Document) -> Document:
    """Set a part of a credit note against an invoice of the same contact and currency."""
    invoice = _invoice(org, element.get("Invoice", {}))
    amount = element.get("Amount", Decimal(0))
    day = element.get("Date") or org.today()
    faults = Faults()
    faults.of(org.check_date, day)
    if credit_note["Status"] != "AUTHORISED" or invoice["Status"] not in ("AUTHORISED", "PAID"):
        faults.add("A credit note can only be allocated when both documents are Authorised")
    if invoice["Type"] != _INVOICE_TYPES[credit_note["Type"]]:
        faults.add("The credit note and the invoice are not of the same kind")
    if invoice["Contact"]["ContactID"] != credit_note["Contact"]["ContactID"]:
        faults.add("The credit note and the invoice must have the same contact")
    if invoice["CurrencyCode"] != credit_note["CurrencyCode"]:
        faults.add("The credit note and the invoice must have the same currency")
    if amount <= 0:
        faults.add("The allocated amount must be greater than zero")
    if amount > min(invoice["AmountDue"], credit_note["RemainingCredit"]):
        faults.add(PAYMENT_TOO_LARGE)
    faults.refuse()
    allocation = {
        "AllocationID": new_id(),
        "Amount": amount,
        "Date": day,
        "Invoice": {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice["InvoiceNumber"]},
    }
    settle(org, invoice, credit_note, allocation)
    return allocation


def deallocate(org: Organisation, credit_note: Document, allocation_id: str) -> Document | None:
    """Take one allocation back; None when the credit note has no such allocation."""
    allocations: list[Document] = credit_note["Allocations"]
    for allocation in allocations:
        if allocation["AllocationID"] == allocation_id:
            release(org, credit_note, allocation)
            return allocation | {"IsDeleted": True}
    return None


def _invoice(org: Organisation, reference: Document) -> Document:
    found = org.invoices.get(reference.get("InvoiceID", ""))
    numbered = org.invoices.named("InvoiceNumber", reference.get("InvoiceNumber", ""))
    if found is None and numbered:
        found = numbered[0]
    if found is None:
        raise Invalid(INVOICE_UNKNOWN)
    return found


def _matched(org: Organisation, element: Document) -> Document | None:
    if "CreditNoteID" in element:
        found = org.credit_notes.get(element["CreditNoteID"])
        if found is None:
            raise Invalid(CREDIT_NOTE_UNKNOWN)
        return found
    return _holder(org, element)


def _holder(org: Organisation, element: Document) -> Document | None:
    for found in org.credit_notes.named("CreditNoteNumber", element.get("CreditNoteNumber", "")):
        if found["Type"] == "ACCRECCREDIT" and found["Status"] != "DELETED":
            return found
    return None


def _filled(org: Organisation, element: Document, base: Document, unitdp: int) -> Document:
    status = element.get("Status", base["Status"])
    faults = Faults()
    contact = faults.of(named_contact, org, element)
    currency = faults.of(currency_of, org, element, org.base_currency)
    day = element.get("Date") or org.today()
    faults.of(org.check_date, day)
    number = faults.of(_number, org, element, base)
    authorised = status == "AUTHORISED"
    priced = faults.of(_priced, org, element, unitdp, authorised, line_ids(base))
    faults.refuse()
    return {
        **base,
        "ID": base["CreditNoteID"],
        "Type": element["Type"],
        "CreditNoteNumber": number,
        "Reference": element.get("Reference", ""),
        "Contact": contact,
        "Date": day,
        "Status": status,
        "SentToContact": element.get("SentToContact", False),
        **currency,
        **priced,
        "RemainingCredit": priced["Total"],
    }


def _priced(
    org: Organisation, element: Document, unitdp: int, authorised: bool, kept: frozenset[str]
) -> Document:
    sale = element["Type"] == "ACCRECCREDIT"
    rules = LineRules(amount_types(element), unitdp, authorised, sale, kept_ids=kept)
    return lines_and_totals(org, element, rules)


def _number(org: Organisation, element: Document, base: Document) -> str:
    number: str = element.get("CreditNoteNumber", "")
    if element["Type"] == "ACCPAYCREDIT":
        return number
    holder = _holder(org, element)
    if holder is not None and holder["CreditNoteID"] != base["CreditNoteID"]:
        raise Invalid("Credit note # must be unique.")
    return number or f"CN-{len(org.credit_notes) + 1:04}"


def _post(org: Organisation, note: Document) -> Document:
    if note["Status"] == "AUTHORISED":
        control = org.system_account(CONTROLS[note["Type"]])
        posted = entries(org, note, control, DIRECTIONS[note["Type"]])
        posted += stock.move(org, note, note["CreditNoteID"])
        org.ledger.post(note["CreditNoteID"], posted)
        note = note | {"_base_due": abs(posted[0].base)}
        if note["Total"] == 0:
            note |= {"Status": "PAID", "FullyPaidOnDate": note["Date"]}
    return org.save(org.credit_notes, note)
