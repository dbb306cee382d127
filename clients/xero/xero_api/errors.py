"""What can go wrong with Xero, grouped by what the caller can do about it.

    XeroError
    |-- NotAuthorised        stop; a person must change the credentials or the connection
    |   |-- InvalidClient    wrong client id or secret
    |   |-- InvalidScope     scopes that the app does not have
    |   |-- Unauthorised     the token is refused, also a fresh one
    |   |-- AccessDenied     403: a scope or a user right is missing, or the wrong organisation
    |   |-- ConsentEnded     OAuth: there is no consent, or none that Xero still takes
    |   `-- TenantNeeded     OAuth: the consent covers no organisation, or several
    |-- LimitReached         429 that patience did not cure
    |   |-- MinuteLimitReached
    |   `-- DayLimitReached  no more calls today; stop, everything resumes later
    |-- Unavailable          a read failed after every retry; nothing was changed
    |-- OutcomeUnknown       a write got no clear answer: look it up before sending it again
    |-- Refused              400: Xero refuses the request as a whole, with its own words
    |   `-- NotFound         404
    `-- Insecure             the address is neither https nor on the loopback

Messages name the method, the path and Xero's words; never a header, a body or a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class XeroError(Exception):
    """Anything Xero, or the way to it, refuses."""


class Insecure(XeroError):
    """An address that would carry secrets in the clear."""


class NotAuthorised(XeroError):
    """The credentials do not open the door."""


class InvalidClient(NotAuthorised):
    """The client id or secret is wrong."""


class InvalidScope(NotAuthorised):
    """The app does not have the scopes that were asked for."""


class Unauthorised(NotAuthorised):
    """Xero refuses the access token, also a fresh one."""


class AccessDenied(NotAuthorised):
    """The token is good, but not for this."""


class ConsentEnded(NotAuthorised):
    """A person must agree in the browser, for the first time or again."""


class TenantNeeded(NotAuthorised):
    """Which organisation is meant cannot be told."""


class LimitReached(XeroError):
    """Too many calls; retry_after is in seconds, None when Xero does not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MinuteLimitReached(LimitReached):
    """The minute's calls are used up, and waiting did not help."""


class DayLimitReached(LimitReached):
    """The day's calls are used up."""


class Unavailable(XeroError):
    """A read failed after every retry."""


class OutcomeUnknown(XeroError):
    """A write may or may not have been done.

    answered: Xero did answer (with an error, or unreadably), so the call is over; False: the
    connection was lost or the time ran out, so it may still be running.
    """

    def __init__(self, message: str, *, answered: bool) -> None:
        super().__init__(message)
        self.answered = answered


class Refused(XeroError):
    """Xero refuses the request as a whole; `elements` are the parts that it names."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        error_number: int | None = None,
        elements: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_number = error_number
        self.elements = tuple(elements)


class NotFound(Refused):
    """There is no such thing in this organisation."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The readable part of an error answer, in whichever of Xero's three shapes it came."""

    words: str
    error_number: int | None = None
    elements: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(cls, body: Any) -> ErrorBody:
        """Read ValidationException, problem details (`Title`, `Detail`) or an OAuth error."""
        if not isinstance(body, dict):
            return cls(words="")
        elements = tuple(e for e in body.get("Elements") or () if isinstance(e, dict))
        messages = [words for element in elements for words in validation_messages(element)]
        words = "; ".join(dict.fromkeys(messages)) or " ".join(
            str(body[name])
            for name in ("Message", "Title", "Detail", "error", "error_description")
            if body.get(name)
        )
        number = body.get("ErrorNumber")
        return cls(words, number if isinstance(number, int) else None, elements)


def validation_messages(element: dict[str, Any]) -> list[str]:
    """Collect the validation messages of an element and of the parts inside it."""
    found = [
        str(error["Message"])
        for error in element.get("ValidationErrors") or ()
        if isinstance(error, dict) and error.get("Message")
    ]
    for part in element.values():
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                found.extend(validation_messages(each))
    return list(dict.fromkeys(found))
