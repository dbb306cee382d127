"""Reports made on request: their life, their failures, and what their documents say."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
REPORTS = "/reports/2021-06-30/reports"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
WINDOW = {"dataStartTime": "2026-11-01T00:00:00Z", "dataEndTime": "2026-11-21T00:00:00Z"}


@pytest.fixture
def request_report(call: Ask) -> Ask:
    def ask_for(report_type: str = ORDERS, **more: Any) -> Any:
        body = {"reportType": report_type, "marketplaceIds": ["A1F83G8C2ARO7P"], **more}
        kind = {"Content-Type": "application/json"}
        return call(REPORTS, method="POST", headers=kind, body=json.dumps(body))

    return ask_for


@pytest.fixture
def made(call: Ask, ask: Ask, clock: Clock, request_report: Ask) -> Ask:
    """Ask for a report, wait for it, and give it with its document's text, if it has one."""

    def make(report_type: str = ORDERS, **more: Any) -> tuple[dict[str, Any], str]:
        report_id = request_report(report_type, **more).json()["reportId"]
        clock.advance(minutes=5)
        report = call(f"{REPORTS}/{report_id}").json()
        if "reportDocumentId" not in report:
            return report, ""
        answer = call(f"/reports/2021-06-30/documents/{report['reportDocumentId']}").json()
        parts = urlsplit(answer["url"])
        content = gzip.decompress(ask(f"{parts.path}?{parts.query}").body)
        return report, content.decode("cp1252")

    return make


def test_a_report_waits_is_made_and_is_done(call: Ask, clock: Clock, request_report: Ask) -> None:
    asked = request_report(**WINDOW)
    assert asked.status == 202
    path = f"{REPORTS}/{asked.json()['reportId']}"
    assert call(path).json()["processingStatus"] == "IN_QUEUE"
    clock.advance(seconds=10)
    assert call(path).json()["processingStatus"] == "IN_PROGRESS"
    clock.advance(seconds=30)
    done = call(path).json()
    assert (done["processingStatus"], done["createdTime"]) == ("DONE", "2026-11-21T09:00:00Z")
    assert done["processingEndTime"] == "2026-11-21T09:00:40Z"
    assert done["dataEndTime"] == WINDOW["dataEndTime"]
    listed = call(REPORTS, {"reportTypes": ORDERS}).json()["reports"]
    assert listed == [done]


def test_an_order_report_has_a_row_for_each_item_of_the_window(made: Ask) -> None:
    _, text = made(dataStartTime="2026-11-20T11:00:00Z", dataEndTime="2026-11-20T13:00:00Z")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    assert [row["last-updated-date"] for row in rows] == [
        "2026-11-20T13:00:00+00:00",
        "2026-11-20T12:00:00+00:00",
        "2026-11-20T11:00:00+00:00",
    ]
    assert {row["order-status"] for row in rows} == {"Shipped", "Unshipped"}


def test_the_report_covers_the_region_whatever_is_asked_for(made: Ask, seller: Seller) -> None:
    order = dict(next(iter(seller.orders.values())))
    order |= {
        "orderId": "302-0000000-0000000",
        "salesChannel": {"channelName": "AMAZON", "marketplaceName": "Amazon.de"},
    }
    seller.add_order(order)
    _, text = made(**WINDOW)
    assert "Amazon.de" in text


@pytest.mark.parametrize(
    "more",
    [
        {"dataStartTime": "yesterday"},
        {"dataStartTime": "2026-11-22T00:00:00Z"},
        {"dataStartTime": "2026-11-20T00:00:00Z", "dataEndTime": "2026-11-19T00:00:00Z"},
        {"marketplaceIds": ["M"] * 26},
    ],
)
def test_a_window_that_cannot_be_is_refused(request_report: Ask, more: dict[str, Any]) -> None:
    assert request_report(**more).status == 400


def test_more_than_thirty_days_are_fatal_and_the_document_says_so(made: Ask) -> None:
    report, text = made(dataStartTime="2026-10-01T00:00:00Z", dataEndTime="2026-11-20T00:00:00Z")
    assert report["processingStatus"] == "FATAL"
    assert text == "Date range exceeded. Report can be requested only upto 30 days"


def test_a_window_without_orders_is_cancelled(made: Ask) -> None:
    report, _ = made(dataStartTime="2026-11-01T00:00:00Z", dataEndTime="2026-11-02T00:00:00Z")
    assert report["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in report


def test_listings_asked_for_again_too_soon_are_cancelled(
    made: Ask, seller: Seller, clock: Clock
) -> None:
    from simulators.amazon_sp.demo_calendar import Calendar
    from simulators.amazon_sp.demo_listings import listings

    seller.listings += listings(Calendar.of(clock.now()))
    states = []
    for _ in range(3):
        states.append(made(LISTINGS)[0]["processingStatus"])
        clock.advance(minutes=5)
    assert states == ["DONE", "CANCELLED", "CANCELLED"]
    clock.advance(minutes=22)
    assert made(LISTINGS)[0]["processingStatus"] == "DONE"


def test_a_test_may_spoil_a_report(made: Ask, seller: Seller) -> None:
    seller.spoil_report("FATAL", "Something broke.")
    report, text = made(**WINDOW)
    assert (report["processingStatus"], text) == ("FATAL", "Something broke.")
    assert made(**WINDOW)[0]["processingStatus"] == "DONE"


@pytest.mark.parametrize(
    ("report_type", "role"),
    [(ORDERS, "Inventory and Order Tracking"), (LISTINGS, "Product Listing")],
)
def test_each_kind_needs_its_role(
    request_report: Ask, call: Ask, seller: Seller, report_type: str, role: str
) -> None:
    seller.roles.discard(role)
    assert request_report(report_type).status == 403
    assert call(REPORTS, {"reportTypes": report_type}).status == 403


def test_order_reports_are_kept_for_thirty_days(
    call: Ask, log_in: Ask, clock: Clock, made: Ask
) -> None:
    report, _ = made(**WINDOW)
    clock.advance(timedelta(days=30))
    fresh = {"x-amz-access-token": log_in().json()["access_token"]}
    assert call(f"{REPORTS}/{report['reportId']}", headers=fresh).status == 404
