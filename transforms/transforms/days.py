"""From Amazon's instants in UTC to days in the organisation's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def instant(text: str) -> datetime:
    """Read an ISO instant; one without offset is UTC, as Amazon's are."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def to_second(text: str) -> str:
    """Write an instant in UTC without fractions, the form in which two of them are compared."""
    return instant(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=65536)
def day_in(zone: ZoneInfo, text: str) -> date:
    """Give the day of an instant in a time zone: 23:30 UTC in June is tomorrow in London."""
    return instant(text).astimezone(zone).date()
