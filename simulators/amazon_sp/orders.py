"""Orders API v2026-01-01: searchOrders and getOrder, by the rules the model states.

The order of results is documented nowhere, so it is by order id here, never by time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import denied, invalid_input, not_found
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

KEPT = timedelta(days=730)
LAG = timedelta(minutes=2)

SEARCH_PARAMETERS = {
    *("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore"),
    *("fulfillmentStatuses", "marketplaceIds", "fulfilledBy", "maxResultsPerPage"),
    *("paginationToken", "includedData"),
}
GET_PARAMETERS = {"includedData"}

_STATUSES = {
    *("PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"),
    *("CANCELLED", "UNFULFILLABLE"),
}
# Dataset -> the members of an order and of its items that only it brings.
_DATASETS: dict[str, tuple[Collection[str], Collection[str]]] = {
    "BUYER": (("buyer",), ()),
    "RECIPIENT": (("recipient",), ()),
    "PROCEEDS": (("proceeds",), ("proceeds",)),
    "EXPENSE": ((), ("expense",)),
    "PROMOTION": ((), ("promotion",)),
    "CANCELLATION": ((), ("cancellation",)),
    "FULFILLMENT": (("fulfillment",), ("fulfillment",)),
    "PACKAGES": (("packages",), ()),
    "TAX": (("tax",), ("tax",)),
    "PAYMENT": (("payment",), ()),
    "FULFILLMENT_ORDERS": (("fulfillmentOrders",), ()),
}
_ROLES = {
    "BUYER": {"Tax Invoicing (Restricted)", "Tax Remittance (Restricted)"},
    "RECIPIENT": {"Direct-to-Consumer Delivery (Restricted)"},
}
_ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}|S\d{2}-\d{7}-\d{7}")
_TOO_RECENT = (
    "The most updated data is 2 minutes after an order is created or last updated. "
    "Please set the date at least 2 minutes before the current time."
)


def get_order(seller: Seller, query: Query, order_id: str) -> Record:
    """Answer getOrder."""
    wanted = _datasets(seller, query)
    order = seller.orders.get(order_id)
    if order is None:
        if not _ORDER_ID.fullmatch(order_id):
            raise invalid_input("Invalid Input", f"{order_id} is not an order id.")
        raise not_found()
    return {"order": _cut(order, wanted)}


def search_orders(seller: Seller, query: Query) -> Record:
    """Answer searchOrders: one page, and the bound up to which it is complete."""
    wanted = _datasets(seller, query)
    size = query.whole("maxResultsPerPage", default=100, low=1, high=100)
    kind = _kind(query)
    fits = _filter(query)
    if "paginationToken" in query:
        after, bound = _resumed(seller, query)
    else:
        after, bound = "", _bound(seller, query, kind)
    since = query.instant(f"{kind}After")
    found = [
        order
        for order_id, order in sorted(seller.orders.items())
        if order_id > after and fits(order) and _within(seller, order, kind, since, bound)
    ]
    answer: Record = {"orders": [_cut(order, wanted) for order in found[:size]]}
    if len(found) > size:
        position = (found[size - 1]["orderId"], bound)
        token = seller.pages.issue("searchOrders", _same_arguments(query), position)
        answer["pagination"] = {"nextToken": token}
    answer[f"{kind}Before"] = instants.written(bound)
    return answer


def _kind(query: Query) -> str:
    """Tell which clock a search goes by; exactly one After, and no Before of the other kind."""
    kinds = [kind for kind in ("created", "lastUpdated") if f"{kind}After" in query]
    if len(kinds) != 1:
        raise invalid_input(
            "Invalid Input", "Provide exactly one of createdAfter and lastUpdatedAfter."
        )
    other = "lastUpdatedBefore" if kinds[0] == "created" else "createdBefore"
    if other in query:
        raise invalid_input("Invalid Input", f"{other} cannot go with {kinds[0]}After.")
    return kinds[0]


def _bound(seller: Seller, query: Query, kind: str) -> datetime:
    """Find the upper bound: as given and old enough, or two minutes ago."""
    latest = instants.to_millisecond(seller.clock.now() - LAG)
    before = query.instant(f"{kind}Before")
    if before is not None and before > latest:
        raise invalid_input("Invalid Input", _TOO_RECENT)
    bound = before or latest
    since = query.instant(f"{kind}After")
    if since is not None and since > bound:
        raise invalid_input(
            "Invalid Input", f"{kind}After must not be later than {kind}Before, nor too recent."
        )
    return bound


def _resumed(seller: Seller, query: Query) -> tuple[str, datetime]:
    place = seller.pages.redeem("searchOrders", query.text("paginationToken"))
    if place is None:
        raise invalid_input("Invalid Input", "paginationToken is not valid or has expired.")
    if place.arguments != _same_arguments(query):
        raise invalid_input(
            "Invalid Input",
            "All other parameters must be those of the request that generated the token.",
        )
    after, bound = place.position
    return after, bound


def _same_arguments(query: Query) -> dict[str, str]:
    """Pick what a token binds; the model lets page size and datasets change between pages."""
    return query.without("paginationToken", "maxResultsPerPage", "includedData")


def _within(
    seller: Seller, order: Record, kind: str, since: datetime | None, bound: datetime
) -> bool:
    """Tell whether an order lies in the window, both ends included, and is still kept."""
    at = instants.read(order[f"{kind}Time"])
    kept = instants.read(order["createdTime"]) >= seller.clock.now() - KEPT
    return kept and since is not None and since <= at <= bound


def _filter(query: Query) -> Callable[[Record], bool]:
    statuses = query.listed("fulfillmentStatuses", known=_STATUSES)
    fulfilled_by = query.listed("fulfilledBy", known={"MERCHANT", "AMAZON"})
    marketplaces = query.listed("marketplaceIds", most=50)

    def fits(order: Record) -> bool:
        fulfillment = order.get("fulfillment", {})
        marketplace = order["salesChannel"].get("marketplaceId")
        return (
            (not statuses or fulfillment.get("fulfillmentStatus") in statuses)
            and (not fulfilled_by or fulfillment.get("fulfilledBy") in fulfilled_by)
            and (not marketplaces or marketplace in marketplaces)
        )

    return fits


def _datasets(seller: Seller, query: Query) -> set[str]:
    """Read includedData; personal data takes a role that accounting does not have."""
    wanted = set(query.listed("includedData", known=_DATASETS))
    for dataset, roles in _ROLES.items():
        if dataset in wanted and not roles & seller.roles:
            raise denied()
    return wanted


def _cut(order: Record, wanted: Collection[str]) -> Record:
    """Leave out of an order what its call did not ask for."""
    closed = [_DATASETS[dataset] for dataset in _DATASETS if dataset not in wanted]
    hidden = {member for members, _ in closed for member in members}
    item_hidden = {member for _, members in closed for member in members}
    shown: dict[str, Any] = {name: part for name, part in order.items() if name not in hidden}
    shown["orderItems"] = [
        {name: part for name, part in item.items() if name not in item_hidden}
        for item in order["orderItems"]
    ]
    return shown
