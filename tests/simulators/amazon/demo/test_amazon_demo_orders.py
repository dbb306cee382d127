"""The demo seller's orders tie with what was settled, on any date, and its story keeps still."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.amazon_sp.demo import demo_seller

ZERO = Decimal(0)


def test_there_are_about_300_orders_of_which_the_api_lacks_two(demo: Any) -> None:
    known = set(demo.seller.orders)
    gone = set(demo.settled) - known
    assert (len(known | gone), len(gone)) == (301, 2)
    assert 195 <= len(demo.orders("Amazon.co.uk")) <= 205
    assert 95 <= len(demo.orders("Amazon.de")) <= 105
    assert all(set(demo.settled[order_id]) == {"UK-1"} for order_id in gone)


def test_statuses_replacement_and_foreign_channel_are_all_there(demo: Any) -> None:
    statuses = Counter(o["fulfillment"]["fulfillmentStatus"] for o in demo.seller.orders.values())
    assert statuses == {"SHIPPED": 286, "PENDING": 5, "UNSHIPPED": 4, "CANCELLED": 4}
    (replacement,) = [o for o in demo.orders("Amazon.co.uk") if "associatedOrders" in o]
    (association,) = replacement["associatedOrders"]
    assert association["associationType"] == "REPLACEMENT_ORIGINAL_ID"
    assert association["orderId"] in demo.seller.orders
    assert replacement["proceeds"]["grandTotal"]["amount"] == "0.00"
    (foreign,) = [
        o for o in demo.seller.orders.values() if o["salesChannel"]["channelName"] == "NON_AMAZON"
    ]
    assert "proceeds" not in foreign
    (row,) = [row for row in demo.files["UK-3"].rows if row["order-id"] == foreign["orderId"]]
    assert (row["amount-type"], row["marketplace-name"]) == ("ShipmentFees", "Non-Amazon UK")


def test_what_the_api_says_of_a_settled_order_is_what_was_settled(demo: Any) -> None:
    known = demo.seller.orders
    tied = [order_id for order_id in demo.settled if order_id in known]
    assert len(tied) > 250
    for order_id in tied:
        total = Decimal(known[order_id]["proceeds"]["grandTotal"]["amount"])
        assert total == sum(demo.settled[order_id].values()), order_id
        assert known[order_id]["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_what_is_not_settled_yet_is_recent_and_what_is_not_shipped_never_is(demo: Any) -> None:
    settled = demo.settled
    last = demo.files["UK-5"].end
    for order in demo.seller.orders.values():
        open_ = order["orderId"] not in settled and "associatedOrders" not in order
        if open_ and order["salesChannel"]["channelName"] == "AMAZON":
            assert datetime.fromisoformat(order["lastUpdatedTime"]) > last
        if order["fulfillment"]["fulfillmentStatus"] != "SHIPPED":
            assert order["orderId"] not in settled


def test_an_items_parts_make_its_proceeds_and_items_make_the_order(demo: Any) -> None:
    for order in demo.seller.orders.values():
        if "proceeds" not in order:
            continue
        totals = [proceeds(item) for item in order["orderItems"]]
        assert Decimal(order["proceeds"]["grandTotal"]["amount"]) == sum(totals)


def proceeds(item: dict[str, Any]) -> Decimal:
    """Check one item's breakdowns and give its proceeds."""
    parts = {
        part["type"]: Decimal(part["subtotal"]["amount"]) for part in item["proceeds"]["breakdowns"]
    }
    details = {
        (part["type"], detail["subtype"]): Decimal(detail["value"]["amount"])
        for part in item["proceeds"]["breakdowns"]
        for detail in part.get("detailedBreakdowns", [])
    }
    taxes = {subtype: value for (kind, subtype), value in details.items() if kind == "TAX"}
    assert parts.get("TAX", ZERO) == sum(taxes.values()) - 2 * taxes.get("DISCOUNT", ZERO)
    discounts = [value for (kind, _), value in details.items() if kind == "DISCOUNT"]
    assert parts.get("DISCOUNT", ZERO) == sum(discounts) >= 0
    kept = "taxCollections" in item.get("tax", {})
    total = sum(parts.values()) - 2 * parts.get("DISCOUNT", ZERO)
    total -= parts.get("TAX", ZERO) if kept else ZERO
    assert Decimal(item["proceeds"]["proceedsTotal"]["amount"]) == total
    return total


def test_three_german_orders_have_vat_that_amazon_keeps(demo: Any) -> None:
    withheld: dict[str, Decimal] = defaultdict(Decimal)
    for name in ("DE-1", "DE-2", "DE-3"):
        file = demo.files[name]
        for row in file.rows:
            if row["transaction-type"] == "Order" and row["amount-type"] == "ItemWithheldTax":
                assert row["amount-description"].startswith("MarketplaceFacilitatorVAT-")
                withheld[row["order-id"]] += file.amount(row["amount"])
    assert len(withheld) == 3
    for order_id, amount in withheld.items():
        (item,) = demo.seller.orders[order_id]["orderItems"]
        assert item["tax"]["taxCollections"][0]["model"] == "MARKETPLACE_FACILITATOR"
        taxes = [p for p in item["proceeds"]["breakdowns"] if p["type"] == "TAX"]
        assert Decimal(taxes[0]["subtotal"]["amount"]) == -amount > 0


def test_one_order_leaves_in_two_packages_and_is_settled_twice(demo: Any) -> None:
    (split,) = [order_id for order_id, parts in demo.settled.items() if len(parts) > 1]
    assert list(demo.settled[split]) == ["UK-2", "UK-3"]
    packages = demo.seller.orders[split]["packages"]
    assert len(packages) == len(demo.seller.orders[split]["orderItems"]) == 2


def test_only_merchant_orders_have_packages_and_all_leave_before_they_post(demo: Any) -> None:
    posted: dict[str, datetime] = {}
    for file in demo.files.values():
        for row in file.rows:
            if row["transaction-type"] == "Order":
                at = file.posted(row)
                posted[row["order-id"]] = max(at, posted.get(row["order-id"], at))
    for order in demo.seller.orders.values():
        shipped = [datetime.fromisoformat(p["shipTime"]) for p in order.get("packages", [])]
        if order["fulfillment"]["fulfilledBy"] == "AMAZON":
            assert not shipped
        created = datetime.fromisoformat(order["createdTime"])
        until = posted.get(order["orderId"], demo.now)
        assert created < min(shipped, default=until) <= max(shipped, default=until) <= until
    own = [o for o in demo.orders("Amazon.co.uk") if o["fulfillment"]["fulfilledBy"] == "MERCHANT"]
    assert 0.28 <= len(own) / len(demo.orders("Amazon.co.uk")) <= 0.52


def test_updates_reach_from_75_days_ago_to_some_hours_ago(demo: Any) -> None:
    updated = [
        datetime.fromisoformat(order["lastUpdatedTime"]) for order in demo.seller.orders.values()
    ]
    assert demo.now - timedelta(days=76) < min(updated)
    assert max(updated) <= demo.now - timedelta(hours=3)
    for order in demo.seller.orders.values():
        assert order["createdTime"] <= order["lastUpdatedTime"]


def test_a_later_hour_of_the_date_tells_the_same_story() -> None:
    night, day = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 21, 23, 59, tzinfo=UTC)
    first, second = demo_seller(night), demo_seller(day)
    assert first.orders == second.orders
    assert first.settlement_files() == second.settlement_files()
    assert first.event_groups == second.event_groups


def test_a_later_day_of_the_month_leaves_what_is_settled_alone(
    demo_on: Callable[[str], Any],
) -> None:
    first, later = demo_on("2026-06-10"), demo_on("2026-06-30")
    assert first.seller.settlement_files() == later.seller.settlement_files()
    for order_id in first.settled.keys() & first.seller.orders.keys():
        before, after = first.seller.orders[order_id], later.seller.orders[order_id]
        assert after == before | {"lastUpdatedTime": after["lastUpdatedTime"]}


def test_time_runs_for_the_present_and_stands_still_for_another_day() -> None:
    now = datetime.now(UTC)
    seller = demo_seller(now)
    first = seller.clock.now()
    assert first >= now
    past = datetime(2025, 6, 15, tzinfo=UTC)
    assert demo_seller(past).clock.now() == past
