"""Deferred transactions in the books: what a month end is made from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from books import open_books, open_existing

DEMO, UK = "Demo Company (UK)", "Amazon.co.uk"


def deferral(
    transaction_id: str, posted: str, released: str | None = None, **more: Any
) -> dict[str, Any]:
    record = {
        "organisation": DEMO,
        "transaction_id": transaction_id,
        "marketplace": UK,
        "posted": posted,
        "released": released,
        "parts": [{"seller_sku": "CUP", "breakdown": "Tax", "amount": "4.00"}],
    }
    return record | more


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'books.db'}"


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["transaction_id"] for record in records]


def test_those_that_wait_are_always_given_and_others_from_a_day_on(url: str) -> None:
    with open_books(url) as books:
        for record in (
            deferral("waits", "2026-03-28"),
            deferral("old", "2026-04-02", "2026-04-09"),
            deferral("crossing", "2026-04-28", "2026-05-04"),
            deferral("new", "2026-05-03", "2026-05-09"),
            deferral("german", "2026-05-03", marketplace="Amazon.de"),
            deferral("other", "2026-05-03", organisation="Another Ltd"),
        ):
            books.deferrals.record(record)
        assert ids(books.deferrals.read(DEMO, UK)) == ["waits"]
        assert ids(books.deferrals.read(DEMO, UK, "2026-05-01")) == ["waits", "crossing", "new"]


def test_the_months_of_posting_and_release_are_told_where_they_differ(url: str) -> None:
    with open_books(url) as books:
        for record in (
            deferral("waits", "2026-03-28"),
            deferral("within", "2026-04-02", "2026-04-09"),
            deferral("crossing", "2026-04-28", "2026-05-04"),
            deferral("the same", "2026-04-29", "2026-05-05"),
            deferral("german", "2026-06-30", "2026-07-04", marketplace="Amazon.de"),
            deferral("other", "2026-08-31", "2026-09-09", organisation="Another Ltd"),
        ):
            books.deferrals.record(record)
        assert books.deferrals.months(DEMO, UK) == [("2026-03", None), ("2026-04", "2026-05")]


def test_the_last_reading_of_a_transaction_counts_digit_for_digit(url: str) -> None:
    with open_books(url) as books:
        books.deferrals.record(deferral("T1", "2026-05-28"))
        books.deferrals.record(deferral("T1", "2026-05-28", "2026-06-04"))
        known = books.deferrals.one(DEMO, "T1")
        assert known == deferral("T1", "2026-05-28", "2026-06-04")
        assert books.deferrals.one(DEMO, "T2") is None


def test_books_of_an_earlier_version_get_the_new_table_and_keep_what_they_hold(
    url: str, tmp_path: Path
) -> None:
    with open_books(url) as books:
        books.record_proof({"organisation": DEMO, "settlement_id": "S1", "deposit": "9.60"})
    with closing(sqlite3.connect(tmp_path / "books.db")) as database:
        database.execute("DROP TABLE deferrals")
        database.commit()
    books_now = open_existing(url)
    assert books_now is not None
    with books_now:
        assert books_now.proof(DEMO, "S1") is not None
        assert books_now.deferrals.read(DEMO, UK) == []
