"""Lines of invoices, credit notes and bank transactions: priced, taxed and checked as Xero does.

Tax is rounded to two decimals on each line and then summed (rounding-in-xero). Unit amounts have
two decimals, or four with `unitdp=4`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from simulators.xero.chart import check_line_account, check_tax, check_tracked_line
from simulators.xero.errors import ACCOUNT_MISSING, NEGATIVE_TOTAL, NO_LINES, TAX_TOO_LARGE, Invalid
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money, new_id

LineAmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]
_LARGEST = Decimal("9999999999.99")
_LONGEST_DESCRIPTION = 4000
_MOST_TRACKING = 2
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class LineRules:
    """What a document asks of its lines; `complete` is for a document that reaches the ledger."""

    amounts: LineAmountTypes
    unitdp: int = 2
    complete: bool = True
    sale: bool = True
    discounts: bool = False
    kept_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Totals:
    """The sums of a document's lines."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def amount_types(document: Document, default: LineAmountTypes = "Exclusive") -> LineAmountTypes:
    """Read LineAmountTypes, in any case of letters."""
    asked = document.get("LineAmountTypes", default)
    for known in ("Exclusive", "Inclusive", "NoTax"):
        if asked.lower() == known.lower():
            return known
    raise Invalid(f"LineAmountTypes '{asked}' is not valid")


def tax_on(amount: Decimal, rate: Decimal, amounts: LineAmountTypes) -> Decimal:
    """Compute the tax on a line's amount at a rate in percent, to two decimals."""
    if amounts == "NoTax":
        return Decimal("0.00")
    whole = _HUNDRED + rate if amounts == "Inclusive" else _HUNDRED
    return money(amount * rate / whole)


def priced(org: Organisation, lines: Sequence[Document], rules: LineRules) -> list[Document]:
    """Price every line, or refuse with the faults of all of them."""
    if not lines and rules.complete:
        raise Invalid(NO_LINES)
    answer, faults = [], []
    for line in lines:
        try:
            answer.append(_priced(org, line, rules))
        except Invalid as invalid:
            faults += invalid.messages
    if faults:
        raise Invalid(*dict.fromkeys(faults))
    return answer


def totals(lines: Sequence[Document], amounts: LineAmountTypes) -> Totals:
    """Sum a document's lines; a negative total is refused."""
    lines_total = sum((line["LineAmount"] for line in lines), Decimal("0.00"))
    tax = sum((line["TaxAmount"] for line in lines), Decimal("0.00"))
    sub_total = lines_total - tax if amounts == "Inclusive" else lines_total
    if sub_total + tax < 0:
        raise Invalid(NEGATIVE_TOTAL)
    return Totals(sub_total, tax, sub_total + tax)


def net_of(line: Document, amounts: LineAmountTypes) -> Decimal:
    """Give what a line puts on its own account, without tax."""
    amount: Decimal = line["LineAmount"]
    return amount - line["TaxAmount"] if amounts == "Inclusive" else amount


def _priced(org: Organisation, line: Document, rules: LineRules) -> Document:
    if len(line.get("Description", "")) > _LONGEST_DESCRIPTION:
        raise Invalid(f"Description exceeds {_LONGEST_DESCRIPTION} characters")
    item = _item(org, line)
    line = _with_item_defaults(line, item, rules)
    account = org.account(line)
    if account is None and rules.complete:
        raise Invalid(ACCOUNT_MISSING)
    if account is not None:
        tracked = bool(item and item["IsTrackedAsInventory"])
        check_line_account(account, tracked=tracked)
        quantity = line.get("Quantity", Decimal(1))
        check_tracked_line(item, quantity, account, sale=rules.sale)
    answer = {
        "LineItemID": line["LineItemID"] if line.get("LineItemID") in rules.kept_ids else new_id(),
        "Description": line.get("Description"),
        **_amounts(line, rules),
        "ItemCode": line.get("ItemCode"),
        "AccountCode": account.get("Code") if account else None,
        "AccountID": account["AccountID"] if account else None,
        "Tracking": tracking(org, line),
    }
    return answer | _tax(org, line, account, answer["LineAmount"], rules)


def tracking(org: Organisation, line: Document) -> list[Document]:
    """Find the tracking options of a line, at most two."""
    asked = line.get("Tracking", [])
    if len(asked) > _MOST_TRACKING:
        raise Invalid(f"A line can have {_MOST_TRACKING} tracking categories at most")
    return [org.tracking_option(each) for each in asked if each]


def _item(org: Organisation, line: Document) -> Document | None:
    code = line.get("ItemCode")
    if not code:
        return None
    found = org.items.named("Code", code)
    if not found:
        raise Invalid(f"Item code '{code}' is not valid")
    return found[0]


def _with_item_defaults(line: Document, item: Document | None, rules: LineRules) -> Document:
    if item is None:
        return line
    details = item["SalesDetails" if rules.sale else "PurchaseDetails"]
    defaults = {"Description": item["Description" if rules.sale else "PurchaseDescription"]}
    if "LineAmount" not in line:
        defaults["UnitAmount"] = details.get("UnitPrice")
    if "AccountID" not in line:
        defaults["AccountCode"] = details.get("AccountCode")
        if not rules.sale and item["IsTrackedAsInventory"]:
            defaults["AccountCode"] = item["InventoryAssetAccountCode"]
    defaults["TaxType"] = details.get("TaxType")
    return {name: value for name, value in defaults.items() if value} | line


def _amounts(line: Document, rules: LineRules) -> Document:
    quantity = line.get("Quantity", Decimal(1)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    places = Decimal(1).scaleb(-rules.unitdp)
    if "UnitAmount" in line:
        unit = line["UnitAmount"]
    else:
        unit = line.get("LineAmount", Decimal(0)) / (quantity or Decimal(1))
    unit = unit.quantize(places, ROUND_HALF_UP)
    expected = quantity * unit
    discount: Document = {
        name: line[name] for name in ("DiscountRate", "DiscountAmount") if name in line
    }
    if discount and not rules.discounts:
        raise Invalid("Discounts are only available on sales invoices and quotes")
    if discount.get("DiscountRate"):
        expected *= 1 - discount["DiscountRate"] / _HUNDRED
    expected -= discount.get("DiscountAmount", Decimal(0))
    if abs(expected) > _LARGEST:
        raise Invalid(f"The line total cannot be more than {_LARGEST}")
    expected = money(expected)
    amount = line.get("LineAmount", expected)
    if amount != expected:
        raise Invalid(
            f"The line total {amount:.2f} does not match the expected line total {expected:.2f}"
        )
    return {"Quantity": quantity, "UnitAmount": unit, "LineAmount": expected, **discount}


def _tax(
    org: Organisation,
    line: Document,
    account: Document | None,
    amount: Decimal,
    rules: LineRules,
) -> Document:
    if rules.amounts == "NoTax":
        return {"TaxType": "NONE", "TaxAmount": Decimal("0.00")}
    tax_type = line.get("TaxType") or (account["TaxType"] if account else None)
    if not tax_type:
        return {"TaxType": None, "TaxAmount": Decimal("0.00")}
    rate = org.tax_rates.get(tax_type)
    if account is not None:
        rate = check_tax(rate, tax_type, account)
    computed = tax_on(amount, rate["EffectiveRate"], rules.amounts) if rate else Decimal("0.00")
    tax = money(line.get("TaxAmount", computed))
    if abs(tax) > abs(amount):
        raise Invalid(TAX_TOO_LARGE)
    return {"TaxType": tax_type, "TaxAmount": tax}
