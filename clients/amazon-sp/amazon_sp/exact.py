"""JSON text in which a Decimal stands as the number it is, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def written(value: Any) -> str:
    """Write a value as compact JSON; TypeError for a float, which is not exact."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} is no number that JSON knows")
        return format(value, "f")
    if isinstance(value, Mapping):
        parts = (f"{json.dumps(name)}:{written(part)}" for name, part in value.items())
        return f"{{{','.join(parts)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    if value is None or isinstance(value, str | int):
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} is not written: amounts are Decimals")
