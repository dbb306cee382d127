"""Xero on a bad day, and a tap that dies: nothing is lost, and nothing is said too early."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xero_tap import Json, Run, XeroDesk, fill, xero_desk

from xero_api import DayLimitReached, Unavailable, reads

STREAMS = ("organisation", "accounts", "items", "contacts", "invoices", "credit_notes")


def told(run: Run) -> dict[str, list[Json]]:
    return {stream: run.records(stream) for stream in STREAMS}


def test_a_minute_that_is_used_up_is_waited_for(desk: XeroDesk) -> None:
    desk.org.limits.per_minute = 4
    ran = desk.run()
    assert ran.error is None
    assert len(ran.records("items")) == 9
    assert sum(ran.waits) >= 59


def test_our_own_pace_meets_no_429(desk: XeroDesk) -> None:
    desk.org.limits.per_minute = 4
    assert desk.run(calls_per_minute=3).error is None
    assert {each.status for each in desk.calls()} == {200}


def test_the_end_of_the_day_stops_the_run_and_keeps_what_was_read(desk: XeroDesk) -> None:
    fill(desk)
    spent = len(desk.calls())
    desk.org.limits.per_day = spent + 4
    ran = desk.run(*STREAMS)
    assert isinstance(ran.error, DayLimitReached)
    assert ran.waits == []
    assert list(ran.state["bookmarks"]) == ["organisation", "accounts", "items", "contacts"]
    assert ran.records("invoices") == []
    desk.org.limits.per_day = 5000
    desk.later(days=1)
    rest = desk.run(*STREAMS, state=ran.state)
    assert rest.error is None
    assert len(rest.records("invoices")) == 2


def test_our_own_day_stops_the_run(desk: XeroDesk) -> None:
    ran = desk.run(calls_per_day=3)
    assert isinstance(ran.error, DayLimitReached)
    assert "(calls_per_day)" in str(ran.error)
    assert len(desk.calls()) == 3


@pytest.mark.parametrize("kind", ["500", "short", "dropped"])
def test_a_fault_that_passes_is_not_seen(desk: XeroDesk, kind: str) -> None:
    fill(desk)
    undisturbed = told(desk.run(*STREAMS))
    for path in ("*/Items", "*/Invoices", "*/Organisation"):
        if kind == "500":
            desk.org.faults.respond(500, path=path, times=2)
        elif kind == "short":
            desk.org.faults.truncate(60, path=path)
        else:
            desk.org.faults.drop_response(path=path)
    ran = desk.run(*STREAMS)
    assert ran.error is None
    assert told(ran) == undisturbed
    assert ran.waits


def test_a_fault_that_stays_ends_the_run_after_what_was_written(desk: XeroDesk) -> None:
    fill(desk)
    desk.org.faults.respond(503, path="*/Invoices", times=None)
    ran = desk.run(*STREAMS)
    assert isinstance(ran.error, Unavailable)
    assert "GET Invoices: status 503" in str(ran.error)
    assert "invoices" not in ran.state["bookmarks"]
    assert ran.bookmark("contacts")


def test_a_second_page_that_fails_leaves_the_bookmark(
    desk: XeroDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    monkeypatch.setattr(reads, "PAGE_SIZE", 1)
    desk.org.faults.respond(500, path="*/Invoices", nth=2, times=None)
    ran = desk.run("invoices")
    assert isinstance(ran.error, Unavailable)
    assert len(ran.records("invoices")) == 1
    assert ran.bookmark("invoices") is None


class Killed(BaseException):
    """The process is gone."""


class Mortal(io.StringIO):
    """An output that takes so many characters and then ends whoever writes to it."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self._left = characters

    def write(self, text: str) -> int:
        super().write(text[: self._left])
        self._left -= min(self._left, len(text))
        if not self._left:
            raise Killed
        return len(text)


def never_ahead(messages: list[Json]) -> None:
    """Check that no STATE is newer than the records of its stream that stand before it."""
    newest: dict[str, str] = {}
    for message in messages:
        if message["type"] == "RECORD":
            changed = message["record"].get("updated_date_utc") or ""
            newest[message["stream"]] = max(newest.get(message["stream"], ""), changed)
        elif message["type"] == "STATE":
            for stream, mark in message["value"].get("bookmarks", {}).items():
                assert mark.get("replication_key_value", "") <= newest.get(stream, "")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20_000))
def test_cut_off_anywhere_the_next_run_says_the_rest(characters: int) -> None:
    with xero_desk("sqlite:///nowhere/books.db") as desk:
        fill(desk)
        whole = told(desk.run(*STREAMS))
        written = Mortal(characters)
        try:
            desk.run(*STREAMS, written=written)
        except Killed:
            cut = [json.loads(each) for each in written.getvalue().split("\n")[:-1]]
        else:
            cut = [json.loads(each) for each in written.getvalue().splitlines()]
        never_ahead(cut)
        first = Run(cut)
        rest = desk.run(*STREAMS, state=first.state)
        assert rest.error is None
        for stream, records in whole.items():
            both = [*first.records(stream), *rest.records(stream)]
            assert all(record in both for record in records), stream


def test_books_that_cannot_be_opened_end_the_run(desk: XeroDesk, tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("no database", encoding="utf-8")
    ran = desk.run(books=f"sqlite:///{file}")
    assert ran.error is not None
    assert type(ran.error).__name__ == "Unusable"
