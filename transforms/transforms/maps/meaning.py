"""Faults of meaning: what each table says by itself is well formed, but not together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from transforms.ledger.book import JOIN, NO_TAX, Marketplace
from transforms.ledger.catalogue import Rule
from transforms.ledger.classes import JOINING_CLASSES, MAP_CLASSES, SETTLEMENT_CLASSES
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.stock import ADJUSTMENT
from transforms.maps.faults import Fault
from transforms.maps.tables import TableRow, destination

# Classes on the balance sheet: a blank tax type there means no tax. Anywhere else a blank would
# let the accounting system choose one.
UNTAXED_CLASSES = frozenset(
    """
    tax_reclass income_tax_withheld commingling_vat reserve_current reserve_previous carried_debt
    debt_payment cross_account_debt transfer failed_transfer loan suspense rollover clearing
    cost_of_goods stock deferred_balance currency_conversion stock_adjustment
    """.split()  # noqa: SIM905 - read as a list of words
)


def choices_faults(choices: dict[str, str]) -> Iterator[Fault]:
    """Check the time zone and the date of books.yml."""
    try:
        ZoneInfo(choices["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        yield Fault("books.yml", 0, f"time_zone {choices['time_zone']!r} is no IANA time zone")
    try:
        date.fromisoformat(choices["books_start"])
    except ValueError:
        yield Fault("books.yml", 0, f"books_start {choices['books_start']!r} is no date")
    products = choices["product_tracking_category"]
    if products and products == choices["tracking_category"]:
        yield Fault(
            "books.yml", 0, f"product_tracking_category {products!r} is the marketplaces' already"
        )


def marketplace_faults(
    rows: list[TableRow], marketplaces: list[Marketplace], choices: dict[str, str]
) -> Iterator[Fault]:
    """Check that each marketplace stands once and can be posted in its style."""
    file = "marketplaces.csv"
    yield from repeated(file, rows, ("marketplace_id",))
    yield from repeated(file, rows, ("name",))
    if not rows:
        yield Fault(file, 0, "no marketplace")
    for row, marketplace in zip(rows, marketplaces, strict=True):
        if marketplace.tracking_option and not choices["tracking_category"]:
            yield Fault(file, row.line, "tracking_option needs tracking_category in books.yml")
        if marketplace.posting != "orders":
            continue
        yield from _order_style_faults(file, row, marketplace, choices["base_currency"])


def _order_style_faults(
    file: str, row: TableRow, marketplace: Marketplace, base_currency: str
) -> Iterator[Fault]:
    """Check that a marketplace has the accounts of style `orders`, and may have its journals."""
    name, currency = marketplace.name, marketplace.currency
    for column in ("clearing_account", "bank_account"):
        if not row[column]:
            yield Fault(file, row.line, f"{name} has no {column}")
    if row["clearing_account"] and row["clearing_account"] == row["bank_account"]:
        yield Fault(file, row.line, f"{name}: clearing_account and bank_account are one")
    if currency != base_currency and marketplace.clearing_type != "bank":
        yield Fault(
            file,
            row.line,
            f"{name} settles in {currency}, the books are in {base_currency}: journals cannot be "
            f"posted, use posting settlements, or a bank account in {currency} as "
            "clearing_account with clearing_type bank",
        )


def needed_account_faults(
    tables: Mapping[str, list[TableRow]],
    marketplaces: Iterable[Marketplace],
    choices: Mapping[str, str],
) -> Iterator[Fault]:
    """Check that what skus.csv, marketplaces.csv and books.yml ask for has its accounts."""
    tracks_stock = choices["stock_to_xero"] == "tracked_items"
    has_costs = not tracks_stock and any(row["unit_cost"] for row in tables["skus"])
    if tracks_stock and not any(
        row["class"] == ADJUSTMENT and not row["marketplace"] for row in tables["accounts"]
    ):
        line = line_to_add(ADJUSTMENT, "", "", "", "ACCOUNT", "NONE")
        yield Fault(
            "accounts.csv", 0, f"books.yml says stock_to_xero: tracked_items: add a line {line}"
        )
    for marketplace in marketplaces:
        needed = {
            "cost_of_goods": has_costs and "skus.csv gives unit costs",
            "stock": has_costs and "skus.csv gives unit costs",
            "deferred_balance": choices["deferred"] == "accrue" and "books.yml says accrue",
            "currency_conversion": marketplace.posting == "orders"
            and marketplace.is_converted
            and f"deposits of {marketplace.name} arrive in {marketplace.bank_currency}",
        }
        for name, asks in needed.items():
            known = any(
                row["class"] == name
                and row["marketplace"] in ("", marketplace.name)
                and not row["treatment"]
                and not row["destination"]
                for row in tables["accounts"]
            )
            if asks and not known:
                line = line_to_add(name, "", "", "", "ACCOUNT", "NONE")
                yield Fault("accounts.csv", 0, f"{asks}: add a line {line}")


def account_faults(rows: list[TableRow], names: set[str]) -> Iterator[Fault]:
    """Check classes, marketplaces, `=` and blank cells of accounts.csv."""
    file = "accounts.csv"
    yield from _two_answers(file, rows)
    for row in rows:
        accounting_class = row["class"]
        if accounting_class not in MAP_CLASSES:
            yield Fault(file, row.line, _unknown_class(accounting_class, MAP_CLASSES))
        yield from unknown_marketplace(file, row, names)
        yield from no_date(file, row)
        if row["destination"].startswith("UK"):
            yield Fault(file, row.line, "destination UK: the country's code is GB")
        if row["account"] == JOIN and accounting_class not in JOINING_CLASSES:
            yield Fault(file, row.line, f"class {accounting_class} cannot join a line with `=`")
        if row["account"] == JOIN and row["tax_type"] not in ("", NO_TAX):
            words = f"tax_type {row['tax_type']} would be passed over: `=` takes that of the line"
            yield Fault(file, row.line, f"{words} that it joins: leave it blank")
        if not row["account"] and accounting_class != "clearing":
            yield Fault(file, row.line, "account is blank")
        blank = not row["tax_type"] and row["account"] != JOIN
        if blank and accounting_class not in UNTAXED_CLASSES:
            yield Fault(file, row.line, "tax_type is blank: write NONE for no tax")


def clearing_faults(
    rows: Iterable[TableRow], marketplaces: Iterable[Marketplace]
) -> Iterator[Fault]:
    """Refuse a class on a clearing account: what it leaves there, no payout would take out."""
    clearing = [(each.name, each.clearing_account) for each in marketplaces if _clears(each)]
    for row in rows:
        for name, account in clearing:
            if row["account"] != account or row["marketplace"] not in ("", name):
                continue
            if row["class"] in SETTLEMENT_CLASSES:
                words = f"{row['class']}: account {account} is the clearing account of {name}"
                yield Fault("accounts.csv", row.line, f"{words}: name another")
                break


def _clears(marketplace: Marketplace) -> bool:
    return marketplace.posting == "orders" and bool(marketplace.clearing_account)


def sku_faults(
    rows: list[TableRow], names: set[str], choices: Mapping[str, str]
) -> Iterator[Fault]:
    """Check that each SKU stands once per marketplace, and that its group can be tracked."""
    # Amazon tells SKUs apart by their case, and so does every look-up.
    columns = ("seller_sku", "marketplace", "valid_from")
    yield from repeated("skus.csv", rows, columns, ignoring_case=False)
    for row in rows:
        yield from unknown_marketplace("skus.csv", row, names)
        yield from no_date("skus.csv", row)
        if row["product_group"] and not choices["product_tracking_category"]:
            yield Fault(
                "skus.csv", row.line, "product_group needs product_tracking_category in books.yml"
            )


def rule_faults(rows: list[TableRow], rules: list[Rule]) -> Iterator[Fault]:
    """Check classes of rules.csv, and that no rule is hidden by an earlier one."""
    for row in rows:
        if row["class"] not in SETTLEMENT_CLASSES:
            yield Fault("rules.csv", row.line, _unknown_class(row["class"], SETTLEMENT_CLASSES))
        names = (row["amount_type"], row["amount_description"])
        yield from _takes_everything("rules.csv", row, names)
    for position, rule in enumerate(rules):
        for earlier in rules[:position]:
            if earlier.covers(rule):
                words = f"hidden by the rule of line {earlier.line}: put it above that line"
                yield Fault("rules.csv", rule.line, words)
                break


def settlement_faults(rows: list[TableRow], names: set[str]) -> Iterator[Fault]:
    """Check that each settlement of settlements.csv stands once, at a marketplace that is known."""
    yield from repeated("settlements.csv", rows, ("settlement_id",))
    for row in rows:
        yield from unknown_marketplace("settlements.csv", row, names)


def breakdown_faults(rows: list[TableRow]) -> Iterator[Fault]:
    """Check classes of breakdowns.csv, and that no line stands twice."""
    yield from repeated("breakdowns.csv", rows, ("transaction_type", "breakdown"))
    for row in rows:
        if row["class"] not in SETTLEMENT_CLASSES:
            words = _unknown_class(row["class"], SETTLEMENT_CLASSES)
            yield Fault("breakdowns.csv", row.line, words)
        yield from _takes_everything("breakdowns.csv", row, row["breakdown"].split("/"))


def _takes_everything(file: str, row: TableRow, names: Iterable[str]) -> Iterator[Fault]:
    """Refuse a line for everything: lines of the seller come before all that is known."""
    if row["transaction_type"] == "*" and all(name.strip() == "*" for name in names):
        words = "this line takes everything, what is known too: name what it is for"
        yield Fault(file, row.line, words)


def _unknown_class(name: str, known: Iterable[str]) -> str:
    """Name a class that is none, and the one that is spelled most like it."""
    spelled = re.sub(r"[^a-z]+", "_", name.casefold()).strip("_")
    alike = difflib.get_close_matches(spelled, sorted(known), n=1, cutoff=0.75)
    return f"unknown class {name!r}" + (f": did you mean {alike[0]}?" if alike else "")


def repeated(
    file: str, rows: Iterable[TableRow], columns: tuple[str, ...], *, ignoring_case: bool = True
) -> Iterator[Fault]:
    """Refuse a second line of the same cells."""
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        cells = (row[column] for column in columns)
        key = tuple(cell.casefold() if ignoring_case else cell for cell in cells)
        if key in first:
            named = ", ".join(filter(None, (row[column] for column in columns))) or "the same"
            yield Fault(file, row.line, f"{named} stands already on line {first[key]}")
        first.setdefault(key, row.line)


def _two_answers(file: str, rows: Iterable[TableRow]) -> Iterator[Fault]:
    """Refuse two lines for one question: the same again, another account or another tax type."""
    columns = ("class", "marketplace", "treatment", "destination", "valid_from")
    first: dict[tuple[str, ...], TableRow] = {}
    for row in rows:
        asked = [destination(row) if name == "destination" else row[name] for name in columns]
        before = first.setdefault(tuple(map(str.casefold, asked)), row)
        if before is row:
            continue
        named = ", ".join(filter(None, (row[column] for column in columns)))
        where = f"{named} stands already on line {before.line}"
        if row["account"] == before["account"] and row["tax_type"] != before["tax_type"]:
            where += (
                f": account {row['account']} has tax type {before['tax_type'] or 'NONE'} there "
                f"and {row['tax_type'] or 'NONE'} here: keep one of the two lines"
            )
        else:
            where += f": this line, account {row['account']}, would be hidden: keep one of the two"
        yield Fault(file, row.line, where)


def unknown_marketplace(file: str, row: TableRow, names: set[str]) -> Iterator[Fault]:
    """Refuse a marketplace that marketplaces.csv lacks."""
    if row["marketplace"] and row["marketplace"] not in names:
        words = f"marketplace {row['marketplace']!r} is not in marketplaces.csv"
        if names:
            words += f", which has {', '.join(sorted(names))}"
        yield Fault(file, row.line, words)


def no_date(file: str, row: TableRow) -> Iterator[Fault]:
    """Refuse a day that no calendar has."""
    try:
        date.fromisoformat(row["valid_from"] or "2000-01-01")
    except ValueError:
        yield Fault(file, row.line, f"valid_from {row['valid_from']!r} is no date")
