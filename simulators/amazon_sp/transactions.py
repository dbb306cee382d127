"""Finances API 2024-06-19: listTransactions, by posted date or by what transactions belong to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import invalid_input
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller

PARAMETERS = {
    *("postedAfter", "postedBefore", "marketplaceId", "transactionStatus"),
    *("relatedIdentifierName", "relatedIdentifierValue", "nextToken"),
}
LAG = timedelta(minutes=2)
WIDEST = timedelta(days=180)

_EVER = datetime.min.replace(tzinfo=UTC)
_OPERATION = "listTransactions"
_STATUSES = {"DEFERRED", "RELEASED", "DEFERRED_RELEASED"}
_FILTERS = {"FINANCIAL_EVENT_GROUP_ID", "ORDER_ID"}


def list_transactions(seller: Seller, query: Query) -> Record:
    """Answer listTransactions, oldest first, inside `payload`.

    A window wider than 180 days is answered with nothing, not with an error. The model states no
    page size: `seller.transactions_per_page` does, and `seller.empty_pages` puts an empty page
    with a token before each one that has something, as the model warns.
    """
    found = _found(seller, query)
    begin, due = _begin(seller, query)
    size = 0 if seller.empty_pages and not due else seller.transactions_per_page
    payload: Record = {"transactions": found[begin : begin + size]}
    if len(found) > begin + size:
        payload["nextToken"] = seller.pages.issue(
            _OPERATION, query.without("nextToken"), (begin + size, size == 0)
        )
    return {"payload": payload}


def _found(seller: Seller, query: Query) -> list[Record]:
    status = query.text("transactionStatus") if "transactionStatus" in query else None
    if status is not None and status not in _STATUSES:
        raise invalid_input("Invalid Input", f"transactionStatus does not know {status!r}.")
    place = query.text("marketplaceId") if "marketplaceId" in query else None
    related = _related(query)
    since, until = _window(seller, query, needed=related is None)
    found = []
    for each in seller.transactions:
        posted = instants.read(each["postedDate"])
        if (
            since <= posted < until
            and status in {None, each.get("transactionStatus")}
            and place in {None, _marketplace(each)}
            and (related is None or related in _identifiers(each))
        ):
            found.append(each)
    return sorted(found, key=lambda each: instants.read(each["postedDate"]))


def _related(query: Query) -> tuple[str, str] | None:
    names = {"relatedIdentifierName", "relatedIdentifierValue"} & query.names()
    if not names:
        return None
    if len(names) == 1:
        raise invalid_input("Invalid Input", "A related identifier needs its name and its value.")
    name = query.text("relatedIdentifierName")
    if name not in _FILTERS:
        raise invalid_input("Invalid Input", f"relatedIdentifierName {name} cannot be a filter.")
    return name, query.text("relatedIdentifierValue")


def _window(seller: Seller, query: Query, *, needed: bool) -> tuple[datetime, datetime]:
    """Read the window; one that is too wide comes back with no width."""
    latest = seller.clock.now() - LAG
    since, before = query.instant("postedAfter"), query.instant("postedBefore")
    if since is None:
        if needed or before is not None:
            reason = "Start date cannot be null"
            raise invalid_input(reason, reason)
        return _EVER, latest
    if since >= latest or (before is not None and (before > latest or before <= since)):
        raise invalid_input("Date range is invalid.")
    until = before or latest
    return since, (until if until - since <= WIDEST else since)


def _begin(seller: Seller, query: Query) -> tuple[int, bool]:
    if "nextToken" not in query:
        return 0, False
    place = seller.pages.redeem(_OPERATION, query.text("nextToken"))
    if place is None or place.arguments != query.without("nextToken"):
        raise invalid_input("Invalid Input", "nextToken is not valid for these arguments.")
    begin, due = place.position
    return begin, due


def _marketplace(transaction: Record) -> str | None:
    details = transaction.get("marketplaceDetails") or transaction.get("sellingPartnerMetadata")
    return (details or {}).get("marketplaceId")


def _identifiers(transaction: Record) -> set[tuple[str, str]]:
    return {
        (each["relatedIdentifierName"], each["relatedIdentifierValue"])
        for each in transaction.get("relatedIdentifiers") or []
    }
