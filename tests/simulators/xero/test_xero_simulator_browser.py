"""Fact 1.1: the code flow: redirect addresses, state, PKCE, codes of five minutes and one use."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from xero_caller import ALL_SCOPES, Answer, Caller

from simulators.xero.browser import App

OAUTH = "Basic " + base64.b64encode(b"DEMOXEROOAUTH:demo-oauth-secret").decode()
REDIRECT = "http://localhost:8765/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


def ask(xero: Caller, **changes: str) -> Answer:
    query = {
        "response_type": "code",
        "client_id": "DEMOXEROOAUTH",
        "redirect_uri": REDIRECT,
        "scope": f"offline_access {ALL_SCOPES}",
        "state": "state-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    given = {name: value for name, value in query.items() if value}
    return xero.send("GET", f"/identity/connect/authorize?{urlencode(given)}")


def code_of(answer: Answer) -> str:
    assert answer.status == 302
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def redeem(xero: Caller, code: str, authorization: str = OAUTH, **changes: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changes,
    }
    return xero.send("POST", "/connect/token", urlencode(form), Authorization=authorization)


def test_consent_redirects_with_code_and_state_and_the_code_gives_tokens(xero: Caller) -> None:
    answer = ask(xero)
    assert answer.headers["Location"].startswith(REDIRECT + "?code=")
    assert answer.headers["Location"].endswith("&state=state-1")
    issued = redeem(xero, code_of(answer)).json
    assert issued["expires_in"] == 1800
    assert set(issued["scope"].split()) == {"offline_access", *ALL_SCOPES.split()}
    xero.token = issued["access_token"]
    tenant = {"Xero_tenant_id": xero.org.organisation_id}
    assert xero.get("Organisation", tenant).status == 200
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    renewed = xero.send("POST", "/connect/token", urlencode(form), Authorization=OAUTH)
    assert renewed.status == 200


def test_without_offline_access_there_is_no_refresh_token(xero: Caller) -> None:
    issued = redeem(xero, code_of(ask(xero, scope="accounting.settings"))).json
    assert "refresh_token" not in issued


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "nobody"}, "unauthorized_client"),
        ({"client_id": "DEMOXEROCLIENT"}, "unauthorized_client"),
        ({"redirect_uri": "http://localhost:8766/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8765/callback"}, "redirect_uri"),
        ({"redirect_uri": REDIRECT + "/"}, "redirect_uri"),
        ({"redirect_uri": ""}, "redirect_uri"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "accounting.transactions"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "code_challenge"),
        ({"code_challenge_method": ""}, "code_challenge"),
        ({"code_challenge": "short"}, "code_challenge"),
    ],
)
def test_a_wrong_question_gets_an_error_page_and_no_redirect(
    xero: Caller, changes: dict[str, str], words: str
) -> None:
    answer = ask(xero, **changes)
    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert words in answer.body.decode()


def test_an_owner_who_declines_is_told_by_the_redirect(xero: Caller) -> None:
    xero.org.identity.browser.declines = True
    assert ask(xero).headers["Location"] == f"{REDIRECT}?error=access_denied&state=state-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "another"},
        {"redirect_uri": "http://localhost:8766/callback"},
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": "v" * 42},
    ],
)
def test_a_code_serves_only_who_asked_for_it(xero: Caller, changes: dict[str, str]) -> None:
    answer = redeem(xero, **{"code": code_of(ask(xero)), **changes})
    assert (answer.status, answer.json) == (400, {"error": "invalid_grant"})


def test_a_code_of_one_app_does_not_serve_another(xero: Caller) -> None:
    xero.org.identity.register(App("OTHER", "other-secret", custom=False))
    other = "Basic " + base64.b64encode(b"OTHER:other-secret").decode()
    assert redeem(xero, code_of(ask(xero)), other).json == {"error": "invalid_grant"}


def test_a_verifier_for_a_code_without_a_challenge_is_refused(xero: Caller) -> None:
    plain = {"code_challenge": "", "code_challenge_method": ""}
    assert redeem(xero, code_of(ask(xero, **plain))).json == {"error": "invalid_grant"}
    assert redeem(xero, code_of(ask(xero, **plain)), code_verifier="").status == 200


def test_a_code_is_used_once(xero: Caller) -> None:
    code = code_of(ask(xero))
    assert redeem(xero, code).status == 200
    assert redeem(xero, code).json == {"error": "invalid_grant"}


def test_a_code_ends_after_five_minutes(xero: Caller) -> None:
    first, second = code_of(ask(xero)), code_of(ask(xero))
    xero.org.clock.advance(minutes=4, seconds=59)
    assert redeem(xero, first).status == 200
    xero.org.clock.advance(seconds=1)
    assert redeem(xero, second).json == {"error": "invalid_grant"}


def test_a_custom_connection_redeems_no_code(xero: Caller) -> None:
    custom = "Basic " + base64.b64encode(b"DEMOXEROCLIENT:demo-xero-secret").decode()
    assert redeem(xero, code_of(ask(xero)), custom).json == {"error": "unauthorized_client"}


@pytest.mark.parametrize("uri", ["http://127.0.0.1:8765/callback", "http://example.com/callback"])
def test_an_app_cannot_register_http_beyond_localhost(uri: str) -> None:
    with pytest.raises(ValueError, match="localhost"):
        App("A", "s", custom=False, redirect_uris=frozenset({uri}))


def test_a_consent_can_cover_several_tenants(xero: Caller) -> None:
    other = xero.org.identity.also_connect("DEMOXEROOAUTH", "Second Ltd")
    xero.token = redeem(xero, code_of(ask(xero))).json["access_token"]
    found = xero.send("GET", "/connections", Authorization=f"Bearer {xero.token}").json
    assert {each["tenantId"] for each in found} == {xero.org.organisation_id, other}
    assert xero.get("Organisation", {"Xero_tenant_id": other}).status == 403
