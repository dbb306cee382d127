"""Reading the map files as rows with line numbers, checked against their JSON Schemas."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from transforms.ledger.lines_to_add import PLACEHOLDERS
from transforms.maps.faults import Fault

_DELIMITERS = ",;\t"
# Read by the price-mapper.
_ELSEWHERE = frozenset({"prices"})


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its line in the file, and its cells by column, blank where absent."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@cache
def schema(table: str) -> dict[str, Any]:
    """Give the JSON Schema of a table: books, accounts, marketplaces, skus, rules, prices..."""
    file = resources.files("transforms.maps") / "schemas" / f"{table}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def read_table(folder: Path, table: str, faults: list[Fault], *, optional: bool) -> list[TableRow]:
    """Read one CSV table; rows that fail its schema become faults and are left out.

    Spreadsheets save with commas, semicolons or tabs and with or without a byte order mark;
    the header line decides.
    """
    path = folder / f"{table}.csv"
    text = _text_of(path, faults, optional=optional)
    if text is None:
        return []
    lines = _lines(path.name, text, faults)
    header = next(lines, (1, []))[1]
    columns = _without_blank_end(header)
    before = len(faults)
    faults.extend(_column_faults(path.name, columns, schema(table)))
    if len(faults) > before:
        return []
    rows = list(_rows(path.name, columns, len(header), lines, faults))
    validator = Draft202012Validator(schema(table))
    blank = dict.fromkeys(schema(table)["required"], "")
    valid = []
    for row in rows:
        left = [name for name, word in PLACEHOLDERS.items() if row[name] == word]
        errors = [] if left else list(validator.iter_errors(blank | row.cells))
        words = [*map(_left, left), *map(_reason, errors)]
        faults.extend(Fault(path.name, row.line, each) for each in words)
        if not words:
            valid.append(row)
    return valid


def misnamed(folder: Path, tables: Collection[str]) -> Iterator[Fault]:
    """Find tables that nobody reads, named nearly as one that is read and is not there."""
    lacking = [table for table in tables if not (folder / f"{table}.csv").exists()]
    for path in sorted(folder.glob("*.csv")):
        if path.stem in tables or path.stem in _ELSEWHERE:
            continue
        for meant in difflib.get_close_matches(path.stem.casefold(), lacking, n=1, cutoff=0.85):
            yield Fault(path.name, 0, f"nobody reads a table of this name: is it {meant}.csv?")


def _left(column: str) -> str:
    return f"{column} is still {PLACEHOLDERS[column]}: write yours in its place"


def _text_of(path: Path, faults: list[Fault], *, optional: bool) -> str | None:
    if not path.is_file():
        if not optional:
            faults.append(Fault(path.name, 0, "the file is missing"))
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        form = "CSV UTF-8" if path.suffix == ".csv" else "UTF-8"
        faults.append(Fault(path.name, line, f"not UTF-8: save it as {form}"))
        return None


def _column_faults(file: str, columns: list[str], table: dict[str, Any]) -> Iterator[Fault]:
    known = ", ".join(table["properties"])
    for column in dict.fromkeys(columns):
        if column not in table["properties"]:
            yield Fault(file, 1, f"unknown column {column!r}; the columns are {known}")
        elif columns.count(column) > 1:
            yield Fault(file, 1, f"column {column!r} stands twice")
    for column in table["required"]:
        if column not in columns:
            yield Fault(file, 1, f"column {column!r} is missing")


def _lines(file: str, text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Give each line's number and cells.

    A quotation mark that is not closed would take the lines after it into its cell: it is a
    fault, and so is a cell that has several lines.
    """
    delimiter = max(_DELIMITERS, key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    first = 1
    try:
        for cells in reader:
            if any("\n" in cell for cell in cells):
                faults.append(
                    Fault(file, first, f"a cell goes on to line {reader.line_num}{_MARK}")
                )
            else:
                yield first, [cell.strip() for cell in cells]
            first = reader.line_num + 1
    except csv.Error:
        faults.append(Fault(file, first, f"a cell does not end{_MARK}"))


_MARK = ': look for a single `"`; one that belongs to the text is written `""` in a cell in `"`'


def _without_blank_end(cells: list[str]) -> list[str]:
    """Leave out blank cells at the end: spreadsheets save columns that were emptied."""
    used = len(cells)
    while used and not cells[used - 1]:
        used -= 1
    return cells[:used]


def _rows(
    file: str,
    columns: list[str],
    width: int,
    lines: Iterator[tuple[int, list[str]]],
    faults: list[Fault],
) -> Iterator[TableRow]:
    """Give the rows; one wider than the header has a cell too many, whether its end is blank.

    A decimal comma between two cells is such a one.
    """
    for number, cells in lines:
        if not any(cells):
            continue
        if len(cells) > width or len(_without_blank_end(cells)) > len(columns):
            faults.append(Fault(file, number, f"{len(cells)} cells under {len(columns)} columns"))
            continue
        yield TableRow(number, dict(zip(columns, cells, strict=False)))


def _reason(error: Any) -> str:
    """Say a schema error in the words of a table."""
    column, rule = ".".join(str(part) for part in error.path), error.validator_value
    is_cell = f"{column} is {error.instance!r}"
    match error.validator:
        case "required":
            # One error for each name that lacks; only its message tells which.
            words = f"{next(name for name in rule if repr(name) in error.message)} is missing"
        case "additionalProperties":
            known = error.schema["properties"]
            unknown = ", ".join(name for name in error.instance if name not in known)
            words = f"unknown: {unknown}; known are {', '.join(known)}"
        case "enum":
            words = f"{is_cell}; it may be {', '.join(repr(value) for value in rule)}"
        case "minLength":
            words = f"{column} is blank"
        case "pattern" | "maxLength" | "format":
            words = f"{is_cell}; wanted: {error.schema.get('description', '')}"
        case "type":
            words = f"{is_cell}; wanted: one value"
        case _:
            words = str(error.message)
    return words


def destination(row: TableRow) -> str:
    """Write a country and a rate as the VAT report's lines name them: `FR 5.50` is `FR 5.5`."""
    country, _, rate = row["destination"].partition(" ")
    return f"{country} {format(Decimal(rate).normalize(), 'f')}" if rate else country


def read_choices(folder: Path, faults: list[Fault]) -> dict[str, str] | None:
    """Read books.yml with its defaults; None when it cannot be used."""
    path = folder / "books.yml"
    text = _text_of(path, faults, optional=False)
    if text is None:
        return None
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        loaded = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes text only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        faults.append(Fault(path.name, line, f"not YAML: {getattr(error, 'problem', error)}"))
        return None
    if not isinstance(loaded, dict):
        faults.append(Fault(path.name, 1, "wanted: lines of `name: value`"))
        return None
    found = list(_choices_faults(path.name, node, loaded))
    faults.extend(found)
    defaults = {
        name: spec["default"]
        for name, spec in schema("books")["properties"].items()
        if "default" in spec
    }
    return None if found else defaults | loaded


def _choices_faults(file: str, node: Any, loaded: dict[str, Any]) -> Iterator[Fault]:
    """Find choices that stand twice (YAML would take the last), and those that cannot be."""
    first: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.value in first:
            words = f"{key.value} stands already on line {first[key.value]}: keep one of the two"
            yield Fault(file, line, words)
        first.setdefault(key.value, line)
    for error in Draft202012Validator(schema("books")).iter_errors(loaded):
        yield Fault(file, first.get(str(next(iter(error.path), "")), 0), _reason(error))
