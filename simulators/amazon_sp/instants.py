"""Instants as Amazon writes and reads them: ISO 8601, UTC, at most milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d))?")


def to_millisecond(instant: datetime) -> datetime:
    """Cut an instant to the milliseconds that Amazon keeps."""
    return instant - timedelta(microseconds=instant.microsecond % 1000)


def written(instant: datetime) -> str:
    """Write an instant as `2026-10-05T07:49:55Z`, with milliseconds when it has any."""
    utc = to_millisecond(instant.astimezone(UTC))
    fraction = f".{utc.microsecond // 1000:03d}" if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def read(text: str) -> datetime:
    """Read an instant; a bare date is its midnight. ValueError for anything else.

    A time without a zone is refused: Amazon asks for ISO 8601 and does not say whose time it is.
    """
    if not _ISO.fullmatch(text):
        raise ValueError(f"{text!r} is not an ISO 8601 instant")
    instant = datetime.fromisoformat(text.replace(",", "."))
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
