"""CSV for spreadsheets, in which nothing that came from outside can be a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import IO

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# A spreadsheet takes a cell that begins so for a formula; full-width forms count too.
_FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def harmless(text: str) -> str:
    """Give a cell that a spreadsheet shows as it is: an apostrophe before what is no number.

    The characters are those of OWASP's page on CSV injection, full-width ones included.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def write(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a table; returns the number of rows below the header."""
    writer = csv.writer(file)
    writer.writerow(header)
    number = 0
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        number += 1
    return number
