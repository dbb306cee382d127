"""The demo seller's books: a UK organisation with the chart that the example maps name."""

from __future__ import annotations

from decimal import Decimal

from simulators.clock import Clock
from simulators.xero.identity import App
from simulators.xero.organisation import Organisation

CLIENT_ID = "DEMOXEROCLIENT"
CLIENT_SECRET = "demo-xero-secret"
OAUTH_CLIENT_ID = "DEMOXEROOAUTH"
OAUTH_CLIENT_SECRET = "demo-oauth-secret"
OAUTH_REFRESH_TOKEN = "demo-refresh-token"
OAUTH_REDIRECT_URI = "http://localhost:8765/callback"

_SALES_TAX, _COSTS_TAX = "OUTPUT2", "INPUT2"
_ACCOUNTS = (
    ("200", "Amazon Sales", "REVENUE"),
    ("201", "Amazon Shipping Income", "REVENUE"),
    ("202", "Amazon Gift Wrap Income", "REVENUE"),
    ("203", "Amazon Discounts", "REVENUE"),
    ("204", "Amazon Refunds", "REVENUE"),
    ("210", "Amazon Sales Germany", "REVENUE"),
    ("214", "Amazon Refunds Germany", "REVENUE"),
    ("270", "Amazon Reimbursements", "OTHERINCOME"),
    ("271", "Other Amazon Income", "OTHERINCOME"),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS"),
    ("400", "Amazon Advertising", "OVERHEADS"),
    ("401", "Amazon Selling Fees", "DIRECTCOSTS"),
    ("402", "FBA Fees", "DIRECTCOSTS"),
    ("403", "Amazon Storage Fees", "OVERHEADS"),
    ("405", "Amazon Subscription and Services", "OVERHEADS"),
    ("612", "Amazon Reserves", "CURRENT"),
    ("613", "Amazon Rollover", "CURRENT"),
    ("615", "Amazon Suspense", "CURRENT"),
    ("630", "Inventory", "INVENTORY"),
    ("825", "German VAT", "CURRLIAB"),
    ("826", "Marketplace Tax Withheld", "CURRLIAB"),
    ("830", "Amazon Debt", "CURRLIAB"),
)
_SYSTEM_ACCOUNTS = (
    ("120", "Accounts Receivable", "CURRENT", "DEBTORS"),
    ("499", "Realised Currency Gains", "EXPENSE", "REALISEDCURRENCYGAIN"),
    ("800", "Accounts Payable", "CURRLIAB", "CREDITORS"),
    ("820", "VAT", "CURRLIAB", "GST"),
    ("860", "Rounding", "EXPENSE", "ROUNDING"),
    ("960", "Retained Earnings", "EQUITY", "RETAINEDEARNINGS"),
)
# Code, name, percent, and the account classes that take it: assets, eQuity, expenses,
# liabilities, revenue; last its line in the tax return. As in Xero, sales tax does not go on
# expenses nor purchase tax on revenue.
_TAX_RATES = (
    ("OUTPUT2", "20% (VAT on Income)", "20", "AQLR", "OUTPUT"),
    ("INPUT2", "20% (VAT on Expenses)", "20", "AQEL", "INPUT"),
    ("RROUTPUT", "5% (VAT on Income)", "5", "AQLR", "OUTPUT"),
    ("RRINPUT", "5% (VAT on Expenses)", "5", "AQEL", "INPUT"),
    ("ZERORATEDOUTPUT", "Zero Rated Income", "0", "AQLR", "ZERORATEDOUTPUT"),
    ("ZERORATEDINPUT", "Zero Rated Expenses", "0", "AQEL", "ZERORATEDINPUT"),
    ("EXEMPTOUTPUT", "Exempt Income", "0", "AQLR", "EXEMPTOUTPUT"),
    ("EXEMPTINPUT", "Exempt Expenses", "0", "AQEL", "EXEMPTINPUT"),
    ("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "AQLR", "ECOUTPUTSERVICES"),
    ("NONE", "No VAT", "0", "AQELR", "NONE"),
)
# Code, name, and the price without VAT. Most are those of the listings; two have changed since,
# the oak lamp's point has slipped, and the blue mug has none.
_ITEMS = (
    ("WIDGET-S", "Widget, small", "7.0750"),
    ("WIDGET-L", "Widget, large", "12.4917"),
    ("GADGET-1", "Gadget", "14.9583"),
    ("LAMP-OAK", "Oak lamp", "3.5417"),
    ("MUG-BLUE", "Mug, blue", ""),
    ("MUG-GREEN", "Mug, green", "9.3750"),
    ("BOOK-ABC", "ABC book", "6.9900"),
    ("TOY-CAR", "Toy car", "12.2917"),
    ("CABLE-2M", "Cable, 2 m", "7.4917"),
)
_ZERO_RATED = ("BOOK-ABC",)


def demo_organisation(clock: Clock | None = None) -> Organisation:
    """Make the demo organisation, empty of documents and without lock dates."""
    org = Organisation("Demo Company (UK)", clock=clock)
    org.identity.register(App(CLIENT_ID, CLIENT_SECRET, custom=True))
    redirects = frozenset({OAUTH_REDIRECT_URI})
    org.identity.register(
        App(OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, custom=False, redirect_uris=redirects)
    )
    _consent(org)
    org.enable_currency("GBP", Decimal(1), "British Pound")
    org.enable_currency("EUR", Decimal("1.15"), "Euro")
    for tax_type, name, percent, classes, report in _TAX_RATES:
        org.add_tax_rate(tax_type, name, percent, classes, report)
    _add_accounts(org)
    org.add_tracking_category("Marketplace", ["Amazon.co.uk", "Amazon.de"])
    for code, name, price in _ITEMS:
        tax_type = "ZERORATEDOUTPUT" if code in _ZERO_RATED else _SALES_TAX
        sales = {"UnitPrice": Decimal(price)} if price else {}
        org.add_item(code, name, "200", TaxType=tax_type, **sales)
    return org


def _consent(org: Organisation) -> None:
    scopes = (
        "offline_access accounting.invoices accounting.payments accounting.banktransactions "
        "accounting.manualjournals accounting.contacts accounting.settings accounting.attachments"
    )
    org.identity.consent(OAUTH_CLIENT_ID, scopes, OAUTH_REFRESH_TOKEN)


def _add_accounts(org: Organisation) -> None:
    for code, name, currency, kind, number in (
        ("090", "Business Bank Account", "GBP", "BANK", "20000012345678"),
        ("095", "Euro Bank Account", "EUR", "BANK", "20000087654321"),
        ("097", "Company Credit Card", "GBP", "CREDITCARD", "4000"),
    ):
        details = {"BankAccountNumber": number, "BankAccountType": kind, "CurrencyCode": currency}
        org.add_account(code, name, "BANK", **details)
    for code, name, kind in _ACCOUNTS:
        tax = {"REVENUE": _SALES_TAX, "DIRECTCOSTS": _COSTS_TAX, "OVERHEADS": _COSTS_TAX}
        org.add_account(code, name, kind, TaxType=tax.get(kind, "NONE"))
    for code, name in (("610", "Amazon Clearing UK"), ("611", "Amazon Clearing Germany")):
        org.add_account(code, name, "CURRENT", EnablePaymentsToAccount=True)
    for code, name, kind, system in _SYSTEM_ACCOUNTS:
        org.add_account(code, name, kind, SystemAccount=system)
    org.add_account("999", "Archived Account", "EXPENSE", Status="ARCHIVED")
