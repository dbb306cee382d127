"""Listings reports: GET_MERCHANT_LISTINGS_ALL_DATA, the offers of one marketplace.

The first marketplace that is asked for is reported, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from simulators.amazon_sp.seller import Record, Seller

REPORT_TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"
COLUMNS = (
    *("item-name", "item-description", "listing-id", "seller-sku", "price", "quantity"),
    *("open-date", "image-url", "item-is-marketplace", "product-id-type", "zshop-shipping-fee"),
    *("item-note", "item-condition", "zshop-category1", "zshop-browse-path"),
    *("zshop-storefront-feature", "asin1", "asin2", "asin3", "will-ship-internationally"),
    *("expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement"),
    *("add-delete", "pending-quantity", "fulfillment-channel", "Business Price"),
    *("merchant-shipping-group", "status"),
)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One offer. Quantity is None where Amazon holds the stock; the price is as buyers see it."""

    marketplace_id: str
    sku: str
    asin: str
    listing_id: str
    title: str
    price: Decimal
    quantity: int | None
    channel: str
    opened: datetime
    status: str = "Active"
    business_price: Decimal | None = None

    def cells(self) -> dict[str, str]:
        """Write the offer's cells by column."""
        return {
            "item-name": self.title,
            "listing-id": self.listing_id,
            "seller-sku": self.sku,
            "price": str(self.price),
            "quantity": "" if self.quantity is None else str(self.quantity),
            "open-date": f"{self.opened:%d/%m/%Y %H:%M:%S} GMT",
            "item-is-marketplace": "y",
            "product-id-type": "1",
            "item-condition": "11",
            "asin1": self.asin,
            "product-id": self.asin,
            "fulfillment-channel": self.channel,
            "Business Price": "" if self.business_price is None else str(self.business_price),
            "merchant-shipping-group": "Standard",
            "status": self.status,
        }


def text(seller: Seller, report: Record) -> str:
    """Write the offers of the marketplace that was asked for first."""
    rows = [list(COLUMNS)]
    for listing in seller.listings:
        if listing.marketplace_id == report["marketplaceIds"][0]:
            cells = listing.cells()
            rows.append([cells.get(column, "") for column in COLUMNS])
    return "".join("\t".join(row) + "\n" for row in rows)
