"""Every refusal is typed, says what to do, names the request, and holds no secret."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import dataclass
from typing import Any

import pytest
from amazon_stub import TOKEN_PATH, Opener, Stub

from amazon_sp import Session, finances, inventory, orders, reports, sellers
from amazon_sp.errors import (
    AccessDenied,
    AmazonError,
    AuthorisationRevoked,
    ClientRefused,
    NotFound,
    Refused,
    Throttled,
    Unavailable,
)
from simulators.wsgi import LoopbackServer, Response

TRANSACTIONS = finances.TRANSACTIONS
SECRETS = ("amzn1.oa2-cs.v1.demo", "Atzr|demo", "Atza|1", "Atza|2")
HTML = b"<html><head><title>400 Bad Request</title></head><body>400 Bad Request</body></html>"
ECHO = {"errors": [{"code": "X", "message": "you sent amzn1.oa2-cs.v1.demo Atzr|demo Atza|1"}]}


def errors(code: str, message: str, details: str = "") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": details}]}


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    body: Any
    error: type[AmazonError]
    words: str
    calls: int = 1


DENIED = "Access to requested resource is denied."
CASES = (
    Case("no role", 403, errors("Unauthorized", DENIED), AccessDenied,
         "give the application the role 'Finance and Accounting' and authorise it again", 2),
    Case("role added later", 403, errors("Unauthorized", DENIED), AccessDenied,
         "a role added later counts only then", 2),
    Case("seller suspended", 403, errors("Unauthorized", DENIED), AccessDenied,
         "the seller account is active", 2),
    Case("wrong region", 403,
         errors("Unauthorized", DENIED,
                "The access token you provided is revoked, malformed or invalid."),
         AccessDenied, "check that region is the one where the seller authorised", 2),
    Case("expired for good", 401, errors("Unauthorized", DENIED, "The access token has expired."),
         AccessDenied, "not even a new one", 2),
    Case("bad request", 400, errors("InvalidInput", "Date range is invalid."), Refused,
         "InvalidInput: Date range is invalid."),
    Case("html", 400, HTML, Refused, "400 Bad Request"),
    Case("empty", 400, b"", Refused, "no explanation given"),
    Case("unknown", 404, errors("NotFound", "gone"), NotFound, "does not find"),
    Case("media type", 415, errors("UnsupportedMediaType", "no"), Refused, "refuses"),
    Case("redirect", 302, b"", Refused, "check region and api_url"),
    Case("throttled", 429, errors("QuotaExceeded", "You exceeded"), Throttled,
         "max_wait_minutes", 6),
    Case("internal", 500, errors("InternalFailure", "oops"), Unavailable, "run again later", 6),
    Case("away", 503, b"<html>busy</html>", Unavailable, "run again later", 6),
    Case("echo", 400, ECHO, Refused, "you sent *** *** ***"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_is_typed_actionable_and_names_the_request(
    opened: Opener,
    host: LoopbackServer,
    stub: Stub,
    case: Case,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.answer(TRANSACTIONS, Response(case.status, case.body, {"x-amzn-RequestId": "req-1"}))
    with pytest.raises(case.error) as caught:
        opened(host.url, max_wait=120.0).read(TRANSACTIONS)
    assert type(caught.value) is case.error
    told = str(caught.value)
    assert case.words in told
    assert "\n" not in told
    if case.error is not Throttled:
        assert told.endswith("[request id req-1]")
        assert caught.value.request_id == "req-1"
    else:
        assert "HTTP 429" in told
        assert "[request id req-1]" in told
    assert len(stub.asked(TRANSACTIONS)) == case.calls
    seen = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert not [secret for secret in SECRETS if secret in seen]


LOGINS = (
    (400, {"error": "invalid_grant", "error_description": "revoked"}, AuthorisationRevoked,
     "authorise the application again in Seller Central and set the new refresh_token"),
    (401, {"error": "invalid_client", "error_description": "Client authentication failed"},
     ClientRefused, "a secret ends 180 days after it was made; create a new one"),
    (400, {"error": "unauthorized_client", "error_description": "no"}, ClientRefused, "180 days"),
    (400, {"error": "invalid_request", "error_description": "Atzr|demo is bad"}, Refused,
     "*** is bad"),
    (400, {"error": "invalid_scope"}, Refused, "check auth_url"),
    (400, HTML, Refused, "400 Bad Request"),
    (302, b"", Refused, "check auth_url"),
)  # fmt: skip


@pytest.mark.parametrize(("status", "body", "error", "words"), LOGINS)
def test_a_refused_login_is_typed_and_asked_for_once(
    amazon: Session, stub: Stub, status: int, body: Any, error: type[AmazonError], words: str
) -> None:
    stub.token_answers = [Response(status, body, {"x-amzn-RequestId": "lwa-7"})]
    with pytest.raises(error) as caught:
        amazon.read(TRANSACTIONS)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert str(caught.value).endswith("[request id lwa-7]")
    assert len(stub.asked(TOKEN_PATH)) == 1
    assert stub.asked(TRANSACTIONS) == []
    seen = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in SECRETS if secret in seen]


OPERATIONS = {
    "searchOrders": (orders.PATH, "'Inventory and Order Tracking' or"),
    "getOrder": (f"{orders.PATH}/202-1-1", "'Inventory and Order Tracking' or"),
    "getReports": (reports.PATH, "'Finance and Accounting'"),
    "getReport": (f"{reports.PATH}/1", "that this kind of report needs"),
    "getReportDocument": ("/reports/2021-06-30/documents/1", "that this kind of report needs"),
    "listFinancialEventGroups": (finances.PATH, "'Finance and Accounting'"),
    "listTransactions": (finances.TRANSACTIONS, "'Finance and Accounting'"),
    "getInventorySummaries": (inventory.PATH, "'Amazon Fulfillment' or 'Product Listing'"),
    "getMarketplaceParticipations": (sellers.PATH, "'Selling Partner Insights'"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_names_itself_and_its_role(
    amazon: Session, stub: Stub, operation: str
) -> None:
    path, role = OPERATIONS[operation]
    stub.answer(path, Response(403, errors("Unauthorized", DENIED)))
    with pytest.raises(AccessDenied, match=f"denies {operation}: give .* the role {role}"):
        amazon.read(path)


def test_an_answer_cut_in_its_body_is_asked_for_again(amazon: Session, stub: Stub) -> None:
    body = json.dumps({"payload": {"transactions": [{"transactionId": "a" * 5000}]}}).encode()
    cut = [Response(200, body, cut=at) for at in (0, 1, 2500, len(body) - 1)]
    stub.answer(TRANSACTIONS, *cut, Response(200, body))
    assert amazon.read(TRANSACTIONS) == json.loads(body)
    assert len(stub.asked(TRANSACTIONS)) == 5
