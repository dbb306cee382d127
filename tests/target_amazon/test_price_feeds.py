"""Many changes go by feed: few calls, its report joined by message, killed runs followed up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from target_amazon.price_desk import DE, PriceDesk, price, quantity

from books import Stage
from target_amazon_sp.verdicts import Did

FEW, NUMBER = 5, 12
DOCUMENTS = [price(f"S{number}", "11.00") for number in range(NUMBER)]


@pytest.fixture
def many(desk: PriceDesk) -> PriceDesk:
    for number in range(NUMBER):
        desk.seller.add_listing(f"S{number}", "10.00", business="9.00")
    return desk


def prices(desk: PriceDesk) -> set[Decimal | None]:
    return {listing.price() for listing in desk.seller.listings}


def test_more_than_two_hundred_changes_are_one_feed(many: PriceDesk) -> None:
    run = many.run(DOCUMENTS, few=FEW)
    assert prices(many) == {Decimal("11.00")}
    assert run.tally.count(Did.APPLIED) == NUMBER
    calls = many.calls()
    assert "PATCH item" not in calls
    assert calls["POST feeds/feeds"] == 1
    assert {listing.price("B2B") for listing in many.seller.listings} == {Decimal("9.00")}
    rows = many.history()
    assert {row.state for row in rows} == {Stage.APPLIED}
    assert len({row.message_id for row in rows}) == NUMBER
    assert {row.feed_id for row in rows} == set(many.seller.feeds)


def test_a_second_run_after_a_feed_sends_nothing(many: PriceDesk) -> None:
    many.run(DOCUMENTS, few=FEW)
    run = many.run(DOCUMENTS, few=FEW)
    assert len(many.seller.feeds) == 1
    assert run.tally.count(Did.UNCHANGED) == NUMBER


def test_two_hundred_changes_are_patched_one_by_one(desk: PriceDesk) -> None:
    documents = []
    for number in range(200):
        desk.seller.add_listing(f"S{number}", "10.00")
        documents.append(price(f"S{number}", "11.00"))
    run = desk.run(documents)
    assert desk.calls()["PATCH item"] == 200
    assert run.tally.count(Did.APPLIED) == 200
    assert desk.seller.feeds == {}


def test_only_the_marketplace_with_most_changes_gets_a_feed(many: PriceDesk) -> None:
    many.seller.add_listing("A", "10.00", DE)
    many.run([*DOCUMENTS, price("A", "11.00", DE)], few=FEW)
    assert many.calls()["PATCH item"] == 1
    assert [feed["marketplaceIds"] for feed in many.seller.feeds.values()] == [["A1F83G8C2ARO7P"]]
    assert prices(many) == {Decimal("11.00")}


def test_price_and_quantity_share_a_message(desk: PriceDesk) -> None:
    documents = []
    for number in range(201):
        desk.seller.add_listing(f"S{number}", "10.00", quantity=1)
        documents += [price(f"S{number}", "11.00"), quantity(f"S{number}", 5)]
    desk.run(documents)
    assert {(each.price(), each.quantity) for each in desk.seller.listings} == {
        (Decimal("11.00"), 5)
    }
    assert {row.message_id for row in desk.history()} == set(range(1, 202))


def test_a_message_that_is_refused_leaves_the_others(many: PriceDesk) -> None:
    many.seller.listing("S7").product_type = "GONE"
    run = many.run(DOCUMENTS, few=FEW)
    assert many.price("S7") == Decimal("10.00")
    assert run.tally.count(Did.APPLIED) == NUMBER - 1
    assert run.tally.exit_code == 1
    (row,) = many.history("S7")
    assert row.state is Stage.REFUSED
    assert row.message
    assert row.message in run.tally.lines[0]


def test_a_feed_that_is_fatal_refuses_what_is_not_read_back(many: PriceDesk) -> None:
    many.seller.spoil_feed("FATAL", "The feed could not be processed.")
    run = many.run(DOCUMENTS, few=FEW)
    assert run.tally.count(Did.REFUSED) == NUMBER
    assert run.tally.exit_code == 1
    assert "The feed could not be processed." in run.tally.lines[0]
    again = many.run(DOCUMENTS, few=FEW)
    assert again.tally.count(Did.APPLIED) == NUMBER
    assert prices(many) == {Decimal("11.00")}


def test_a_fatal_feed_without_a_reason_is_said_so(many: PriceDesk) -> None:
    many.seller.spoil_feed("FATAL")
    run = many.run(DOCUMENTS, few=FEW)
    assert "it gives no reason" in run.tally.lines[0]


def test_a_cancelled_feed_is_refused_and_sent_anew_by_the_next_run(many: PriceDesk) -> None:
    many.seller.spoil_feed("CANCELLED")
    run = many.run(DOCUMENTS, few=FEW)
    assert "cancelled feed" in run.tally.lines[0]
    assert many.run(DOCUMENTS, few=FEW).tally.count(Did.APPLIED) == NUMBER


def test_a_lost_answer_to_create_feed_makes_no_second_feed(many: PriceDesk) -> None:
    many.seller.faults.drop_response(method="POST", path="/feeds/2021-06-30/feeds")
    run = many.run(DOCUMENTS, few=FEW)
    assert len(many.seller.feeds) == 1
    assert run.tally.count(Did.APPLIED) == NUMBER


def test_a_feed_that_takes_too_long_is_followed_up_before_anything_else(many: PriceDesk) -> None:
    many.seller.feed_time = timedelta(hours=5)
    run = many.run(DOCUMENTS, few=FEW)
    assert run.tally.count(Did.PENDING) == NUMBER
    assert run.tally.exit_code == 0
    other = [price(f"S{number}", "10.50") for number in range(NUMBER)]
    assert many.run(other, few=FEW).tally.count(Did.PENDING) == NUMBER
    assert len(many.seller.feeds) == 1, "nothing may overtake what Amazon works at"
    many.seller.feed_time = timedelta(seconds=10)
    run = many.run(other, few=FEW)
    assert run.tally.count(Did.APPLIED) == NUMBER
    assert prices(many) == {Decimal("10.50")}


def test_ten_thousand_listings_of_which_three_hundred_changed(desk: PriceDesk) -> None:
    """At most one report and one feed, and the searches for what differs; 300 calls in all."""
    for number in range(10_000):
        desk.seller.add_listing(f"S{number}", "10.00")
    documents = [
        price(f"S{number}", "11.00" if number % 33 == 0 and number < 9900 else "10.00")
        for number in range(10_000)
    ]
    run = desk.run(documents)
    assert run.tally.count(Did.APPLIED) == 300
    calls = desk.calls()
    assert calls["POST reports/reports"] == calls["POST feeds/feeds"] == 1
    assert calls["search"] <= 2 * 15
    assert "PATCH item" not in calls
    assert calls.total() < 60
    desk.time.pass_by(60)
    run = desk.run(documents)
    assert run.tally.count(Did.UNCHANGED) == 10_000
    assert len(desk.seller.feeds) == 1
    assert desk.calls().total() - calls.total() <= 3 + 15
