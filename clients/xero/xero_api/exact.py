"""JSON in which money keeps every digit, and Xero's dates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

_MICROSOFT = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode(value: Any) -> str:
    """Write JSON with each Decimal as a number, digit for digit; a float is refused."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no amount")
        return format(value, "f")
    if value is None or isinstance(value, str | bool | int):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{encode(str(k))}:{encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(each) for each in value) + "]"
    raise TypeError(f"{type(value).__name__} has no exact JSON form")


def decode(text: str | bytes) -> Any:
    """Read JSON with each fraction as a Decimal; ValueError when it is not JSON."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def amount(value: Any) -> Decimal:
    """Read an amount of an answer; a missing one is zero."""
    return Decimal(str(value)) if value is not None else Decimal(0)


def day(value: Any) -> date | None:
    """Read a date of an answer; `/Date(ms)/` and ISO text name the same calendar day.

    A date is midnight in UTC whatever offset is written, and is not shifted to another zone.
    """
    moment = instant(value)
    return None if moment is None else moment.date()


def instant(value: Any) -> datetime | None:
    """Read an instant of an answer, in UTC; before 1970 its milliseconds are negative."""
    if not isinstance(value, str) or not value:
        return None
    if found := _MICROSOFT.fullmatch(value):
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
