"""How Xero writes and reads values: dates, instants, amounts, ids, in its field names.

A field's name says its kind, so that one table reads every request body and types every filter.
Xero reads JSON names in any case and numbers inside quotes; its own documented examples need both.
Documents are kept as dictionaries under Xero's names, with values in Python's own kinds.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

from simulators.xero.errors import Unparsable

Document = dict[str, Any]
Kind = Literal["guid", "date", "instant", "amount", "flag", "text", "nested"]

NO_ID = "00000000-0000-0000-0000-000000000000"
CENT = Decimal("0.01")
_MOST_DIGITS = 15

_NAMES: dict[Kind, str] = {
    "guid": "InvoiceID ContactID AccountID PaymentID CreditNoteID ManualJournalID ItemID "
    "BankTransactionID BankTransferID LineItemID TrackingCategoryID TrackingOptionID AllocationID "
    "BrandingThemeID RepeatingInvoiceID FromBankTransactionID ToBankTransactionID BatchPaymentID "
    "OrganisationID PrepaymentID OverpaymentID",
    "date": "Date DueDate ExpectedPaymentDate PlannedPaymentDate FullyPaidOnDate PeriodLockDate "
    "EndOfYearLockDate",
    "instant": "UpdatedDateUTC CreatedDateUTC DateUTC",
    "amount": "Quantity UnitAmount LineAmount TaxAmount DiscountRate DiscountAmount Amount "
    "BankAmount CurrencyRate SubTotal TotalTax Total AmountDue AmountPaid AmountCredited UnitPrice "
    "RemainingCredit AppliedAmount QuantityOnHand TotalCostPool Rate DisplayTaxRate EffectiveRate",
    "flag": "IsReconciled FromIsReconciled ToIsReconciled SentToContact EnablePaymentsToAccount "
    "ShowInExpenseClaims ShowOnCashBasisReports IsSold IsPurchased IsTrackedAsInventory "
    "HasAttachments HasErrors IsDiscounted IsSupplier IsCustomer AddToWatchlist HasAccount "
    "HasValidationErrors IncludeInEmails CanApplyToAssets CanApplyToEquity CanApplyToExpenses "
    "CanApplyToLiabilities CanApplyToRevenue IsCompound IsNonRecoverable IsBlank",
    "text": "Type Status Reference InvoiceNumber CreditNoteNumber LineAmountTypes CurrencyCode Url "
    "Description ItemCode AccountCode TaxType Option Name ContactNumber ContactStatus FirstName "
    "LastName EmailAddress AccountNumber CompanyNumber TaxNumber BankAccountDetails "
    "DefaultCurrency Code BankAccountNumber BankAccountType Class SystemAccount ReportingCode "
    "ReportingCodeName Narration Details PurchaseDescription InventoryAssetAccountCode "
    "COGSAccountCode ReportTaxType PaymentType AddressType AddressLine1 AddressLine2 AddressLine3 "
    "AddressLine4 City Region PostalCode Country AttentionTo PhoneType PhoneNumber PhoneAreaCode "
    "PhoneCountryCode AccountsReceivableTaxType AccountsPayableTaxType "
    "SalesDefaultLineAmountType PurchasesDefaultLineAmountType",
    "nested": "Contact LineItems Tracking Invoice CreditNote Account BankAccount FromBankAccount "
    "ToBankAccount JournalLines SalesDetails PurchaseDetails Addresses Phones ContactPersons "
    "ContactGroups PaymentTerms Allocations HistoryRecords FromTracking ToTracking Payments "
    "CreditNotes Prepayments Overpayments SalesTrackingCategories PurchasesTrackingCategories "
    "TaxComponents Options Bills Sales ValidationErrors Warnings Attachments",
}
KINDS: dict[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_SPELT = {name.lower(): name for name in KINDS}
_NET_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def money(amount: Decimal) -> Decimal:
    """Round to two decimals, halves away from zero (rounding-in-xero)."""
    return amount.quantize(CENT, ROUND_HALF_UP) + Decimal("0.00")  # and no negative zero


def new_id() -> str:
    """Make an id, as only Xero does."""
    return str(uuid.uuid4())


def is_guid(text: str) -> bool:
    """Tell whether a text is an id in the form that Xero reads."""
    try:
        return str(uuid.UUID(text)) == text.lower().strip("{}")
    except ValueError:
        return False


def net_date(moment: date | datetime) -> str:
    """Write `/Date(ms+0000)/`; a plain date is its midnight, shifted by no time zone."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return f"/Date({(moment - _EPOCH) // timedelta(milliseconds=1)}+0000)/"


def read(value: Any, seen: Callable[[str], None] = lambda _: None) -> Any:
    """Read a request body: Xero's spelling for names, Python's kinds for values.

    A null is as good as absent. A name nobody knows is dropped, as Xero does, and told to `seen`.
    """
    if isinstance(value, list):
        return [read(each, seen) for each in value]
    if not isinstance(value, Mapping):
        return value
    document: Document = {}
    for name, content in value.items():
        spelt = _SPELT.get(name.lower())
        if spelt is None:
            seen(name)
        elif content is not None:
            document[spelt] = _READERS[KINDS[spelt]](spelt, content, seen)
    return document


def _nested(name: str, value: Any, seen: Callable[[str], None]) -> Any:
    if not isinstance(value, Mapping | list):
        raise Unparsable(f"JSON for post data was invalid: {name} is not an object or a list")
    return read(value, seen)


def _text(name: str, value: Any, _: Any) -> str:
    if isinstance(value, Mapping | list | bool):
        raise Unparsable(f"JSON for post data was invalid: {name} is not a text")
    return str(value)


def _guid(name: str, value: Any, _: Any) -> str:
    if not isinstance(value, str) or not is_guid(value):
        raise Unparsable(f"JSON for post data was invalid: {name} {value!r} is not a valid GUID")
    return value.lower().strip("{}")


def _amount(name: str, value: Any, _: Any) -> Decimal:
    if not isinstance(value, bool) and isinstance(value, int | Decimal | str):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and (not amount or abs(amount.adjusted()) <= _MOST_DIGITS):
            return amount
    raise Unparsable(f"JSON for post data was invalid: {name} {value!r} is not a number")


def _flag(name: str, value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Unparsable(f"JSON for post data was invalid: {name} {value!r} is not true or false")


def _date(name: str, value: Any, _: Any) -> date:
    if isinstance(value, str):
        if found := _NET_DATE.fullmatch(value):
            return (_EPOCH + timedelta(milliseconds=int(found[1]))).date()
        try:
            # A time of day may follow; Xero keeps the date as written and no time zone shifts it.
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise Unparsable(f"JSON for post data was invalid: {name} {value!r} is not a date")


def _unread(_: str, value: Any, __: Any) -> Any:
    return value


_READERS: dict[Kind, Callable[[str, Any, Callable[[str], None]], Any]] = {
    "guid": _guid,
    "date": _date,
    "instant": _unread,
    "amount": _amount,
    "flag": _flag,
    "text": _text,
    "nested": _nested,
}


def shown(value: Any) -> Any:
    """Write a document for JSON: `/Date()/`, a `DateString` beside it, private parts left out."""
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    if isinstance(value, date):
        return net_date(value)
    if not isinstance(value, Mapping):
        return value
    answer: Document = {}
    for name, content in value.items():
        if name.startswith("_") or content is None:
            continue
        if name in ("Date", "DueDate") and isinstance(content, date):
            answer[f"{name}String"] = f"{content.isoformat()}T00:00:00"
        answer[name] = shown(content)
    return answer
