"""The session: one policy for every call to the Accounting API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from requests import codes

from xero_api.addresses import checked_address
from xero_api.errors import (
    AccessDenied,
    ErrorBody,
    MinuteLimitReached,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unauthorised,
    Unavailable,
    XeroError,
)
from xero_api.exact import decode, encode
from xero_api.limits import Limits
from xero_api.tokens import Connection

_PAUSES = (1.0, 2.0, 4.0, 8.0)
_PATIENT_TURNS = 6
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 100.0


class Session(requests.Session):
    """Xero session: signs, paces, retries what is safe, raises typed errors.

    api_url ends in `/api.xro/2.0`. tenant_id is sent only when given: a custom connection is
    for one organisation and needs none, and an OAuth connection adds its own. A read is retried;
    a write is made once, and raises OutcomeUnknown when its answer is lost, because only the
    caller can look it up.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        *,
        api_url: str,
        tenant_id: str = "",
        sleep: Callable[[float], None],
        user_agent: str = "xero-accounting-client",
        read_seconds: float = _READ_SECONDS,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._limits = limits
        self._api_url = checked_address(api_url, "api_url")
        self._sleep = sleep
        self._timeout = (_CONNECT_SECONDS, read_seconds)
        self.auth = connection
        self.max_redirects = 0  # a token must not follow a redirect
        self.headers.update({"Accept": "application/json", "User-Agent": user_agent})
        if tenant_id:
            self.headers["Xero-tenant-id"] = tenant_id

    @property
    def granted_scopes(self) -> frozenset[str]:
        """What the token in use is good for; empty when Xero does not say."""
        return self._connection.granted_scopes

    def calls_left_today(self) -> int:
        """How many calls the day has left, by our own count and by Xero's last answer."""
        return self._limits.left_today()

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """GET a resource; retried through 429, 5xx and lost connections, then Unavailable."""
        return self._patiently(path, params, None)

    def read_changed(
        self, path: str, params: Mapping[str, str | int], since: datetime
    ) -> dict[str, Any]:
        """GET what changed of a resource at that instant or later, to the second."""
        moment = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        return self._patiently(path, params, {"If-Modified-Since": moment})

    def _patiently(
        self,
        path: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        for pause in (*_PAUSES, None):
            try:
                return self._call("GET", path, params, headers=headers)
            except OutcomeUnknown as lost:
                if pause is None:
                    raise Unavailable(str(lost)) from lost
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, str | int] | None = None,
        idempotency_key: str | None = None,
        not_after: datetime | None = None,
    ) -> dict[str, Any]:
        """PUT (create) or POST (create or update), once.

        A 429 or an expired token means nothing was done, so those are sent again; everything
        without a clear answer raises OutcomeUnknown. idempotency_key: at most 128 characters;
        Xero answers a repeated key with its first answer for six minutes. not_after: the instant
        after which this is no longer sent, because Xero may have forgotten the key: however long
        it waits for its turn, for a 429 or for a new token, it raises OutcomeUnknown instead.
        """
        headers = {"Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return self._call(method, path, params, encode(body).encode(), headers, not_after)

    def upload(
        self,
        method: str,
        path: str,
        content: bytes,
        *,
        content_type: str,
        idempotency_key: str,
        not_after: datetime | None = None,
    ) -> dict[str, Any]:
        """PUT or POST a file, once, under the same rules as `write`."""
        headers = {"Content-Type": content_type, "Idempotency-Key": idempotency_key}
        return self._call(method, path, None, content, headers, not_after)

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        not_after: datetime | None = None,
    ) -> dict[str, Any]:
        what = f"{method} {path}"
        asked = requests.Request(
            method, f"{self._api_url}/{path}", params=params, data=data, headers=headers
        )
        renewed = False
        for _ in range(_PATIENT_TURNS):
            response = self._make(what, asked, not_after)
            if response.status_code == codes.too_many_requests:
                self._limits.refused(response.headers)
            elif response.status_code == codes.unauthorized and not renewed:
                renewed = True
                self._connection.forget(response.request.headers.get("Authorization"))
            else:
                return _answer(what, response)
        raise MinuteLimitReached(f"{what}: Xero still answers 429 after {_PATIENT_TURNS} tries")

    def _make(
        self, what: str, asked: requests.Request, not_after: datetime | None
    ) -> requests.Response:
        with self._limits.turn():
            try:
                # Signing may renew the token, so the time is looked at after it.
                prepared = self.prepare_request(asked)
                if not_after is not None and self._limits.now() > not_after:
                    raise OutcomeUnknown(
                        f"{what}: its turn came after Xero forgot its key", answered=True
                    )
                settings = self.merge_environment_settings(str(prepared.url), {}, None, None, None)
                response = self.send(
                    prepared, timeout=self._timeout, allow_redirects=True, **settings
                )
            except requests.TooManyRedirects as redirect:
                raise XeroError(f"{what}: Xero redirects, which it never does") from redirect
            except _LOST as lost:
                raise OutcomeUnknown(
                    f"{what}: no answer ({type(lost).__name__})", answered=False
                ) from lost
            self._limits.heed(response.headers)
            return response


_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def _answer(what: str, response: requests.Response) -> dict[str, Any]:
    """Read an answer; a typed error for each status that is none."""
    try:
        body = decode(response.content) if response.content else None
    except ValueError:
        body = None
    status = response.status_code
    if status < codes.bad_request:
        if not isinstance(body, dict):
            raise OutcomeUnknown(f"{what}: Xero's answer cannot be read", answered=True)
        return body
    error = ErrorBody.of(body)
    words = error.words or f"status {status}"
    if status >= codes.internal_server_error:
        raise OutcomeUnknown(f"{what}: status {status} {error.words}".strip(), answered=True)
    if status == codes.unauthorized:
        raise Unauthorised(f"{what}: Xero refuses the token ({words}); is the app still connected?")
    if status == codes.forbidden:
        raise AccessDenied(
            f"{what}: Xero denies access ({words}). Add the scope for this to the custom "
            "connection and to `scopes` (with oauth: connect again); check `tenant_id`; for "
            "journals the connecting user needs reporting permission"
        )
    kind = NotFound if status == codes.not_found else Refused
    raise kind(
        f"{what}: {words}",
        status=status,
        error_number=error.error_number,
        elements=error.elements,
    )
