"""Order reports: GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL, one row for each item.

Amazon writes the whole region, whatever marketplaces are asked for, and gives no item id and no
date of shipment. Documented columns and those that live files add. In Europe prices include VAT
and the tax column says how much of it (VAT Calculation Service); elsewhere tax comes on top here.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from simulators.amazon_sp import instants
from simulators.amazon_sp.money import ItemMoney, item_money
from simulators.amazon_sp.seller import Record, Seller

REPORT_TYPE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
COLUMNS = (
    *("amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date"),
    *("order-status", "fulfillment-channel", "sales-channel", "order-channel"),
    *("ship-service-level", "product-name", "sku", "asin", "number-of-items", "item-status"),
    *("tax-collection-model", "tax-collection-responsible-party", "quantity", "currency"),
    *("item-price", "item-tax", "shipping-price", "shipping-tax", "gift-wrap-price"),
    *("gift-wrap-tax", "item-promotion-discount", "ship-promotion-discount", "address-type"),
    *("ship-city", "ship-state", "ship-postal-code", "ship-country", "promotion-ids"),
    *("is-business-order", "purchase-order-number", "price-designation"),
)

_STATUS = {
    "PENDING_AVAILABILITY": "Pending",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
}
_CHANNEL = {"AMAZON": "Amazon", "MERCHANT": "Merchant"}
_NO_MONEY = {"Pending", "Cancelled"}


def text(seller: Seller, report: Record) -> str:
    """Write the orders updated within a report's bounds, both included, newest first."""
    start, end = (instants.read(report[name]) for name in ("dataStartTime", "dataEndTime"))
    orders = [
        order
        for order in seller.orders.values()
        if start <= instants.read(order["lastUpdatedTime"]) <= end
    ]
    orders.sort(key=lambda order: instants.read(order["lastUpdatedTime"]), reverse=True)
    rows = [list(COLUMNS)]
    for order in orders:
        rows += [_row(order, item) for item in order["orderItems"]]
    return "".join("\t".join(row) + "\n" for row in rows)


def _row(order: Record, item: Record) -> list[str]:
    fulfillment = order.get("fulfillment", {})
    status = _STATUS.get(fulfillment.get("fulfillmentStatus", ""), "Pending")
    address = order.get("recipient", {}).get("deliveryAddress", {})
    product = item.get("product", {})
    promotions = item.get("promotion", {}).get("breakdowns", [])
    collections = item.get("tax", {}).get("taxCollections", [])
    cells = {
        "amazon-order-id": order["orderId"],
        "merchant-order-id": order["orderId"],
        "purchase-date": _instant(order["createdTime"]),
        "last-updated-date": _instant(order["lastUpdatedTime"]),
        "order-status": status,
        "fulfillment-channel": _CHANNEL.get(fulfillment.get("fulfilledBy", ""), "Merchant"),
        "sales-channel": order["salesChannel"].get("marketplaceName", ""),
        "ship-service-level": fulfillment.get("fulfillmentServiceLevel", "").title(),
        "product-name": product.get("title", ""),
        "sku": product.get("sellerSku", ""),
        "asin": product.get("asin", ""),
        "number-of-items": "1",
        "item-status": status,
        "tax-collection-model": "MarketplaceFacilitator" if collections else "",
        "tax-collection-responsible-party": "".join(
            each.get("responsibleParty", "") for each in collections
        ),
        "quantity": "0" if status == "Cancelled" else str(item["quantityOrdered"]),
        "ship-city": address.get("city", ""),
        "ship-state": address.get("stateOrRegion", ""),
        "ship-postal-code": address.get("postalCode", ""),
        "ship-country": address.get("countryCode", ""),
        "promotion-ids": ",".join(each["promotionId"] for each in promotions),
        "is-business-order": "false",
    }
    money = item_money(order, item)
    if money and status not in _NO_MONEY:
        cells |= _amounts(money)
    return [" ".join(cells.get(column, "").split()) for column in COLUMNS]


def _amounts(money: ItemMoney) -> dict[str, str]:
    """Write the amounts; those that are zero are blank, as Amazon leaves them."""
    amounts = {
        "item-price": money.shown("ITEM"),
        "item-tax": money.taxes.get("ITEM", Decimal(0)),
        "shipping-price": money.shown("SHIPPING"),
        "shipping-tax": money.taxes.get("SHIPPING", Decimal(0)),
        "gift-wrap-price": money.shown("GIFT_WRAP"),
        "gift-wrap-tax": money.taxes.get("GIFT_WRAP", Decimal(0)),
        "item-promotion-discount": money.discounted("ITEM"),
        "ship-promotion-discount": money.discounted("SHIPPING"),
    }
    written = {name: str(amount) for name, amount in amounts.items() if amount}
    return {"item-price": "0.0", "currency": money.currency} | written


def _instant(written: str) -> str:
    """Write an instant as order reports do: 2026-10-05T07:49:55+00:00."""
    return instants.read(written).astimezone(UTC).isoformat(timespec="seconds")
