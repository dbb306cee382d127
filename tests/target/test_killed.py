"""The target killed with SIGKILL at any point, run again, leaves the same books.

Each case holds one request at the simulator (before or after the work is done), kills the process
that waits for it, and runs the target again over the same recorded stream.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from target.xero_documents import (
    contact,
    credit_note,
    invoice,
    item,
    journal,
    lines,
    order_id,
    payment,
    payout,
    proof,
    transfer,
)

from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation

ORDERS = [order_id(number) for number in range(1, 11)]
STREAM = lines(
    [
        *(invoice(order) for order in ORDERS[:6]),
        *(invoice(order, settlement="S1") for order in ORDERS),
        *(payment(order, "S1") for order in ORDERS),
        journal("S1", "2026-03"),
        journal("S1", "2026-04"),
        payout("S1", "115.20"),
        proof("S1"),
    ],
    state={"bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}},
)
COMMAND = [sys.executable, "-c", "from target_xero.target import TargetXero; TargetXero.cli()"]
WRITE = {"method": "PUT,POST", "path": "/api.xro/*"}
LOOK_UP = {"method": "GET", "path": "/api.xro/*"}


class Target:
    """The target as a process of its own, on one Xero and one database."""

    def __init__(self, url: str, folder: Path, stream: str = STREAM) -> None:
        self._folder = folder
        (folder / "stream.jsonl").write_text(stream)
        config = {
            "client_id": "DEMOXEROCLIENT",
            "client_secret": "demo-xero-secret",
            "api_url": f"{url}/api.xro/2.0",
            "identity_url": url,
            "books": f"sqlite:///{folder / 'books.db'}",
            "batch_size": 4,
        }
        (folder / "config.json").write_text(json.dumps(config))

    def start(self) -> subprocess.Popen[str]:
        with (self._folder / "stream.jsonl").open() as stream:
            return subprocess.Popen(
                [*COMMAND, "--config", str(self._folder / "config.json")],
                stdin=stream,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "LOGLEVEL": "WARNING"},
            )

    def run(self) -> str:
        """Run to the end and give what it wrote to standard output: its state."""
        process = self.start()
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return out


Balance = dict[Any, Decimal]


def books_of(organisation: Organisation) -> tuple[Balance, Balance, dict[str, dict[str, int]]]:
    by_month: Balance = dict(organisation.trial_balance(("account", "month")))
    by_tracking: Balance = dict(organisation.trial_balance(("account", "tracking")))
    return by_month, by_tracking, organisation.documents()


@pytest.fixture
def organisation() -> Iterator[Organisation]:
    found = demo_organisation()
    found.limits.per_minute = 1000
    yield found
    found.faults.clear()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    found = demo_organisation()
    with server(found) as xero:
        out = Target(xero.url, tmp_path_factory.mktemp("undisturbed")).run()
    assert json.loads(out) == {
        "bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}
    }
    assert found.documents()["Invoices"] == {"PAID": 10}
    assert found.documents()["Payments"] == {"AUTHORISED": 10}
    return books_of(found)


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    out, _ = process.communicate()
    assert out == "", "no state may leave a target that has not written everything down"
    assert process.returncode == -signal.SIGKILL


POINTS: list[tuple[dict[str, str], int, Literal["committed", "never"]]] = [
    (LOOK_UP, 1, "never"),  # the organisation
    (WRITE, 1, "committed"),  # the contact
    (WRITE, 2, "never"),  # the first invoices
    (WRITE, 3, "committed"),  # the next, after the first are in the books
    (LOOK_UP, 6, "never"),
    (WRITE, 5, "never"),  # payments
    (WRITE, 5, "committed"),
    (WRITE, 7, "committed"),  # the last payments
    (WRITE, 8, "never"),  # the journals
    (WRITE, 8, "committed"),
    (WRITE, 9, "never"),  # the payout
    (WRITE, 9, "committed"),
]


@pytest.mark.parametrize(("which", "nth", "commit"), POINTS)
def test_killed_and_run_again_leaves_the_same_books(
    organisation: Organisation,
    undisturbed: tuple[Any, ...],
    tmp_path: Path,
    which: dict[str, str],
    nth: int,
    commit: Literal["committed", "never"],
) -> None:
    with server(organisation) as xero:
        target = Target(xero.url, tmp_path)
        organisation.faults.hang(commit, nth=nth, **which)
        process = target.start()
        assert organisation.faults.wait_until_hanging(), process.communicate()
        kill(process)
        organisation.faults.release()
        # Xero has forgotten the Idempotency-Key: only looking up can tell.
        organisation.clock.advance(minutes=10)
        target.run()
    assert books_of(organisation) == undisturbed


@pytest.mark.parametrize("nth", [3, 5, 8])
def test_run_again_while_the_killed_runs_call_is_still_at_work(
    organisation: Organisation, undisturbed: tuple[Any, ...], tmp_path: Path, nth: int
) -> None:
    """Nothing is there to be found yet; the same key makes Xero do it once."""
    with server(organisation) as xero:
        target = Target(xero.url, tmp_path)
        organisation.faults.hang("late", nth=nth, **WRITE)
        first = target.start()
        assert organisation.faults.wait_until_hanging(), first.communicate()
        kill(first)
        before = writes(organisation)
        second = target.start()
        until(lambda: writes(organisation) > before)
        organisation.faults.release()
        out, errors = second.communicate(timeout=120)
        assert second.returncode == 0, errors
        assert json.loads(out)
    assert books_of(organisation) == undisturbed


def test_killed_three_times_in_a_row(
    organisation: Organisation, undisturbed: tuple[Any, ...], tmp_path: Path
) -> None:
    with server(organisation) as xero:
        target = Target(xero.url, tmp_path)
        for nth, commit in ((3, "committed"), (2, "never"), (3, "committed")):
            organisation.faults.hang(commit, nth=nth, **WRITE)  # type: ignore[arg-type]
            process = target.start()
            assert organisation.faults.wait_until_hanging(), process.communicate()
            kill(process)
            organisation.faults.release()
            organisation.clock.advance(minutes=10)
        target.run()
        mark = writes(organisation)
        target.run()
    assert writes(organisation) == mark, "a further run has nothing to write"
    assert books_of(organisation) == undisturbed


def writes(organisation: Organisation) -> int:
    return sum(
        each.method in ("PUT", "POST") and "/api.xro/" in each.path for each in organisation.calls
    )


def until(reached: Callable[[], bool]) -> None:
    """Wait for something another process does; two minutes at most."""
    pause = threading.Event()
    assert any(reached() or pause.wait(0.02) for _ in range(6000))


OTHERS = lines(
    [
        contact(),
        item("NEW-1"),
        item("WIDGET-S", "9.99"),
        *(invoice(order) for order in ORDERS[:2]),
        payment(ORDERS[0], "S1", "10.00"),
        *(credit_note(order, "S1", refund="2.00") for order in ORDERS[:2]),
        transfer("T1"),
        transfer("T2", "6.00"),
    ],
    state={"bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}},
)
# In order: contact, items, contact, invoices, credit notes, payment, refunds, two allocations,
# transfers.
EACH_WRITE = [(nth, commit) for nth in range(1, 11) for commit in ("committed", "never")]


@pytest.fixture(scope="module")
def undisturbed_others(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    found = demo_organisation()
    with server(found) as xero:
        Target(xero.url, tmp_path_factory.mktemp("others"), OTHERS).run()
    assert writes(found) == 10
    assert found.documents()["CreditNotes"] == {"AUTHORISED": 1, "PAID": 1}
    return (*books_of(found), cards_of(found))


@pytest.mark.parametrize(("nth", "commit"), EACH_WRITE)
def test_killed_at_each_write_of_the_other_streams(
    organisation: Organisation,
    undisturbed_others: tuple[Any, ...],
    tmp_path: Path,
    nth: int,
    commit: Literal["committed", "never"],
) -> None:
    with server(organisation) as xero:
        target = Target(xero.url, tmp_path, OTHERS)
        organisation.faults.hang(commit, nth=nth, **WRITE)
        process = target.start()
        assert organisation.faults.wait_until_hanging(), process.communicate()
        kill(process)
        organisation.faults.release()
        organisation.clock.advance(minutes=10)
        target.run()
    assert (*books_of(organisation), cards_of(organisation)) == undisturbed_others


@pytest.mark.parametrize("nth", range(2, 11))
def test_others_run_again_while_the_killed_runs_call_is_still_at_work(
    organisation: Organisation, undisturbed_others: tuple[Any, ...], tmp_path: Path, nth: int
) -> None:
    with server(organisation) as xero:
        target = Target(xero.url, tmp_path, OTHERS)
        organisation.faults.hang("late", nth=nth, **WRITE)
        first = target.start()
        assert organisation.faults.wait_until_hanging(), first.communicate()
        kill(first)
        before = writes(organisation)
        second = target.start()
        until(lambda: writes(organisation) > before)
        organisation.faults.release()
        out, errors = second.communicate(timeout=120)
        assert second.returncode == 0, errors
        assert json.loads(out)
    assert (*books_of(organisation), cards_of(organisation)) == undisturbed_others


def cards_of(organisation: Organisation) -> tuple[list[Any], list[Any]]:
    """Contacts by name, and items with their sales side."""
    items = [(each["Code"], each["Name"], each["SalesDetails"]) for each in organisation.items]
    return sorted(each["Name"] for each in organisation.contacts), items
