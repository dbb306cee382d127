"""The SDK's standard tests for taps, run against the demo seller.

Every test of the suite applies and runs, buyer data included (the account has the roles for it).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from amazon_tap import CREDENTIALS, Json
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from simulators.amazon_sp import server
from simulators.amazon_sp.demo import demo_seller
from tap_amazon_sp.tap import TapAmazonSP

# The suite makes its class before any server runs: the fixture fills the address in.
NOW = datetime.now(UTC)
CONFIG: Json = {
    **CREDENTIALS,
    "api_url": "http://127.0.0.1:9",
    "start_date": (NOW - timedelta(days=80)).isoformat(),
    "include_pii": True,
}


@pytest.fixture(scope="module", autouse=True)
def _demo_seller() -> Iterator[None]:
    seller = demo_seller(NOW)
    seller.roles |= {"Tax Invoicing (Restricted)", "Direct-to-Consumer Delivery (Restricted)"}
    with server(seller) as host:
        CONFIG["api_url"], CONFIG["auth_url"] = host.url, f"{host.url}/auth/o2/token"
        yield


def _everything() -> Json:
    """Give a catalog that selects every stream, those too that are not by default."""
    catalog = TapAmazonSP(config=CONFIG).catalog_dict
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            each["metadata"]["selected"] = True
    return dict(catalog)


TestTapAmazonSP = get_tap_test_class(
    TapAmazonSP,
    config=CONFIG,
    catalog=_everything(),
    # Notifications need a queue: tests/tap/test_notifications.py has one.
    suite_config=SuiteConfig(
        max_records_limit=400, ignore_no_records_for_streams=["notifications"]
    ),
)
