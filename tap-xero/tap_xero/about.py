"""What `--about` says to a person: what the tap reads, what it needs, where to begin."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from textwrap import fill
from typing import Any

_WIDE = 96
_BEGIN = (
    "Xero is asked only for the scopes of the selected streams, for reading alone; each stream's"
    " scope is in the README."
)


def text(
    name: str,
    version: str,
    streams: Iterable[tuple[str, bool]],
    settings: dict[str, Any],
) -> str:
    """Write the tap's streams and settings as a page of plain text.

    streams: each with whether it is read unless told otherwise.
    """
    lines = [f"{name} {version}: a Xero organisation as Singer messages.", "", _folded(_BEGIN)]
    lines += ["", "STREAMS (those marked 'off' are read when they are selected)", ""]
    for stream, by_default in streams:
        mark = "" if by_default else " (off)"
        lines += [f"  {stream}{mark}", _folded(_title(stream), 6)]
    lines += ["", f"SETTINGS (in the environment {name.upper().replace('-', '_')}_<NAME>)", ""]
    lines += _settings(settings)
    return "\n".join(lines)


def _settings(settings: dict[str, Any]) -> Iterator[str]:
    required = set(settings.get("required", ()))
    for name, about in settings["properties"].items():
        if name.startswith(("stream_map", "flattening", "faker")):
            continue
        marks = [
            word
            for word, holds in (
                ("required", name in required),
                ("secret", about.get("secret")),
                (f"default {about.get('default')}", about.get("default") not in {None, False}),
            )
            if holds
        ]
        yield f"  {name}" + (f" ({', '.join(marks)})" if marks else "")
        yield _folded(about.get("description", ""), 6)


def _title(stream: str) -> str:
    schema = files("tap_xero.schemas").joinpath(f"{stream}.json").read_text(encoding="utf-8")
    return str(json.loads(schema)["title"])


def _folded(words: str, indent: int = 0) -> str:
    return fill(words, _WIDE, initial_indent=" " * indent, subsequent_indent=" " * indent)
