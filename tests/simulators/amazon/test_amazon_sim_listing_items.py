"""Listings items as they are read: one item, searches, and the report of the same state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from simulators.amazon_sp import Seller, listings
from simulators.amazon_sp.offers import scheduled
from simulators.clock import Clock

Ask = Callable[..., Any]
UK, DE, US = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "ATVPDKIKX0DER"
ITEMS = "/listings/2021-08-01/items/A2DEMOSELLER01"


@pytest.fixture(autouse=True)
def _many_calls(seller: Seller) -> None:
    for operation in ("getListingsItem", "searchListingsItems"):
        seller.plans[operation] = (1000.0, 1000)


@pytest.fixture
def get(call: Ask) -> Ask:
    def ask_for(sku: str, **query: str) -> Any:
        path = f"{ITEMS}/{quote(sku, safe='')}"
        return call(path, {"marketplaceIds": UK, "includedData": "summaries,offers", **query})

    return ask_for


@pytest.fixture
def search(call: Ask) -> Ask:
    def ask_for(**query: str) -> Any:
        return call(ITEMS, {"marketplaceIds": UK, **query})

    return ask_for


def skus(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["sku"] for item in answer.json()["items"]]


# -- one item ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sku", ["LAMP/OAK 01", "100% wool", "a+b&c=d", "MUG-BLÜ", "a%2Fb", "#1?x"])
def test_a_sku_of_any_characters_is_found_when_it_is_encoded(
    get: Ask, seller: Seller, sku: str
) -> None:
    seller.add_listing(sku, "9.99")
    assert get(sku).json()["sku"] == sku


def test_a_slash_that_is_not_encoded_is_answered_with_403(call: Ask, seller: Seller) -> None:
    seller.add_listing("A/B", "9.99")
    answer = call(f"{ITEMS}/A/B", {"marketplaceIds": UK})
    assert (answer.status, answer.error["code"]) == (403, "Unauthorized")


def test_summaries_are_what_is_given_unless_more_is_asked_for(call: Ask, seller: Seller) -> None:
    seller.add_listing("A", "9.99")
    assert call(f"{ITEMS}/A", {"marketplaceIds": UK}).json().keys() == {"sku", "summaries"}


def test_an_unknown_sku_is_not_found(get: Ask) -> None:
    answer = get("A")
    assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")
    assert answer.error["message"] == f"SKU 'A' not found in marketplace {UK}"


def test_a_listing_of_another_marketplace_is_not_found_in_this(get: Ask, seller: Seller) -> None:
    seller.add_listing("A", "9.99", DE, currency="EUR")
    assert get("A").status == 404


@pytest.mark.parametrize(
    ("seller_id", "places", "status"),
    [
        ("A2DEMOSELLER01", "", 400),
        ("A2DEMOSELLER01", DE, 400),
        ("A2DEMOSELLER01", US, 403),
        ("A2DEMOSELLER01", f"{UK},{US}", 403),
        ("ANOTHERSELLER1", UK, 403),
    ],
)
def test_only_the_seller_and_the_marketplaces_that_are_authorised(
    call: Ask, seller: Seller, seller_id: str, places: str, status: int
) -> None:
    seller.add_listing("A", "9.99")
    query = {"marketplaceIds": places} if places else {}
    for path in ("", "/A"):
        answer = call(f"/listings/2021-08-01/items/{seller_id}{path}", query)
        assert answer.status == status


def test_the_role_is_due(get: Ask, search: Ask, seller: Seller) -> None:
    seller.roles.discard("Product Listing")
    assert (get("A").status, search().status) == (403, 403)


def test_the_usage_plan_is_a_burst_of_ten_to_read_one_and_five_to_search(
    get: Ask, search: Ask, seller: Seller
) -> None:
    seller.plans["getListingsItem"], seller.plans["searchListingsItems"] = (5.0, 10), (5.0, 5)
    assert [get("A").status for _ in range(11)] == [404] * 10 + [429]
    assert [search().status for _ in range(6)] == [200] * 5 + [429]


def test_the_price_is_the_discounted_one_while_its_schedule_runs(
    get: Ask, seller: Seller, clock: Clock
) -> None:
    sale = {
        "start_at": "2026-11-21T09:10:00Z",
        "end_at": "2026-11-21T09:20:00Z",
        "value_with_tax": Decimal("7.5"),
    }
    seller.add_listing("A", "9.99", offer_more={"discounted_price": scheduled(sale)}, business="9")

    def prices() -> dict[str, str]:
        return {each["offerType"]: each["price"]["amount"] for each in get("A").json()["offers"]}

    seen = [prices()]
    for _ in range(2):
        clock.advance(minutes=10)
        seen.append(prices())
    assert [each["B2C"] for each in seen] == ["9.99", "7.50", "9.99"]
    assert {each["B2B"] for each in seen} == {"9.00"}
    assert seller.listing("A").price() == Decimal("9.99")


def test_an_ended_listing_has_no_offer_and_no_status(get: Ask, seller: Seller) -> None:
    seller.add_listing("A", "9.99")
    seller.end_listing("A")
    item = get("A").json()
    assert (item["summaries"][0]["status"], item["offers"]) == ([], [])


def test_a_merchants_listing_without_stock_can_be_found_and_not_bought(
    get: Ask, seller: Seller
) -> None:
    seller.add_listing("A", "9.99", quantity=0)
    seller.add_listing("B", "9.99", quantity=1)
    assert get("A").json()["summaries"][0]["status"] == ["DISCOVERABLE"]
    assert get("B").json()["summaries"][0]["status"] == ["BUYABLE", "DISCOVERABLE"]


# -- search ------------------------------------------------------------------------------------


def test_pages_of_ten_one_after_the_other_and_back(search: Ask, seller: Seller) -> None:
    for number in range(25):
        seller.add_listing(f"S{number:02d}", "1.00")
    first = search(sortBy="sku", sortOrder="ASC").json()
    assert (first["numberOfResults"], len(first["items"])) == (25, 10)
    token = first["pagination"]["nextToken"]
    second = search(sortBy="sku", sortOrder="ASC", pageToken=token).json()
    assert second["items"][0]["sku"] == "S10"
    back = second["pagination"]["previousToken"]
    assert search(sortBy="sku", sortOrder="ASC", pageToken=back).json()["items"] == first["items"]
    token = second["pagination"]["nextToken"]
    last = search(sortBy="sku", sortOrder="ASC", pageToken=token).json()
    assert len(last["items"]) == 5
    assert "nextToken" not in last["pagination"]


def test_a_token_goes_with_the_arguments_of_its_first_call(search: Ask, seller: Seller) -> None:
    for number in range(25):
        seller.add_listing(f"S{number:02d}", "1.00")
    token = search().json()["pagination"]["nextToken"]
    assert search(pageToken=token, sortBy="sku").status == 400
    assert search(pageToken="bm9uZQ==").status == 400


def test_only_a_thousand_can_be_paged_through(search: Ask, seller: Seller) -> None:
    for number in range(1015):
        seller.add_listing(f"S{number:04d}", "1.00")
    seen: list[str] = []
    query = {"pageSize": "20", "sortBy": "sku", "sortOrder": "ASC"}
    sizes: list[int] = []
    while len(sizes) < 60:
        page = search(**query)
        sizes.append(len(skus(page)))
        seen += skus(page)
        if "nextToken" not in page.json()["pagination"]:
            break
        query["pageToken"] = page.json()["pagination"]["nextToken"]
    assert page.json()["numberOfResults"] == 1015
    assert len(set(seen)) == len(seen) == 1000
    assert sizes == [20] * 50


def test_twenty_identifiers_at_most_and_only_with_their_type(search: Ask, seller: Seller) -> None:
    for number in range(30):
        seller.add_listing(f"S{number:02d}", "1.00")
    named = ",".join(f"S{number:02d}" for number in range(20))
    found = skus(search(identifiers=named, identifiersType="SKU", pageSize="20"))
    assert sorted(found) == named.split(",")
    assert search(identifiers=named + ",S21", identifiersType="SKU").status == 400
    assert search(identifiers="S01").status == 400
    assert search(identifiersType="SKU").status == 400
    asin = seller.listing("S07").asin
    assert skus(search(identifiers=asin, identifiersType="ASIN")) == ["S07"]


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": "21"},
        {"pageSize": "0"},
        {"sortBy": "price"},
        {"sortOrder": "UP"},
        {"withStatus": "ACTIVE"},
        {"includedData": "prices"},
        {"lastUpdatedAfter": "yesterday"},
        {"lastUpdatedAfter": "2026-11-20T00:00:00Z", "lastUpdatedBefore": "2026-11-19T00:00:00Z"},
        {"identifiers": "A", "identifiersType": "SKU", "variationParentSku": "B"},
    ],
)
def test_what_the_model_does_not_allow_is_refused(search: Ask, query: dict[str, str]) -> None:
    assert search(**query).status == 400


def test_searches_are_filtered_by_status_issues_and_time(
    search: Ask, seller: Seller, clock: Clock
) -> None:
    now = clock.now()
    seller.add_listing("ENDED", "1.00", opened=now - timedelta(days=3))
    seller.end_listing("ENDED")
    seller.add_listing("EMPTY", "1.00", quantity=0, opened=now - timedelta(days=2))
    bad = {"code": "18155", "message": "Low.", "severity": "ERROR", "categories": []}
    seller.add_listing("BAD", "1.00", issues=[bad], opened=now - timedelta(days=1))
    assert skus(search()) == ["BAD", "EMPTY", "ENDED"]
    assert skus(search(withStatus="BUYABLE")) == ["BAD"]
    assert skus(search(withStatus="DISCOVERABLE")) == ["BAD", "EMPTY"]
    assert skus(search(withoutStatus="DISCOVERABLE")) == ["ENDED"]
    assert skus(search(withIssueSeverity="ERROR")) == ["BAD"]
    assert skus(search(createdBefore="2026-11-19T09:00:00Z")) == ["EMPTY", "ENDED"]
    assert skus(search(lastUpdatedAfter="2026-11-20T00:00:00Z")) == ["BAD"]
    assert skus(search(sortBy="createdDate", sortOrder="ASC")) == ["ENDED", "EMPTY", "BAD"]


# -- the report of the same state --------------------------------------------------------------


def test_the_report_and_the_items_tell_the_same(get: Ask, seller: Seller) -> None:
    seller.add_listing("OWN", "9.9", quantity=7, business="8.90")
    seller.add_listing("FBA", "5.00")
    seller.add_listing("OLD", "3.00", quantity=1)
    seller.end_listing("OLD")
    written = listings.text(seller, {"marketplaceIds": [UK]}).splitlines()
    header, *rows = (line.split("\t") for line in written)
    found = {row[3]: dict(zip(header, row, strict=True)) for row in rows}
    wanted = ("price", "quantity", "Business Price", "fulfillment-channel", "status")
    assert {sku: [cells[name] for name in wanted] for sku, cells in found.items()} == {
        "OWN": ["9.90", "7", "8.90", "DEFAULT", "Active"],
        "FBA": ["5.00", "", "", "AMAZON_EU", "Active"],
        "OLD": ["3.00", "1", "", "DEFAULT", "Inactive"],
    }
    for sku in ("OWN", "FBA"):
        assert get(sku).json()["offers"][0]["price"]["amount"] == found[sku]["price"]


def test_a_removed_listing_is_nowhere(get: Ask, seller: Seller) -> None:
    seller.add_listing("A", "9.99")
    seller.remove_listing("A")
    assert get("A").status == 404
    assert "A" not in listings.text(seller, {"marketplaceIds": [UK]}).splitlines()[1:]
