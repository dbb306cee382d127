"""The demo organisation behind a real socket, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from xero_caller import Caller

from simulators.clock import Clock
from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation


@pytest.fixture
def org() -> Organisation:
    organisation = demo_organisation(Clock(datetime(2026, 5, 10, 12, tzinfo=UTC)))
    organisation.limits.per_minute = 1000
    return organisation


@pytest.fixture
def xero(org: Organisation) -> Iterator[Caller]:
    with server(org) as running:
        caller = Caller(running.url, org)
        yield caller
        caller.close()
