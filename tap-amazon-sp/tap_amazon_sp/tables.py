"""Flat reports other than settlements: a header and rows, read by column name, one row at a time.

Tab separated without quoting, as Amazon serves them; a file downloaded by hand may be CSV. The
first line decides. Nothing is guessed: a row with other fields than the header is Unreadable.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from typing import IO

from tap_amazon_sp.amounts import Separator
from tap_amazon_sp.charsets import decoded, recognise
from tap_amazon_sp.faults import Unreadable, shown

LONGEST_LINE = 2**17


class _Tabbed(csv.excel_tab):
    quoting = csv.QUOTE_NONE


class _Quoted(csv.excel):
    strict = True


class Row:
    """One row: its line in the file, and its cells by column; a column that is not there is ''."""

    __slots__ = ("_at", "_cells", "number")

    def __init__(self, number: int, cells: list[str], at: Mapping[str, int]) -> None:
        self.number = number
        self._cells = cells
        self._at = at

    def __getitem__(self, column: str) -> str:
        at = self._at.get(column, -1)
        return self._cells[at].strip() if 0 <= at < len(self._cells) else ""


class Table:
    """A flat report, its encoding recognised; may be read more than once.

    required: columns that it must have. aliases: other names of columns, such as local ones.
    fallback: the encoding to try where neither Amazon's word nor UTF-8 fits.
    """

    def __init__(
        self,
        file: IO[bytes],
        charset: str | None,
        required: Collection[str],
        aliases: Mapping[str, str] | None = None,
        fallback: str | None = None,
    ) -> None:
        self._file = file
        self._encoding = _encoding(file, charset, fallback)
        with decoded(file, self._encoding) as text:
            header = text.readline(LONGEST_LINE)
        self._dialect = _Tabbed if "\t" in header or "," not in header else _Quoted
        names = next(csv.reader([header.rstrip("\n")], self._dialect), [])
        self._at = _columns(names, aliases or {})
        missing = [column for column in required if column not in self._at]
        if missing:
            raise Unreadable(
                f"columns {', '.join(missing)} are missing; the first line is {shown(header)}", 1
            )
        self.columns = frozenset(self._at)
        self._width = len(names)
        self._reach = 1 + max(self._at[column] for column in required)

    def separator(self, amounts: Collection[str], check: Callable[[Row], None]) -> int:
        """Go through all rows, check each, and tell whether amounts have a POINT or a COMMA.

        amounts: the columns that hold them. Raises Unreadable, with the row where there is one.
        """
        heard = Separator()
        with self.rows() as rows:
            for row in rows:
                for column in amounts:
                    if row[column]:
                        heard.hear(row[column], row.number, column)
                check(row)
        return heard.decide()

    def rows(self) -> AbstractContextManager[Iterator[Row]]:
        """Open the rows after the header; one that does not fit it is Unreadable."""
        return closing(self._rows())

    def _rows(self) -> Generator[Row, None, None]:
        with decoded(self._file, self._encoding) as text:
            lines = _lines(text)
            next(lines, None)
            reader = csv.reader(lines, self._dialect)
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise Unreadable(str(error), reader.line_num + 1) from None
                if cells is None:
                    return
                if any(map(str.strip, cells)):
                    self._check(cells, reader.line_num + 1)
                    yield Row(reader.line_num + 1, cells, self._at)

    def _check(self, cells: list[str], number: int) -> None:
        """Refuse a row that is cut short or has fields that the header does not name."""
        if len(cells) < self._reach or any(map(str.strip, cells[self._width :])):
            raise Unreadable(f"{len(cells)} fields, where the header has {self._width}", number)


def _encoding(file: IO[bytes], charset: str | None, fallback: str | None) -> str:
    """Recognise an encoding: Amazon's word, UTF-8, then the fallback before cp1252."""
    if not fallback or charset:
        return recognise(file, charset or "utf-8")[0]
    try:
        found = recognise(file, "utf-8")[0]
    except Unreadable:
        return recognise(file, fallback)[0]
    return recognise(file, fallback)[0] if found == "cp1252" else found


def _columns(names: list[str], aliases: Mapping[str, str]) -> dict[str, int]:
    """Find where each column stands, by its lower-case name; the first of two alike counts."""
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        plain = name.strip().lower()
        found.setdefault(aliases.get(plain, plain), at)
    found.pop("", None)
    return found


def _lines(text: IO[str]) -> Iterator[str]:
    """Give lines of bounded length; a longer one, or a NUL, is no report of Amazon's."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise Unreadable(f"the line is longer than {LONGEST_LINE} characters", number)
        if "\0" in line:
            raise Unreadable("the line contains NUL characters", number)
        yield line
