"""Singer messages as the tap writes them, small enough to read in a test."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Record = dict[str, Any]
ORDER_ID = "026-1111111-1111111"


def record(stream: str, values: Record) -> Record:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": values}


def schema(stream: str) -> Record:
    """A SCHEMA message; the mapper reads only the stream's name."""
    return {"type": "SCHEMA", "stream": stream, "schema": {"properties": {}}, "key_properties": []}


def state(value: str) -> Record:
    """A STATE message."""
    return {"type": "STATE", "value": {"bookmarks": {"settlements": {"created": value}}}}


def row(number: int, triple: str, amount: str, **changes: Any) -> Record:
    """A settlement row from `type/amount type/description`."""
    transaction_type, amount_type, description = triple.split("/")
    values = {
        "settlement_id": "7001",
        "row": number,
        "report_id": "R1",
        "transaction_type": transaction_type,
        "order_id": None,
        "merchant_order_id": None,
        "adjustment_id": None,
        "shipment_id": None,
        "marketplace_name": "Amazon.co.uk",
        "amount_type": amount_type,
        "amount_description": description,
        "amount": amount,
        "currency": "GBP",
        "fulfillment_id": None,
        "posted": "2026-06-03T10:00:00Z",
        "order_item_code": None,
        "merchant_order_item_id": None,
        "merchant_adjustment_item_id": None,
        "sku": None,
        "quantity": None,
        "promotion_id": None,
    }
    return record("settlement_rows", values | changes)


def closing(total: str, **changes: Any) -> Record:
    """The record that closes a settlement."""
    values = {
        "settlement_id": "7001",
        "report_id": "R1",
        "report_document_id": "D1",
        "created": "2026-06-15T06:00:00Z",
        "start": "2026-06-01T00:00:00Z",
        "end": "2026-06-15T00:00:00Z",
        "deposit": "2026-06-17T00:00:00Z",
        "currency": "GBP",
        "total_amount": total,
        "row_count": 3,
        "checksum": "aa" * 32,
        "source": "report",
        "fault": None,
        "fault_row": None,
    }
    return record("settlements", values | changes)


def sale(number: int, price: str, order_id: str = ORDER_ID, sku: str = "WID-S-UK") -> list[Record]:
    """Rows of one order: a price, its tax of a fifth, and a commission of 1.00."""
    tax = str((Decimal(price) / 5).quantize(Decimal("0.01")))
    cells = {"order_id": order_id, "sku": sku, "quantity": 1, "order_item_code": "77"}
    return [
        row(number, "Order/ItemPrice/Principal", price, **cells),
        row(number + 1, "Order/ItemPrice/Tax", tax, **cells),
        row(number + 2, "Order/ItemFees/Commission", "-1.00", **cells),
    ]


def vat(order_id: str = ORDER_ID, sku: str = "WID-S-UK", **changes: Any) -> Record:
    """A sale in the VAT report: 12.00 to France at 20 %."""
    values = {
        "transaction_event_id": order_id,
        "activity_transaction_id": "A1",
        "line": 1,
        "transaction_type": "SALE",
        "marketplace": "Amazon.co.uk",
        "seller_sku": sku,
        "quantity": 1,
        "tax_calculation_date": "2026-06-01",
        "departure_country": "DE",
        "arrival_country": "FR",
        "vat_rate": "20",
        "amount_vat_incl": "12.00",
        "vat_amount": "2.00",
        "currency": "GBP",
        "tax_reporting_scheme": "UNION-OSS",
        "tax_collection_responsibility": "SELLER",
    }
    return record("vat_transactions", values | changes)


def order(price: str, sku: str = "WID-S-UK", **changes: Any) -> Record:
    """A shipped order of one item, tax of a fifth on top."""
    tax = str((Decimal(price) / 5).quantize(Decimal("0.01")))
    total = str(Decimal(price) + Decimal(tax))
    values = {
        "order_id": ORDER_ID,
        "source": "api",
        "purchased": "2026-06-01T08:00:00Z",
        "last_updated": "2026-06-02T08:00:00Z",
        "status": "SHIPPED",
        "fulfilled_by": "MERCHANT",
        "channel": "AMAZON",
        "marketplace_id": "A1F83G8C2ARO7P",
        "marketplace_name": "Amazon.co.uk",
        "programs": [],
        "currency": "GBP",
        "grand_total": total,
        "shipped": "2026-06-01T23:30:00Z",
        "associated_orders": [],
        "items": [
            {
                "order_item_id": "77",
                "sku": sku,
                "asin": "B000000001",
                "title": "Widget, small",
                "quantity_ordered": 1,
                "quantity_shipped": 1,
                "unit_price": price,
                "proceeds_total": total,
                "breakdowns": [
                    {"type": "ITEM", "subtotal": price, "details": []},
                    {
                        "type": "TAX",
                        "subtotal": tax,
                        "details": [{"subtype": "ITEM", "amount": tax}],
                    },
                ],
                "tax_models": [],
                "promotion_ids": [],
            }
        ],
        "packages": [],
    }
    return record("orders", values | changes)


def transaction(
    transaction_id: str,
    posted: str,
    parts: dict[str, str],
    stream: str = "transactions",
    **changes: Any,
) -> Record:
    """A transaction of one item, whose breakdown is a list of paths and amounts."""
    total = str(sum((Decimal(amount) for amount in parts.values()), Decimal(0)))
    leaves = [
        {"path": path, "type": path.rpartition("/")[2], "amount": amount, "leaf": True}
        for path, amount in parts.items()
    ]
    values = {
        "transaction_id": transaction_id,
        "transaction_status": "RELEASED",
        "transaction_type": "Shipment",
        "description": "Order Payment",
        "posted_date": posted,
        "marketplace_id": "A1F83G8C2ARO7P",
        "marketplace_name": "Amazon.co.uk",
        "currency": "GBP",
        "total_amount": total,
        "order_id": ORDER_ID,
        "shipment_id": None,
        "refund_id": None,
        "financial_event_group_id": None,
        "settlement_id": None,
        "deferred_transaction_id": None,
        "release_transaction_id": None,
        "related_identifiers": [],
        "deferral_reason": None,
        "maturity_date": None,
        "items": [
            {
                "description": "Widget, small",
                "sku": "WID-S-UK",
                "asin": "B000000001",
                "quantity_shipped": 1,
                "fulfillment_network": "AFN",
                "total_amount": total,
                "breakdowns": leaves,
            }
        ],
        "breakdowns": leaves,
    }
    return record(stream, values | changes)


def listing(sku: str, title: str | None, price: str | None, **changes: Any) -> Record:
    """A listing at Amazon.co.uk."""
    values = {
        "marketplace_id": "A1F83G8C2ARO7P",
        "marketplace": "Amazon.co.uk",
        "seller_sku": sku,
        "asin": "B000000001",
        "listing_id": "L1",
        "title": title,
        "price": price,
        "quantity": 4,
        "fulfillment_channel": "AMAZON",
        "status": "Active",
        "opened": None,
        "business_price": None,
    }
    return record("listings", values | changes)
