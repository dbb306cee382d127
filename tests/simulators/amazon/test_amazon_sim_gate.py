"""What every call must pass: HTTP, route, User-Agent, usage plan, role, known parameters."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock
from simulators.wsgi import LoopbackServer

Ask = Callable[..., Any]
PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
ORDERS = "/orders/2026-01-01/orders"
SINCE = {"lastUpdatedAfter": "2026-11-20T00:00:00Z"}


def test_participations_come_in_a_payload(call: Ask, seller: Seller) -> None:
    assert call(PARTICIPATIONS).json() == {"payload": seller.participations}


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "python-requests/2.32.0",
        "books/1.0",
        "books/1.0 (Platform=Linux)",
        "(Language=Python/3.11)",
    ],
)
def test_a_user_agent_must_name_application_and_language(call: Ask, agent: str) -> None:
    refused = call(PARTICIPATIONS, headers={"User-Agent": agent})
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")


@pytest.mark.parametrize(
    "agent",
    [
        "books/1.0 (Language=Python/3.11)",
        "My Selling Tool/2.0 (Language=Java/1.8.0.221; Platform=Windows/10)",
        "books/1.0 (Platform=Linux; Language=Python/3.11; Host=a.b)",
    ],
)
def test_a_user_agent_in_amazons_form_is_taken(call: Ask, agent: str) -> None:
    assert call(PARTICIPATIONS, headers={"User-Agent": agent}).status == 200


def test_a_user_agent_has_at_most_500_characters(call: Ask) -> None:
    frame = "books/1.0 (Language=Python/3.11; Host={})"
    longest = frame.format("h" * (500 - len(frame) + 2))
    assert len(longest) == 500
    assert call(PARTICIPATIONS, headers={"User-Agent": longest}).status == 200
    longer = longest.replace("h)", "hh)")
    assert call(PARTICIPATIONS, headers={"User-Agent": longer}).status == 400


def test_an_answer_has_request_id_and_rate(call: Ask) -> None:
    first, second = call(ORDERS, SINCE), call(ORDERS, SINCE)
    assert first.headers["x-amzn-ratelimit-limit"] == "0.0056"
    assert first.headers["x-amzn-requestid"] != second.headers["x-amzn-requestid"]


@pytest.mark.parametrize("target", ["/", "/orders/v1/orders", "/orders/2026-01-01", f"{ORDERS}/"])
def test_an_unknown_path_is_not_found(call: Ask, target: str) -> None:
    refused = call(target)
    assert (refused.status, refused.error["code"]) == (404, "NotFound")
    assert refused.headers["x-amzn-requestid"]


def test_a_wrong_method_is_refused(call: Ask) -> None:
    refused = call(ORDERS, method="DELETE")
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "target", [f"{ORDERS}?createdAfter=%ZZ", f'{ORDERS}?x="a"', f"{ORDERS}?a|b"]
)
def test_malformed_http_is_refused_at_the_edge_in_html(call: Ask, target: str) -> None:
    refused = call(target)
    assert refused.status == 400
    assert refused.headers["content-type"] == "text/html"
    assert refused.body.startswith(b"<html>")


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (ORDERS, {"LastUpdatedAfter": "2026-11-20T00:00:00Z"}),
        (ORDERS, SINCE | {"nextToken": "x"}),
        (ORDERS, SINCE | {"marketplaceIds": ""}),
        (PARTICIPATIONS, {"marketplaceIds": "A1F83G8C2ARO7P"}),
        ("/reports/2021-06-30/reports", {"reportType": "X"}),
        ("/finances/v0/financialEventGroups", {"maxResultsPerPage": "5"}),
    ],
)
def test_a_parameter_that_the_model_does_not_have_is_refused(
    call: Ask, target: str, query: dict[str, str]
) -> None:
    refused = call(target, query)
    assert (refused.status, refused.error["code"]) == (400, "InvalidInput")


def test_a_parameter_is_given_once_and_lists_are_joined_by_commas(call: Ask) -> None:
    once = f"{ORDERS}?lastUpdatedAfter=2026-11-20T00:00:00Z&fulfillmentStatuses="
    assert call(f"{once}SHIPPED,UNSHIPPED").status == 200
    assert call(f"{once}SHIPPED&fulfillmentStatuses=UNSHIPPED").status == 400


DEFAULTS = {
    PARTICIPATIONS: (15, 62.5),
    ORDERS: (20, 178.6),
    f"{ORDERS}/026-0000009-0000000": (30, 2),
    "/reports/2021-06-30/reports": (10, 45.1),
    "/reports/2021-06-30/reports/500001": (15, 0.5),
    "/reports/2021-06-30/documents/amzn1.spdoc.1": (15, 59.9),
    "/finances/v0/financialEventGroups": (30, 2),
}


@pytest.mark.parametrize("target", DEFAULTS)
def test_calls_beyond_the_burst_wait_for_the_bucket(call: Ask, clock: Clock, target: str) -> None:
    burst, seconds = DEFAULTS[target]
    assert all(call(target).status != 429 for _ in range(burst))
    refused = call(target)
    assert refused.status == 429
    assert refused.json() == {
        "errors": [
            {
                "code": "QuotaExceeded",
                "message": "You exceeded your quota for the requested resource.",
                "details": "",
            }
        ]
    }
    assert not {"retry-after", "x-amzn-ratelimit-limit"} & set(refused.headers)
    clock.advance(timedelta(seconds=seconds))
    assert call(target).status != 429
    assert call(target).status == 429


def test_each_operation_has_its_own_bucket(call: Ask, seller: Seller) -> None:
    seller.plans["searchOrders"] = (0.0056, 1)
    assert [call(ORDERS, SINCE).status for _ in range(2)] == [200, 429]
    assert call(PARTICIPATIONS).status == 200


def test_a_changed_plan_begins_full_and_is_told_in_the_header(call: Ask, seller: Seller) -> None:
    seller.plans["searchOrders"] = (2.0, 1)
    answer = call(ORDERS, SINCE)
    assert answer.headers["x-amzn-ratelimit-limit"] == "2.0"
    seller.plans["searchOrders"] = (5.0, 2)
    assert [call(ORDERS, SINCE).status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (ORDERS, SINCE),
        (
            "/reports/2021-06-30/reports",
            {"reportTypes": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"},
        ),
        ("/reports/2021-06-30/reports/500001", {}),
        ("/reports/2021-06-30/documents/amzn1.spdoc.1.4.eu.500001.T123456789", {}),
        (
            "/finances/v0/financialEventGroups",
            {"FinancialEventGroupStartedAfter": "2026-11-01T00:00:00Z"},
        ),
    ],
)
def test_without_its_role_an_operation_is_denied(
    call: Ask, seller: Seller, target: str, query: dict[str, str]
) -> None:
    assert call(target, query).status == 200
    seller.roles.clear()
    refused = call(target, query)
    assert (refused.status, refused.error["code"]) == (403, "Unauthorized")


def test_throttling_and_failures_on_demand_are_amazons(call: Ask, seller: Seller) -> None:
    seller.throttle(times=2)
    assert [call(PARTICIPATIONS).status for _ in range(3)] == [429, 429, 200]
    seller.fail(503, path="/orders/*")
    assert call(PARTICIPATIONS).status == 200
    failed = call(ORDERS, SINCE)
    assert (failed.status, failed.error["code"]) == (503, "ServiceUnavailable")
    seller.fail()
    assert call(ORDERS, SINCE).error["code"] == "InternalFailure"
    assert call(ORDERS, SINCE).status == 200


def test_calls_are_noted_in_order_with_their_status(call: Ask, seller: Seller) -> None:
    del seller.calls[:]
    call(ORDERS, SINCE)
    call("/nowhere")
    assert [(each.method, each.path, each.status) for each in seller.calls] == [
        ("GET", ORDERS, 200),
        ("GET", "/nowhere", 404),
    ]
    assert seller.calls[0].query == {"lastUpdatedAfter": ["2026-11-20T00:00:00Z"]}


def test_programs_outside_see_calls_and_state_but_no_token(call: Ask, ask: Ask) -> None:
    call(PARTICIPATIONS)
    shown = ask("/__control__/calls").json()["calls"][-1]
    assert shown["path"] == PARTICIPATIONS
    assert "Atza|" not in json.dumps(shown["headers"])
    state = ask("/__control__/state").json()
    assert state["orders"] == 5
    assert state["settlements"][0]["total"] == "8.40"
    assert ask("/__control__/calls").json()["calls"][-1]["path"] == PARTICIPATIONS


def test_a_dropped_and_a_cut_answer_reach_the_caller_as_such(
    amazon: LoopbackServer, seller: Seller, credentials: dict[str, str]
) -> None:
    seller.faults.drop_response(path=PARTICIPATIONS)
    seller.faults.truncate(10, path=PARTICIPATIONS, nth=2)
    connection = HTTPConnection("127.0.0.1", amazon.port)
    try:
        connection.request("GET", PARTICIPATIONS, headers=credentials)
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()
        connection.request("GET", PARTICIPATIONS, headers=credentials)
        with pytest.raises(IncompleteRead):
            connection.getresponse().read()
    finally:
        connection.close()
    assert [each.status for each in seller.calls[-2:]] == [None, 200]
