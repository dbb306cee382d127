"""Whenever runs happen to run, the month ends of deferred money come out the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook import UK, book
from hypothesis import given, settings
from hypothesis import strategies as st
from source_records import transaction

import books
from transforms import finances
from transforms.accruals import Accruals
from transforms.ledger.outcome import Held
from transforms.written import document_record

Record = dict[str, Any]
FIRST = date(2026, 4, 3)
BOOK = book(marketplaces=(replace(UK, posting="settlements"),), deferred="accrue")
WAITS = st.none() | st.integers(0, 100)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[date, Record]]:
    """Deferrals, their releases and other transactions, as Amazon posts them day by day."""
    made = [(FIRST + timedelta(days=240), other("LAST", FIRST + timedelta(days=240)))]
    for number in range(draw(st.integers(1, 6))):
        day = FIRST + timedelta(days=draw(st.integers(0, 120)))
        parts = {"ProductCharges": draw(st.sampled_from(["9.99", "20.00"]))}
        record = transaction(
            f"T{number}", f"{day}T10:00:00Z", parts, transaction_status="DEFERRED"
        )["record"]
        made.append((day, record))
        wait = draw(WAITS)
        if wait is not None:
            freed = day + timedelta(days=wait)
            release = {"deferred_transaction_id": f"T{number}"}
            made.append(
                (freed, transaction(f"R{number}", f"{freed}T11:00:00Z", parts, **release)["record"])
            )
    return sorted(made, key=lambda each: (each[0], each[1]["posted_date"]))


def other(name: str, day: date) -> Record:
    record: Record = transaction(name, f"{day}T12:00:00Z", {"ProductCharges": "1.00"})["record"]
    return record


def run(records: Iterable[Record], kept: books.Books) -> None:
    """One run: the month ends that it makes are posted, what it learns is remembered."""
    accruals = Accruals(BOOK, kept, ZoneInfo("Europe/London"))
    for record in records:
        for deferral in accruals.add(record):
            kept.deferrals.record(finances.deferral_record(deferral, "Casebook Ltd"))
    for made in accruals.flush():
        if isinstance(made, str):
            continue
        assert not isinstance(made, Held)
        stream, document = document_record(made)
        kept.save(
            [
                books.Posting(
                    tenant="T1",
                    document_id=made.document_id,
                    stream=stream,
                    state=books.State.POSTED,
                    content_hash="h",
                    document=json.dumps(document),
                    vendor_id="X",
                )
            ]
        )


def posted(kept: books.Books) -> dict[str, Record]:
    return {each.document_id: json.loads(each.document) for each in kept.postings()}


@settings(deadline=None, max_examples=60)
@given(histories(), st.sets(st.integers(0, 240), max_size=6))
def test_runs_at_any_days_post_what_one_run_over_all_would(
    history: list[tuple[date, Record]], days: set[int]
) -> None:
    with books.open_books("sqlite://") as at_once, books.open_books("sqlite://") as piecemeal:
        run((record for _, record in history), at_once)
        left = history
        for day in [*sorted(days), 1000]:
            until = FIRST + timedelta(days=day)
            run((record for when, record in left if when <= until), piecemeal)
            left = [each for each in left if each[0] > until]
        assert posted(piecemeal) == posted(at_once)
