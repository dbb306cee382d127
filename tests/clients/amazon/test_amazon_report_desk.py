"""Reports on request: asked for once, waited for, used again, and their failures explained."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from amazon_stub import Opener, Stub, Time

from amazon_sp import Session
from amazon_sp.errors import Refused, ReportCancelled, ReportFailed, Throttled
from amazon_sp.report_desk import ReportDesk, Wanted
from amazon_sp.reports import LISTINGS, ORDERS, PATH, listed
from simulators.amazon_sp import Seller
from simulators.wsgi import LoopbackServer, Response

END = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
UK = "A1F83G8C2ARO7P"


def wanted(days: int = 10, end: datetime = END) -> Wanted:
    return Wanted(ORDERS, (UK,), end - timedelta(days=days), end, timedelta(hours=24))


def operations(seller: Seller) -> Counter[str]:
    """Count the calls by method and what they are about."""
    counted: Counter[str] = Counter()
    for call in seller.calls:
        if call.path.startswith("/reports"):
            counted[f"{call.method} {call.path.split('/')[3]}{call.path.count('/') - 3}"] += 1
    return counted


@pytest.fixture
def desk(amazon_account: Session, seller: Seller) -> ReportDesk:
    return ReportDesk(amazon_account, seller.clock.now)


def read(desk: ReportDesk, what: Wanted) -> str:
    with desk.open(desk.request(what)) as document:
        return document.file.read().decode(document.charset or "")


def test_a_report_costs_four_calls_and_the_wait_is_said(
    desk: ReportDesk, seller: Seller, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        text = read(desk, wanted())
    assert text.startswith("amazon-order-id\t")
    assert operations(seller) == {
        "GET reports0": 1,
        "POST reports0": 1,
        "GET reports1": 1,
        "GET documents1": 1,
    }
    assert time.waits == [45.0]
    assert "Waiting 45 s: Amazon is making report 700000000000" in caplog.text
    assert "from 2026-11-10T11:30:00Z to 2026-11-20T11:30:00Z" in caplog.text


def test_a_recent_report_of_the_same_is_used_again(
    desk: ReportDesk, amazon_account: Session, seller: Seller
) -> None:
    first = read(desk, wanted())
    seller.calls.clear()
    assert read(ReportDesk(amazon_account, seller.clock.now), wanted()) == first
    assert operations(seller) == {"GET reports0": 1, "GET documents1": 1}


def test_within_a_run_the_listing_is_asked_for_once(desk: ReportDesk, seller: Seller) -> None:
    for days in (3, 5, 5):
        read(desk, wanted(days))
    assert operations(seller)["GET reports0"] == 1
    assert operations(seller)["POST reports0"] == 2


@pytest.mark.parametrize(
    ("older", "other"),
    [
        (timedelta(hours=25), wanted()),
        (timedelta(0), wanted(days=9)),
        (timedelta(0), wanted(end=END + timedelta(minutes=30))),
        (
            timedelta(0),
            Wanted(ORDERS, ("A1PA6795UKMFR9",), END - timedelta(days=10), END, timedelta(days=1)),
        ),
    ],
)
def test_an_older_or_another_report_is_not_used(
    desk: ReportDesk, amazon_account: Session, seller: Seller, time: Time, older: timedelta,
    other: Wanted,
) -> None:  # fmt: skip
    read(desk, wanted())
    time.pass_by(older.total_seconds())
    read(ReportDesk(amazon_account, seller.clock.now), other)
    assert operations(seller)["POST reports0"] == 2


def test_a_report_that_a_killed_run_asked_for_is_waited_for(
    desk: ReportDesk, amazon_account: Session, seller: Seller, time: Time
) -> None:
    desk.request(wanted())
    time.pass_by(20)
    assert read(ReportDesk(amazon_account, seller.clock.now), wanted())
    assert operations(seller)["POST reports0"] == 1


def test_failed_reports_are_not_used_again(
    desk: ReportDesk, amazon_account: Session, seller: Seller
) -> None:
    seller.spoil_report("FATAL")
    with pytest.raises(ReportFailed):
        read(desk, wanted())
    assert read(ReportDesk(amazon_account, seller.clock.now), wanted())


def test_waits_grow_and_are_bounded(opened: Opener, account: LoopbackServer, seller: Seller,
                                    time: Time) -> None:  # fmt: skip
    seller.report_time = timedelta(hours=3)
    desk = ReportDesk(opened(account.url, max_wait=1800.0), seller.clock.now)
    with pytest.raises(Throttled, match=r"Amazon is making report .* more than the 30 min 00 s"):
        read(desk, wanted())
    assert sum(time.waits) <= 1800
    assert time.waits[:3] == [45.0, 67.5, 101.25]
    assert max(time.waits) <= 300
    # The next run finds it, in the making or made, and asks for no other.
    time.pass_by(3 * 3600)
    assert read(ReportDesk(opened(account.url), seller.clock.now), wanted())
    assert operations(seller)["POST reports0"] == 1


def test_a_fatal_report_says_amazons_reason_and_names_the_hidden_quota(desk: ReportDesk) -> None:
    with pytest.raises(ReportFailed) as caught:
        read(desk, wanted(days=31))
    told = str(caught.value)
    assert "Date range exceeded. Report can be requested only upto 30 days" in told
    assert "30 minutes apart" in told
    assert not isinstance(caught.value, ReportCancelled)


def test_a_fatal_report_without_a_reason_says_that(desk: ReportDesk, seller: Seller) -> None:
    seller.spoil_report("FATAL")
    with pytest.raises(ReportFailed, match="it gives no reason"):
        read(desk, wanted())


def test_a_cancelled_report_names_both_causes(desk: ReportDesk, seller: Seller) -> None:
    seller.spoil_report("CANCELLED")
    with pytest.raises(ReportCancelled, match=r"nothing to report.*asked for shortly before"):
        read(desk, wanted())


def test_listings_asked_for_too_often_are_cancelled_and_explained(
    desk: ReportDesk, amazon_account: Session, seller: Seller, time: Time
) -> None:
    listing = Wanted(LISTINGS, (UK,), age=timedelta(minutes=1))
    read(desk, listing)
    time.pass_by(120)
    with pytest.raises(ReportCancelled):
        read(ReportDesk(amazon_account, seller.clock.now), listing)


@pytest.mark.parametrize("fault", ["error_after_commit", "drop_response"])
def test_a_request_whose_answer_was_lost_makes_no_second_report(
    desk: ReportDesk, seller: Seller, fault: str
) -> None:
    getattr(seller.faults, fault)(method="POST", path=PATH)
    assert read(desk, wanted())
    assert len(seller.making) == 1


def test_a_request_that_never_arrived_is_made_again(desk: ReportDesk, seller: Seller) -> None:
    seller.fail(503, method="POST", path=PATH, times=2)
    assert read(desk, wanted())
    assert len(seller.making) == 1


def test_an_expired_link_and_a_short_file_are_fetched_anew(
    desk: ReportDesk, seller: Seller
) -> None:
    seller.cut_documents(100)
    assert read(desk, wanted()).startswith("amazon-order-id")
    seller.faults.respond(403, path="/documents/*")
    assert read(desk, wanted(days=9)).startswith("amazon-order-id")
    assert operations(seller)["GET documents1"] == 4
    for call in seller.calls:
        if call.path.startswith("/documents/"):
            assert "x-amz-access-token" not in call.headers


def test_a_list_of_reports_that_repeats_its_token_is_begun_anew(
    amazon: Session, stub: Stub
) -> None:
    def page(report_id: str, token: str = "") -> Response:
        return Response(
            200,
            {"reports": [{"reportId": report_id}]} | ({"nextToken": token} if token else {}),
        )

    stub.answer(PATH, page("1", "a"), page("2", "a"), page("1", "b"), page("2", "c"), page("3"))
    found = [each["reportId"] for each in listed(amazon, ORDERS, "2026-11-01T00:00:00Z")]
    assert found == ["1", "2", "3"]


def test_a_list_of_reports_that_never_ends_is_an_error(amazon: Session, stub: Stub) -> None:
    stub.answer(PATH, Response(200, {"reports": [], "nextToken": "a"}))
    with pytest.raises(Refused, match="lead nowhere"):
        list(listed(amazon, ORDERS, "2026-11-01T00:00:00Z"))
