"""Books on PostgreSQL: several machines, one run at a time, one count of calls, no endless wait."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from target.xero_desk import Desk, demo_desk
from target.xero_documents import order_id, settlement

from books import AtWork, Books, State, Unusable, database, open_books
from target_xero.tally import Did

URL = os.environ.get("BOOKS_TEST_POSTGRESQL", "")
NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
ORDERS = [order_id(number) for number in range(1, 4)]

pytestmark = pytest.mark.skipif(not URL, reason="needs BOOKS_TEST_POSTGRESQL, a database URL")


@pytest.fixture
def url() -> Iterator[str]:
    """A database of the test's own."""
    name = f"books_{uuid.uuid4().hex}"
    server = create_engine(URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield URL.rpartition("/")[0] + f"/{name}"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def both(url: str) -> Iterator[tuple[Books, Books]]:
    with open_books(url) as first, open_books(url) as second:
        yield first, second


def end_sessions_that_hold_locks(url: str) -> None:
    """Let the server, or a router on the way, end them."""
    server = create_engine(url)
    with server.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND granted"
            )
        )
    server.dispose()


def test_the_second_run_is_told_at_once_who_is_at_work(both: tuple[Books, Books]) -> None:
    first, second = both
    first.start_run("T1")
    with first.exclusive("T1"), pytest.raises(AtWork, match=f"process {os.getpid()} on .*since"):
        second.exclusive("T1").__enter__()
    with second.exclusive("T1"):
        pass


def test_who_waits_for_a_lock_does_not_wait_for_ever(both: tuple[Books, Books]) -> None:
    first, second = both
    with (
        database.exclusive(first._engine, "tokens"),
        pytest.raises(AtWork),
        database.exclusive(second._engine, "tokens", wait=0.2),
    ):
        pass
    with database.exclusive(second._engine, "tokens", wait=0.2):
        assert second.postings() == [], "and the connection is good for more"


def test_who_waits_gets_the_lock_when_it_is_free(both: tuple[Books, Books]) -> None:
    first, second = both
    waits, has_it = threading.Event(), threading.Event()

    def wait() -> None:
        waits.set()
        with database.exclusive(second._engine, "tokens", wait=60):
            has_it.set()

    waiting = threading.Thread(target=wait)
    with database.exclusive(first._engine, "tokens"):
        waiting.start()
        assert waits.wait(30)
        assert not has_it.is_set()
    waiting.join(60)
    assert has_it.is_set()


def test_a_minute_and_its_places_in_flight_are_shared(both: tuple[Books, Books]) -> None:
    first, second = (each.quota("app") for each in both)
    assert [each.take(NOW, 4) for each in (first, second, first, second)] == [0.0] * 4
    assert 61 <= second.take(NOW, 4) <= 62
    places = [each.board(5) for each in (first, second, first, second, first)]
    assert all(places)
    assert first.board(5) is None
    assert second.board(5) is None
    for leave in places:
        if leave:
            leave()
    assert second.board(5)


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as made:
        made.database = url
        yield made


def test_months_of_deferrals_and_rows_of_an_order_are_found(both: tuple[Books, Books]) -> None:
    first, second = both
    deferral = {"organisation": "Demo", "marketplace": "Amazon.co.uk"}
    for number, released in enumerate((None, "2026-05-04", "2026-05-05", "2026-04-29"), start=1):
        days = {"posted": "2026-04-28", "released": released}
        first.deferrals.record(deferral | days | {"transaction_id": f"T{number}"})
    assert second.deferrals.months("Demo", "Amazon.co.uk") == [
        ("2026-04", None),
        ("2026-04", "2026-05"),
    ]
    rows = [[order, [[0, "CUP", "10.00", 1, 1]]] for order in ORDERS[:2]]
    first.record_trace(
        {
            "organisation": "Demo",
            "settlement_id": "7001",
            "part": 0,
            "kinds": [["Order", "ItemPrice", "Principal", "", "2026-04-28", "sales"]],
            "orders": json.dumps(rows),
        }
    )
    [found] = second.traces_of_order("Demo", ORDERS[1])
    assert (found.settlement_id, found.order_id) == ("7001", ORDERS[1])
    assert list(second.traces_of_order("Another", ORDERS[1])) == []


def test_a_settlement_is_posted_once_by_machines_that_share_the_books(desk: Desk) -> None:
    load = settlement("S1", ORDERS)
    with desk.running() as run, desk.running() as other:
        for stream, record in load[:-1]:
            run.add(stream, record)
            other.add(stream, record)
        run.drain()
        with pytest.raises(AtWork):
            other.drain()
        run.close()
    mark = desk.mark
    assert desk.post(*load).count(Did.UNCHANGED) == 8
    assert desk.writes(mark) == []
    assert desk.documents()["BankTransactions"] == {"AUTHORISED": 1}


def test_a_run_that_lost_its_lock_sends_nothing_more(url: str, desk: Desk) -> None:
    """A router forgets idle connections; another run could be at work by then."""
    load = settlement("S1", ORDERS)
    with desk.running() as run:
        for stream, record in load[:2]:
            run.add(stream, record)
        run.drain()
        mark = desk.mark
        for stream, record in load[2:-1]:
            run.add(stream, record)
        end_sessions_that_hold_locks(url)
        with pytest.raises(Unusable, match="the books cannot be used"):
            run.drain()
    assert desk.writes(mark) == []
    desk.post(*load)
    assert desk.documents() == {
        "Invoices": {"PAID": 3},
        "Payments": {"AUTHORISED": 3},
        "ManualJournals": {"POSTED": 1},
        "BankTransactions": {"AUTHORISED": 1},
    }
    with open_books(url) as books:
        assert {each.state for each in books.postings()} == {State.POSTED}
