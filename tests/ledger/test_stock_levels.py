"""Stock at Amazon becomes an item's quantity on hand: counted once, summed, or held by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from casebook import DE, UK, book
from hypothesis import given
from hypothesis import strategies as st

from transforms.ledger.book import Book, Marketplace, Sku
from transforms.ledger.outcome import Held
from transforms.ledger.stock import Channel, Count, Part, StockLevel, levels, owned

DAY = date(2026, 4, 20)
FR = replace(DE, marketplace_id="A13V1IB3VIYZZH", name="Amazon.fr")
POOLED = (UK, replace(DE, stock_pool="EU"), replace(FR, stock_pool="EU"))


def sku(seller_sku: str, item: str, marketplace: str = "", cost: str | None = None) -> Sku:
    unit_cost = None if cost is None else Decimal(cost)
    return Sku(seller_sku, marketplace, item, "", "", unit_cost=unit_cost)


def books(*skus: Sku, marketplaces: tuple[Marketplace, ...] = (UK, DE, FR), **more: Any) -> Book:
    return replace(book(marketplaces=marketplaces, **more), skus=skus)


def count(
    place: Marketplace | str, seller_sku: str, quantity: int | None, channel: Channel = "fba"
) -> Count:
    return Count(place, seller_sku, channel, quantity)


def made(of: Book, *counts: Count) -> dict[str, int]:
    """The quantity of each item; nothing may be held."""
    found = list(levels(counts, of, DAY))
    assert not [each for each in found if isinstance(each, Held)]
    return {each.item_code: each.quantity for each in found if isinstance(each, StockLevel)}


def held(of: Book, *counts: Count) -> dict[str, tuple[str, str]]:
    """What is held, with reason and words; nothing may be made of the same item."""
    found = list(levels(counts, of, DAY))
    waits = [each for each in found if isinstance(each, Held)]
    assert {each.stream for each in waits} <= {"stock_levels"}
    assert all(each.record is None for each in waits)
    ids = [each.document_id for each in found]
    assert len(ids) == len(set(ids)), "an item is either made or held"
    return {each.document_id: (each.reason, each.details) for each in waits}


CUP = books(sku("CUP", "CUP-1"))


def test_what_counts_is_what_amazon_has_and_can_still_be_sold() -> None:
    assert owned(fulfillable=5, reserved=2, researching=1) == 8
    assert owned(fulfillable=0, reserved=None, researching=None) == 0
    assert owned(fulfillable=None, reserved=3, researching=1) is None, "it tells nothing"


def test_units_are_summed_over_marketplaces_and_channels() -> None:
    of = (count(UK, "CUP", 5), count(DE, "CUP", 3), count(UK, "CUP", 2, "merchant"))
    [level] = levels(of, CUP, DAY)
    assert isinstance(level, StockLevel)
    assert (level.item_code, level.quantity) == ("CUP-1", 10)
    assert set(level.parts) == {
        Part("Amazon.co.uk", "CUP", "fba", None, 5),
        Part("Amazon.de", "CUP", "fba", None, 3),
        Part("Amazon.co.uk", "CUP", "merchant", None, 2),
    }
    assert (level.document_id, level.date, level.currency) == ("stock:CUP-1", DAY, "GBP")
    assert (level.account, level.tax_type) == ("stock_adjustment", "NONE")
    assert level.contact == "Inventory Adjustments"


def test_several_skus_of_one_item_add_up() -> None:
    of = books(sku("CUP", "CUP-1"), sku("CUP-FBM", "CUP-1"))
    assert made(of, count(UK, "CUP", 5), count(UK, "CUP-FBM", 4, "merchant")) == {"CUP-1": 9}


def test_nothing_left_is_a_level_too() -> None:
    assert made(CUP, count(UK, "CUP", 0)) == {"CUP-1": 0}


@pytest.mark.parametrize("channel", ["fba", "merchant"])
def test_marketplaces_of_one_pool_count_once(channel: Channel) -> None:
    of = books(sku("CUP", "CUP-1"), marketplaces=POOLED)
    _, de, fr = POOLED
    counts = (count(fr, "CUP", 7, channel), count(de, "CUP", 7, channel), count(UK, "CUP", 1))
    assert made(of, *counts) == {"CUP-1": 8}
    [level] = levels(counts, of, DAY)
    assert isinstance(level, StockLevel)
    assert Part("Amazon.de", "CUP", channel, "EU", 7) in level.parts, "the first in the maps"


def test_a_marketplace_of_the_pool_that_does_not_list_the_sku_says_nothing_against() -> None:
    of = books(sku("CUP", "CUP-1"), marketplaces=POOLED)
    _, de, fr = POOLED
    assert made(of, count(de, "CUP", 7), count(fr, "CUP", None, "merchant")) == {"CUP-1": 7}


def test_warehouse_and_merchant_stock_of_one_pool_are_two() -> None:
    of = books(sku("CUP", "CUP-1"), marketplaces=POOLED)
    _, de, fr = POOLED
    counts = (count(de, "CUP", 7), count(fr, "CUP", 7), count(de, "CUP", 2, "merchant"))
    assert made(of, *counts) == {"CUP-1": 9}


def test_a_pool_that_contradicts_itself_holds_the_whole_item() -> None:
    of = books(sku("CUP", "CUP-1"), sku("TOY", "TOY-1"), marketplaces=POOLED)
    _, de, fr = POOLED
    counts = (count(de, "CUP", 7), count(fr, "CUP", 6), count(UK, "CUP", 1))
    [(reason, words)] = held(of, *counts).values()
    assert reason == "stock_conflict"
    assert words.startswith("item CUP-1: SKU CUP has one stock in its pool")
    assert "(Amazon.de 7, Amazon.fr 6)" in words
    others = list(levels((*counts, count(UK, "TOY", 2)), of, DAY))
    assert [each.document_id for each in others if isinstance(each, StockLevel)] == ["stock:TOY-1"]


def test_one_stock_that_is_two_items_is_held_for_both() -> None:
    skus = sku("CUP", "CUP-DE", "Amazon.de"), sku("CUP", "CUP-FR", "Amazon.fr")
    _, de, fr = POOLED
    found = held(books(*skus, marketplaces=POOLED), count(de, "CUP", 7), count(fr, "CUP", 7))
    assert set(found) == {"stock:CUP-DE", "stock:CUP-FR"}
    assert "give it one item in skus.csv" in found["stock:CUP-DE"][1]


def test_a_sku_that_is_another_item_in_another_marketplace_is_counted_there() -> None:
    of = books(sku("CUP", "CUP-1"), sku("CUP", "CUP-DE", "Amazon.de"))
    assert made(of, count(UK, "CUP", 5), count(DE, "CUP", 3)) == {"CUP-1": 5, "CUP-DE": 3}


def test_an_unmapped_sku_with_stock_is_held_by_name() -> None:
    found = held(CUP, count(UK, "NEW, 9", 4), count(DE, "NEW, 9", 1), count(FR, "NEW, 9", 0))
    [(reason, words)] = [found.pop("stock:sku:NEW, 9")]
    assert not found
    assert reason == "unmapped_sku"
    assert "SKU NEW, 9 has stock (4 at Amazon.co.uk, 1 at Amazon.de)" in words
    assert '`"NEW, 9",,ITEM_CODE,,,`' in words


def test_an_unmapped_sku_without_stock_and_one_without_an_item_are_left_out() -> None:
    of = books(sku("PLAIN", ""))
    assert made(of, count(UK, "NEW", 0), count(UK, "PLAIN", 5)) == {}


def test_stock_where_the_maps_have_no_marketplace_holds_the_item() -> None:
    [(reason, words)] = held(CUP, count(UK, "CUP", 5), count("A1C3SOZRARQ6R3", "CUP", 2)).values()
    assert reason == "stock_conflict"
    assert "2 of SKU CUP are at A1C3SOZRARQ6R3, which marketplaces.csv does not have" in words
    assert made(CUP, count(UK, "CUP", 5), count("A1C3SOZRARQ6R3", "CUP", 0)) == {"CUP-1": 5}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (count(UK, "CUP", -1), "Amazon.co.uk tells -1 of SKU CUP"),
        (Count(UK, "CUP", "fba", None, "no quantities"), "Amazon.co.uk, SKU CUP: no quantities"),
    ],
)
def test_a_count_that_cannot_be_trusted_holds_the_item(bad: Count, words: str) -> None:
    [(_, said)] = held(CUP, bad, count(DE, "CUP", 5)).values()
    assert words in said


def test_without_an_account_the_level_is_held_with_the_line_to_add() -> None:
    of = replace(CUP, accounts=())
    [(reason, words)] = held(of, count(UK, "CUP", 5)).values()
    assert reason == "no_account"
    assert "`stock_adjustment,,,,ACCOUNT,NONE`" in words


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (("2.50", "2.50"), "2.50"),
        ((None, "2.50"), "2.50"),
        (("2.50", "3"), None),
        ((None, None), None),
    ],
)
def test_the_unit_cost_is_what_skus_csv_says_in_one_voice(
    costs: tuple[str | None, str | None], expected: str | None
) -> None:
    of = books(sku("A", "X", cost=costs[0]), sku("B", "X", cost=costs[1]))
    [level] = levels([count(UK, "A", 1), count(UK, "B", 1)], of, DAY)
    assert isinstance(level, StockLevel)
    assert level.unit_cost == (None if expected is None else Decimal(expected))


def test_with_tracked_stock_the_settlements_book_no_cost_of_goods() -> None:
    """Xero books the cost of what it tracks; a journal would book it twice."""
    assert books(sku("A", "X", cost="2")).has_costs
    assert not books(sku("A", "X", cost="2"), stock_to_xero="tracked_items").has_costs


places = st.sampled_from(POOLED)
counted = st.builds(
    count,
    places,
    st.sampled_from(["A", "B", "C"]),
    st.integers(0, 9),
    st.sampled_from(["fba", "merchant"]),
)


@given(
    st.lists(
        counted, max_size=12, unique_by=lambda each: (each.place, each.seller_sku, each.channel)
    ),
    st.randoms(),
)
def test_no_unit_is_lost_or_doubled_in_any_order(counts: list[Count], rng: Any) -> None:
    of = books(sku("A", "ONE"), sku("B", "ONE"), sku("C", "TWO"), marketplaces=POOLED)
    found = {each.document_id: each for each in levels(counts, of, DAY)}
    rng.shuffle(counts)
    assert {each.document_id: each for each in levels(counts, of, DAY)}.keys() == found.keys()
    for level in found.values():
        if not isinstance(level, StockLevel):
            continue
        mine = [
            each
            for each in counts
            if ("ONE" if each.seller_sku != "C" else "TWO") == level.item_code
        ]
        stocks: dict[tuple[str, str, str], set[int | None]] = {}
        for each in mine:
            assert isinstance(each.marketplace, Marketplace)
            where = each.marketplace.stock_pool or each.place
            stocks.setdefault((each.seller_sku, each.channel, where), set()).add(each.quantity)
        assert all(len(told) == 1 for told in stocks.values())
        assert level.quantity == sum(next(iter(told)) or 0 for told in stocks.values())
        assert level.quantity == sum(part.quantity for part in level.parts)
