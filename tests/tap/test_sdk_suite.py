"""The SDK's standard tests for taps, run against the demo seller.

Every test of the suite applies and runs, buyer data included (the account has the roles for it).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from amazon_tap import CREDENTIALS, Json
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from vat_files import vat_file

from amazon_sp import report_desk
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
def _demo_seller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    seller = demo_seller(NOW)
    seller.report_time = timedelta(0)
    seller.plans.update(dict.fromkeys(seller.plans, (1000.0, 1000)))
    file: Path = tmp_path_factory.mktemp("vat") / "october.txt"
    file.write_text(vat_file({}), encoding="utf-8")
    CONFIG["vat_report_files"] = [str(file)]
    seller.roles |= {"Tax Invoicing (Restricted)", "Direct-to-Consumer Delivery (Restricted)"}
    with server(seller) as host:
        CONFIG["api_url"], CONFIG["auth_url"] = host.url, f"{host.url}/auth/o2/token"
        with pytest.MonkeyPatch.context() as patch:
            # Here time is real, and nobody waits for a report.
            patch.setattr(report_desk, "FIRST_LOOK", 0.0)
            yield


def _everything() -> Json:
    """Give a catalog that selects every stream, also those that are not by default."""
    catalog = TapAmazonSP(config=dict(CONFIG)).catalog_dict
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = True
    return dict(catalog)


TestTapAmazonSP = get_tap_test_class(
    TapAmazonSP,
    config=CONFIG,
    # Notifications need a queue: tests/tap/test_notifications.py has one.
    suite_config=SuiteConfig(
        max_records_limit=400, ignore_no_records_for_streams=["notifications"]
    ),
    catalog=_everything(),
)


def test_the_suite_holds_every_stream_that_is_discovered() -> None:
    """A stream that joins the tap joins the suite, and must give records there like the others."""
    tested = {param.id for param in TestTapAmazonSP.params["test_tap_stream_returns_record"]}
    streams = TapAmazonSP(config={**CONFIG, "api_url": "http://127.0.0.1:9"}).discover_streams()
    assert tested == {stream.name for stream in streams}
