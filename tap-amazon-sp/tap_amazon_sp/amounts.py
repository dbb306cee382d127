"""Amounts as settlement files write them: decimal point or decimal comma, decided per file.

Amazon writes "local currency format" and documents no more (`95,00` for EU, `1234.56` for US).
No single amount decides: `1,234` is one thousand and more in one file and one and a bit in
another. So every amount of a file is heard before the first one is read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.mangled import fault

POINT, COMMA = 0, 1
_SPACES = " \u00a0\u2009\u202f"
_SIGNED = re.compile(
    rf"(?P<open>\()?[{_SPACES}]*(?P<sign>[-+\u2212])?[{_SPACES}]*"
    rf"(?P<body>[0-9.,][0-9.,{_SPACES}]*?)[{_SPACES}]*(?P<close>\))?"
)


def _reading(decimal: str, thousands: str) -> re.Pattern[str]:
    # Thousands stand in threes, always behind the same sign, and never after a leading zero.
    grouped = rf"[1-9]\d{{0,2}}(?P<by>[{re.escape(thousands)}{_SPACES}])\d{{3}}(?:(?P=by)\d{{3}})*"
    return re.compile(rf"(?P<whole>{grouped}|\d+|(?=\D))(?:{re.escape(decimal)}(?P<part>\d+))?")


# What nearly every file has: a sign that can separate no thousands, nothing to drop.
PLAIN = re.compile(r"(?!-0\.00?$)-?(?:0|[1-9][0-9]*)\.[0-9]{1,2}")
PLAIN_COMMA = re.compile(PLAIN.pattern.replace(r"\.", ","))
_READINGS = (_reading(".", ","), _reading(",", "."))


def readings(text: str) -> tuple[str | None, str | None]:
    """Give a text's value with decimal point and with decimal comma, as plain decimal text."""
    if PLAIN.fullmatch(text):
        return text, None
    return (None, text.replace(",", ".")) if PLAIN_COMMA.fullmatch(text) else _readings(text)


@lru_cache(maxsize=2**12)
def _readings(text: str) -> tuple[str | None, str | None]:
    found = _SIGNED.fullmatch(text.strip())
    if not found or bool(found["open"]) != bool(found["close"]):
        return None, None
    if found["open"] and found["sign"]:
        return None, None
    negative = found["sign"] in {"-", "\u2212"} or bool(found["open"])
    point, comma = (_plain(each.fullmatch(found["body"]), negative) for each in _READINGS)
    return point, comma


def _plain(found: re.Match[str] | None, negative: bool) -> str | None:
    if not found or not (found["whole"] or found["part"]):
        return None
    whole = re.sub(r"\D", "", found["whole"]).lstrip("0") or "0"
    value = f"{whole}.{found['part']}" if found["part"] else whole
    return f"-{value}" if negative and value.strip("0.") else value


class Separator:
    """Hears every amount of one file, then says whether its decimals follow a point or a comma."""

    def __init__(self) -> None:
        self._only: list[tuple[int, str] | None] = [None, None]
        self._open: tuple[int, str] | None = None

    def hear(self, text: str, row: int, column: str = "amount") -> None:
        """Take one amount as evidence; raise Unreadable when it is no amount in any reading."""
        point, comma = readings(text)
        if point == comma:
            if point is None:
                mangled = fault(column, text.strip())
                raise Unreadable(mangled or f"{column} {shown(text)} is not an amount", row)
        elif comma is None:
            self._only[POINT] = self._only[POINT] or (row, text)
        elif point is None:
            self._only[COMMA] = self._only[COMMA] or (row, text)
        else:
            self._open = self._open or (row, text)

    def knows(self, text: str) -> bool:
        """Tell whether hearing an amount would add nothing; False when it is no amount."""
        point, comma = readings(text)
        if point == comma:
            return point is not None
        if comma is None:
            return self._only[POINT] is not None
        if point is None:
            return self._only[COMMA] is not None
        return self._open is not None

    def leaning(self) -> int | None:
        """Give the separator as far as it is heard; None when an amount waits for evidence."""
        point, comma = self._only
        if not (point or comma) and self._open:
            return None
        return COMMA if comma else POINT

    def decide(self) -> int:
        """Give POINT or COMMA; raise Unreadable when the amounts disagree or none decides."""
        point, comma = self._only
        if point and comma:
            first, second = sorted((point, comma))
            raise Unreadable(
                f"amount {shown(second[1])} and amount {shown(first[1])} in row {first[0]}"
                " cannot both be read: one has a decimal comma, the other a decimal point",
                second[0],
            )
        if not (point or comma) and self._open:
            row, text = self._open
            one, other = readings(text)
            raise Unreadable(
                f"amount {shown(text)} may be {one} or {other},"
                " and no other amount of the file decides which",
                row,
            )
        return COMMA if comma else POINT
