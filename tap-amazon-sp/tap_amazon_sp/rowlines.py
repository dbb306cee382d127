"""Settlement rows straight to Singer lines: the SDK's own path costs a hundred times the encoding.

The lines are what the SDK would write for the same records, field for field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from json.encoder import encode_basestring_ascii

from tap_amazon_sp.columns import TEXTS
from tap_amazon_sp.flatfile import Row

BLOCK = 500
_MEMORY = 2**16


class _Quoted(dict[str | None, str]):
    """Texts as JSON, the recent ones remembered: most of a settlement's texts come many times."""

    def __missing__(self, text: str | None) -> str:
        if len(self) > _MEMORY:
            self.clear()
        quoted = self[text] = encode_basestring_ascii(text) if text else "null"
        return quoted


def blocks(
    rows: Iterable[Row],
    stream: str,
    constant: dict[str, str | None],
    selected: Collection[str],
) -> Iterator[tuple[int, str]]:
    """Give the RECORD lines of rows, some hundreds at a time, with their number.

    constant: the fields that all rows of the settlement share. selected: the fields to write.
    """
    quoted = _Quoted()
    template = _template(stream, constant, selected, quoted)
    remaining = iter(rows)
    while block := list(islice(remaining, BLOCK)):
        line = template % encode_basestring_ascii(datetime.now(UTC).isoformat())
        yield (
            len(block),
            "".join(
                line
                % (
                    row.number,
                    quoted[row.amount],
                    quoted[row.posted],
                    "null" if row.quantity is None else row.quantity,
                    *map(quoted.__getitem__, row.texts),
                )
                for row in block
            ),
        )


def _template(
    stream: str, constant: dict[str, str | None], selected: Collection[str], quoted: _Quoted
) -> str:
    """Give the line of a row with a place for each value, and one for the time, filled first.

    A field that is not selected still takes its value, and prints none of it.
    """

    def place(field: str, form: str) -> str:
        return f',"{field}":%%{form}' if field in selected else "%%.0s"

    shared = "".join(
        f',"{field}":{quoted[value]}'.replace("%", "%%%%")
        for field, value in constant.items()
        if field in selected
    )
    record = place("row", "d").removeprefix(",") + shared
    record += "".join(place(field, "s") for field in ("amount", "posted", "quantity", *TEXTS))
    return (
        f'{{"type":"RECORD","stream":{encode_basestring_ascii(stream)},'
        f'"record":{{{record}}},"time_extracted":%s}}\n'
    )
