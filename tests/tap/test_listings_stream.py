"""Listings: every offer of every marketplace, from one report each."""

from __future__ import annotations

import io
import logging
from decimal import Decimal

import pytest
from amazon_tap import Json, Tap

from amazon_sp import Document
from amazon_sp.errors import ReportFailed
from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo_goods import DE, DE_RANGE, MUG_GREEN, UK, UK_RANGE
from simulators.amazon_sp.demo_listings import ENDED_SKU
from tap_amazon_sp import listings
from tap_amazon_sp.faults import Unreadable


def test_the_demo_sellers_offers_are_its_skus_at_their_prices(tap: Tap) -> None:
    ran = tap("listings")
    assert ran.error is None
    found = {(r["marketplace"], r["seller_sku"]): r for r in ran.records("listings")}
    assert found.pop(("Amazon.co.uk", ENDED_SKU))["status"] == "Inactive"
    sold = [(UK, each) for each in (*UK_RANGE, MUG_GREEN)] + [(DE, each) for each in DE_RANGE]
    assert found.keys() == {(market.name, product.sku) for market, product in sold}
    for market, product in sold:
        listing = found[market.name, product.sku]
        assert Decimal(listing["price"]) == product.priced(market)
        assert listing["asin"] == product.asin
        assert listing["title"] == product.titled(market)
        assert listing["marketplace_id"] == market.marketplace_id
        own = listing["fulfillment_channel"] == "MERCHANT"
        assert (listing["quantity"] is not None) == own
        assert listing["status"] == "Active"
        assert listing["opened"].endswith(" GMT")
    assert found["Amazon.co.uk", "LAMP/OAK 01"]["business_price"] == "40.38"
    whole = ran.state["bookmarks"]["listings"]["whole"]
    assert (whole["marketplaces"], whole["all"]) == ([UK.marketplace_id, DE.marketplace_id], True)


def test_offers_agree_with_the_prices_that_orders_state(tap: Tap) -> None:
    ran = tap("listings", "orders", start_date="2026-09-01")
    prices = {(r["marketplace_id"], r["seller_sku"]): r["price"] for r in ran.records("listings")}
    checked = 0
    for order in ran.records("orders"):
        for item in order["items"]:
            if Decimal(item["unit_price"] or 0):  # a replacement costs nothing
                assert prices[order["marketplace_id"], item["sku"]] == item["unit_price"]
                checked += 1
    assert checked > 250


def test_one_marketplace_a_request_and_only_those_chosen(tap: Tap, seller: Seller) -> None:
    tap("listings")
    asked = [seller.reports[each]["marketplaceIds"] for each in seller.making]
    assert asked == [["A1F83G8C2ARO7P"], ["A1PA6795UKMFR9"]]
    seller.clock.advance(hours=2)
    ran = tap("listings", marketplace_ids=["A1PA6795UKMFR9"])
    assert {each["marketplace"] for each in ran.records("listings")} == {"Amazon.de"}


def test_a_run_soon_after_uses_the_report_that_is_there(tap: Tap, seller: Seller) -> None:
    first = tap("listings")
    seller.clock.advance(minutes=20)
    second = tap("listings")
    assert first.records("listings") == second.records("listings")
    assert len(seller.making) == 2


def test_a_cancelled_report_costs_its_marketplace_and_says_why(
    tap: Tap, seller: Seller, caplog: pytest.LogCaptureFixture
) -> None:
    seller.spoil_report("CANCELLED")
    ran = tap("listings")
    assert ran.error is None
    assert {each["marketplace"] for each in ran.records("listings")} == {"Amazon.de"}
    told = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert any("No listings of Amazon.co.uk are read" in line for line in told)
    whole = ran.state["bookmarks"]["listings"]["whole"]
    assert (whole["marketplaces"], whole["all"]) == (["A1PA6795UKMFR9"], False)


def test_a_failed_report_fails_the_run_after_the_others(tap: Tap, seller: Seller) -> None:
    seller.spoil_report("FATAL", "Internal Error.")
    ran = tap("listings")
    assert isinstance(ran.error, ReportFailed)
    assert {each["marketplace"] for each in ran.records("listings")} == {"Amazon.de"}
    assert "whole" not in ran.state.get("bookmarks", {}).get("listings", {})


def read(text: bytes, fallback: str | None = None) -> list[Json]:
    return list(listings.read(Document(io.BytesIO(text), None), fallback))


HEADER = "item-name\tlisting-id\tseller-sku\tprice\tquantity\topen-date\tfulfillment-channel"


@pytest.mark.parametrize(
    ("prices", "read_as"),
    [
        (["9.99", "1,234.50"], ["9.99", "1234.50"]),
        (["9,99", "1.234,50"], ["9.99", "1234.50"]),
        (["1980", ""], ["1980", None]),
    ],
)
def test_prices_are_read_by_what_the_whole_file_says(
    prices: list[str], read_as: list[str | None]
) -> None:
    rows = "".join(
        f"T\tL\tS{at}\t{price}\t\t01/01/2026 GMT\tDEFAULT\n" for at, price in enumerate(prices)
    )
    found = read(f"{HEADER}\n{rows}".encode())
    assert [each["price"] for each in found] == read_as


def test_japanese_reports_are_read_by_their_own_column_names() -> None:
    header = "商品名\t出品ID\t出品者SKU\t価格\t数量\t出品日\tASIN 1"
    header += "\tフルフィルメント・チャンネル\tステータス"
    row = "マグカップ\t1130L\tmug-1\t1980\t\t2026/01/05 10:00:00 JST\tB0DEMO0005\tAMAZON_JP\tActive"
    (found,) = read(f"{header}\n{row}\n".encode("cp932"), fallback="cp932")
    assert (found["title"], found["seller_sku"], found["price"]) == ("マグカップ", "mug-1", "1980")
    assert (found["asin"], found["fulfillment_channel"]) == ("B0DEMO0005", "AMAZON")


def test_a_product_id_is_an_asin_only_where_its_type_says_so() -> None:
    header = f"{HEADER}\tproduct-id-type\tproduct-id"
    rows = "T\tL\tA\t1.00\t\tX\tDEFAULT\t1\tB00X\nT\tL\tB\t1.00\t3\tX\tDEFAULT\t4\t4006381333931\n"
    found = read(f"{header}\n{rows}".encode("cp1252"))
    assert [each["asin"] for each in found] == ["B00X", None]
    assert [each["quantity"] for each in found] == [None, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seller-sku\tprice\nA\t1\n", "columns item-name, listing-id, quantity, open-date are"),
        (f"{HEADER}\nT\tL\tA\tfree\t\tX\t\n", "row 2: price 'free' is not an amount"),
        (f"{HEADER}\nT\tL\tA\t1,234\t\tX\t\n", "may be 1234 or 1.234"),
        (f"{HEADER}\nT\tL\tA\t1.00\t1.5\tX\t\n", "row 2: quantity '1.5' is not a whole number"),
        (f"{HEADER}\nT\tL\t\t1.00\t1\tX\t\n", "row 2: the row names no SKU"),
        (f"{HEADER}\nT\tL\tA\n", "row 2: 3 fields, where the header has 7"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(text.encode())
