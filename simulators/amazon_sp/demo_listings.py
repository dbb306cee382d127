"""The demo seller's offers: every SKU that it sells, at the price that its orders state."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from simulators.amazon_sp.demo_calendar import Calendar
from simulators.amazon_sp.demo_goods import (
    BOOK,
    DE,
    DE_RANGE,
    LAMP,
    MUG_GREEN,
    UK,
    UK_RANGE,
    Market,
    Product,
)
from simulators.amazon_sp.listings import Listing

_SHELVES = ((UK, (*UK_RANGE, MUG_GREEN)), (DE, DE_RANGE))
# Kept in the seller's own store room; the others lie with Amazon, which states no quantity.
_OWN_STOCK = (LAMP, BOOK)
_FOR_BUSINESSES = Decimal("0.95")
_CENT = Decimal("0.01")


def listings(calendar: Calendar) -> list[Listing]:
    """Make the offers of both marketplaces."""
    rng = random.Random(f"listings {calendar.month:%Y-%m}")
    return [
        _listing(market, product, calendar, rng)
        for market, products in _SHELVES
        for product in products
    ]


def _listing(market: Market, product: Product, calendar: Calendar, rng: random.Random) -> Listing:
    price = product.priced(market)
    own = product in _OWN_STOCK
    age = timedelta(days=rng.randrange(200, 900), seconds=rng.randrange(86400))
    return Listing(
        marketplace_id=market.marketplace_id,
        sku=product.sku,
        asin=product.asin,
        listing_id=f"{calendar.month:%m%d}{rng.choice('UVWXYZ')}{rng.randrange(10**6, 10**7)}",
        title=product.titled(market),
        price=price,
        quantity=rng.randrange(5, 60) if own else None,
        channel="DEFAULT" if own else "AMAZON_EU",
        opened=calendar.month - age,
        business_price=(price * _FOR_BUSINESSES).quantize(_CENT) if product is LAMP else None,
    )
