"""Xero's limits are used and never met: a minute's calls, five at a time, the day's calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import requests
from target.xero_desk import Desk
from target.xero_documents import invoice, order_id, settlement

from books import State, open_books
from target_xero.tally import Did
from xero_api import CustomConnection, Limits, MinuteLimitReached, Session, reads

MINUTE = timedelta(minutes=1)


@contextmanager
def noting(desk: Desk) -> Iterator[list[datetime]]:
    """Note when each call to the Accounting API is made."""
    send = requests.Session.send
    made: list[datetime] = []

    def noted(session: requests.Session, request: Any, **more: Any) -> requests.Response:
        if "/api.xro/" in request.url:
            made.append(desk.organisation.clock.now())
        return send(session, request, **more)

    with patch.object(requests.Session, "send", noted):
        yield made


def busiest_minute(made: list[datetime]) -> int:
    return max(
        sum(start <= each < start + MINUTE for each in made[at:]) for at, start in enumerate(made)
    )


def test_three_thousand_invoices_take_as_many_minutes_as_their_calls_take_at_sixty(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.settings["calls_per_minute"] = 60
    invoices = [invoice(order_id(number)) for number in range(3000)]
    with noting(desk) as made:
        tally = desk.post(*invoices, batch_size=5)
    took = (made[-1] - made[0]) / MINUTE
    with capsys.disabled():
        figures = f"{len(made)} calls in {took:.1f} minutes, {busiest_minute(made)} in the busiest"
        print(f"\n3,000 invoices by fives: {figures}")  # noqa: T201 - for whoever runs it
    assert tally.count(Did.POSTED) == 3000
    assert 600 <= len(made) <= 700
    assert took <= 1.04 * len(made) / 60
    assert busiest_minute(made) <= 60
    assert 429 not in {each.status for each in desk.calls()}


def test_two_who_share_the_books_share_the_minute(desk: Desk) -> None:
    with noting(desk) as made, ExitStack() as open_:
        sessions = [open_.enter_context(_session(desk)) for _ in range(2)]
        for at in range(200):
            reads.organisation(sessions[at % 2])
    assert busiest_minute(made) <= 60
    assert (made[-1] - made[0]) / MINUTE <= 1.1 * len(made) / 60
    assert 429 not in {each.status for each in desk.calls()}


@contextmanager
def _session(desk: Desk) -> Iterator[Session]:
    now = desk.organisation.clock.now
    with open_books(desk.books_url, now) as books:
        connection = CustomConnection(
            "DEMOXEROCLIENT", "demo-xero-secret", identity_url=desk.url, now=now, sleep=desk.sleep
        )
        quota = books.quota("DEMOXEROCLIENT")
        limits = Limits(quota, now=now, sleep=desk.sleep, calls_per_minute=60)
        with Session(
            connection, limits, api_url=f"{desk.url}/api.xro/2.0", sleep=desk.sleep
        ) as session:
            yield session


def test_five_calls_are_in_flight_at_most_whoever_makes_them(desk: Desk) -> None:
    now = desk.organisation.clock.now
    with ExitStack() as open_, ExitStack() as flying:
        first, second = (
            Limits(
                open_.enter_context(open_books(desk.books_url, now)).quota("DEMOXEROCLIENT"),
                now=now,
                sleep=desk.sleep,
                max_in_flight=5,
            )
            for _ in range(2)
        )
        for limits in (first, first, first, second, second):
            flying.enter_context(limits.turn())
        with pytest.raises(MinuteLimitReached, match="5 calls to Xero have been under way"):
            flying.enter_context(second.turn())
        assert sum(desk.waits) >= 150, "the sixth waited for a place"
        flying.close()
        waited = len(desk.waits)
        with second.turn():
            assert len(desk.waits) == waited, "and then there is room again"


def test_a_process_that_dies_leaves_its_place_in_flight(desk: Desk) -> None:
    dies = (
        "import os, sys; from books import open_books\n"
        "quota = open_books(sys.argv[1]).quota('app')\n"
        "places = [quota.board(5) for _ in range(5)]\n"
        "assert all(places) and quota.board(5) is None\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", dies, desk.books_url], check=False, timeout=60)
    assert done.returncode == -9
    with open_books(desk.books_url) as books:
        assert books.quota("app").board(5) is not None


def test_a_call_that_was_long_on_its_way_is_counted_when_it_arrived(desk: Desk) -> None:
    """Xero counts when it hears, and a new connection or a new token can take seconds."""
    now = desk.organisation.clock.now
    with open_books(desk.books_url, now) as books:
        limits = Limits(books.quota("app"), now=now, sleep=desk.sleep, calls_per_minute=3)
        heard: list[datetime] = []
        for at in range(9):
            with limits.turn():
                desk.organisation.clock.advance(seconds=20 if at == 0 else 0.4)
                heard.append(now())
    assert busiest_minute(heard) <= 3


@pytest.mark.parametrize("seconds", [None, 30])
def test_what_xero_wants_of_one_process_every_process_heeds(
    desk: Desk, seconds: int | None
) -> None:
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    desk.organisation.faults.respond(429, b"", headers, path="*/Organisation")
    with ExitStack() as open_:
        first, second = (open_.enter_context(_session(desk)) for _ in range(2))
        began = desk.organisation.clock.now()
        reads.organisation(first)
        waited = desk.organisation.clock.now() - began
        assert waited >= timedelta(seconds=seconds or 5)
        with open_books(desk.books_url) as books:
            books.quota("DEMOXEROCLIENT").close(desk.organisation.clock.now() + MINUTE, "minute")
        began = desk.organisation.clock.now()
        reads.organisation(second)
        assert desk.organisation.clock.now() - began >= MINUTE


def test_the_day_ends_with_a_count_of_what_is_left(desk: Desk) -> None:
    desk.settings["calls_per_day"] = 7
    orders = [order_id(number) for number in range(1, 9)]
    documents = settlement("S1", orders)
    tally = desk.post(*documents, batch_size=2)
    posted = tally.count(Did.POSTED)
    assert (posted, tally.left_for_tomorrow) == (4, 14)
    assert posted + tally.left_for_tomorrow == len(documents) - 1
    assert "14 documents are left" in tally.end_of_day
    assert tally.lines == [], "the count stands for a line for each of them"
    assert len(desk.calls()) == 7
    desk.settings["calls_per_day"] = 5000
    again = desk.post()
    assert again.count(Did.POSTED) == 14
    assert {each.state for each in desk.postings()} == {State.POSTED}


@pytest.mark.parametrize("day", ["2026-04-20", "2026-04-21"])
def test_the_cap_counts_the_calls_of_earlier_runs_of_the_day(desk: Desk, day: str) -> None:
    desk.settings["calls_per_day"] = 8
    desk.post(invoice(order_id(1)))
    if day == "2026-04-21":
        desk.organisation.clock.advance(hours=26)
    tally = desk.post(*settlement("S1", [order_id(number) for number in range(1, 9)]), batch_size=2)
    assert len(desk.calls()) == (8 if day == "2026-04-20" else 13)
    assert tally.day_limit
