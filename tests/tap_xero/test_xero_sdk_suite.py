"""The SDK's standard tests for taps, run against the demo organisation, every stream selected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from xero_tap import ALL, Json, catalog_of, fill, xero_desk

from simulators.xero.demo import CLIENT_ID, CLIENT_SECRET
from tap_xero.tap import TapXero

# The suite makes its class before any server runs: the fixture fills the addresses in.
CONFIG: Json = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "api_url": "http://127.0.0.1:9/api.xro/2.0",
    "identity_url": "http://127.0.0.1:9",
    "books": "sqlite:///nowhere/books.db",
}


@pytest.fixture(scope="module", autouse=True)
def _organisation() -> Iterator[None]:
    with xero_desk(CONFIG["books"], at=datetime.now(UTC).replace(microsecond=0)) as desk:
        fill(desk)
        desk.org.limits.per_minute = 1000
        locked = date(2025, 12, 31)
        desk.org.lock_dates |= {"PeriodLockDate": locked, "EndOfYearLockDate": locked}
        CONFIG.update(desk.config())
        yield


TestTapXero = get_tap_test_class(
    TapXero,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=400),
    catalog=catalog_of(ALL),
)


def test_the_suite_holds_every_stream_that_is_discovered() -> None:
    tested = {param.id for param in TestTapXero.params["test_tap_stream_returns_record"]}
    assert tested == set(ALL)
