"""Feeds of listings: upload, life, limits, and a report that joins issues to messages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
UK = "A1F83G8C2ARO7P"
FEEDS, DOCUMENTS = "/feeds/2021-06-30/feeds", "/feeds/2021-06-30/documents"
KIND = "application/json; charset=UTF-8"
HEADER = {"sellerId": "A2DEMOSELLER01", "version": "2.0"}


def message(number: int, sku: str, price: Any, **more: Any) -> dict[str, Any]:
    selectors = {"marketplace_id": UK, "currency": "GBP", "audience": "ALL"}
    value = {**selectors, "our_price": [{"schedule": [{"value_with_tax": price}]}]}
    patches = [{"op": "merge", "path": "/attributes/purchasable_offer", "value": [value]}]
    of = {"messageId": number, "sku": sku, "operationType": "PATCH", "productType": "PRODUCT"}
    return {**of, "patches": patches, **more}


@pytest.fixture
def post(call: Ask) -> Ask:
    def send(path: str, body: Any) -> Any:
        kind = {"Content-Type": "application/json"}
        return call(path, method="POST", headers=kind, body=json.dumps(body))

    return send


@pytest.fixture
def put(ask: Ask) -> Ask:
    def send(url: str, content: bytes, kind: str = KIND, **headers: str) -> Any:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}"
        return ask(target, method="PUT", headers={"Content-Type": kind, **headers}, body=content)

    return send


@pytest.fixture
def uploaded(post: Ask, put: Ask) -> Ask:
    """Open a document, put the contents there, and give its id."""

    def upload(content: bytes) -> str:
        opened = post(DOCUMENTS, {"contentType": KIND})
        assert opened.status == 201
        assert put(opened.json()["url"], content).status == 200
        return str(opened.json()["feedDocumentId"])

    return upload


@pytest.fixture
def create(post: Ask) -> Ask:
    def send(document_id: str, feed_type: str = "JSON_LISTINGS_FEED", **more: Any) -> Any:
        body = {"feedType": feed_type, "marketplaceIds": [UK], "inputFeedDocumentId": document_id}
        return post(FEEDS, body | more)

    return send


@pytest.fixture
def processed(uploaded: Ask, create: Ask, call: Ask, ask: Ask, clock: Clock) -> Ask:
    """Send a feed, wait for it, and give it with its report, if it has one."""

    def process(
        messages: Any,
        *,
        content: bytes | None = None,
        feed_type: str = "JSON_LISTINGS_FEED",
        **h: Any,
    ) -> tuple[Any, Any]:
        document = {"header": {**HEADER, **h}, "messages": messages}
        made = create(uploaded(content or json.dumps(document).encode()), feed_type)
        assert made.status == 202
        clock.advance(seconds=10)
        feed = call(f"{FEEDS}/{made.json()['feedId']}").json()
        if "resultFeedDocumentId" not in feed:
            return feed, None
        found = call(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json()
        assert found["compressionAlgorithm"] == "GZIP"
        parts = urlsplit(found["url"])
        return feed, json.loads(gzip.decompress(ask(f"{parts.path}?{parts.query}").body))

    return process


# -- uploads -----------------------------------------------------------------------------------


def test_an_upload_has_the_content_type_that_was_signed(post: Ask, put: Ask) -> None:
    url = post(DOCUMENTS, {"contentType": KIND}).json()["url"]
    for kind in ("application/json", "application/json; charset=utf-8", "text/plain"):
        refused = put(url, b"{}", kind)
        assert refused.status == 403
        assert b"<Code>SignatureDoesNotMatch</Code>" in refused.body
    assert put(url, b"{}").status == 200


def test_an_upload_is_taken_once_within_five_minutes_and_without_a_token(
    post: Ask, put: Ask, clock: Clock
) -> None:
    url = post(DOCUMENTS, {"contentType": KIND}).json()["url"]
    assert put(url, b"{}", **{"x-amz-access-token": "Atza|x"}).status == 403
    assert put(url, b"{}").status == 200
    assert put(url, b"{}").status == 403
    url = post(DOCUMENTS, {"contentType": KIND}).json()["url"]
    clock.advance(minutes=5)
    assert b"Request has expired" in put(url, b"{}").body


@pytest.mark.parametrize("body", [{}, {"contentType": 1}, {"contentType": "x/y", "size": 3}, []])
def test_a_document_needs_a_content_type_and_nothing_else(post: Ask, body: Any) -> None:
    assert post(DOCUMENTS, body).status == 400


# -- the life of a feed ------------------------------------------------------------------------


def test_a_feed_waits_is_processed_and_is_done_before_it_is_applied(
    uploaded: Ask, create: Ask, call: Ask, seller: Seller, clock: Clock
) -> None:
    seller.add_listing("A", "10.00")
    document = {"header": HEADER, "messages": [message(1, "A", 12)]}
    made = create(uploaded(json.dumps(document).encode()))
    path = f"{FEEDS}/{made.json()['feedId']}"
    states = []
    for _ in range(3):
        states.append(call(path).json()["processingStatus"])
        clock.advance(seconds=5)
    assert states == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    done = call(path).json()
    assert done["processingEndTime"] == "2026-11-21T09:00:10Z"
    # Fifteen seconds on: five for the queue, five for the feed, five until it is applied.
    assert seller.listing("A").price() == Decimal("12.00")
    assert call(FEEDS, {"feedTypes": "JSON_LISTINGS_FEED"}).json() == {"feeds": [done]}


def test_it_is_applied_though_nobody_asks_for_the_feed(
    uploaded: Ask, create: Ask, seller: Seller, clock: Clock
) -> None:
    seller.add_listing("A", "10.00")
    document = {"header": HEADER, "messages": [message(1, "A", 12)]}
    create(uploaded(json.dumps(document).encode()))
    clock.advance(seconds=14)
    assert seller.listing("A").price() == Decimal("10.00")
    clock.advance(seconds=1)
    assert seller.listing("A").price() == Decimal("12.00")


def test_a_feed_is_judged_by_the_offers_at_its_end(
    uploaded: Ask, create: Ask, call: Ask, seller: Seller, clock: Clock
) -> None:
    bound = [{"schedule": [{"value_with_tax": 11}]}]
    seller.add_listing("A", "10.00", offer_more={"maximum_seller_allowed_price": bound})
    raised = message(1, "A", 11)["patches"][0]
    raised["value"][0]["maximum_seller_allowed_price"] = [{"schedule": [{"value_with_tax": 99}]}]
    document = {"header": HEADER, "messages": [message(1, "A", 12)]}
    create(uploaded(json.dumps(document).encode()))
    answer = call(
        "/listings/2021-08-01/items/A2DEMOSELLER01/A",
        {"marketplaceIds": UK},
        method="PATCH",
        headers={"Content-Type": "application/json"},
        body=json.dumps({"productType": "PRODUCT", "patches": [raised]}),
    )
    assert answer.json()["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    assert seller.listing("A").price() == Decimal("12.00")


def test_only_a_feed_in_the_queue_can_be_cancelled(
    uploaded: Ask, create: Ask, call: Ask, seller: Seller, clock: Clock
) -> None:
    seller.add_listing("A", "10.00")
    document = json.dumps({"header": HEADER, "messages": [message(1, "A", 12)]}).encode()
    first, second = (create(uploaded(document)).json()["feedId"] for _ in range(2))
    assert call(f"{FEEDS}/{first}", method="DELETE").status == 200
    clock.advance(seconds=5)
    assert call(f"{FEEDS}/{second}", method="DELETE").status == 400
    seller.stuck.add("A")
    clock.advance(minutes=1)
    assert call(f"{FEEDS}/{first}").json()["processingStatus"] == "CANCELLED"
    assert [each.sku for each in seller.submissions] == ["A"]


def test_a_test_may_spoil_a_feed(processed: Ask, seller: Seller) -> None:
    seller.add_listing("A", "10.00")
    seller.spoil_feed("CANCELLED")
    seller.spoil_feed("FATAL", "Something broke.")
    feed, report = processed([message(1, "A", 12)])
    assert (feed["processingStatus"], report) == ("CANCELLED", None)
    feed, report = processed([message(1, "A", 12)])
    assert feed["processingStatus"] == "FATAL"
    assert report["issues"] == [{"severity": "ERROR", "message": "Something broke."}]
    assert seller.submissions == []


@pytest.mark.parametrize(
    "feed_type", ["POST_PRODUCT_PRICING_DATA", "POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA"]
)
def test_the_older_feeds_of_listings_are_fatal(processed: Ask, feed_type: str) -> None:
    feed, report = processed([], content=b"<AmazonEnvelope/>", feed_type=feed_type)
    assert (feed["processingStatus"], report) == ("FATAL", None)


@pytest.mark.parametrize(
    "more",
    [
        {"feedType": "MADE_UP"},
        {"marketplaceIds": []},
        {"marketplaceIds": [UK] * 26},
        {"marketplaceIds": "A1F83G8C2ARO7P"},
        {"inputFeedDocumentId": "amzn1.tortuga.4.eu.none"},
        {"other": 1},
    ],
)
def test_a_feed_that_cannot_be_is_refused(uploaded: Ask, create: Ask, more: Any) -> None:
    answer = create(uploaded(b"{}"), **more)
    assert (answer.status, answer.error["message"]) == (400, "Invalid request parameters")


def test_a_document_without_contents_makes_no_feed(post: Ask, create: Ask) -> None:
    opened = post(DOCUMENTS, {"contentType": KIND}).json()
    assert create(opened["feedDocumentId"]).status == 400


def test_a_feed_is_of_the_sellers_own_marketplaces(uploaded: Ask, create: Ask) -> None:
    assert create(uploaded(b"{}"), marketplaceIds=["A1PA6795UKMFR9"]).status == 400
    assert create(uploaded(b"{}"), marketplaceIds=["ATVPDKIKX0DER"]).status == 403


def test_five_feeds_in_five_minutes_and_not_one_more(
    uploaded: Ask, create: Ask, clock: Clock
) -> None:
    for _ in range(5):
        assert create(uploaded(b"{}")).status == 202
        clock.advance(minutes=1)
    assert create(uploaded(b"{}")).status == 202
    refused = create(uploaded(b"{}"))
    assert (refused.status, refused.error["code"]) == (429, "QuotaExceeded")
    clock.advance(minutes=1)
    assert create(uploaded(b"{}")).status == 202


def test_feeds_are_kept_for_ninety_days_and_their_reports_for_twenty_eight(
    processed: Ask, call: Ask, log_in: Ask, seller: Seller, clock: Clock
) -> None:
    seller.add_listing("A", "10.00")
    feed, _ = processed([message(1, "A", 12)])
    for days, states in ((27, (200, 200)), (2, (200, 404)), (62, (404, 404))):
        clock.advance(days=days)
        fresh = {"x-amz-access-token": log_in().json()["access_token"]}
        paths = f"{FEEDS}/{feed['feedId']}", f"{DOCUMENTS}/{feed['resultFeedDocumentId']}"
        assert tuple(call(path, headers=fresh).status for path in paths) == states


def test_the_role_is_due(call: Ask, post: Ask, seller: Seller) -> None:
    seller.roles.discard("Product Listing")
    assert post(DOCUMENTS, {"contentType": KIND}).status == 403
    assert call(FEEDS, {"feedTypes": "JSON_LISTINGS_FEED"}).status == 403


# -- reports -----------------------------------------------------------------------------------


def test_done_does_not_mean_that_every_message_was_accepted(
    processed: Ask, seller: Seller, clock: Clock
) -> None:
    for sku in "ABC":
        seller.add_listing(sku, "10.00")
    feed, report = processed(
        [message(10, "A", 12), message(20, "B", -3), message(30, "C", 13, productType="NONE")]
    )
    assert feed["processingStatus"] == "DONE"
    assert report["header"] == {**HEADER, "feedId": feed["feedId"]}
    assert [(each["messageId"], each["sku"], each["code"]) for each in report["issues"]] == [
        (20, "B", "4000001"),
        (30, "C", "4000003"),
    ]
    assert report["issues"][0]["attributeName"] == "purchasable_offer"
    assert report["summary"] == {
        "errors": 2,
        "warnings": 0,
        "messagesProcessed": 3,
        "messagesAccepted": 1,
        "messagesInvalid": 2,
    }
    clock.advance(minutes=1)
    prices = [seller.listing(sku).price() for sku in "ABC"]
    assert prices == [Decimal("12.00"), Decimal("10.00"), Decimal("10.00")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"messageId": 0},
        {"messageId": "2"},
        {"sku": ""},
        {"operationType": "MOVE"},
        {"requirements": "LISTING"},
        {"attributes": {"item_name": [{"value": "x"}]}},
    ],
)
def test_a_message_that_is_none_costs_itself_alone(
    processed: Ask, seller: Seller, wrong: dict[str, Any]
) -> None:
    seller.add_listing("A", "10.00")
    feed, report = processed([message(1, "A", 12), message(2, "A", 12) | wrong])
    assert feed["processingStatus"] == "DONE"
    assert [each["code"] for each in report["issues"]] == ["4002008"]
    assert report["summary"]["messagesAccepted"] == report["summary"]["messagesInvalid"] == 1


def test_a_patch_that_is_none_is_told_with_its_message(processed: Ask, seller: Seller) -> None:
    seller.add_listing("A", "10.00")
    wrong = message(7, "A", 12)
    wrong["patches"][0]["path"] += "/0"
    _, report = processed([wrong])
    [issue] = report["issues"]
    assert (issue["messageId"], issue["code"]) == (7, "BAD_REQUEST")
    assert issue["message"] == "Invalid path provided in patch at index of 0."


@pytest.mark.parametrize(
    ("messages", "header", "code"),
    [
        ([message(1, "A", 12), message(1, "B", 12)], {}, "4002007"),
        ([message(1, "A", 12)], {"sellerId": "ANOTHER"}, "4002006"),
        ([message(1, "A", 12)], {"sellerId": None}, "4002005"),
        ([message(1, "A", 12)], {"version": "1.0"}, "4002006"),
        ([message(1, "A", 12)], {"report": {"includedData": ["prices"]}}, "4002006"),
        ([], {}, "4002005"),
        ({}, {}, "4002005"),
    ],
)
def test_a_document_that_is_no_feed_is_fatal_and_changes_nothing(
    processed: Ask, seller: Seller, messages: Any, header: dict[str, Any], code: str
) -> None:
    feed, report = processed(messages, **header)
    assert feed["processingStatus"] == "FATAL"
    assert [(each["code"], each["severity"]) for each in report["issues"]] == [(code, "ERROR")]
    assert report["summary"]["messagesProcessed"] == 0
    assert seller.submissions == []


@pytest.mark.parametrize("content", [b"{", b"\xff{}", b"[]", b"<xml/>"])
def test_what_is_not_json_is_fatal(processed: Ask, content: bytes) -> None:
    feed, report = processed([], content=content)
    assert feed["processingStatus"] == "FATAL"
    assert report["issues"][0]["message"] == "The feed is not valid JSON."


def test_twenty_five_thousand_messages_and_ten_mebibytes_are_the_most(
    processed: Ask,
) -> None:
    feed, report = processed([{"messageId": number} for number in range(1, 25_002)])
    assert feed["processingStatus"] == "FATAL"
    assert report["issues"][0]["message"] == "feed messages list beyond allowed size"
    feed, report = processed([{"messageId": number} for number in range(1, 25_001)])
    assert feed["processingStatus"] == "DONE"
    assert report["summary"]["messagesInvalid"] == 25_000
    feed, report = processed([], content=b" " * (10 * 1024 * 1024) + b"{}")
    assert feed["processingStatus"] == "FATAL"
    assert "10 MiB" in report["issues"][0]["message"]


def test_the_report_may_include_the_items(processed: Ask, seller: Seller) -> None:
    seller.add_listing("A", "10.00")
    wanted = {"includedData": ["offers", "issues"], "apiVersion": "2021-08-01"}
    _, report = processed([message(1, "A", 12), message(2, "B", -1)], report=wanted)
    assert report["header"]["report"] == wanted
    [item] = report["items"]
    # What was accepted is not applied yet.
    assert item["offers"][0]["price"]["amount"] == "10.00"
    assert report["summary"]["itemSummary"] == {"items": 1, "errors": 0, "warnings": 0}


def test_the_other_operations_do_what_they_say(
    processed: Ask, seller: Seller, clock: Clock
) -> None:
    for sku in "ABCD":
        seller.add_listing(sku, "10.00", quantity=3, business="9")
    price = {"our_price": [{"schedule": [{"value_with_tax": 12}]}]}
    stock = [{"fulfillment_channel_code": "DEFAULT", "quantity": 8}]
    of: dict[str, Any] = {"productType": "PRODUCT"}
    whole = {"condition_type": [{"value": "new_new"}], "purchasable_offer": [price]}
    update = {"messageId": 3, "sku": "C", "operationType": "UPDATE", **of, "attributes": whole}
    _, report = processed(
        [
            {"messageId": 1, "sku": "A", "operationType": "DELETE"},
            {
                "messageId": 2,
                "sku": "B",
                "operationType": "PARTIAL_UPDATE",
                **of,
                "attributes": {"fulfillment_availability": stock},
            },
            {**update, "requirements": "LISTING_OFFER_ONLY"},
            {**update, "messageId": 4, "sku": "D"},
        ]
    )
    assert [(each["messageId"], each["code"]) for each in report["issues"]] == [(4, "4000004")]
    clock.advance(minutes=1)
    with pytest.raises(KeyError):
        seller.listing("A")
    assert (seller.listing("B").quantity, seller.listing("B").price()) == (8, Decimal("10.00"))
    assert [each["audience"] for each in seller.listing("C").offers] == ["ALL"]
    assert seller.listing("C").availability == []
    assert seller.listing("D").price() == Decimal("10.00")


def test_a_bad_day_of_the_queue_is_waited_out(
    uploaded: Ask, create: Ask, call: Ask, seller: Seller, clock: Clock
) -> None:
    seller.feed_time = timedelta(hours=2)
    feed_id = create(uploaded(b"{}")).json()["feedId"]
    clock.advance(minutes=50)
    assert call(f"{FEEDS}/{feed_id}").json()["processingStatus"] == "IN_PROGRESS"
