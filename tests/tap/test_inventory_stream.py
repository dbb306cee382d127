from __future__ import annotations

from typing import Any

import pytest
from amazon_stub import Stub
from amazon_tap import CREDENTIALS, Json, Run, Tap, catalog_with, run

from simulators.amazon_sp import Seller
from simulators.clock import Clock
from simulators.wsgi import LoopbackServer, Response

PATH = "/fba/inventory/v1/summaries"
UK, DE = "A1F83G8C2ARO7P", "A1PA6795UKMFR9"


def many(number: int, changed: str = "2026-11-01T00:00:00Z") -> list[dict[str, Any]]:
    return [
        {
            "sellerSku": f"SKU-{at:04d}",
            "condition": "NewItem",
            "fnSku": f"X{at:04d}",
            "lastUpdatedTime": changed,
            "totalQuantity": at,
        }
        for at in range(number)
    ]


def asked(seller: Seller) -> list[dict[str, list[str]]]:
    return [call.query for call in seller.calls if call.path == PATH]


def skus(records: list[Json]) -> list[str]:
    return [each["seller_sku"] for each in records]


def listed(stub: Stub) -> Run:
    """Run the tap against what a test laid out."""
    with LoopbackServer(stub) as host:
        urls = {"api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}
        config = {**CREDENTIALS, **urls, "marketplace_ids": [UK]}
        return run(config, clock=Clock(), streams=["inventory"])


def test_stock_of_every_marketplace_with_its_quantities(tap: Tap, seller: Seller) -> None:
    found = tap("inventory").records("inventory")
    assert {each["marketplace_id"] for each in found} == {UK, DE}
    assert len(found) == sum(map(len, seller.inventory.values()))
    mug = next(each for each in found if each["seller_sku"] == "MUG-BLÜ")
    parts = ("fulfillable", "reserved", "unfulfillable", "researching")
    inbound = ("inbound_working", "inbound_shipped", "inbound_receiving")
    assert mug["total_quantity"] == sum(mug[f"{name}_quantity"] for name in (*parts, *inbound))
    assert mug["product_name"] == "Stoneware Mug, Cobalt Blue, 350 ml"


def test_each_call_asks_for_one_marketplace_with_details(tap: Tap, seller: Seller) -> None:
    tap("inventory")
    for query in asked(seller):
        assert query["granularityType"] == ["Marketplace"]
        assert query["granularityId"] == query["marketplaceIds"]
        assert query["details"] == ["true"]
        assert len(query["marketplaceIds"][0].split(",")) == 1


def test_only_the_marketplaces_of_the_settings(tap: Tap, seller: Seller) -> None:
    found = tap("inventory", marketplace_ids=[DE]).records("inventory")
    assert {each["marketplace_id"] for each in found} == {DE}
    assert "/sellers/v1/marketplaceParticipations" not in {call.path for call in seller.calls}


def test_places_without_stock_of_their_own_are_not_asked_for(tap: Tap, seller: Seller) -> None:
    for place, participates in (("Non-Amazon UK", True), ("Amazon.fr", False)):
        seller.participations.append(
            {
                "marketplace": {"id": f"A-{place}", "name": place},
                "participation": {"isParticipating": participates},
            }
        )
    tap("inventory")
    assert {query["marketplaceIds"][0] for query in asked(seller)} == {UK, DE}


def test_pages_are_read_with_the_token_and_every_parameter(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.inventory[UK] = many(120)
    ran = empty_tap("inventory", marketplace_ids=[UK])
    assert skus(ran.records("inventory")) == [f"SKU-{at:04d}" for at in range(120)]
    first, *later = asked(empty_seller)
    assert len(later) == 2
    for query in later:
        assert {k: v for k, v in query.items() if k != "nextToken"} == first


def test_a_token_that_died_in_a_wait_begins_the_listing_again_without_doubles(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.inventory[UK] = many(120)
    # Five throttled calls in a row wait longer than the 30 seconds of a token.
    quota = {"errors": [{"code": "QuotaExceeded", "message": "quota"}]}
    empty_seller.faults.respond(429, quota, path=PATH, nth=3, times=5)
    ran = empty_tap("inventory", marketplace_ids=[UK])
    assert ran.error is None
    assert skus(ran.records("inventory")) == [f"SKU-{at:04d}" for at in range(120)]
    assert sum(ran.waits) > 30
    assert 400 in [call.status for call in empty_seller.calls if call.path == PATH]


def test_a_quantity_that_changed_before_the_listing_began_again_comes_anew() -> None:
    before, after = many(1), many(1)
    after[0]["totalQuantity"] = 7
    stub = Stub()

    def page(found: list[dict[str, Any]], token: str | None = None) -> Response:
        body: dict[str, Any] = {"payload": {"inventorySummaries": found}}
        return Response(200, {**body, "pagination": {"nextToken": token}} if token else body)

    refused = Response(400, {"errors": [{"code": "InvalidInput", "message": "expired"}]})
    other = {**many(2)[1]}
    stub.answer(PATH, page(before, "t1"), refused, page(after, "t2"), page([other]))
    ran = listed(stub)
    found = [(each["seller_sku"], each["total_quantity"]) for each in ran.records("inventory")]
    assert found == [("SKU-0000", 0), ("SKU-0000", 7), ("SKU-0001", 1)]


def test_a_token_that_comes_twice_ends_in_an_error_and_not_in_a_circle() -> None:
    stub = Stub()
    page = {"payload": {"inventorySummaries": many(1)}, "pagination": {"nextToken": "same"}}
    stub.answer(PATH, Response(200, page))
    ran = listed(stub)
    assert "same page token twice" in str(ran.error)
    assert len(ran.records("inventory")) == 1


def test_by_change_the_start_is_repeated_with_the_token(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.inventory[UK] = many(3) + [
        {**each, "sellerSku": f"NEW-{each['sellerSku']}"}
        for each in many(60, "2026-11-19T08:00:00Z")
    ]
    catalog = catalog_with("inventory", "INCREMENTAL", "last_updated")
    first = empty_tap(catalog=catalog, marketplace_ids=[UK])
    assert len(first.records("inventory")) == 63
    assert first.bookmark("inventory") == "2026-11-20T11:45:00Z"
    empty_seller.calls.clear()
    state = first.state
    state["bookmarks"]["inventory"]["replication_key_value"] = "2026-11-10T00:00:00Z"
    second = empty_tap(catalog=catalog, state=state, marketplace_ids=[UK])
    assert len(second.records("inventory")) == 60
    queries = asked(empty_seller)
    assert len({query.get("nextToken", [""])[0] for query in queries}) == 2
    assert {query["startDateTime"][0] for query in queries} == {"2026-11-10T00:00:00Z"}


def test_a_missing_role_is_named(tap: Tap, seller: Seller) -> None:
    seller.roles -= {"Amazon Fulfillment", "Product Listing"}
    ran = tap("inventory")
    assert "'Amazon Fulfillment' or 'Product Listing'" in str(ran.error)


@pytest.mark.parametrize("missing", ["condition", "fnSku", "inventoryDetails", "lastUpdatedTime"])
def test_what_amazon_leaves_out_leaves_the_key_whole(
    empty_tap: Tap, empty_seller: Seller, missing: str
) -> None:
    empty_seller.inventory[UK] = [{k: v for k, v in many(1)[0].items() if k != missing}]
    (record,) = empty_tap("inventory", marketplace_ids=[UK]).records("inventory")
    assert all(isinstance(record[name], str) for name in ("seller_sku", "condition", "fnsku"))


def whole(ran: Run, stream: str = "inventory") -> Any:
    return ran.state.get("bookmarks", {}).get(stream, {}).get("whole")


def test_the_state_says_which_marketplaces_were_read_from_end_to_end(
    tap: Tap, seller: Seller
) -> None:
    """Whoever sums over marketplaces cannot tell from records that one is missing."""
    told = whole(tap("inventory"))
    assert told == {"at": told["at"], "marketplaces": [UK, DE], "all": True}
    assert told["at"].endswith("Z")
    seller.clock.advance(hours=1)
    chosen = whole(tap("inventory", marketplace_ids=[DE]))
    assert (chosen["marketplaces"], chosen["all"]) == ([DE], False)
    assert chosen["at"] > told["at"]


def test_a_read_that_breaks_off_takes_back_what_an_earlier_one_said(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.inventory[UK] = many(120)
    state = empty_tap("inventory", marketplace_ids=[UK]).state
    refused = {"errors": [{"code": "InternalFailure", "message": "down"}]}
    empty_seller.faults.respond(500, refused, path=PATH, nth=3, times=None)
    ran = empty_tap("inventory", marketplace_ids=[UK], state=state)
    assert ran.error is not None
    assert ran.records("inventory"), "the first page came"
    begun = next(
        at
        for at, each in enumerate(ran.messages)
        if (each["type"], each.get("stream")) == ("SCHEMA", "inventory")
    )
    later = [each for each in ran.messages[begun:] if each["type"] == "STATE"]
    assert all(whole(Run([each])) is None for each in later)


def test_a_read_by_change_is_never_whole(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.inventory[UK] = many(3)
    catalog = catalog_with("inventory", "INCREMENTAL", "last_updated")
    assert whole(empty_tap(catalog=catalog, marketplace_ids=[UK])) is None
