"""Listings Items API 2021-08-01: searchListingsItems, pages of at most 20 up to 1,000 SKUs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulators.amazon_sp import datasets
from simulators.amazon_sp.errors import invalid_input
from simulators.amazon_sp.listing_items import data_sets, marketplaces
from simulators.amazon_sp.offers import Listing
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

PARAMETERS = {
    *("marketplaceIds", "issueLocale", "includedData", "identifiers", "identifiersType"),
    *("variationParentSku", "packageHierarchySku", "createdAfter", "createdBefore"),
    *("lastUpdatedAfter", "lastUpdatedBefore", "withIssueSeverity", "withStatus"),
    *("withoutStatus", "sortBy", "sortOrder", "pageSize", "pageToken"),
}

_OPERATION = "searchListingsItems"
_REACHABLE = 1000
_KINDS = {"ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC"}
_STATUSES = {"BUYABLE", "DISCOVERABLE"}
_ORDERS: dict[str, Callable[[list[Listing]], Any]] = {
    "sku": lambda group: group[0].sku,
    "createdDate": lambda group: max(each.opened for each in group),
    "lastUpdatedDate": lambda group: max(each.updated for each in group),
}

Matches = Callable[[Listing], bool]


def search_listings_items(seller: Seller, query: Query, seller_id: str) -> Record:
    """Answer searchListingsItems; `numberOfResults` counts what is found, reachable or not."""
    places = marketplaces(seller, query, seller_id)
    included = data_sets(query)
    size = query.whole("pageSize", default=10, low=1, high=20)
    matches = _filters(query)
    groups: dict[str, list[Listing]] = {}
    for listing in seller.listings:
        if listing.marketplace_id in places and all(each(listing) for each in matches):
            groups.setdefault(listing.sku, []).append(listing)
    by = query.listed("sortBy", known=_ORDERS, most=1) or ["lastUpdatedDate"]
    order = query.listed("sortOrder", known={"ASC", "DESC"}, most=1) or ["DESC"]
    found = sorted(groups.values(), key=lambda group: group[0].sku)
    found.sort(key=_ORDERS[by[0]], reverse=order == ["DESC"])
    start = _start(seller, query)
    answer: Record = {"numberOfResults": len(found)}
    if pagination := _pagination(seller, query, start, size, min(len(found), _REACHABLE)):
        answer["pagination"] = pagination
    answer["items"] = [
        datasets.item(
            sorted(group, key=lambda each: places.index(each.marketplace_id)),
            included,
            seller.clock.now(),
        )
        for group in found[:_REACHABLE][start : start + size]
    ]
    return answer


def _start(seller: Seller, query: Query) -> int:
    """Find where the page begins: a token goes with the arguments of its first call."""
    if "pageToken" not in query:
        return 0
    place = seller.pages.redeem(_OPERATION, query.text("pageToken"))
    if place is None or place.arguments != query.without("pageToken"):
        raise invalid_input("Invalid 'pageToken' provided.")
    return int(place.position)


def _pagination(seller: Seller, query: Query, start: int, size: int, reachable: int) -> Record:
    tokens = {}
    if start + size < reachable:
        tokens["nextToken"] = start + size
    if start:
        tokens["previousToken"] = max(0, start - size)
    return {
        name: seller.pages.issue(_OPERATION, query.without("pageToken"), position)
        for name, position in tokens.items()
    }


def _filters(query: Query) -> list[Matches]:
    _check_alternatives(query)
    matches = _window(query, "created", lambda each: each.opened)
    matches += _window(query, "lastUpdated", lambda each: each.updated)
    if "identifiers" in query:
        matches.append(_identified(query))
    if "variationParentSku" in query or "packageHierarchySku" in query:
        # No listing here is a variation or a package of another.
        matches.append(lambda _: False)
    severities = set(query.listed("withIssueSeverity", known={"WARNING", "ERROR"}))
    if severities:
        matches.append(lambda each: any(i["severity"] in severities for i in each.issues))
    wanted = set(query.listed("withStatus", known=_STATUSES))
    if wanted:
        matches.append(lambda each: wanted <= set(each.status()))
    unwanted = set(query.listed("withoutStatus", known=_STATUSES))
    if unwanted:
        matches.append(lambda each: not unwanted & set(each.status()))
    return matches


def _check_alternatives(query: Query) -> None:
    if ("identifiers" in query) != ("identifiersType" in query):
        raise invalid_input("Invalid 'identifiers' or 'identifiersType' provided.")
    ways = ("identifiers", "variationParentSku", "packageHierarchySku")
    if sum(each in query for each in ways) > 1:
        raise invalid_input(f"Only one of {', '.join(ways)} can be provided.")


def _identified(query: Query) -> Matches:
    kind = query.listed("identifiersType", known=_KINDS, most=1)[0]
    wanted = set(query.listed("identifiers", most=20))
    if kind == "SKU":
        return lambda each: each.sku in wanted
    # Other identifiers than these two are the catalogue's, which is not kept here.
    return lambda each: kind == "ASIN" and each.asin in wanted


def _window(query: Query, name: str, at: Callable[[Listing], datetime]) -> list[Matches]:
    after, before = query.instant(f"{name}After"), query.instant(f"{name}Before")
    if after and before and after > before:
        raise invalid_input("Invalid Input", f"{name}After must not be after {name}Before.")
    matches: list[Matches] = []
    if after is not None:
        matches.append(lambda each: at(each) >= after)
    if before is not None:
        matches.append(lambda each: at(each) <= before)
    return matches
