"""Orders from elsewhere than the Orders API 2026-01-01, in the same shape, and what each lacks.

What a source cannot know is null and named in `not_known`; a name with a dot is a field of every
item or part. Nothing is worked out here that the source does not state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from tap_amazon_sp.instants import moment
from tap_amazon_sp.records import Json, decimal_text, instant_text

# Of an order report.
REPORT_LACKS = (
    *("programs", "grand_total", "breakdowns", "shipped", "associated_orders", "packages"),
    *("buyer", "recipient", "items.order_item_id", "items.quantity_shipped"),
    *("items.unit_price", "items.proceeds_total"),
)
# Of Orders v0 without a restricted data token. The gift wrap's price is inside the buyer's data.
V0_LACKS = (
    *("breakdowns", "shipped", "packages", "buyer", "recipient", "items.unit_price"),
    *("items.proceeds_total", "items.breakdowns.GIFT_WRAP"),
)

_STATUS = {"Canceled": "CANCELLED", "Cancelled": "CANCELLED"}
# What a carrier adds to Shipped while nothing has gone wrong.
_ON_ITS_WAY = {"Delivered to Buyer", "Out for Delivery", "Picked Up"}
_FULFILLED_BY = {"AFN": "AMAZON", "MFN": "MERCHANT", "Amazon": "AMAZON", "Merchant": "MERCHANT"}


def status(text: str | None) -> str | None:
    """Give a status in the words of v2026-01-01: PartiallyShipped is PARTIALLY_SHIPPED.

    A shipment that came back or was lost keeps that in its status: nobody may take it for a sale.
    """
    if not text:
        return None
    stem, _, rest = text.partition(" - ")
    if rest and (stem != "Shipped" or rest in _ON_ITS_WAY):
        text = stem
    return _STATUS.get(text) or _in_capitals(text)


def from_report(lines: list[Json]) -> Json:
    """Make an order of its lines in an order report."""
    first = lines[0]
    channel = first["sales_channel"] or ""
    lacks = list(REPORT_LACKS)
    tells_tax = any(line["tax_collection_model"] for line in lines)
    if not tells_tax:
        lacks.append("items.tax_models")
    return {
        "order_id": first["order_id"],
        "source": "report",
        "not_known": lacks,
        "purchased": first["purchased"],
        "last_updated": max((line["last_updated"] for line in lines), key=moment),
        "status": status(first["status"]),
        "fulfilled_by": _FULFILLED_BY.get(first["fulfillment_channel"] or ""),
        "channel": "NON_AMAZON" if channel.casefold().startswith("non-amazon") else "AMAZON",
        "marketplace_id": first["marketplace_id"],
        "marketplace_name": first["sales_channel"],
        "programs": None,
        "currency": next((line["currency"] for line in lines if line["currency"]), None),
        "grand_total": None,
        "breakdowns": None,
        "shipped": None,
        "associated_orders": None,
        "items": [_report_item(line, tells_tax=tells_tax) for line in lines],
        "packages": None,
        "buyer": None,
        "recipient": None,
    }


def _report_item(line: Json, *, tells_tax: bool) -> Json:
    cancelled = (line["item_status"] or "").casefold() in {"cancelled", "canceled"}
    model = line["tax_collection_model"]
    known = [_in_capitals(model)] if model else []
    return {
        "order_item_id": None,
        "sku": line["sku"],
        "asin": line["asin"],
        "title": line["title"],
        "quantity_ordered": line["quantity"],
        "quantity_shipped": 0 if cancelled else None,
        "unit_price": None,
        "proceeds_total": None,
        "breakdowns": _breakdowns(
            prices={
                "ITEM": line["item_price"],
                "SHIPPING": line["shipping_price"],
                "GIFT_WRAP": line["gift_wrap_price"],
            },
            taxes={
                "ITEM": line["item_tax"],
                "SHIPPING": line["shipping_tax"],
                "GIFT_WRAP": line["gift_wrap_tax"],
            },
            discounts={
                "ITEM": line["item_promotion_discount"],
                "SHIPPING": line["ship_promotion_discount"],
            },
        ),
        "tax_models": known if tells_tax else None,
        "promotion_ids": line["promotion_ids"],
    }


def from_v0(given: Json, items: Iterable[Json]) -> Json:
    """Make an order of an answer of getOrders and its items (Orders API v0)."""
    flags = {"IsPrime": "PRIME", "IsBusinessOrder": "AMAZON_BUSINESS", "IsPremiumOrder": "PREMIUM"}
    replaced = given.get("ReplacedOrderId")
    total = given.get("OrderTotal") or {}
    channel = given.get("SalesChannel") or ""
    return {
        "order_id": given["AmazonOrderId"],
        "source": "v0",
        "not_known": list(V0_LACKS),
        "purchased": instant_text(given.get("PurchaseDate")),
        "last_updated": instant_text(given["LastUpdateDate"]),
        "status": status(given.get("OrderStatus")),
        "fulfilled_by": _FULFILLED_BY.get(given.get("FulfillmentChannel") or ""),
        "channel": "NON_AMAZON" if channel.casefold().startswith("non-amazon") else "AMAZON",
        "marketplace_id": given.get("MarketplaceId"),
        "marketplace_name": channel or None,
        "programs": [name for flag, name in flags.items() if given.get(flag)],
        "currency": total.get("CurrencyCode"),
        "grand_total": decimal_text(total.get("Amount")),
        "breakdowns": None,
        "shipped": None,
        "associated_orders": [
            {"order_id": replaced, "association": "REPLACEMENT_ORIGINAL_ID"}
        ] if replaced else [],
        "items": [_v0_item(item) for item in items],
        "packages": None,
        "buyer": None,
        "recipient": None,
    }  # fmt: skip


def _v0_item(given: Json) -> Json:
    def money(name: str) -> str | None:
        return decimal_text((given.get(name) or {}).get("Amount"))

    discount_taxes = [money("PromotionDiscountTax"), money("ShippingDiscountTax")]
    return {
        "order_item_id": given["OrderItemId"],
        "sku": given.get("SellerSKU"),
        "asin": given.get("ASIN"),
        "title": given.get("Title"),
        "quantity_ordered": given.get("QuantityOrdered"),
        "quantity_shipped": given.get("QuantityShipped"),
        "unit_price": None,
        "proceeds_total": None,
        "breakdowns": _breakdowns(
            prices={
                "ITEM": money("ItemPrice"),
                "SHIPPING": money("ShippingPrice"),
                "COD_FEE": money("CODFee"),
            },
            taxes={
                "ITEM": money("ItemTax"),
                "SHIPPING": money("ShippingTax"),
                "DISCOUNT": _sum(discount_taxes),
            },
            discounts={
                "ITEM": money("PromotionDiscount"),
                "SHIPPING": money("ShippingDiscount"),
                "COD_FEE": money("CODFeeDiscount"),
            },
        ),
        "tax_models": [
            _in_capitals(model) for model in [(given.get("TaxCollection") or {}).get("Model")]
            if model
        ],
        "promotion_ids": list(given.get("PromotionIds") or []),
    }  # fmt: skip


def _breakdowns(
    prices: dict[str, str | None], taxes: dict[str, str | None], discounts: dict[str, str | None]
) -> list[Json]:
    """Write amounts as the parts that v2026-01-01 has; a blank amount makes no part."""
    parts: list[Json] = [
        {"type": name, "subtotal": amount, "details": []}
        for name, amount in prices.items()
        if amount is not None
    ]
    for name, details in (("TAX", taxes), ("DISCOUNT", discounts)):
        stated = {key: text for key, text in details.items() if text and Decimal(text)}
        # Within TAX, what is saved by a discount lowers the whole.
        values = [Decimal(text) * (-1 if key == "DISCOUNT" else 1) for key, text in stated.items()]
        if stated:
            parts.append(
                {
                    "type": name,
                    "subtotal": decimal_text(sum(values, Decimal(0))),
                    "details": [{"subtype": key, "amount": text} for key, text in stated.items()],
                }
            )
    return parts


def _sum(amounts: Iterable[str | None]) -> str | None:
    stated = [Decimal(text) for text in amounts if text]
    return decimal_text(sum(stated, Decimal(0))) if stated else None


def _in_capitals(text: str) -> str:
    """Write MarketplaceFacilitator as MARKETPLACE_FACILITATOR."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", text).upper()
