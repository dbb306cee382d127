"""A listings item as the Listings Items API shows it: the data sets that a call may include."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime

from simulators.amazon_sp import instants
from simulators.amazon_sp.attributes import OFFER, STOCK
from simulators.amazon_sp.offers import CONSUMERS, Listing, Record, in_units, price_at

_SHOWN_AS = {CONSUMERS: "Sell on Amazon", "B2B": "Amazon Business"}


def item(listings: list[Listing], included: list[str], now: datetime) -> Record:
    """Write a SKU's item from its listings in the marketplaces that were asked for."""
    shown: Record = {"sku": listings[0].sku}
    for name in included:
        if name in DATA_SETS:
            shown[name] = DATA_SETS[name](listings, now)
    return copy.deepcopy(shown)


def _summaries(listings: list[Listing], _: datetime) -> list[Record]:
    return [_summary(listing) for listing in listings]


def _summary(listing: Listing) -> Record:
    summary: Record = {
        "marketplaceId": listing.marketplace_id,
        "productType": listing.product_type,
        "conditionType": listing.condition,
        "status": listing.status(),
        "createdDate": instants.written(listing.opened),
        "lastUpdatedDate": instants.written(listing.updated),
    }
    more = {"asin": listing.asin, "itemName": listing.title, "mainImage": listing.image}
    return summary | {name: part for name, part in more.items() if part}


def _attributes(listings: list[Listing], _: datetime) -> Record:
    """Write the attributes of all marketplaces into one object, each element naming its own."""
    found: dict[str, list[Record]] = {}
    for listing in listings:
        place = {"marketplace_id": listing.marketplace_id}
        own: dict[str, list[Record]] = {
            "condition_type": [{"value": listing.condition, **place}],
            "item_name": [{"value": listing.title, **place}] if listing.title else [],
            "merchant_suggested_asin": [{"value": listing.asin, **place}] if listing.asin else [],
        }
        own |= {name: [place | each for each in part] for name, part in listing.attributes.items()}
        own[OFFER] = listing.offers
        own[STOCK] = [{**each, **place} for each in listing.availability]
        for name, part in own.items():
            found.setdefault(name, []).extend(part)
    return {name: part for name, part in found.items() if part}


def _offers(listings: list[Listing], now: datetime) -> list[Record]:
    """Write what buyers pay now; what has ended, or is an offer of nothing, is no offer."""
    return [
        {
            "marketplaceId": listing.marketplace_id,
            "offerType": "B2C" if offered["audience"] == CONSUMERS else "B2B",
            "price": {
                "currencyCode": listing.currency,
                "amount": str(in_units(price, listing.currency)),
            },
            "audience": {
                "value": offered["audience"],
                "displayName": _SHOWN_AS.get(offered["audience"], offered["audience"]),
            },
        }
        for listing in listings
        if not listing.ended and listing.asin
        for offered in listing.offers
        if (price := price_at(offered, now)) is not None
    ]


def _availability(listings: list[Listing], _: datetime) -> list[Record]:
    """Write the stock by channel; the first marketplace that has a channel tells its quantity."""
    channels: dict[str, Record] = {}
    for listing in listings:
        for held in listing.availability:
            shown = {"fulfillmentChannelCode": held["fulfillment_channel_code"]}
            if "quantity" in held:
                shown["quantity"] = held["quantity"]
            channels.setdefault(held["fulfillment_channel_code"], shown)
    return list(channels.values())


def _issues(listings: list[Listing], _: datetime) -> list[Record]:
    return [
        {**issue, "marketplaceIds": issue.get("marketplaceIds", [listing.marketplace_id])}
        for listing in listings
        for issue in listing.issues
    ]


def _product_types(listings: list[Listing], _: datetime) -> list[Record]:
    return [
        {"marketplaceId": each.marketplace_id, "productType": each.product_type}
        for each in listings
    ]


def _relationships(listings: list[Listing], _: datetime) -> list[Record]:
    return [{"marketplaceId": each.marketplace_id, "relationships": []} for each in listings]


def _nothing(_: list[Listing], __: datetime) -> list[Record]:
    return []


DATA_SETS: dict[str, Callable[[list[Listing], datetime], object]] = {
    "summaries": _summaries,
    "attributes": _attributes,
    "issues": _issues,
    "offers": _offers,
    "fulfillmentAvailability": _availability,
    # Of vendors alone.
    "procurement": _nothing,
    "relationships": _relationships,
    "productTypes": _product_types,
}
