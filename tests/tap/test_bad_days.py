"""Clocks that are off, waits that are too long, lines that drop: no record lost, none doubled."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amazon_tap import CREDENTIALS, Json, Run, Tap, run

from simulators.amazon_sp import Seller, server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock
from tap_amazon_sp.tap import TapAmazonSP

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEARCH = "/orders/2026-01-01/orders"
TRANSACTIONS = "/finances/2024-06-19/transactions"
STREAMS = ("financial_event_groups", "inventory", "orders", "settlements", "transactions")
KEYS = {
    "financial_event_groups": ("group_id",),
    "inventory": ("marketplace_id", "seller_sku", "condition", "fnsku"),
    "orders": ("order_id",),
    "settlements": ("settlement_id",),
    "transactions": ("transaction_id",),
}


def union(*runs: Run) -> dict[str, dict[tuple[str, ...], Json]]:
    """Give the last record of each key, stream by stream."""
    return {
        stream: {
            tuple(record[name] for name in key): record
            for ran in runs
            for record in ran.records(stream)
        }
        for stream, key in KEYS.items()
    }


@pytest.fixture(scope="module")
def whole() -> dict[str, dict[tuple[str, ...], Json]]:
    """Everything that an uninterrupted run gives, with clocks that agree."""
    seller = demo_seller(NOON, Clock(at=NOON))
    with server(seller) as host:
        config = {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}
        settings = {**config, "start_date": "2026-08-25"}
        return union(run(settings, clock=seller.clock, streams=STREAMS))


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_ten_minutes_off_changes_nothing(
    seller: Seller, config: Json, whole: dict[str, Any], minutes: int
) -> None:
    ours = Clock(at=seller.clock.now() + timedelta(minutes=minutes))
    settings = {**config, "start_date": "2026-08-25"}
    seller.calls.clear()
    first = run(settings, clock=seller.clock, ours=ours, streams=STREAMS)
    assert first.error is None
    assert 400 not in {call.status for call in seller.calls}
    assert union(first) == whole
    # What happens next is not lost to a bookmark that ran ahead.
    seller.clock.advance(minutes=30)
    ours.advance(minutes=30)
    order = dict(next(iter(seller.orders.values())))
    order["lastUpdatedTime"] = "2026-11-20T12:01:00Z"
    seller.add_order(order)
    second = run(settings, clock=seller.clock, ours=ours, streams=STREAMS, state=first.state)
    assert second.error is None
    assert order["orderId"] in {each["order_id"] for each in second.records("orders")}


@pytest.mark.parametrize("minutes", [-10, 10])
def test_windows_are_never_refused_whatever_the_clock_says(
    seller: Seller, config: Json, minutes: int
) -> None:
    seller.orders.clear()
    seller.reports.clear()
    ours = Clock(at=seller.clock.now() + timedelta(minutes=minutes))
    for start in ("2026-10-21T12:02:00Z", "2026-10-21T11:50:00Z", "2026-10-21T12:12:00Z"):
        settings = {**config, "start_date": start}
        seller.clock.advance(hours=1)
        ours.advance(hours=1)
        ran = run(settings, clock=seller.clock, ours=ours, streams=STREAMS)
        assert ran.error is None


def test_what_waits_too_long_is_put_off_and_the_others_are_read(
    tap: Tap, seller: Seller, whole: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    seller.clock.advance(days=1)
    seller.throttle(path=SEARCH, times=None)
    ran = tap(*STREAMS, start_date="2026-08-25", max_wait_minutes=10)
    assert "max_wait_minutes" in str(ran.error)
    assert "orders is read no further in this run" in caplog.text
    found = union(ran)
    assert found["orders"] == {}
    for stream in set(STREAMS) - {"orders"}:
        assert found[stream].keys() == whole[stream].keys(), stream
    assert ran.bookmark("settlements") is not None
    seller.faults.clear()
    seller.clock.advance(hours=1)
    again = tap(*STREAMS, start_date="2026-08-25", state=ran.state)
    assert again.error is None
    assert union(ran, again)["orders"].keys() == whole["orders"].keys()


def test_a_window_too_long_to_wait_for_is_read_in_halves_by_the_next_runs(
    tap: Tap, seller: Seller
) -> None:
    seller.clock.advance(days=1)
    seller.plans["searchOrders"] = (0.0056, 2)
    order = next(iter(seller.orders.values()))
    seller.orders.clear()
    for number in range(1500):
        day = number * 55 // 1500
        at = f"2026-{9 + day // 28:02d}-{1 + day % 28:02d}T10:00:{number % 60:02d}Z"
        order_id = f"026-{number:07d}-0000000"
        seller.add_order({**order, "orderId": order_id, "lastUpdatedTime": at})
    runs, state = [], None
    for _ in range(30):
        ran = tap("orders", start_date="2026-09-01", max_wait_minutes=15, state=state)
        runs.append(ran)
        state = ran.state or state
        seller.clock.advance(hours=1)
        if ran.error is None:
            break
    assert runs[-1].error is None
    assert len(runs) > 2
    assert len(union(*runs)["orders"]) == 1500
    assert "window_seconds" not in runs[-1].state["bookmarks"]["orders"]


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_a_line_that_drops_inside_any_page_loses_and_doubles_nothing(
    tap: Tap, seller: Seller, whole: dict[str, Any], nth: int
) -> None:
    seller.transactions_per_page = 60
    seller.faults.truncate(200, method="GET", nth=nth, times=1)
    seller.faults.truncate(0, method="GET", path=TRANSACTIONS, nth=nth, times=2)
    ran = tap(*STREAMS, start_date="2026-08-25")
    assert ran.error is None
    assert union(ran) == whole
    doubles = Counter(each["transaction_id"] for each in ran.records("transactions"))
    assert set(doubles.values()) == {1}


def test_killed_at_any_page_and_run_again_every_transaction_is_there(
    tap: Tap, seller: Seller, whole: dict[str, Any]
) -> None:
    seller.transactions_per_page = 60
    for nth in (1, 3, 6, 8):
        seller.clock.advance(minutes=1)
        seller.faults.respond(403, b"", path=TRANSACTIONS, nth=nth, times=2)
        first = tap("transactions", start_date="2026-08-25")
        assert first.error is not None
        second = tap("transactions", start_date="2026-08-25", state=first.state)
        assert second.error is None
        assert union(first, second)["transactions"] == whole["transactions"]


def test_boto3_is_not_loaded_by_a_run_without_a_queue() -> None:
    code = (
        "import sys; from tap_amazon_sp.tap import TapAmazonSP as T;"
        "T(config=dict(client_id='a', client_secret='b', refresh_token='c', region='eu')).streams;"
        "sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wait_is_an_hour_unless_told_otherwise() -> None:
    config = {"client_id": "a", "client_secret": "b", "refresh_token": "c", "region": "eu"}
    assert TapAmazonSP(config=config).limits().max_wait == 3600
    assert TapAmazonSP(config={**config, "max_wait_minutes": 5}).limits().max_wait == 300
