"""The trail names each document's run, and finds a settlement's documents with what they pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from books import Books, Posting, State, open_books

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(tmp_path: Path, clock: Clock) -> Iterator[Books]:
    with open_books(f"sqlite:///{tmp_path / 'books.db'}", clock) as opened:
        yield opened


def posting(document_id: str, stream: str = "invoices", **more: Any) -> Posting:
    fields: dict[str, Any] = {
        "tenant": "T1",
        "document_id": document_id,
        "stream": stream,
        "state": State.POSTED,
        "content_hash": "h",
        "document": '{"kind": "sale"}',
    }
    return Posting(**{**fields, **more})


def ids(books: Books, **which: Any) -> list[str]:
    return [each.posting.document_id for each in books.trail(**which)]


def test_each_entry_has_the_run_that_touched_it_last(books: Books) -> None:
    run = books.start_run("T1")
    books.save([posting("invoice:1", run_id=run.run_id), posting("invoice:2")])
    with_run, without = books.trail()
    assert with_run.run is not None
    assert (with_run.run.run_id, with_run.run.started_at) == (run.run_id, NOW)
    assert without.run is None


def test_a_settlement_s_trail_has_the_invoices_its_payments_pay(books: Books) -> None:
    books.save(
        [
            posting("invoice:1", vendor_id="I1", order_id="1"),
            posting("invoice:2", vendor_id="I2", order_id="2"),
            posting("payment:S1:1", "payments", parent_id="I1", settlement_id="S1", order_id="1"),
            posting("journal:S1", "journals", settlement_id="S1"),
            posting("journal:S2", "journals", settlement_id="S2"),
        ]
    )
    assert ids(books, settlement_id="S1") == ["invoice:1", "journal:S1", "payment:S1:1"]
    assert ids(books, order_id="1") == ["invoice:1", "payment:S1:1"]
    assert ids(books, settlement_id="S1", order_id="2") == []


def test_the_trail_goes_by_the_last_change(books: Books, clock: Clock) -> None:
    (first,) = books.save([posting("invoice:1")])
    clock.at += timedelta(hours=1)
    books.save([posting("invoice:2")])
    clock.at += timedelta(hours=1)
    books.save([first])
    assert ids(books) == ["invoice:2", "invoice:1"]
    assert ids(books, since=clock.at) == ["invoice:1"]


def test_contacts_are_no_documents(books: Books) -> None:
    books.save([posting("contact:Amazon", "contacts", document="{}")])
    assert ids(books) == []


def test_what_waits_in_the_mapper_is_found_in_all_sets_of_books(books: Books) -> None:
    for organisation in ("One", "Two"):
        books.record_held(
            {
                "document_id": "invoice:9",
                "stream": "invoices",
                "organisation": organisation,
                "state": "held",
                "reason": "unmapped_sku",
                "details": "",
                "amount": None,
                "currency": None,
                "settlement_id": None,
                "order_id": None,
                "record": None,
            }
        )
    books.resolve_held("One", "invoice:9")
    assert [each.organisation for each in books.held()] == ["Two"]
