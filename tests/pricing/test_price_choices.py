"""Which listings an item has, which line prices them, and what they may offer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pricing.shop import DE, FR, TODAY, UK, held, item, line, offered, prices, sku

from transforms.pricing.figures import figure

EVERYWHERE = line(exchange_rate="1.15")
TOMORROW = TODAY + timedelta(days=1)


def test_one_item_sells_by_many_listings() -> None:
    made = offered(
        EVERYWHERE,
        skus=[sku("CUP-1"), sku("CUP-FBA"), sku("TASSE", marketplace="Amazon.de")],
    )
    assert [each.listed.place for each in made.prices] == [
        "Amazon.co.uk:CUP-1",
        "Amazon.co.uk:CUP-FBA",
        "Amazon.de:CUP-1",
        "Amazon.de:CUP-FBA",
        "Amazon.de:TASSE",
    ]


def test_a_line_without_marketplace_is_for_those_that_are_priced_and_may_be_listed() -> None:
    made = offered(
        [line(marketplace="Amazon.co.uk"), line(marketplace="Amazon.de", exchange_rate="1.15")],
        skus=[sku("CUP-1"), sku("CUP-DE", marketplace="Amazon.de")],
        marketplaces=[UK, DE, FR],
    )
    assert {each.listed.place: each.listed.if_listed for each in made.prices} == {
        "Amazon.co.uk:CUP-1": True,
        "Amazon.de:CUP-1": True,
        "Amazon.de:CUP-DE": False,
    }
    assert held(made) == {}


def test_the_marketplaces_own_line_of_skus_csv_comes_first() -> None:
    skus = [sku("CUP-1"), sku("CUP-1", "JUG", "Amazon.de", line=3)]
    made = offered(EVERYWHERE, [item(), item("JUG", "20.0000")], skus=skus)
    assert prices(made) == {"Amazon.co.uk:CUP-1": "12.00", "Amazon.de:CUP-1": "27.60"}


def test_a_sku_without_item_code_at_a_marketplace_is_not_priced_there() -> None:
    skus = [sku("CUP-1"), sku("CUP-1", "", "Amazon.de", line=3)]
    made = offered(EVERYWHERE, skus=skus)
    assert (prices(made), held(made)) == ({"Amazon.co.uk:CUP-1": "12.00"}, {})


def test_a_line_of_skus_csv_counts_from_its_first_day() -> None:
    skus = [sku("CUP-1"), sku("CUP-1", "JUG", valid_from=TOMORROW, line=3)]
    items = [item(), item("JUG", "20.0000")]
    britain = line(marketplace="Amazon.co.uk")
    today = offered(britain, items, skus)
    assert prices(today) == {"Amazon.co.uk:CUP-1": "12.00"}
    assert held(today) == {"price:item:JUG": "unmapped_item"}
    tomorrow = offered(britain, items, skus, day=TOMORROW)
    assert prices(tomorrow) == {"Amazon.co.uk:CUP-1": "24.00"}
    assert held(tomorrow) == {"price:item:CUP": "unmapped_item"}


ALL = line(tax_rate="1")
PLACE = line(marketplace="Amazon.co.uk", tax_rate="2")
ITEM = line(item_code="CUP", tax_rate="3")
BOTH = line(item_code="CUP", marketplace="Amazon.co.uk", tax_rate="4")
OTHER = line(item_code="JUG", tax_rate="9")


@pytest.mark.parametrize(
    ("lines", "price"),
    [
        ([ALL, OTHER], "10.10"),
        ([ALL, PLACE], "10.20"),
        ([ALL, PLACE, ITEM], "10.30"),
        ([ALL, PLACE, ITEM, BOTH], "10.40"),
        ([ALL, line(tax_rate="5", valid_from=date(2026, 6, 1))], "10.50"),
        ([ALL, line(tax_rate="5", valid_from=TODAY)], "10.50"),
        ([ALL, line(tax_rate="5", valid_from=TOMORROW)], "10.10"),
        ([PLACE, line(tax_rate="5", valid_from=TODAY)], "10.20"),
        ([ITEM, line(marketplace="Amazon.co.uk", tax_rate="5", valid_from=TODAY)], "10.30"),
    ],
)
def test_the_most_telling_line_that_has_begun_prices(lines: list[Any], price: str) -> None:
    for order in (lines, lines[::-1]):
        assert prices(offered(order, marketplaces=[UK])) == {"Amazon.co.uk:CUP-1": price}


TRACKED: dict[str, Any] = {"is_tracked": True}


def quantities(on_hand: object, buffer: int = 0, **values: Any) -> tuple[dict[str, int], Any]:

    made = offered(
        line(marketplace="Amazon.co.uk"),
        item(on_hand=figure(on_hand), **TRACKED | values),
        stock_to_amazon="merchant_listings",
        stock_buffer=buffer,
    )
    return {each.listed.place: each.units for each in made.quantities}, held(made)


@pytest.mark.parametrize(
    ("on_hand", "buffer", "units"),
    [
        ("42.0000", 0, 42),
        ("42.0000", 2, 40),
        ("2.0000", 2, 0),
        ("1.0000", 2, 0),
        ("-3.0000", 0, 0),
        ("3.9000", 0, 3),
        ("3.5000", 3, 0),
        ("0", 0, 0),
    ],
)
def test_a_listing_offers_what_is_on_hand_less_the_buffer_in_whole_units(
    on_hand: str, buffer: int, units: int
) -> None:
    assert quantities(on_hand, buffer) == ({"Amazon.co.uk:CUP-1": units}, {})


@pytest.mark.parametrize(
    ("on_hand", "values", "reason"),
    [
        (None, {}, "no_quantity"),
        ("many", {}, "no_quantity"),
        ("42", {"is_tracked": False}, "not_tracked"),
    ],
)
def test_a_stock_that_xero_does_not_know_is_held(
    on_hand: object, values: dict[str, Any], reason: str
) -> None:
    assert quantities(on_hand, **values) == ({}, {"quantity:Amazon.co.uk:CUP-1": reason})


def test_a_price_in_doubt_does_not_hold_the_quantity() -> None:
    made, waits = quantities("5", unit_price=None)
    assert made == {"Amazon.co.uk:CUP-1": 5}
    assert waits == {"price:Amazon.co.uk:CUP-1": "no_sales_price"}


def test_an_item_in_doubt_holds_both() -> None:
    made = offered(
        line(marketplace="Amazon.co.uk"), item("JUG"), stock_to_amazon="merchant_listings"
    )
    assert held(made) == {
        "price:Amazon.co.uk:CUP-1": "no_item",
        "price:item:JUG": "unmapped_item",
        "quantity:Amazon.co.uk:CUP-1": "no_item",
    }


def test_without_the_choice_there_are_no_quantities() -> None:
    made = offered(EVERYWHERE, item(on_hand=None, **TRACKED))
    assert (made.quantities, held(made)) == ([], {})
