"""Checks of the chart: the accounts, tax types and items that the maps name; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from target_xero.findings import Finding, fault, good, note, warning
from target_xero.named import Named, Use

Element = dict[str, Any]

_CLEARING_TYPES = ("CURRENT", "CURRLIAB")
# System accounts that take lines of documents; the others are Xero's own (facts: 3.8).
_OPEN_SYSTEM_ACCOUNTS = ("", "GST", "ROUNDING")
_FITS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
_MOST_NAMED = 3
MOST_TRACKED = 4_000
"""Tracked items that Xero advises not to exceed (facts: 3.7)."""


def accounts(named: Named, chart: Sequence[Element]) -> Iterator[Finding]:
    """Each account that a class or an SKU is posted to: there, in use, and open to lines."""
    by_code = {str(each.get("Code")): each for each in chart if each.get("Code")}
    for code, where in _grouped((use.account, use.where) for use in named.uses if use.account):
        account = by_code.get(code)
        subject = f"account {code}"
        if account is None:
            do = f"make it in Xero, or correct {where}"
            yield fault(subject, "Xero has no such account", do)
        elif words := _closed(account):
            yield fault(subject, f"{account.get('Name')}: {words}", f"correct {where}")
        else:
            yield good(subject, f"{account.get('Name')}, {account.get('Type')}")


def clearing_accounts(named: Named, chart: Sequence[Element]) -> Iterator[Finding]:
    """Each clearing account: an asset or liability that takes payments, or a bank account."""
    by_code = {str(each.get("Code")): each for each in chart if each.get("Code")}
    for each in named.marketplaces:
        if each.posting != "orders":
            continue
        code, subject = each.clearing_account, f"clearing account of {each.name}"
        account = by_code.get(code)
        if account is None:
            yield fault(
                subject,
                f"Xero has no account {code or '(none is named)'}",
                "make a Current Asset account with payments enabled, or correct marketplaces.csv",
            )
        elif account.get("Status", "ACTIVE") != "ACTIVE":
            yield fault(subject, f"{code} is archived", "restore it in Xero")
        elif each.clearing_type == "bank":
            yield _clearing_at_a_bank(subject, account, each.currency)
        elif account.get("Type") not in _CLEARING_TYPES or account.get("SystemAccount"):
            kind = account.get("SystemAccount") or account.get("Type")
            yield fault(
                subject,
                f"{code} {account.get('Name')} is {kind}: journals or payments cannot use it",
                "name a Current Asset (or Current Liability) account in marketplaces.csv",
            )
        elif account.get("EnablePaymentsToAccount") is not True:
            do = "tick `Enable payments to this account` in Xero, Chart of accounts"
            yield fault(subject, f"{code} {account.get('Name')} takes no payments", do)
        else:
            found = f"{code} {account.get('Name')}, {account.get('Type')}, payments enabled"
            yield good(subject, found)


def _clearing_at_a_bank(subject: str, account: Element, currency: str) -> Finding:
    """A clearing account that is a bank account, in the currency that it clears."""
    found = f"{account.get('Code')} {account.get('Name')}, {account.get('Type')}"
    if account.get("Type") != "BANK":
        do = "name a bank account without a feed, or take clearing_type bank out"
        return fault(subject, f"{found}: marketplaces.csv says clearing_type bank", do)
    held_in = account.get("CurrencyCode", currency)
    if held_in != currency:
        do = f"name a bank account in {currency} in marketplaces.csv"
        return fault(subject, f"{found}, is in {held_in}, the settlements in {currency}", do)
    return good(subject, f"{found}, {currency}: journals become money spent or received")


def tax_types(
    named: Named, chart: Sequence[Element], rates: Sequence[Element]
) -> Iterator[Finding]:
    """Each tax type: there, in use, and meant for the class of the accounts it stands with."""
    by_type = {str(each.get("TaxType")): each for each in rates}
    by_code = {str(each.get("Code")): each for each in chart if each.get("Code")}
    uses: dict[str, list[Use]] = defaultdict(list)
    for use in named.uses:
        if use.tax_type:
            uses[use.tax_type].append(use)
    for tax_type, asked in uses.items():
        rate = by_type.get(tax_type)
        subject = f"tax type {tax_type}"
        if rate is None or rate.get("Status", "ACTIVE") != "ACTIVE":
            found = "Xero has no such tax type" if rate is None else "it is not in use in Xero"
            known = ", ".join(sorted(name for name in by_type if name))
            do = f"correct {_shown([use.where for use in asked])}; Xero has {known}"
            yield fault(subject, found, do)
            continue
        misfits = [
            use for use in asked if (account := by_code.get(use.account)) and _misfit(rate, account)
        ]
        if misfits:
            codes = ", ".join(dict.fromkeys(use.account for use in misfits))
            do = f"choose another in {_shown([use.where for use in misfits])}"
            yield fault(subject, f"{rate.get('Name')} may not be used with account {codes}", do)
        else:
            yield good(subject, str(rate.get("Name")))


def items(named: Named, there: Sequence[Element]) -> Iterator[Finding]:
    """The items that skus.csv names: there, and best untracked."""
    by_code = {str(each.get("Code")): each for each in there}
    missing = [code for code in named.items if code not in by_code]
    tracked = [
        code for code in named.items if by_code.get(code, {}).get("IsTrackedAsInventory") is True
    ]
    for code in missing if not named.makes_items else ():
        do = "make it in Xero (untracked), or correct skus.csv"
        yield fault(f"item {code}", "Xero has no such item", do)
    if named.tracks_stock:
        yield from _stock(by_code, named)
    elif tracked:
        do = "Xero advises against tracked stock for marketplaces: its quantity must suffice"
        yield warning("items", f"tracked as inventory: {_shown(tracked)}", do)
    if missing and named.makes_items:
        yield note("items", f"{_shown(missing)}: made by the run that reads the listings")
    elif named.items and not missing:
        yield good("items", f"all {len(named.items)} of skus.csv are in Xero")


def _stock(by_code: Mapping[str, Element], named: Named) -> Iterator[Finding]:
    """What stock_to_xero needs: items that are tracked, and not more than Xero bears."""
    number = sum(each.get("IsTrackedAsInventory") is True for each in by_code.values())
    untracked = [
        code
        for code in named.items
        if code in by_code and by_code[code].get("IsTrackedAsInventory") is not True
    ]
    if untracked:
        do = "track them in Xero, or their stock is held"
        yield warning("stock", f"not tracked as inventory: {_shown(untracked)}", do)
    if number > MOST_TRACKED:
        do = "leave some untracked: Xero advises against more"
        yield warning("stock", f"{number:,} items are tracked, Xero bears {MOST_TRACKED:,}", do)
    elif not untracked:
        yield good("stock", f"{number} items are tracked as inventory")


def _closed(account: Element) -> str:
    """Say why no line may stand on an account; empty when one may."""
    if account.get("Status", "ACTIVE") != "ACTIVE":
        return "it is archived"
    if account.get("Type") == "BANK":
        return "a bank account takes no lines"
    if account.get("Type") == "INVENTORY":
        return "an inventory account takes only lines of tracked items"
    if (system := account.get("SystemAccount") or "") not in _OPEN_SYSTEM_ACCOUNTS:
        return f"Xero keeps it itself ({system})"
    return ""


def _misfit(rate: Element, account: Element) -> bool:
    return rate.get(_FITS.get(str(account.get("Class")), "")) is False


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give each key once, with where it is named."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, where in pairs:
        found[key].append(where)
    for key, places in found.items():
        yield key, _shown(places)


def _shown(places: Sequence[str]) -> str:
    more = len(places) - _MOST_NAMED
    return "; ".join(places[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
