"""Settlement files of the retired layout V1, as sellers still keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amazon_tap import line

HEADER_V1 = [
    *("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date"),
    *("total-amount", "currency", "transaction-type", "order-id", "merchant-order-id"),
    *("adjustment-id", "shipment-id", "marketplace-name", "shipment-fee-type"),
    *("shipment-fee-amount", "order-fee-type", "order-fee-amount", "fulfillment-id"),
    *("posted-date", "order-item-code", "merchant-order-item-id"),
    *("merchant-adjustment-item-id", "sku", "quantity-purchased", "price-type", "price-amount"),
    *("item-related-fee-type", "item-related-fee-amount", "misc-fee-amount"),
    *("other-fee-amount", "other-fee-reason-description", "promotion-id", "promotion-type"),
    *("promotion-amount", "direct-payment-type", "direct-payment-amount", "other-amount"),
]
SUMMARY_V1 = {
    "settlement_id": "6016502941",
    "settlement_start_date": "2025-12-02T03:27:08+00:00",
    "settlement_end_date": "2025-12-16T03:27:08+00:00",
    "deposit_date": "2025-12-18T03:27:08+00:00",
    "total_amount": "0.00",
    "currency": "USD",
}
ROW_V1 = {
    "settlement_id": "6016502941",
    "marketplace_name": "Amazon.com",
    "posted_date": "2025-12-02T04:15:26+00:00",
}
ITEM_V1 = {
    **ROW_V1,
    "transaction_type": "Order",
    "order_id": "112-8095165-5463447",
    "merchant_order_id": "112-8095165-5463447",
    "shipment_id": "D1FyNyr6b",
    "fulfillment_id": "AFN",
    "order_item_code": "62538071274626",
    "sku": "cup-blue",
}


def price(kind: str, amount: str, **more: str) -> dict[str, str]:
    """Give a row of an order item with a price."""
    return {**ITEM_V1, "price_type": kind, "price_amount": amount, **more}


def fee(kind: str, amount: str, **more: str) -> dict[str, str]:
    """Give a row of an order item with a fee."""
    return {**ITEM_V1, "item_related_fee_type": kind, "item_related_fee_amount": amount, **more}


def units(quantity: str, **more: str) -> dict[str, str]:
    """Give the row of an order item that has its quantity and no money."""
    return {**ITEM_V1, "quantity_purchased": quantity, **more}


def other(kind: str, amount: str, **more: str) -> dict[str, str]:
    """Give a row of a transaction that is no order's."""
    return {**ROW_V1, "transaction_type": kind, "other_amount": amount, **more}


def retired_file(
    details: Iterable[Mapping[str, str]],
    total: str = "0.00",
    columns: Iterable[str] = HEADER_V1,
    **summary: str,
) -> str:
    """Write a V1 settlement file."""
    names = list(columns)
    lines = ["\t".join(names), line(names, **{**SUMMARY_V1, "total_amount": total, **summary})]
    lines += [line(names, **row) for row in details]
    return "\n".join(lines) + "\n"
