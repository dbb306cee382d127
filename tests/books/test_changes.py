"""The books keep every change of a listing: one row for an attempt, one open row for a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from books import Books, Kind, PriceChange, Stage, open_books, open_existing
from books.changes import new_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def books(url: str, clock: Clock) -> Iterator[Books]:
    with open_books(url, clock) as opened:
        yield opened


def change(sku: str = "A", **more: Any) -> PriceChange:
    given: dict[str, Any] = {
        "change_id": new_id(),
        "seller_id": "S1",
        "marketplace_id": "UK",
        "marketplace": "Amazon.co.uk",
        "sku": sku,
        "kind": Kind.PRICE,
        "document_id": f"price:Amazon.co.uk:{sku}",
        "old": Decimal("10.00"),
        "new": Decimal("11.50"),
        "currency": "GBP",
        "state": Stage.INTENDED,
    }
    return PriceChange(**given | more)


def test_a_change_comes_back_digit_for_digit(books: Books) -> None:
    (added,) = books.changes.add([change(message_id=3, explanation="why", batch="b")])
    assert books.changes.history() == [added]
    assert (added.created_at, added.updated_at) == (NOW, NOW)
    assert str(books.changes.history()[0].new) == "11.50"


def test_a_new_row_closes_the_open_one_of_its_figure_alone(books: Books, clock: Clock) -> None:
    books.changes.add(
        [
            change(),
            change(kind=Kind.QUANTITY),
            change("B"),
            change(seller_id="S2"),
            change(marketplace_id="DE"),
        ]
    )
    clock.at = NOW + timedelta(minutes=1)
    books.changes.add([change(new=Decimal("12.00"))])
    closed = [row for row in books.changes.history() if row.closed_at]
    assert [(row.listing, row.seller_id) for row in closed] == [(("UK", "A", Kind.PRICE), "S1")]
    assert closed[0].closed_at == clock.at
    assert closed[0].state is Stage.INTENDED
    assert len(books.changes.open()) == 5
    assert len(books.changes.open("S1")) == 4


def test_a_row_is_kept_with_what_became_of_it(books: Books, clock: Clock) -> None:
    first, second = books.changes.add([change("A"), change("B")])
    clock.at = NOW + timedelta(minutes=1)
    sent = replace(first, state=Stage.SENT, submission_id="x", sent_at=clock.at)
    (kept,) = books.changes.keep([sent])
    assert books.changes.open() == [kept, second]
    assert (kept.created_at, kept.updated_at) == (NOW, clock.at)


def test_feeds_without_an_end_are_found(books: Books) -> None:
    rows = books.changes.add(
        [
            change("A", batch="b1"),
            change("B", batch="b1", feed_id="f1", state=Stage.SENT),
            change("C", batch="b2", feed_id="f2", state=Stage.PENDING),
            change("D", state=Stage.SENT),
            change("E", batch="b3", seller_id="S2"),
        ]
    )
    assert books.changes.in_feeds("S1") == rows[:2]
    assert books.changes.feed_ids("S1") == {"f1", "f2"}


def test_what_was_touched_is_what_was_sent(books: Books, clock: Clock) -> None:
    books.changes.add([change("A"), change("B", state=Stage.HELD)])
    assert books.changes.touched("S1", NOW) == {("UK", "A")}
    assert books.changes.touched("S1", NOW + timedelta(seconds=1)) == set()
    clock.at = NOW + timedelta(hours=1)
    books.changes.keep(books.changes.open())
    assert books.changes.touched("S1", NOW + timedelta(seconds=1)) == {("UK", "A")}


def test_only_a_held_row_that_is_open_can_be_confirmed(books: Books) -> None:
    (held,) = books.changes.add([change(state=Stage.HELD)])
    (sent,) = books.changes.add([change("B")])
    assert books.changes.confirm([held.change_id, sent.change_id, "unknown"]) == 1
    assert [row.confirmed_at for row in books.changes.open()] == [NOW, None]
    (newer,) = books.changes.add([change(state=Stage.HELD, new=Decimal("12.00"))])
    assert books.changes.confirm([held.change_id]) == 0
    assert newer.confirmed_at is None


def test_the_history_is_cut_by_sku_and_time(books: Books, clock: Clock) -> None:
    books.changes.add([change("A"), change("B")])
    clock.at = NOW + timedelta(hours=1)
    books.changes.add([change("B")])
    assert len(books.changes.history()) == 3
    assert len(books.changes.history(sku="B")) == 2
    assert len(books.changes.history(since=clock.at)) == 1


def test_thousands_of_changes_are_written_at_once(books: Books) -> None:
    rows = books.changes.add([change(f"S{number}") for number in range(2000)])
    books.changes.keep([replace(row, state=Stage.SENT) for row in rows])
    assert {row.state for row in books.changes.open("S1")} == {Stage.SENT}
    assert len(books.changes.history()) == 2000


@pytest.mark.parametrize("opener", [open_books, open_existing])
def test_books_of_an_earlier_version_get_the_table(url: str, opener: Any) -> None:
    open_books(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE price_changes"))
    engine.dispose()
    with opener(url) as books:
        books.changes.add([change()])
        assert len(books.changes.history()) == 1
    assert "price_changes_by_listing" in {
        index["name"] for index in inspect(engine).get_indexes("price_changes")
    }
    engine.dispose()


def test_a_run_that_is_no_longer_alone_writes_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(Exception):
        pass

    def gone() -> None:
        raise Gone

    with books.exclusive("S1"):
        monkeypatch.setitem(books._alone, "S1", gone)
        with pytest.raises(Gone):
            books.changes.add([change()])
        assert books.changes.history() == []
