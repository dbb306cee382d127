"""Records by their schema: each property is Xero's field of that name, read as its kind says.

`updated_date_utc` is `UpdatedDateUTC`, `cogs_account_code` is `COGSAccountCode`: names are the
same but for case and underscores. What Xero leaves out is null, or empty where it is a list; what
the schema does not name is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_xero.values import Unreadable, day_text, decimal_text, instant_text

Json = dict[str, Any]


def record(schema: Mapping[str, Any], element: Mapping[str, Any]) -> Json:
    """Make the record of one of Xero's elements; raise Unreadable with the field's name."""
    fields = {name.casefold(): value for name, value in element.items()}
    made: Json = {}
    for name, kind in schema["properties"].items():
        field = name.replace("_", "")
        try:
            made[name] = _value(kind, fields.get(field), fields.get(f"{field}string"))
        except Unreadable as fault:
            raise Unreadable(f"{name}: {fault}") from None
    return made


def _value(kind: Mapping[str, Any], value: Any, spelt: Any) -> Any:
    types = kind["type"] if isinstance(kind["type"], list) else [kind["type"]]
    if "array" in types:
        return [record(kind["items"], each) for each in _list(value)]
    if "object" in types:
        return None if value in (None, {}) and "null" in types else record(kind, _object(value))
    match kind.get("format"):
        case "singer.decimal":
            return decimal_text(value)
        case "date-time":
            return instant_text(value)
        case "date":
            return day_text(value, spelt)
    return _plain(types[0], value)


def _plain(kind: str, value: Any) -> Any:
    """Read a text, a flag or a whole number."""
    if value is None:
        return None
    if kind == "string" and not isinstance(value, bool | list | Mapping):
        return str(value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unreadable(f"{value!r} is no {kind}")


def _list(value: Any) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []
    raise Unreadable(f"{value!r} is no list")


def _object(value: Any) -> Mapping[str, Any]:
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise Unreadable(f"{value!r} is no object")
