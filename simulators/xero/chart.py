"""The chart of accounts and the tax rates: what may stand on a document, and with which tax."""

from __future__ import annotations

from decimal import Decimal

from simulators.xero.errors import (
    Invalid,
    account_archived,
    account_not_valid,
    negative_quantity,
    tax_type_not_for_account,
    tax_type_unknown,
)
from simulators.xero.values import Document

CLASSES = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"), "EXPENSE"),
    **dict.fromkeys(("OTHERINCOME", "REVENUE", "SALES"), "REVENUE"),
    "EQUITY": "EQUITY",
}
_TAX_FLAGS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
# Accounts that Xero keeps itself; only the tax and the rounding account take lines of documents.
OPEN_SYSTEM_ACCOUNTS = ("", "GST", "ROUNDING")


def check_line_account(account: Document, *, journal: bool = False, tracked: bool = False) -> None:
    """Refuse an account that may not stand on a line.

    Bank, receivable, payable and retained earnings accounts never may; inventory accounts only
    on the line of a tracked item, and not in a journal (facts/xero-qbo.md 3.5, 4.1, 4.3).
    """
    label = account.get("Code") or account["AccountID"]
    if account["Status"] != "ACTIVE":
        raise Invalid(account_archived(label))
    inventory = account["Type"] == "INVENTORY" and (journal or not tracked)
    system = account.get("SystemAccount", "") not in OPEN_SYSTEM_ACCOUNTS
    if account["Type"] == "BANK" or inventory or system:
        raise Invalid(account_not_valid(label))


def check_tracked_line(
    item: Document | None, quantity: Decimal, account: Document, *, sale: bool
) -> None:
    """Refuse a line of a tracked item that is negative, or is bought on another account.

    Xero's pages let nobody choose another account for a purchase; its words are not known.
    """
    if item is None or not item["IsTrackedAsInventory"]:
        return
    if quantity < 0:
        raise Invalid(negative_quantity(quantity))
    asset = item["InventoryAssetAccountCode"]
    if not sale and account.get("Code") != asset:
        raise Invalid(
            f"Account code '{account.get('Code')}' cannot be used with the tracked item "
            f"'{item['Code']}': it is bought on account '{asset}'"
        )


def check_tax(tax_rate: Document | None, tax_type: str, account: Document) -> Document:
    """Refuse a tax type that is unknown, out of use, or not for the account's class."""
    label = account.get("Code") or account["AccountID"]
    if tax_rate is None or tax_rate["Status"] != "ACTIVE":
        raise Invalid(tax_type_unknown(tax_type), tax_type_not_for_account(tax_type, label))
    if not tax_rate[_TAX_FLAGS[account["Class"]]]:
        raise Invalid(tax_type_not_for_account(tax_type, label))
    return tax_rate
