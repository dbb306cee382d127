"""What Xero has, read from a dump: accounts, tax rates, tracking, items, and Amazon's listings.

The mapper makes no calls. A dump is what `meltano run tap-xero target-jsonl` leaves (a folder of
`accounts.jsonl`, ...), Singer lines in one file, or Xero's own answers (`accounts.json` with
`{"Accounts": [...]}`). Names of fields are read in Xero's spelling and in snake case.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STREAMS = ("accounts", "tax_rates", "tracking_categories", "items", "listings")
_GONE = {"ARCHIVED", "DELETED"}

Element = dict[str, Any]


class UnreadableDump(ValueError):
    """A dump that is not there, or holds none of what is looked for."""


@dataclass(slots=True)
class Chart:
    """The elements of each stream, by names without case and underscores.

    A stream that the dump has is there even when Xero has nothing of it.
    """

    streams: dict[str, list[Element]] = field(default_factory=dict)

    def __contains__(self, stream: str) -> bool:
        return stream in self.streams

    def __getitem__(self, stream: str) -> list[Element]:
        return self.streams.get(stream, [])

    def by_code(self, stream: str) -> dict[str, Element]:
        """Give accounts or items by their codes."""
        return {str(each["code"]): each for each in self[stream] if each.get("code")}

    def tax_types(self) -> dict[str, Element]:
        """Give the tax rates in use by their types."""
        used = (each for each in self[_TAX] if in_use(each))
        return {str(each["taxtype"]): each for each in used if each.get("taxtype")}


_TAX = "tax_rates"


def in_use(element: Element) -> bool:
    """Say whether Xero still offers an account, a rate or an option."""
    return str(element.get("status") or "ACTIVE").upper() not in _GONE


def read(place: Path) -> Chart:
    """Read a dump: a folder, or one file of Singer lines."""
    if place.is_dir():
        files = [file for file in sorted(place.iterdir()) if file.suffix in {".json", ".jsonl"}]
    elif place.is_file():
        files = [place]
    else:
        raise UnreadableDump(f"{place} is not there: give the dump of tap-xero, file or folder")
    chart = Chart()
    known: dict[tuple[str, Any], Element] = {}
    for file in files:
        for number, (stream, element) in enumerate(_elements(file)):
            if stream not in STREAMS:
                continue
            # A preview writes the mapper's own documents into the same folder: Xero has them not.
            if element is not None and "document_id" in element:
                continue
            chart.streams.setdefault(stream, [])
            if element is not None:
                # target-jsonl adds each dump to the one before: the last word counts.
                plain = _plain(element)
                known[stream, _identity(stream, plain) or (file.name, number)] = plain
    for (stream, _), element in known.items():
        chart.streams[stream].append(element)
    if not chart["accounts"]:
        raise UnreadableDump(f"{place} holds no accounts: give the dump of tap-xero's accounts")
    return chart


_KEYS = {
    "accounts": ("accountid",),
    "tax_rates": ("taxtype",),
    "tracking_categories": ("trackingcategoryid",),
    "items": ("code",),
    "listings": ("marketplaceid", "marketplace", "sellersku"),
}


def _identity(stream: str, element: Element) -> tuple[Any, ...] | None:
    """Give what names an element in its stream; None where it has no such name."""
    named = tuple(element.get(key) for key in _KEYS[stream])
    return named if named[-1] else None


def _elements(file: Path) -> Iterator[tuple[str, Element | None]]:
    """Give the elements of a file with their streams; None tells that the stream is dumped."""
    stream = _spoken(file.stem)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDump(f"{file} is not UTF-8: save it so, or dump it anew") from error
    values = [text] if file.suffix == ".json" else text.split("\n")
    for line, value in enumerate(values, start=1):
        if not value.strip():
            continue
        where = str(file) if file.suffix == ".json" else f"{file}, line {line}"
        try:
            found = list(_streamed(stream, json.loads(value)))
        except ValueError as error:
            raise UnreadableDump(f"{where} is no JSON: {error}") from error
        except LookupError as error:
            raise UnreadableDump(f"{where} is a RECORD without its {error}") from error
        for name, element in found:
            if name in STREAMS and not isinstance(element, dict | None):
                raise UnreadableDump(f"{where}: {name} hold {element!r}, which is no record")
            yield name, element


def _streamed(stream: str, value: Any) -> Iterator[tuple[str, Element | None]]:
    """Take a value apart: a Singer message, a list, Xero's answer, or one bare record."""
    if isinstance(value, list):
        yield stream, None
        yield from ((stream, each) for each in value)
    elif not isinstance(value, dict):
        return
    elif value.get("type") in {"RECORD", "SCHEMA", "STATE", "ACTIVATE_VERSION"}:
        if value["type"] == "RECORD":
            yield _spoken(value["stream"]), value["record"]
        elif value["type"] == "SCHEMA":
            yield _spoken(value["stream"]), None
    elif stream in STREAMS and not any(isinstance(each, list) for each in value.values()):
        yield stream, value
    else:
        named = {_spoken(name): each for name, each in value.items()}
        lists = [(name, named[name]) for name in STREAMS if isinstance(named.get(name), list)]
        if lists:
            yield from ((name, each) for name, found in lists for each in [None, *found])
        elif stream in STREAMS:
            yield stream, value


def _spoken(name: str) -> str:
    """Name a stream as here, whether Xero writes TaxRates or a tap tax_rates."""
    plain = name.replace("_", "").casefold()
    return next((each for each in STREAMS if each.replace("_", "") == plain), plain)


def _plain(value: Any) -> Any:
    """Spell the names of fields without case and underscores, all the way down."""
    if isinstance(value, dict):
        return {name.replace("_", "").casefold(): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def names(elements: Iterable[Element]) -> list[str]:
    """Give the names of elements."""
    return [str(each.get("name") or "") for each in elements]
