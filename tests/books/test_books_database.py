"""The books keep what they are told, exactly, privately, and for one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from books import DEFAULT_URL, AtWork, Books, Posting, State, open_books, open_existing
from books.schema import metadata

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
DEMO = "Demo Company (UK)"
POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'books.db'}"


@pytest.fixture
def books(url: str, clock: Clock) -> Iterator[Books]:
    with open_books(url, clock) as opened:
        yield opened


def posting(document_id: str = "invoice:1", **more: Any) -> Posting:
    fields: dict[str, Any] = {
        "tenant": "T1",
        "document_id": document_id,
        "stream": "invoices",
        "state": State.INTENDED,
        "content_hash": "h1",
        "document": "{}",
    }
    return Posting(**{**fields, **more})


def held_record(document_id: str, state: str = "held", **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "document_id": document_id,
        "stream": "invoices",
        "organisation": DEMO,
        "state": state,
        "reason": "unmapped_sku",
        "details": "SKU X is not in skus.csv",
        "amount": "12.30",
        "currency": "GBP",
        "settlement_id": "S1",
        "order_id": None,
        "record": '{"a": 1}',
    }
    return {**record, **more}


# The database


def test_the_file_and_its_folder_are_made_and_only_the_owner_reads_them(
    tmp_path: Path, books: Books
) -> None:
    assert books.postings() == []
    for file in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_books_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    """As after a copy back from a backup."""
    file = tmp_path / "books.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    with open_books(f"sqlite:///{file}") as books:
        assert books.postings() == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_readers_and_the_writer_work_side_by_side(books: Books, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "books.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM postings").fetchone() == (0,)
        books.save([posting()])
        assert connection.execute("SELECT count(*) FROM postings").fetchone() == (0,)


def test_opening_existing_books_makes_none(tmp_path: Path) -> None:
    assert open_existing(f"sqlite:///{tmp_path / 'none.db'}") is None
    (tmp_path / "empty.db").touch()
    assert open_existing(f"sqlite:///{tmp_path / 'empty.db'}") is None
    assert (tmp_path / "empty.db").stat().st_size == 0
    assert not (tmp_path / "none.db").exists()


def test_existing_books_open_for_reading(url: str, books: Books) -> None:
    books.save([posting()])
    again = open_existing(url)
    assert again is not None
    with again:
        assert len(again.postings()) == 1


def test_an_empty_setting_means_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_existing("") is None
    open_books(" ").close()
    assert (tmp_path / DEFAULT_URL.removeprefix("sqlite:///")).is_file()


def test_several_processes_may_open_new_books_at_once(url: str) -> None:
    command = "import sys; from books import open_books; open_books(sys.argv[1]).close()"
    processes = [
        subprocess.Popen([sys.executable, "-c", command, url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors


def test_the_tables_are_ones_that_postgresql_makes_too() -> None:
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=POSTGRESQL))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=POSTGRESQL))


@pytest.mark.skipif(
    "BOOKS_TEST_POSTGRESQL" not in os.environ, reason="needs BOOKS_TEST_POSTGRESQL, a database URL"
)
def test_the_books_work_on_postgresql(clock: Clock) -> None:
    with open_books(os.environ["BOOKS_TEST_POSTGRESQL"], clock) as books:
        tenant = f"T-{datetime.now(UTC).timestamp()}"
        books.save([posting(tenant=tenant, amount=Decimal("0.10"))])
        (kept,) = books.save([posting(tenant=tenant, amount=Decimal("0.20"))])
        assert books.postings(tenant) == [replace(kept, created_at=NOW)]
        assert books.tenant(tenant, "A").began == NOW
        with books.exclusive(tenant), pytest.raises(AtWork), books.exclusive(tenant):
            pass
        quota = books.quota(tenant)
        assert [quota.take(NOW, 1) > 0 for _ in range(2)] == [False, True]
        books.record_held(held_record("invoice:1"))
        books.record_proof({"organisation": DEMO, "settlement_id": "S1"})
        assert books.held(DEMO)
        assert books.proof(DEMO, "S1")


# Postings


def test_a_posting_comes_back_as_it_was_written(books: Books) -> None:
    full = posting(
        state=State.POSTED,
        posted_hash="h1",
        posted_document='{"b": "ü"}',
        vendor_id="V1",
        vendor_updated="/Date(1)/",
        adopted=True,
        number="AMZ-1",
        parent_id="P1",
        settlement_id="S1",
        order_id="O1",
        date="2026-04-02",
        amount=Decimal("-1234567.1000"),
        currency="GBP",
        reason="r",
        error="e",
        warnings="w",
        attempts=3,
        idempotency_key="k",
        position=7,
        sent_at=NOW,
        run_id="R1",
    )
    books.save([full])
    (found,) = books.postings("T1")
    assert found == replace(full, created_at=NOW, updated_at=NOW)
    assert str(found.amount) == "-1234567.1000"


def test_saving_again_replaces_and_keeps_the_first_instant(books: Books, clock: Clock) -> None:
    books.save([posting()])
    clock.advance(hours=1)
    books.save([posting(state=State.REJECTED, error="no")])
    (found,) = books.postings("T1")
    assert (found.state, found.created_at) == (State.REJECTED, NOW)
    assert found.updated_at == NOW + timedelta(hours=1)


def test_a_batch_is_written_whole_or_not_at_all(books: Books) -> None:
    broken = posting("invoice:2", amount=1.5)
    with pytest.raises(Exception, match="an amount is a Decimal, not float"):
        books.save([posting(), broken])
    assert books.postings() == []


def test_postings_are_found_by_each_of_their_names(books: Books) -> None:
    books.save(
        [
            posting("invoice:1", number="AMZ-1", order_id="O1", state=State.POSTED),
            posting("payment:1", stream="payments", parent_id="V1", order_id="O1"),
            posting("invoice:1", tenant="T2", number="AMZ-1"),
        ]
    )
    queries: dict[str, dict[str, Any]] = {
        "stream": {"stream": "payments"},
        "states": {"states": [State.POSTED]},
        "number": {"numbers": ["AMZ-1", "AMZ-2"]},
        "parent": {"parent_ids": ["V1"]},
        "order": {"order_ids": ["O1"]},
        "none": {"document_ids": []},
    }
    found = {
        name: [(each.tenant, each.document_id) for each in books.postings("T1", **which)]
        for name, which in queries.items()
    }
    assert found == {
        "stream": [("T1", "payment:1")],
        "states": [("T1", "invoice:1")],
        "number": [("T1", "invoice:1")],
        "parent": [("T1", "payment:1")],
        "order": [("T1", "invoice:1"), ("T1", "payment:1")],
        "none": [],
    }
    assert len(books.postings()) == 3


def test_thousands_of_postings_are_found_at_once(books: Books) -> None:
    many = [f"invoice:{number}" for number in range(1200)]
    books.save(posting(each) for each in many)
    assert len(books.postings("T1", document_ids=[*many, *many])) == 1200


def test_books_know_whether_they_posted_anything(books: Books) -> None:
    books.save([posting(), posting("contact:A", stream="contacts", vendor_id="C1")])
    assert not books.has_posted("T1")
    books.save([posting(vendor_id="V1")])
    assert books.has_posted("T1")
    assert not books.has_posted("T2")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4
    )
)
def test_no_amount_loses_a_digit(books: Books, amount: Decimal) -> None:
    books.save([posting("invoice:any", amount=amount)])
    (found,) = books.postings(document_ids=["invoice:any"])
    assert str(found.amount) == format(amount, "f")


# Organisations and runs


def test_books_remember_when_they_began(books: Books, clock: Clock) -> None:
    assert books.known_tenant("T1") is None
    books.tenant("T1", "Demo")
    clock.advance(days=400)
    assert books.tenant("T1", "Demo").began == NOW
    assert (books.known_tenant("T1") or books.tenant("T2", "")).began == NOW


def test_one_run_at_a_time_works_on_an_organisation(url: str, books: Books) -> None:
    run = books.start_run("T1")
    with open_books(url) as other, books.exclusive("T1"):
        with pytest.raises(AtWork, match=f"process {os.getpid()} on .*since 2026-04-20 09:00"):
            other.exclusive("T1").__enter__()
        with other.exclusive("T2"):
            pass
    with books.exclusive("T1"):
        pass
    books.end_run(run, "posted 1 invoice")
    assert (books.last_run("T1") or run).summary == "posted 1 invoice"


def test_a_killed_run_leaves_no_lock(url: str, books: Books) -> None:
    command = (
        "import os, sys; from books import open_books\n"
        "with open_books(sys.argv[1]) as books, books.exclusive('T1'): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", command, url], check=False, timeout=60)
    assert done.returncode == -9
    with books.exclusive("T1"):
        pass


# Held documents and proofs


def test_held_documents_are_kept_oldest_first_until_they_are_resolved(
    books: Books, clock: Clock
) -> None:
    for name in ("invoice:2", "invoice:1"):
        books.record_held(held_record(name))
        clock.advance(minutes=1)
    books.record_held(held_record("invoice:2", details="still not there"))
    first, second = books.held(DEMO)
    assert (first.document_id, first.since, first.details) == ("invoice:2", NOW, "still not there")
    assert (first.amount, first.record) == (Decimal("12.30"), '{"a": 1}')
    assert second.document_id == "invoice:1"
    books.record_held(held_record("invoice:2", "resolved", reason=None, amount=None, record=None))
    assert [each.document_id for each in books.held(DEMO)] == ["invoice:1"]
    assert books.held("Other books") == []


def test_what_is_held_again_waits_anew(books: Books, clock: Clock) -> None:
    books.record_held(held_record("invoice:1"))
    books.resolve_held(DEMO, "invoice:1")
    clock.advance(days=1)
    books.record_held(held_record("invoice:1", amount=None))
    (found,) = books.held(DEMO)
    assert (found.since, found.amount) == (NOW + timedelta(days=1), None)


def test_resolving_what_does_not_wait_does_nothing(books: Books) -> None:
    books.record_held(held_record("invoice:1", "resolved"))
    assert books.held(DEMO) == []


def test_the_last_proof_of_a_settlement_is_kept_as_it_was_written(books: Books) -> None:
    proof = {"organisation": DEMO, "settlement_id": "S1", "deposit": "9.60", "classes": []}
    books.record_proof({**proof, "deposit": "1.00"})
    books.record_proof(proof)
    books.record_proof({**proof, "organisation": "Other books"})
    assert books.proof(DEMO, "S1") == proof
    assert books.proof(DEMO, "S2") is None
    assert books.proofs(DEMO) == [proof]
    assert len(books.proofs()) == 2


# Quota


def test_calls_of_all_processes_are_counted_in_one_sliding_minute(url: str, books: Books) -> None:
    quota = books.quota("app")
    with open_books(url) as other:
        taken = [each.take(NOW, 4) for each in (quota, other.quota("app")) for _ in range(2)]
        assert taken == [0.0] * 4
        wait = other.quota("app").take(NOW + timedelta(seconds=20), 4)
    assert 40 <= wait <= 45
    assert quota.take(NOW + timedelta(seconds=20 + wait), 4) == 0.0
    assert books.quota("another app").take(NOW, 4) == 0.0


def test_no_sliding_minute_ever_holds_more_than_allowed(books: Books) -> None:
    quota, at = books.quota("app"), NOW
    taken: list[datetime] = []
    while len(taken) < 12:
        if wait := quota.take(at, 5):
            at += timedelta(seconds=wait)
        else:
            taken.append(at)
            at += timedelta(seconds=3.7)
    for start in taken:
        assert sum(start <= each < start + timedelta(minutes=1) for each in taken) <= 5


def test_the_day_is_counted_and_slides(books: Books) -> None:
    quota = books.quota("app")
    for hour in range(3):
        quota.take(NOW + timedelta(hours=hour), 10)
    assert quota.used_today(NOW + timedelta(hours=3)) == 3
    assert quota.used_today(NOW + timedelta(days=2)) == 0


def test_retry_after_is_kept_for_every_process(url: str, books: Books) -> None:
    quota = books.quota("app")
    assert quota.closed(NOW)[0] == 0.0
    quota.close(NOW + timedelta(seconds=30), "minute")
    quota.close(NOW + timedelta(hours=2), "day")
    with open_books(url) as other:
        wait, limit = other.quota("app").closed(NOW)
    assert (limit, 7200 <= wait <= 7201) == ("day", True)
    quota.close(NOW, "day")
    assert quota.closed(NOW)[1] == "minute"


def test_threads_that_count_at_once_lose_no_call(books: Books) -> None:
    quota = books.quota("app")
    threads = [
        threading.Thread(target=lambda: [quota.take(NOW, 1000) for _ in range(5)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert quota.used_today(NOW) == 20
