"""Orders v2026-01-01: the rules of searchOrders and getOrder, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
ORDERS = "/orders/2026-01-01/orders"
DAY = "2026-11-20T00:00:00Z"
UPDATED = {"lastUpdatedAfter": DAY}


def ids(answer: Any) -> list[str]:
    return [order["orderId"] for order in answer.json()["orders"]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdAfter": DAY, "lastUpdatedAfter": DAY},
        {"createdBefore": DAY},
        {"createdAfter": DAY, "lastUpdatedBefore": "2026-11-20T05:00:00Z"},
        {"lastUpdatedAfter": DAY, "createdBefore": "2026-11-20T05:00:00Z"},
        {"lastUpdatedAfter": DAY, "lastUpdatedBefore": "2026-11-19T23:59:59Z"},
        {"lastUpdatedAfter": "yesterday"},
        {"lastUpdatedAfter": "2026-11-20T00:00:00"},
        {"lastUpdatedAfter": "2026-11-20T00:00:00+00:00".replace("+", " ")},
        {"lastUpdatedAfter": "2026-11-21T08:59:00Z"},
        UPDATED | {"maxResultsPerPage": "0"},
        UPDATED | {"maxResultsPerPage": "101"},
        UPDATED | {"maxResultsPerPage": "ten"},
        UPDATED | {"includedData": "MONEY"},
        UPDATED | {"fulfillmentStatuses": "Shipped"},
        UPDATED | {"fulfilledBy": "SELLER"},
        UPDATED | {"marketplaceIds": ",".join(f"M{at}" for at in range(51))},
        UPDATED | {"paginationToken": "made-up"},
    ],
)
def test_a_search_that_the_model_forbids_is_refused(call: Ask, query: dict[str, str]) -> None:
    refused = call(ORDERS, query)
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")
    assert refused.headers["x-amzn-ratelimit-limit"] == "0.0056"


@pytest.mark.parametrize("kind", ["created", "lastUpdated"])
def test_the_upper_bound_lies_at_least_two_minutes_back(call: Ask, kind: str) -> None:
    since = {f"{kind}After": DAY}
    late = call(ORDERS, since | {f"{kind}Before": "2026-11-21T08:58:01Z"})
    assert late.status == 400
    assert late.error["details"].startswith(
        "The most updated data is 2 minutes after an order is created or last updated."
    )
    good = call(ORDERS, since | {f"{kind}Before": "2026-11-21T08:58:00Z"})
    assert good.json()[f"{kind}Before"] == "2026-11-21T08:58:00Z"


def test_an_absent_upper_bound_is_echoed_as_two_minutes_ago(call: Ask, clock: Clock) -> None:
    assert call(ORDERS, UPDATED).json()["lastUpdatedBefore"] == "2026-11-21T08:58:00Z"
    clock.advance(seconds=1.2345)
    answer = call(ORDERS, {"createdAfter": DAY}).json()
    assert answer["createdBefore"] == "2026-11-21T08:58:01.234Z"
    assert "lastUpdatedBefore" not in answer


def test_both_bounds_are_inside(call: Ask) -> None:
    window = {
        "lastUpdatedAfter": "2026-11-20T11:00:00Z",
        "lastUpdatedBefore": "2026-11-20T13:00:00Z",
    }
    assert len(ids(call(ORDERS, window))) == 3
    created = {"createdAfter": "2026-11-20T01:00:00Z", "createdBefore": "2026-11-20T01:00:00Z"}
    assert ids(call(ORDERS, created)) == ["026-0000008-0000000"]


def test_results_follow_no_time(call: Ask, seller: Seller) -> None:
    found = ids(call(ORDERS, UPDATED))
    times = [seller.orders[order_id]["lastUpdatedTime"] for order_id in found]
    assert len(times) == 5
    assert times != sorted(times)


def test_filters_narrow_the_search(call: Ask) -> None:
    assert len(ids(call(ORDERS, UPDATED | {"fulfillmentStatuses": "SHIPPED"}))) == 2
    assert len(ids(call(ORDERS, UPDATED | {"fulfilledBy": "MERCHANT,AMAZON"}))) == 5
    assert ids(call(ORDERS, UPDATED | {"fulfilledBy": "AMAZON"})) == []
    assert ids(call(ORDERS, UPDATED | {"marketplaceIds": "A1PA6795UKMFR9"})) == []
    both = UPDATED | {"marketplaceIds": "A1PA6795UKMFR9,A1F83G8C2ARO7P"}
    assert len(ids(call(ORDERS, both))) == 5


def test_pages_meet_without_gap_or_overlap_and_keep_the_first_bound(
    call: Ask, clock: Clock
) -> None:
    query = UPDATED | {"maxResultsPerPage": "2"}
    seen: list[str] = []
    bounds = set()
    tokens = 0
    while True:
        page = call(ORDERS, query)
        seen += ids(page)
        bounds.add(page.json()["lastUpdatedBefore"])
        clock.advance(minutes=20)
        if "pagination" not in page.json():
            break
        tokens += 1
        query = query | {"paginationToken": page.json()["pagination"]["nextToken"]}
    assert tokens == 2
    assert len(seen) == len(set(seen)) == 5
    assert bounds == {"2026-11-21T08:58:00Z"}


def test_a_token_is_bound_to_its_arguments_save_page_size_and_datasets(call: Ask) -> None:
    first = UPDATED | {"maxResultsPerPage": "2"}
    token = call(ORDERS, first).json()["pagination"]["nextToken"]
    again = first | {"paginationToken": token}
    assert call(ORDERS, again | {"lastUpdatedAfter": "2026-11-20T00:00:01Z"}).status == 400
    assert call(ORDERS, again | {"fulfilledBy": "MERCHANT"}).status == 400
    assert call(ORDERS, {"paginationToken": token}).status == 400
    changed = again | {"maxResultsPerPage": "1", "includedData": "PROCEEDS"}
    assert len(ids(call(ORDERS, changed))) == 1


def test_a_token_lives_a_day(call: Ask, log_in: Ask, clock: Clock) -> None:
    query = UPDATED | {"maxResultsPerPage": "2"}
    query["paginationToken"] = call(ORDERS, query).json()["pagination"]["nextToken"]
    clock.advance(hours=24)
    fresh = {"x-amz-access-token": log_in().json()["access_token"]}
    assert call(ORDERS, query, headers=fresh).status == 200
    clock.advance(seconds=1)
    assert call(ORDERS, query, headers=fresh).status == 400


def test_orders_older_than_two_years_are_gone(call: Ask, seller: Seller) -> None:
    kept = next(iter(seller.orders.values()))
    seller.add_order(kept | {"orderId": "026-1-1", "createdTime": "2024-11-21T08:59:00Z"})
    assert len(ids(call(ORDERS, UPDATED))) == 5


GATED = {
    "PROCEEDS": ({"proceeds"}, {"proceeds"}),
    "FULFILLMENT": ({"fulfillment"}, {"fulfillment"}),
    "PACKAGES": ({"packages"}, set()),
    "PROMOTION": (set(), {"promotion"}),
    "TAX": (set(), {"tax"}),
    "EXPENSE": (set(), set()),
    "CANCELLATION": (set(), set()),
    "PAYMENT": (set(), set()),
    "FULFILLMENT_ORDERS": (set(), set()),
}
ALWAYS = {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"}
ALWAYS_ITEM = {"orderItemId", "quantityOrdered", "product"}


@pytest.mark.parametrize("dataset", GATED)
def test_each_dataset_brings_its_own_members_and_no_other(call: Ask, dataset: str) -> None:
    members, item_members = GATED[dataset]
    searched = call(ORDERS, UPDATED | {"includedData": dataset}).json()["orders"][0]
    got = call(f"{ORDERS}/{searched['orderId']}", {"includedData": dataset}).json()["order"]
    assert got == searched
    assert set(got) == ALWAYS | members
    assert set(got["orderItems"][0]) == ALWAYS_ITEM | item_members


def test_without_datasets_there_is_no_money_no_status_and_no_buyer(call: Ask) -> None:
    order = call(ORDERS, UPDATED).json()["orders"][0]
    assert set(order) == ALWAYS
    assert set(order["orderItems"][0]) == ALWAYS_ITEM


@pytest.mark.parametrize(
    ("dataset", "role", "member"),
    [
        ("BUYER", "Tax Invoicing (Restricted)", "buyer"),
        ("RECIPIENT", "Direct-to-Consumer Delivery (Restricted)", "recipient"),
    ],
)
def test_personal_data_takes_a_restricted_role(
    call: Ask, seller: Seller, dataset: str, role: str, member: str
) -> None:
    wanted = UPDATED | {"includedData": f"PROCEEDS,{dataset}"}
    refused = call(ORDERS, wanted)
    assert (refused.status, refused.error["code"]) == (403, "Unauthorized")
    seller.roles.add(role)
    assert member in call(ORDERS, wanted).json()["orders"][0]


def test_an_order_that_is_not_there_is_not_found_and_nonsense_is_refused(call: Ask) -> None:
    assert call(f"{ORDERS}/026-7654321-7654321").status == 404
    assert call(f"{ORDERS}/TEST_CASE_400").status == 400
