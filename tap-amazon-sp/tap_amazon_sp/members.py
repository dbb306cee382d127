"""Memos of one settlement file: a column's cells, checked once, as the JSON members they become.

What a memo vouches for is exactly what the examination lets pass; whatever else stands in a cell
is `Doubtful` and goes to the examination, which has the rules and the words. New cells are checked
together where all are as plain as nearly all cells are, else one by one.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring_ascii

from tap_amazon_sp import mangled
from tap_amazon_sp.amounts import PLAIN, PLAIN_COMMA, Separator, readings
from tap_amazon_sp.examination import is_quantity
from tap_amazon_sp.instants import utc, written_where_common

# Cells that a memo keeps; more are forgotten together.
MEMORY = 2**12
_ORDER = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}")


class Doubtful(Exception):
    """A cell that only the examination can judge."""


class Members(dict[str, str]):
    """The members of one column, by cell as it stands in the file.

    field: the member's name, blank when the cells are checked and not written.
    """

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field
        self._start = f',"{field}":'
        self._fresh = False

    def of(self, cells: list[str]) -> list[str]:
        """Give the members of a column's cells; raise Doubtful."""
        if self._fresh and (made := self._once_each(cells)):
            return made
        try:
            return list(map(self.__getitem__, cells))
        except KeyError:
            if len(self) > MEMORY:
                self.clear()
        new = list(set(cells).difference(self))
        # Where most cells are new, such as order ids, remembering costs more than it saves.
        self._fresh = len(new) * 6 > len(cells)
        start = self._start
        made = self.together(new) or [start + self.alone(cell) for cell in new]
        self.update(zip(new, made, strict=True))
        return list(map(self.__getitem__, cells))

    def _once_each(self, cells: list[str]) -> list[str] | None:
        """Give the members of cells that are mostly new; the rows of an order share them."""
        distinct = set(cells)
        if len(distinct) * 2 > len(cells):
            return self.together(cells)
        new = list(distinct)
        made = self.together(new)
        return made and list(map(dict(zip(new, made, strict=True)).__getitem__, cells))

    def one(self, cell: str) -> str:
        """Give the member of a cell that a whole block has; nothing when it is not written."""
        made = self[cell] if cell in self else self.of([cell])[0]
        return made if self.field else ""

    def together(self, cells: list[str]) -> list[str] | None:  # noqa: ARG002 - for those below
        """Give the members of cells that are all plain, None when one is not."""
        return None

    def alone(self, cell: str) -> str:
        """Give the JSON of one cell; raise Doubtful."""
        raise NotImplementedError


class Texts(Members):
    """Texts, which are kept as they are spelt."""

    def __init__(self, field: str, column: str) -> None:
        super().__init__(field)
        self._column = column
        self._suspicious = ["#", '"', "\\", "| ", " |"]
        if column not in mangled.FREE:
            self._suspicious += ["E", "e"] if column == "order-item-code" else ["E+", "e+"]

    def together(self, cells: list[str]) -> list[str] | None:
        """Give clean ASCII as it is: nothing to trim, to escape or to suspect of a spreadsheet."""
        if self._column == "order-id":
            plain = all(map(_ORDER.fullmatch, cells))
        else:
            joined = "|".join(["", *cells, ""])
            plain = joined.isascii() and joined.isprintable()
            plain = plain and not any(map(joined.__contains__, self._suspicious))
        start = self._start
        blank = start + "null"
        return [f'{start}"{cell}"' if cell else blank for cell in cells] if plain else None

    def alone(self, cell: str) -> str:
        """Give a trimmed text."""
        text = cell.strip()
        if text and mangled.fault(self._column, text):
            raise Doubtful
        return encode_basestring_ascii(text) if text else "null"


class Amounts(Members):
    """Amounts, once the file has shown how it writes them."""

    def __init__(self, field: str, separator: Separator) -> None:
        super().__init__(field)
        self._separator = separator

    def together(self, cells: list[str]) -> list[str] | None:
        """Give amounts in the plain spelling of the decimal sign that the file has shown."""
        start = self._start
        if self._separator.knows("0.01") and all(map(PLAIN.fullmatch, cells)):
            return [f'{start}"{cell}"' for cell in cells]
        if self._separator.knows("0,01") and all(map(PLAIN_COMMA.fullmatch, cells)):
            return [f'{start}"{cell.replace(",", ".")}"' for cell in cells]
        return None

    def alone(self, cell: str) -> str:
        """Give an amount in the reading that the file has."""
        if not self._separator.knows(cell):
            raise Doubtful
        return f'"{readings(cell)[self._separator.leaning() or 0]}"'


class Instants(Members):
    """Points in time. A cell of blanks would hide the date in the column beside it: doubtful."""

    def together(self, cells: list[str]) -> list[str] | None:
        """Give instants in the common spelling."""
        start = self._start + '"'
        return written_where_common(cells, start, '"')

    def alone(self, cell: str) -> str:
        """Give an instant in UTC."""
        at = utc(cell)
        if at is None and cell:
            raise Doubtful
        return f'"{at}"' if at else "null"


class Quantities(Members):
    """Whole numbers."""

    def alone(self, cell: str) -> str:
        """Give a quantity, null when there is none."""
        text = cell.strip()
        if text and not is_quantity(text):
            raise Doubtful
        return str(int(text)) if text else "null"
