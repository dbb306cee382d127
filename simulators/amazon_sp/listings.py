"""Listings reports: GET_MERCHANT_LISTINGS_ALL_DATA, the offers of one marketplace.

The first marketplace that is asked for is reported, and no other.
"""

from __future__ import annotations

from decimal import Decimal

from simulators.amazon_sp.offers import BUSINESSES, Listing
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


def cells(listing: Listing) -> dict[str, str]:
    """Write a listing's cells by column."""
    return {
        "item-name": listing.title,
        "listing-id": listing.listing_id,
        "seller-sku": listing.sku,
        "price": _amount(listing.price()),
        "quantity": "" if listing.quantity is None else str(listing.quantity),
        "open-date": f"{listing.opened:%d/%m/%Y %H:%M:%S} GMT",
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "item-condition": "11",
        "asin1": listing.asin,
        "product-id": listing.asin,
        "fulfillment-channel": listing.channel,
        "Business Price": _amount(listing.price(BUSINESSES)),
        "merchant-shipping-group": "Standard",
        "status": "Active" if listing.active else "Inactive",
    }


def _amount(price: Decimal | None) -> str:
    return "" if price is None else str(price)


def text(seller: Seller, report: Record) -> str:
    """Write the offers of the marketplace that was asked for first."""
    seller.catch_up()
    rows = [list(COLUMNS)]
    for listing in seller.listings:
        if listing.marketplace_id == report["marketplaceIds"][0] and listing.asin:
            written = cells(listing)
            rows.append([written.get(column, "") for column in COLUMNS])
    return "".join("\t".join(row) + "\n" for row in rows)
