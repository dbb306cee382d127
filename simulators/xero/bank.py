"""Money received and spent at the bank, and transfers between bank accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulators.xero import stock
from simulators.xero.documents import (
    Faults,
    currency_of,
    entries,
    label,
    line_ids,
    lines_and_totals,
    merged,
    named_contact,
    options,
)
from simulators.xero.errors import (
    DOCUMENT_UNKNOWN,
    Invalid,
    NotImitated,
    account_archived,
    account_not_valid,
)
from simulators.xero.ledger import Entry
from simulators.xero.lines import LineRules, amount_types
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money, new_id

DIRECTIONS = {"RECEIVE": 1, "SPEND": -1}
_OTHER_TYPES = {
    f"{kind}-{variant}"
    for kind in ("RECEIVE", "SPEND")
    for variant in ("OVERPAYMENT", "PREPAYMENT", "TRANSFER")
}


def create(org: Organisation, element: Document, unitdp: int) -> Document:
    """Record money received into or spent from a bank account."""
    if element.get("Status", "AUTHORISED") != "AUTHORISED":
        raise Invalid(f"Bank transaction status '{element['Status']}' is not valid for creation")
    fresh = {"BankTransactionID": new_id(), "Status": "AUTHORISED", "HasAttachments": False}
    return _post(org, _filled(org, element, fresh, unitdp))


def create_or_update(org: Organisation, element: Document, unitdp: int) -> Document:
    """Update the bank transaction with the id, or delete it; without an id create one."""
    if "BankTransactionID" not in element:
        return create(org, element, unitdp)
    known = org.bank_transactions.get(element["BankTransactionID"])
    if known is None:
        raise Invalid(DOCUMENT_UNKNOWN)
    org.check_date(known["Date"])
    if known["Status"] != "AUTHORISED" or known["IsReconciled"]:
        words = "Receive" if known["Type"] == "RECEIVE" else "Spend"
        raise Invalid(f"{words} money transactions cannot be updated")
    if element.get("Status", "AUTHORISED") in ("DELETED", "VOIDED"):
        org.ledger.post(known["BankTransactionID"], ())
        stock.take_back(org, known["BankTransactionID"])
        return org.save(org.bank_transactions, known | {"Status": element["Status"]})
    whole, places = merged(known, element)
    return _post(org, _filled(org, whole, known, places or unitdp))


def _filled(org: Organisation, element: Document, base: Document, unitdp: int) -> Document:
    kind = element.get("Type", "")
    if kind in _OTHER_TYPES:
        raise NotImitated(f"bank transactions of type {kind}")
    if kind not in DIRECTIONS:
        raise Invalid(f"Bank transaction type '{kind}' is not valid")
    faults = Faults()
    bank = faults.of(bank_account, org, element.get("BankAccount", {}))
    currency = faults.of(_currency, org, element, bank) if bank else None
    contact = faults.of(named_contact, org, element)
    day = element.get("Date") or org.today()
    faults.of(org.check_date, day)
    priced: Any = faults.of(_priced, org, element, unitdp, line_ids(base))
    faults.refuse()
    return {
        **base,
        "Type": kind,
        "BankAccount": {name: bank.get(name) for name in ("AccountID", "Code", "Name")},
        "Contact": contact,
        "Reference": element.get("Reference", ""),
        "IsReconciled": element.get("IsReconciled", False),
        "Url": element.get("Url"),
        "Date": day,
        **(currency or {}),
        **priced,
    }


def bank_account(org: Organisation, reference: Document) -> Document:
    """Find an account that money can be received into or spent from: of type BANK, active."""
    account = org.account(reference)
    if account is None:
        raise Invalid("The bank account must be specified")
    if account["Status"] != "ACTIVE":
        raise Invalid(account_archived(label(account)))
    if account["Type"] != "BANK":
        raise Invalid(account_not_valid(label(account)), "The account is not a bank account")
    return account


def _currency(org: Organisation, element: Document, bank: Document) -> Document:
    currency = bank["CurrencyCode"]
    if element.get("CurrencyCode", currency) != currency:
        raise Invalid("Setting currency is only supported on overpayments")
    return currency_of(org, element | {"CurrencyCode": currency}, currency)


def _priced(org: Organisation, element: Document, unitdp: int, kept: frozenset[str]) -> Document:
    sale = element["Type"] == "RECEIVE"
    rules = LineRules(amount_types(element), unitdp, sale=sale, kept_ids=kept)
    return lines_and_totals(org, element, rules)


def _post(org: Organisation, transaction: Document) -> Document:
    bank = bank_account(org, transaction["BankAccount"])
    posted = entries(org, transaction, bank, DIRECTIONS[transaction["Type"]])
    posted += stock.move(org, transaction, transaction["BankTransactionID"])
    org.ledger.post(transaction["BankTransactionID"], posted)
    return org.save(org.bank_transactions, transaction)


def transfer(org: Organisation, element: Document) -> Document:
    """Move money between two bank accounts of one currency."""
    faults = Faults()
    source = faults.of(bank_account, org, element.get("FromBankAccount", {}))
    target = faults.of(bank_account, org, element.get("ToBankAccount", {}))
    day = element.get("Date") or org.today()
    faults.of(org.check_date, day)
    amount = element.get("Amount", Decimal(0))
    if amount <= 0 or amount != money(amount):
        faults.add("The amount must be greater than zero, with two decimals at most")
    if source and target and source is target:
        faults.add("A bank transfer needs two different bank accounts")
    tracked = {
        side: faults.of(_tracking, org, element.get(side, []))
        for side in ("FromTracking", "ToTracking")
    }
    faults.refuse()
    if source["CurrencyCode"] != target["CurrencyCode"]:
        raise NotImitated("bank transfers between currencies")
    document = {
        "BankTransferID": new_id(),
        "Date": day,
        "Status": "AUTHORISED",
        "FromBankAccount": {name: source.get(name) for name in ("AccountID", "Code", "Name")},
        "ToBankAccount": {name: target.get(name) for name in ("AccountID", "Code", "Name")},
        "Amount": money(amount),
        "FromBankTransactionID": new_id(),
        "ToBankTransactionID": new_id(),
        "FromIsReconciled": element.get("FromIsReconciled", False),
        "ToIsReconciled": element.get("ToIsReconciled", False),
        "Reference": element.get("Reference", ""),
        "CurrencyRate": org.rates[source["CurrencyCode"]],
        "HasAttachments": False,
        "CreatedDateUTC": org.clock.now(),
        **tracked,
    }
    currency = source["CurrencyCode"]
    base = money(amount / document["CurrencyRate"])
    org.ledger.post(
        document["BankTransferID"],
        [
            Entry(label(source), day, -base, currency, -amount, options(tracked["FromTracking"])),
            Entry(label(target), day, base, currency, amount, options(tracked["ToTracking"])),
        ],
    )
    return org.save(org.bank_transfers, document)


def delete_transfer(org: Organisation, element: Document) -> Document:
    """Delete a bank transfer, the only change that Xero allows."""
    known = org.bank_transfers.get(element.get("BankTransferID", ""))
    if known is None:
        raise Invalid(DOCUMENT_UNKNOWN)
    if element.get("Status") != "DELETED" or known["Status"] == "DELETED":
        raise Invalid("Bank transfers cannot be updated, only deleted")
    org.check_date(known["Date"])
    org.ledger.post(known["BankTransferID"], ())
    return org.save(org.bank_transfers, known | {"Status": "DELETED"})


def _tracking(org: Organisation, asked: list[Document]) -> list[Document]:
    return [org.tracking_option(each) for each in asked]
