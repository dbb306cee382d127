"""Feeds API 2021-06-30: documents are opened, feeds are created, listed, cancelled and read.

    IN_QUEUE, 5 s -> IN_PROGRESS -> DONE, with a report: DONE says nothing of its messages
                                 -> FATAL, with or without a report that gives the reason
                                 -> CANCELLED

JSON_LISTINGS_FEED is the one feed of listings that still works; the older ones end as FATAL.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from simulators.amazon_sp import instants, uploads
from simulators.amazon_sp.documents import presigned
from simulators.amazon_sp.errors import invalid_input, not_found, over_quota
from simulators.amazon_sp.feed_processing import LISTINGS_FEED, RETIRED
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.regions import check_marketplaces
from simulators.amazon_sp.seller import Record, Seller
from simulators.amazon_sp.shop import FeedWork
from simulators.wsgi import Request

KEPT, DOCUMENTS_KEPT = timedelta(days=90), timedelta(days=28)
LIST_PARAMETERS = {
    *("feedTypes", "processingStatuses", "marketplaceIds", "pageSize"),
    *("createdSince", "createdUntil", "nextToken"),
}
DOCUMENT_PARAMETERS = {"enableContentEncodingUrlHeader"}

_STATUSES = {"CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"}
_MOST_MARKETPLACES = 25
_SPECIFICATION = {"feedType", "marketplaceIds", "inputFeedDocumentId", "feedOptions"}
_REFUSED = "Invalid request parameters"
_FEED_ID = re.compile(r"\d{4,20}")
_DOCUMENT_ID = re.compile(r"amzn1\.tortuga\.[\w.\-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def create_feed_document(seller: Seller, _: Query, *, request: Request) -> Record:
    """Answer createFeedDocument (201): where the contents of a new document are to be put."""
    body = _body(request)
    kind = body.get("contentType")
    if body.keys() != {"contentType"} or not isinstance(kind, str) or "/" not in kind:
        raise invalid_input(_REFUSED)
    document_id, url = uploads.opened(seller, kind, request)
    return {"feedDocumentId": document_id, "url": url}


def create_feed(seller: Seller, _: Query, *, request: Request) -> Record:
    """Answer createFeed (202): the id of a feed that is now in the queue."""
    body = _body(request)
    places = body.get("marketplaceIds")
    feed_type, document_id = body.get("feedType"), body.get("inputFeedDocumentId")
    if (
        body.keys() - _SPECIFICATION
        or feed_type not in {LISTINGS_FEED, *RETIRED}
        or not isinstance(places, list)
        or not 1 <= len(places) <= _MOST_MARKETPLACES
        or document_id not in seller.feed_documents
    ):
        raise invalid_input(_REFUSED)
    check_marketplaces(seller, places)
    now = seller.clock.now()
    _check_pace(seller, feed_type, now)
    feed_id = str(50021018000 + len(seller.feeds))
    seller.feeds[feed_id] = {
        "feedId": feed_id,
        "feedType": feed_type,
        "marketplaceIds": places,
        "createdTime": instants.written(now),
        "processingStatus": "IN_QUEUE",
    }
    spoiled = seller.spoiled_feeds.pop(0) if seller.spoiled_feeds else None
    seller.feed_work[feed_id] = FeedWork(document_id, spoiled)
    return {"feedId": feed_id}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise invalid_input(_REFUSED) from None
    if not isinstance(body, dict):
        raise invalid_input(_REFUSED)
    return body


def _check_pace(seller: Seller, feed_type: str, now: datetime) -> None:
    """Refuse a feed of listings too many (429, selling-partner-api-models 4414)."""
    most, window = seller.feeds_at_once
    recent = [
        feed
        for feed in seller.feeds.values()
        if feed["feedType"] == feed_type and instants.read(feed["createdTime"]) > now - window
    ]
    if len(recent) >= most:
        raise over_quota()


def get_feed(seller: Seller, _: Query, feed_id: str) -> Record:
    """Answer getFeed: 404 for one that is not there or over 90 days old."""
    return _feed(seller, feed_id)


def cancel_feed(seller: Seller, _: Query, feed_id: str) -> None:
    """Answer cancelFeed: only a feed in the queue can be cancelled."""
    feed = _feed(seller, feed_id)
    if feed["processingStatus"] != "IN_QUEUE":
        raise invalid_input(f"Feed {feed_id} is {feed['processingStatus']}, not in the queue.")
    feed["processingStatus"] = "CANCELLED"


def _feed(seller: Seller, feed_id: str) -> Record:
    feed = seller.feeds.get(feed_id)
    if feed is None and not _FEED_ID.fullmatch(feed_id):
        raise invalid_input("Invalid Input", f"{feed_id} is not a feed id.")
    if feed is None or instants.read(feed["createdTime"]) < seller.clock.now() - KEPT:
        raise not_found(f"Feed {feed_id} was not found.")
    return feed


def get_feeds(seller: Seller, query: Query) -> Record:
    """Answer getFeeds, newest first; a next token goes alone."""
    if "nextToken" in query:
        return _next_page(seller, query)
    if "feedTypes" not in query:
        raise invalid_input("Invalid Input", "Either feedTypes or nextToken is required.")
    types = query.listed("feedTypes", most=10)
    statuses = query.listed("processingStatuses", known=_STATUSES)
    places = set(query.listed("marketplaceIds", most=10))
    size = query.whole("pageSize", default=10, low=1, high=100)
    now = seller.clock.now()
    since, until = query.instant("createdSince") or now - KEPT, query.instant("createdUntil") or now
    if since < now - KEPT or until < since:
        raise invalid_input("Invalid Input", "createdSince lies within the last 90 days.")
    found = [
        (instants.read(feed["createdTime"]), feed_id)
        for feed_id, feed in seller.feeds.items()
        if feed["feedType"] in types
        and (not statuses or feed["processingStatus"] in statuses)
        and (not places or places & set(feed.get("marketplaceIds", [])))
        and since <= instants.read(feed["createdTime"]) <= until
    ]
    return _page(seller, [feed_id for _, feed_id in sorted(found, reverse=True)], size)


def _next_page(seller: Seller, query: Query) -> Record:
    if query.names() != {"nextToken"}:
        raise invalid_input("NextToken cannot be specified with other input parameters")
    place = seller.pages.redeem("getFeeds", query.text("nextToken"))
    if place is None:
        raise invalid_input("Invalid Input", "nextToken is not valid or has expired.")
    found, size = place.position
    return _page(seller, found, size)


def _page(seller: Seller, found: list[str], size: int) -> Record:
    answer: Record = {"feeds": [seller.feeds[feed_id] for feed_id in found[:size]]}
    if len(found) > size:
        answer["nextToken"] = seller.pages.issue("getFeeds", {}, (found[size:], size))
    return answer


def get_feed_document(
    seller: Seller, query: Query, document_id: str, *, request: Request
) -> Record:
    """Answer getFeedDocument: where a processing report lies for the next five minutes."""
    inflate = query.flag("enableContentEncodingUrlHeader")
    document = seller.feed_documents.get(document_id)
    if document is None and not _DOCUMENT_ID.fullmatch(document_id):
        raise invalid_input("Invalid Input", f"{document_id} is not a feed document id.")
    if document is None or not _kept(seller, document_id):
        raise not_found(f"Feed document {document_id} was not found.")
    answer: Record = {
        "feedDocumentId": document_id,
        "url": presigned(seller, document_id, request, content_encoding=inflate),
    }
    if document.compressed:
        answer["compressionAlgorithm"] = "GZIP"
    return answer


def _kept(seller: Seller, document_id: str) -> bool:
    """Tell whether a feed document is still there: 28 days."""
    since = seller.clock.now() - DOCUMENTS_KEPT
    return not any(
        instants.read(feed["createdTime"]) < since
        for feed_id, feed in seller.feeds.items()
        if document_id in (feed.get("resultFeedDocumentId"), _input_of(seller, feed_id))
    )


def _input_of(seller: Seller, feed_id: str) -> str | None:
    work = seller.feed_work.get(feed_id)
    return work.document_id if work else None
