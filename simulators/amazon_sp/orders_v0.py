"""Orders API v0, which Amazon removes on 27 March 2027: getOrders and getOrderItems.

Orders are kept in the shape of v2026-01-01 and shown in the old one, without what takes a
restricted data token (buyer, address, and the gift wrap's price, which is inside the buyer's data).
Amazon's own old examples are kept as they are, in `Seller.orders_v0`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import invalid_input, not_found
from simulators.amazon_sp.money import ItemMoney, item_money
from simulators.amazon_sp.orders import KEPT, LAG
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

REMOVED = datetime(2027, 3, 27, tzinfo=UTC)
ORDERS_PARAMETERS = {
    *("CreatedAfter", "CreatedBefore", "LastUpdatedAfter", "LastUpdatedBefore", "OrderStatuses"),
    *("MarketplaceIds", "FulfillmentChannels", "MaxResultsPerPage", "NextToken"),
}
ITEMS_PARAMETERS = {"NextToken"}
ITEMS_A_PAGE = 50

_STATUS = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
_CHANNEL = {"AMAZON": "AFN", "MERCHANT": "MFN"}
_WITHOUT_MONEY = {"Pending", "PendingAvailability", "Canceled"}
_LAST_UPDATED = "LastUpdateDate"
_DATES = {"Created": "PurchaseDate", "LastUpdated": _LAST_UPDATED}


def get_orders(seller: Seller, query: Query) -> Record:
    """Answer getOrders: one page inside `payload`, and the bound it reaches to."""
    _check_removed(seller)
    if "MarketplaceIds" not in query:
        raise invalid_input("Invalid Input", "MarketplaceIds is required.")
    marketplaces = query.listed("MarketplaceIds", most=50)
    size = query.whole("MaxResultsPerPage", default=100, low=1, high=100)
    if "NextToken" in query:
        place = seller.pages.redeem("getOrders", query.text("NextToken"))
        if place is None:
            raise invalid_input("Invalid Input", "NextToken is not valid or has expired.")
        found, bound, size = place.position
    else:
        kind, since, until = _window(seller, query)
        bound = f"{kind}Before", instants.written(until)
        found = list(_found(seller, _DATES[kind], since, until, set(marketplaces)))
    payload: Record = {"Orders": [_shown(seller, each) for each in found[:size]]}
    payload[bound[0]] = bound[1]
    if len(found) > size:
        rest = (found[size:], bound, size)
        payload["NextToken"] = seller.pages.issue("getOrders", {}, rest)
    return {"payload": payload}


def _check_removed(seller: Seller) -> None:
    if seller.clock.now() >= REMOVED:
        raise not_found("This operation was removed on 2027-03-27.")


def _window(seller: Seller, query: Query) -> tuple[str, datetime, datetime]:
    kinds = [kind for kind in _DATES if f"{kind}After" in query]
    if len(kinds) != 1:
        raise invalid_input("Invalid Input", "Provide CreatedAfter or LastUpdatedAfter.")
    kind = kinds[0]
    other = "LastUpdatedBefore" if kind == "Created" else "CreatedBefore"
    if other in query:
        raise invalid_input("Invalid Input", f"{other} cannot go with {kind}After.")
    latest = instants.to_millisecond(seller.clock.now() - LAG)
    since = query.instant(f"{kind}After") or latest
    until = query.instant(f"{kind}Before") or latest
    if until > latest or since > until:
        raise invalid_input(
            "Invalid Input", f"{kind}Before must be two minutes old and not before {kind}After."
        )
    return kind, since, until


def _found(
    seller: Seller, date: str, since: datetime, until: datetime, marketplaces: set[str]
) -> Iterator[str]:
    """Give the ids of the orders within bounds, both included; they follow no documented order."""
    oldest = seller.clock.now() - KEPT
    for order_id in sorted({*seller.orders, *seller.orders_v0}):
        shown = _shown(seller, order_id)
        placed = shown.get("MarketplaceId") in marketplaces
        kept = instants.read(shown["PurchaseDate"]) >= oldest
        if placed and kept and since <= instants.read(shown[date]) <= until:
            yield order_id


def _shown(seller: Seller, order_id: str) -> Record:
    if order_id in seller.orders_v0:
        return {k: v for k, v in seller.orders_v0[order_id].items() if k != "OrderItems"}
    order = seller.orders[order_id]
    fulfillment, channel = order.get("fulfillment", {}), order["salesChannel"]
    items = order["orderItems"]
    shipped = sum(item.get("fulfillment", {}).get("quantityFulfilled", 0) for item in items)
    status = _STATUS.get(fulfillment.get("fulfillmentStatus", ""), "Pending")
    programs = order.get("programs", [])
    record: Record = {
        "AmazonOrderId": order_id,
        "SellerOrderId": order_id,
        "PurchaseDate": order["createdTime"],
        _LAST_UPDATED: order["lastUpdatedTime"],
        "OrderStatus": status,
        "FulfillmentChannel": _CHANNEL.get(fulfillment.get("fulfilledBy", ""), "MFN"),
        "SalesChannel": channel.get("marketplaceName", ""),
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": sum(item["quantityOrdered"] for item in items) - shipped,
        "OrderType": "StandardOrder",
        "IsBusinessOrder": "AMAZON_BUSINESS" in programs,
        "IsPrime": "PRIME" in programs,
        "IsPremiumOrder": False,
        "IsReplacementOrder": "associatedOrders" in order,
    }
    # Sales made elsewhere have no marketplace; v0 asks for one, so it never shows them.
    if "marketplaceId" in channel:
        record["MarketplaceId"] = channel["marketplaceId"]
    if "associatedOrders" in order:
        record["ReplacedOrderId"] = order["associatedOrders"][0]["orderId"]
    money = [item_money(order, item) for item in items]
    if status not in _WITHOUT_MONEY and money and all(money):
        total = sum((each.charged for each in money if each), Decimal(0))
        record["OrderTotal"] = _money(total, money[0])
    return record


def get_order_items(seller: Seller, query: Query, order_id: str) -> Record:
    """Answer getOrderItems: a page of an order's items inside `payload`."""
    _check_removed(seller)
    if order_id in seller.orders_v0:
        items = seller.orders_v0[order_id].get("OrderItems", [])
    elif order_id in seller.orders:
        order = seller.orders[order_id]
        items = [_item(order, item) for item in order["orderItems"]]
    elif order_id.replace("-", "").isdigit():
        raise not_found()
    else:
        raise invalid_input("Invalid Input", f"{order_id} is not an order id.")
    begin = 0
    if "NextToken" in query:
        place = seller.pages.redeem("getOrderItems", query.text("NextToken"))
        if place is None or place.arguments != {"orderId": order_id}:
            raise invalid_input("Invalid Input", "NextToken is not valid for this order.")
        begin = int(place.position)
    payload: Record = {
        "AmazonOrderId": order_id,
        "OrderItems": items[begin : begin + ITEMS_A_PAGE],
    }
    if len(items) > begin + ITEMS_A_PAGE:
        payload["NextToken"] = seller.pages.issue(
            "getOrderItems", {"orderId": order_id}, begin + ITEMS_A_PAGE
        )
    return {"payload": payload}


def _item(order: Record, item: Record) -> Record:
    product = item.get("product", {})
    record: Record = {
        "ASIN": product.get("asin", ""),
        "SellerSKU": product.get("sellerSku", ""),
        "OrderItemId": item["orderItemId"],
        "Title": product.get("title", ""),
        "QuantityOrdered": item["quantityOrdered"],
        "QuantityShipped": item.get("fulfillment", {}).get("quantityFulfilled", 0),
        "IsGift": "false",
    }
    for collection in item.get("tax", {}).get("taxCollections", []):
        record["TaxCollection"] = {
            "Model": "MarketplaceFacilitator",
            "ResponsibleParty": collection.get("responsibleParty", ""),
        }
    promotions = item.get("promotion", {}).get("breakdowns", [])
    if promotions:
        record["PromotionIds"] = [each["promotionId"] for each in promotions]
    money = item_money(order, item)
    status = order.get("fulfillment", {}).get("fulfillmentStatus")
    if money and _STATUS.get(str(status)) not in _WITHOUT_MONEY:
        record |= _amounts(money)
    return record


def _amounts(money: ItemMoney) -> dict[str, Any]:
    """Write an item's amounts, its tax inside the prices where the store shows it so."""
    taxes = money.discount_taxes()
    amounts = {
        "ItemPrice": money.shown("ITEM"),
        "ItemTax": money.taxes.get("ITEM", Decimal(0)),
        "ShippingPrice": money.shown("SHIPPING"),
        "ShippingTax": money.taxes.get("SHIPPING", Decimal(0)),
        "PromotionDiscount": money.discounted("ITEM"),
        "PromotionDiscountTax": taxes.get("ITEM", Decimal(0)),
        "ShippingDiscount": money.discounted("SHIPPING"),
        "ShippingDiscountTax": taxes.get("SHIPPING", Decimal(0)),
    }
    needed = {"ItemPrice", "ItemTax", "PromotionDiscount"}
    return {
        name: _money(amount, money) for name, amount in amounts.items() if amount or name in needed
    }


def _money(amount: Decimal, money: ItemMoney | None) -> dict[str, str]:
    return {"CurrencyCode": money.currency if money else "", "Amount": f"{amount:.2f}"}
