"""The starter maps fit Xero's standard chart of their country, in both styles, and post every row.

The charts are Xero's answers to GET Accounts and GET TaxRates of a new organisation: the UK, US,
Australian and Global editions (Canada, Japan and the euro countries have the Global one).
"""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from transforms import charts, checking, maps
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import SETTLEMENT_CLASSES
from transforms.ledger.posting import settle
from transforms.ledger.settlement import Header, Row, Settlement
from transforms.maps.load import shipped_rules

CHARTS = Path(__file__).parent / "standard_charts"
COUNTRIES = ["uk", "eu", "us", "au", "ca", "jp"]
STYLES = ["orders", "settlements"]
KINDS = {"Current Asset": "CURRENT", "Current Liability": "CURRLIAB"}
DAY = date(2026, 9, 5)


@pytest.fixture(params=COUNTRIES)
def country(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def starter(country: str, style: str, root: Path, tmp_path: Path) -> Path:
    """A copy of a country's starter maps, in one style."""
    folder = tmp_path / "maps"
    shutil.copytree(root / "maps/starters" / country, folder)
    text = (folder / "books.yml").read_text(encoding="utf-8")
    assert "\nposting: orders" in text
    (folder / "books.yml").write_text(
        text.replace("\nposting: orders", f"\nposting: {style}"), encoding="utf-8"
    )
    return folder


def additions(starter: Path) -> list[dict[str, str]]:
    with (starter / "accounts-to-add.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def completed(country: str, starter: Path, folder: Path) -> Path:
    """The standard chart after the accounts of accounts-to-add.csv and a bank were added."""
    shutil.copytree(CHARTS / country, folder)
    chart: dict[str, Any] = json.loads((folder / "accounts.json").read_text(encoding="utf-8"))
    chart["Accounts"] += [
        {
            "Code": each["*Code"],
            "Name": each["*Name"],
            "Type": KINDS[each["*Type"]],
            "Status": "ACTIVE",
            "EnablePaymentsToAccount": each["Enable Payments"] == "Yes",
        }
        for each in additions(starter)
    ]
    chart["Accounts"].append({"Code": "090", "Name": "Bank", "Type": "BANK", "Status": "ACTIVE"})
    (folder / "accounts.json").write_text(json.dumps(chart), encoding="utf-8")
    return folder


def test_they_pass_check_with_the_standard_chart_and_the_accounts_they_add(
    country: str, starter: Path, tmp_path: Path
) -> None:
    chart = charts.read(completed(country, starter, tmp_path / "chart"))
    assert list(checking.findings(maps.load(starter), chart, DAY)) == []


def test_the_standard_chart_alone_lacks_nothing_but_those_accounts(
    country: str, starter: Path
) -> None:
    found = list(checking.findings(maps.load(starter), charts.read(CHARTS / country), DAY))
    codes = [each["*Code"] for each in additions(starter)]
    lacking = {each.found.rpartition(" ")[2] for each in found}
    assert all(each.found.startswith("Xero has no") for each in found)
    assert lacking <= {*codes, "090"}


def test_every_row_that_amazon_is_known_to_write_is_posted(starter: Path) -> None:
    book = maps.load(starter)
    home = book.marketplaces[0]
    triples = [
        Triple(*(part.replace("*", "BE") for part in rule.triple))
        for rule in shipped_rules()
        if rule.accounting_class != "suspense"
        and (rule.accounting_class != "fee_tax" or joined(book.catalogue.joins, rule.triple))
    ]
    settlement = Settlement("1")
    for number, triple in enumerate(triples, start=3):
        order = "026-1111111-1111111" if triple.transaction_type in {"Order", "Refund"} else ""
        day = DAY + timedelta(days=number % 40)
        sku = "CUP" if order else ""
        row = Row(number, triple, order, "", sku, home.name, day, Decimal(number), 1)
        settlement.add(row)
    total = settlement.rows_total
    last = DAY + timedelta(days=41)
    settlement.header = Header("1", home.currency, total, "a", "b", last, last, "R1", "c")
    outcome = settle(settlement, book)
    assert outcome.held == []
    assert outcome.proof is not None
    posted = {each.accounting_class for each in outcome.proof.classes}
    assert posted >= SETTLEMENT_CLASSES - {"suspense", "transfer", "fee_tax"}


def joined(joins: Any, triple: Triple) -> bool:
    return joins(triple, "fee_tax") is not None


def test_the_style_is_the_marketplaces_own_only_where_its_currency_is_foreign(
    starter: Path, style: str
) -> None:
    book = maps.load(starter)
    for each in book.marketplaces:
        at_home = each.currency == book.choices.base_currency
        assert each.posting == (style if at_home else "settlements")
