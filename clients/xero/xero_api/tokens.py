"""The access token of a custom connection: client credentials, kept in memory only."""

from __future__ import annotations

import threading
from collections.abc import Callable
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


class CustomConnection(AuthBase):
    """Signs requests with a 30-minute token, fetched when first needed and a little early after.

    identity_url ends before `/connect/token` (https://identity.xero.com). granted_scopes: what the
    last token is good for, as Xero says it; empty when it says nothing.
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
        self._basic = (client_id, client_secret)
        self._url = checked_address(identity_url, "identity_url") + "/connect/token"
        self._scopes = scopes
        self._now = now
        self._sleep = sleep
        self._timeout = timeout
        self._token: str | None = None
        self.granted_scopes: frozenset[str] = frozenset()
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
                self._token, lifetime = self._fetch()
                self._good_until = self._now() + max(lifetime - _EARLY, lifetime / 2)
            return self._token

    def forget(self, refused: str | None = None) -> None:
        """Drop the token that Xero refused, unless another caller has fetched a new one since."""
        with self._one_at_a_time:
            if refused is None or refused == f"Bearer {self._token}":
                self._token = None

    def _fetch(self) -> tuple[str, timedelta]:
        for pause in (*_PAUSES, None):
            try:
                response = requests.post(
                    self._url,
                    data={"grant_type": "client_credentials", "scope": self._scopes},
                    auth=self._basic,
                    headers={"Accept": "application/json"},
                    timeout=self._timeout,
                    allow_redirects=False,
                )
                status, body = response.status_code, _body(response)
            except requests.RequestException as lost:
                status, body = 0, {"error_description": type(lost).__name__}
            if status == requests.codes.ok and isinstance(body.get("access_token"), str):
                self.granted_scopes = frozenset(str(body.get("scope") or "").split())
                return body["access_token"], timedelta(seconds=int(body.get("expires_in", 1800)))
            if 400 <= status < 500 and status != requests.codes.too_many_requests:  # noqa: PLR2004
                raise self._refusal(status, body)
            if pause is not None:
                self._sleep(pause)
        words = ErrorBody.of(body).words or f"status {status}"
        raise Unavailable(f"Xero's identity service gives no token: {words}")

    def _refusal(self, status: int, body: dict[str, Any]) -> NotAuthorised:
        error = str(body.get("error", ""))
        words = f"{error} {body.get('error_description', '')}".strip() or f"status {status}"
        if error == "invalid_scope":
            return InvalidScope(
                f"Xero refuses the scopes ({words}). Set `scopes` to what the custom connection "
                "has at developer.xero.com, My Apps. Connections made since April 2026 know only "
                f"granular scopes; this needs: {GRANULAR_SCOPES}"
            )
        if error in {"invalid_client", "unauthorized_client"}:
            return InvalidClient(
                f"Xero refuses the client ({words}). Check `client_id` and `client_secret`, and "
                "that the custom connection is still authorised at developer.xero.com, My Apps"
            )
        return NotAuthorised(f"Xero's identity service refuses ({words}), status {status}")


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = decode(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
