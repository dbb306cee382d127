"""Listings are read by twenties and patched with exact figures; feeds are sent once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import unquote

import pytest
from amazon_stub import Stub, Time

from amazon_sp import Session, exact, listings
from amazon_sp.errors import AccessDenied, Refused, Throttled, Unavailable
from amazon_sp.feeds import FeedDesk
from simulators.wsgi import ConnectionDropped, LoopbackServer, Request, Response

UK = "A1F83G8C2ARO7P"
ITEMS = "/listings/2021-08-01/items/S1"
FEEDS = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCEPTED = Response(200, {"sku": "A", "status": "ACCEPTED", "submissionId": "s1", "issues": []})
BODY = {"productType": "PRODUCT", "patches": [{"value": [{"value_with_tax": Decimal("19.90")}]}]}


def found(*skus: str, token: str = "") -> Response:
    body = {"numberOfResults": len(skus), "items": [{"sku": sku} for sku in skus]}
    return Response(200, body | ({"pagination": {"nextToken": token}} if token else {}))


@pytest.fixture
def desk(amazon: Session) -> FeedDesk:
    return FeedDesk(amazon, lambda: NOON)


# Reading


def test_skus_are_searched_for_twenty_at_a_time(amazon: Session, stub: Stub) -> None:
    """The model's identifiers take 20, and pageSize is 10 unless it is given."""
    skus = [f"S{number}" for number in range(45)]
    stub.answer(ITEMS, found(*skus[:20]), found(*skus[20:40]), found(*skus[40:]))
    items = list(listings.read(amazon, "S1", UK, skus))
    assert [item["sku"] for item in items] == skus
    asked = [request.query for request in stub.asked(ITEMS)]
    assert [len(query["identifiers"][0].split(",")) for query in asked] == [20, 20, 5]
    assert asked[0] == {
        "marketplaceIds": [UK],
        "identifiersType": ["SKU"],
        "identifiers": [",".join(skus[:20])],
        "includedData": ["summaries,attributes,offers,fulfillmentAvailability,issues"],
        "pageSize": ["20"],
    }


def test_a_later_page_is_asked_for_with_the_same_arguments(amazon: Session, stub: Stub) -> None:
    stub.answer(ITEMS, found("A", token="t1"), found("B"))
    assert len(list(listings.read(amazon, "S1", UK, ["A", "B"]))) == 2
    first, second = (request.query for request in stub.asked(ITEMS))
    assert second == first | {"pageToken": ["t1"]}


def test_what_was_not_asked_for_is_not_given(amazon: Session, stub: Stub) -> None:
    stub.answer(ITEMS, found("A", "a"))
    assert [item["sku"] for item in listings.read(amazon, "S1", UK, ["A"])] == ["A"]


def test_a_sku_that_a_list_cannot_hold_is_asked_for_alone(amazon: Session, stub: Stub) -> None:
    stub.answer(f"{ITEMS}/a,b", Response(200, {"sku": "a,b"}))
    missing = {"errors": [{"code": "NOT_FOUND", "message": "not found"}]}
    stub.answer(f"{ITEMS}/ x", Response(404, missing))
    assert list(listings.read(amazon, "S1", UK, ["a,b", " x"])) == [{"sku": "a,b"}]
    assert stub.asked(ITEMS) == []


@pytest.mark.parametrize("sku", ["A/B", "A B", "50%", "%2F", "a?b#c", "ü", "X" * 40, "..x", "+"])
def test_a_sku_is_one_segment_of_the_path(amazon: Session, stub: Stub, sku: str) -> None:
    stub.answer(f"{ITEMS}/{sku}", ACCEPTED)
    listings.patch(amazon, "S1", UK, sku, BODY)
    (request,) = (each for each in stub.requests if each.method == "PATCH")
    segment = request.target.partition("?")[0].removeprefix(f"{ITEMS}/")
    assert "/" not in segment
    assert unquote(segment) == sku


# Patching


def test_figures_are_written_digit_for_digit(amazon: Session, stub: Stub) -> None:
    stub.answer(f"{ITEMS}/A", ACCEPTED)
    answer = listings.patch(amazon, "S1", UK, "A", BODY)
    assert (answer.status, answer.submission_id) == ("ACCEPTED", "s1")
    request = stub.asked(f"{ITEMS}/A")[0]
    assert b'{"value_with_tax":19.90}' in request.body
    assert request.headers["Content-Type"] == "application/json"
    assert request.query == {"marketplaceIds": [UK], "includedData": ["issues"]}


def test_a_preview_says_so(amazon: Session, stub: Stub) -> None:
    stub.answer(f"{ITEMS}/A", Response(200, {"sku": "A", "status": "VALID", "submissionId": "s"}))
    listings.patch(amazon, "S1", UK, "A", BODY, preview=True)
    assert stub.asked(f"{ITEMS}/A")[0].query["mode"] == ["VALIDATION_PREVIEW"]


def test_a_patch_is_repeated_after_failures(amazon: Session, stub: Stub, time: Time) -> None:
    stub.answer(f"{ITEMS}/A", Response(500), Response(503), ACCEPTED)
    listings.patch(amazon, "S1", UK, "A", BODY)
    assert len(stub.asked(f"{ITEMS}/A")) == 3
    assert len(time.waits) == 2


def test_a_patch_that_is_refused_is_not_repeated(amazon: Session, stub: Stub) -> None:
    errors = {"errors": [{"code": "BAD_REQUEST", "message": "Invalid input"}]}
    stub.answer(f"{ITEMS}/A", Response(400, errors))
    with pytest.raises(Refused, match="check seller_id, marketplace_ids and the SKU"):
        listings.patch(amazon, "S1", UK, "A", BODY)
    assert len(stub.asked(f"{ITEMS}/A")) == 1


def test_a_status_that_nobody_knows_is_not_taken_for_success(amazon: Session, stub: Stub) -> None:
    stub.answer(f"{ITEMS}/A", Response(200, {"sku": "A", "status": "MAYBE", "submissionId": "s"}))
    with pytest.raises(Unavailable, match="MAYBE"):
        listings.patch(amazon, "S1", UK, "A", BODY)


def test_a_role_that_is_missing_is_named(amazon: Session, stub: Stub) -> None:
    errors = {"errors": [{"code": "Unauthorized", "message": "Access denied."}]}
    stub.answer(ITEMS, Response(403, errors))
    with pytest.raises(AccessDenied, match="'Product Listing'"):
        listings.count(amazon, "S1", UK)


def test_patches_keep_to_five_a_second(amazon: Session, stub: Stub, time: Time) -> None:
    """Facts, section 2: rate 5, burst 5."""
    stub.answer(f"{ITEMS}/A", ACCEPTED)
    before = time()
    for _ in range(55):
        listings.patch(amazon, "S1", UK, "A", BODY)
    assert 50 / 5 <= time() - before < 12


def test_a_float_is_never_written() -> None:
    with pytest.raises(TypeError, match="amounts are Decimals"):
        exact.written({"price": 19.9})
    with pytest.raises(TypeError, match="no number"):
        exact.written([Decimal("NaN")])
    text = exact.written({"a": [Decimal("1E+2"), 1, True, None, 'x"y'], "b": {}})
    assert text == '{"a":[100,1,true,null,"x\\"y"],"b":{}}'
    assert json.loads(text)


# Feeds


def link(host: LoopbackServer, number: int = 1) -> Response:
    body = {"feedDocumentId": f"d{number}", "url": f"{host.url}/put/{number}?X-Amz-Signature=key"}
    return Response(201, body)


def test_a_document_is_put_to_its_link_without_a_token(
    desk: FeedDesk, stub: Stub, host: LoopbackServer
) -> None:
    stub.answer(DOCUMENTS, link(host))
    stub.answer("/put/1", Response(200))
    assert desk.upload(b"{}") == "d1"
    (opened,), (put,) = stub.asked(DOCUMENTS), stub.asked("/put/1")
    kind = "application/json; charset=UTF-8"
    assert json.loads(opened.body) == {"contentType": kind}
    assert (put.method, put.body, put.headers["Content-Type"]) == ("PUT", b"{}", kind)
    assert "x-amz-access-token" not in put.headers
    assert "Authorization" not in put.headers


def test_a_link_that_is_refused_is_replaced_once(
    desk: FeedDesk, stub: Stub, host: LoopbackServer
) -> None:
    stub.answer(DOCUMENTS, link(host), link(host, 2))
    stub.answer("/put/1", Response(403))
    stub.answer("/put/2", Response(200))
    assert desk.upload(b"{}") == "d2"
    stub.answers["/put/2"] = [Response(403)]
    with pytest.raises(Refused, match="network and clock") as refused:
        desk.upload(b"{}")
    assert "key" not in str(refused.value)


def test_an_upload_is_repeated_when_storage_fails(
    desk: FeedDesk, stub: Stub, host: LoopbackServer
) -> None:
    stub.answer(DOCUMENTS, link(host))
    stub.answer("/put/1", Response(503), Response(200))
    assert desk.upload(b"{}") == "d1"


def listed(*feeds: tuple[str, str, str], token: str = "") -> Response:
    body: dict[str, object] = {
        "feeds": [
            {
                "feedId": feed_id,
                "feedType": "JSON_LISTINGS_FEED",
                "marketplaceIds": [place],
                "createdTime": created,
                "processingStatus": "IN_QUEUE",
            }
            for feed_id, place, created in feeds
        ]
    }
    return Response(200, body | ({"nextToken": token} if token else {}))


def test_a_feed_is_created_once(desk: FeedDesk, stub: Stub) -> None:
    stub.answer(FEEDS, Response(202, {"feedId": "f1"}))
    assert desk.submit(UK, "d1", ()) == "f1"
    (request,) = stub.asked(FEEDS)
    assert json.loads(request.body) == {
        "feedType": "JSON_LISTINGS_FEED",
        "marketplaceIds": [UK],
        "inputFeedDocumentId": "d1",
    }


class Losing(Stub):
    """A stub that loses its answer to the first POST of a feed."""

    lost = False

    def __call__(self, request: Request) -> Response:
        if request.path == FEEDS and request.method == "POST" and not self.lost:
            self.lost = True
            self.requests.append(request)
            raise ConnectionDropped
        return super().__call__(request)


@pytest.mark.parametrize("was_made", [True, False])
def test_a_lost_answer_is_looked_for_before_another_feed_is_made(
    opened: object, was_made: bool
) -> None:
    stub = Losing()
    with LoopbackServer(stub) as host:
        desk = FeedDesk(opened(host.url), lambda: NOON)  # type: ignore[operator]
        others = [
            ("f0", UK, "2026-11-20T11:59:00Z"),
            ("f1", "OTHER", "2026-11-20T12:00:00Z"),
        ]
        if was_made:
            others.append(("f2", UK, "2026-11-20T12:00:01Z"))
        stub.answer(FEEDS, listed(*others), Response(202, {"feedId": "f3"}))
        assert desk.submit(UK, "d1", {"f0"}) == ("f2" if was_made else "f3")
    methods = [request.method for request in stub.asked(FEEDS)]
    assert methods == (["POST", "GET"] if was_made else ["POST", "GET", "POST"])
    assert stub.asked(FEEDS)[1].query["createdSince"] == ["2026-11-20T11:58:00Z"]


def test_a_next_token_of_feeds_goes_alone(desk: FeedDesk, stub: Stub) -> None:
    stub.answer(FEEDS, listed(token="t1"), listed(("f1", UK, "2026-11-20T12:00:00Z")))
    assert desk.find(UK, NOON, ()) == "f1"
    assert stub.asked(FEEDS)[1].query == {"nextToken": ["t1"]}


def status(text: str, **more: str) -> Response:
    return Response(200, {"feedId": "f1", "processingStatus": text, **more})


def test_a_feed_is_looked_at_less_and_less_often(desk: FeedDesk, stub: Stub, time: Time) -> None:
    done = status("DONE", resultFeedDocumentId="r1")
    stub.answer(f"{FEEDS}/f1", *[status("IN_QUEUE")] * 3, *[status("IN_PROGRESS")] * 4, done)
    feed = desk.finished("f1")
    assert (feed.status, feed.document_id) == ("DONE", "r1")
    assert time.waits == sorted(time.waits)
    assert (time.waits[0], time.waits[-1]) == (15, 120)


def test_a_feed_without_end_is_throttled(opened: object, stub: Stub, host: LoopbackServer) -> None:
    stub.answer(f"{FEEDS}/f1", status("IN_PROGRESS"))
    desk = FeedDesk(opened(host.url, max_wait=600), lambda: NOON)  # type: ignore[operator]
    with pytest.raises(Throttled, match="Amazon works at feed f1"):
        desk.finished("f1")


def test_a_processing_report_is_read_from_where_feeds_keep_it(
    desk: FeedDesk, stub: Stub, host: LoopbackServer
) -> None:
    stub.answer(f"{FEEDS}/f1", status("DONE", resultFeedDocumentId="r/1"))
    where = {"feedDocumentId": "r/1", "url": f"{host.url}/get"}
    stub.answer(f"{DOCUMENTS}/r/1", Response(200, where))
    stub.answer("/get", Response(200, b'{"issues": [{"messageId": 4}]}'), Response(200, b"<xml/>"))
    feed = desk.finished("f1")
    assert desk.report(feed) == {"issues": [{"messageId": 4}]}
    with pytest.raises(Unavailable, match="not a JSON object"):
        desk.report(feed)
