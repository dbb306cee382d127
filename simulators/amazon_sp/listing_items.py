"""Listings Items API 2021-08-01: one item, a search of them, and patches.

ACCEPTED says that a patch is queued, not that it is applied; INVALID comes as HTTP 200. A patch of
a SKU that is not there is accepted too: it begins an incomplete listing (selling-partner-api-models
2797, 4402).
"""

from __future__ import annotations

import uuid
from typing import Any

from simulators.amazon_sp import datasets, patches
from simulators.amazon_sp.errors import Refusal, denied, invalid_input
from simulators.amazon_sp.offers import Listing
from simulators.amazon_sp.patches import UNREADABLE
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.regions import check_marketplaces
from simulators.amazon_sp.seller import Record, Seller
from simulators.wsgi import Request

PREFIX = "/listings/"
GET_PARAMETERS = {"marketplaceIds", "issueLocale", "includedData"}
PATCH_PARAMETERS = {"marketplaceIds", "issueLocale", "includedData", "mode"}

_PREVIEW = "VALIDATION_PREVIEW"


def get_listings_item(seller: Seller, query: Query, seller_id: str, sku: str) -> Record:
    """Answer getListingsItem: 404 for a SKU that is in none of the marketplaces."""
    places = marketplaces(seller, query, seller_id)
    included = data_sets(query)
    found = [each for each in seller.of_sku(sku) if each.marketplace_id in places]
    if not found:
        where = ", ".join(places)
        raise Refusal(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {where}")
    found.sort(key=lambda each: places.index(each.marketplace_id))
    return datasets.item(found, included, seller.clock.now())


def patch_listings_item(
    seller: Seller, query: Query, seller_id: str, sku: str, *, request: Request
) -> Record:
    """Answer patchListingsItem: ACCEPTED, VALID in a preview, or INVALID with the issues."""
    places = marketplaces(seller, query, seller_id)
    included = query.listed("includedData", known={"identifiers", "issues"}) or ["issues"]
    preview = bool(query.listed("mode", known={_PREVIEW}, most=1))
    if "identifiers" in included and not preview:
        raise invalid_input("Invalid 'includedData' provided.")
    body = _body(request)
    wanted = patches.read(body["patches"])
    now = seller.clock.now()
    issues, ready = seller.judge(sku, places, body["productType"], wanted, now=now)
    answer: Record = {"sku": sku, "status": "INVALID" if issues else "ACCEPTED"}
    if preview and not issues:
        answer["status"] = "VALID"
    if preview or issues:
        answer["submissionId"] = uuid.uuid4().hex
    else:
        answer["submissionId"] = seller.submit(sku, places, ready)
    answer["issues"] = issues if "issues" in included else []
    if "identifiers" in included:
        answer["identifiers"] = [] if issues else _identifiers(seller.of_sku(sku), places)
    return answer


def marketplaces(seller: Seller, query: Query, seller_id: str) -> list[str]:
    """Read the marketplaces of a call about a seller, who must be the one that authorised."""
    if "marketplaceIds" not in query:
        raise invalid_input("Invalid Input", "marketplaceIds is required.")
    places = query.listed("marketplaceIds")
    check_marketplaces(seller, places)
    if seller_id != seller.seller_id:
        raise denied()
    return places


def data_sets(query: Query) -> list[str]:
    """Read which data sets of an item are asked for."""
    return query.listed("includedData", known=datasets.DATA_SETS) or ["summaries"]


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise invalid_input(UNREADABLE) from None
    if not isinstance(body, dict) or body.keys() != {"productType", "patches"}:
        raise invalid_input(UNREADABLE)
    if not isinstance(body["productType"], str) or not body["productType"]:
        raise invalid_input(UNREADABLE)
    return body


def _identifiers(listings: list[Listing], places: list[str]) -> list[Record]:
    return [
        {"marketplaceId": each.marketplace_id, "asin": each.asin}
        for each in listings
        if each.marketplace_id in places and each.asin
    ]
