"""Sales and refunds as rows of a settlement report, in Amazon's spelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulators.amazon_sp.demo_goods import UK
from simulators.amazon_sp.demo_sales import (
    ZERO,
    Discount,
    Item,
    Price,
    Refund,
    Sale,
    Shipment,
    to_cent,
)
from simulators.amazon_sp.flatfile import SettlementRow

_DIGITAL_SERVICES = Decimal("0.02")
_REFUND_COMMISSION = Decimal("0.20")
_MOST_REFUND_COMMISSION = Decimal("5.00")

# Amount type, amount description, amount.
Amount = tuple[str, str, Decimal]


def sale_rows(sale: Sale, shipment: Shipment) -> list[SettlementRow]:
    """Write the rows of one settled shipment: prices, withheld VAT, promotions, fees."""
    rows = []
    for item in shipment.items:
        frame = _frame("Order", sale, item, shipment.posted) | {"shipment_id": shipment.shipment_id}
        rows += [_row(frame, amount) for amount in _prices(item)]
        for discount in item.discounts:
            promotion = frame | {"promotion_id": discount.promotion_id}
            rows += [_row(promotion, amount) for amount in _promotion(discount, -1)]
        rows += [_row(frame, amount) for amount in _fees(sale, item)]
    return [row for row in rows if row.amount]


def refund_rows(refund: Refund) -> list[SettlementRow]:
    """Write the rows of a refund: prices and promotions back, commission back less Amazon's fee."""
    sale, item = refund.sale, refund.item
    given = item if refund.full else _portion(item, refund.fraction)
    frame = _frame(refund.kind, sale, item, refund.posted) | {
        "adjustment_id": refund.adjustment_id,
        "merchant_adjustment_item_id": refund.adjustment_id,
    }
    rows = [_row(frame, (kind, what, -amount)) for kind, what, amount in _prices(given)]
    for discount in given.discounts:
        promotion = frame | {"promotion_id": discount.promotion_id}
        rows += [_row(promotion, amount) for amount in _promotion(discount, 1)]
    commission = _commission(given)
    kept = min(to_cent(commission * _REFUND_COMMISSION), _MOST_REFUND_COMMISSION)
    rows.append(_row(frame, ("ItemFees", "Commission", commission)))
    rows.append(_row(frame, ("ItemFees", "RefundCommission", -kept)))
    if sale.fulfilled_by == "AMAZON":
        rows.append(_row(frame, ("ItemFees", "ShippingChargeback", _shipping_paid(given))))
        rows.append(_row(frame, ("ItemFees", "GiftwrapChargeback", given.wrap.gross)))
    return [row for row in rows if row.amount]


def _portion(item: Item, fraction: Decimal) -> Item:
    """Give the item as it stands in a partial refund: a part of its price, nothing else."""
    return replace(
        item,
        price=item.price.part(fraction),
        shipping=Price(ZERO, ZERO),
        wrap=Price(ZERO, ZERO),
        discounts=(),
    )


def _frame(kind: str, sale: Sale, item: Item, posted: Any) -> dict[str, Any]:
    return {
        "transaction_type": kind,
        "order_id": sale.order_id,
        "merchant_order_id": sale.order_id,
        "marketplace_name": sale.market.name,
        "fulfillment_id": "AFN" if sale.fulfilled_by == "AMAZON" else "MFN",
        "posted": posted,
        "order_item_code": item.item_id,
        "sku": item.product.sku,
        "quantity": item.quantity,
    }


def _row(frame: dict[str, Any], amount: Amount) -> SettlementRow:
    amount_type, description, value = amount
    return SettlementRow(
        amount_type=amount_type, amount_description=description, amount=value, **frame
    )


def _prices(item: Item) -> Iterator[Amount]:
    """What the buyer paid before discounts, and the VAT that Amazon withheld from it."""
    for name, price in (("Shipping", item.shipping), ("GiftWrap", item.wrap)):
        yield "ItemPrice", name, price.net
        yield "ItemPrice", f"{name}Tax", price.tax
    yield "ItemPrice", "Principal", item.price.net
    yield "ItemPrice", "Tax", item.price.tax
    if item.facilitator:
        yield "ItemWithheldTax", "MarketplaceFacilitatorVAT-Principal", -item.price.tax
        yield "ItemWithheldTax", "MarketplaceFacilitatorVAT-Shipping", -item.shipping.tax


def _promotion(discount: Discount, sign: int) -> Iterator[Amount]:
    name = {"ITEM": "Principal", "SHIPPING": "Shipping"}[discount.on]
    yield "Promotion", name, sign * discount.price.net
    yield "Promotion", "TaxDiscount", sign * discount.price.tax


def _commission(item: Item) -> Decimal:
    return to_cent(item.paid * item.product.commission)


def _shipping_paid(item: Item) -> Decimal:
    """What a buyer paid for shipping after discounts; Amazon takes it back when it ships."""
    discounted = sum((each.price.gross for each in item.discounts if each.on == "SHIPPING"), ZERO)
    return item.shipping.gross - discounted


def _fees(sale: Sale, item: Item) -> Iterator[Amount]:
    commission = _commission(item)
    fulfilment = ZERO
    yield "ItemFees", "Commission", -commission
    if sale.fulfilled_by == "AMAZON":
        fulfilment = item.product.fba_fee * item.quantity
        yield "ItemFees", "FBAPerUnitFulfillmentFee", -fulfilment
        yield "ItemFees", "ShippingChargeback", -_shipping_paid(item)
        yield "ItemFees", "GiftwrapChargeback", -item.wrap.gross
    if sale.market is UK:
        fee = to_cent((commission + fulfilment) * _DIGITAL_SERVICES)
        yield "ItemFees", "DigitalServicesFee", -fee
