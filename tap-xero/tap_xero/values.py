"""Xero's values as records have them: exact text, one spelling of instants, days that stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from xero_api import exact

_DAY = len("2026-11-21")


class Unreadable(ValueError):
    """A value that Xero's own description of the field does not allow."""


def decimal_text(value: Any) -> str | None:
    """Write a number as text, digit for digit; None stays None."""
    if value is None:
        return None
    try:
        number = Decimal(value) if isinstance(value, str | int | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite():
        raise Unreadable(f"{value!r} is no number")
    return format(number, "f")


def instant_text(value: Any) -> str | None:
    """Write an instant in UTC with milliseconds, so that texts sort as instants do.

    `/Date(ms+0000)/`: the milliseconds are UTC whatever offset is written, and may be negative.
    """
    found = _read(value)
    return None if found is None else spelled(found)


def day_text(value: Any, spelt: Any = None) -> str | None:
    """Write a date as it stands in Xero, shifted by no time zone.

    spelt: what the sibling field says (`DateString`), which is the day in plain words.
    """
    if isinstance(spelt, str) and spelt:
        try:
            return date.fromisoformat(spelt[:_DAY]).isoformat()
        except ValueError:
            raise Unreadable(f"{spelt!r} is no date") from None
    found = _read(value)
    return None if found is None else found.date().isoformat()


def spelled(at: datetime) -> str:
    """Write an aware datetime the way records and bookmarks have it: 2026-11-21T09:30:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment(text: str) -> datetime:
    """Read a bookmark or `start_date`; without a time zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _read(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        found = exact.instant(value)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise Unreadable(f"{value!r} is no date or instant")
    return found
