"""Prices that an accountant worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pricing.shop import DE, JP, UK, US, euro, item, line, offered, prices, rates, sku

from transforms.ledger.book import Marketplace
from transforms.pricing.refusal import REASONS
from transforms.pricing.rounding import Rounding

# Unit price in Xero, in pounds; tax; rate; rounding; what the store shows.
UNITED_KINGDOM = """
    8.3250   20  1  minor   9.99
    8.3292   20  1  minor  10.00
    7.0750   20  1  minor   8.49
   12.4917   20  1  minor  14.99
   10.0000    5  1  minor  10.50
    6.9900    0  1  minor   6.99
    0.0042   20  1  minor   0.01
   10.0041   20  1  minor  12.00
   10.0042   20  1  minor  12.01
   10.0001   20  1  up     12.01
   10.0083   20  1  down   12.00
   10.0000   20  1  .99    11.99
   10.4125   20  1  .99    12.99
   10.4083   20  1  .99    11.99
    0.1000   20  1  .99     0.99
   99.0000   20  1  .95   118.95
   10.0000   20  1  9      11.99
   10.0750   20  1  9      12.09
   16.5000   20  1  9.99   19.99
"""
GERMANY = """
    8.3950   19  1       minor   9.99
   10.0000   19  1.15    minor  13.69
    7.0750   19  1.15    minor   9.68
    7.0750   19  1.15    .90     9.90
   12.4917   19  1.15    .90    16.90
    6.9900    7  1.15    minor   8.60
   10.0000   19  1.1534  minor  13.73
   10.0000   19  1.1534  .99    13.99
   10.0000   19  1.1534  00     14.00
"""
UNITED_STATES = """
   10.0000    0  1.27    minor  12.70
    9.9999    0  1.25    minor  12.50
   10.0000    0  1.2345  up     12.35
   10.0000    0  1.2345  down   12.34
   10.0000    0  1.27    .99    12.99
"""
JAPAN = """
   10.0000   10  190     minor  2090
   10.0000   10  190     80     2080
   10.0000   10  190     9      2089
    9.8765   10  191.37  minor  2079
    9.8765   10  191.37  up     2080
    9.8765   10  191.37  down   2079
    9.8765   10  191.37  980    1980
    0.0010   10  190     80     80
"""


def table(text: str) -> list[list[str]]:
    return [row.split() for row in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("marketplace", "cells"),
    [
        pytest.param(marketplace, cells, id=f"{marketplace.name} {' '.join(cells)}")
        for marketplace, text in (
            (UK, UNITED_KINGDOM),
            (DE, GERMANY),
            (US, UNITED_STATES),
            (JP, JAPAN),
        )
        for cells in table(text)
    ],
)
def test_a_price_is_the_one_worked_out_by_hand(marketplace: Marketplace, cells: list[str]) -> None:
    unit_price, tax, rate, rounding, shown = cells
    made = offered(
        line(marketplace=marketplace.name, tax_rate=tax, exchange_rate=rate, rounding=rounding),
        item(price=unit_price),
        marketplaces=[marketplace],
    )
    assert prices(made) == {f"{marketplace.name}:CUP-1": shown}


def test_a_price_that_includes_tax_gets_none_added() -> None:
    made = offered(
        line(marketplace="Amazon.co.uk", source="sales_with_tax", tax_rate="0"),
        item(price="11.9900"),
    )
    assert prices(made) == {"Amazon.co.uk:CUP-1": "11.99"}
    assert made.prices[0].explanation == "11.99 GBP with tax in Xero (prices.csv, line 2)"


def test_an_item_is_grossed_up_by_its_own_tax_type_in_xero() -> None:
    made = offered(
        line(marketplace="Amazon.co.uk", tax_rate="xero"),
        [item("CUP"), item("BOOK", tax_type="ZERORATEDOUTPUT")],
        skus=[sku("CUP-1", "CUP"), sku("BOOK-1", "BOOK")],
    )
    assert prices(made) == {"Amazon.co.uk:BOOK-1": "10.00", "Amazon.co.uk:CUP-1": "12.00"}


def test_the_explanation_names_every_step_and_the_document_behind_the_rate() -> None:
    [price] = offered(
        line(marketplace="Amazon.de", tax_rate="19", exchange_rate="xero", rounding=".99", line=3),
        item(price="7.0750"),
        known=rates([euro("1.1534")]),
    ).prices
    assert price.explanation == (
        "7.075 GBP without tax in Xero, + 19% tax, x 1.1534 EUR for 1 GBP (invoice INV-7 of "
        "2026-06-15), = 9.71076295 EUR, nearest price that ends in .99: 9.99 EUR "
        "(prices.csv, line 3)"
    )


@pytest.mark.parametrize(
    ("way", "currency", "reason"),
    [
        (".99", "JPY", "no price in JPY ends in .99: it has no decimals"),
        (".9", "GBP", "no price in GBP ends in .9: it has 2 decimals: write .90"),
        (".999", "GBP", "no price in GBP ends in .999: it has 2 decimals"),
        ("999", "GBP", "no price in GBP ends in 999: write 9.99"),
        ("999", "JPY", ""),
        ("99", "GBP", ""),
        ("9.99", "EUR", ""),
        ("minor", "JPY", ""),
    ],
)
def test_an_ending_is_one_that_prices_of_the_currency_have(
    way: str, currency: str, reason: str
) -> None:
    assert Rounding(way).refuses(currency) == reason


@pytest.mark.parametrize("cell", ["nearest", "99p", "-.99", ".", "1e2", "٩", "9999999"])
def test_what_is_no_rounding_is_none(cell: str) -> None:
    assert Rounding.read(cell) is None


def test_half_way_between_two_endings_the_higher_is_taken() -> None:
    for amount, shown in (("12.49", "12.99"), ("12.4899", "11.99"), ("0.49", "0.99")):
        assert Rounding(".99").apply(Decimal(amount), "GBP") == Decimal(shown)


def test_the_worked_examples_of_the_page_are_what_is_worked_out(root: Path) -> None:
    page = (root / "docs/prices.md").read_text(encoding="utf-8")
    examples = page.partition("### Worked examples")[2].partition("###")[0]
    shops = {each.name: each for each in (UK, DE, US, JP)}
    rows = [
        [cell.strip(" `") for cell in row.strip("|").split("|")]
        for row in examples.splitlines()
        if row.startswith("| Amazon")
    ]
    assert len(rows) == 8
    for place, unit_price, tax, rate, _, rounding, shown in rows:
        shop = shops[place.partition(",")[0]]
        priced = line(
            marketplace=shop.name,
            tax_rate=tax.partition("%")[0] or "0",
            exchange_rate=rate or "1",
            rounding=rounding,
        )
        made = offered(priced, item(price=unit_price), marketplaces=[shop])
        assert list(prices(made).values()) == [shown], place


def test_the_page_explains_every_reason(root: Path) -> None:
    page = (root / "docs/prices.md").read_text(encoding="utf-8")
    assert [reason for reason in REASONS if f"`{reason}`" not in page] == []
