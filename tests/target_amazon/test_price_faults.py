"""Bad days: throttling, failures, lost answers, kills at any call; the guards stand through all."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_amazon.price_desk import (
    SELLER,
    UK,
    Killed,
    MortalSession,
    PriceDesk,
    opened_desk,
    price,
    quantity,
)

from books import AtWork, Stage
from simulators.amazon_sp.offers import scheduled
from target_amazon_sp.verdicts import Did

FEEDS = "/feeds/2021-06-30/feeds"
ITEMS = "/listings/2021-08-01/items/*/*"
SEARCH = f"/listings/2021-08-01/items/{SELLER}"


def test_a_storm_of_429_is_waited_for(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.throttle(times=4, method="PATCH")
    desk.seller.throttle(times=4, path=SEARCH)
    run = desk.run([price("A", "11.00")])
    assert run.tally.count(Did.APPLIED) == 1


def test_a_storm_without_end_stops_the_run_and_the_next_one_sends(desk: PriceDesk) -> None:
    for sku in ("A", "B"):
        desk.seller.add_listing(sku, "10.00")
    fault = desk.seller.throttle(times=None, method="PATCH")
    run = desk.run([price("A", "11.00"), price("B", "11.00")], max_wait=600)
    assert run.tally.exit_code == 1
    assert "max_wait_minutes" in str(run.tally.fault)
    assert run.tally.count(Did.PENDING) == 2
    assert {row.state for row in desk.history()} == {Stage.INTENDED}
    fault.times = 0
    assert desk.run([price("A", "11.00"), price("B", "11.00")]).tally.count(Did.APPLIED) == 2


def test_what_was_sent_before_a_storm_is_read_back(desk: PriceDesk) -> None:
    for sku in ("A", "B"):
        desk.seller.add_listing(sku, "10.00")
    desk.seller.throttle(times=None, method="PATCH", nth=2)
    run = desk.run([price("A", "11.00"), price("B", "11.00")], max_wait=600)
    assert (run.tally.count(Did.APPLIED), run.tally.count(Did.PENDING)) == (1, 1)


def test_a_lost_answer_is_asked_for_again(desk: PriceDesk) -> None:
    """A patch sets an absolute figure, so that twice is once."""
    desk.seller.add_listing("A", "10.00")
    desk.seller.faults.drop_response(method="PATCH")
    run = desk.run([price("A", "11.00")])
    assert run.tally.count(Did.APPLIED) == 1
    assert len(desk.real_patches()) == 2


def test_a_patch_that_fails_for_good_is_read_back_before_it_is_judged(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.faults.error_after_commit(500, method="PATCH", times=None)
    run = desk.run([price("A", "11.00")])
    assert run.tally.count(Did.APPLIED) == 1
    assert run.tally.exit_code == 1
    assert "InternalFailure" in str(run.tally.fault) or "HTTP 500" in str(run.tally.fault)


def test_one_listing_s_failure_leaves_the_others_and_three_end_the_sending(
    desk: PriceDesk,
) -> None:
    for number in range(6):
        desk.seller.add_listing(f"S{number}", "10.00")
    documents = [price(f"S{number}", "11.00") for number in range(6)]
    desk.seller.fail(500, times=6, method="PATCH")
    run = desk.run(documents)
    assert run.tally.count(Did.APPLIED) == 5
    assert run.tally.exit_code == 1
    other = [price(f"S{number}", "10.50") for number in range(6)]
    sent = len(desk.real_patches())
    desk.seller.fail(500, times=None, method="PATCH")
    run = desk.run(other)
    assert len(desk.real_patches()) - sent == 3 * 6
    assert run.tally.count(Did.PENDING) == 6


def test_an_invalid_patch_in_a_200_is_refused_in_amazon_s_words(desk: PriceDesk) -> None:
    for sku in ("A", "B"):
        desk.seller.add_listing(sku, "10.00")
    desk.seller.listing("A").product_type = "GONE"
    run = desk.run([price("A", "11.00"), price("B", "11.00")])
    assert desk.price("B") == Decimal("11.00")
    (row,) = desk.history("A")
    assert row.state is Stage.REFUSED
    assert row.message
    assert f"refused: price:Amazon.co.uk:A: {row.message}" == run.tally.lines[0]
    assert run.tally.exit_code == 1


def test_a_refusal_that_ends_lets_the_next_run_apply(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", product_type="GONE")
    desk.run([price("A", "11.00")])
    desk.seller.listing("A").product_type = "LAMP"
    assert desk.run([price("A", "11.00")]).tally.count(Did.APPLIED) == 1
    assert [row.state for row in desk.history()] == [Stage.REFUSED, Stage.APPLIED]


def test_an_error_that_amazon_finds_afterwards_is_a_refusal(desk: PriceDesk) -> None:
    listing = desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    known = {"code": "1", "message": "old", "severity": "ERROR"}
    listing.issues = [known]

    def later(seconds: float) -> None:
        listing.issues = [
            known,
            {
                "code": "18155",
                "message": "The 'minimum price' is greater than the selling price.",
                "severity": "ERROR",
                "categories": ["INVALID_PRICE"],
            },
        ]
        desk.time.pass_by(seconds)

    desk.time.sleep = later  # type: ignore[method-assign]
    run = desk.run([price("A", "11.00")])
    (line,) = run.tally.lines
    assert line.startswith("refused: price:Amazon.co.uk:A: 18155: The 'minimum price' is greater")
    assert "old" not in line


@pytest.mark.parametrize("operation", ["searchListingsItems", "patchListingsItem"])
def test_a_role_that_is_missing_is_named(desk: PriceDesk, operation: str) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.refuse(operation)
    run = desk.run([price("A", "11.00")])
    assert run.tally.exit_code == 1
    assert "'Product Listing'" in str(run.tally.fault)
    assert "region" in str(run.tally.fault)
    assert desk.price("A") == Decimal("10.00")


def test_a_seller_id_of_another_is_denied_by_name(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "11.00")], seller_id="A2SOMEONEELSE")
    assert run.tally.exit_code == 1
    assert "searchListingsItems" in str(run.tally.fault)


def test_a_report_that_cannot_be_had_is_replaced_by_searches(desk: PriceDesk) -> None:
    for number in range(30):
        desk.seller.add_listing(f"S{number}", "10.00")
    documents = [price(f"S{number}", "10.00") for number in range(29)]
    desk.seller.spoil_report("CANCELLED")
    run = desk.run([*documents, price("S29", "11.00")], few=5)
    assert run.tally.count(Did.APPLIED) == 1
    assert desk.calls()["search"] == 3


def test_a_report_older_than_what_was_sent_since_is_not_believed(desk: PriceDesk) -> None:
    """The report says 10.00; 11.00 was sent since, and 10.00 is wanted back."""
    for number in range(10):
        desk.seller.add_listing(f"S{number}", "10.00")
    others = [price(f"S{number}", "10.00") for number in range(1, 10)]
    desk.run([price("S0", "11.00"), *others], few=5)
    assert desk.price("S0") == Decimal("11.00")
    desk.time.pass_by(600)
    desk.run([price("S0", "10.00"), *others], few=5)
    assert desk.price("S0") == Decimal("10.00")
    assert desk.calls()["POST reports/reports"] == 1


def test_a_figure_that_is_shown_while_another_is_on_its_way_is_not_believed(
    desk: PriceDesk,
) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    desk.run([price("A", "11.00")])
    run = desk.run([price("A", "10.00")])
    assert run.tally.count(Did.PENDING) == 1
    assert "11.00 was sent before" in run.tally.lines[0]


def test_two_runs_at_once_leave_the_second_to_the_first(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    with (
        desk.books() as books,
        books.exclusive(SELLER),
        pytest.raises(AtWork, match="works on this organisation"),
    ):
        desk.run([price("A", "11.00")])
    assert desk.calls() == {}


def test_an_upload_whose_link_is_refused_is_tried_with_a_new_one(desk: PriceDesk) -> None:
    for number in range(6):
        desk.seller.add_listing(f"S{number}", "10.00")
    desk.seller.faults.respond(403, b"<Error/>", method="PUT", path="/uploads/*")
    run = desk.run([price(f"S{number}", "11.00") for number in range(6)], few=5)
    assert run.tally.count(Did.APPLIED) == 6
    assert desk.calls()["POST feeds/documents"] == 2


def test_a_processing_report_that_cannot_be_read_leaves_it_to_reading_back(
    desk: PriceDesk,
) -> None:
    for number in range(6):
        desk.seller.add_listing(f"S{number}", "10.00")
    desk.seller.faults.respond(500, b"", path="/feeds/2021-06-30/documents/*", times=None)
    run = desk.run([price(f"S{number}", "11.00") for number in range(6)], few=5)
    assert run.tally.count(Did.APPLIED) == 6


# Killed anywhere


@pytest.mark.parametrize("answered_first", [False, True])
@pytest.mark.parametrize("few", [5, 200])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(
    desk: PriceDesk, few: int, answered_first: bool
) -> None:
    for number in range(7):
        desk.seller.add_listing(f"S{number}", "10.00", business="9.00", quantity=1)
    desk.session_class = MortalSession
    MortalSession.answered_first = answered_first
    for dies_at in range(1, 60):
        figure = f"{10 + Decimal(dies_at) / 100:.2f}"
        documents = [price(f"S{number}", figure) for number in range(7)]
        documents += [quantity(f"S{number}", dies_at + 1) for number in range(7)]
        feeds = len(desk.seller.feeds)
        MortalSession.dies_at = dies_at
        try:
            desk.run(documents, few=few)
        except Killed:
            MortalSession.dies_at = 0
            run = desk.run(documents, few=few)
            assert run.tally.count(Did.APPLIED) + run.tally.count(Did.UNCHANGED) == 14, dies_at
            assert len(desk.seller.feeds) - feeds == (few == 5), dies_at
        shown = {(each.price(), each.quantity) for each in desk.seller.listings}
        assert shown == {(Decimal(figure), dies_at + 1)}, dies_at
        if MortalSession.dies_at:
            break
        desk.time.pass_by(1800)
    assert dies_at > 7
    MortalSession.dies_at = 0
    assert {each.price("B2B") for each in desk.seller.listings} == {Decimal("9.00")}


# In any order of faults

FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["429", "500", "after", "drop", "kill", "stuck", "fatal", "cancel"]),
        st.integers(1, 25),
    ),
    max_size=6,
)
PRICES = st.lists(
    st.sampled_from(["10.00", "10.50", "9.00", "8.00", "12.00", "13.00", "1.00", "100", "8.40"]),
    min_size=6,
    max_size=6,
)
RUNS = st.lists(st.tuples(PRICES, FAULTS), min_size=1, max_size=3)
LOWEST, OWN_LOWEST, REDUCED = Decimal("8.50"), Decimal("8.00"), Decimal("9.00")


def stocked(desk: PriceDesk) -> None:
    """Six listings, each with a business price; some with bounds, some with a discount."""
    reduced = {
        "start_at": "2026-11-01T00:00:00Z",
        "end_at": "2027-12-24T00:00:00Z",
        "value_with_tax": REDUCED,
    }
    for number in range(6):
        more: dict[str, Any] = {}
        if number % 2:
            more["minimum_seller_allowed_price"] = scheduled({"value_with_tax": OWN_LOWEST})
        if number % 3 == 0:
            more["discounted_price"] = scheduled(reduced)
        desk.seller.add_listing(f"S{number}", "10.00", business="8.00", offer_more=more)


def beset(desk: PriceDesk, faults: list[tuple[str, int]]) -> None:
    """Lay out the faults of one run."""
    MortalSession.dies_at = 0
    for kind, nth in faults:
        if kind == "429":
            desk.seller.throttle(times=2, nth=nth)
        elif kind == "500":
            desk.seller.fail(500, times=1, nth=nth)
        elif kind == "after":
            desk.seller.faults.error_after_commit(503, nth=nth)
        elif kind == "drop":
            desk.seller.faults.drop_response(nth=nth)
        elif kind == "kill":
            MortalSession.dies_at = nth
        elif kind == "stuck":
            desk.seller.stuck.add(f"S{nth % 6}")
        else:
            desk.seller.spoil_feed("FATAL" if kind == "fatal" else "CANCELLED", "broken")


def rest(desk: PriceDesk) -> list[dict[str, Any]]:
    """Everything about the offers but the price that is set."""
    return [
        {
            name: part
            for name, part in each.items()
            if (name, each["audience"]) != ("our_price", "ALL")
        }
        for listing in desk.seller.listings
        for each in listing.offers
    ]


@settings(max_examples=25)
@given(RUNS, st.sampled_from([3, 200]))
@pytest.mark.slow
def test_no_price_outside_its_guards_is_ever_set_in_any_order_of_faults(
    runs: list[tuple[list[str], list[tuple[str, int]]]], few: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened_desk(Path(folder)) as desk:
        desk.session_class = MortalSession
        stocked(desk)
        before = rest(desk)
        last = [Decimal("10.00")] * 6
        for figures, faults in runs:
            beset(desk, faults)
            documents = [price(f"S{number}", figure) for number, figure in enumerate(figures)]
            with contextlib.suppress(Killed):
                desk.run(documents, few=few, min_price=LOWEST, read_back_minutes=1)
            desk.seller.faults.clear()
            desk.seller.stuck.clear()
            desk.seller.spoiled_feeds.clear()
            MortalSession.dies_at = 0
            desk.time.pass_by(3 * 3600)
            desk.seller.catch_up()
            shown = [desk.price(f"S{number}") for number in range(6)]
            for number, (old, new) in enumerate(zip(last, shown, strict=True)):
                assert new is not None
                assert new in {old, Decimal(figures[number])}
                if new != old:
                    assert abs(new - old) * 100 <= 20 * old
                    assert new >= LOWEST
                    assert number % 3 or new > REDUCED
            last = [each for each in shown if each is not None]
            assert rest(desk) == before
            desk.run(documents, few=few, min_price=LOWEST)
            quiet = desk.run(documents, few=few, min_price=LOWEST)
            assert quiet.tally.count(Did.PENDING) == quiet.tally.count(Did.REFUSED) == 0
            last = [desk.price(f"S{number}") or Decimal(0) for number in range(6)]
            assert rest(desk) == before


def test_listings_of_one_marketplace_leave_another_s_alone(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.add_listing("A", "10.00", "A1PA6795UKMFR9")
    desk.run([price("A", "11.00", UK)])
    assert desk.price("A", "A1PA6795UKMFR9") == Decimal("10.00")


def test_a_marketplace_that_amazon_denies_leaves_the_others(desk: PriceDesk) -> None:
    """A document for a store of another region: refused by name, the others applied."""
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "12.00", "ATVPDKIKX0DER"), price("A", "11.00")])
    assert desk.price("A") == Decimal("11.00")
    assert (run.tally.count(Did.APPLIED), run.tally.count(Did.REFUSED)) == (1, 1)
    assert run.tally.exit_code == 1
    assert "the listings of Amazon.com cannot be read" in run.tally.lines[0]


def test_a_feed_that_amazon_no_longer_keeps_is_not_waited_for(desk: PriceDesk) -> None:
    for number in range(6):
        desk.seller.add_listing(f"S{number}", "10.00")
    documents = [price(f"S{number}", "11.00") for number in range(6)]
    desk.seller.feed_time = timedelta(days=400)
    desk.run(documents, few=5)
    desk.time.pass_by(100 * 24 * 3600)
    desk.seller.feed_time = timedelta(seconds=10)
    desk.seller.feed_work.clear()
    assert desk.run(documents, few=5).tally.count(Did.APPLIED) == 6
