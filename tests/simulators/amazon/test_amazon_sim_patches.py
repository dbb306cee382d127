"""Patches of listings: what they change and when, and in which words they are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from simulators.amazon_sp import Seller
from simulators.amazon_sp.offers import price_of, scheduled
from simulators.clock import Clock

Ask = Callable[..., Any]
UK, DE, JP = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "A1VC38T7YXB528"
ITEMS = "/listings/2021-08-01/items/A2DEMOSELLER01"
OFFER, STOCK = "/attributes/purchasable_offer", "/attributes/fulfillment_availability"
SELECTORS = {"marketplace_id": UK, "currency": "GBP", "audience": "ALL"}
SALE = {
    "start_at": "2026-11-20T00:00:00Z",
    "end_at": "2026-12-01T00:00:00Z",
    "value_with_tax": Decimal("8.00"),
}
PLAN = scheduled({"discount_type": "fixed", "levels": [{"lower_bound": 5, "value": 7}]})
BOUNDS = {
    "minimum_seller_allowed_price": scheduled({"value_with_tax": Decimal("5.00")}),
    "maximum_seller_allowed_price": scheduled({"value_with_tax": Decimal("20.00")}),
}


def at(price: Any) -> list[Any]:
    return [{"schedule": [{"value_with_tax": price}]}]


def priced(price: Any, **more: Any) -> dict[str, Any]:
    return {**SELECTORS, "our_price": at(price), **more}


@pytest.fixture(autouse=True)
def _account(seller: Seller) -> None:
    seller.plans["patchListingsItem"] = (1000.0, 1000)
    seller.participations.append({"marketplace": {"id": DE, "defaultCurrencyCode": "EUR"}})
    more = {"discounted_price": scheduled(SALE), **BOUNDS}
    seller.add_listing(
        "A",
        "10.00",
        quantity=4,
        offer_more=more,
        business="9.00",
        business_more={"quantity_discount_plan": PLAN},
    )


@pytest.fixture
def patch(call: Ask) -> Ask:
    def send(
        value: Any,
        op: str = "merge",
        path: str = OFFER,
        *,
        sku: str = "A",
        product_type: str = "PRODUCT",
        preview: bool = False,
        **query: str,
    ) -> Any:
        patches = [{"op": op, "path": path, "value": value}]
        body = {"productType": product_type, "patches": patches}
        asked = {"marketplaceIds": UK, **({"mode": "VALIDATION_PREVIEW"} if preview else {})}
        return call(
            f"{ITEMS}/{quote(sku, safe='')}",
            asked | query,
            method="PATCH",
            headers={"Content-Type": "application/json"},
            body=json.dumps(body),
        )

    return send


def issues(answer: Any) -> list[tuple[str, str]]:
    """The issues of a refusal, which comes as HTTP 200."""
    assert answer.status == 200, answer.body
    body = answer.json()
    assert body["status"] == "INVALID"
    assert all(each["severity"] == "ERROR" for each in body["issues"])
    return [(each["code"], each.get("attributeNames", [""])[0]) for each in body["issues"]]


# -- accepted and applied ----------------------------------------------------------------------


def test_accepted_is_queued_and_applied_after_its_time(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    seller.apply_time = timedelta(minutes=7)
    answer = patch([priced(12.34)]).json()
    assert (answer["status"], answer["issues"], answer["sku"]) == ("ACCEPTED", [], "A")
    clock.advance(minutes=6, seconds=59)
    assert seller.listing("A").price() == Decimal("10.00")
    clock.advance(seconds=1)
    assert seller.listing("A").price() == Decimal("12.34")
    assert seller.listing("A").updated == clock.now()


def test_what_is_stuck_is_accepted_and_never_applied(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    seller.stuck.add("A")
    assert patch([priced(12.34)]).json()["status"] == "ACCEPTED"
    clock.advance(days=3)
    assert seller.listing("A").price() == Decimal("10.00")


def test_a_preview_changes_nothing_and_names_the_asin(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    both = {"includedData": "identifiers,issues"}
    answer = patch([priced(12.34)], preview=True, **both).json()
    asin = seller.listing("A").asin
    assert (answer["status"], answer["issues"]) == ("VALID", [])
    assert answer["identifiers"] == [{"marketplaceId": UK, "asin": asin}]
    assert patch([priced(0)], preview=True, **both).json()["status"] == "INVALID"
    assert patch([priced(12.34)], **both).status == 400
    clock.advance(days=1)
    assert seller.listing("A").price() == Decimal("10.00")


def test_patches_are_applied_in_the_order_they_came(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    for price in (11, 13, 12):
        patch([priced(price)])
    clock.advance(minutes=1)
    assert seller.listing("A").price() == Decimal("12.00")


# -- what each operation changes ---------------------------------------------------------------


def test_merge_changes_only_what_is_sent(patch: Ask, seller: Seller, clock: Clock) -> None:
    before = [dict(each) for each in seller.listing("A").offers]
    patch([priced(12.5)])
    clock.advance(minutes=1)
    consumers, businesses = seller.listing("A").offers
    assert price_of(consumers) == Decimal("12.5")
    assert {**consumers, "our_price": before[0]["our_price"]} == before[0]
    assert businesses == before[1]


def test_merge_finds_the_offer_by_its_audience(patch: Ask, seller: Seller, clock: Clock) -> None:
    patch([priced(8.5, audience="B2B")])
    clock.advance(minutes=1)
    assert seller.listing("A").price("B2B") == Decimal("8.50")
    assert seller.listing("A").price() == Decimal("10.00")
    assert "quantity_discount_plan" in seller.listing("A").offers[1]


def test_null_in_a_merge_clears_what_it_names(patch: Ask, seller: Seller, clock: Clock) -> None:
    patch([{**SELECTORS, "discounted_price": None}])
    clock.advance(minutes=1)
    offered = seller.listing("A").offers[0]
    assert "discounted_price" not in offered
    assert "minimum_seller_allowed_price" in offered


def test_replace_drops_whatever_is_not_sent_again(patch: Ask, seller: Seller, clock: Clock) -> None:
    patch([priced(12.5)], "replace")
    clock.advance(minutes=1)
    assert seller.listing("A").offers == [{**SELECTORS, "our_price": at(Decimal("12.5"))}]


def test_replace_leaves_other_marketplaces_alone_and_may_name_several(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    seller.add_listing("A", "11.00", DE, offer_more={"discounted_price": scheduled(SALE)})
    patch([priced(12.5)], "replace")
    clock.advance(minutes=1)
    assert "discounted_price" in seller.listing("A", DE).offers[0]
    german = {"marketplace_id": DE, "currency": "EUR", "audience": "ALL", "our_price": at(14)}
    patch([priced(13), german], "replace")
    clock.advance(minutes=1)
    prices = [seller.listing("A", place).price() for place in (UK, DE)]
    assert prices == [Decimal("13.00"), Decimal("14.00")]


def test_replace_takes_selectors_that_are_left_out_from_the_request(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    patch([{"our_price": at(12.5)}], "replace")
    clock.advance(minutes=1)
    assert seller.listing("A").offers == [{**SELECTORS, "our_price": at(Decimal("12.5"))}]


@pytest.mark.parametrize("op", ["merge", "delete"])
@pytest.mark.parametrize("selector", SELECTORS)
def test_merge_and_delete_need_every_selector(patch: Ask, op: str, selector: str) -> None:
    value = {name: part for name, part in priced(12).items() if name != selector}
    assert issues(patch([value], op)) == [("90220", "purchasable_offer")]


def test_delete_takes_away_the_offer_or_the_members_it_names(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    patch([{**SELECTORS, "discounted_price": scheduled(SALE_TEXT)}], "delete")
    clock.advance(minutes=1)
    assert "discounted_price" not in seller.listing("A").offers[0]
    patch([{**SELECTORS, "audience": "B2B"}], "delete")
    clock.advance(minutes=1)
    assert [each["audience"] for each in seller.listing("A").offers] == ["ALL"]


SALE_TEXT = {**SALE, "value_with_tax": 8}


def test_stock_is_merged_by_its_channel(patch: Ask, seller: Seller, clock: Clock) -> None:
    seller.listing("A").availability[0]["lead_time_to_ship_max_days"] = 3
    patch([{"fulfillment_channel_code": "DEFAULT", "quantity": 0}], path=STOCK)
    clock.advance(minutes=1)
    assert seller.listing("A").availability == [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 0, "lead_time_to_ship_max_days": 3}
    ]
    assert not seller.listing("A").active
    patch([{"fulfillment_channel_code": "DEFAULT", "quantity": 6}], "replace", STOCK)
    clock.advance(minutes=1)
    assert "lead_time_to_ship_max_days" not in seller.listing("A").availability[0]


def test_stock_may_differ_by_marketplace(patch: Ask, seller: Seller, clock: Clock) -> None:
    seller.add_listing("A", "11.00", DE, quantity=1)
    held = {"fulfillment_channel_code": "DEFAULT"}
    both = [{**held, "quantity": 7, "marketplace_id": UK}]
    both.append({**held, "quantity": 8, "marketplace_id": DE})
    assert patch(both, path=STOCK).json()["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    assert [seller.listing("A", place).quantity for place in (UK, DE)] == [7, 8]
    assert issues(patch([*both, both[0]], path=STOCK)) == [("4000001", "fulfillment_availability")]


def test_an_ended_listing_can_be_patched_and_stays_ended(
    patch: Ask, seller: Seller, clock: Clock
) -> None:
    seller.end_listing("A")
    assert patch([priced(12)]).json()["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    assert (seller.listing("A").price(), seller.listing("A").active) == (Decimal("12.00"), False)


def test_an_unknown_sku_is_accepted_and_begins_an_incomplete_listing(
    patch: Ask, call: Ask, clock: Clock
) -> None:
    """So sellers report it, and Amazon calls it expected: selling-partner-api-models 2797."""
    answer = patch([priced(12)], sku="TYPO", preview=True, includedData="identifiers,issues").json()
    assert (answer["status"], answer["identifiers"]) == ("VALID", [])
    assert patch([priced(12)], sku="TYPO").json()["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    item = call(f"{ITEMS}/TYPO", {"marketplaceIds": UK, "includedData": "summaries,offers"}).json()
    assert (item["summaries"][0]["status"], item["offers"]) == ([], [])
    assert "asin" not in item["summaries"][0]


# -- refused as no patch at all (400) ----------------------------------------------------------


@pytest.mark.parametrize("path", [f"{OFFER}/0", "/attributes", "purchasable_offer", f"{OFFER}/"])
def test_only_top_level_attributes_can_be_patched(patch: Ask, path: str) -> None:
    answer = patch([priced(12)], path=path)
    assert answer.status == 400
    assert answer.error["message"] == "Invalid path provided in patch at index of 0."


@pytest.mark.parametrize("value", [None, [], {}, priced(12)])
def test_a_value_is_an_array_with_something_in_it(patch: Ask, value: Any) -> None:
    answer = patch(value)
    assert answer.status == 400
    assert answer.error["message"] == "Invalid empty value provided in patch at index of 0."


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        '{"productType":"PRODUCT"}',
        '{"productType":"PRODUCT","patches":[]}',
        '{"productType":"PRODUCT","patches":{"op":"replace"}}',
        '{"productType":"","patches":[{"op":"delete","path":"/attributes/x","value":[{}]}]}',
        '{"productType":"PRODUCT","patches":[{"op":"move","path":"/attributes/x","value":[{}]}]}',
        '{"productType":"PRODUCT","patches":[{"op":"merge","path":"/attributes/x","value":[1]}]}',
    ],
)
def test_a_body_that_is_no_patch_is_refused(call: Ask, body: str) -> None:
    kind = {"Content-Type": "application/json"}
    path, query = f"{ITEMS}/A", {"marketplaceIds": UK}
    answer = call(path, query, method="PATCH", headers=kind, body=body)
    assert (answer.status, answer.error["code"]) == (400, "InvalidInput")
    assert answer.error["message"].startswith("Request has missing or invalid parameters")
    assert call(path, query, method="PATCH", body=body).status == 415


# -- refused as INVALID (200) ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {**SELECTORS, "our_price": {"schedule": [{"value_with_tax": 12}]}},
        {**SELECTORS, "our_price": [{"schedule": {"value_with_tax": 12}}]},
        {**SELECTORS, "our_price": [{"value_with_tax": 12}]},
        {**SELECTORS, "our_price": []},
        {**SELECTORS, "our_price": [{"schedule": [{"value_with_tax": 12, "until": "x"}]}]},
        priced("12.00"),
        priced(True),
        priced(12.345),
        priced(0),
        priced(-1),
        priced(12, currency="EUR"),
        priced(12, marketplace_id="A13V1IB3VIYZZH"),
        priced(12, audience="EVERYONE"),
        priced(12, sale_price=at(3)),
        priced(12, discounted_price=at(8)),
        priced(12, quantity_discount_plan=[{"schedule": [{"discount_type": "fixed"}]}]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_amazons_words(patch: Ask, value: Any) -> None:
    for op in ("merge", "replace"):
        answer = patch([value], op)
        assert issues(answer) == [("4000001", "purchasable_offer")]
        [issue] = answer.json()["issues"]
        assert issue["message"] == "The provided value for 'purchasable_offer' is invalid."


def test_the_same_offer_twice_is_refused(patch: Ask) -> None:
    assert issues(patch([priced(12), priced(13)])) == [("4000001", "purchasable_offer")]


def test_yen_have_no_decimals(patch: Ask, seller: Seller, clock: Clock) -> None:
    seller.participations[:] = [{"marketplace": {"id": JP, "defaultCurrencyCode": "JPY"}}]
    seller.add_listing("Y", "1500", JP)
    value = {"marketplace_id": JP, "currency": "JPY", "audience": "ALL"}
    there = {"sku": "Y", "marketplaceIds": JP}
    assert issues(patch([{**value, "our_price": at(1499.5)}], **there))
    assert patch([{**value, "our_price": at(1499)}], **there).json()["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    assert str(seller.listing("Y", JP).price()) == "1499"


def test_a_misspelt_attribute_is_refused(patch: Ask) -> None:
    answer = patch([priced(12)], path="/attributes/purchaseable_offer")
    assert issues(answer) == [("90000900", "purchaseable_offer")]
    assert answer.json()["issues"][0]["message"] == "The attributes are invalid."


def test_an_unknown_product_type_is_refused_and_the_offers_own_will_do(
    patch: Ask, seller: Seller
) -> None:
    answer = patch([priced(12)], product_type="FERMENTER")
    assert issues(answer) == [("4000003", "")]
    seller.forget_product_type("LAMP")
    assert issues(patch([priced(12)], product_type="LAMP")) == [("4000003", "")]
    assert patch([priced(12)]).json()["status"] == "ACCEPTED"


@pytest.mark.parametrize(("price", "code"), [(4.99, "18155"), (20.01, "18156")])
def test_a_price_outside_the_sellers_bounds_is_refused(patch: Ask, price: float, code: str) -> None:
    # The discount would be in the way of the lower one.
    cleared = priced(price, discounted_price=None)
    assert issues(patch([cleared])) == [(code, "purchasable_offer")]
    for on_the_bound in (5, 20):
        answer = patch([priced(on_the_bound, discounted_price=None)])
        assert answer.json()["status"] == "ACCEPTED"


def test_bounds_may_move_with_the_price(patch: Ask) -> None:
    more = {"maximum_seller_allowed_price": at(40)}
    assert patch([priced(30, **more)]).json()["status"] == "ACCEPTED"


def test_a_discount_must_be_below_the_price_while_it_lasts(patch: Ask, seller: Seller) -> None:
    assert issues(patch([priced(8)])) == [("4000001", "purchasable_offer")]
    assert patch([priced(8.01)]).json()["status"] == "ACCEPTED"
    over = {**SALE, "end_at": "2026-11-21T08:00:00Z"}
    seller.add_listing("B", "10.00", offer_more={"discounted_price": scheduled(over)})
    assert patch([priced(8)], sku="B").json()["status"] == "ACCEPTED"


@pytest.mark.parametrize("code", ["AMAZON_EU", "DEFAULT"])
def test_a_quantity_of_goods_that_amazon_keeps_is_refused(
    patch: Ask, seller: Seller, code: str
) -> None:
    seller.add_listing("FBA", "10.00")
    stock = [{"fulfillment_channel_code": code, "quantity": 5}]
    for op in ("merge", "replace"):
        found = issues(patch(stock, op, STOCK, sku="FBA"))
        assert found == [("4000001", "fulfillment_availability")]


@pytest.mark.parametrize("quantity", [-1, 1.5, "5", None])
def test_a_quantity_is_a_whole_number(patch: Ask, quantity: Any) -> None:
    stock = [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]
    assert issues(patch(stock, "replace", STOCK)) == [("4000001", "fulfillment_availability")]


def test_the_usage_plan_is_a_burst_of_five(patch: Ask, seller: Seller, clock: Clock) -> None:
    seller.plans["patchListingsItem"] = (5.0, 5)
    states = [patch([priced(12)], preview=True).status for _ in range(6)]
    assert states == [200] * 5 + [429]
    clock.advance(seconds=0.2)
    assert patch([priced(12)], preview=True).status == 200
