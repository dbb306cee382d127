"""Login with Amazon: one access token an hour, for one seller and one region."""

from __future__ import annotations

import threading

import requests
from requests.auth import AuthBase

from amazon_sp.hosts import LWA_URL
from amazon_sp.limits import Limits
from amazon_sp.login import TIMEOUT, TRIES, Login, user_agent

__all__ = ["TIMEOUT", "TOKEN_HEADER", "TRIES", "LwaAuth", "user_agent"]

TOKEN_HEADER = "x-amz-access-token"  # noqa: S105 - the header's name
EARLY = 60


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
        self._login = Login(
            client_id, client_secret, url=url, user_agent_app=user_agent_app, limits=limits
        )
        self._grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        self._login.keep_secret(refresh_token)
        self.user_agent = self._login.user_agent
        self.limits = self._login.limits
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
                answer = self._login.ask(self._grant)
                self._token = str(answer["access_token"])
                self._login.keep_secret(self._token)
                self._ends = asked + int(answer.get("expires_in") or 3600)
            return self._token

    def forget(self, token: str | None) -> None:
        """Drop a token that Amazon no longer takes, unless it was replaced meanwhile."""
        with self._lock:
            if token == self._token:
                self._token = None

    def hide(self, text: str) -> str:
        """Blank out every secret in a text that comes from outside."""
        return self._login.hide(text)
