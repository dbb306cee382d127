from __future__ import annotations

import gzip
import logging

import pytest
from amazon_tap import (
    Deliver,
    Tap,
    catalog_without,
    never_ahead,
    settled,
)

from amazon_sp.errors import DocumentDamaged, NotFound, Unavailable
from simulators.amazon_sp import Seller

DOCUMENTS = "/reports/2021-06-30/documents/*"


def test_the_next_run_begins_with_the_newest_written_report(
    empty_tap: Tap, deliver: Deliver, empty_seller: Seller
) -> None:
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    deliver("902", settled("22222", "10.00"), created="2026-11-02T00:00:00Z")
    first = empty_tap()
    empty_seller.calls.clear()
    second = empty_tap(state=first.state)
    (listed,) = (call for call in empty_seller.calls if call.path.endswith("/reports"))
    assert listed.query["createdSince"] == ["2026-11-02T00:00:00Z"]
    assert [each["settlement_id"] for each in second.records("settlements")] == ["22222"]
    assert second.state == first.state


def test_the_first_run_reads_as_far_back_as_amazon_keeps_reports(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_tap()
    empty_tap(start_date="2020-01-01")
    asked = [c.query["createdSince"] for c in empty_seller.calls if c.path.endswith("/reports")]
    assert asked == [["2026-08-22T13:00:00Z"]] * 2


def test_start_and_end_date_bound_the_reports(empty_tap: Tap, deliver: Deliver) -> None:
    for day in (10, 12, 14):
        deliver(f"9{day}", settled(f"{day}", "10.00"), created=f"2026-10-{day}T00:00:00Z")
    ran = empty_tap(start_date="2026-10-11", end_date="2026-10-13")
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["12"]


def test_nothing_is_asked_when_the_start_lies_ahead(empty_tap: Tap, empty_seller: Seller) -> None:
    assert empty_tap(start_date="2027-01-01").error is None
    assert empty_seller.calls == []


def test_a_settlement_delivered_twice_is_written_once(
    empty_tap: Tap, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    again = settled("11111", "10.00").replace("\n", "\r\n")
    deliver("902", again, created="2026-10-19T00:00:00Z")
    ran = empty_tap()
    assert [each["report_id"] for each in ran.records("settlements")] == ["901"]
    assert len(ran.records("settlement_rows")) == 1
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"
    assert "Settlement 11111 in settlement report 902" in caplog.text
    assert "is written already" in caplog.text


def test_a_settlement_delivered_with_other_content_is_written_again(
    empty_tap: Tap, deliver: Deliver
) -> None:
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    deliver("902", settled("11111", "9.00", "1.00"), created="2026-10-19T00:00:00Z")
    ran = empty_tap()
    assert [each["report_id"] for each in ran.records("settlements")] == ["901", "902"]
    assert [row["report_id"] for row in ran.records("settlement_rows")] == ["901", "902", "902"]


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS"])
def test_the_bookmark_waits_for_a_report_that_is_not_finished(
    empty_tap: Tap, deliver: Deliver, status: str
) -> None:
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    deliver("902", "", created="2026-10-19T00:00:00Z", status=status)
    deliver("903", settled("33333", "10.00"), created="2026-10-20T00:00:00Z")
    ran = empty_tap()
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["11111", "33333"]
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL"])
def test_the_bookmark_passes_a_report_that_will_never_be(
    empty_tap: Tap, deliver: Deliver, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    deliver("902", "", created="2026-10-19T00:00:00Z", status=status)
    deliver("903", settled("33333", "10.00"), created="2026-10-20T00:00:00Z")
    assert empty_tap().bookmark("settlements") == "2026-10-20T00:00:00Z"
    assert f"Settlement report 902 is {status} and not read" in caplog.text


def test_a_document_cut_short_twice_is_left_for_the_next_run_and_the_run_fails(
    empty_tap: Tap, deliver: Deliver
) -> None:
    whole = gzip.compress(settled("22222", "10.00").encode())
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    deliver("902", whole[:-6], created="2026-10-19T00:00:00Z", compressed=True)
    deliver("903", settled("33333", "10.00"), created="2026-10-20T00:00:00Z")
    ran = empty_tap()
    assert isinstance(ran.error, DocumentDamaged)
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["11111", "33333"]
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"
    deliver("902", whole, created="2026-10-19T00:00:00Z", compressed=True)
    later = empty_tap(state=ran.state)
    assert [each["settlement_id"] for each in later.records("settlements")] == ["22222", "33333"]


def test_a_download_cut_short_once_is_fetched_again(tap: Tap, seller: Seller) -> None:
    seller.cut_documents(200)
    ran = tap("settlements", "settlement_rows")
    assert ran.error is None
    assert len(ran.records("settlements")) == 8


def test_state_stays_at_the_last_whole_settlement_when_amazon_goes_away(
    empty_tap: Tap, deliver: Deliver, empty_seller: Seller
) -> None:
    for day in (18, 19, 20):
        deliver(f"9{day}", settled(f"{day}", "10.00"), created=f"2026-10-{day}T00:00:00Z")
    empty_seller.fail(500, times=None, path=DOCUMENTS, nth=3)
    ran = empty_tap()
    assert isinstance(ran.error, Unavailable)
    never_ahead(ran.messages)
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"


def test_a_full_table_run_sets_no_bookmark(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "10.00"))
    catalog = catalog_without()
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
    ran = empty_tap(catalog=catalog)
    assert len(ran.records("settlements")) == 1
    assert ran.bookmark("settlements") is None


def test_a_document_that_amazon_does_not_find_does_not_cost_its_neighbours(
    empty_tap: Tap, deliver: Deliver, empty_seller: Seller
) -> None:
    for day in (18, 19, 20):
        deliver(f"9{day}", settled(f"{day}", "10.00"), created=f"2026-10-{day}T00:00:00Z")
    del empty_seller.documents["amzn1.spdoc.1.4.eu.919"]
    ran = empty_tap()
    assert isinstance(ran.error, NotFound)
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["18", "20"]
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"
