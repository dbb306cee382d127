"""Xero's limits are used and never met: a minute's calls, five at a time, the day's calls."""

from __future__ import annotations

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
from xero_api import CustomConnection, Limits, Session, reads

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
    assert took <= 1.1 * len(made) / 60
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


def test_five_calls_are_in_flight_at_most(desk: Desk) -> None:
    with open_books(desk.books_url, desk.organisation.clock.now) as books, ExitStack() as flying:
        limits = Limits(
            books.quota("DEMOXEROCLIENT"),
            now=desk.organisation.clock.now,
            sleep=desk.sleep,
            max_in_flight=5,
        )
        for _ in range(5):
            flying.enter_context(limits.turn())
        assert not limits._in_flight.acquire(blocking=False), "the sixth has to wait"
        flying.close()
        with limits.turn():
            assert limits._in_flight.acquire(blocking=False), "and then there is room again"


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
