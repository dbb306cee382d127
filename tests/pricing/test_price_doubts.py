"""What is in doubt waits with its reason and its figures; nothing of it is sent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pricing.shop import TODAY, UK, euro, held, item, line, offered, prices, rates, sku

from transforms.pricing.offering import Offers
from transforms.pricing.refusal import REASONS
from transforms.pricing.xero import Rates, TaxRate

BRITISH = line(marketplace="Amazon.co.uk")
GERMAN = line(marketplace="Amazon.de", tax_rate="19", exchange_rate="xero", line=3)
CUP = "price:Amazon.co.uk:CUP-1"


def details(made: Offers) -> str:
    [only] = made.held
    assert only.reason in REASONS
    assert only.record is None
    return only.details


@pytest.mark.parametrize(
    ("values", "reason", "words"),
    [
        ({"price": None}, "no_sales_price", "has no sales price: give it one there"),
        ({"price": ""}, "no_sales_price", "has no sales price"),
        ({"is_sold": False}, "no_sales_price", "is not for sale"),
        ({"price": "0.0000"}, "price_not_positive", "sells at 0.00 GBP: zero or below"),
        ({"price": "-10.0000"}, "price_not_positive", "sells at -10.00 GBP"),
        ({"price": "0.0041"}, "price_not_positive", "rounded half up: 0.00 GBP"),
        ({"price": "9.99999"}, "unreadable_price", "sells at 9.99999 GBP, which has more than"),
        ({"price": "12,50"}, "unreadable_price", "has '12,50' as its sales price"),
        ({"price": "1e3"}, "unreadable_price", "has '1e3' as its sales price"),
        ({"price": "NaN"}, "unreadable_price", "has 'NaN' as its sales price"),
        ({"price": "£10"}, "unreadable_price", "has '£10' as its sales price"),
        ({"price": Decimal("Infinity")}, "unreadable_price", "has 'Infinity'"),
        ({"price": 9.99}, "unreadable_price", "has '9.99' as its sales price"),
        ({"price": True}, "unreadable_price", "has 'True' as its sales price"),
        ({"price": "9" * 19}, "unreadable_price", "has '999"),
    ],
)
def test_an_item_without_a_sound_price_is_held(
    values: dict[str, Any], reason: str, words: str
) -> None:
    less_tax = line(marketplace="Amazon.co.uk", rounding="minor")
    made = offered(less_tax, item(**values))
    assert (made.prices, held(made)) == ([], {CUP: reason})
    assert words in details(made)
    assert details(made).startswith("CUP-1 at Amazon.co.uk (item CUP, skus.csv, line 2): ")


def test_a_price_of_four_decimals_may_be_written_with_more_zeros() -> None:
    assert prices(offered(BRITISH, item(price="10.000000"))) == {"Amazon.co.uk:CUP-1": "12.00"}
    assert prices(offered(BRITISH, item(price=10))) == {"Amazon.co.uk:CUP-1": "12.00"}


@pytest.mark.parametrize(
    ("bounds", "reason", "words"),
    [
        ({"minimum": "20.00"}, "below_minimum", "12.00 GBP is below the minimum of 20.00 GBP in"),
        ({"maximum": "9.50"}, "above_maximum", "12.00 GBP is above the maximum of 9.50 GBP in"),
    ],
)
def test_floor_and_ceiling_hold_and_never_clamp(
    bounds: dict[str, str], reason: str, words: str
) -> None:
    made = offered(line(marketplace="Amazon.co.uk", line=7, **bounds))
    assert (made.prices, held(made)) == ([], {CUP: reason})
    assert f"{words} prices.csv, line 7" in details(made)


def test_a_price_on_its_floor_or_its_ceiling_is_inside() -> None:
    made = offered(line(marketplace="Amazon.co.uk", minimum="12.00", maximum="12.00"))
    assert prices(made) == {"Amazon.co.uk:CUP-1": "12.00"}


def test_the_guard_looks_at_the_rounded_price() -> None:
    made = offered(line(marketplace="Amazon.co.uk", rounding=".99", minimum="12.00"))
    assert held(made) == {CUP: "below_minimum"}
    assert "nearest price that ends in .99: 11.99 GBP" in details(made)


def test_a_slipped_decimal_is_held_at_its_floor() -> None:
    made = offered(line(marketplace="Amazon.co.uk", minimum="5.00"), item(price="1.0000"))
    assert held(made) == {CUP: "below_minimum"}


@pytest.mark.parametrize(
    ("tax_type", "known", "words"),
    [
        ("", [TaxRate("OUTPUT2", "20%", Decimal(20))], "the item has no tax rate for sales"),
        ("OUTPUT2", [], "Xero gave no tax rate OUTPUT2"),
        ("OUTPUT2", [TaxRate("OUTPUT2", "20%", Decimal(20), "DELETED")], "OUTPUT2 is DELETED"),
        ("OUTPUT2", [TaxRate("OUTPUT2", "20%", None)], "Xero gave nothing as the percentage"),
        ("OUTPUT2", [TaxRate("OUTPUT2", "20%", Decimal(-1))], "Xero gave -1 as the percentage"),
        ("OUTPUT2", [TaxRate("OUTPUT2", "20%", Decimal(2000))], "Xero gave 2000 as the"),
    ],
)
def test_a_tax_that_xero_does_not_tell_is_not_guessed(
    tax_type: str, known: list[TaxRate], words: str
) -> None:
    made = offered(
        line(marketplace="Amazon.co.uk", tax_rate="xero", line=4),
        item(tax_type=tax_type),
        known=rates(taxes=known),
    )
    assert (made.prices, held(made)) == ([], {CUP: "no_tax_rate"})
    assert "prices.csv, line 4 asks Xero for the tax, but " in details(made)
    assert words in details(made)


@pytest.mark.parametrize(
    ("known", "reason", "words"),
    [
        (rates(), "no_exchange_rate", "Xero has no document in EUR"),
        (rates([euro("0")]), "no_exchange_rate", "invoice INV-7 gives 0"),
        (rates([euro("-1.15")]), "no_exchange_rate", "invoice INV-7 gives -1.15"),
        (rates([euro("1,15")]), "no_exchange_rate", "invoice INV-7 gives '1,15'"),
        (rates([euro(None)]), "no_exchange_rate", "invoice INV-7 gives nothing"),
        (rates([euro(day=None)]), "no_exchange_rate", "invoice INV-7, which gives 1.15, has no"),
        (rates([euro(base="USD")]), "no_exchange_rate", "Xero's rate is for USD"),
        (
            rates([euro(day=TODAY - timedelta(days=32))]),
            "old_exchange_rate",
            "its newest, 1.15 of invoice INV-7, is of 2026-05-14: 32 days old",
        ),
    ],
)
def test_an_exchange_rate_that_xero_does_not_tell_is_not_guessed(
    known: Rates, reason: str, words: str
) -> None:
    made = offered(GERMAN, known=known)
    assert (made.prices, held(made)) == ([], {"price:Amazon.de:CUP-1": reason})
    assert "prices.csv, line 3 asks Xero for EUR for 1 GBP, but " in details(made)
    assert words in details(made)


def test_an_exchange_rate_of_31_days_is_still_one() -> None:
    made = offered(GERMAN, known=rates([euro(day=TODAY - timedelta(days=31))]))
    assert prices(made) == {"Amazon.de:CUP-1": "13.69"}


def test_an_item_that_no_line_of_skus_csv_lists_is_held() -> None:
    made = offered(BRITISH, [item(), item("NEW", name="New thing")])
    assert held(made) == {"price:item:NEW": "unmapped_item"}
    assert details(made) == (
        "item NEW (New thing) is for sale in Xero, but no line of skus.csv that is valid on "
        "2026-06-15 lists it: add a line `SELLER_SKU,,NEW,,,` to it"
    )


def test_an_item_that_is_not_sold_needs_no_listing() -> None:
    assert held(offered(BRITISH, [item(), item("SHELF", is_sold=False)])) == {}


def test_an_item_without_code_is_named_by_its_id() -> None:
    nameless = [item("", item_id="id-8"), item("", item_id="id-9")]
    made = offered(BRITISH, [item(), *nameless])
    assert set(held(made)) == {"price:item:id-8", "price:item:id-9"}
    assert "it has no code: give it one there" in made.held[0].details


def test_an_item_code_that_xero_does_not_have_is_held() -> None:
    made = offered(BRITISH, skus=[sku("CUP-1"), sku("JUG-1", "JUG", line=3)])
    assert prices(made) == {"Amazon.co.uk:CUP-1": "12.00"}
    assert held(made) == {"price:Amazon.co.uk:JUG-1": "no_item"}
    assert details(made) == (
        "JUG-1 at Amazon.co.uk (item JUG, skus.csv, line 3): Xero has no item JUG: add it there, "
        "or correct that line"
    )


def test_an_item_code_spelt_otherwise_in_xero_is_held_and_said() -> None:
    made = offered(BRITISH, item("Cup"))
    assert held(made) == {CUP: "no_item", "price:item:Cup": "unmapped_item"}
    assert "Xero has no item CUP, but has Cup: letters count" in made.held[0].details


def test_two_items_of_one_code_price_nothing() -> None:
    made = offered(BRITISH, [item(), item(item_id="id-other", price="1.0000")])
    assert (made.prices, held(made)) == ([], {CUP: "two_items"})
    assert "Xero has 2 items of this code (id-CUP and id-other)" in details(made)


def test_two_items_that_claim_one_listing_price_nothing() -> None:
    made = offered(
        BRITISH, [item(), item("JUG")], skus=[sku("CUP-1", "CUP"), sku("CUP-1", "JUG", line=3)]
    )
    assert made.prices == []
    assert held(made)[CUP] == "two_items"
    assert "skus.csv gives this listing to 2 items: CUP, JUG" in made.held[0].details


def test_skus_that_differ_in_case_alone_are_one_listing() -> None:
    skus = [sku("cup-1", "JUG"), sku("CUP-1", "CUP", "Amazon.co.uk", line=3)]
    made = offered(BRITISH, [item(), item("JUG")], skus=skus)
    assert made.prices == []
    assert held(made) == {CUP: "two_items", "price:Amazon.co.uk:cup-1": "two_items"}


def test_a_marketplace_that_skus_csv_names_and_prices_csv_does_not_is_held() -> None:
    made = offered(BRITISH, skus=[sku("CUP-1"), sku("CUP-DE", marketplace="Amazon.de", line=3)])
    assert prices(made) == {"Amazon.co.uk:CUP-1": "12.00"}
    assert held(made) == {"price:Amazon.de:CUP-DE": "no_price_line"}
    assert details(made) == (
        "CUP-DE at Amazon.de (item CUP, skus.csv, line 3): no line of prices.csv prices Amazon.de "
        "on 2026-06-15: add a line `Amazon.de,EUR,sales,TAX_RATE,xero,minor,,` to it"
    )


def test_an_item_that_prices_csv_prices_nowhere_is_held_once() -> None:
    not_yet = line(marketplace="Amazon.co.uk", valid_from=date(2026, 7, 1))
    made = offered(not_yet, skus=[sku("CUP-1"), sku("CUP-2", line=3)])
    assert held(made) == {"price:item:CUP": "no_price_line"}
    assert "add a line `Amazon.co.uk,GBP,sales,TAX_RATE,,minor,,`" in details(made)


def test_one_listing_in_doubt_leaves_its_neighbours_alone() -> None:
    made = offered(
        [BRITISH, GERMAN],
        [item(), item("JUG", "0")],
        skus=[sku("CUP-1"), sku("JUG-1", "JUG")],
        marketplaces=[UK],
    )
    assert prices(made) == {"Amazon.co.uk:CUP-1": "12.00"}
    assert held(made) == {"price:Amazon.co.uk:JUG-1": "price_not_positive"}
