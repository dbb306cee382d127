"""Finances API v0: listFinancialEventGroups, one group for each settlement."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import invalid_input
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

PARAMETERS = {
    *("MaxResultsPerPage", "FinancialEventGroupStartedBefore"),
    *("FinancialEventGroupStartedAfter", "NextToken"),
}
LAG = timedelta(minutes=2)
WIDEST = timedelta(days=180)


def list_financial_event_groups(seller: Seller, query: Query) -> Record:
    """Answer listFinancialEventGroups, newest first, inside `payload`.

    A window wider than 180 days is answered with nothing, not with an error. Without a start the
    window has no width to judge, and the vendor's own example refuses that (model, sandbox 400).
    """
    size = query.whole("MaxResultsPerPage", default=10, low=1, high=100)
    since, until = _window(seller, query)
    groups = _groups(seller, since, until)
    begin = _begin(seller, query)
    page = groups[begin : begin + size]
    payload: Record = {"FinancialEventGroupList": page}
    if len(groups) > begin + size:
        payload["NextToken"] = seller.pages.issue(
            "listFinancialEventGroups", query.without("NextToken"), begin + size
        )
    return {"payload": payload}


def _window(seller: Seller, query: Query) -> tuple[datetime, datetime]:
    since = query.instant("FinancialEventGroupStartedAfter")
    before = query.instant("FinancialEventGroupStartedBefore")
    latest = seller.clock.now() - LAG
    if since is None or since >= latest:
        raise invalid_input("Date range is invalid.")
    if before is not None and (before >= latest or before <= since):
        raise invalid_input("Date range is invalid.")
    return since, before or seller.clock.now()


def _groups(seller: Seller, since: datetime, until: datetime) -> list[Record]:
    if until - since > WIDEST:
        return []
    started = [
        (instants.read(group["FinancialEventGroupStart"]), group) for group in seller.event_groups
    ]
    within = [pair for pair in started if since <= pair[0] < until]
    return [group for _, group in sorted(within, key=lambda pair: pair[0], reverse=True)]


def _begin(seller: Seller, query: Query) -> int:
    if "NextToken" not in query:
        return 0
    place = seller.pages.redeem("listFinancialEventGroups", query.text("NextToken"))
    if place is None or place.arguments != query.without("NextToken"):
        raise invalid_input("Invalid Input", "NextToken is not valid for these arguments.")
    return int(place.position)
