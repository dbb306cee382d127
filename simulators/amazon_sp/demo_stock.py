"""What the demo seller has in Amazon's warehouses."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.demo_calendar import Calendar
from simulators.amazon_sp.demo_goods import DE, DE_RANGE, UK, UK_RANGE, Market, Product

Record = dict[str, Any]


def stock(calendar: Calendar) -> dict[str, list[Record]]:
    """Give the inventory summaries of each marketplace, the same for every hour of a date."""
    return {
        market.marketplace_id: [
            _summary(calendar, market, number, product) for number, product in enumerate(goods, 1)
        ]
        for market, goods in ((UK, UK_RANGE), (DE, DE_RANGE))
    }


def _summary(calendar: Calendar, market: Market, number: int, product: Product) -> Record:
    rng = random.Random(f"stock {calendar.today:%Y-%m-%d} {market.name} {product.sku}")
    fulfillable, reserved, damaged = rng.randrange(4, 90), rng.randrange(6), rng.randrange(3)
    underway = rng.choice((0, 0, 24, 48))
    changed = calendar.latest - timedelta(hours=rng.randrange(1, 72))
    return {
        "asin": product.asin,
        "fnSku": f"X00DEMO{number:03d}",
        "sellerSku": product.sku,
        "condition": "NewItem",
        "inventoryDetails": {
            "fulfillableQuantity": fulfillable,
            "inboundWorkingQuantity": 0,
            "inboundShippedQuantity": underway,
            "inboundReceivingQuantity": 0,
            "reservedQuantity": {
                "totalReservedQuantity": reserved,
                "pendingCustomerOrderQuantity": reserved,
                "pendingTransshipmentQuantity": 0,
                "fcProcessingQuantity": 0,
            },
            "researchingQuantity": {
                "totalResearchingQuantity": 0,
                "researchingQuantityBreakdown": [],
            },
            "unfulfillableQuantity": {
                "totalUnfulfillableQuantity": damaged,
                "customerDamagedQuantity": damaged,
                "warehouseDamagedQuantity": 0,
                "distributorDamagedQuantity": 0,
                "carrierDamagedQuantity": 0,
                "defectiveQuantity": 0,
                "expiredQuantity": 0,
            },
        },
        "lastUpdatedTime": instants.written(changed),
        "productName": product.titled(market),
        "totalQuantity": fulfillable + reserved + damaged + underway,
        "stores": [],
    }
