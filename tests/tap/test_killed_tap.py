"""Killed at any point and run again: together the runs say what one undisturbed run says.

What a tap has written when it dies is a prefix of its output, and what it remembers is the last
STATE that came through. So every prefix of a run is tried, and what was cut off must come again.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import pytest
from amazon_tap import CREDENTIALS, Json, never_ahead, run, settlement_file
from hypothesis import given, settings
from hypothesis import strategies as st

from amazon_sp import orders
from simulators.amazon_sp import Document, Seller, server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTLEMENTS = 4
START = "2026-08-25T00:00:00Z"
# By stream: its key, and its records by it.
Told = dict[str, dict[str, Json]]


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


@cache
def little() -> Seller:
    """The demo seller with little of each kind, so that a run is quick."""
    seller = demo_seller(NOON, Clock(at=NOON))
    kept = sorted(seller.orders, key=lambda it: str(seller.orders[it]["lastUpdatedTime"]))[-9:]
    seller.orders = {order_id: seller.orders[order_id] for order_id in kept}
    of_settlements = [
        report
        for report in seller.reports.values()
        if report["reportType"].startswith("GET_V2_SETTLEMENT")
    ]
    for number, report in enumerate(sorted(of_settlements, key=lambda it: it["createdTime"])):
        if number >= SETTLEMENTS:
            del seller.reports[report["reportId"]]
            continue
        settlement_id = f"1910000{number:04d}"
        rows = [{"settlement_id": settlement_id, "sku": f"S{n}"} for n in range(number + 1)]
        text = settlement_file(rows, {"settlement_id": settlement_id})
        seller.add_document(Document(report["reportDocumentId"], text.encode()))
    return seller


def small_seller() -> Seller:
    """Give an account of its own with what the little seller has."""
    copied = {
        each.name: copy.deepcopy(getattr(little(), each.name))
        for each in dataclasses.fields(Seller)
        if each.name not in {"clock", "faults", "calls"}
    }
    return Seller(clock=Clock(at=NOON), **copied)


@contextmanager
def account() -> Iterator[tuple[Seller, Json]]:
    seller = small_seller()
    with server(seller) as host, patch.object(orders, "PAGE", 4):
        yield (
            seller,
            {
                **CREDENTIALS,
                "api_url": host.url,
                "auth_url": f"{host.url}/auth/o2/token",
                "start_date": START,
            },
        )


def lines_of(text: str) -> list[Json]:
    """Read what came through: whole lines; the last may be torn."""
    return [json.loads(each) for each in text.split("\n")[:-1]]


def add(told: Told, messages: list[Json], schemas: dict[str, Json]) -> None:
    """Take records as a target would: the last of a key counts, what a batch leaves out is null."""
    for message in messages:
        if message["type"] == "SCHEMA":
            schemas[message["stream"]] = message
        elif message["type"] == "RECORD":
            take(told, schemas[message["stream"]], message["record"])
        elif message["type"] == "BATCH":
            schema = schemas[message["stream"]]
            blank = dict.fromkeys(schema["schema"]["properties"])
            for url in message["manifest"]:
                path = Path(unquote(urlsplit(url).path))
                for line in path.read_text().splitlines():
                    take(told, schema, blank | json.loads(line))


def take(told: Told, schema: Json, record: Json) -> None:
    key = json.dumps([record[name] for name in schema["key_properties"]])
    told.setdefault(schema["stream"], {})[key] = record


def last_state(messages: list[Json], before: Json) -> Json:
    states: list[Json] = [m["value"] for m in messages if m["type"] == "STATE"]
    return states[-1] if states else before


def told_by(messages: list[Json]) -> Told:
    told: Told = {}
    add(told, messages, {})
    return told


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "throttle", "cut", "drop"]),
        st.sampled_from(["*", "/reports/*", "/documents/*", "/orders/*", "/finances/*"]),
        st.integers(1, 12),
        st.integers(1, 4),
    ),
    max_size=3,
)
Faults = list[tuple[str, str, int, int]]


def disturb(seller: Seller, faults: Faults) -> None:
    for kind, path, nth, times in faults:
        if kind == "fail":
            seller.fail(500, times=times, path=path, nth=nth)
        elif kind == "throttle":
            seller.throttle(times=times, path=path, nth=nth)
        elif kind == "cut":
            seller.faults.truncate(40, path=path, nth=nth, times=times)
        else:
            seller.faults.drop_response(method="GET", path=path, nth=nth, times=times)


@pytest.fixture(scope="module")
def undisturbed() -> Told:
    with account() as (seller, config):
        ran = run(config, clock=seller.clock)
    assert ran.error is None
    told = told_by(ran.messages)
    assert {"orders", "settlements", "settlement_rows", "financial_event_groups"} <= set(told)
    assert len(told["settlement_rows"]) > 8
    return told


@pytest.fixture(scope="module")
def resumed() -> Callable[[Json], list[Json]]:
    """Give what an undisturbed run says that begins with a state."""
    known: dict[str, list[Json]] = {}

    def resume(state: Json) -> list[Json]:
        key = json.dumps(state, sort_keys=True)
        if key not in known:
            with account() as (seller, config):
                ran = run(config, clock=seller.clock, state=json.loads(key))
            assert ran.error is None
            known[key] = ran.messages
        return known[key]

    return resume


def says_the_rest(undisturbed: Told, resumed: Callable[[Json], list[Json]], faults: Faults) -> None:
    with account() as (seller, config):
        disturb(seller, faults)
        ran = run(config, clock=seller.clock)
    never_ahead(ran.messages)
    told: Told = {}
    schemas: dict[str, Json] = {}
    state: Json = {}
    # The state stays as it is until the next STATE, and what was told till then only grows: the
    # cut right after a STATE is the one that needs most of the next run.
    cuts = [-1, *(at for at, message in enumerate(ran.messages) if message["type"] == "STATE")]
    for begin, end in itertools.pairwise([*cuts, len(ran.messages)]):
        again = told_by(resumed(state))
        for stream, records in undisturbed.items():
            both = {**told.get(stream, {}), **again.get(stream, {})}
            assert both == records, (stream, state)
        part = ran.messages[begin + 1 : end + 1]
        add(told, part, schemas)
        for stream, found in told.items():
            assert found.items() <= undisturbed[stream].items()
        state = last_state(part, state)


@settings(max_examples=3, deadline=None)
@given(FAULTS)
def test_cut_off_anywhere_the_next_run_says_the_rest(
    undisturbed: Told, resumed: Callable[[Json], list[Json]], faults: Faults
) -> None:
    says_the_rest(undisturbed, resumed, faults)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(FAULTS)
def test_cut_off_anywhere_after_any_faults_the_next_run_says_the_rest(
    undisturbed: Told, resumed: Callable[[Json], list[Json]], faults: Faults
) -> None:
    says_the_rest(undisturbed, resumed, faults)


def all_is_told(undisturbed: Told, data: st.DataObject, *, in_batches: bool) -> None:
    told: Told = {}
    schemas: dict[str, Json] = {}
    state: Json = {}
    with account() as (seller, config), tempfile.TemporaryDirectory() as folder:
        if in_batches:
            storage = {"root": Path(folder).as_uri()}
            config["batch_config"] = {"encoding": {"format": "jsonl"}, "storage": storage}
        for _ in range(data.draw(st.integers(1, 4), label="kills")):
            disturb(seller, data.draw(FAULTS, label="faults"))
            written = Mortal(data.draw(st.integers(1, 40_000), label="characters"))
            with contextlib.suppress(Killed):
                run(config, clock=seller.clock, state=state, written=written)
            messages = lines_of(written.getvalue())
            add(told, messages, schemas)
            state = last_state(messages, state)
        seller.faults.clear()
        ran = run(config, clock=seller.clock, state=state)
        assert ran.error is None
        add(told, ran.messages, schemas)
    assert told == undisturbed


@settings(max_examples=6, deadline=None)
@given(st.data(), st.booleans())
def test_killed_again_and_again_on_one_account_all_is_told(
    undisturbed: Told, data: st.DataObject, in_batches: bool
) -> None:
    all_is_told(undisturbed, data, in_batches=in_batches)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.data(), st.booleans())
def test_killed_a_hundred_times_all_is_told(
    undisturbed: Told, data: st.DataObject, in_batches: bool
) -> None:
    all_is_told(undisturbed, data, in_batches=in_batches)


@pytest.mark.slow
def test_killed_by_the_system_all_is_told(tmp_path: Path) -> None:
    """The same with processes and SIGKILL, the demo seller whole; its clock is the real one."""
    seller = demo_seller(datetime.now(UTC))
    with server(seller) as host:
        settled = {
            **CREDENTIALS,
            "api_url": host.url,
            "auth_url": f"{host.url}/auth/o2/token",
            "start_date": (datetime.now(UTC) - timedelta(days=80)).isoformat(),
        }
        seller.plans.update(dict.fromkeys(seller.plans, (1000.0, 1000)))
        whole = lines_of(_process(settled, tmp_path, {}, None))
        size = sum(len(json.dumps(message)) for message in whole)
        undisturbed, schemas = told_by(whole), dict[str, Json]()
        for share in (0.02, 0.35, 0.6, 0.9):
            told: Told = {}
            first = lines_of(_process(settled, tmp_path, {}, int(size * share)))
            add(told, first, schemas)
            rest = lines_of(_process(settled, tmp_path, last_state(first, {}), None))
            add(told, rest, schemas)
            assert told == undisturbed, share


def _process(settled: Json, folder: Path, state: Json, characters: int | None) -> str:
    """Run the tap as a process, killed when it has written so much; give what it wrote."""
    given = {f"TAP_AMAZON_SP_{name.upper()}": text for name, text in settled.items()}
    (folder / "state.json").write_text(json.dumps(state))
    command = "from tap_amazon_sp.tap import TapAmazonSP; TapAmazonSP.cli()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "--config", "ENV", "--state", folder / "state.json"],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process, process.stdout as stdout:
        written = stdout.read(-1 if characters is None else characters)
        if characters is not None:
            process.send_signal(signal.SIGKILL)
            # What was in the pipe reaches a reader still, or it does not: here it does not.
    assert process.returncode == (0 if characters is None else -signal.SIGKILL)
    return written.decode()
