"""The organisation as an app sees it, and the accounts and items that an app may change."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from simulators.xero.chart import CLASSES
from simulators.xero.errors import DOCUMENT_UNKNOWN, Invalid, account_not_valid
from simulators.xero.organisation import Organisation
from simulators.xero.stock import nothing_on_hand
from simulators.xero.values import Document, new_id

_LONGEST_ACCOUNT = {"Code": 10, "Name": 150, "Description": 4000}
_XEROS_OWN = {"ItemID", "QuantityOnHand", "TotalCostPool", "IsTrackedAsInventory"}
_LONGEST_ITEM = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}


def described(org: Organisation) -> Document:
    """Describe the organisation as `GET /Organisation` does."""
    return {
        "Name": org.name,
        "LegalName": org.name,
        "PaysTax": True,
        "Version": "UK",
        "OrganisationType": "COMPANY",
        "BaseCurrency": org.base_currency,
        "CountryCode": org.country,
        "IsDemoCompany": True,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY",
        "DefaultSalesTax": "Tax Inclusive",
        "DefaultPurchasesTax": "Tax Inclusive",
        **org.lock_dates,
        "CreatedDateUTC": org.created,
        "OrganisationEntityType": "COMPANY",
        "Timezone": org.timezone,
        "ShortCode": "!demo1",
        "OrganisationID": org.organisation_id,
        "Edition": "BUSINESS",
        "Class": "DEMO",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }


# The key actions of Xero's own example (OpenAPI, getOrganisationActions).
_ACTIONS = (
    *("CreateApprovedInvoice", "CreateDraftPurchaseOrder", "CreateApprovedBill"),
    *("AttachFilesIntoInvoice", "UseMulticurrency", "CreateDraftInvoice"),
    *("CreateRepeatingInvoice", "CreateRepeatingBill", "CreateSentQuote", "CreateInvoicePayment"),
    *("CreateApprovedPurchaseOrder", "CreateDraftQuote", "CreateDraftBill"),
)


def actions(org: Organisation) -> list[Document]:
    """List what the app may do in the organisation, as its plan and its user allow."""
    return [
        {"Name": name, "Status": "NOT-ALLOWED" if name in org.forbidden_actions else "ALLOWED"}
        for name in _ACTIONS
    ]


def create_account(org: Organisation, element: Document) -> Document:
    """Create an account of the chart."""
    kind = element.get("Type", "")
    if kind not in CLASSES:
        raise Invalid(f"Account type '{kind}' is not valid")
    fresh: Document = {
        "AccountID": new_id(),
        "Status": "ACTIVE",
        "TaxType": {"EXPENSE": "INPUT2", "REVENUE": "OUTPUT2"}.get(CLASSES[kind], "NONE"),
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "SystemAccount": "",
        "HasAttachments": False,
    }
    if kind == "BANK":
        fresh |= {"BankAccountType": "BANK", "CurrencyCode": org.base_currency, "TaxType": "NONE"}
    return _saved_account(org, fresh | _given(element), None)


def update_account(org: Organisation, known: Document, element: Document) -> Document:
    """Change an account, or archive it; its type and what Xero keeps of it stay."""
    if element.get("Status", "ACTIVE") != "ACTIVE" and known["SystemAccount"]:
        raise Invalid("System accounts cannot be archived or deleted")
    changed = known | _given(element)
    if changed["Type"] != known["Type"] and known["Type"] == "BANK":
        raise Invalid("The type of a bank account cannot be changed")
    return _saved_account(org, changed, known)


def _given(element: Document) -> Document:
    kept = {"AccountID", "SystemAccount", "Class", "UpdatedDateUTC", "HasAttachments"}
    return {name: value for name, value in element.items() if name not in kept}


def _saved_account(org: Organisation, account: Document, known: Document | None) -> Document:
    faults = _too_long(account, _LONGEST_ACCOUNT)
    bank = account["Type"] == "BANK"
    if not account.get("Name"):
        faults.append("The account name must be specified")
    if not account.get("Code") and not bank:
        faults.append("The account code must be specified")
    for field in ("Name", "Code"):
        if any(other is not known for other in org.accounts.named(field, account.get(field, ""))):
            faults.append(f"Please enter a unique {field}.")
    if account["TaxType"] not in {rate["TaxType"] for rate in org.tax_rates}:
        faults.append(f"The TaxType code {account['TaxType']} does not exist")
    if bank and not account.get("BankAccountNumber"):
        faults.append("The bank account number must be specified")
    if faults:
        raise Invalid(*faults)
    if bank:
        org.check_currency(account["CurrencyCode"])
    return org.save(org.accounts, account | {"Class": CLASSES[account["Type"]]})


def create_item(org: Organisation, element: Document, unitdp: int) -> Document:
    """Create an item; its code must be free."""
    code = element.get("Code", "")
    if org.items.named("Code", code):
        raise Invalid(f"Price List Item with Code '{code}' already exists")
    fresh: Document = {
        "ItemID": new_id(),
        "Name": code,
        "Description": "",
        "PurchaseDescription": "",
        "IsSold": True,
        "IsPurchased": True,
        "SalesDetails": {},
        "PurchaseDetails": {},
    }
    given = {name: value for name, value in element.items() if name not in _XEROS_OWN}
    return _saved_item(org, fresh | given, unitdp)


def create_or_update_item(org: Organisation, element: Document, unitdp: int) -> Document:
    """Update the item with the id, else with the code; create what is not there.

    Fields that the element leaves out stay as they were.
    """
    known = org.items.get(element["ItemID"]) if "ItemID" in element else None
    if known is None and "ItemID" in element:
        raise Invalid(DOCUMENT_UNKNOWN)
    named = org.items.named("Code", element.get("Code", ""))
    if known is None:
        if not named:
            return create_item(org, element, unitdp)
        known = named[0]
    elif named and named[0] is not known:
        raise Invalid(f"Price List Item with Code '{element['Code']}' already exists")
    given = {name: value for name, value in element.items() if name not in _XEROS_OWN}
    return _saved_item(org, known | given, unitdp)


def _saved_item(org: Organisation, item: Document, unitdp: int) -> Document:
    faults = _too_long(item, _LONGEST_ITEM)
    if not item.get("Code"):
        faults.append("The item code must be specified")
    for side, sold in (("SalesDetails", "IsSold"), ("PurchaseDetails", "IsPurchased")):
        details = item[side] if item[sold] else {}
        faults += _faults_of_details(org, details)
        if "UnitPrice" in details:
            places = Decimal(1).scaleb(-unitdp)
            price = details["UnitPrice"].quantize(places, ROUND_HALF_UP)
            details = details | {"UnitPrice": price}
        item = item | {side: details}
    tracked = bool(item.get("InventoryAssetAccountCode"))
    if tracked:
        asset = org.account({"Code": item["InventoryAssetAccountCode"]})
        if asset is None or asset["Type"] != "INVENTORY":
            faults.append(account_not_valid(item["InventoryAssetAccountCode"]))
        if not item["PurchaseDetails"].get("COGSAccountCode"):
            faults.append("A tracked item must have a cost of goods sold account")
        item = nothing_on_hand() | item
    if faults:
        raise Invalid(*faults)
    return org.save(org.items, item | {"IsTrackedAsInventory": tracked})


def _faults_of_details(org: Organisation, details: Document) -> list[str]:
    faults = []
    for field in ("AccountCode", "COGSAccountCode"):
        if field in details:
            try:
                org.account({"Code": details[field]})
            except Invalid as invalid:
                faults += invalid.messages
    if "TaxType" in details and org.tax_rates.get(details["TaxType"]) is None:
        faults.append(f"The TaxType code {details['TaxType']} does not exist")
    return faults


def _too_long(document: Document, longest: dict[str, int]) -> list[str]:
    return [
        f"The {field} field cannot have more than {most} characters"
        for field, most in longest.items()
        if len(document.get(field) or "") > most
    ]
