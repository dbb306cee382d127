"""Settlement rows as Singer lines, made while their file is examined.

The SDK's own path costs a hundred times the encoding. The lines hold what the SDK would write for
the same records, field for field; only the order of the fields differs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

Json = dict[str, Any]


class Form:
    """How the rows of a stream are written: RECORD messages, or the bare records of a batch.

    selected: the fields to write; `row` is the first of them always. A batch leaves out what is
    null: its readers fill that in, and a third of most rows is null.
    """

    def __init__(self, stream: str, selected: Collection[str], *, bare: bool = False) -> None:
        self.selected, self.bare = selected, bare
        record = f'{{"type":"RECORD","stream":{json.dumps(stream)},"record":'
        self.head = ("" if bare else record) + '{"row":'

    def tail(self) -> str:
        """End a line; a RECORD tells when it was read, which is now."""
        return "}\n" if self.bare else f'}},"time_extracted":"{datetime.now(UTC).isoformat()}"}}\n'


class Lines:
    """The lines of one settlement's rows, on their way into a file.

    shared: the fields that all rows have in common, without those that the file tells. whole: the
    lines of all rows are there; when a row had to be passed over they are of no use.
    """

    def __init__(self, file: IO[bytes], form: Form, shared: Mapping[str, str | None]) -> None:
        self.file, self.form, self.shared = file, form, shared
        self.whole = True
        self._glue = ""

    def begin(self) -> None:
        """Start with an empty file."""
        self.file.seek(0)
        self.file.truncate()
        self.whole = True

    def tell(self, **common: str | None) -> None:
        """Take the fields that the file's summary row tells for all rows."""
        self._glue = "".join(
            f',"{name}":{json.dumps(it)}'
            for name, it in {**common, **self.shared}.items()
            if name in self.form.selected and not (it is None and self.form.bare)
        )

    def give_up(self) -> None:
        """Leave the rows to a second reading of the file."""
        if self.whole:
            self.begin()
            self.whole = False

    def block(self, first: int, count: int, same: str, varying: list[list[str]]) -> None:
        """Write rows that follow one another, column by column.

        same: the JSON members that all of them share. varying: a column each, a member per row.
        """
        size = len(varying) + 3
        between = self.form.tail() + self.form.head
        parts = [between] * (size * count)
        parts[0::size] = map(str, range(first, first + count))
        parts[1::size] = [self._glue + same] * count
        for at, column in enumerate(varying, 2):
            parts[at::size] = column
        parts[-1] = self.form.tail()
        self.file.write((self.form.head + "".join(parts)).encode("ascii"))

    def row(self, fields: Json) -> None:
        """Write one row."""
        own = {
            name: it
            for name, it in fields.items()
            if name in self.form.selected and name != "row" and not (it is None and self.form.bare)
        }
        members = "".join(f",{json.dumps(name)}:{json.dumps(it)}" for name, it in own.items())
        line = self.form.head + str(fields["row"]) + self._glue + members + self.form.tail()
        self.file.write(line.encode("ascii"))

    def pieces(self, size: int = 2**20) -> Iterator[bytes]:
        """Give what is written, from its start."""
        self.file.seek(0)
        while piece := self.file.read(size):
            yield piece
