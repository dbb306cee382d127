from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from amazon_tap import CREDENTIALS, Deliver, Json, Run, Tap, run

from simulators.amazon_sp import Document, Seller, server
from simulators.amazon_sp.demo import demo_seller
from simulators.amazon_sp.demo_goods import DE, UK
from simulators.clock import Clock
from simulators.wsgi import LoopbackServer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def seller() -> Seller:
    """The demo seller at noon of 20 November 2026; its clock stands still."""
    return demo_seller(NOON, Clock(at=NOON))


@pytest.fixture
def empty_seller() -> Seller:
    """An account with nothing in it, at the same noon."""
    return Seller(clock=Clock(at=NOON))


def _settings(host: LoopbackServer) -> Json:
    return {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}


@pytest.fixture
def config(seller: Seller) -> Iterator[Json]:
    """Settings that reach the demo seller."""
    with server(seller) as host:
        yield _settings(host)


@pytest.fixture
def empty_config(empty_seller: Seller) -> Iterator[Json]:
    """Settings that reach the empty account."""
    with server(empty_seller) as host:
        yield _settings(host)


@pytest.fixture
def tap(seller: Seller, config: Json) -> Tap:
    """Run the tap against the demo seller; extra settings by name."""

    def run_tap(
        *streams: str, state: Json | None = None, catalog: Json | None = None, **settings: object
    ) -> Run:
        merged = {**config, **settings}
        return run(merged, clock=seller.clock, streams=streams, state=state, catalog=catalog)

    return run_tap


@pytest.fixture
def empty_tap(empty_seller: Seller, empty_config: Json) -> Tap:
    """Run the tap against the empty account, settlements alone unless told otherwise."""

    def run_tap(
        *streams: str, state: Json | None = None, catalog: Json | None = None, **settings: object
    ) -> Run:
        merged = {**empty_config, **settings}
        wanted = streams or ("settlements", "settlement_rows")
        return run(merged, clock=empty_seller.clock, streams=wanted, state=state, catalog=catalog)

    return run_tap


@pytest.fixture
def deliver(empty_seller: Seller) -> Deliver:
    """Put a settlement report with a given text into the empty account."""

    def put(
        report_id: str,
        text: str | bytes,
        *,
        created: str = "2026-10-18T00:00:00Z",
        status: str = "DONE",
        content_type: str | None = "text/plain; charset=UTF-8",
        compressed: bool = False,
    ) -> None:
        content = text if isinstance(text, bytes) else text.encode()
        document_id = f"amzn1.spdoc.1.4.eu.{report_id}"
        empty_seller.add_document(Document(document_id, content, compressed, content_type))
        report = {
            "reportId": report_id,
            "reportType": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
            "createdTime": created,
            "processingStatus": status,
        }
        if status == "DONE":
            report["reportDocumentId"] = document_id
        empty_seller.add_report(report)

    return put


@pytest.fixture
def account() -> Seller:
    """An account with two marketplaces, in the present."""
    return Seller(participations=[UK.participation(), DE.participation()])


@pytest.fixture
def settings(account: Seller) -> Iterator[dict[str, str]]:
    """Settings that reach it, as they stand in the environment."""
    with server(account) as host:
        given = {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}
        yield {f"TAP_AMAZON_SP_{name.upper()}": text for name, text in given.items()}
