"""The identity service: apps, tokens, scopes and connections (identity.xero.com).

Two kinds of app exist here. A custom connection has client credentials, no refresh token and one
organisation. An OAuth app has refresh tokens that change with every use; the one before still
works for 30 minutes, for a client that lost the answer.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.clock import Clock
from simulators.wsgi import Request, Response
from simulators.xero.browser import SCOPES, SIGN_IN_SCOPES, App, Browser
from simulators.xero.errors import Forbidden, MissingScope, NotFound, NotSignedIn
from simulators.xero.values import new_id

__all__ = ["SCOPES", "App", "Identity"]

ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
GRACE = timedelta(minutes=30)


@dataclass
class _Access:
    app: App
    scopes: frozenset[str]
    expires: datetime


@dataclass
class _Refresh:
    app: App
    scopes: frozenset[str]
    expires: datetime
    replaced: datetime | None = None


def _refused(error: str, description: str = "") -> Response:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Response(400, body)


class Identity:
    """Issues tokens and says what they are good for."""

    def __init__(self, clock: Clock, tenant_name: str, tenant_id: str) -> None:
        self._clock = clock
        self._tenant_name = tenant_name
        self._tenant_id = tenant_id
        self._connected = clock.now()
        self._apps: dict[str, App] = {}
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._connections: dict[str, str] = {}
        self._others: dict[str, list[dict[str, str]]] = {}
        self.browser = Browser(clock, self._apps)

    def register(self, app: App) -> None:
        """Let an app ask for tokens, and connect it to the organisation."""
        self._apps[app.client_id] = app
        self._connections[app.client_id] = new_id()

    def consent(self, client_id: str, scopes: str, token: str | None = None) -> str:
        """Give an OAuth app its first refresh token, as when the owner agrees in the browser."""
        app = self._apps[client_id]
        refresh = token or secrets.token_hex(32)
        expires = self._clock.now() + REFRESH_LIFE
        self._refresh[refresh] = _Refresh(app, frozenset(scopes.split()), expires)
        return refresh

    def token(self, request: Request) -> Response:
        """Answer POST /connect/token."""
        form = request.form()
        app = self._app(request, form)
        if app is None:
            return _refused("invalid_client")
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._client_credentials(app, form)
        if grant == "refresh_token":
            return self._refreshed(app, form)
        if grant == "authorization_code":
            return self._redeemed(app, form)
        return _refused("unsupported_grant_type")

    def revoke(self, request: Request) -> Response:
        """Answer POST /connect/revocation: the refresh token and its family end."""
        form = request.form()
        app = self._app(request, form)
        if app is None:
            return _refused("invalid_client")
        self._refresh = {k: v for k, v in self._refresh.items() if v.app != app}
        self._access = {k: v for k, v in self._access.items() if v.app != app}
        return Response(200, b"")

    def authorise(self, request: Request) -> tuple[App, frozenset[str]]:
        """Read the bearer token of a call: which app calls, with which scopes."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        access = self._access.get(token) if kind.lower() == "bearer" else None
        if access is None:
            raise NotSignedIn("AuthenticationUnsuccessful")
        if access.expires <= self._clock.now():
            raise NotSignedIn(f"TokenExpired: token expired at {access.expires:%m/%d/%Y %H:%M:%S}")
        return access.app, access.scopes

    def check_tenant(self, request: Request, app: App) -> None:
        """Refuse a call for another organisation, or for none where one must be named."""
        tenant = request.headers.get("Xero-tenant-id")
        if tenant is None and not app.custom:
            raise Forbidden
        if tenant not in (None, self._tenant_id) or app.client_id not in self._connections:
            raise Forbidden

    def check_scope(
        self, granted: frozenset[str], needed: tuple[str, ...], method: str, status: int
    ) -> None:
        """Refuse a token that has none of the scopes; `.read` scopes serve GET alone."""
        enough = {*needed, *(f"{scope}.read" for scope in needed if method == "GET")}
        if not enough & granted:
            raise MissingScope(status)

    def connections(self, request: Request) -> Response:
        """Answer GET /connections."""
        app, _ = self.authorise(request)
        if app.client_id not in self._connections:
            return Response(200, [])
        since = f"{self._connected:%Y-%m-%dT%H:%M:%S.%f}0"
        connection: dict[str, Any] = {
            "id": self._connections[app.client_id],
            "authEventId": self._connections[app.client_id],
            "tenantId": self._tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self._tenant_name,
            "createdDateUtc": since,
            "updatedDateUtc": since,
        }
        wanted = request.arg("authEventId")
        others = [{**connection, **each} for each in self._others.get(app.client_id, ())]
        return Response(
            200, [each for each in (connection, *others) if wanted in ("", each["authEventId"])]
        )

    def also_connect(self, client_id: str, name: str, kind: str = "ORGANISATION") -> str:
        """Let an app's consent cover another tenant, which this simulator lists but has not."""
        tenant_id = new_id()
        self._others.setdefault(client_id, []).append(
            {
                "id": new_id(),
                "authEventId": new_id(),
                "tenantId": tenant_id,
                "tenantName": name,
                "tenantType": kind,
            }
        )
        return tenant_id

    def disconnect(self, request: Request, connection_id: str) -> Response:
        """Answer DELETE /connections/{id}."""
        app, _ = self.authorise(request)
        if self._connections.get(app.client_id) != connection_id:
            raise NotFound
        del self._connections[app.client_id]
        return Response(204)

    def _app(self, request: Request, form: dict[str, str]) -> App | None:
        kind, _, coded = request.headers.get("Authorization", "").partition(" ")
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = (
                    base64.b64decode(coded, validate=True).decode().partition(":")
                )
            except (binascii.Error, UnicodeDecodeError):
                return None
        app = self._apps.get(client_id)
        return app if app and secrets.compare_digest(app.client_secret, secret) else None

    def _client_credentials(self, app: App, form: dict[str, str]) -> Response:
        if not app.custom:
            return _refused("unauthorized_client")
        scopes = frozenset(form.get("scope", "").split()) or app.scopes
        if not scopes <= app.scopes:
            return _refused("invalid_scope", "Client credentials scope validation failed")
        return Response(200, self._issued(app, scopes))

    def _refreshed(self, app: App, form: dict[str, str]) -> Response:
        known = self._refresh.get(form.get("refresh_token", ""))
        now = self._clock.now()
        if app.custom:
            return _refused("unauthorized_client")
        if known is None or known.app != app or known.expires <= now:
            return _refused("invalid_grant")
        if known.replaced is not None and known.replaced + GRACE <= now:
            return _refused("invalid_grant")
        known.replaced = known.replaced or now
        issued = self._issued(app, known.scopes)
        issued["refresh_token"] = self.consent(app.client_id, " ".join(known.scopes))
        return Response(200, issued)

    def _redeemed(self, app: App, form: dict[str, str]) -> Response:
        if app.custom:
            return _refused("unauthorized_client")
        scopes = self.browser.redeem(app, form)
        if scopes is None:
            return _refused("invalid_grant")
        issued = self._issued(app, scopes)
        if "offline_access" in scopes:
            issued["refresh_token"] = self.consent(app.client_id, " ".join(scopes))
        return Response(200, issued)

    def _issued(self, app: App, scopes: frozenset[str]) -> dict[str, Any]:
        token = secrets.token_hex(32)
        api_scopes = scopes - SIGN_IN_SCOPES
        self._access[token] = _Access(app, api_scopes, self._clock.now() + ACCESS_LIFE)
        return {
            "access_token": token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
