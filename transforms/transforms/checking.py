"""The maps against what Xero has: everything that a first run would hold or Xero would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from transforms.charts import Chart, Element, in_use
from transforms.ledger.book import JOIN, Book, Marketplace
from transforms.ledger.classes import (
    JOINING_CLASSES,
    REVENUE_CLASSES,
    SETTLEMENT_CLASSES,
    Treatment,
)
from transforms.ledger.lines_to_add import line_to_add

# Xero keeps these itself; GST and ROUNDING alone take lines of documents.
_OPEN_SYSTEM_ACCOUNTS = ("", "GST", "ROUNDING")
_CLEARING_TYPES = ("CURRENT", "CURRLIAB")
_CLASS_OF_TYPE = {
    "REVENUE": "revenue",
    "SALES": "revenue",
    "OTHERINCOME": "revenue",
    "EXPENSE": "expenses",
    "OVERHEADS": "expenses",
    "DIRECTCOSTS": "expenses",
    "CURRENT": "assets",
    "PREPAYMENT": "assets",
    "FIXED": "assets",
    "NONCURRENT": "assets",
    "CURRLIAB": "liabilities",
    "LIABILITY": "liabilities",
    "TERMLIAB": "liabilities",
    "EQUITY": "equity",
}
_BY_TREATMENT = REVENUE_CLASSES | {"refund", "goodwill", "chargeback", "a_to_z"}


class Finding(NamedTuple):
    """One thing that is wrong: where it is named, what is wrong, and what to do."""

    where: str
    found: str
    do: str


@dataclass(frozen=True, slots=True)
class _Use:
    account: str
    tax_type: str
    where: str


def findings(book: Book, chart: Chart, day: date) -> Iterator[Finding]:
    """Check maps that are well formed in themselves against a chart, as they stand on a day."""
    yield from _missing_classes(book, day)
    accounts = chart.by_code("accounts")
    for use in _uses(book):
        yield from _account(use, accounts)
        yield from _tax_type(use, accounts.get(use.account), chart)
    for marketplace in book.marketplaces:
        yield from _taxed_twice(marketplace, book, chart, day)
        yield from _marketplace(marketplace, accounts, chart["accounts"])
    yield from _tracking(book, chart)
    yield from _items(book, chart)


def _missing_classes(book: Book, day: date) -> Iterator[Finding]:
    """Each class that has no account somewhere: its first row would hold the settlement."""
    holds = {"suspense"} if book.choices.unknown_rows == "hold" else set()
    for marketplace in book.marketplaces:
        for name in [*sorted(SETTLEMENT_CLASSES - holds), "rollover"]:
            treatments = Treatment if name in _BY_TREATMENT else [Treatment.NONE]
            for treatment in treatments:
                rule = book.account(name, marketplace.name, day, treatment)
                joins = rule is not None and rule.account == JOIN and name in JOINING_CLASSES
                if joins or (rule is not None and rule.account not in ("", JOIN)):
                    continue
                line = line_to_add(name, marketplace.name, treatment, "", "ACCOUNT", "TAX_TYPE")
                found = f"class {name} has no account at {marketplace.name}"
                yield Finding("accounts.csv", found, f"add a line {line}")
                break


def _uses(book: Book) -> Iterator[_Use]:
    for rule in book.accounts:
        if rule.account not in ("", JOIN):
            where = f"accounts.csv, line {rule.line}, {rule.accounting_class}"
            yield _Use(rule.account, rule.tax_type, where)
    for sku in book.skus:
        if sku.account or sku.tax_type:
            where = f"skus.csv, line {sku.line}, {sku.seller_sku}"
            yield _Use(sku.account, sku.tax_type, where)


def _account(use: _Use, accounts: dict[str, Element]) -> Iterator[Finding]:
    if not use.account:
        return
    account = accounts.get(use.account)
    if account is None:
        do = "make it in Xero, or name another"
        yield Finding(use.where, f"Xero has no account {use.account}", do)
    elif words := _closed(account):
        found = f"account {use.account} {account.get('name')}: {words}"
        yield Finding(use.where, found, "name another")


def _closed(account: Element) -> str:
    """Say why no line may stand on an account; empty when one may."""
    kind = str(account.get("type") or "")
    if not in_use(account):
        return "it is archived"
    if kind in {"BANK", "INVENTORY"}:
        return f"an account of type {kind} takes no such lines"
    if (system := str(account.get("systemaccount") or "")) not in _OPEN_SYSTEM_ACCOUNTS:
        return f"Xero keeps it itself ({system})"
    return ""


def _tax_type(use: _Use, account: Element | None, chart: Chart) -> Iterator[Finding]:
    rates = chart.tax_types()
    if not (rates and use.tax_type):
        return
    rate = rates.get(use.tax_type)
    if rate is None:
        do = f"Xero has {', '.join(sorted(rates))}"
        yield Finding(use.where, f"Xero has no tax type {use.tax_type}", do)
        return
    kind = _CLASS_OF_TYPE.get(str(account.get("type"))) if account else None
    if account and kind and rate.get(f"canapplyto{kind}") is False:
        found = f"{use.tax_type} may not be used with account {use.account} {account.get('name')}"
        yield Finding(use.where, found, "choose a tax type for its kind of account")


def _taxed_twice(
    marketplace: Marketplace, book: Book, chart: Chart, day: date
) -> Iterator[Finding]:
    """Sales with a tax inside them, whose tax rows stand on an account of their own as well."""
    where = (marketplace.name, day, Treatment.TAXED)
    tax = book.account("tax_collected", *where)
    if tax is None or tax.account in ("", JOIN):
        return
    for name in ("sales", "refund"):
        rule = book.account(name, *where)
        rate = chart.tax_types().get(rule.tax_type, {}) if rule else {}
        if rule and Decimal(str(rate.get("effectiverate") or 0)):
            found = (
                f"{rule.tax_type} finds tax inside {name} of {marketplace.name}, whose tax rows "
                f"have account {tax.account}: it would count twice"
            )
            do = "take a tax type without tax here, or `=` as the account of tax_collected"
            yield Finding(f"accounts.csv, line {rule.line}, {name}", found, do)


def _marketplace(
    marketplace: Marketplace, accounts: dict[str, Element], everything: list[Element]
) -> Iterator[Finding]:
    where = f"marketplaces.csv, {marketplace.name}"
    if marketplace.posting == "orders":
        yield from _clearing(marketplace.clearing_account, where, accounts)
    if not marketplace.bank_account:
        return
    bank = next((each for each in everything if _is_bank(each, marketplace.bank_account)), None)
    if bank is None:
        found = f"Xero has no bank account {marketplace.bank_account}"
        yield Finding(where, found, "add it in Xero, or name another in bank_account")
    elif bank.get("currencycode") not in (None, "", marketplace.currency):
        found = f"{bank.get('name')} is in {bank['currencycode']}, not {marketplace.currency}"
        yield Finding(where, found, "name a bank account in the marketplace's currency")


def _is_bank(account: Element, named: str) -> bool:
    """Bank accounts need no code in Xero: the maps may name one instead."""
    known = (str(account.get("code")), str(account.get("name")))
    return account.get("type") == "BANK" and in_use(account) and named in known


def _clearing(code: str, where: str, accounts: dict[str, Element]) -> Iterator[Finding]:
    account = accounts.get(code)
    if account is None:
        do = "make a Current Asset account with payments enabled"
        yield Finding(where, f"Xero has no clearing account {code}", do)
    elif account.get("type") == "BANK" and in_use(account):
        return
    elif account.get("type") not in _CLEARING_TYPES or _closed(account):
        found = f"clearing account {code} {account.get('name')} takes no journals or payments"
        yield Finding(where, found, "name a Current Asset or Current Liability account")
    elif account.get("enablepaymentstoaccount") is not True:
        do = "tick `Enable payments to this account` in Xero, Chart of accounts"
        yield Finding(where, f"account {code} {account.get('name')} takes no payments", do)


def _tracking(book: Book, chart: Chart) -> Iterator[Finding]:
    wanted = book.choices.tracking_category
    used = [each.tracking_option for each in book.marketplaces if each.tracking_option]
    if not (wanted and used and "tracking_categories" in chart):
        return
    category = next((c for c in chart["tracking_categories"] if c.get("name") == wanted), None)
    if category is None:
        do = "`meltano invoke target-xero:check --create-tracking` makes it"
        yield Finding("books.yml", f"Xero has no tracking category {wanted}", do)
        return
    there = {str(each.get("name")) for each in category.get("options") or () if in_use(each)}
    for option in dict.fromkeys(used):
        if option not in there:
            do = "`meltano invoke target-xero:check --create-tracking` makes it"
            found = f"{wanted} has no option {option} in Xero"
            yield Finding("marketplaces.csv", found, do)


def _items(book: Book, chart: Chart) -> Iterator[Finding]:
    """Items that Xero lacks, unless the run makes them from the listings."""
    if book.choices.items != "none":
        return
    there = chart.by_code("items")
    first = {sku.item_code: sku for sku in reversed(book.skus) if sku.item_code}
    for code, sku in reversed(first.items()) if "items" in chart else ():
        if code not in there:
            do = "make it in Xero (untracked), or correct skus.csv"
            yield Finding(f"skus.csv, line {sku.line}", f"Xero has no item {code}", do)
