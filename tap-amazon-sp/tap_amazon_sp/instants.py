"""Points in time as Amazon writes them, turned into one UTC spelling: 2026-11-21T09:30:00Z.

Settlement files have dotted D.M.Y, slashed Y/M/D, dashed Y-M-D and ISO dates with an offset;
each names its parts by its shape. What does not (two-digit years, 09/06/2025) is not read.
All of Amazon's times are UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.mangled import is_serial, turned_into_a_number

_SHAPE = re.compile(
    r"(?:(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"
    r"|(?P<y2>\d{4})(?P<by>[-/])(?P<m2>\d{1,2})(?P=by)(?P<d2>\d{1,2}))"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,9}))?)?)?"
    r" *(?P<zone>UTC|GMT|Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
# What nearly every file has, read without the many parts: 2026-09-05 10:11:12 UTC.
_COMMON = re.compile(r"[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?: UTC|Z|\+00:00)", re.ASCII)
_DAY = 10
_TIME = slice(_DAY + 1, _DAY + 9)
_UNNAMED = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](?:\d{2}|\d{4})\b.*|\d{1,2}\.\d{1,2}\.\d{2}\b.*")


def utc(text: str) -> str | None:
    """Give an instant in UTC, fractions kept; None when the text is no instant of a known shape.

    A date alone is its midnight.
    """
    if _COMMON.fullmatch(text, _DAY) and (day := _midnight(text[:_DAY])):
        return f"{day[:_DAY]}T{text[_TIME]}Z"
    return _read(text)


def written_where_common(texts: list[str], before: str, after: str) -> list[str] | None:
    """Give many instants in UTC, None when one is not in the common spelling."""
    if not all(map(_COMMON.fullmatch, [text[_DAY:] for text in texts])):
        return None
    days = {day: (_midnight(day) or "")[:_DAY] for day in {text[:_DAY] for text in texts}}
    if not all(days.values()):
        return None
    return [f"{before}{days[text[:_DAY]]}T{text[_TIME]}Z{after}" for text in texts]


@lru_cache(maxsize=2**10)
def _midnight(text: str) -> str | None:
    return _read(text)


def _read(text: str) -> str | None:
    found = _SHAPE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(found[p] or found[p + "2"]) for p in ("y", "m", "d"))
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    part = found["part"] or ""
    try:
        # A fixed offset is all a zone can be here, so the shift is plain arithmetic.
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _offset(found["zone"])
    except (ValueError, OverflowError):
        return None
    return at.isoformat().removesuffix("+00:00") + (f".{part}Z" if part else "Z")


def instant(text: str, row: int, column: str) -> str:
    """Read an instant in a settlement file; raise Unreadable when its shape does not name it."""
    value = utc(text)
    if value is not None:
        return value
    if is_serial(text.strip()):
        raise Unreadable(turned_into_a_number(column, text), row)
    if _UNNAMED.fullmatch(text.strip()):
        raise Unreadable(
            f"{column} {shown(text)} does not show which part is day, month and year", row
        )
    raise Unreadable(f"{column} {shown(text)} is not a date", row)


def moment(text: str) -> datetime:
    """Read an instant in one of the API's own spellings as an aware datetime."""
    value = utc(text)
    if value is None:
        raise ValueError(f"{text!r} is not an ISO 8601 instant")
    return datetime.fromisoformat(value)


def spelled(at: datetime) -> str:
    """Write an aware datetime the way records and requests have it, fractions kept."""
    digits = "milliseconds" if at.microsecond and at.microsecond % 1000 == 0 else "auto"
    return at.astimezone(UTC).isoformat(timespec=digits).removesuffix("+00:00") + "Z"


def _offset(zone: str | None) -> timedelta:
    if zone in {None, "UTC", "GMT", "Z"}:
        return timedelta(0)
    assert zone is not None  # noqa: S101 - narrowed above
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -size if zone[0] == "-" else size
