"""Login with Amazon and the access token, as the facts about authorisation have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.amazon_sp import Seller
from simulators.clock import Clock

Ask = Callable[..., Any]
PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def test_a_refresh_token_buys_an_access_token_of_one_hour(log_in: Ask) -> None:
    granted = log_in()
    assert granted.status == 200
    assert granted.json()["token_type"] == "bearer"
    assert granted.json()["expires_in"] == 3600
    assert granted.json()["access_token"].startswith("Atza|")
    assert granted.json()["refresh_token"] == "Atzr|demo"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"client_secret": "old"}, 401, "invalid_client"),
        ({"client_id": "amzn1.application-oa2-client.other"}, 401, "invalid_client"),
        ({"refresh_token": "Atzr|mistyped"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_login_refuses_in_the_manner_of_oauth(
    log_in: Ask, fields: dict[str, str], status: int, code: str
) -> None:
    refused = log_in(**fields)
    assert refused.status == status
    assert set(refused.json()) == {"error", "error_description"}
    assert refused.json()["error"] == code


def test_a_wrong_secret_is_told_in_amazons_words(log_in: Ask) -> None:
    assert log_in(client_secret="old").json() == {
        "error_description": "Client authentication failed",
        "error": "invalid_client",
    }


def test_login_takes_a_form_and_nothing_else(ask: Ask) -> None:
    as_json = ask(
        "/auth/o2/token",
        method="POST",
        headers={"Content-Type": "application/json"},
        body='{"grant_type": "refresh_token"}',
    )
    assert (as_json.status, as_json.json()["error"]) == (400, "invalid_request")
    assert ask("/auth/o2/token").status == 405


def test_an_access_token_dies_after_an_hour(call: Ask, clock: Clock) -> None:
    clock.advance(seconds=3599)
    assert call(PARTICIPATIONS).status == 200
    clock.advance(seconds=1)
    refused = call(PARTICIPATIONS)
    assert refused.status == 403
    assert refused.error == {
        "code": "Unauthorized",
        "message": "Access to requested resource is denied.",
        "details": "The access token you provided has expired.",
    }


@pytest.mark.parametrize("token", ["Atza|made-up", "garbage", "Bearer Atza|x"])
def test_a_malformed_or_unknown_access_token_is_refused(call: Ask, token: str) -> None:
    refused = call(PARTICIPATIONS, headers={"x-amz-access-token": token})
    assert refused.status == 403
    assert refused.error["details"] == (
        "The access token you provided is revoked, malformed or invalid."
    )


def test_a_call_without_access_token_is_refused(ask: Ask, credentials: dict[str, str]) -> None:
    refused = ask(PARTICIPATIONS, headers={"User-Agent": credentials["User-Agent"]})
    assert (refused.status, refused.error["code"]) == (403, "Unauthorized")
    assert refused.error["details"] == "Access token is missing in the request header."
    assert "x-amzn-ratelimit-limit" not in refused.headers


def test_a_revoked_authorisation_kills_every_token(call: Ask, log_in: Ask, seller: Seller) -> None:
    assert call(PARTICIPATIONS).status == 200
    seller.revoke()
    refused = call(PARTICIPATIONS)
    assert refused.status == 403
    assert "revoked" in refused.error["details"]
    again = log_in()
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")


def test_a_program_outside_can_revoke_too(ask: Ask, log_in: Ask) -> None:
    assert ask("/__control__/revoke", method="POST").status == 204
    assert log_in().json()["error"] == "invalid_grant"


CONSENT = "/apps/authorize/consent"
QUESTION = {
    "application_id": "amzn1.sp.solution.demo",
    "redirect_uri": "https://example.com/back",
    "state": "s-1",
    "version": "beta",
}


def _code(ask: Ask, seller: Seller) -> str:
    seller.login.redirect_uris.add("https://example.com/back")
    answer = ask(CONSENT, QUESTION)
    assert answer.status == 302
    assert "state=s-1" in answer.headers["location"]
    return str(answer.headers["location"]).partition("spapi_oauth_code=")[2]


def test_a_code_buys_the_refresh_token_once(ask: Ask, log_in: Ask, seller: Seller) -> None:
    seller.revoke()
    code = _code(ask, seller)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://example.com/back",
        "refresh_token": "",
    }
    assert log_in(**form).json()["refresh_token"] == "Atzr|demo"
    assert log_in(**form).json()["error"] == "invalid_grant"
    assert log_in().status == 200, "the seller has authorised the application again"


@pytest.mark.parametrize("change", ["late", "elsewhere", "no code", "wrong secret"])
def test_a_code_is_refused(
    ask: Ask, log_in: Ask, seller: Seller, clock: Clock, change: str
) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": _code(ask, seller),
        "redirect_uri": "https://example.com/back",
    }
    code = {"no code": "invalid_request", "wrong secret": "invalid_client"}
    if change == "late":
        clock.advance(minutes=5)
    elif change == "elsewhere":
        form["redirect_uri"] = "https://example.com/other"
    elif change == "no code":
        form["code"] = ""
    else:
        form["client_secret"] = "old"
    assert log_in(**form).json()["error"] == code.get(change, "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://localhost:8766/callback"},
        {"application_id": "amzn1.application-oa2-client.demo"},
        {"version": ""},
    ],
)
def test_the_consent_page_knows_its_application(
    ask: Ask, seller: Seller, change: dict[str, str]
) -> None:
    seller.login.redirect_uris.add("https://example.com/back")
    assert ask(CONSENT, QUESTION | change).status == 400
