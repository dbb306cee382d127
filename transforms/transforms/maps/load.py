"""From a maps folder to a Book, or to the list of everything that is wrong with it."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

from transforms.ledger.book import NO_TAX, AccountRule, Book, Choices, Marketplace, Sku
from transforms.ledger.catalogue import Catalogue, Rule, Triple
from transforms.maps import meaning
from transforms.maps.faults import Fault, MapFaults
from transforms.maps.tables import TableRow, read_choices, read_table


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Read the catalogue of Amazon's triples that ships with the mapper."""
    file = resources.files("transforms") / "data" / "catalogue.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(_rule(row, row["class"]) for row in csv.DictReader(lines))


def load(folder: Path) -> Book:
    """Load the maps of one set of books; MapFaults lists every fault with file and line."""
    faults: list[Fault] = []
    choices = read_choices(folder, faults)
    tables = {
        table: read_table(folder, table, faults, optional=table in {"skus", "rules"})
        for table in ("marketplaces", "accounts", "skus", "rules")
    }
    # Meaning is checked only where the form is right: a missing column would fault every row.
    if choices is None or (faults and not tables["marketplaces"]):
        raise MapFaults(str(folder), faults)
    marketplaces = [_marketplace(row, choices["posting"]) for row in tables["marketplaces"]]
    names = {marketplace.name for marketplace in marketplaces}
    rules = [_rule(row, row["class"], row.line) for row in tables["rules"]]
    faults.extend(meaning.choices_faults(choices))
    faults.extend(meaning.marketplace_faults(tables["marketplaces"], marketplaces, choices))
    faults.extend(meaning.account_faults(tables["accounts"], names))
    faults.extend(meaning.sku_faults(tables["skus"], names))
    faults.extend(meaning.rule_faults(tables["rules"], rules))
    if faults:
        raise MapFaults(str(folder), faults)
    return Book(
        choices=_choices(choices),
        marketplaces=tuple(marketplaces),
        accounts=tuple(_account(row) for row in tables["accounts"]),
        skus=tuple(_sku(row) for row in tables["skus"]),
        catalogue=Catalogue(shipped_rules(), rules),
    )


def _choices(values: dict[str, str]) -> Choices:
    return Choices(
        organisation=values["organisation"],
        base_currency=values["base_currency"],
        time_zone=values["time_zone"],
        document_prefix=values["document_prefix"],
        unmapped_sku=values["unmapped_sku"],  # type: ignore[arg-type]
        unknown_rows=values["unknown_rows"],  # type: ignore[arg-type]
        invoice_status=values["invoice_status"],  # type: ignore[arg-type]
        tracking_category=values["tracking_category"],
        books_start=date.fromisoformat(values["books_start"]),
        lock_dates=values["lock_dates"],  # type: ignore[arg-type]
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
    )


def _account(row: TableRow) -> AccountRule:
    return AccountRule(
        accounting_class=row["class"],
        marketplace=row["marketplace"],
        treatment=row["treatment"],
        destination=row["destination"],
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
    )


def _valid_from(row: TableRow) -> date:
    return date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min


def _rule(row: TableRow | dict[str, str], accounting_class: str, line: int = 0) -> Rule:
    triple = Triple(row["transaction_type"], row["amount_type"], row["amount_description"])
    return Rule(triple, accounting_class, line)
