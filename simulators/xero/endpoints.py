"""The endpoints of the Accounting API: for each its register, scope, fields and writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from simulators.xero import (
    bank,
    contacts,
    credit_notes,
    invoices,
    journals,
    payments,
    settings,
    stock,
    tracking,
)
from simulators.xero.organisation import Organisation
from simulators.xero.records import Register
from simulators.xero.values import Document

Write = Callable[[Organisation, Document, int], Document]
_COMMON = "Date Status Reference Total SubTotal TotalTax CurrencyCode UpdatedDateUTC Type"
_CONTACT = "Contact.ContactID Contact.Name Contact.ContactNumber"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `put` and `post` are what its writes do to one element.

    names: fields beside the id that may stand in its place in the path. light: fields that a list
    without `page` leaves empty. faulty: the flag that a failing element carries.
    """

    name: str
    id_field: str
    scopes: tuple[str, ...]
    register: Callable[[Organisation], Register]
    fields: frozenset[str] = frozenset()
    put: Write | None = None
    post: Write | None = None
    paged: bool = False
    names: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    faulty: str = ""
    dated: bool = True
    write_scopes: tuple[str, ...] = ()
    extras: Callable[[Organisation, Document], Document] = field(default=lambda _, __: {})


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _payments_of(org: Organisation, document: Document) -> list[Document]:
    kept = ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate")
    found = (org.payments.get(each) for each in document["_payments"])
    return [
        {name: each[name] for name in kept} | {"HasAccount": False, "HasValidationErrors": False}
        for each in found
        if each is not None
    ]


def _contact_of_document(document: Document) -> Document:
    empty: Document = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return {**document["Contact"], **empty, "HasValidationErrors": False}


def _updated_text(document: Document) -> str:
    return f"{document['UpdatedDateUTC']:%Y-%m-%dT%H:%M:%S}+00:00"


def _invoice_extras(org: Organisation, invoice: Document) -> Document:
    return {
        "Contact": _contact_of_document(invoice),
        "Payments": _payments_of(org, invoice),
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": any("DiscountRate" in line for line in invoice["LineItems"]),
        "HasAttachments": bool(org.attachments.get(invoice["InvoiceID"])),
        "UpdatedDateUTCString": _updated_text(invoice),
    }


def _credit_note_extras(org: Organisation, note: Document) -> Document:
    return {
        "Contact": _contact_of_document(note),
        "Payments": _payments_of(org, note),
        "HasErrors": False,
        "HasAttachments": bool(org.attachments.get(note["CreditNoteID"])),
        "UpdatedDateUTCString": _updated_text(note),
    }


def _payment_extras(_: Organisation, payment: Document) -> Document:
    return {"HasValidationErrors": False, "UpdatedDateUTCString": _updated_text(payment)}


def _bank_extras(org: Organisation, transaction: Document) -> Document:
    return {
        "Contact": _contact_of_document(transaction),
        "HasAttachments": bool(org.attachments.get(transaction["BankTransactionID"])),
    }


def _journal_extras(org: Organisation, journal: Document) -> Document:
    return {"HasAttachments": bool(org.attachments.get(journal["ManualJournalID"]))}


def _contact_extras(_: Organisation, __: Document) -> Document:
    return {"HasValidationErrors": False}


def _item_extras(_: Organisation, item: Document) -> Document:
    """The stock of a tracked item; none until a document moves it."""
    return stock.on_hand(item) if item["IsTrackedAsInventory"] else {}


def rounded_units(document: Document, unitdp: int) -> Document:
    """Round unit amounts for an answer: two decimals, or four when asked for."""
    places = Decimal(1).scaleb(-unitdp)
    if "LineItems" in document:
        lines = [
            line | {"UnitAmount": line["UnitAmount"].quantize(places, ROUND_HALF_UP)}
            for line in document["LineItems"]
        ]
        return document | {"LineItems": lines}
    for side in ("SalesDetails", "PurchaseDetails"):
        if "UnitPrice" in document.get(side, {}):
            price = document[side]["UnitPrice"].quantize(places, ROUND_HALF_UP)
            document = document | {side: document[side] | {"UnitPrice": price}}
    return document


def _plain(write: Callable[[Organisation, Document], Document]) -> Write:
    return lambda org, element, _: write(org, element)


_SETTINGS = ("accounting.settings",)
ENDPOINTS = (
    Endpoint(
        "Invoices",
        "InvoiceID",
        ("accounting.invoices",),
        lambda org: org.invoices,
        _fields(
            f"{_COMMON} {_CONTACT} InvoiceID InvoiceNumber DueDate AmountDue AmountPaid "
            "AmountCredited FullyPaidOnDate SentToContact CurrencyRate LineAmountTypes Url"
        ),
        put=invoices.create,
        post=invoices.create_or_update,
        paged=True,
        names=("InvoiceNumber",),
        light=("LineItems",),
        faulty="HasErrors",
        extras=_invoice_extras,
    ),
    Endpoint(
        "CreditNotes",
        "CreditNoteID",
        ("accounting.invoices",),
        lambda org: org.credit_notes,
        _fields(f"{_COMMON} {_CONTACT} CreditNoteID CreditNoteNumber RemainingCredit"),
        put=credit_notes.create,
        post=credit_notes.create_or_update,
        paged=True,
        names=("CreditNoteNumber",),
        light=("LineItems",),
        faulty="HasErrors",
        extras=_credit_note_extras,
    ),
    Endpoint(
        "Payments",
        "PaymentID",
        ("accounting.payments",),
        lambda org: org.payments,
        _fields(
            "PaymentID Date Amount Reference Status PaymentType IsReconciled UpdatedDateUTC "
            "CurrencyRate BankAmount Account.AccountID Account.Code Invoice.InvoiceID "
            "Invoice.InvoiceNumber Invoice.Type Invoice.CurrencyCode Invoice.Contact.ContactID "
            "Invoice.Contact.Name"
        ),
        put=_plain(payments.create),
        post=_plain(payments.create),
        paged=True,
        faulty="HasValidationErrors",
        extras=_payment_extras,
    ),
    Endpoint(
        "ManualJournals",
        "ManualJournalID",
        ("accounting.manualjournals",),
        lambda org: org.manual_journals,
        _fields("ManualJournalID Date Narration Status LineAmountTypes Url UpdatedDateUTC"),
        put=_plain(journals.create),
        post=_plain(journals.create_or_update),
        paged=True,
        light=("JournalLines",),
        extras=_journal_extras,
    ),
    Endpoint(
        "BankTransactions",
        "BankTransactionID",
        ("accounting.banktransactions",),
        lambda org: org.bank_transactions,
        _fields(
            f"{_COMMON} {_CONTACT} BankTransactionID IsReconciled BankAccount.AccountID "
            "BankAccount.Code BankAccount.Name LineAmountTypes Url"
        ),
        put=bank.create,
        post=bank.create_or_update,
        paged=True,
        light=("LineItems",),
        extras=_bank_extras,
    ),
    Endpoint(
        "BankTransfers",
        "BankTransferID",
        ("accounting.banktransactions",),
        lambda org: org.bank_transfers,
        _fields(
            "BankTransferID Date Amount Reference Status FromIsReconciled ToIsReconciled "
            "FromBankAccount.AccountID ToBankAccount.AccountID FromBankAccount.Code "
            "ToBankAccount.Code CreatedDateUTC"
        ),
        put=_plain(bank.transfer),
        post=_plain(bank.delete_transfer),
    ),
    Endpoint(
        "Contacts",
        "ContactID",
        ("accounting.contacts",),
        lambda org: org.contacts,
        _fields(
            "ContactID ContactNumber Name ContactStatus EmailAddress FirstName LastName "
            "AccountNumber IsSupplier IsCustomer UpdatedDateUTC"
        ),
        put=_plain(contacts.create),
        post=_plain(contacts.create_or_update),
        paged=True,
        names=("ContactNumber",),
        light=("Addresses", "Phones", "ContactPersons"),
        faulty="HasValidationErrors",
        extras=_contact_extras,
    ),
    Endpoint(
        "Items",
        "ItemID",
        ("accounting.settings", "accounting.invoices"),
        lambda org: org.items,
        _fields("ItemID Code Name Description IsSold IsPurchased UpdatedDateUTC"),
        put=settings.create_item,
        post=settings.create_or_update_item,
        names=("Code",),
        write_scopes=_SETTINGS,
        extras=_item_extras,
    ),
    Endpoint(
        "Accounts",
        "AccountID",
        _SETTINGS,
        lambda org: org.accounts,
        _fields(
            "AccountID Code Name Type Class Status TaxType SystemAccount BankAccountType "
            "BankAccountNumber CurrencyCode EnablePaymentsToAccount Description UpdatedDateUTC"
        ),
        put=_plain(settings.create_account),
    ),
    Endpoint(
        "TaxRates",
        "TaxType",
        _SETTINGS,
        lambda org: org.tax_rates,
        _fields("TaxType Name Status ReportTaxType EffectiveRate DisplayTaxRate"),
        dated=False,
    ),
    Endpoint(
        "TrackingCategories",
        "TrackingCategoryID",
        _SETTINGS,
        lambda org: org.tracking,
        _fields("TrackingCategoryID Name Status"),
        put=_plain(tracking.create_category),
        dated=False,
    ),
)
