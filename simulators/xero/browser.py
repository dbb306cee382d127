"""The browser part of OAuth: apps, their consent page, and the codes it hands out.

The owner agrees at once, or declines. Codes are good for five minutes and once, and only with the
redirect address and the PKCE verifier (S256) that they were asked with.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from simulators.clock import Clock
from simulators.wsgi import Request, Response

CODE_LIFE = timedelta(minutes=5)
_AREAS = ("invoices", "payments", "banktransactions", "manualjournals", "contacts", "settings")
_READ_WRITE = frozenset(f"accounting.{area}" for area in (*_AREAS, "attachments"))
SCOPES = (
    _READ_WRITE
    | {f"{scope}.read" for scope in _READ_WRITE}
    | {"accounting.reports.trialbalance.read"}
)
SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})


@dataclass(frozen=True)
class App:
    """An app that may ask for tokens; `custom` is a custom connection, which has no browser."""

    client_id: str
    client_secret: str
    custom: bool
    scopes: frozenset[str] = SCOPES
    redirect_uris: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for uri in self.redirect_uris:
            parts = urlsplit(uri)
            if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "localhost"):
                raise ValueError(f"Xero takes https or http://localhost, not {uri}")


@dataclass(frozen=True)
class _Code:
    app: App
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    expires: datetime


class Browser:
    """The consent page: GET /identity/connect/authorize (login.xero.com)."""

    def __init__(self, clock: Clock, apps: Mapping[str, App]) -> None:
        self._clock = clock
        self._apps = apps
        self._codes: dict[str, _Code] = {}
        self.declines = False

    def authorize(self, request: Request) -> Response:
        """Answer with a redirect that carries a code, or with an error page.

        What the address or the app has wrong is never sent to the redirect address.
        """
        app = self._apps.get(request.arg("client_id"))
        if app is None or app.custom:
            return _page("unauthorized_client")
        redirect_uri = request.arg("redirect_uri")
        if redirect_uri not in app.redirect_uris:
            return _page("invalid_request: Invalid redirect_uri")
        fault = self._fault(app, request)
        if fault:
            return _page(fault)
        state = {"state": request.arg("state")} if request.arg("state") else {}
        if self.declines:
            return _back(redirect_uri, {"error": "access_denied", **state})
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            app,
            frozenset(request.arg("scope").split()),
            redirect_uri,
            request.arg("code_challenge"),
            self._clock.now() + CODE_LIFE,
        )
        return _back(redirect_uri, {"code": code, "scope": request.arg("scope"), **state})

    def redeem(self, app: App, form: Mapping[str, str]) -> frozenset[str] | None:
        """Give the scopes of a code, and end it; None when it is not good for this."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.app != app or code.expires <= self._clock.now():
            return None
        if form.get("redirect_uri") != code.redirect_uri:
            return None
        verifier = form.get("code_verifier", "")
        if code.challenge or verifier:
            digest = hashlib.sha256(verifier.encode()).digest()
            told = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not (_VERIFIER.fullmatch(verifier) and secrets.compare_digest(told, code.challenge)):
                return None
        return code.scopes

    def _fault(self, app: App, request: Request) -> str:
        scopes = frozenset(request.arg("scope").split())
        if request.arg("response_type") != "code":
            return "unsupported_response_type"
        if not scopes or not scopes <= app.scopes | SIGN_IN_SCOPES:
            return "invalid_scope"
        challenge, method = request.arg("code_challenge"), request.arg("code_challenge_method")
        if (challenge or method) and (method != "S256" or not _CHALLENGE.fullmatch(challenge)):
            return "invalid_request: code_challenge"
        return ""


# RFC 7636: unreserved characters; a SHA-256 digest is 43 of them.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def _page(words: str) -> Response:
    return Response(400, f"Sorry, something went wrong: {words}")


def _back(redirect_uri: str, query: Mapping[str, str]) -> Response:
    return Response(302, b"", {"Location": f"{redirect_uri}?{urlencode(query)}"})
