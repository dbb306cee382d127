"""What becomes of a feed: its document is read, its messages judged, its report written.

A document that is no feed ends as FATAL, with a report that has no messages. In a feed that is
DONE each message is accepted or refused by itself; the report names them by `messageId`.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulators.amazon_sp import datasets, flatfile, instants
from simulators.amazon_sp.feed_messages import Message, malformed, no_message
from simulators.amazon_sp.offers import Record
from simulators.amazon_sp.stored import Document
from simulators.exact_json import encode_json

if TYPE_CHECKING:
    from simulators.amazon_sp.shop import FeedWork, Shop

LISTINGS_FEED = "JSON_LISTINGS_FEED"
RETIRED = {
    *("POST_PRODUCT_DATA", "POST_INVENTORY_AVAILABILITY_DATA", "POST_PRODUCT_OVERRIDES_DATA"),
    *("POST_PRODUCT_PRICING_DATA", "POST_PRODUCT_IMAGE_DATA", "POST_PRODUCT_RELATIONSHIP_DATA"),
    *("POST_FLAT_FILE_INVLOADER_DATA", "POST_FLAT_FILE_LISTINGS_DATA"),
    *("POST_FLAT_FILE_BOOKLOADER_DATA", "POST_FLAT_FILE_CONVERGENCE_LISTINGS_DATA"),
    *("POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA", "POST_UIEE_BOOKLOADER_DATA"),
}
MOST_MESSAGES = 25_000
MOST_BYTES = 10 * 1024 * 1024
QUEUED = timedelta(seconds=5)

_FINAL = {"DONE", "CANCELLED", "FATAL"}


class _Fatal(Exception):
    """A document that is no feed; codes as sellers report them, the others by analogy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.issue = {"code": code, "severity": "ERROR", "message": message}


def progress(shop: Shop) -> None:
    """Bring every feed to where it is by now."""
    now, queued = shop.clock.now(), min(QUEUED, shop.feed_time)
    for feed_id, work in shop.feed_work.items():
        feed = shop.feeds[feed_id]
        created = instants.read(feed["createdTime"])
        if feed["processingStatus"] in _FINAL or now < created + queued:
            continue
        feed["processingStartTime"] = instants.written(created + queued)
        feed["processingStatus"] = "IN_PROGRESS"
        if now >= created + shop.feed_time:
            ends = created + shop.feed_time
            shop.apply_due(ends)
            feed["processingEndTime"] = instants.written(ends)
            _finish(shop, feed, work, ends)


def _finish(shop: Shop, feed: Record, work: FeedWork, ends: datetime) -> None:
    if work.spoiled is not None:
        feed["processingStatus"] = work.spoiled.status
        if work.spoiled.reason:
            issue = {"severity": "ERROR", "message": work.spoiled.reason}
            _deliver(shop, feed, _report(_header(shop, feed), [issue], 0, 0))
        return
    if feed["feedType"] in RETIRED:
        feed["processingStatus"] = "FATAL"
        return
    try:
        report = _processed(shop, feed, shop.feed_documents[work.document_id].content, ends)
        feed["processingStatus"] = "DONE"
    except _Fatal as fatal:
        report = _report(_header(shop, feed), [fatal.issue], 0, 0)
        feed["processingStatus"] = "FATAL"
    _deliver(shop, feed, report)


def _processed(shop: Shop, feed: Record, content: bytes, ends: datetime) -> Record:
    """Judge every message, queue the good ones, and write the report."""
    document = _document(content)
    included = _checked_header(shop, document)
    issues: list[Record] = []
    good: list[Message] = []
    for wanted in document["messages"]:
        if malformed(wanted):
            issues.append(no_message(wanted))
            continue
        message = Message.of(wanted, feed["marketplaceIds"])
        found, ready = message.judged(shop, ends)
        issues += found
        if not found:
            good.append(message)
            message.submit(shop, ready, ends)
    header = _header(shop, feed)
    report = _report(header, issues, len(good), len(document["messages"]) - len(good))
    if included:
        header["report"] = document["header"]["report"]
        _add_items(shop, report, good, included, ends)
    return report


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise _Fatal("4002001", "The feed exceeds the maximum size of 10 MiB.")
    try:
        document = json.loads(content.decode("utf-8"), parse_float=Decimal)
    except ValueError:
        raise _Fatal("4002002", "The feed is not valid JSON.") from None
    if not isinstance(document, dict):
        raise _Fatal("4002002", "The feed is not valid JSON.")
    return document


def _checked_header(shop: Shop, document: dict[str, Any]) -> list[str]:
    """Check a feed's header; gives the data sets that its report is to include."""
    header = document.get("header")
    if not isinstance(header, dict) or not header.get("sellerId"):
        # "Merchant" is Amazon's word for it: selling-partner-api-models 4636.
        raise _Fatal("4002005", "Attribute 'Merchant' is required, but not present.")
    if header["sellerId"] != shop.seller_id:
        raise _Fatal("4002006", "Attribute 'sellerId' does not match the required value.")
    if header.get("version") != "2.0":
        raise _Fatal("4002006", "Attribute 'version' does not match the required value.")
    report = header.get("report", {"includedData": [], "apiVersion": "2021-08-01"})
    if not isinstance(report, dict) or report.get("apiVersion") != "2021-08-01":
        raise _Fatal("4002006", "Attribute 'apiVersion' does not match the required value.")
    included = report.get("includedData")
    if not isinstance(included, list) or any(each not in datasets.DATA_SETS for each in included):
        raise _Fatal("4002006", "Attribute 'includedData' does not match the required value.")
    messages = document.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _Fatal("4002005", "Attribute 'messages' is required, but not present.")
    if len(messages) > MOST_MESSAGES:
        raise _Fatal("4002003", "feed messages list beyond allowed size")
    ids = [str(each.get("messageId")) for each in messages if isinstance(each, dict)]
    if len(set(ids)) < len(ids):
        raise _Fatal("4002007", "Attribute 'messageId' is not unique within the feed.")
    return included


def _header(shop: Shop, feed: Record) -> Record:
    return {"sellerId": shop.seller_id, "version": "2.0", "feedId": feed["feedId"]}


def _report(header: Record, issues: list[Record], accepted: int, refused: int) -> Record:
    return {
        "header": header,
        "issues": issues,
        "summary": {
            **_counts(issues),
            "messagesProcessed": accepted + refused,
            "messagesAccepted": accepted,
            "messagesInvalid": refused,
        },
    }


def _counts(issues: list[Record]) -> dict[str, int]:
    return {
        "errors": sum(each["severity"] == "ERROR" for each in issues),
        "warnings": sum(each["severity"] == "WARNING" for each in issues),
    }


def _add_items(
    shop: Shop, report: Record, good: list[Message], included: list[str], ends: datetime
) -> None:
    """Add the accepted SKUs as the Listings Items API would show them at the end of the feed."""
    found = [
        datasets.item(listings, included, ends)
        for message in good
        if (listings := [x for x in shop.of_sku(message.sku) if x.marketplace_id in message.places])
    ]
    issues = [each for item in found for each in item.get("issues", [])]
    report["items"] = found
    report["summary"]["itemSummary"] = {"items": len(found), **_counts(issues)}


def _deliver(shop: Shop, feed: Record, report: Record) -> None:
    """Store a feed's processing report, GZIP."""
    document_id = f"amzn1.tortuga.4.eu.{feed['feedId']}.R1"
    shop.feed_documents[document_id] = Document(
        document_id,
        flatfile.compress(encode_json(report).encode()),
        compressed=True,
        content_type="application/json; charset=UTF-8",
    )
    feed["resultFeedDocumentId"] = document_id
