from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from amazon_tap import Json, Run, Tap

from amazon_sp.errors import AccessDenied, Unavailable
from simulators.amazon_sp import Seller
from simulators.faults import Fault
from simulators.wsgi import Request
from tap_amazon_sp import records

PATH = "/orders/2026-01-01/orders"
START = "2026-09-01"


def searches(seller: Seller) -> list[dict[str, list[str]]]:
    """Give the first call of each search: later pages repeat it."""
    found = [call.query for call in seller.calls if call.path == PATH]
    return [query for query in found if "paginationToken" not in query]


def one_order(at: str, order_id: str = "202-1111111-1111111") -> Json:
    return {
        "orderId": order_id,
        "createdTime": at,
        "lastUpdatedTime": at,
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"},
        "orderItems": [{"orderItemId": "1", "quantityOrdered": 1}],
    }


def test_every_order_is_written_once(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START)
    ids = [each["order_id"] for each in ran.records("orders")]
    assert sorted(ids) == sorted(seller.orders)


def test_the_bookmark_is_the_bound_that_amazon_echoes(tap: Tap) -> None:
    ran = tap("orders", start_date=START)
    assert ran.bookmark("orders") == "2026-11-20T11:58:00Z"
    newest = max(each["last_updated"] for each in ran.records("orders"))
    assert newest < "2026-11-20T11:58:00Z"


def test_the_next_run_starts_at_the_bookmark_itself(tap: Tap, seller: Seller) -> None:
    first = tap("orders", start_date=START)
    seller.add_order(one_order("2026-11-20T11:58:00Z"))
    seller.clock.advance(hours=1)
    seller.calls.clear()
    second = tap("orders", state=first.state)
    (search,) = searches(seller)
    assert search["lastUpdatedAfter"] == ["2026-11-20T11:58:00Z"]
    assert [each["order_id"] for each in second.records("orders")] == ["202-1111111-1111111"]
    assert second.bookmark("orders") == "2026-11-20T12:58:00Z"


def test_the_first_run_reads_thirty_days(tap: Tap, seller: Seller) -> None:
    tap("orders")
    assert [search["lastUpdatedAfter"] for search in searches(seller)] == [["2026-10-21T12:00:00Z"]]


def test_long_periods_are_read_in_windows_of_at_most_thirty_days(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date="2026-08-01", end_date="2026-11-10")
    windows = [
        (search["lastUpdatedAfter"][0], search["lastUpdatedBefore"][0])
        for search in searches(seller)
    ]
    assert windows[0][0] == "2026-08-01T00:00:00Z"
    assert windows[-1][1] == "2026-11-10T00:00:00Z"
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    spans = [datetime.fromisoformat(b) - datetime.fromisoformat(a) for a, b in windows]
    assert max(spans) == timedelta(days=30)
    assert ran.bookmark("orders") == "2026-11-10T00:00:00Z"


def test_an_order_on_the_edge_of_two_windows_is_written_once(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.add_order(one_order("2026-10-01T00:00:00Z"))
    ran = empty_tap("orders", start_date="2026-09-01")
    assert len(searches(empty_seller)) == 3
    assert len(ran.records("orders")) == 1


def test_each_window_moves_the_bookmark_after_its_orders(tap: Tap) -> None:
    ran = tap("orders", start_date="2026-08-25")
    bound = ""
    for message in ran.messages:
        if message["type"] == "STATE":
            bound = message["value"]["bookmarks"]["orders"].get("replication_key_value", bound)
        elif message["type"] == "RECORD":
            assert message["record"]["last_updated"] >= bound


def test_a_window_that_fails_leaves_the_bookmark_at_the_one_before(
    tap: Tap, seller: Seller
) -> None:
    seller.fail(503, times=None, path=PATH, nth=3)
    ran = tap("orders", start_date="2026-08-25")
    assert isinstance(ran.error, Unavailable)
    assert ran.bookmark("orders") == "2026-09-24T00:00:00Z"
    seller.faults.clear()
    resumed = tap("orders", state=ran.state)
    written = {each["order_id"] for each in ran.records("orders") + resumed.records("orders")}
    assert written == set(seller.orders)


def test_windows_shrink_when_paging_outlives_amazons_token(tap: Tap, seller: Seller) -> None:
    pages = 0
    take = seller.usage.take

    def slowly(operation: str) -> bool:
        nonlocal pages
        pages += operation == "searchOrders"
        if pages == 2:
            seller.clock.advance(hours=24, seconds=1)
        return take(operation)

    seller.usage.take = slowly  # type: ignore[method-assign]
    ran = tap("orders", start_date="2026-10-01", end_date="2026-11-20T11:00:00Z")
    assert ran.error is None
    first, second, third, *_ = (each for each in searches(seller) if "paginationToken" not in each)
    assert first["lastUpdatedAfter"] == second["lastUpdatedAfter"] == ["2026-10-01T00:00:00Z"]
    assert first["lastUpdatedBefore"] == ["2026-10-31T00:00:00Z"]
    assert second["lastUpdatedBefore"] == third["lastUpdatedAfter"] == ["2026-10-16T00:00:00Z"]
    whole = {k for k, v in seller.orders.items() if v["lastUpdatedTime"] >= "2026-10-01"}
    written = [each["order_id"] for each in ran.records("orders")]
    assert set(written) == whole
    assert len(written) == len(whole), "what came before the token died comes once"
    assert ran.bookmark("orders") == "2026-11-20T11:00:00Z"


def test_a_token_that_always_dies_ends_in_an_error(tap: Tap, seller: Seller) -> None:
    refusal = {"errors": [{"code": "InvalidInput", "message": "paginationToken is not valid"}]}
    seller.plans["searchOrders"] = (100.0, 1000)
    real = seller.faults.take

    def refuses_tokens(request: Request) -> Fault | None:
        if "paginationToken" in request.query:
            return Fault("respond", status=400, body=refusal)
        return real(request)

    seller.faults.take = refuses_tokens  # type: ignore[method-assign]
    same = {**next(iter(seller.orders.values())), "lastUpdatedTime": "2026-11-01T10:00:00Z"}
    for number in range(150):
        seller.add_order({**same, "orderId": f"026-{number:07d}-7777777"})
    ran = tap("orders", start_date="2026-11-01T09:50:00Z", end_date="2026-11-01T10:30:00Z")
    assert "lead nowhere" in str(ran.error)
    written = [each["order_id"] for each in ran.records("orders")]
    assert len(written) == len(set(written)) == 100


def test_nothing_is_asked_while_amazon_has_nothing_to_show_yet(tap: Tap, seller: Seller) -> None:
    assert tap("orders", start_date="2026-11-20T11:59:00Z").error is None
    assert searches(seller) == []


def test_marketplaces_can_be_chosen(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START, marketplace_ids=["A1PA6795UKMFR9"])
    assert {each["marketplace_name"] for each in ran.records("orders")} == {"Amazon.de"}
    assert searches(seller)[0]["marketplaceIds"] == ["A1PA6795UKMFR9"]


def test_buyers_are_not_asked_for(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START)
    for search in searches(seller):
        asked = set(search["includedData"][0].split(","))
        assert asked == {
            *("PROCEEDS", "PROMOTION", "TAX", "EXPENSE", "FULFILLMENT", "PACKAGES"),
            "CANCELLATION",
        }
    assert {each["buyer"] for each in ran.records("orders")} == {None}
    assert {each["recipient"] for each in ran.records("orders")} == {None}


def test_buyers_are_asked_for_when_told_so(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.roles |= {"Tax Invoicing (Restricted)", "Direct-to-Consumer Delivery (Restricted)"}
    empty_seller.add_order(
        one_order("2026-11-01T00:00:00Z")
        | {
            "buyer": {"buyerName": "A. Buyer", "buyerEmail": "x@marketplace.example"},
            "recipient": {"deliveryAddress": {"city": "Leeds", "countryCode": "GB"}},
        }
    )
    (order,) = empty_tap("orders", include_pii=True).records("orders")
    assert order["buyer"]["name"] == "A. Buyer"
    assert (order["recipient"]["city"], order["recipient"]["line_1"]) == ("Leeds", None)


def test_buyers_need_their_roles(tap: Tap) -> None:
    ran = tap("orders", include_pii=True)
    assert isinstance(ran.error, AccessDenied)
    assert ran.state == {}


def test_an_orders_parts_are_what_amazon_stated(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START)
    shipped = [each for each in ran.records("orders") if each["status"] == "SHIPPED"]
    assert len(shipped) > 250
    for order in shipped:
        given = {i["orderItemId"]: i for i in seller.orders[order["order_id"]]["orderItems"]}
        for item in order["items"]:
            proceeds = given[item["order_item_id"]].get("proceeds", {"breakdowns": []})
            stated = [part["subtotal"]["amount"] for part in proceeds["breakdowns"]]
            assert [part["subtotal"] for part in item["breakdowns"]] == stated
            assert item["proceeds_total"] == proceeds.get("proceedsTotal", {}).get("amount")


def test_an_order_without_money_or_packages_is_still_a_record() -> None:
    order = records.order(one_order("2026-11-01T09:00:00.125Z"))
    assert order["last_updated"] == "2026-11-01T09:00:00.125Z"
    assert (order["currency"], order["grand_total"], order["shipped"]) == (None, None, None)
    assert order["items"][0]["breakdowns"] == []


def test_an_order_is_shipped_with_its_last_package() -> None:
    packages = [
        {"packageReferenceId": "1", "shipTime": "2026-11-01T09:00:00Z"},
        {"packageReferenceId": "2", "shipTime": "2026-11-03T01:00:00+02:00"},
        {"packageReferenceId": "3"},
    ]
    order = records.order({**one_order("2026-11-04T00:00:00Z"), "packages": packages})
    assert order["shipped"] == "2026-11-02T23:00:00Z"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Decimal("10.30"), "10.30"),
        ("19940", "19940"),
        ("1E+2", "100"),
        (Decimal("-0.10"), "-0.10"),
        (7, "7"),
        (None, None),
        ("", None),
    ],
)
def test_amounts_keep_every_digit(given: object, text: str | None) -> None:
    assert records.decimal_text(given) == text


def test_a_usage_plan_used_up_slows_the_run_and_loses_nothing(tap: Tap, seller: Seller) -> None:
    seller.plans["searchOrders"] = (0.0056, 1)
    ran: Run = tap("orders", start_date=START)
    assert ran.error is None
    assert {each["order_id"] for each in ran.records("orders")} == set(seller.orders)
    assert 429 in {call.status for call in seller.calls}
    assert max(ran.waits) > 175
