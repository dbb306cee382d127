"""Login with Amazon: one access token an hour, for one seller and one region."""

from __future__ import annotations

import json
import platform
import re
import threading
from typing import Any

import requests
from requests.auth import AuthBase

from amazon_sp.errors import (
    AmazonError,
    AuthorisationRevoked,
    ClientRefused,
    Refused,
    Throttled,
    Unavailable,
    vendor_words,
)
from amazon_sp.hosts import LWA_URL, secure
from amazon_sp.limits import Limits

TOKEN_HEADER = "x-amz-access-token"  # noqa: S105 - the header's name
EARLY = 60
TIMEOUT = (10, 60)
TRIES = 6
LONGEST_USER_AGENT = 500


def user_agent(app: str) -> str:
    """Give the User-Agent Amazon asks of every request: application, language, platform."""
    text = (
        f"{app} (Language=Python/{platform.python_version()};"
        f" Platform={platform.system()}/{platform.release()})"
    )
    if not re.fullmatch(r"[^/()]+/[^\s/()]+", app) or not (app.isascii() and app.isprintable()):
        raise ValueError("user_agent_app must be a name and version such as my-books/1.0")
    if len(text) > LONGEST_USER_AGENT:
        raise ValueError(f"user_agent_app is too long: Amazon takes {LONGEST_USER_AGENT} in all")
    return text


class LwaAuth(AuthBase):
    """Signs requests with an LWA access token; the session decides where they may go.

    The token is kept until a minute before it ends. Secrets never appear in an error.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        *,
        url: str = LWA_URL,
        user_agent_app: str = "amazon-sp-client/0.1",
        limits: Limits | None = None,
    ) -> None:
        self._form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        }
        self.url = secure(url, "auth_url")
        self.user_agent = user_agent(user_agent_app)
        self.limits = limits or Limits()
        self._token: str | None = None
        self._ends = 0.0
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the access token on a request."""
        request.headers[TOKEN_HEADER] = self.token()
        return request

    def token(self) -> str:
        """Give an access token that is good for another minute at least."""
        with self._lock:
            if self._token is None or self.limits.clock() >= self._ends - EARLY:
                asked = self.limits.clock()
                answer = self._ask()
                self._token = str(answer["access_token"])
                self._ends = asked + int(answer.get("expires_in") or 3600)
            return self._token

    def forget(self, token: str | None) -> None:
        """Drop a token that Amazon no longer takes, unless it was replaced meanwhile."""
        with self._lock:
            if token == self._token:
                self._token = None

    def hide(self, text: str) -> str:
        """Blank out every secret in a text that comes from outside."""
        secrets = (self._form["client_secret"], self._form["refresh_token"], self._token)
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text

    def _ask(self) -> dict[str, Any]:
        waited = 0.0
        for times in range(TRIES):
            try:
                return self._ask_once()
            except (Unavailable, Throttled) as error:
                if times == TRIES - 1:
                    raise
                waited = self.limits.pause(self.limits.after_failure(times), waited, str(error))
        raise AssertionError  # the last try returns or raises

    def _ask_once(self) -> dict[str, Any]:
        try:
            response = requests.post(
                self.url,
                data=self._form,
                headers={"User-Agent": self.user_agent, "Accept": "application/json"},
                auth=lambda request: request,  # keeps a .netrc entry out of it
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # The cause is not chained: its text may hold what was sent.
            raise Unavailable(
                f"Login with Amazon cannot be reached ({type(error).__name__});"
                " check the network and auth_url, then run again"
            ) from None
        try:
            payload = json.loads(response.content)
        except ValueError:
            payload = None
        if response.status_code == requests.codes.ok and _grants(payload):
            return dict(payload)
        raise self._refusal(response, payload)

    def _refusal(self, response: requests.Response, payload: Any) -> AmazonError:
        code = payload.get("error") if isinstance(payload, dict) else None
        request_id = response.headers.get("x-amzn-RequestId")
        words = self.hide(vendor_words(response.text, payload))
        said = f"(HTTP {response.status_code}, {words})"
        if code == "invalid_grant":
            return AuthorisationRevoked(
                "Amazon no longer accepts the refresh token: authorise the application again in"
                f" Seller Central and set the new refresh_token {said}",
                request_id,
            )
        if code in {"invalid_client", "unauthorized_client"}:
            return ClientRefused(
                "Amazon refuses client_id and client_secret: a secret ends 180 days after it was"
                f" made; create a new one in the Developer Console and set client_secret {said}",
                request_id,
            )
        if response.status_code == requests.codes.too_many_requests:
            return Throttled(f"Login with Amazon is throttled; run again later {said}", request_id)
        server_side = response.status_code >= requests.codes.internal_server_error
        # A 200 without a token is Amazon's fault as much as a 500 is.
        if server_side or response.ok or code in {"server_error", "temporarily_unavailable"}:
            return Unavailable(f"Login with Amazon fails; run again later {said}", request_id)
        return Refused(f"Login with Amazon refuses the request; check auth_url {said}", request_id)


def _grants(payload: Any) -> bool:
    return isinstance(payload, dict) and bool(payload.get("access_token"))
