"""Answers that are none, a token that is revoked, books that cannot be written.

Each: no duplicate, no loss, exit code 1 with one clear line, and the next run ends the work.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import lines, order_id, settlement

from books import State
from simulators.faults import Fault, Faults
from xero_api import MinuteLimitReached

ORDERS = [order_id(number) for number in range(1, 4)]
LOAD = settlement("S1", ORDERS)
STATE = {"bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}}
HTML = b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
UNDISTURBED = {
    "Invoices": {"PAID": 3},
    "Payments": {"AUTHORISED": 3},
    "ManualJournals": {"POSTED": 1},
    "BankTransactions": {"AUTHORISED": 1},
}
RESOURCES = ["Organisation", "Contacts", "Invoices", "Payments", "BankTransactions"]


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("body", [HTML, b""], ids=["html", "empty"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_an_answer_that_is_none_costs_a_second_try(
    desk: Desk, resource: str, body: bytes, status: int
) -> None:
    desk.organisation.faults.respond(status, body, path=f"*/{resource}")
    desk.post(*LOAD)
    assert desk.documents() == UNDISTURBED
    assert {each.state for each in desk.postings()} == {State.POSTED}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_429_that_does_not_say_how_long(desk: Desk, resource: str) -> None:
    desk.organisation.faults.respond(429, b"", path=f"*/{resource}", times=3)
    desk.post(*LOAD)
    assert desk.documents() == UNDISTURBED
    assert sum(desk.waits) >= 15


def test_a_429_that_never_ends_and_does_not_say_how_long(desk: Desk) -> None:
    faults = desk.organisation.faults
    faults.respond(429, b"", method="PUT", path="*/ManualJournals", times=None)
    with pytest.raises(MinuteLimitReached, match="PUT ManualJournals: Xero still answers 429"):
        desk.post(*LOAD)
    assert 25 <= sum(desk.waits) <= 60
    assert desk.documents()["Payments"] == {"AUTHORISED": 3}
    faults.clear()
    desk.post(*LOAD)
    desk.post(*LOAD)
    assert desk.documents() == UNDISTURBED


@pytest.mark.parametrize("resource", RESOURCES)
def test_half_an_answer_wherever_it_comes(desk: Desk, resource: str) -> None:
    desk.organisation.faults.truncate(40, path=f"*/{resource}")
    desk.post(*LOAD)
    assert desk.documents() == UNDISTURBED


# As a process: exit code, message, state


@pytest.fixture
def config(desk: Desk, tmp_path: Path) -> Path:
    file = tmp_path / "config.json"
    file.write_text(
        json.dumps(
            {
                "client_id": "DEMOXEROCLIENT",
                "client_secret": "demo-xero-secret",
                "api_url": f"{desk.url}/api.xro/2.0",
                "identity_url": desk.url,
                "books": desk.books_url,
            }
        )
    )
    return file


def run(config: Path, preface: str = "") -> subprocess.CompletedProcess[str]:
    command = f"{preface}\nfrom target_xero.target import TargetXero; TargetXero.cli()"
    return subprocess.run(
        [sys.executable, "-c", command, "--config", str(config)],
        input=lines(LOAD, STATE),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={**os.environ, "LOGLEVEL": "INFO"},
    )


def failed_with(done: subprocess.CompletedProcess[str], words: str) -> None:
    """It ended with 1, one line that says so, no trace and no state."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr, done.stderr
    assert sum(words in each for each in done.stderr.splitlines()) == 1, done.stderr


def ends_well(desk: Desk, config: Path) -> None:
    done = run(config)
    assert (done.returncode, json.loads(done.stdout)) == (0, STATE), done.stderr
    assert desk.documents() == UNDISTURBED


def test_a_token_revoked_in_the_middle_stops_with_one_line(desk: Desk, config: Path) -> None:
    """The connection is gone for good: no new token helps."""
    body = {"Title": "Unauthorized", "Detail": "AuthenticationUnsuccessful"}
    fault = desk.organisation.faults.respond(401, body, path="*/Payments", times=None)
    failed_with(run(config), "is the app still connected?")
    assert desk.documents()["Invoices"] == {"AUTHORISED": 3}
    fault.times = 0
    ends_well(desk, config)


def test_a_client_that_is_revoked_in_the_middle_stops_with_one_line(
    desk: Desk, config: Path
) -> None:
    desk.organisation.faults.respond(401, b"", path="*/Payments", times=None)
    refused = desk.organisation.faults.respond(
        400, {"error": "invalid_client"}, path="/connect/token", nth=2, times=None
    )
    failed_with(run(config), "Check `client_id` and `client_secret`")
    desk.organisation.faults.clear()
    refused.times = 0
    ends_well(desk, config)


WELL = "posted 3 invoices, 3 payments, 1 journal, 1 bank transaction"
JOURNALS: dict[str, Any] = {"method": "PUT", "path": "*/ManualJournals", "times": None}
FOR_EVER: dict[str, tuple[Callable[[Faults], Fault], str]] = {
    "html": (lambda faults: faults.respond(200, HTML, **JOURNALS), "answer cannot be read"),
    "nothing": (lambda faults: faults.respond(200, b"", **JOURNALS), "answer cannot be read"),
    "half an answer": (lambda faults: faults.truncate(40, **JOURNALS), WELL),
    "500 after it was done": (
        lambda faults: faults.error_after_commit(500, **JOURNALS),
        WELL,
    ),
    "500": (lambda faults: faults.respond(500, b"", **JOURNALS), "status 500"),
}


@pytest.mark.parametrize(
    "what",
    [pytest.param(each, marks=[] if each == "html" else pytest.mark.slow) for each in FOR_EVER],
)
def test_an_answer_that_never_comes_stops_with_one_line(
    desk: Desk, config: Path, what: str
) -> None:
    """Where the work was done all the same, the look-up finds it, and the run ends well."""
    add, words = FOR_EVER[what]
    fault = add(desk.organisation.faults)
    done = run(config, "import time; time.sleep = lambda seconds: None")
    if words is WELL:
        assert (done.returncode, json.loads(done.stdout)) == (0, STATE), done.stderr
        assert words in done.stderr
    else:
        failed_with(done, words)
    fault.times = 0
    ends_well(desk, config)


@contextmanager
def locked(desk: Desk) -> Iterator[None]:
    """Another program holds the write lock of the database."""
    with closing(sqlite3.connect(desk.folder / "books.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_books_that_another_program_has_locked_stop_with_one_line(desk: Desk, config: Path) -> None:
    desk.post()
    with locked(desk):
        done = run(config, "import books.database; books.database.BUSY_SECONDS = 0.2")
    failed_with(done, "database is locked")
    assert desk.documents() == {}
    ends_well(desk, config)


SMALL_DISK = """
import sqlalchemy.event, books.database
durable = books.database._be_durable
def small(connection, record):
    durable(connection, record)
    pages, = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={{max(pages, {pages})}}")
books.database._be_durable = small
"""


@pytest.mark.parametrize("pages", [1, 5, 10, 15, 18, 19, 20])
def test_a_full_disk_stops_with_one_line_wherever_it_is_met(
    desk: Desk, config: Path, pages: int
) -> None:
    """Twenty-one pages hold these books: eighteen when they are empty."""
    failed_with(run(config, SMALL_DISK.format(pages=pages)), "database or disk is full")
    ends_well(desk, config)


def test_books_that_may_only_be_read_stop_with_one_line(desk: Desk, config: Path) -> None:
    desk.post()
    read_only = "PRAGMA query_only=ON"
    preface = SMALL_DISK.replace(
        'connection.execute(f"PRAGMA max_page_count={{max(pages, {pages})}}")',
        f'connection.execute("{read_only}")',
    ).format(pages=0)
    failed_with(run(config, preface), "readonly database")
    assert desk.documents() == {}
    ends_well(desk, config)


def test_books_that_may_not_be_made_stop_with_one_line(desk: Desk, config: Path) -> None:
    (desk.folder / "books.db").mkdir()
    failed_with(run(config), "the books cannot be used (Is a directory")
    assert desk.calls() == []


def test_books_that_are_no_database_stop_with_one_line(desk: Desk, config: Path) -> None:
    (desk.folder / "books.db").write_bytes(b"this is no database, but someone's letter\n" * 40)
    failed_with(run(config), "file is not a database")
    assert desk.calls() == []
