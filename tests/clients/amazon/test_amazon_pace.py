"""Waiting: each operation for itself, told when it is long, and bounded over a whole run."""

from __future__ import annotations

import logging

import pytest
from amazon_stub import Opener, Stub, Time

from amazon_sp import Session, finances, inventory, orders
from amazon_sp.errors import Throttled
from amazon_sp.limits import PLANS
from simulators.amazon_sp.usage import DEFAULT_PLANS
from simulators.wsgi import LoopbackServer, Response

ORDERS = orders.PATH
OK = Response(200, {"payload": {}, "orders": []})
QUOTA = Response(429, {"errors": [{"code": "QuotaExceeded", "message": "You exceeded"}]})


def exhaust(session: Session) -> None:
    """Search until Amazon's pace allows no more."""
    for _ in range(1000):
        session.read(ORDERS)


def test_the_plans_are_those_that_amazons_models_print() -> None:
    ours = {plan.operation: (plan.rate, plan.burst) for plan in PLANS}
    assert ours == {operation: DEFAULT_PLANS[operation] for operation in ours}


def test_the_waits_of_one_operation_are_bounded_together(
    opened: Opener, host: LoopbackServer, stub: Stub, time: Time
) -> None:
    stub.answer(ORDERS, OK)
    session = opened(host.url, max_wait=3600.0)
    with pytest.raises(Throttled) as stopped:
        exhaust(session)
    # A burst of 20, then one call in 188 s: 19 more fit into an hour.
    assert len(stub.asked(ORDERS)) == 39
    assert sum(time.waits) <= 3600
    told = str(stopped.value)
    assert "more than the 60 min 00 s allowed (max_wait_minutes)" in told
    assert "what is written stays, and the next run goes on from there" in told


def test_an_exhausted_operation_does_not_hold_up_another(
    opened: Opener, host: LoopbackServer, stub: Stub, time: Time
) -> None:
    for path in (ORDERS, finances.TRANSACTIONS, inventory.PATH):
        stub.answer(path, OK)
    session = opened(host.url, max_wait=60.0)
    with pytest.raises(Throttled):
        exhaust(session)
    waits = list(time.waits)
    for _ in range(10):
        session.read(finances.TRANSACTIONS)
    session.read(inventory.PATH)
    assert time.waits == waits
    assert len(stub.asked(finances.TRANSACTIONS)) == 10


def test_two_sellers_have_buckets_of_their_own(
    opened: Opener, host: LoopbackServer, stub: Stub, time: Time
) -> None:
    stub.answer(ORDERS, OK)
    one, other = opened(host.url), opened(host.url)
    for _ in range(20):
        one.read(ORDERS)
        other.read(ORDERS)
    assert time.waits == []


def test_each_long_wait_is_one_line_with_how_long_and_why(
    amazon: Session, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stub.answer(ORDERS, QUOTA, QUOTA, OK)
    amazon.read(ORDERS)
    lines = [each.message for each in caplog.records if each.message.startswith("Waiting")]
    assert len(lines) == 2
    assert all("searchOrders" in each and "min" in each for each in lines)


def test_the_header_refills_the_bucket_of_its_operation_only(
    amazon: Session, stub: Stub, time: Time
) -> None:
    stub.answer(ORDERS, Response(200, {"orders": []}, {"x-amzn-RateLimit-Limit": "2.0"}))
    stub.answer(finances.TRANSACTIONS, OK)
    for _ in range(22):
        amazon.read(ORDERS)
    assert time.waits == [pytest.approx(1 / (2.0 * 0.95), rel=1e-3)] * 2
    time.waits.clear()
    for _ in range(12):
        amazon.read(finances.TRANSACTIONS)
    assert time.waits[-1] == pytest.approx(1 / (0.5 * 0.95), rel=1e-3)
