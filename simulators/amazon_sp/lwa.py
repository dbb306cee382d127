"""Login with Amazon: refresh token in, access token of one hour out; a seller's consent before it.

Its errors are OAuth's (`error`, `error_description`), not the Selling Partner API's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from simulators.amazon_sp.errors import TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING, denied
from simulators.clock import Clock
from simulators.wsgi import Request, Response

PATH = "/auth/o2/token"
CONSENT = "/apps/authorize/consent"
LIFE = timedelta(seconds=3600)
CODE_LIFE = timedelta(minutes=5)


@dataclass
class Login:
    """The seller's authorisation of one application, and the access tokens it has given out."""

    clock: Clock
    client_id: str = "amzn1.application-oa2-client.demo"
    client_secret: str = "amzn1.oa2-cs.v1.demo"
    refresh_token: str = "Atzr|demo"
    application_id: str = "amzn1.sp.solution.demo"
    redirect_uris: set[str] = field(default_factory=set)
    published: bool = False
    agrees: bool = True
    revoked: bool = False
    _codes: dict[str, tuple[str, datetime]] = field(default_factory=dict, repr=False)
    _expiries: dict[str, datetime] = field(default_factory=dict, repr=False)

    def revoke(self) -> None:
        """Let the seller take the authorisation back: every token is dead at once."""
        self.revoked = True
        self._expiries.clear()

    def consent(self, request: Request) -> Response:
        """Answer the consent page as if the seller had signed in and pressed a button.

        `agrees` is the button. A draft application takes `version=beta`, a published one none.
        """
        redirect_uri = request.arg("redirect_uri")
        known = request.arg("application_id") == self.application_id
        beta = request.arg("version") == "beta"
        if not known or redirect_uri not in self.redirect_uris or beta == self.published:
            return Response(400, "MD1000: the application cannot be authorised this way.")
        answer = {"state": request.arg("state"), "selling_partner_id": "A2DEMOSELLER01"}
        if self.agrees:
            code = secrets.token_urlsafe(12)
            self._codes[code] = redirect_uri, self.clock.now() + CODE_LIFE
            answer["spapi_oauth_code"] = code
        else:
            answer["error"] = "access_denied"
        return Response(302, b"", {"Location": f"{redirect_uri}?{urlencode(answer)}"})

    def token(self, request: Request) -> Response:
        """Answer the token endpoint."""
        if request.method != "POST":
            return Response(405, b"", {"Allow": "POST"})
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request", "The Content-Type is not a form.")
        form = request.form()
        refusal = _incomplete(form) or self._unauthorised(form)
        return refusal or Response(200, self._grant())

    def _stale(self, form: dict[str, str]) -> Response | None:
        """Refuse a code that is unknown, used, too old, or of another redirect address."""
        redirect_uri, ends = self._codes.pop(form["code"], ("", self.clock.now()))
        if form["redirect_uri"] == redirect_uri and self.clock.now() < ends:
            self.revoked = False
            return None
        return _error(400, "invalid_grant", "The request has an invalid grant parameter : code.")

    def _unauthorised(self, form: dict[str, str]) -> Response | None:
        if (form["client_id"], form["client_secret"]) != (self.client_id, self.client_secret):
            return _error(401, "invalid_client", "Client authentication failed")
        if form["grant_type"] == "authorization_code":
            return self._stale(form)
        if self.revoked or form["refresh_token"] != self.refresh_token:
            return _error(
                400,
                "invalid_grant",
                "The request has an invalid grant parameter : refresh_token. "
                "User may have revoked or didn't grant the permission.",
            )
        return None

    def _grant(self) -> dict[str, object]:
        token = f"Atza|{secrets.token_urlsafe(48)}"
        self._expiries[token] = self.clock.now() + LIFE
        return {
            "access_token": token,
            "refresh_token": self.refresh_token,
            "token_type": "bearer",
            "expires_in": int(LIFE.total_seconds()),
        }

    def check(self, request: Request) -> None:
        """Refuse a call whose access token is missing, unknown, revoked or over an hour old."""
        token = request.headers.get("x-amz-access-token")
        if not token:
            raise denied(TOKEN_MISSING)
        expiry = self._expiries.get(token)
        if expiry is None:
            raise denied(TOKEN_INVALID)
        if self.clock.now() >= expiry:
            raise denied(TOKEN_EXPIRED)


_NEEDED = {
    "refresh_token": ("refresh_token",),
    "authorization_code": ("code", "redirect_uri"),
}


def _incomplete(form: dict[str, str]) -> Response | None:
    """Refuse a form that lacks a field, or asks for a grant that is not known."""
    grant = form.get("grant_type", "refresh_token")
    if grant not in _NEEDED:
        return _error(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server",
        )
    for name in ("grant_type", *_NEEDED[grant], "client_id", "client_secret"):
        if not form.get(name):
            description = f"The request is missing a required parameter : {name}"
            return _error(400, "invalid_request", description)
    return None


def _error(status: int, code: str, description: str) -> Response:
    return Response(status, {"error_description": description, "error": code})
