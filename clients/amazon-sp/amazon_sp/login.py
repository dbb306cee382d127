"""Login with Amazon's token service: a form in, tokens out, refusals explained."""

from __future__ import annotations

import json
import platform
import re
from typing import Any

import requests

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

TIMEOUT = (10, 60)
TRIES = 6
LONGEST_USER_AGENT = 500
REVOKED = (
    "Amazon no longer accepts the refresh token: authorise the application again in Seller"
    " Central and set the new refresh_token"
)


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


class Login:
    """The token service, as one application sees it. Secrets never appear in an error."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        url: str = LWA_URL,
        user_agent_app: str = "amazon-sp-client/0.1",
        limits: Limits | None = None,
    ) -> None:
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._secrets = {client_secret}
        self.url = secure(url, "auth_url")
        self.user_agent = user_agent(user_agent_app)
        self.limits = limits or Limits()

    def keep_secret(self, *texts: str | None) -> None:
        """Blank these texts out, too, wherever something from outside is shown."""
        self._secrets.update(filter(None, texts))

    def hide(self, text: str) -> str:
        """Blank out every secret in a text that comes from outside."""
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "***")
        return text

    def ask(self, grant: dict[str, str], ended: str = REVOKED) -> dict[str, Any]:
        """Ask for tokens, six times when the service is away.

        grant: grant_type and what it needs, beside the application's own. ended: what it means,
        and what to do, when Amazon answers `invalid_grant`.
        """
        waited = 0.0
        for times in range(TRIES):
            try:
                return self._ask_once(grant, ended)
            except (Unavailable, Throttled) as error:
                if times == TRIES - 1:
                    raise
                waited = self.limits.pause(self.limits.after_failure(times), waited, str(error))
        raise AssertionError  # the last try returns or raises

    def _ask_once(self, grant: dict[str, str], ended: str) -> dict[str, Any]:
        try:
            response = requests.post(
                self.url,
                data={**grant, **self._client},
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
        raise self._refusal(response, payload, ended)

    def _refusal(self, response: requests.Response, payload: Any, ended: str) -> AmazonError:
        code = payload.get("error") if isinstance(payload, dict) else None
        request_id = response.headers.get("x-amzn-RequestId")
        words = self.hide(vendor_words(response.text, payload))
        said = f"(HTTP {response.status_code}, {words})"
        if code == "invalid_grant":
            return AuthorisationRevoked(f"{ended} {said}", request_id)
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
        hollow = response.status_code == requests.codes.ok
        if server_side or hollow or code in {"server_error", "temporarily_unavailable"}:
            return Unavailable(f"Login with Amazon fails; run again later {said}", request_id)
        return Refused(f"Login with Amazon refuses the request; check auth_url {said}", request_id)


def _grants(payload: Any) -> bool:
    return isinstance(payload, dict) and bool(payload.get("access_token"))
