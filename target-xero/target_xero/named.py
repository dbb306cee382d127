"""What the maps name in Xero: read only as far as `check` needs it.

The mapper checks the maps themselves, with file and line; this asks for nothing but the names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from target_xero.documents import HOLD

_DELIMITERS = ",;\t"
_JOIN = "="
_NO_TAX = "NONE"


class UnreadableMaps(ValueError):
    """A map cannot be read; the message names the file and what to do."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """An account with a tax type, and the line of the maps that asks for it."""

    account: str
    tax_type: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Marketplace:
    """A line of marketplaces.csv; posting is `orders` or `settlements`.

    clearing_type is `current` or `bank`; bank_currency is that in which deposits arrive.
    """

    name: str
    currency: str
    contact: str
    tracking_option: str
    clearing_account: str
    bank_account: str
    posting: str
    clearing_type: str
    bank_currency: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """Everything of Xero that one set of books names."""

    organisation: str
    base_currency: str
    time_zone: str
    books_start: str
    lock_dates: str
    tracking_category: str
    product_tracking_category: str
    product_groups: tuple[str, ...]
    marketplaces: tuple[Marketplace, ...]
    uses: tuple[Use, ...]
    items: tuple[str, ...]
    makes_items: bool
    tracks_stock: bool


def read(folder: Path) -> Named:
    """Read a maps folder; UnreadableMaps when it is not one."""
    choices = _choices(folder)
    rows = list(_rows(folder, "marketplaces"))
    skus = list(_rows(folder, "skus", optional=True))
    return Named(
        organisation=str(choices.get("organisation") or ""),
        base_currency=str(choices.get("base_currency") or ""),
        time_zone=str(choices.get("time_zone") or ""),
        books_start=str(choices.get("books_start") or ""),
        lock_dates=str(choices.get("lock_dates") or HOLD),
        tracking_category=str(choices.get("tracking_category") or ""),
        product_tracking_category=str(choices.get("product_tracking_category") or ""),
        product_groups=_each_once(skus, "product_group"),
        marketplaces=tuple(_marketplace(row, choices) for _, row in rows),
        uses=tuple(_uses(folder, skus)),
        items=_each_once(skus, "item_code"),
        makes_items=choices.get("items") in ("listings", "offered"),
        tracks_stock=choices.get("stock_to_xero") == "tracked_items",
    )


def _each_once(rows: list[tuple[int, dict[str, str]]], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[column] for _, row in rows if row.get(column)))


def _marketplace(row: Mapping[str, str], choices: Mapping[str, Any]) -> Marketplace:
    return Marketplace(
        name=row.get("name", ""),
        currency=row.get("currency", ""),
        contact=row.get("contact", ""),
        tracking_option=row.get("tracking_option", ""),
        clearing_account=row.get("clearing_account", ""),
        bank_account=row.get("bank_account", ""),
        posting=row.get("posting") or str(choices.get("posting") or "orders"),
        clearing_type=row.get("clearing_type") or "current",
        bank_currency=row.get("bank_currency") or row.get("currency", ""),
    )


def _uses(folder: Path, skus: list[tuple[int, dict[str, str]]]) -> Iterator[Use]:
    """The accounts and tax types of classes and of SKUs; `=` joins another line and names none."""
    for line, row in _rows(folder, "accounts"):
        if row.get("account") and row["account"] != _JOIN:
            yield Use(
                account=row["account"],
                tax_type=row.get("tax_type") or _NO_TAX,
                where=f"accounts.csv, line {line}: {row.get('class', '')}",
            )
    for line, row in skus:
        if row.get("account") or row.get("tax_type"):
            yield Use(
                account=row.get("account", ""),
                tax_type=row.get("tax_type", ""),
                where=f"skus.csv, line {line}: {row.get('seller_sku', '')}",
            )


def _choices(folder: Path) -> dict[str, Any]:
    try:
        # BaseLoader makes text only: no date and no number is guessed.
        found = yaml.load(_text(folder / "books.yml"), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise UnreadableMaps(f"{folder / 'books.yml'} is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableMaps(f"{folder / 'books.yml'} is no list of `name: value`")
    return found


def _rows(
    folder: Path, table: str, *, optional: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table as spreadsheets save it: comma, semicolon or tab; each row with its line."""
    file = folder / f"{table}.csv"
    if optional and not file.is_file():
        return
    lines = _text(file).splitlines()
    header = lines[0] if lines else ""
    reader = csv.reader(lines, delimiter=max(_DELIMITERS, key=header.count))
    columns = [name.strip() for name in next(reader, [])]
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield (
                reader.line_num,
                dict(zip(columns, (cell.strip() for cell in cells), strict=False)),
            )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as missing:
        raise UnreadableMaps(
            f"{file} is missing: name the maps folder with --maps or MAPS_DIR"
        ) from missing
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableMaps(f"{file} cannot be read: {error}") from error
