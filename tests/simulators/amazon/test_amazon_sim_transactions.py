"""listTransactions by the rules that its model states."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
PATH = "/finances/2024-06-19/transactions"
NOVEMBER = {"postedAfter": "2026-11-01T00:00:00Z"}


def movement(name: str, posted: str, status: str = "RELEASED", **related: str) -> dict[str, Any]:
    return {
        "transactionId": name,
        "transactionStatus": status,
        "postedDate": posted,
        "totalAmount": {"currencyAmount": Decimal("0.10"), "currencyCode": "GBP"},
        "marketplaceDetails": {"marketplaceId": "A1F83G8C2ARO7P"},
        "relatedIdentifiers": [
            {"relatedIdentifierName": key, "relatedIdentifierValue": value}
            for key, value in related.items()
        ],
    }


@pytest.fixture(autouse=True)
def _movements(seller: Seller) -> None:
    seller.transactions += [
        movement("b", "2026-11-03T00:00:00Z", FINANCIAL_EVENT_GROUP_ID="G1"),
        movement("a", "2026-11-01T00:00:00Z", ORDER_ID="026-1-1"),
        movement("held", "2026-11-02T00:00:00Z", "DEFERRED", ORDER_ID="026-2-2"),
        movement("new", "2026-11-21T08:59:00Z"),
    ]


def names(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["transactionId"] for each in answer.json()["payload"]["transactions"]]


def test_the_start_counts_and_the_end_does_not(call: Ask) -> None:
    assert names(call(PATH, NOVEMBER)) == ["a", "held", "b"]
    until = {**NOVEMBER, "postedBefore": "2026-11-03T00:00:00Z"}
    assert names(call(PATH, until)) == ["a", "held"]


def test_what_is_younger_than_two_minutes_is_not_shown(call: Ask, clock: Clock) -> None:
    assert "new" not in names(call(PATH, NOVEMBER))
    clock.advance(minutes=2)
    assert "new" in names(call(PATH, NOVEMBER))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "Start date cannot be null"),
        ({"postedBefore": "2026-11-02T00:00:00Z"}, "Start date cannot be null"),
        ({"postedAfter": "2026-11-21T08:58:30Z"}, "Date range is invalid."),
        ({**NOVEMBER, "postedBefore": "2026-11-21T08:58:30Z"}, "Date range is invalid."),
        ({**NOVEMBER, "postedBefore": "2026-10-01T00:00:00Z"}, "Date range is invalid."),
        ({**NOVEMBER, "transactionStatus": "HELD"}, "Invalid Input"),
        ({"relatedIdentifierName": "ORDER_ID"}, "Invalid Input"),
        (
            {"relatedIdentifierName": "SETTLEMENT_ID", "relatedIdentifierValue": "1"},
            "Invalid Input",
        ),
        ({**NOVEMBER, "nextToken": "x"}, "Invalid Input"),
        ({**NOVEMBER, "pageSize": "5"}, "Invalid parameter: pageSize is not a parameter."),
    ],
)
def test_what_the_model_forbids_is_refused(call: Ask, query: dict[str, str], words: str) -> None:
    refused = call(PATH, query)
    assert refused.status == 400
    assert refused.error["code"] == "InvalidInput"
    assert refused.error["message"] == words


def test_more_than_180_days_are_answered_with_nothing(call: Ask) -> None:
    wide = {"postedAfter": "2026-05-01T00:00:00Z"}
    assert names(call(PATH, wide)) == []
    assert names(call(PATH, {"postedAfter": "2026-06-01T00:00:00Z"})) == ["a", "held", "b"]


def test_filters(call: Ask) -> None:
    assert names(call(PATH, {**NOVEMBER, "transactionStatus": "DEFERRED"})) == ["held"]
    assert names(call(PATH, {**NOVEMBER, "marketplaceId": "A1PA6795UKMFR9"})) == []
    by_group = {"relatedIdentifierName": "FINANCIAL_EVENT_GROUP_ID", "relatedIdentifierValue": "G1"}
    assert names(call(PATH, by_group)) == ["b"]
    by_order = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": "026-2-2"}
    assert names(call(PATH, by_order)) == ["held"]


def test_a_token_needs_the_same_arguments(call: Ask, seller: Seller) -> None:
    seller.transactions_per_page = 2
    first = call(PATH, NOVEMBER)
    token = first.json()["payload"]["nextToken"]
    assert names(call(PATH, {**NOVEMBER, "nextToken": token})) == ["b"]
    other = {"postedAfter": "2026-11-02T00:00:00Z", "nextToken": token}
    assert call(PATH, other).status == 400
    assert call(PATH, {"nextToken": token}).status == 400


def test_pages_may_be_empty(call: Ask, seller: Seller) -> None:
    seller.transactions_per_page, seller.empty_pages = 2, True
    query, sizes = dict(NOVEMBER), []
    while True:
        payload = call(PATH, query).json()["payload"]
        sizes.append(len(payload["transactions"]))
        if "nextToken" not in payload:
            break
        query["nextToken"] = payload["nextToken"]
    assert sizes == [0, 2, 0, 1]


def test_a_release_changes_the_deferred_one_in_place(call: Ask, seller: Seller) -> None:
    seller.release("held", by=movement("r", "2026-11-20T00:00:00Z", DEFERRED_TRANSACTION_ID="held"))
    found = {
        each["transactionId"]: each
        for each in call(PATH, NOVEMBER).json()["payload"]["transactions"]
    }
    assert found["held"]["transactionStatus"] == "DEFERRED_RELEASED"
    assert found["held"]["postedDate"] == "2026-11-02T00:00:00Z"
    assert found["held"]["relatedIdentifiers"][-1] == {
        "relatedIdentifierName": "RELEASE_TRANSACTION_ID",
        "relatedIdentifierValue": "r",
    }
    assert found["r"]["transactionStatus"] == "RELEASED"


def test_it_takes_the_role_and_the_plan(call: Ask, seller: Seller) -> None:
    assert [call(PATH, NOVEMBER).status for _ in range(11)] == [200] * 10 + [429]
    seller.clock.advance(minutes=1)
    seller.roles.discard("Finance and Accounting")
    assert call(PATH, NOVEMBER).status == 403
