"""What can go wrong at Amazon, grouped by what the operator has to do about it.

    AmazonError
    ├── AuthorisationRevoked   the seller authorises the application again
    ├── ClientRefused          a new client secret, or the right client id
    ├── AccessDenied           a role, another region, a seller account in good standing
    ├── Refused                the request itself is wrong; repeating it changes nothing
    │   └── NotFound           what was asked for is not there, or no longer
    ├── Throttled              Amazon's usage plan is used up for longer than we may wait
    ├── Unavailable            Amazon is away; run again later
    ├── DocumentDamaged        a report document arrived short or broken, twice
    └── ReportFailed           Amazon made no report (FATAL): its reason says what to change
        └── ReportCancelled    there is nothing to report, or it was asked for too often

Every message is one line: what happened, the next step, and Amazon's request id when it gave one.
"""

from __future__ import annotations

import re
from typing import Any

_SHOWN = 300


class AmazonError(Exception):
    """Something between us and Amazon's Selling Partner API went wrong."""

    def __init__(self, message: str, request_id: str | None = None) -> None:
        self.request_id = request_id
        super().__init__(f"{message} [request id {request_id}]" if request_id else message)


class AuthorisationRevoked(AmazonError):
    """The refresh token is revoked, mistyped, or belongs to another application."""


class ClientRefused(AmazonError):
    """Amazon refuses the client id and secret; a secret ends 180 days after it was made."""


class AccessDenied(AmazonError):
    """The seller's authorisation does not cover this operation (HTTP 401, 403).

    code: Amazon's own, such as Unauthorized or AccessDeniedException; None when it gave none.
    """

    def __init__(
        self, message: str, request_id: str | None = None, code: str | None = None
    ) -> None:
        self.code = code
        super().__init__(message, request_id)


class Refused(AmazonError):
    """Amazon refuses the request as it stands (HTTP 400 and the like)."""


class NotFound(Refused):
    """Amazon does not know what was asked for (HTTP 404)."""


class Throttled(AmazonError):
    """The usage plan would need a longer wait than is allowed (HTTP 429)."""


class Unavailable(AmazonError):
    """Amazon cannot be reached or answers with errors of its own (HTTP 5xx, lost connections)."""


class DocumentDamaged(AmazonError):
    """A report document is cut short or cannot be unpacked."""


class ReportFailed(AmazonError):
    """Amazon gave up on a report that it was asked for (FATAL)."""


class ReportCancelled(ReportFailed):
    """Amazon cancelled a report: no data, or more reports of the kind than it makes in the time."""


def vendor_words(text: str, payload: Any) -> str:
    """Give Amazon's own words on one line: code, message and details, or the bare text of HTML.

    payload: the parsed JSON body, or None. Codes are an open set, so they are only shown.
    """
    words = _listed(payload) or _oauth(payload) or _plain(text)
    return words[:_SHOWN] + ("..." if len(words) > _SHOWN else "")


def _listed(payload: Any) -> str:
    errors = payload.get("errors") if isinstance(payload, dict) else None
    if not isinstance(errors, list):
        return ""
    said = []
    for error in filter(lambda each: isinstance(each, dict), errors):
        words = [str(error.get(part) or "").strip() for part in ("code", "message", "details")]
        # Amazon often says the same thing twice.
        said.append(": ".join(dict.fromkeys(filter(None, words))))
    return _plain("; ".join(said))


def _oauth(payload: Any) -> str:
    if not isinstance(payload, dict) or not isinstance(payload.get("error"), str):
        return ""
    return _plain(f"{payload['error']}: {payload.get('error_description') or ''}".rstrip(": "))


def _plain(text: str) -> str:
    without_tags = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text)
    return " ".join(without_tags.split()) or "no explanation given"
