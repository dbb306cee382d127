"""An OAuth app's connection: a consent whose refresh token changes with each use.

Xero's rules: an access token lives 30 minutes; each renewal gives a new refresh token; the one
before serves 30 minutes more, for a client that lost the answer; an unused one ends after 60 days
(developer.xero.com/faq/oauth2).

    lock -> read the store -> another process has renewed it: use that
         -> note that a renewal begins, commit -> ask Xero -> commit the new tokens -> use them

Dying at any point leaves in the store either the new tokens, or the refresh token that Xero still
takes for the rest of its 30 minutes.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import requests

from xero_api.errors import ConsentEnded, NotAuthorised
from xero_api.tenants import only_organisation, organisations
from xero_api.tokens import Connection, InvalidGrant, TokenEndpoint, lifetime_of

_GRACE = timedelta(minutes=30)


class TokenStore(Protocol):
    """Where the tokens of one consent are kept, safe and shared by all processes."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep every other process from renewing meanwhile."""

    def read(self) -> dict[str, str] | None:
        """Give what was written last."""

    def write(self, content: Mapping[str, str], expires_at: datetime | None) -> None:
        """Replace the content durably; expires_at is when the access token ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the store holds; instants in ISO 8601, "" for none.

    seed: digest of the refresh token from the settings that this began with. asked_at: when a
    renewal with this refresh token was first asked for and not yet answered.
    """

    refresh_token: str
    access_token: str = ""
    good_until: str = ""
    seed: str = ""
    asked_at: str = ""

    @classmethod
    def issued(cls, body: Mapping[str, Any], now: datetime, before: Tokens | None = None) -> Tokens:
        """Read an answer of the token endpoint; a refresh token that it leaves out stays."""
        kept = before.refresh_token if before else ""
        return cls(
            refresh_token=str(body.get("refresh_token") or kept),
            access_token=str(body["access_token"]),
            good_until=(now + lifetime_of(body)).isoformat(),
            seed=before.seed if before else "",
        )

    def is_good(self, now: datetime) -> bool:
        """Tell whether the access token serves for the next minutes."""
        return bool(self.access_token) and now < datetime.fromisoformat(self.good_until)

    def keep(self, store: TokenStore) -> None:
        """Write the tokens down, durably."""
        ends = datetime.fromisoformat(self.good_until) if self.good_until else None
        store.write(asdict(self), ends)


class OAuthConnection(Connection):
    """Signs requests with token and tenant; one renewal at a time among all processes.

    api_url ends in `/api.xro/2.0`. tenant_id: the organisation; without it the only one that the
    consent covers. seed: a refresh token to begin with, where the store has none that Xero takes.
    connect: the command that asks a person for consent, for the messages.
    """

    def __init__(
        self,
        endpoint: TokenEndpoint,
        store: TokenStore,
        *,
        api_url: str,
        tenant_id: str = "",
        seed: str = "",
        connect: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._endpoint = endpoint
        self._store = store
        self._api_url = api_url
        self._tenant_id = tenant_id
        self._seed = seed
        self._connect = connect
        self._now = now
        self._sleep = sleep
        self._tokens: Tokens | None = None
        self._refused = ""
        self._one_at_a_time = threading.Lock()
        self._one_tenant = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request."""
        request.headers["Xero-tenant-id"] = self.tenant()
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def tenant(self) -> str:
        """Give the organisation; TenantNeeded when none is set and there is not exactly one."""
        with self._one_tenant:
            if not self._tenant_id:
                found = organisations(self._api_url, self, sleep=self._sleep)
                self._tenant_id = only_organisation(found, self._connect).tenant_id
            return self._tenant_id

    def token(self) -> str:
        """Give a token that is good for the next minutes; ConsentEnded when a person must act."""
        with self._one_at_a_time:
            if self._tokens is None or not self._tokens.is_good(self._now()):
                with self._store.alone():
                    self._tokens = self._renewed_by_another() or self._renew()
            return self._tokens.access_token

    def forget(self, refused: str | None = None) -> None:
        """Drop the token that Xero refused, unless another caller has a new one since."""
        with self._one_at_a_time:
            if self._tokens and refused in (None, f"Bearer {self._tokens.access_token}"):
                self._refused = self._tokens.access_token
                self._tokens = None

    def _stored(self) -> Tokens | None:
        content = self._store.read()
        return None if content is None else Tokens(**content)

    def _renewed_by_another(self) -> Tokens | None:
        """Take the tokens that another process, or an earlier run, left good."""
        stored = self._stored()
        if stored is None or stored.access_token == self._refused:
            return None
        return stored if stored.is_good(self._now()) else None

    def _renew(self) -> Tokens:
        """Renew what is stored; where Xero takes it no more, what the settings begin with."""
        stored = self._stored()
        fresh = self._from_settings(stored)
        if stored is not None:
            try:
                return self._exchanged(stored)
            except InvalidGrant as ended:
                if fresh is None:
                    raise ConsentEnded(self._why_ended(stored, ended)) from ended
        if fresh is None:
            raise ConsentEnded(
                "Nobody has connected this app to Xero yet, or the books are new: run "
                f"`{self._connect}` and agree in the browser"
            )
        try:
            return self._exchanged(fresh)
        except InvalidGrant as ended:
            raise ConsentEnded(
                f"{ended}: the setting `refresh_token` is used up or too old. Run "
                f"`{self._connect}` and agree in the browser"
            ) from ended

    def _from_settings(self, stored: Tokens | None) -> Tokens | None:
        """Give the setting's refresh token, unless it is where the stored ones came from."""
        if not self._seed:
            return None
        seed = hashlib.sha256(self._seed.encode()).hexdigest()
        if stored is not None and stored.seed == seed:
            return None
        return Tokens(refresh_token=self._seed, seed=seed)

    def _exchanged(self, old: Tokens) -> Tokens:
        asked_at = old.asked_at or self._now().isoformat()
        replace(old, access_token="", good_until="", asked_at=asked_at).keep(self._store)
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        try:
            new = Tokens.issued(self._endpoint.ask(form), self._now(), old)
        except NotAuthorised:
            # This one was answered; only an answer that was lost before stays noted.
            replace(old, access_token="", good_until="").keep(self._store)
            raise
        new.keep(self._store)
        return new

    def _why_ended(self, stored: Tokens, ended: InvalidGrant) -> str:
        asked_at = datetime.fromisoformat(stored.asked_at) if stored.asked_at else self._now()
        if self._now() - asked_at >= _GRACE:
            why = (
                f"a renewal of {asked_at:%Y-%m-%d %H:%M} UTC got no answer, and the 30 minutes in "
                "which Xero repeats it are over"
            )
        else:
            why = "it was revoked, or not used for 60 days"
        return f"{ended}: {why}. Run `{self._connect}` and agree again in the browser"
