"""A small seller behind a loopback server, and a plain HTTP caller that is not our client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from simulators.amazon_sp import Dialect, Seller, Settlement, SettlementRow, server
from simulators.clock import Clock
from simulators.wsgi import LoopbackServer

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
USER_AGENT = "books-tests/1.0 (Language=Python/3.11)"


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)

    @property
    def error(self) -> dict[str, str]:
        """The one error of an error list."""
        (error,) = self.json()["errors"]
        assert set(error) == {"code", "message", "details"}
        return dict(error)


Ask = Callable[..., Answer]


@pytest.fixture
def clock() -> Clock:
    return Clock(at=NOW)


@pytest.fixture
def seller(clock: Clock) -> Seller:
    """Two marketplaces, five orders an hour apart, one settlement, one event group."""
    seller = Seller(clock=clock, participations=[_participation("A1F83G8C2ARO7P", "GB")])
    for hour in range(5):
        seller.add_order(_order(hour))
    _deliver(seller)
    seller.event_groups.append(
        {
            "FinancialEventGroupId": "G1",
            "ProcessingStatus": "Closed",
            "OriginalTotal": {"CurrencyCode": "GBP", "CurrencyAmount": Decimal("8.40")},
            "FinancialEventGroupStart": "2026-11-01T00:00:00Z",
            "FinancialEventGroupEnd": "2026-11-15T00:00:00Z",
        }
    )
    return seller


def _participation(marketplace_id: str, country: str) -> dict[str, Any]:
    return {
        "marketplace": {
            "id": marketplace_id,
            "name": "Amazon.co.uk",
            "countryCode": country,
            "defaultCurrencyCode": "GBP",
            "defaultLanguageCode": "en_GB",
            "domainName": "www.amazon.co.uk",
        },
        "storeName": "Shop",
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
    }


def _order(hour: int) -> dict[str, Any]:
    money = {"amount": "10.00", "currencyCode": "GBP"}
    return {
        # Later orders come first by id: the order of results follows no time.
        "orderId": f"026-000000{9 - hour}-0000000",
        "createdTime": f"2026-11-20T0{hour}:00:00Z",
        "lastUpdatedTime": f"2026-11-20T1{hour}:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"},
        "buyer": {"buyerName": "Example Buyer"},
        "recipient": {"deliveryAddress": {"city": "Exampleton"}},
        "proceeds": {"grandTotal": money},
        "fulfillment": {
            "fulfillmentStatus": "SHIPPED" if hour % 2 else "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
        },
        "packages": [{"packageReferenceId": "1"}],
        "orderItems": [
            {
                "orderItemId": str(hour),
                "quantityOrdered": 1,
                "product": {"sellerSku": "A", "price": {"unitPrice": money}},
                "proceeds": {"proceedsTotal": money},
                "promotion": {"breakdowns": [{"promotionId": "P"}]},
                "tax": {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]},
                "fulfillment": {"quantityFulfilled": 1},
            }
        ],
    }


def _deliver(seller: Seller) -> None:
    posted = datetime(2026, 11, 3, 12, tzinfo=UTC)
    rows = [
        SettlementRow(
            transaction_type="Order",
            amount_type=amount_type,
            amount_description=description,
            amount=Decimal(amount),
            posted=posted,
            order_id="026-0000001-0000000",
        )
        for amount_type, description, amount in (
            ("ItemPrice", "Principal", "10.00"),
            ("ItemFees", "Commission", "-1.60"),
        )
    ]
    settlement = Settlement(
        settlement_id="123456789",
        start=datetime(2026, 11, 1, tzinfo=UTC),
        end=datetime(2026, 11, 15, tzinfo=UTC),
        deposit=datetime(2026, 11, 17, tzinfo=UTC),
        currency="GBP",
        rows=rows,
    )
    seller.add_settlement(
        settlement,
        Dialect(compressed=True),
        report_id="500001",
        created=NOW - timedelta(days=5),
    )


@pytest.fixture
def amazon(seller: Seller) -> Iterator[LoopbackServer]:
    with server(seller) as running:
        yield running


@pytest.fixture
def ask(amazon: LoopbackServer) -> Iterator[Ask]:
    """Send one request as it is: a path with its query, headers, a body."""
    connection = HTTPConnection("127.0.0.1", amazon.port)

    def send(
        target: str,
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
    ) -> Answer:
        parts = urlsplit(target)
        wanted = "&".join(filter(None, [parts.query, urlencode(query or {}, safe=",:")]))
        path = parts.path + (f"?{wanted}" if wanted else "")
        connection.request(method, path, body=body, headers=dict(headers or {}))
        try:
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        except HTTPException:
            connection.close()
            raise

    yield send
    connection.close()


@pytest.fixture
def log_in(ask: Ask) -> Ask:
    """Ask the token endpoint, with the demo credentials unless other fields are given."""

    def send(**fields: str) -> Answer:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": "Atzr|demo",
            "client_id": "amzn1.application-oa2-client.demo",
            "client_secret": "amzn1.oa2-cs.v1.demo",
        } | fields
        return ask(
            "/auth/o2/token",
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            body=urlencode({name: value for name, value in form.items() if value}),
        )

    return send


@pytest.fixture
def credentials(log_in: Ask) -> dict[str, str]:
    """The headers of a good call."""
    token = log_in().json()["access_token"]
    return {"x-amz-access-token": token, "User-Agent": USER_AGENT}


@pytest.fixture
def call(ask: Ask, credentials: dict[str, str]) -> Ask:
    """Send a good call, save for what a test changes."""

    def send(target: str, query: Mapping[str, str] | None = None, **more: Any) -> Answer:
        headers = credentials | dict(more.pop("headers", {}))
        return ask(target, query, headers=headers, **more)

    return send
