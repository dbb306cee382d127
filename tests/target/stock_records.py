"""Levels of stock as the mapper writes them, for the demo organisation's chart."""

from __future__ import annotations

from typing import Any

from target.xero_documents import ORGANISATION, Recorded

CODE = "LAMP-OAK"
TODAY = "2026-04-20"


def level(quantity: int, code: str = CODE, cost: str | None = "3.00", **more: Any) -> Recorded:
    """What an item is to have on hand; cost: what skus.csv says that a unit costs."""
    part = {"marketplace": "Amazon.co.uk", "seller_sku": code, "channel": "fba", "pool": None}
    record = {
        "document_id": f"stock:{code}",
        "item_code": code,
        "quantity": quantity,
        "parts": [{**part, "quantity": quantity}],
        "date": TODAY,
        "contact": "Inventory Adjustments",
        "account": "401",
        "tax_type": "NONE",
        "currency": "GBP",
        "unit_cost": cost,
        "source": {"organisation": ORGANISATION},
    }
    return "stock_levels", record | more
