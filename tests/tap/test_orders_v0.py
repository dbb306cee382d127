"""Orders through v0, for sellers whom Amazon refuses the newer version; and lost page tokens."""

from __future__ import annotations

import logging
from decimal import Decimal

import pytest
from amazon_tap import Json, Tap

from amazon_sp.errors import AccessDenied, Unavailable
from simulators.amazon_sp import Seller

V0 = "/orders/v0/orders"
V2026 = "/orders/2026-01-01/orders"
START = "2026-10-01"


@pytest.fixture
def refused(seller: Seller) -> Seller:
    """The demo seller, refused as Amazon refuses some, with pace enough for a test."""
    seller.refuse("searchOrders")
    for operation in ("getOrders", "getOrderItems"):
        seller.plans[operation] = (1000.0, 1000)
    return seller


def recent(seller: Seller) -> dict[str, Json]:
    """Give the orders that v0 can show: sales made elsewhere have no marketplace."""
    return {
        order_id: order
        for order_id, order in seller.orders.items()
        if order["lastUpdatedTime"] >= START and "marketplaceId" in order["salesChannel"]
    }


def test_a_refused_seller_is_read_through_v0_and_told_once(
    tap: Tap, refused: Seller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        ran = tap("orders", start_date=START)
    assert ran.error is None
    orders = ran.records("orders")
    assert sorted(each["order_id"] for each in orders) == sorted(recent(refused))
    assert {each["source"] for each in orders} == {"v0"}
    assert str(ran.bookmark("orders")).startswith("2026-11-20T11:58:00")
    told = [each.getMessage() for each in caplog.records if "v0" in each.getMessage()]
    assert len(told) == 1
    assert "AccessDeniedException" in told[0]
    assert "27 March 2027" in told[0]


def test_v0_gives_the_same_shape_and_names_what_it_lacks(tap: Tap, refused: Seller) -> None:
    through_v0 = {each["order_id"]: each for each in tap("orders", start_date=START).records(
        "orders")}  # fmt: skip
    refused.refused.clear()
    newer = {each["order_id"]: each for each in tap("orders", start_date=START).records("orders")}
    same = ("last_updated", "purchased", "status", "fulfilled_by", "channel", "marketplace_id",
            "marketplace_name", "programs", "associated_orders")  # fmt: skip
    for order_id, order in through_v0.items():
        known = newer[order_id]
        assert {name: order[name] for name in same} == {name: known[name] for name in same}
        assert order.keys() == known.keys()
        for item, other in zip(order["items"], known["items"], strict=True):
            for name in ("order_item_id", "sku", "quantity_ordered", "quantity_shipped"):
                assert item[name] == other[name]
            assert item["tax_models"] == other["tax_models"]
        for name in order["not_known"]:
            if "." not in name:
                assert order[name] is None, name


def test_v0s_total_is_what_its_items_say_unless_gifts_are_wrapped(
    tap: Tap, refused: Seller
) -> None:
    checked = 0
    for order in tap("orders", start_date=START).records("orders"):
        wrapped = "GIFT_WRAP" in str(refused.orders[order["order_id"]])
        if order["grand_total"] is None or wrapped:
            continue
        parts = [part for item in order["items"] for part in item["breakdowns"]]
        sign = {"DISCOUNT": -1, "TAX": 0}
        total = sum(Decimal(part["subtotal"]) * sign.get(part["type"], 1) for part in parts)
        assert total == Decimal(order["grand_total"])
        checked += 1
    assert checked > 100


def test_v0_is_paced_as_the_model_says_and_asks_for_the_sellers_marketplaces(
    tap: Tap, seller: Seller
) -> None:
    seller.refuse("searchOrders")
    ran = tap("orders", start_date="2026-11-15")
    assert ran.error is None
    assert 429 not in {call.status for call in seller.calls}
    (asked,) = (call.query for call in seller.calls if call.path == V0)
    assert asked["MarketplaceIds"] == ["A1F83G8C2ARO7P,A1PA6795UKMFR9"]
    assert asked["LastUpdatedAfter"] == ["2026-11-15T00:00:00Z"]


def test_the_next_run_tries_the_newer_version_first(tap: Tap, refused: Seller) -> None:
    first = tap("orders", start_date="2026-11-15")
    refused.refused.clear()
    refused.calls.clear()
    second = tap("orders", state=first.state)
    assert second.error is None
    paths = {call.path for call in refused.calls}
    assert V2026 in paths
    assert not any(path.startswith(V0) for path in paths)


@pytest.mark.parametrize("code", ["Unauthorized", "Forbidden"])
def test_another_403_stays_an_error(tap: Tap, seller: Seller, code: str) -> None:
    seller.refuse("searchOrders", code)
    ran = tap("orders", start_date=START)
    assert isinstance(ran.error, AccessDenied)
    assert not any(call.path.startswith(V0) for call in seller.calls)


def test_a_missing_role_stays_an_error(tap: Tap, seller: Seller) -> None:
    seller.roles.clear()
    ran = tap("orders", start_date=START)
    assert isinstance(ran.error, AccessDenied)
    assert not any(call.path.startswith(V0) for call in seller.calls)


def test_a_seller_whom_v0_refuses_too_gets_the_first_refusal(tap: Tap, seller: Seller) -> None:
    seller.refuse("searchOrders")
    seller.refuse("getOrders")
    ran = tap("orders", start_date=START)
    assert isinstance(ran.error, AccessDenied)
    assert "searchOrders" in str(ran.error)
    assert ran.state == {}


# -- a listing that loses its thread ---------------------------------------------------------------


@pytest.mark.parametrize("path", [V2026, V0])
def test_a_token_that_amazon_refuses_begins_the_window_anew_without_doubles(
    tap: Tap, seller: Seller, path: str
) -> None:
    if path == V0:
        seller.refuse("searchOrders")
        seller.plans["getOrderItems"] = seller.plans["getOrders"] = (1000.0, 1000)
    body = {"errors": [{"code": "InvalidInput", "message": "The token has expired."}]}
    for order in list(seller.orders.values()):
        # One long page more, all in one window.
        copy = order | {"orderId": order["orderId"].replace("20", "99", 1)}
        seller.add_order(copy | {"lastUpdatedTime": "2026-11-01T00:00:00Z"})
    seller.faults.respond(400, body, path=path, nth=2)
    ran = tap("orders", start_date="2026-10-22", end_date="2026-11-20T11:00:00Z")
    assert ran.error is None
    ids = [each["order_id"] for each in ran.records("orders")]
    assert len(ids) == len(set(ids))
    due = {
        order_id
        for order_id, order in seller.orders.items()
        if "2026-10-22" <= order["lastUpdatedTime"] < "2026-11-20T11:00:00Z"
        and (path == V2026 or "marketplaceId" in order["salesChannel"])
    }
    assert set(ids) == due
    assert ran.bookmark("orders") == "2026-11-20T11:00:00Z"


def test_a_page_that_repeats_its_token_is_not_read_for_ever(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    order = {
        "orderId": "202-1111111-1111111",
        "createdTime": "2026-11-01T00:00:00Z",
        "lastUpdatedTime": "2026-11-01T00:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"},
        "orderItems": [],
    }
    body = {
        "orders": [order],
        "pagination": {"nextToken": "again"},
        "lastUpdatedBefore": "2026-11-20T11:58:00Z",
    }
    empty_seller.faults.respond(200, body, path=V2026, times=2)
    ran = empty_tap("orders", start_date="2026-11-01")
    assert ran.error is None
    assert len(ran.records("orders")) == 1
    empty_seller.faults.respond(200, body, path=V2026, times=None)
    endless = empty_tap("orders", start_date="2026-11-01")
    assert isinstance(endless.error, Unavailable)
    assert "lead nowhere" in str(endless.error)
    assert len(endless.records("orders")) == 1
    assert endless.bookmark("orders") is None


def test_a_first_page_that_is_refused_is_no_lost_token(tap: Tap, seller: Seller) -> None:
    seller.faults.respond(
        400, {"errors": [{"code": "InvalidInput", "message": "No."}]}, path=V2026, times=None
    )
    ran = tap("orders", start_date=START)
    assert "Amazon refuses searchOrders" in str(ran.error)
    assert sum(call.path == V2026 for call in seller.calls) == 1


def test_items_of_a_long_order_come_page_after_page(tap: Tap, refused: Seller) -> None:
    order = {**next(iter(recent(refused).values())), "orderId": "202-1111111-1111111"}
    order["orderItems"] = [
        {"orderItemId": str(number), "quantityOrdered": 1} for number in range(120)
    ]
    refused.add_order(order)
    ran = tap("orders", start_date=START)
    (long,) = (each for each in ran.records("orders") if each["order_id"] == order["orderId"])
    assert [item["order_item_id"] for item in long["items"]] == [str(n) for n in range(120)]


def test_an_answer_without_orders_is_refused(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.refuse("searchOrders")
    empty_seller.participations = [
        {"marketplace": {"id": "A1F83G8C2ARO7P", "name": "Amazon.co.uk"}}
    ]
    empty_seller.faults.respond(200, {"payload": {}}, path=V0, times=None)
    ran = empty_tap("orders", start_date=START)
    assert "without a list of orders" in str(ran.error)
