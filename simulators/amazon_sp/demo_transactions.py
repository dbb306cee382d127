"""The demo seller's movements of money as listTransactions gives them, from the settlements' rows.

Each settlement's released transactions come to its total. Sales of the latest settlements were
held back seven days after delivery first: such a sale is there twice, the deferred transaction
and the one that released it. What is sent but not settled is deferred still.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.demo_goods import Market
from simulators.amazon_sp.demo_rows import sale_rows
from simulators.amazon_sp.demo_sales import ZERO, Sale
from simulators.amazon_sp.flatfile import Settlement, SettlementRow

Record = dict[str, Any]
Path = tuple[str, ...]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HELD = timedelta(days=14)
_DEFERRED_IN = {"UK-3", "UK-4", "UK-5", "DE-3"}

_PRICES: dict[str, Path] = {
    "Principal": ("ProductCharges", "OurPricePrincipal"),
    "Tax": ("Tax", "OurPriceTax"),
    "Shipping": ("Shipping", "ShippingPrincipal"),
    "ShippingTax": ("Tax", "ShippingTax"),
    "GiftWrap": ("GiftWrap", "GiftWrapPrincipal"),
    "GiftWrapTax": ("Tax", "GiftWrapTax"),
}
_PROMOTIONS: dict[str, Path] = {
    "Principal": ("Promotions", "PromotionPrincipal"),
    "Shipping": ("Promotions", "PromotionShipping"),
    "TaxDiscount": ("Promotions", "PromotionTax"),
}
_EXPENSES = {"AmazonFees", "TaxWithheld"}
_KINDS = {
    "Order": ("Shipment", "Order Payment"),
    "Refund": ("Refund", "Refund Order"),
    # Amazon gives a claim no type of its own.
    "A-to-z Guarantee Refund": ("Refund", "Refund Order"),
    "FBAFees": ("ServiceFee", "Service Fee"),
    "ServiceFee": ("ProductAdsPayment", "Cost of Advertising"),
    "CouponRedemptionFee": ("ServiceFee", "Coupon Redemption Fee"),
}
_OTHERS = {
    "FBA Inventory Reimbursement": "FBAInventoryReimbursement",
    "Current Reserve Amount": "Adjustment",
    "Previous Reserve Amount Balance": "Adjustment",
    "Payable to Amazon": "DebtRecovery",
}


def settled(settlement: Settlement, group_id: str, market: Market) -> list[Record]:
    """Write a settlement's transactions: all that its event group has, and what was deferred."""
    rng = random.Random(f"transactions {settlement.settlement_id}")
    written = []
    for rows in _together(settlement.rows):
        released = _transaction(rows, market, settlement.currency, _identifier(rng))
        _relate(released, FINANCIAL_EVENT_GROUP_ID=group_id)
        if settlement.name in _DEFERRED_IN and released["transactionType"] == "Shipment":
            deferred = _transaction(rows, market, settlement.currency, _identifier(rng))
            _relate(deferred, RELEASE_TRANSACTION_ID=released["transactionId"])
            _relate(released, DEFERRED_TRANSACTION_ID=deferred["transactionId"])
            _defer(deferred, rows[0], "DEFERRED_RELEASED", rng)
            written.append(deferred)
        written.append(released)
    return written


def unsettled(sales: Iterable[Sale]) -> list[Record]:
    """Write what was sent and is not settled: deferred until seven days after delivery."""
    written = []
    for sale in sales:
        for shipment in sale.shipments:
            if sale.channel != "AMAZON" or not shipment.shipped or shipment.posted:
                continue
            rng = random.Random(f"deferred {shipment.shipment_id}")
            rows = [
                _at(row, shipment.shipped + timedelta(minutes=5))
                for row in sale_rows(sale, shipment)
            ]
            if rows:
                each = _transaction(rows, sale.market, sale.market.currency, _identifier(rng))
                _defer(each, rows[0], "DEFERRED", None)
                written.append(each)
    return written


def _together(rows: Iterable[SettlementRow]) -> Iterator[list[SettlementRow]]:
    """Give the rows of each movement: a shipment's or refund's, a fee with its tax, or one row."""
    for (kind, *_), group in groupby(rows, _movement):
        if kind == "one":
            yield from ([row] for row in group)
        else:
            yield list(group)


def _movement(row: SettlementRow) -> tuple[str, ...]:
    if row.order_item_code:
        return ("sale", row.transaction_type, row.order_id, row.shipment_id, row.adjustment_id)
    if row.amount_description in {"Base fee", "Tax on fee"}:
        return ("fee", row.amount_type, row.order_id, instants.written(row.posted))
    return ("one", "", "", "", "")


def _transaction(
    rows: list[SettlementRow], market: Market, currency: str, transaction_id: str
) -> Record:
    first = rows[0]
    kind, words = _KINDS.get(first.transaction_type) or (
        _OTHERS.get(first.amount_type) or _OTHERS.get(first.amount_description) or "ServiceFee",
        first.amount_description,
    )
    if first.transaction_type == "Order" and not first.order_item_code:
        kind, words = "ServiceFee", first.amount_description
    transaction: Record = {
        "sellingPartnerMetadata": {
            "sellingPartnerId": "A2DEMOSELLER01",
            "accountType": "Standard Orders",
            "marketplaceId": market.marketplace_id,
        },
        "relatedIdentifiers": [],
        "transactionType": kind,
        "transactionId": transaction_id,
        "transactionStatus": "RELEASED",
        "description": words,
        "postedDate": instants.written(first.posted),
        "totalAmount": _money(sum((row.amount for row in rows), ZERO), currency),
        "marketplaceDetails": {
            "marketplaceId": market.marketplace_id,
            "marketplaceName": market.name,
        },
        "items": _items(rows, market, currency),
        "contexts": [],
        "breakdowns": _tree([(_whole(row), row.amount) for row in rows], currency),
    }
    _relate(
        transaction,
        ORDER_ID=first.order_id if "-" in first.order_id else "",
        SHIPMENT_ID=first.shipment_id or ("" if "-" in first.order_id else first.order_id),
        REFUND_ID=first.adjustment_id,
    )
    return transaction


def _items(rows: list[SettlementRow], market: Market, currency: str) -> list[Record]:
    items = []
    for _, group in groupby((row for row in rows if row.sku), lambda row: row.order_item_code):
        own = list(group)
        first = own[0]
        product: Record = {"contextType": "ProductContext", "sku": first.sku}
        if first.quantity is not None:
            product["quantityShipped"] = first.quantity
        if first.fulfillment_id:
            product["fulfillmentNetwork"] = first.fulfillment_id
        item: Record = {
            "description": f"{first.sku} on {market.name}",
            "totalAmount": _money(sum((row.amount for row in own), ZERO), currency),
            "contexts": [product],
        }
        if first.order_item_code:
            item["breakdowns"] = _tree([(_path(row), row.amount) for row in own], currency)
        # Amazon leaves the items of a reimbursement without a breakdown.
        items.append(item)
    return items


def _whole(row: SettlementRow) -> Path:
    """Name an amount in the tree of the whole transaction, which goes less deep for sales."""
    path = _path(row)
    if not row.order_item_code:
        return path
    return ("Expenses", path[0]) if path[0] in _EXPENSES else ("Sales", path[0])


def _path(row: SettlementRow) -> Path:
    """Name an amount in the tree of an item."""
    kind, what = row.amount_type, row.amount_description
    if kind == "ItemPrice":
        return _PRICES[what]
    if kind == "Promotion":
        return _PROMOTIONS[what]
    if kind == "ItemWithheldTax":
        return ("TaxWithheld", what)
    if kind in {"ItemFees", "ShipmentFees"}:
        return ("AmazonFees", what, "Base")
    if what in {"Base fee", "Tax on fee"}:
        return ("AmazonFees", kind, {"Base fee": "Base", "Tax on fee": "Tax"}[what])
    return (kind, what) if kind == "FBA Inventory Reimbursement" else (what,)


def _tree(amounts: list[tuple[Path, Decimal]], currency: str) -> list[Record]:
    """Put amounts into a tree by their paths, sums above them."""
    nodes = []
    for name in dict.fromkeys(path[0] for path, _ in amounts):
        below = [(path[1:], amount) for path, amount in amounts if path[0] == name]
        deeper = [(path, amount) for path, amount in below if path]
        nodes.append(
            {
                "breakdownType": name,
                "breakdownAmount": _money(sum((amount for _, amount in below), ZERO), currency),
                "breakdowns": _tree(deeper, currency) if deeper else [],
            }
        )
    return nodes


def _defer(transaction: Record, row: SettlementRow, status: str, rng: random.Random | None) -> None:
    """Make a transaction the deferred one: posted when it was sent, due fourteen days later."""
    held = timedelta(days=1, seconds=rng.randrange(86400)) if rng else timedelta(0)
    posted = row.posted - held
    transaction["transactionStatus"] = status
    transaction["postedDate"] = instants.written(posted)
    transaction["contexts"] = [
        {
            "contextType": "DeferredContext",
            "deferralReason": "DD7",
            "maturityDate": instants.written(row.posted if rng else posted + _HELD),
        }
    ]


def _relate(transaction: Record, **identifiers: str) -> None:
    transaction["relatedIdentifiers"] += [
        {"relatedIdentifierName": name, "relatedIdentifierValue": value}
        for name, value in identifiers.items()
        if value
    ]


def _at(row: SettlementRow, posted: datetime) -> SettlementRow:
    return replace(row, posted=posted)


def _money(amount: Decimal, currency: str) -> Record:
    return {"currencyAmount": amount, "currencyCode": currency}


def _identifier(rng: random.Random) -> str:
    return "".join(rng.choices(_LETTERS, k=43))
