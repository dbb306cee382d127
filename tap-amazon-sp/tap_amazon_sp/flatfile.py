"""Settlement files, layout V2 and the retired V1: examined whole before a row of them counts.

`examine` goes through the file once: encoding, columns, shape of every row, decimal separator,
dates, one summary row. What it cannot vouch for is an `Unreadable`. On its way it writes the rows
as lines where they are wanted. `rows` gives the rows of a file that passed as values, by reading
it again. Neither holds more than some hundred rows in memory.

Whether the rows add up to the total is not asked here: that is the gate's question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO

from tap_amazon_sp import retired
from tap_amazon_sp.blocks import Blocks
from tap_amazon_sp.charsets import UNKNOWN, candidates, decoded, fits
from tap_amazon_sp.columns import Columns, Places, Row, fields
from tap_amazon_sp.examination import Examination, Settlement
from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.guard import foreign
from tap_amazon_sp.retired import RetiredColumns, RetiredExamination
from tap_amazon_sp.rowlines import Lines

__all__ = ["LONGEST", "Row", "Settlement", "examine", "fields", "rows"]

# Characters taken at once; small enough for the processor's cache.
BLOCK = 2**16
_HEAD = 64
# Characters in a line. The longest texts that Amazon writes have a few hundred.
LONGEST = 2**18


def examine(
    file: IO[bytes], declared_charset: str | None = None, lines: Lines | None = None
) -> Settlement:
    """Check a whole settlement file and give its summary; raise Unreadable with the row.

    lines: takes the lines of the rows, unless it is found that they must be read a second time.
    """
    file.seek(0)
    if reason := foreign(file.read(_HEAD)):
        raise Unreadable(reason)
    for encoding in candidates(file, declared_charset):
        try:
            return _examined(file, encoding, lines)
        except UnicodeError:
            continue
        except Unreadable:
            # Read in the wrong encoding a good file may look bad.
            if fits(file, encoding):
                raise
    raise Unreadable(UNKNOWN)


def rows(file: IO[bytes], settlement: Settlement) -> Iterator[Row]:
    """Give the detail rows of a file that `examine` has passed, in file order."""
    with decoded(file, settlement.encoding) as text:
        columns = columns_of(next(text))
        split = columns.cells
        type_at, total_at = columns.at("transaction-type"), columns.at("total-amount")

        def details() -> Iterator[tuple[int, list[str]]]:
            for number, line in enumerate(text, 2):
                cells = split(line)
                if cells[type_at] or not (cells[total_at] or not any(cells)):
                    yield number, cells

        if isinstance(columns, RetiredColumns):
            places, found = Places(retired.V2), columns.translated(details())
        else:
            places, found = Places(columns), details()
        for number, cells in found:
            yield places.row(number, cells, settlement.separator)


def columns_of(header: str) -> Columns:
    """Read the header of a settlement file, V2 or V1."""
    return RetiredColumns(header) if retired.is_retired(header) else Columns(header)


def _bounded(number: int, line: str) -> None:
    if len(line) > LONGEST:
        raise Unreadable(f"the row has more than {LONGEST:,} characters", number)


def _examined(file: IO[bytes], encoding: str, lines: Lines | None) -> Settlement:
    if lines:
        lines.begin()
    digest = hashlib.sha256()
    with decoded(file, encoding) as text:
        header = text.readline(LONGEST)
        if not header.strip():
            raise Unreadable("the file has no header line")
        digest.update(header.encode())
        columns = columns_of(header)
        examination = (
            RetiredExamination(columns)
            if isinstance(columns, RetiredColumns)
            else Examination(columns)
        )
        blocks = Blocks(columns, examination, lines)
        try:
            number, rest = 2, ""
            while piece := text.read(BLOCK):
                digest.update(piece.encode())
                rest += piece
                whole = rest.rfind("\n") + 1
                number, rest = blocks.take(number, rest[:whole]), rest[whole:]
                _bounded(number, rest)
            if rest:
                blocks.take(number, rest + "\n")
            return examination.conclude(encoding, digest.hexdigest())
        except Unreadable as fault:
            fault.settlement_id = examination.settlement_id
            raise
