"""Sales as the Orders API v2026-01-01 shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.demo_goods import UK
from simulators.amazon_sp.demo_sales import ZERO, Item, Price, Sale, Shipment

Record = dict[str, Any]

_PARTIES = {
    UK.marketplace_id: ("Example Row 1", "Exampleton", "EX1 1EX"),
    "": ("Beispielweg 1", "Beispielstadt", "00000"),
}
_WITH_MONEY = {"SHIPPED", "UNSHIPPED"}


def order(sale: Sale) -> Record:
    """Write a sale whole; what a call did not ask for is cut out when it is asked."""
    fulfilled = sale.status == "SHIPPED"
    record: Record = {
        "orderId": sale.order_id,
        "createdTime": instants.written(sale.purchased),
        "lastUpdatedTime": instants.written(sale.updated),
        "salesChannel": _channel(sale),
        "buyer": _buyer(sale),
        "recipient": _recipient(sale),
        "fulfillment": {
            "fulfillmentStatus": sale.status,
            "fulfilledBy": sale.fulfilled_by,
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": _days(sale.purchased, 0, 2),
            "deliverByWindow": _days(sale.purchased, 2, 6),
        },
        "orderItems": [_item(sale, item, fulfilled=fulfilled) for item in sale.items],
    }
    if sale.fulfilled_by == "AMAZON" and sale.channel == "AMAZON":
        record["programs"] = ["PRIME"]
    if sale.replaces:
        association = {"orderId": sale.replaces, "associationType": "REPLACEMENT_ORIGINAL_ID"}
        record["associatedOrders"] = [association]
    if _has_money(sale):
        record["proceeds"] = _order_proceeds(sale)
    if fulfilled and sale.fulfilled_by == "MERCHANT":
        record["packages"] = [
            _package(sale, number, each) for number, each in enumerate(sale.shipments, 1)
        ]
    return record


def _has_money(sale: Sale) -> bool:
    """Tell whether Amazon states proceeds: not before payment, not for sales made elsewhere."""
    return sale.status in _WITH_MONEY and sale.channel == "AMAZON"


def _channel(sale: Sale) -> Record:
    if sale.channel == "NON_AMAZON":
        return {"channelName": "NON_AMAZON", "marketplaceName": "Non-Amazon UK"}
    return {
        "channelName": "AMAZON",
        "marketplaceId": sale.market.marketplace_id,
        "marketplaceName": sale.market.name,
    }


def _buyer(sale: Sale) -> Record:
    alias = sale.order_id.replace("-", "")[-9:]
    return {
        "buyerName": "Example Buyer",
        "buyerEmail": f"{alias}@marketplace.{sale.market.name.lower()}",
    }


def _recipient(sale: Sale) -> Record:
    street, city, code = _PARTIES.get(sale.market.marketplace_id, _PARTIES[""])
    return {
        "deliveryAddress": {
            "name": "Example Buyer",
            "addressLine1": street,
            "city": city,
            "postalCode": code,
            "countryCode": sale.market.country,
            "addressType": "RESIDENTIAL",
        }
    }


def _days(since: datetime, first: int, last: int) -> Record:
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "earliestDateTime": instants.written(midnight + timedelta(days=first)),
        "latestDateTime": instants.written(midnight + timedelta(days=last + 1, seconds=-1)),
    }


def _item(sale: Sale, item: Item, *, fulfilled: bool) -> Record:
    shipped = item.quantity if fulfilled else 0
    waiting = 0 if sale.status == "CANCELLED" else item.quantity - shipped
    record: Record = {
        "orderItemId": item.item_id,
        "quantityOrdered": item.quantity,
        "product": {
            "asin": item.product.asin,
            "title": item.product.titled(sale.market),
            "sellerSku": item.product.sku,
            "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
        },
        "fulfillment": {"quantityFulfilled": shipped, "quantityUnfulfilled": waiting},
    }
    if _has_money(sale):
        unit = item.price.gross / item.quantity
        record["product"]["price"] = {"unitPrice": _money(sale, unit)}
        record["proceeds"] = {
            "proceedsTotal": _money(sale, item.proceeds),
            "breakdowns": _item_breakdowns(sale, item),
        }
    if item.discounts:
        promotions = [{"promotionId": each.promotion_id} for each in item.discounts]
        record["promotion"] = {"breakdowns": promotions}
    if item.facilitator:
        collection = {
            "model": "MARKETPLACE_FACILITATOR",
            "responsibleParty": "Amazon Services Europe S.a.r.L.",
        }
        record["tax"] = {"taxCollections": [collection]}
    if sale.status == "CANCELLED":
        record["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER"}}
    return record


def _money(sale: Sale, amount: Decimal) -> Record:
    return {"amount": f"{amount:.2f}", "currencyCode": sale.market.currency}


def _item_breakdowns(sale: Sale, item: Item) -> list[Record]:
    """Write what the proceeds are made of; TAX is after the tax on discounts.

    A discount is a positive number here, also within TAX: Amazon documents no sign.
    """
    parts = {"ITEM": item.price, "SHIPPING": item.shipping, "GIFT_WRAP": item.wrap}
    breakdowns: list[Record] = [
        {"type": name, "subtotal": _money(sale, price.net)}
        for name, price in parts.items()
        if name == "ITEM" or price.net
    ]
    if any(price.tax for price in parts.values()):
        taxes = {name: price.tax for name, price in parts.items()}
        taxes["DISCOUNT"] = item.discount.tax
        breakdowns.append(_detailed(sale, "TAX", item.tax, taxes))
    if item.discounts:
        on = {
            name: sum((each.price.net for each in item.discounts if each.on == name), ZERO)
            for name in ("ITEM", "SHIPPING")
        }
        breakdowns.append(_detailed(sale, "DISCOUNT", item.discount.net, on))
    return breakdowns


def _detailed(sale: Sale, name: str, subtotal: Decimal, details: dict[str, Decimal]) -> Record:
    return {
        "type": name,
        "subtotal": _money(sale, subtotal),
        "detailedBreakdowns": [
            {"subtype": subtype, "value": _money(sale, value)}
            for subtype, value in details.items()
            if value
        ],
    }


def _order_proceeds(sale: Sale) -> Record:
    total = sum((item.proceeds for item in sale.items), ZERO)
    sums = {
        "ITEM": _sum(item.price for item in sale.items).net,
        "SHIPPING": _sum(item.shipping for item in sale.items).net,
        "GIFT_WRAP": _sum(item.wrap for item in sale.items).net,
        "TAX": sum((item.tax for item in sale.items), ZERO),
        "DISCOUNT": _sum(item.discount for item in sale.items).net,
    }
    return {
        "grandTotal": _money(sale, total),
        "breakdowns": [
            {"type": name, "subtotal": _money(sale, amount)}
            for name, amount in sums.items()
            if amount or name == "ITEM"
        ],
    }


def _sum(prices: Iterable[Price]) -> Price:
    found = list(prices)
    return Price(
        sum((price.net for price in found), ZERO), sum((price.tax for price in found), ZERO)
    )


def _package(sale: Sale, number: int, shipment: Shipment) -> Record:
    if shipment.shipped is None:
        raise ValueError(f"order {sale.order_id}: a package that has not been shipped")
    carrier, service = sale.market.carrier
    return {
        "packageReferenceId": str(number),
        "createdTime": instants.written(shipment.shipped - timedelta(hours=2)),
        "packageStatus": {"status": "DELIVERED" if shipment.posted else "IN_TRANSIT"},
        "carrier": carrier,
        "shipTime": instants.written(shipment.shipped),
        "shippingService": service,
        "trackingNumber": f"XY{sale.order_id.replace('-', '')[-8:]}{number}{sale.market.country}",
        "packageItems": [
            {"orderItemId": item.item_id, "quantity": item.quantity} for item in shipment.items
        ],
    }
