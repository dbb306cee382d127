"""Finances v0 listFinancialEventGroups: windows, pages, numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.amazon_sp import Seller

Ask = Callable[..., Any]
GROUPS = "/finances/v0/financialEventGroups"
AFTER, BEFORE = "FinancialEventGroupStartedAfter", "FinancialEventGroupStartedBefore"


def group_ids(answer: Any) -> list[str]:
    payload = answer.json()["payload"]
    return [group["FinancialEventGroupId"] for group in payload["FinancialEventGroupList"]]


def start_daily(seller: Seller, count: int) -> None:
    template = seller.event_groups.pop()
    for day in range(1, count + 1):
        start = f"2026-10-{day:02d}T00:00:00Z"
        group = {"FinancialEventGroupId": str(day), "FinancialEventGroupStart": start}
        seller.event_groups.append(template | group)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"MaxResultsPerPage": "10"},
        {BEFORE: "2026-11-20T00:00:00Z"},
        {AFTER: "2026-11-20T00:00:00Z", BEFORE: "2026-11-20T00:00:00Z"},
        {AFTER: "2026-11-20T00:00:00Z", BEFORE: "2026-11-19T00:00:00Z"},
        {AFTER: "2026-11-20T00:00:00Z", BEFORE: "2026-11-21T08:58:00Z"},
        {AFTER: "2026-11-21T08:58:00Z"},
        {AFTER: "2026-11-01T00:00:00Z", "MaxResultsPerPage": "0"},
        {AFTER: "2026-11-01T00:00:00Z", "MaxResultsPerPage": "101"},
        {AFTER: "2026-11-01T00:00:00Z", "NextToken": "made-up"},
    ],
)
def test_a_window_that_the_model_forbids_is_refused(call: Ask, query: dict[str, str]) -> None:
    refused = call(GROUPS, query)
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")


def test_groups_start_at_or_after_and_before_the_window(call: Ask) -> None:
    start = "2026-11-01T00:00:00Z"
    assert group_ids(call(GROUPS, {AFTER: start})) == ["G1"]
    assert group_ids(call(GROUPS, {AFTER: "2026-10-30", BEFORE: start})) == []
    assert group_ids(call(GROUPS, {AFTER: "2026-11-01T00:00:01Z"})) == []


def test_a_window_wider_than_180_days_is_empty_not_an_error(call: Ask) -> None:
    end = "2026-11-10T00:00:00Z"
    assert group_ids(call(GROUPS, {AFTER: "2026-05-14T00:00:00Z", BEFORE: end})) == ["G1"]
    assert group_ids(call(GROUPS, {AFTER: "2026-05-13T23:59:59Z", BEFORE: end})) == []
    assert group_ids(call(GROUPS, {AFTER: "2025-11-10T00:00:00Z"})) == []


def test_amounts_are_json_numbers(call: Ask) -> None:
    answer = call(GROUPS, {AFTER: "2026-11-01"})
    assert b'"CurrencyAmount":8.40' in answer.body
    group = answer.json()["payload"]["FinancialEventGroupList"][0]
    assert group["OriginalTotal"]["CurrencyAmount"] == Decimal("8.40")


def test_pages_are_of_ten_newest_first_with_the_same_arguments(call: Ask, seller: Seller) -> None:
    start_daily(seller, 25)
    query = {AFTER: "2026-10-01"}
    first = call(GROUPS, query)
    assert group_ids(first) == [str(day) for day in range(25, 15, -1)]
    token = {"NextToken": first.json()["payload"]["NextToken"]}
    assert call(GROUPS, token).status == 400
    assert call(GROUPS, query | token | {"MaxResultsPerPage": "20"}).status == 400
    second = call(GROUPS, query | token)
    last = call(GROUPS, query | {"NextToken": second.json()["payload"]["NextToken"]})
    assert group_ids(last) == [str(day) for day in range(5, 0, -1)]
    assert "NextToken" not in last.json()["payload"]
