"""Facts 1.1 and 1.2: tokens, connections and granular scopes."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest
from xero_caller import ALL_SCOPES, Caller

OAUTH = "Basic " + base64.b64encode(b"DEMOXEROOAUTH:demo-oauth-secret").decode()


def refresh(xero: Caller, token: str, authorization: str = OAUTH) -> tuple[int, dict[str, str]]:
    form = urlencode({"grant_type": "refresh_token", "refresh_token": token})
    answer = xero.send("POST", "/connect/token", form, Authorization=authorization)
    return answer.status, answer.json


def test_a_custom_connection_gets_a_token_for_thirty_minutes_and_no_refresh_token(
    xero: Caller,
) -> None:
    answer = xero.sign_in()
    assert answer.status == 200
    assert answer.json["expires_in"] == 1800
    assert answer.json["token_type"] == "Bearer"
    assert "refresh_token" not in answer.json


def test_client_credentials_in_the_form_serve_as_well_as_basic(xero: Caller) -> None:
    answer = xero.sign_in(
        authorization="", client_id="DEMOXEROCLIENT", client_secret="demo-xero-secret"
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    "scope",
    [
        "accounting.transactions",
        "accounting.reports.read accounting.invoices",
        "accounting.journals.read",
        "accounting.invoices offline_access",
    ],
)
def test_a_broad_or_unknown_scope_is_refused(xero: Caller, scope: str) -> None:
    answer = xero.sign_in(scope)
    assert answer.status == 400
    assert answer.json == {
        "error": "invalid_scope",
        "error_description": "Client credentials scope validation failed",
    }


@pytest.mark.parametrize(
    "credentials", ["DEMOXEROCLIENT:wrong", "nobody:demo-xero-secret", "DEMOXEROCLIENT:"]
)
def test_a_wrong_secret_is_refused(xero: Caller, credentials: str) -> None:
    coded = base64.b64encode(credentials.encode()).decode()
    answer = xero.sign_in(authorization=f"Basic {coded}")
    assert (answer.status, answer.json["error"]) == (400, "invalid_client")


def test_an_unknown_grant_is_refused(xero: Caller) -> None:
    answer = xero.sign_in(grant_type="password")
    assert answer.json == {"error": "unsupported_grant_type"}


def test_a_token_ends_after_thirty_minutes(xero: Caller) -> None:
    xero.sign_in()
    xero.org.clock.advance(minutes=29, seconds=59)
    assert xero.get("Organisation").status == 200
    xero.org.clock.advance(seconds=1)
    answer = xero.get("Organisation")
    assert answer.status == 401
    assert answer.json["Title"] == "Unauthorized"
    assert answer.json["Detail"] == "TokenExpired: token expired at 05/10/2026 12:30:00"


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic abc"])
def test_a_call_without_a_good_token_is_refused(xero: Caller, authorization: str) -> None:
    xero.token = "unused"
    answer = xero.get("Organisation", {"Authorization": authorization})
    assert answer.status == 401
    assert answer.json["Status"] == 401
    assert answer.json["Detail"] == "AuthenticationUnsuccessful"


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("accounting.settings.read", "GET", "Organisation", True),
        ("accounting.settings.read", "GET", "Items", True),
        ("accounting.invoices", "GET", "Items", True),
        ("accounting.invoices", "PUT", "Items", False),
        ("accounting.invoices.read", "GET", "Invoices", True),
        ("accounting.invoices.read", "PUT", "Invoices", False),
        ("accounting.settings", "GET", "Invoices", False),
        ("accounting.settings", "GET", "Payments", False),
        ("accounting.settings", "GET", "ManualJournals", False),
        ("accounting.settings", "GET", "BankTransactions", False),
        ("accounting.invoices", "GET", "Accounts", False),
        ("accounting.invoices", "GET", "Contacts", False),
    ],
)
def test_each_endpoint_needs_its_own_scope(
    xero: Caller, scope: str, method: str, path: str, *, allowed: bool
) -> None:
    xero.sign_in(scope)
    answer = xero.call(method, path, {path: [{"Code": "X"}]} if method == "PUT" else None)
    assert (answer.status == 403) is not allowed
    if not allowed:
        assert answer.json["Title"] == "Forbidden"
        assert answer.json["Detail"] == "AuthorizationUnsuccessful"
        assert answer.headers["WWW-Authenticate"] == "insufficient_scope"


def test_a_missing_scope_can_be_shown_as_401_too(xero: Caller) -> None:
    xero.org.scope_refusal = 401
    xero.sign_in("accounting.contacts")
    assert xero.get("Accounts").status == 401


def test_connections_name_the_organisation_without_any_limit_header(xero: Caller) -> None:
    xero.sign_in()
    answer = xero.send("GET", "/connections", Authorization=f"Bearer {xero.token}")
    (connection,) = answer.json
    assert connection["tenantName"] == "Demo Company (UK)"
    assert connection["tenantType"] == "ORGANISATION"
    assert connection["tenantId"] == xero.org.organisation_id
    assert not [name for name in answer.headers if "Limit" in name]


def test_a_custom_connection_needs_no_tenant_but_a_wrong_one_is_refused(xero: Caller) -> None:
    assert xero.get("Organisation").status == 200
    right = {"Xero_tenant_id": xero.org.organisation_id}
    assert xero.get("Organisation", right).status == 200
    wrong = {"Xero_tenant_id": "11111111-1111-1111-1111-111111111111"}
    answer = xero.get("Organisation", wrong)
    assert answer.status == 403
    assert answer.json["Detail"] == "AuthenticationUnsuccessful"


def test_an_oauth_app_must_name_its_tenant(xero: Caller) -> None:
    _, issued = refresh(xero, "demo-refresh-token")
    xero.token = issued["access_token"]
    assert xero.get("Organisation").status == 403
    tenant = {"Xero_tenant_id": xero.org.organisation_id}
    assert xero.get("Organisation", tenant).status == 200


def test_a_removed_connection_closes_the_organisation(xero: Caller) -> None:
    xero.sign_in()
    bearer = f"Bearer {xero.token}"
    (connection,) = xero.send("GET", "/connections", Authorization=bearer).json
    gone = xero.send("DELETE", f"/connections/{connection['id']}", Authorization=bearer)
    assert gone.status == 204
    assert xero.get("Organisation").status == 403


def test_each_refresh_gives_a_new_token_and_the_old_one_serves_thirty_minutes(
    xero: Caller,
) -> None:
    status, first = refresh(xero, "demo-refresh-token")
    assert status == 200
    assert first["refresh_token"] != "demo-refresh-token"
    xero.org.clock.advance(minutes=29)
    status, again = refresh(xero, "demo-refresh-token")
    assert status == 200
    assert again["refresh_token"] != first["refresh_token"]
    xero.org.clock.advance(minutes=1)
    assert refresh(xero, "demo-refresh-token") == (400, {"error": "invalid_grant"})
    assert refresh(xero, first["refresh_token"])[0] == 200


def test_an_unused_refresh_token_ends_after_sixty_days(xero: Caller) -> None:
    xero.org.clock.advance(days=60)
    assert refresh(xero, "demo-refresh-token") == (400, {"error": "invalid_grant"})


def test_a_custom_connection_has_no_refresh_grant(xero: Caller) -> None:
    custom = "Basic " + base64.b64encode(b"DEMOXEROCLIENT:demo-xero-secret").decode()
    assert refresh(xero, "demo-refresh-token", custom)[1] == {"error": "unauthorized_client"}


def test_revocation_ends_refresh_and_access_tokens(xero: Caller) -> None:
    _, issued = refresh(xero, "demo-refresh-token")
    form = urlencode({"token": issued["refresh_token"]})
    assert xero.send("POST", "/connect/revocation", form, Authorization=OAUTH).status == 200
    assert refresh(xero, issued["refresh_token"])[1] == {"error": "invalid_grant"}
    xero.token = issued["access_token"]
    assert xero.get("Organisation").status == 401


def test_no_scope_asked_for_gives_all_that_the_connection_has(xero: Caller) -> None:
    assert set(ALL_SCOPES.split()) < set(xero.sign_in(scope="").json["scope"].split())
