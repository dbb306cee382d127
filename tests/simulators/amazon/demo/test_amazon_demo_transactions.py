"""The demo seller's movements of money and stock, held against its settlements and orders."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from simulators.amazon_sp import Seller, instants
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock

DATES = ["2025-03-09", "2026-11-21", "2028-02-29"]
Record = dict[str, Any]


@pytest.fixture(scope="module", params=DATES)
def account(request: pytest.FixtureRequest) -> Seller:
    now = datetime.fromisoformat(f"{request.param}T09:00:00Z")
    return demo_seller(now, Clock(at=now))


def amount(money: Record) -> Decimal:
    value = money["currencyAmount"]
    assert isinstance(value, Decimal)
    return value


def related(transaction: Record, name: str) -> str | None:
    found = [
        each["relatedIdentifierValue"]
        for each in transaction["relatedIdentifiers"]
        if each["relatedIdentifierName"] == name
    ]
    assert len(found) < 2
    return found[0] if found else None


def test_what_is_released_comes_to_each_settlements_total(account: Seller) -> None:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in account.transactions:
        if group := related(each, "FINANCIAL_EVENT_GROUP_ID"):
            assert each["transactionStatus"] == "RELEASED"
            sums[group] += amount(each["totalAmount"])
    totals = {
        group["FinancialEventGroupId"]: group["OriginalTotal"]["CurrencyAmount"]
        for group in account.event_groups
        if group["ProcessingStatus"] == "Closed"
    }
    assert dict(sums) == totals
    assert sorted(totals.values()) == sorted(each.total for each in account.settlements.values())


def test_every_release_names_what_was_deferred_and_back(account: Seller) -> None:
    by_id = {each["transactionId"]: each for each in account.transactions}
    assert len(by_id) == len(account.transactions)
    released = [each for each in by_id.values() if related(each, "DEFERRED_TRANSACTION_ID")]
    assert len(released) > 50
    for each in released:
        held = by_id[str(related(each, "DEFERRED_TRANSACTION_ID"))]
        assert held["transactionStatus"] == "DEFERRED_RELEASED"
        assert related(held, "RELEASE_TRANSACTION_ID") == each["transactionId"]
        assert held["totalAmount"] == each["totalAmount"]
        assert held["postedDate"] < each["postedDate"]


def test_what_is_sent_and_not_settled_is_deferred(account: Seller) -> None:
    settled = {row.order_id for each in account.settlements.values() for row in each.rows}
    waiting = [each for each in account.transactions if each["transactionStatus"] == "DEFERRED"]
    assert waiting
    for each in waiting:
        order = account.orders[str(related(each, "ORDER_ID"))]
        assert order["orderId"] not in settled
        assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
        (context,) = each["contexts"]
        assert context["deferralReason"] == "DD7"
        assert context["maturityDate"] > each["postedDate"]
        assert each["postedDate"] < instants.written(account.clock.now())


def test_trees_and_items_sum_up(account: Seller) -> None:
    def sums_up(node_amount: Decimal, below: list[Record]) -> None:
        assert sum((amount(each["breakdownAmount"]) for each in below), Decimal(0)) == node_amount
        for each in below:
            if each["breakdowns"]:
                sums_up(amount(each["breakdownAmount"]), each["breakdowns"])

    for each in account.transactions:
        sums_up(amount(each["totalAmount"]), each["breakdowns"])
        if each["items"]:
            total = sum((amount(item["totalAmount"]) for item in each["items"]), Decimal(0))
            assert total == amount(each["totalAmount"])
        for item in each["items"]:
            if "breakdowns" in item:
                sums_up(amount(item["totalAmount"]), item["breakdowns"])


def test_the_story_is_the_same_all_day(account: Seller) -> None:
    evening = account.clock.now().replace(hour=23)
    again = demo_seller(evening, Clock(at=evening))
    assert again.transactions == account.transactions
    assert again.inventory == account.inventory


def test_stock_counts_up_and_is_of_what_is_sold(account: Seller) -> None:
    sold = {
        item["product"]["sellerSku"]
        for order in account.orders.values()
        for item in order["orderItems"]
    }
    for held in account.inventory.values():
        assert {each["sellerSku"] for each in held} <= sold
        for each in held:
            details = each["inventoryDetails"]
            assert each["totalQuantity"] == (
                details["fulfillableQuantity"]
                + details["reservedQuantity"]["totalReservedQuantity"]
                + details["unfulfillableQuantity"]["totalUnfulfillableQuantity"]
                + details["researchingQuantity"]["totalResearchingQuantity"]
                + details["inboundWorkingQuantity"]
                + details["inboundShippedQuantity"]
                + details["inboundReceivingQuantity"]
            )
