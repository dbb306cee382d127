"""getInventorySummaries by the rules that its model states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
PATH = "/fba/inventory/v1/summaries"
UK = "A1F83G8C2ARO7P"
GOOD = {"granularityType": "Marketplace", "granularityId": UK, "marketplaceIds": UK}


@pytest.fixture(autouse=True)
def _stock(seller: Seller) -> None:
    seller.plans["getInventorySummaries"] = (100.0, 100)
    seller.inventory[UK] = [
        {
            "sellerSku": f"S{number:03d}",
            "inventoryDetails": {"fulfillableQuantity": number},
            "lastUpdatedTime": f"2026-11-{1 + number % 20:02d}T00:00:00Z",
            "totalQuantity": number,
        }
        for number in range(60)
    ]


def skus(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["sellerSku"] for each in answer.json()["payload"]["inventorySummaries"]]


@pytest.mark.parametrize(
    "change",
    [
        {"marketplaceIds": f"{UK},A1PA6795UKMFR9"},
        {"granularityId": "A1PA6795UKMFR9"},
        {"granularityType": "Seller"},
        {"details": "yes"},
        {"startDateTime": "2025-05-01T00:00:00Z"},
        {"nextToken": "x"},
        {"pageSize": "10"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_model_forbids_is_refused(call: Ask, change: dict[str, str]) -> None:
    assert call(PATH, GOOD | change).status == 400


@pytest.mark.parametrize("missing", GOOD)
def test_every_required_parameter_is_needed(call: Ask, missing: str) -> None:
    assert call(PATH, {k: v for k, v in GOOD.items() if k != missing}).status == 400


def test_details_are_given_when_asked_for(call: Ask) -> None:
    plain = call(PATH, GOOD).json()["payload"]["inventorySummaries"][0]
    assert "inventoryDetails" not in plain
    full = call(PATH, GOOD | {"details": "true"}).json()["payload"]["inventorySummaries"][0]
    assert full["inventoryDetails"] == {"fulfillableQuantity": 0}


def test_a_token_lives_thirty_seconds_and_binds_the_arguments(call: Ask, clock: Clock) -> None:
    first = call(PATH, GOOD)
    assert len(skus(first)) == 50
    token = first.json()["pagination"]["nextToken"]
    assert len(skus(call(PATH, GOOD | {"nextToken": token}))) == 10
    assert call(PATH, GOOD | {"nextToken": token, "details": "true"}).status == 400
    clock.advance(seconds=30)
    assert call(PATH, GOOD | {"nextToken": token}).status == 200
    clock.advance(seconds=1)
    assert call(PATH, GOOD | {"nextToken": token}).status == 400


def test_start_date_time_comes_before_skus_and_those_before_one(call: Ask) -> None:
    assert skus(call(PATH, GOOD | {"sellerSkus": "S003,S001"})) == ["S001", "S003"]
    assert skus(call(PATH, GOOD | {"sellerSku": "S002", "sellerSkus": "S003"})) == ["S003"]
    assert skus(call(PATH, GOOD | {"sellerSku": "S002"})) == ["S002"]
    since = {"startDateTime": "2026-11-19T00:00:00Z", "sellerSkus": "S001"}
    assert skus(call(PATH, GOOD | since)) == ["S019", "S039", "S059"]


@pytest.mark.parametrize("role", ["Amazon Fulfillment", "Product Listing"])
def test_either_role_will_do(call: Ask, seller: Seller, role: str) -> None:
    seller.roles = {role}
    assert call(PATH, GOOD).status == 200
    seller.roles = {"Finance and Accounting"}
    assert call(PATH, GOOD).status == 403
