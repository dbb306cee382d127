"""Sales invoices and bills: creation, change, and the statuses they go through.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID (by payments and allocations only)
DRAFT, SUBMITTED -> DELETED        AUTHORISED -> VOIDED, while nothing is paid or credited
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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
    HAS_PAYMENTS,
    INVOICE_UNKNOWN,
    NUMBER_TAKEN,
    WRONG_STATUS_FOR_CHANGE,
    WRONG_STATUS_FOR_CREATION,
    Invalid,
)
from simulators.xero.lines import LineRules, amount_types
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, new_id

DIRECTIONS = {"ACCREC": 1, "ACCPAY": -1}
CONTROLS = {"ACCREC": "DEBTORS", "ACCPAY": "CREDITORS"}
STEPS = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
}
_LONGEST_NUMBER = 255
_EDITABLE_WHEN_PART_PAID = {
    *("InvoiceID", "InvoiceNumber", "Type", "Status", "Reference", "DueDate", "Url"),
    *("ExpectedPaymentDate", "PlannedPaymentDate", "SentToContact"),
}


def create(org: Organisation, element: Document, unitdp: int) -> Document:
    """Create an invoice or bill; an id that the element brings is ignored."""
    if element.get("Type") not in DIRECTIONS:
        raise Invalid(f"Invoice type '{element.get('Type', '')}' is not valid")
    status = element.get("Status", "DRAFT")
    if status not in ("DRAFT", "SUBMITTED", "AUTHORISED"):
        raise Invalid(WRONG_STATUS_FOR_CREATION)
    fresh = {
        "InvoiceID": new_id(),
        "Status": status,
        "_payments": [],
        "_credits": [],
        "AmountPaid": Decimal("0.00"),
        "AmountCredited": Decimal("0.00"),
    }
    return _post(org, _filled(org, element, fresh, unitdp))


def create_or_update(org: Organisation, element: Document, unitdp: int) -> Document:
    """Update the invoice with the id, or the sales invoice with the number; else create one.

    A bill has no number of its own to be found by (facts/xero-qbo.md 2.5).
    """
    known = _matched(org, element)
    if known is None:
        return create(org, element, unitdp)
    _check_change(org, known, element)
    if element.get("Status") in ("DELETED", "VOIDED"):
        org.ledger.post(known["InvoiceID"], ())
        stock.take_back(org, known["InvoiceID"])
        gone = {"Status": element["Status"], "AmountDue": Decimal("0.00")}
        return org.save(org.invoices, known | gone)
    if known["_payments"] or known["_credits"]:
        kept = {name: element[name] for name in element.keys() & _EDITABLE_WHEN_PART_PAID}
        return org.save(org.invoices, known | kept)
    whole, places = merged(known, element)
    return _post(org, _filled(org, whole, known, places or unitdp))


def _matched(org: Organisation, element: Document) -> Document | None:
    if "InvoiceID" in element:
        found = org.invoices.get(element["InvoiceID"])
        if found is None:
            raise Invalid(INVOICE_UNKNOWN)
        return found
    if element.get("Type", "ACCREC") == "ACCREC" and element.get("InvoiceNumber"):
        return _holder(org, element["InvoiceNumber"])
    return None


def _holder(org: Organisation, number: str) -> Document | None:
    for invoice in org.invoices.named("InvoiceNumber", number):
        if invoice["Type"] == "ACCREC" and invoice["Status"] != "DELETED":
            return invoice
    return None


def _check_change(org: Organisation, known: Document, element: Document) -> None:
    org.check_date(known["Date"])
    if element.get("Type", known["Type"]) != known["Type"]:
        raise Invalid("The type of an invoice cannot be changed")
    touched = bool(known["_payments"] or known["_credits"])
    wanted = element.get("Status", known["Status"])
    if known["Status"] == "PAID" or (touched and wanted in ("VOIDED", "DELETED")):
        raise Invalid(HAS_PAYMENTS)
    if wanted not in STEPS.get(known["Status"], set()):
        raise Invalid(WRONG_STATUS_FOR_CHANGE)
    if touched and not element.keys() <= _EDITABLE_WHEN_PART_PAID:
        raise Invalid(HAS_PAYMENTS)


def _filled(org: Organisation, element: Document, base: Document, unitdp: int) -> Document:
    sale = element["Type"] == "ACCREC"
    status = element.get("Status", base["Status"])
    authorised = status == "AUTHORISED"
    faults = Faults()
    contact = faults.of(named_contact, org, element)
    currency = faults.of(currency_of, org, element, org.base_currency)
    day = element.get("Date") or org.today()
    faults.of(org.check_date, day)
    if authorised and sale and not org.ledger.of(base["InvoiceID"]):
        faults.of(org.check_plan, day)
    if authorised and "DueDate" not in element:
        faults.add("The document due date must be specified")
    number = faults.of(_number, org, element, base)
    priced: Any = faults.of(_priced, org, element, unitdp, authorised, line_ids(base))
    faults.refuse()
    return {
        **base,
        "Type": element["Type"],
        "InvoiceNumber": number,
        "Reference": element.get("Reference", "") if sale else "",
        "Contact": contact,
        "Date": day,
        "DueDate": element.get("DueDate"),
        "Status": status,
        "Url": element.get("Url"),
        "SentToContact": element.get("SentToContact", False),
        "ExpectedPaymentDate": element.get("ExpectedPaymentDate"),
        "PlannedPaymentDate": element.get("PlannedPaymentDate"),
        **currency,
        **priced,
        "AmountDue": priced["Total"],
    }


def _priced(
    org: Organisation, element: Document, unitdp: int, authorised: bool, kept: frozenset[str]
) -> Document:
    sale = element["Type"] == "ACCREC"
    rules = LineRules(amount_types(element), unitdp, authorised, sale, sale, kept)
    return lines_and_totals(org, element, rules)


def _number(org: Organisation, element: Document, base: Document) -> str:
    number: str = element.get("InvoiceNumber", "")
    if len(number) > _LONGEST_NUMBER:
        raise Invalid(f"Invoice # cannot have more than {_LONGEST_NUMBER} characters")
    if element["Type"] == "ACCPAY":
        return number
    if not number:
        count = len(org.invoices)
        while _holder(org, number := f"INV-{count + 1:04}"):
            count += 1
        return number
    holder = _holder(org, number)
    if holder is not None and holder["InvoiceID"] != base["InvoiceID"]:
        raise Invalid(NUMBER_TAKEN)
    return number


def _post(org: Organisation, invoice: Document) -> Document:
    if invoice["Status"] == "AUTHORISED":
        control = org.system_account(CONTROLS[invoice["Type"]])
        posted = entries(org, invoice, control, DIRECTIONS[invoice["Type"]])
        posted += stock.move(org, invoice, invoice["InvoiceID"])
        org.ledger.post(invoice["InvoiceID"], posted)
        invoice = invoice | {"_base_due": abs(posted[0].base)}
        if invoice["Total"] == 0:
            # Nothing is due, so Xero takes it as paid on its date.
            invoice |= {"Status": "PAID", "FullyPaidOnDate": invoice["Date"]}
    return org.save(org.invoices, invoice)
