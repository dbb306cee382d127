"""From a maps folder to a Book, or to the list of everything that is wrong with it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path

from transforms.ledger.book import NO_TAX, AccountRule, Book, Choices, Marketplace, Sku
from transforms.ledger.breakdowns import BreakdownRule, Breakdowns
from transforms.ledger.catalogue import Catalogue, Rule, Triple, fold
from transforms.maps import meaning
from transforms.maps.faults import Fault, MapFaults
from transforms.maps.tables import TableRow, destination, misnamed, read_choices, read_table

# Where the catalogue names a fee: as the amount type of these, the description of those.
_TYPED = frozenset({"fbafees", "amazonfees"})
_NAMED = frozenset({"itemfees", "othertransaction"})
_SAYS_NOTHING = frozenset({"", "*", "(any)", "adjustment", "tax", "basefee", "taxonfee"})

OPTIONAL = ("skus", "rules", "breakdowns", "settlements")


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Read the catalogue of Amazon's triples that ships with the mapper."""
    file = resources.files("transforms") / "data" / "catalogue.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(_rule(row, row["class"]) for row in csv.DictReader(lines))


@cache
def shipped_breakdowns() -> tuple[BreakdownRule, ...]:
    """Read the classes of Finances labels that ship with the mapper."""
    file = resources.files("transforms") / "data" / "breakdowns.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    table = [_breakdown(row) for row in csv.DictReader(lines)]
    told = {fold(rule.breakdown) for rule in table}
    # Before the table, whose last lines take any `Tax`: that of a fee is the fee's.
    return (*(rule for rule in _fee_names() if fold(rule.breakdown) not in told), *table)


def _fee_names() -> tuple[BreakdownRule, ...]:
    """Give the fees of the settlement catalogue as labels: Finances uses the same names for many.

    A name of two classes, or one that says nothing by itself, is none.
    """
    classes: dict[str, set[str]] = {}
    for rule in shipped_rules():
        transaction, amount_type, description = rule.triple
        name = amount_type if fold(transaction) in _TYPED else description
        if rule.accounting_class in ("fee_tax", "fee_discount"):
            continue
        if fold(amount_type) in _NAMED or fold(transaction) in _TYPED:
            classes.setdefault(name, set()).add(rule.accounting_class)
    known = sorted((name, *found) for name, found in classes.items() if len(found) == 1)
    return tuple(
        BreakdownRule("*", name, accounting_class)
        for name, accounting_class in known
        if fold(name) not in _SAYS_NOTHING and accounting_class != "suspense"
    )


def load(folder: Path) -> Book:
    """Load the maps of one set of books; MapFaults lists every fault with file and line."""
    faults: list[Fault] = []
    choices = read_choices(folder, faults)
    tables = {
        table: read_table(folder, table, faults, optional=table in OPTIONAL)
        for table in ("marketplaces", "accounts", *OPTIONAL)
    }
    # Meaning is checked only where the form is right: a missing column would fault every row.
    if choices is None or (faults and not tables["marketplaces"]):
        raise MapFaults(str(folder), faults)
    marketplaces = [_marketplace(row, choices["posting"]) for row in tables["marketplaces"]]
    names = {marketplace.name for marketplace in marketplaces}
    rules = [_rule(row, row["class"], row.line) for row in tables["rules"]]
    faults.extend(misnamed(folder, ("marketplaces", "accounts", *OPTIONAL)))
    faults.extend(meaning.choices_faults(choices))
    faults.extend(meaning.marketplace_faults(tables["marketplaces"], marketplaces, choices))
    faults.extend(meaning.account_faults(tables["accounts"], names))
    faults.extend(meaning.clearing_faults(tables["accounts"], marketplaces))
    faults.extend(meaning.sku_faults(tables["skus"], names, choices))
    faults.extend(meaning.needed_account_faults(tables, marketplaces, choices))
    faults.extend(meaning.rule_faults(tables["rules"], rules))
    faults.extend(meaning.breakdown_faults(tables["breakdowns"]))
    faults.extend(meaning.settlement_faults(tables["settlements"], names))
    if faults:
        raise MapFaults(str(folder), faults)
    return Book(
        choices=_choices(choices),
        marketplaces=tuple(marketplaces),
        accounts=tuple(_account(row) for row in tables["accounts"]),
        skus=tuple(_sku(row) for row in tables["skus"]),
        catalogue=Catalogue(shipped_rules(), rules),
        breakdowns=Breakdowns(
            [*(_breakdown(row) for row in tables["breakdowns"]), *shipped_breakdowns()]
        ),
        homes={row["settlement_id"]: row["marketplace"] for row in tables["settlements"]},
    )


def read_marketplaces(folder: Path) -> tuple[list[Marketplace], str] | None:
    """Read the marketplaces and the base currency alone, where the rest has faults."""
    faults: list[Fault] = []
    choices = read_choices(folder, faults)
    rows = read_table(folder, "marketplaces", faults, optional=False)
    if choices is None or faults:
        return None
    return [_marketplace(row, choices["posting"]) for row in rows], choices["base_currency"]


def _choices(values: dict[str, str]) -> Choices:
    return Choices(
        organisation=values["organisation"],
        base_currency=values["base_currency"],
        time_zone=values["time_zone"],
        document_prefix=values["document_prefix"],
        unmapped_sku=values["unmapped_sku"],  # type: ignore[arg-type]
        unknown_rows=values["unknown_rows"],  # type: ignore[arg-type]
        refunds=values["refunds"],  # type: ignore[arg-type]
        invoice_status=values["invoice_status"],  # type: ignore[arg-type]
        tracking_category=values["tracking_category"],
        books_start=date.fromisoformat(values["books_start"]),
        product_tracking_category=values["product_tracking_category"],
        refunded_units=values["refunded_units"],  # type: ignore[arg-type]
        deferred=values["deferred"],  # type: ignore[arg-type]
        trail=values["trail"],  # type: ignore[arg-type]
        items=values["items"],  # type: ignore[arg-type]
        lock_dates=values["lock_dates"],  # type: ignore[arg-type]
        stock_to_xero=values["stock_to_xero"],  # type: ignore[arg-type]
        stock_to_amazon=values["stock_to_amazon"],  # type: ignore[arg-type]
        stock_buffer=int(values["stock_buffer"]),
    )


def _marketplace(row: TableRow, default_posting: str) -> Marketplace:
    return Marketplace(
        marketplace_id=row["marketplace_id"],
        name=row["name"],
        currency=row["currency"],
        contact=row["contact"],
        tracking_option=row["tracking_option"],
        clearing_account=row["clearing_account"],
        bank_account=row["bank_account"],
        posting=row["posting"] or default_posting,  # type: ignore[arg-type]
        clearing_type=row["clearing_type"] or "current",  # type: ignore[arg-type]
        bank_currency=row["bank_currency"],
        stock_pool=row["stock_pool"],
    )


def _account(row: TableRow) -> AccountRule:
    return AccountRule(
        accounting_class=row["class"],
        marketplace=row["marketplace"],
        treatment=row["treatment"],
        destination=destination(row),
        account=row["account"],
        tax_type=row["tax_type"] or NO_TAX,
        valid_from=_valid_from(row),
        line=row.line,
    )


def _sku(row: TableRow) -> Sku:
    return Sku(
        seller_sku=row["seller_sku"],
        marketplace=row["marketplace"],
        item_code=row["item_code"],
        account=row["account"],
        tax_type=row["tax_type"],
        valid_from=_valid_from(row),
        unit_cost=Decimal(row["unit_cost"]) if row["unit_cost"] else None,
        product_group=row["product_group"],
        line=row.line,
    )


def _valid_from(row: TableRow) -> date:
    return date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min


def _rule(row: TableRow | dict[str, str], accounting_class: str, line: int = 0) -> Rule:
    triple = Triple(row["transaction_type"], row["amount_type"], row["amount_description"])
    return Rule(triple, accounting_class, line)


def _breakdown(row: TableRow | dict[str, str]) -> BreakdownRule:
    return BreakdownRule(row["transaction_type"], row["breakdown"], row["class"])
