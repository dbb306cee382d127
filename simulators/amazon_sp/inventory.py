"""FBA Inventory API v1: getInventorySummaries, one marketplace at a time."""

from __future__ import annotations

from datetime import timedelta

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import invalid_input
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

PARAMETERS = {
    *("details", "granularityType", "granularityId", "startDateTime", "sellerSkus", "sellerSku"),
    *("nextToken", "marketplaceIds"),
}
PAGE = 50
TOKEN_LIFE = timedelta(seconds=30)
FURTHEST = timedelta(days=548)

_OPERATION = "getInventorySummaries"


def get_inventory_summaries(seller: Seller, query: Query) -> Record:
    """Answer getInventorySummaries by SKU; the token lives 30 seconds."""
    places = query.listed("marketplaceIds")
    if len(places) != 1 or places != query.listed("granularityId"):
        raise invalid_input("Invalid Input", "marketplaceIds and granularityId name one place.")
    if "granularityType" not in query or query.text("granularityType") != "Marketplace":
        raise invalid_input("Invalid Input", "granularityType must be Marketplace.")
    since = query.instant("startDateTime")
    if since is not None and since < seller.clock.now() - FURTHEST:
        raise invalid_input("Invalid Input", "startDateTime is more than 18 months ago.")
    skus = query.listed("sellerSkus", most=50)
    if "sellerSku" in query and not skus:
        skus = [query.text("sellerSku")]
    found = [
        each
        for each in sorted(seller.inventory.get(places[0], []), key=lambda each: each["sellerSku"])
        if (since is None or instants.read(each["lastUpdatedTime"]) > since)
        and (since is not None or not skus or each["sellerSku"] in skus)
    ]
    begin = _begin(seller, query)
    shown = found[begin : begin + PAGE]
    if not query.flag("details"):
        shown = [{k: v for k, v in each.items() if k != "inventoryDetails"} for each in shown]
    answer: Record = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": places[0]},
            "inventorySummaries": shown,
        }
    }
    if len(found) > begin + PAGE:
        token = seller.pages.issue(_OPERATION, query.without("nextToken"), begin + PAGE)
        answer["pagination"] = {"nextToken": token}
    return answer


def _begin(seller: Seller, query: Query) -> int:
    if "nextToken" not in query:
        return 0
    place = seller.pages.redeem(_OPERATION, query.text("nextToken"), life=TOKEN_LIFE)
    if place is None or place.arguments != query.without("nextToken"):
        raise invalid_input("Invalid Input", "nextToken is invalid or expired.")
    return int(place.position)
