"""Reading the map files as rows with line numbers, checked against their JSON Schemas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from transforms.maps.faults import Fault

_DELIMITERS = ",;\t"


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
    header = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    columns = [name.strip() for name in next(reader, [])]
    before = len(faults)
    faults.extend(_column_faults(path.name, columns, schema(table)))
    if len(faults) > before:
        return []
    rows = list(_rows(path.name, columns, reader, faults))
    validator = Draft202012Validator(schema(table))
    blank = dict.fromkeys(schema(table)["required"], "")
    valid = []
    for row in rows:
        errors = list(validator.iter_errors(blank | row.cells))
        faults.extend(Fault(path.name, row.line, _reason(error)) for error in errors)
        if not errors:
            valid.append(row)
    return valid


def _text_of(path: Path, faults: list[Fault], *, optional: bool) -> str | None:
    if not path.is_file():
        if not optional:
            faults.append(Fault(path.name, 0, "the file is missing"))
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        faults.append(Fault(path.name, line, "not UTF-8: save it as CSV UTF-8"))
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


def _rows(file: str, columns: list[str], reader: Any, faults: list[Fault]) -> Iterator[TableRow]:
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            faults.append(
                Fault(file, reader.line_num, f"{len(cells)} cells under {len(columns)} columns")
            )
            continue
        pairs = zip(columns, (cell.strip() for cell in cells), strict=False)
        yield TableRow(reader.line_num, dict(pairs))


def _reason(error: Any) -> str:
    """Say a schema error in the words of a table."""
    column = ".".join(str(part) for part in error.path)
    if error.validator == "enum":
        allowed = ", ".join(repr(value) for value in error.validator_value)
        return f"{column} is {error.instance!r}; it may be {allowed}"
    if error.validator == "minLength":
        return f"{column} is blank"
    if error.validator in {"pattern", "maxLength", "format"}:
        wanted = error.schema.get("description", "")
        return f"{column} is {error.instance!r}; wanted: {wanted}"
    return str(error.message)


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
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    lines = {key.value: key.start_mark.line + 1 for key, _ in pairs}
    errors = list(Draft202012Validator(schema("books")).iter_errors(loaded))
    faults.extend(
        Fault(path.name, lines.get(str(next(iter(error.path), "")), 0), _reason(error))
        for error in errors
    )
    defaults = {
        name: spec["default"]
        for name, spec in schema("books")["properties"].items()
        if "default" in spec
    }
    return None if errors else defaults | loaded
