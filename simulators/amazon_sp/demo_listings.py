"""The demo seller's offers: every SKU that it sells, at the price that its orders state.

The lamp has a price for businesses, with quantity discounts; the toy car is on offer; the scale
has bounds; one article has ended.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.demo_calendar import Calendar
from simulators.amazon_sp.demo_goods import (
    BOOK,
    CABLE,
    DE,
    DE_RANGE,
    GADGET,
    LAMP,
    MUG_BLUE,
    MUG_GREEN,
    TOY_CAR,
    UK,
    UK_RANGE,
    Market,
    Product,
)
from simulators.amazon_sp.offers import BUSINESSES, Listing, offer, scheduled

ENDED_SKU = "TRAIN-OLD"

_SHELVES = ((UK, (*UK_RANGE, MUG_GREEN)), (DE, DE_RANGE))
# Kept in the seller's own store room; the others lie with Amazon, which states no quantity.
_OWN_STOCK = (LAMP, BOOK)
_TYPES = {
    LAMP.sku: "LAMP",
    BOOK.sku: "ABIS_BOOK",
    GADGET.sku: "SCALE",
    MUG_BLUE.sku: "DRINKING_CUP",
    MUG_GREEN.sku: "DRINKING_CUP",
    TOY_CAR.sku: "TOY_FIGURE",
    CABLE.sku: "ELECTRONIC_CABLE",
}
_FOR_BUSINESSES = Decimal("0.95")
_REDUCED = Decimal("0.8")
_CENT = Decimal("0.01")


def listings(calendar: Calendar) -> list[Listing]:
    """Make the offers of both marketplaces."""
    rng = random.Random(f"listings {calendar.month:%Y-%m}")
    made = [
        _listing(market, product, calendar, rng)
        for market, products in _SHELVES
        for product in products
    ]
    return [*made, _ended(calendar)]


def _listing(market: Market, product: Product, calendar: Calendar, rng: random.Random) -> Listing:
    own = product in _OWN_STOCK
    opened = calendar.month - timedelta(days=rng.randrange(200, 900), seconds=rng.randrange(86400))
    listing_id = f"{calendar.month:%m%d}{rng.choice('UVWXYZ')}{rng.randrange(10**6, 10**7)}"
    stock: dict[str, Any] = {"fulfillment_channel_code": "AMAZON_EU"}
    if own:
        stock = {
            "fulfillment_channel_code": "DEFAULT",
            "quantity": rng.randrange(5, 60),
            "lead_time_to_ship_max_days": 2,
        }
    return Listing(
        marketplace_id=market.marketplace_id,
        sku=product.sku,
        currency=market.currency,
        asin=product.asin,
        listing_id=listing_id,
        title=product.titled(market),
        product_type=_TYPES.get(product.sku, "CLAMP"),
        opened=opened,
        offers=_offers(market, product, calendar.today),
        availability=[stock],
    )


def _offers(market: Market, product: Product, today: datetime) -> list[dict[str, Any]]:
    """Write the offer to consumers, and to businesses where there is one."""
    price, place = product.priced(market), market.marketplace_id
    more: dict[str, Any] = {}
    if product is GADGET:
        more["minimum_seller_allowed_price"] = _at((price * _REDUCED).quantize(_CENT))
        more["maximum_seller_allowed_price"] = _at(price * 2)
    if product is TOY_CAR:
        more["discounted_price"] = scheduled(
            {
                "start_at": instants.written(today - timedelta(days=3)),
                "end_at": instants.written(today + timedelta(days=11)),
                "value_with_tax": (price * _REDUCED).quantize(_CENT),
            }
        )
    offers = [offer(place, market.currency, price, **more)]
    if product is LAMP:
        offers[0]["start_at"] = {"value": instants.written(today - timedelta(days=400))}
        levels = [
            {"lower_bound": 5, "value": Decimal(5)},
            {"lower_bound": 20, "value": Decimal(8)},
        ]
        plan = scheduled({"discount_type": "percent", "levels": levels})
        offers.append(
            offer(
                place,
                market.currency,
                (price * _FOR_BUSINESSES).quantize(_CENT),
                audience=BUSINESSES,
                quantity_discount_plan=plan,
            )
        )
    return offers


def _at(price: Decimal) -> list[dict[str, Any]]:
    return scheduled({"value_with_tax": price})


def _ended(calendar: Calendar) -> Listing:
    """Make an article that the seller has given up: still in the account, and inactive."""
    return Listing(
        marketplace_id=UK.marketplace_id,
        sku=ENDED_SKU,
        currency=UK.currency,
        asin="B0DEMO0010",
        listing_id=f"{calendar.month:%m%d}T1000000",
        title="Wooden Train, Blue",
        product_type="TOY_FIGURE",
        opened=calendar.month - timedelta(days=1200),
        offers=[offer(UK.marketplace_id, UK.currency, Decimal("21.50"))],
        availability=[{"fulfillment_channel_code": "DEFAULT", "quantity": 0}],
        ended=True,
    )
