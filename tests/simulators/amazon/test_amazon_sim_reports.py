"""Reports 2021-06-30 and the documents behind presigned addresses."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from http.client import IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulators.amazon_sp import Dialect, Document, Seller
from simulators.amazon_sp.flatfile import REPORT_TYPE
from simulators.clock import Clock

Ask = Callable[..., Any]
REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
DOCUMENT_ID = "amzn1.spdoc.1.4.eu.500001.T123456789"
SETTLEMENTS = {"reportTypes": REPORT_TYPE}


def many(seller: Seller, count: int) -> None:
    for at in range(count):
        created = seller.clock.now() - timedelta(hours=at)
        seller.add_report(
            {
                "reportId": str(600000 + at),
                "reportType": "GET_OTHER",
                "processingStatus": "DONE" if at % 2 else "CANCELLED",
                "createdTime": created.isoformat().replace("+00:00", "Z"),
                "marketplaceIds": ["A1PA6795UKMFR9"],
            }
        )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdSince": "2026-11-01T00:00:00Z"},
        SETTLEMENTS | {"pageSize": "0"},
        SETTLEMENTS | {"pageSize": "101"},
        SETTLEMENTS | {"processingStatuses": "BAD_VALUE,IN_PROGRESS"},
        SETTLEMENTS | {"createdSince": "2026-08-23T08:59:59Z"},
        SETTLEMENTS | {"createdSince": "21.11.2026"},
        SETTLEMENTS | {"createdSince": "2026-11-20T00:00:00Z", "createdUntil": "2026-11-19"},
        {"reportTypes": ",".join(f"T{at}" for at in range(11))},
        {"nextToken": "made-up"},
    ],
)
def test_a_listing_that_the_model_forbids_is_refused(call: Ask, query: dict[str, str]) -> None:
    refused = call(REPORTS, query)
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")


def test_reports_reach_back_ninety_days_exactly(call: Ask) -> None:
    assert call(REPORTS, SETTLEMENTS | {"createdSince": "2026-08-23T09:00:00Z"}).status == 200


def test_settlement_reports_are_listed_whatever_marketplace_is_asked_for(call: Ask) -> None:
    report = call(REPORTS, SETTLEMENTS | {"marketplaceIds": "A1PA6795UKMFR9"}).json()["reports"][0]
    assert report["reportId"] == "500001"
    assert report["reportDocumentId"] == DOCUMENT_ID
    assert report["processingStatus"] == "DONE"
    assert report["createdTime"] == "2026-11-16T09:00:00Z"


def test_other_reports_follow_marketplace_status_and_time(call: Ask, seller: Seller) -> None:
    many(seller, 6)
    other = {"reportTypes": f"GET_OTHER,{REPORT_TYPE}"}

    def count(**query: str) -> int:
        return len(call(REPORTS, other | query).json()["reports"])

    assert count() == 7
    assert count(marketplaceIds="A1F83G8C2ARO7P") == 1
    assert count(processingStatuses="CANCELLED") == 3
    assert count(createdSince="2026-11-21T05:00:00Z") == 5
    assert count(createdUntil="2026-11-21T05:00:00Z") == 3


def test_pages_are_of_ten_newest_first_and_a_token_goes_alone(call: Ask, seller: Seller) -> None:
    many(seller, 25)
    query = {"reportTypes": "GET_OTHER"}
    seen = []
    sizes = []
    while True:
        page = call(REPORTS, query).json()
        sizes.append(len(page["reports"]))
        seen += [report["createdTime"] for report in page["reports"]]
        if "nextToken" not in page:
            break
        query = {"nextToken": page["nextToken"]}
        refused = call(REPORTS, query | {"reportTypes": "GET_OTHER"})
        assert refused.status == 400
        assert refused.error["message"] == (
            "NextToken cannot be specified with other input parameters"
        )
    assert sizes == [10, 10, 5]
    assert seen == sorted(seen, reverse=True)
    assert (
        len(call(REPORTS, {"reportTypes": "GET_OTHER", "pageSize": "100"}).json()["reports"]) == 25
    )


def test_a_report_is_given_by_id_for_ninety_days(call: Ask, log_in: Ask, clock: Clock) -> None:
    assert call(f"{REPORTS}/500001").json()["reportType"] == REPORT_TYPE
    assert call(f"{REPORTS}/999999").status == 404
    assert call(f"{REPORTS}/badReportId1").status == 400
    clock.advance(days=86)
    fresh = {"x-amz-access-token": log_in().json()["access_token"]}
    assert call(f"{REPORTS}/500001", headers=fresh).status == 404
    assert call(f"{DOCUMENTS}/{DOCUMENT_ID}", headers=fresh).status == 404
    assert call(REPORTS, SETTLEMENTS, headers=fresh).json()["reports"] == []


def test_a_settlement_report_cannot_be_requested(call: Ask) -> None:
    body = {"reportType": REPORT_TYPE, "marketplaceIds": ["A1F83G8C2ARO7P"]}
    headers = {"Content-Type": "application/json"}
    refused = call(REPORTS, method="POST", headers=headers, body=json.dumps(body))
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")
    assert refused.error["message"] == ("Request for report type 1118 is not allowed at this time")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"reportType": "X", "marketplaceIds": ["M"]}', "application/json", 400),
        ('{"reportType": "X", "marketplaceIds": []}', "application/json", 400),
        ('{"marketplaceIds": ["M"]}', "application/json", 400),
        ('{"reportType": "X", "marketplaceIds": ["M"], "more": 1}', "application/json", 400),
        ("not json", "application/json", 400),
        ("reportType=X", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_bad_request_for_a_report_is_refused(
    call: Ask, body: str, kind: str, status: int
) -> None:
    assert call(REPORTS, method="POST", headers={"Content-Type": kind}, body=body).status == status


@pytest.fixture
def address(call: Ask) -> Callable[..., str]:
    """Ask for a document's address and give the target on the same host."""

    def give(document_id: str = DOCUMENT_ID, **query: str) -> str:
        answer = call(f"{DOCUMENTS}/{document_id}", query)
        assert answer.status == 200, answer.body
        parts = urlsplit(answer.json()["url"])
        return f"{parts.path}?{parts.query}"

    return give


def test_a_document_is_gzip_behind_an_address_of_its_own(
    call: Ask, ask: Ask, seller: Seller, address: Callable[..., str]
) -> None:
    answer = call(f"{DOCUMENTS}/{DOCUMENT_ID}").json()
    assert answer["compressionAlgorithm"] == "GZIP"
    assert answer["url"].startswith("http://127.0.0.1:")
    got = ask(address())
    assert got.status == 200
    assert got.headers["content-type"] == "text/plain; charset=UTF-8"
    assert got.headers["content-encoding"] == "identity"
    assert gzip.decompress(got.body) == seller.settlement_files()["500001"]


def test_content_encoding_is_gzip_when_asked_for(ask: Ask, address: Callable[..., str]) -> None:
    got = ask(address(enableContentEncodingUrlHeader="true"))
    assert got.headers["content-encoding"] == "gzip"


def test_a_plain_document_names_no_compression_and_maybe_no_content_type(
    call: Ask, ask: Ask, seller: Seller, address: Callable[..., str]
) -> None:
    seller.add_document(Document("amzn1.spdoc.1.plain", b"a\tb\n"))
    assert "compressionAlgorithm" not in call(f"{DOCUMENTS}/amzn1.spdoc.1.plain").json()
    got = ask(address("amzn1.spdoc.1.plain"))
    assert (got.body, got.headers["content-type"]) == (b"a\tb\n", "text/plain; charset=utf-8")


def test_a_content_type_may_leave_the_charset_out(
    ask: Ask, seller: Seller, address: Callable[..., str]
) -> None:
    document_id = seller.add_settlement(
        seller.settlements["500001"],
        Dialect(encoding="cp1252"),
        report_id="500002",
        created=seller.clock.now(),
        name_charset=False,
    )
    assert ask(address(document_id)).headers["content-type"] == "text/plain"


def test_an_address_lives_five_minutes(ask: Ask, clock: Clock, address: Callable[..., str]) -> None:
    target = address()
    clock.advance(seconds=299)
    assert ask(target).status == 200
    clock.advance(seconds=1)
    expired = ask(target)
    assert (expired.status, expired.headers["content-type"]) == (403, "application/xml")
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in expired.body


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("x-amz-access-token", 403, b"<Code>AccessDenied</Code>"),
        ("Authorization", 400, b"<Code>InvalidArgument</Code>"),
    ],
)
def test_storage_refuses_a_request_that_brings_credentials(
    ask: Ask, address: Callable[..., str], header: str, status: int, code: bytes
) -> None:
    refused = ask(address(), headers={header: "Bearer Atza|x"})
    assert refused.status == status
    assert code in refused.body


def test_an_address_that_was_not_given_out_is_refused(
    ask: Ask, address: Callable[..., str]
) -> None:
    target = address()
    for forged in (
        target.replace("500001", "500002"),
        target.partition("?")[0],
        target.replace("X-Amz-Date=2026", "X-Amz-Date=2027"),
    ):
        refused = ask(forged)
        assert refused.status == 403
        assert b"SignatureDoesNotMatch" in refused.body


def test_unknown_documents_are_not_found_and_nonsense_is_refused(call: Ask) -> None:
    assert call(f"{DOCUMENTS}/amzn1.spdoc.1.4.eu.none").status == 404
    assert call(f"{DOCUMENTS}/badDocumentId1").status == 400
    flag = {"enableContentEncodingUrlHeader": "yes"}
    assert call(f"{DOCUMENTS}/{DOCUMENT_ID}", flag).status == 400


def test_a_document_can_be_cut_short_inside_its_gzip(
    ask: Ask, seller: Seller, address: Callable[..., str]
) -> None:
    seller.shorten_document(DOCUMENT_ID, 60)
    got = ask(address())
    assert (got.status, len(got.body)) == (200, 60)
    with pytest.raises(EOFError):
        gzip.decompress(got.body)


def test_a_document_can_be_cut_short_on_the_way(
    ask: Ask, seller: Seller, address: Callable[..., str]
) -> None:
    seller.cut_documents(60)
    target = address()
    with pytest.raises(IncompleteRead) as cut:
        ask(target)
    assert len(cut.value.partial) == 60
    assert gzip.decompress(ask(target).body).startswith(b"settlement-id")


def test_a_token_of_another_operation_is_refused(call: Ask) -> None:
    orders = {"lastUpdatedAfter": "2026-11-20T00:00:00Z", "maxResultsPerPage": "2"}
    token = call("/orders/2026-01-01/orders", orders).json()["pagination"]["nextToken"]
    assert call(REPORTS, {"nextToken": token}).status == 400
