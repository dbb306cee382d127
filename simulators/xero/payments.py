"""Payments of invoices, bills and credit notes: made once, never changed, only deleted."""

from __future__ import annotations

from decimal import Decimal

from simulators.xero.documents import Faults, label
from simulators.xero.errors import (
    CREDIT_NOTE_UNKNOWN,
    DOCUMENT_UNKNOWN,
    INVOICE_UNKNOWN,
    PAYMENT_NEEDS_AUTHORISED,
    PAYMENT_TOO_LARGE,
    Invalid,
    account_archived,
    account_not_valid,
)
from simulators.xero.ledger import Entry
from simulators.xero.organisation import Organisation
from simulators.xero.settling import lower, register_of, restore
from simulators.xero.values import Document, money, new_id

_KINDS = {
    "ACCREC": ("ACCRECPAYMENT", "DEBTORS", 1),
    "ACCPAY": ("ACCPAYPAYMENT", "CREDITORS", -1),
    "ACCRECCREDIT": ("ARCREDITPAYMENT", "DEBTORS", -1),
    "ACCPAYCREDIT": ("APCREDITPAYMENT", "CREDITORS", 1),
}


def create(org: Organisation, element: Document) -> Document:
    """Pay a document from or into a bank account, or one that takes payments."""
    paid = _document(org, element)
    kind, _, _ = _KINDS[paid["Type"]]
    day = element.get("Date") or org.today()
    amount = element.get("Amount", Decimal(0))
    _, due = register_of(org, paid)
    faults = Faults()
    faults.of(org.check_date, day)
    account = faults.of(_account, org, element, paid)
    if paid["Status"] not in ("AUTHORISED", "PAID"):
        faults.add(PAYMENT_NEEDS_AUTHORISED)
    elif amount > paid[due]:
        faults.add(PAYMENT_TOO_LARGE)
    if amount <= 0 or amount != money(amount):
        faults.add("The payment amount must be greater than zero, with two decimals at most")
    rate: Decimal = (paid | element)["CurrencyRate"]
    if rate <= 0 or ("BankAmount" in element and element["BankAmount"] <= 0):
        faults.add("The currency rate and the bank amount must be greater than zero")
    faults.refuse()
    payment = {
        "PaymentID": new_id(),
        "Date": day,
        "Amount": money(amount),
        "Reference": element.get("Reference", ""),
        "CurrencyRate": Decimal(1) if paid["CurrencyCode"] == org.base_currency else rate,
        "PaymentType": kind,
        "Status": "AUTHORISED",
        "HasAccount": True,
        "IsReconciled": element.get("IsReconciled", False),
        "Account": {"AccountID": account["AccountID"], "Code": account.get("Code")},
        "Invoice": {
            "Type": paid["Type"],
            "InvoiceID": paid.get("InvoiceID") or paid["CreditNoteID"],
            "InvoiceNumber": paid.get("InvoiceNumber") or paid.get("CreditNoteNumber"),
            "Contact": paid["Contact"],
            "CurrencyCode": paid["CurrencyCode"],
        },
    }
    return _post(org, payment, paid, account, element.get("BankAmount"))


def delete(org: Organisation, payment: Document, element: Document) -> Document:
    """Delete a payment, the only change that Xero allows; the document is due again."""
    if element.get("Status") != "DELETED" or element.keys() - {"Status", "PaymentID"}:
        raise Invalid("Payments cannot be updated, only deleted")
    if payment["Status"] == "DELETED":
        raise Invalid("The payment has already been deleted")
    if payment["IsReconciled"]:
        raise Invalid("The payment has been reconciled and cannot be deleted")
    org.check_date(payment["Date"])
    identity = payment["Invoice"]["InvoiceID"]
    paid = org.invoices.get(identity) or org.credit_notes.get(identity)
    if paid is None:
        raise Invalid(DOCUMENT_UNKNOWN)
    rest = [each for each in paid["_payments"] if each != payment["PaymentID"]]
    changes = {"_payments": rest}
    if "InvoiceID" in paid:
        changes["AmountPaid"] = paid["AmountPaid"] - payment["Amount"]
    restore(org, paid, payment["Amount"], payment["_share"], changes)
    org.ledger.post(payment["PaymentID"], ())
    return org.save(org.payments, payment | {"Status": "DELETED"})


def _document(org: Organisation, element: Document) -> Document:
    invoice = element.get("Invoice", {})
    note = element.get("CreditNote", {})
    if "InvoiceID" in invoice:
        found = org.invoices.get(invoice["InvoiceID"])
    elif "CreditNoteID" in note:
        found = org.credit_notes.get(note["CreditNoteID"])
    else:
        number = invoice.get("InvoiceNumber") or element.get("InvoiceNumber") or ""
        credit = note.get("CreditNoteNumber") or element.get("CreditNoteNumber") or ""
        live = [
            each
            for each in (
                *org.invoices.named("InvoiceNumber", number),
                *org.credit_notes.named("CreditNoteNumber", credit),
            )
            if each["Status"] != "DELETED"
        ]
        found = live[0] if live else None
    if found is None:
        raise Invalid(CREDIT_NOTE_UNKNOWN if note else INVOICE_UNKNOWN)
    return found


def _account(org: Organisation, element: Document, paid: Document) -> Document:
    reference = element.get("Account", {})
    if "AccountID" not in reference and "Code" not in reference:
        reference = {"Code": element.get("Code", "")}
    account = org.account(reference)
    if account is None:
        raise Invalid("The account of the payment must be specified")
    code = label(account)
    if account["Status"] != "ACTIVE":
        raise Invalid(account_archived(code))
    if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        raise Invalid(account_not_valid(code), f"Payments are not enabled to account code '{code}'")
    if account["Type"] == "BANK" and account["CurrencyCode"] not in (
        paid["CurrencyCode"],
        org.base_currency,
    ):
        raise Invalid(
            f"The bank account's currency {account['CurrencyCode']} is neither that of the "
            f"document ({paid['CurrencyCode']}) nor the base currency"
        )
    return account


def _post(
    org: Organisation,
    payment: Document,
    paid: Document,
    account: Document,
    bank_amount: Decimal | None,
) -> Document:
    amount, day, currency = payment["Amount"], payment["Date"], paid["CurrencyCode"]
    changes = {"_payments": [*paid["_payments"], payment["PaymentID"]], "_last_settled": day}
    if "InvoiceID" in paid:
        changes["AmountPaid"] = paid["AmountPaid"] + amount
    share = lower(org, paid, amount, changes)
    foreign_bank = account["Type"] == "BANK" and account["CurrencyCode"] == currency
    base = money(amount / payment["CurrencyRate"])
    if bank_amount is not None and not foreign_bank:
        base = bank_amount
    _, system, direction = _KINDS[paid["Type"]]
    # In a bank account of base currency the money is of base currency; elsewhere the entry keeps
    # the document's currency, so that a clearing account can be proven in each of them.
    plain = account["Type"] == "BANK" and not foreign_bank
    at_bank = (org.base_currency, base) if plain else (currency, amount)
    control = label(org.system_account(system))
    gain = label(org.system_account("REALISEDCURRENCYGAIN")) if base != share else ""
    difference = direction * (share - base)
    org.ledger.post(
        payment["PaymentID"],
        [
            Entry(label(account), day, direction * base, at_bank[0], direction * at_bank[1]),
            Entry(control, day, -direction * share, currency, -direction * amount),
            Entry(gain, day, difference, org.base_currency, difference),
        ],
    )
    bank_amount = at_bank[1]
    return org.save(org.payments, payment | {"BankAmount": bank_amount, "_share": share})
