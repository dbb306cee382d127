"""Access tokens: the endpoint that gives them, and the custom connection's, kept in memory only."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from requests.auth import AuthBase

from xero_api.addresses import checked_address
from xero_api.errors import (
    ErrorBody,
    InvalidClient,
    InvalidScope,
    NotAuthorised,
    Unavailable,
)
from xero_api.exact import decode

GRANULAR_SCOPES = (
    "accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.manualjournals accounting.contacts accounting.settings"
)
_EARLY = timedelta(minutes=2)
_PAUSES = (1.0, 2.0, 4.0)


class Connection(AuthBase):
    """Signs requests with an access token that it renews.

    granted_scopes: what the last token is good for, as Xero says it; empty when it says nothing.
    """

    granted_scopes: frozenset[str] = frozenset()

    @abstractmethod
    def token(self) -> str:
        """Give a token that is good for the next minutes."""

    @abstractmethod
    def forget(self, refused: str | None = None) -> None:
        """Drop the token of the Authorization header that Xero refused; the next is a new one."""


class InvalidGrant(NotAuthorised):
    """The code or refresh token is unknown, used up, or too old."""


class TokenEndpoint:
    """POST /connect/token as one app, patient with a service that does not answer.

    identity_url ends before `/connect/token` (https://identity.xero.com).
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        identity_url: str,
        sleep: Callable[[float], None],
        timeout: float = 30.0,
    ) -> None:
        self.client_id = client_id
        self._basic = (client_id, client_secret)
        self._url = checked_address(identity_url, "identity_url") + "/connect/token"
        self._sleep = sleep
        self._timeout = timeout

    def ask(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Give the answer that holds an access token; Unavailable, or how Xero refuses."""
        for pause in (*_PAUSES, None):
            try:
                response = requests.post(
                    self._url,
                    data=dict(form),
                    auth=self._basic,
                    headers={"Accept": "application/json"},
                    timeout=self._timeout,
                    allow_redirects=False,
                )
                status, body = response.status_code, _body(response)
            except requests.RequestException as lost:
                status, body = 0, {"error_description": type(lost).__name__}
            if status == requests.codes.ok and isinstance(body.get("access_token"), str):
                return body
            if 400 <= status < 500 and status != requests.codes.too_many_requests:  # noqa: PLR2004
                raise _refusal(status, body)
            if pause is not None:
                self._sleep(pause)
        words = ErrorBody.of(body).words or f"status {status}"
        raise Unavailable(f"Xero's identity service gives no token: {words}")


def lifetime_of(body: Mapping[str, Any]) -> timedelta:
    """How long to use a token: a little less than Xero says, so that it never ends under way."""
    lifetime = timedelta(seconds=int(body.get("expires_in", 1800)))
    return max(lifetime - _EARLY, lifetime / 2)


class CustomConnection(Connection):
    """Signs requests with a 30-minute token, fetched when first needed and a little early after.

    identity_url ends before `/connect/token` (https://identity.xero.com).
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        identity_url: str,
        scopes: str = GRANULAR_SCOPES,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        timeout: float = 30.0,
    ) -> None:
        self._endpoint = TokenEndpoint(
            client_id, client_secret, identity_url=identity_url, sleep=sleep, timeout=timeout
        )
        self._scopes = scopes
        self._now = now
        self._token: str | None = None
        self._good_until = now()
        self._one_at_a_time = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def token(self) -> str:
        """Give a token that is good for the next minutes."""
        with self._one_at_a_time:
            if self._token is None or self._now() >= self._good_until:
                form = {"grant_type": "client_credentials", "scope": self._scopes}
                body = self._endpoint.ask(form)
                self._token = str(body["access_token"])
                self.granted_scopes = frozenset(str(body.get("scope") or "").split())
                self._good_until = self._now() + lifetime_of(body)
            return self._token

    def forget(self, refused: str | None = None) -> None:
        """Drop the token that Xero refused, unless another caller has fetched a new one since."""
        with self._one_at_a_time:
            if refused is None or refused == f"Bearer {self._token}":
                self._token = None


def _refusal(status: int, body: dict[str, Any]) -> NotAuthorised:
    error = str(body.get("error", ""))
    words = f"{error} {body.get('error_description', '')}".strip() or f"status {status}"
    if error == "invalid_grant":
        return InvalidGrant(f"Xero refuses the consent ({words})")
    if error == "invalid_scope":
        return InvalidScope(
            f"Xero refuses the scopes ({words}). Set `scopes` to what the custom connection "
            "has at developer.xero.com, My Apps. Connections made since April 2026 know only "
            f"granular scopes; this needs: {GRANULAR_SCOPES}"
        )
    if error in {"invalid_client", "unauthorized_client"}:
        return InvalidClient(
            f"Xero refuses the client ({words}). Check `client_id` and `client_secret`, that "
            "`auth_method` is the app's kind, and that a custom connection is still authorised "
            "at developer.xero.com, My Apps"
        )
    return NotAuthorised(f"Xero's identity service refuses ({words}), status {status}")


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = decode(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
