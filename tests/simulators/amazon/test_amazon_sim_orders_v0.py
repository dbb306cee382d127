"""Orders API v0: the old shape of the same orders, by the old rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock

Ask = Callable[..., Any]
ORDERS = "/orders/v0/orders"
UK = {"MarketplaceIds": "A1F83G8C2ARO7P"}
SINCE = UK | {"LastUpdatedAfter": "2026-11-20T10:00:00Z"}


@pytest.mark.parametrize(
    "query",
    [
        {"LastUpdatedAfter": "2026-11-20T10:00:00Z"},
        UK,
        SINCE | {"CreatedAfter": "2026-11-20T10:00:00Z"},
        SINCE | {"CreatedBefore": "2026-11-20T12:00:00Z"},
        SINCE | {"LastUpdatedBefore": "2026-11-21T08:59:00Z"},
        SINCE | {"MaxResultsPerPage": "101"},
        UK | {"NextToken": "made-up"},
    ],
)
def test_a_search_that_the_model_forbids_is_refused(call: Ask, query: dict[str, str]) -> None:
    refused = call(ORDERS, query)
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")


def test_pages_go_on_with_token_and_marketplaces_alone(call: Ask, seller: Seller) -> None:
    first = call(ORDERS, SINCE | {"MaxResultsPerPage": "3"}).json()["payload"]
    assert first["LastUpdatedBefore"] == "2026-11-21T08:58:00Z"
    assert call(ORDERS, {"NextToken": first["NextToken"]}).status == 400
    second = call(ORDERS, UK | {"NextToken": first["NextToken"]}).json()["payload"]
    ids = [each["AmazonOrderId"] for page in (first, second) for each in page["Orders"]]
    assert sorted(ids) == sorted(seller.orders)
    assert "NextToken" not in second


def test_buyers_and_addresses_need_a_restricted_token(call: Ask) -> None:
    for order in call(ORDERS, SINCE).json()["payload"]["Orders"]:
        assert not {"BuyerInfo", "ShippingAddress"} & set(order)


def test_prices_in_europe_include_tax_and_the_total_is_what_the_buyer_pays() -> None:
    from amazon_models import caller

    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    seller = demo_seller(noon, Clock(at=noon))
    seller.plans["getOrderItems"] = (1000.0, 1000)
    ask = caller(seller)

    def payload(target: str) -> Any:
        return json.loads(ask("GET", target).content())["payload"]

    window = "MarketplaceIds=A1F83G8C2ARO7P&LastUpdatedAfter=2026-10-01T00:00:00Z"
    checked = 0
    for order in payload(f"{ORDERS}?{window}")["Orders"]:
        if "OrderTotal" not in order:
            continue
        path = f"{ORDERS}/{order['AmazonOrderId']}/orderItems"
        total, wrapped = Decimal(0), False
        given = seller.orders[order["AmazonOrderId"]]
        for item, whole in zip(payload(path)["OrderItems"], given["orderItems"], strict=True):
            wrapped |= "GIFT_WRAP" in str(whole)
            for name, sign in (
                ("ItemPrice", 1),
                ("ShippingPrice", 1),
                ("PromotionDiscount", -1),
                ("ShippingDiscount", -1),
            ):
                total += sign * Decimal(item.get(name, {"Amount": "0"})["Amount"])
        if not wrapped:
            assert total == Decimal(order["OrderTotal"]["Amount"])
            checked += 1
    assert checked > 50


def test_the_operations_are_gone_after_their_last_day(call: Ask, log_in: Ask, clock: Clock) -> None:
    clock.advance(days=126)  # 27 March 2027
    fresh = {"x-amz-access-token": log_in().json()["access_token"]}
    assert call(ORDERS, SINCE, headers=fresh).status == 404


def test_a_test_may_refuse_one_operation_to_a_seller(call: Ask, seller: Seller) -> None:
    seller.refuse("searchOrders")
    refused = call("/orders/2026-01-01/orders", {"lastUpdatedAfter": "2026-11-20T10:00:00Z"})
    assert (refused.status, refused.error["code"]) == (403, "AccessDeniedException")
    assert call(ORDERS, SINCE).status == 200
