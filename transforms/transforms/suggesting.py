"""Drafts of accounts.csv and skus.csv, from names that are alike; never applied by itself.

Each line says how alike (0 to 100) and to what, in two columns that the maps do not know: a draft
copied as it is is refused, until a person has read it and taken those columns away.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, NamedTuple, TextIO

from transforms.charts import Chart, Element, in_use
from transforms.ledger.book import NO_TAX
from transforms.ledger.classes import JOINING_CLASSES, MAP_CLASSES, label
from transforms.ledger.lines_to_add import PLACEHOLDERS
from transforms.maps.meaning import UNTAXED_CLASSES

ACCOUNT_COLUMNS = ("class", "marketplace", "treatment", "destination", "account", "tax_type")
SKU_COLUMNS = ("seller_sku", "marketplace", "item_code", "account", "tax_type", "unit_cost")
_INCOME = frozenset({"REVENUE", "SALES", "OTHERINCOME"})
_COSTS = frozenset({"EXPENSE", "OVERHEADS", "DIRECTCOSTS"})
_BALANCE = frozenset({"CURRENT", "CURRLIAB", "LIABILITY", "PREPAYMENT", "TERMLIAB"})
# Below this nothing is alike enough to name; the cell stays blank and the maps ask for it.
_ENOUGH = 55
_OPEN_SYSTEM_ACCOUNTS = ("", "GST")
# Words that many accounts share and that say nothing: bank fees are no referral fees.
_SAYS_NOTHING = frozenset("fee fees income account charge charges expense expenses".split())  # noqa: SIM905 - read as a list of words
# What Amazon pays for lost goods is no supply: no tax, whatever its account has otherwise.
_UNTAXED = UNTAXED_CLASSES | {"reimbursement", "clawback", "safe_t"}

_INCOME_CLASSES = {
    "sales": "Amazon sales",
    "shipping_income": "Shipping income",
    "gift_wrap_income": "Gift wrap income",
    "other_income": "Other revenue",
    "promo_discount": "Discounts",
    "points": "Discounts points",
    "refund": "Refunds returns",
    "goodwill": "Refunds goodwill",
    "chargeback": "Refunds chargebacks",
    "a_to_z": "Refunds claims",
    "reimbursement": "Reimbursements other revenue",
    "clawback": "Reimbursements other revenue",
    "safe_t": "Reimbursements other revenue",
    "liquidation": "Liquidation other revenue",
}
_BALANCE_CLASSES = {
    "tax_collected": "Sales tax VAT GST",
    "tax_withheld": "Marketplace tax withheld",
    "tax_discount": "Sales tax VAT GST",
    "tax_reclass": "Marketplace tax withheld",
    "income_tax_withheld": "Income tax withheld prepaid",
    "commingling_vat": "Sales tax VAT GST",
    "reserve_current": "Amazon reserve",
    "reserve_previous": "Amazon reserve",
    "carried_debt": "Amazon debt",
    "debt_payment": "Amazon debt",
    "cross_account_debt": "Amazon debt clearing",
    "transfer": "Amazon clearing",
    "failed_transfer": "Amazon clearing",
    "loan": "Loan",
    "suspense": "Suspense",
    "rollover": "Rollover clearing",
    "stock": "Stock inventory",
    "deferred_balance": "Deferred balance",
}
_COST_CLASSES = {
    "referral_fee": "Amazon selling fees commission",
    "fba_fulfilment_fee": "FBA fulfilment fees",
    "storage_fee": "Storage fees",
    "aged_storage_fee": "Storage fees",
    "inbound_fee": "FBA inbound freight",
    "removal_fee": "FBA removal fees",
    "advertising": "Advertising marketing",
    "deal_coupon_fee": "Advertising marketing",
    "subscription": "Subscriptions",
    "service_fee": "Subscriptions services",
    "shipping_label": "Postage freight courier",
    "shipping_chargeback": "Postage freight courier",
    "payment_fee": "Bank fees",
    "cost_of_goods": "Cost of goods sold",
    "currency_conversion": "Currency conversion bank fees",
}


class Draft(NamedTuple):
    """Lines of a draft, and its columns; the last two are `like` and `score`."""

    file: str
    columns: tuple[str, ...]
    lines: list[tuple[str, ...]]


def accounts(chart: Chart) -> Draft:
    """Draft accounts.csv: for each class the account whose name is most alike."""
    lines: list[tuple[str, ...]] = []
    for name in sorted(MAP_CLASSES - {"clearing"}):
        if name in JOINING_CLASSES:
            lines.append((name, "", "", "", "=", "", "the line it belongs to", ""))
            continue
        words, kinds = _wanted(name)
        account, score = _most_alike(words, _fitting(chart, kinds))
        untaxed = kinds == _BALANCE or name in _UNTAXED
        tax_type = _tax_type(account, chart, untaxed=untaxed) if account else ""
        code = str(account["code"]) if account else ""
        like = str(account.get("name")) if account else "nothing is alike: name an account"
        lines.append((name, "", "", "", code, tax_type, like, f"{score:.0f}"))
    return Draft("accounts.csv", (*ACCOUNT_COLUMNS, "like", "score"), lines)


def skus(chart: Chart) -> Draft:
    """Draft skus.csv: for each listing the item whose code or name is most alike."""
    from rapidfuzz import fuzz, process, utils

    items = {str(each["code"]): str(each.get("name") or "") for each in chart["items"]}
    lines: dict[str, list[tuple[str, ...]]] = {}
    for listing in chart["listings"]:
        sku, title = str(listing.get("sellersku") or ""), str(listing.get("title") or "")
        place = str(listing.get("marketplace") or "")
        options: dict[str, float] = {}
        for scorer, query, choices in (
            (fuzz.ratio, sku, {code: code for code in items}),
            (fuzz.token_set_ratio, title, items),
        ):
            best = process.extractOne(
                query, choices, scorer=scorer, processor=utils.default_process
            )
            if best is not None:
                options[best[2]] = max(options.get(best[2], 0), best[1])
        code, score = max(options.items(), key=lambda each: each[1], default=("", 0.0))
        if score < _ENOUGH:
            # Blank would say that it is no item: this word is refused until it is replaced.
            code, like = PLACEHOLDERS["item_code"], "nothing is alike: name an item"
        else:
            like = items[code]
        lines.setdefault(sku, []).append((sku, place, code, "", "", "", like, f"{score:.0f}"))
    drafted = [line for of_sku in lines.values() for line in _of_all_places(of_sku)]
    return Draft("skus.csv", (*SKU_COLUMNS, "like", "score"), drafted)


def _of_all_places(lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Make one line for all marketplaces where each of them would say the same item."""
    sku, _, code, *rest = min(lines, key=lambda line: -int(line[-1]))
    return [(sku, "", code, *rest)] if len({line[2] for line in lines}) == 1 else lines


def write(draft: Draft, out: TextIO) -> None:
    """Write a draft as CSV."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(draft.columns)
    writer.writerows(draft.lines)


def _wanted(name: str) -> tuple[str, frozenset[str]]:
    """Give the words and the kinds of account that a class is looked for by."""
    if name in _INCOME_CLASSES:
        return _INCOME_CLASSES[name], _INCOME
    if name in _BALANCE_CLASSES:
        return _BALANCE_CLASSES[name], _BALANCE
    return _COST_CLASSES.get(name, f"Amazon selling fees {label(name)}"), _COSTS


def _fitting(chart: Chart, kinds: frozenset[str]) -> list[Element]:
    return [
        each
        for each in chart["accounts"]
        if each.get("type") in kinds
        and in_use(each)
        and each.get("code")
        and str(each.get("systemaccount") or "") in _OPEN_SYSTEM_ACCOUNTS
    ]


def _most_alike(words: str, found: Iterable[Element]) -> tuple[Element | None, float]:
    from rapidfuzz import fuzz, process

    choices = {number: str(each.get("name")) for number, each in enumerate(found)}
    by_number: dict[int, Any] = dict(enumerate(found))
    best = process.extractOne(words, choices, scorer=fuzz.token_set_ratio, processor=_telling)
    if best is None or best[1] < _ENOUGH:
        return None, best[1] if best else 0.0
    return by_number[best[2]], best[1]


def _telling(name: str) -> str:
    """Leave of a name the words that tell what it is; all of them where none does."""
    from rapidfuzz import utils

    words = utils.default_process(name).split()
    return " ".join([word for word in words if word not in _SAYS_NOTHING] or words)


def _tax_type(account: Element, chart: Chart, *, untaxed: bool) -> str:
    """Take the account's own tax type; where there is no tax none, as the country spells it."""
    if untaxed:
        return "BASEXCLUDED" if "BASEXCLUDED" in chart.tax_types() else NO_TAX
    return str(account.get("taxtype") or NO_TAX)
