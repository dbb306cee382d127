"""Faults of prices.csv: figures that are none, and lines that no marketplace can use as they are.

A blank cell would let a line price in the wrong currency or at the wrong rate, so every line is
checked against each marketplace that it may come to price.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from transforms.ledger.book import Marketplace
from transforms.ledger.money import minor_unit
from transforms.maps.faults import Fault
from transforms.maps.meaning import no_date, repeated, unknown_marketplace
from transforms.maps.tables import TableRow
from transforms.pricing.figures import decimals
from transforms.pricing.price_list import XERO, places
from transforms.pricing.rounding import Rounding

FILE = "prices.csv"
_FIGURE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_COMMA = re.compile(r"[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
_MOST_TAX = Decimal(100)


def faults(
    rows: Sequence[TableRow], marketplaces: Sequence[Marketplace], base_currency: str
) -> Iterator[Fault]:
    """Check every line by itself, beside its neighbours, and at each marketplace it prices."""
    names = {each.name for each in marketplaces}
    answering = _Answering(rows)
    yield from repeated(FILE, rows, ("item_code", "marketplace", "valid_from"))
    for row in rows:
        yield from unknown_marketplace(FILE, row, names)
        yield from no_date(FILE, row)
        own = list(_own_faults(row))
        yield from (Fault(FILE, row.line, reason) for reason in own)
        if own or (row["marketplace"] and row["marketplace"] not in names):
            continue
        priced = [each for each in marketplaces if row["marketplace"] in ("", each.name)]
        hiding = {each.name: answering.before(row, each.name) for each in priced}
        if priced and all(hiding.values()):
            lines = ", ".join(str(line) for line in sorted(filter(None, hiding.values())))
            words = f"hidden: every marketplace has a line of its own ({lines}): take one away"
            yield Fault(FILE, row.line, words)
        for marketplace in (each for each in priced if not hiding[each.name]):
            for reason in _faults_at(row, marketplace, base_currency):
                yield Fault(FILE, row.line, reason)


def unknown_items(rows: Sequence[TableRow], codes: Collection[str]) -> Iterator[Fault]:
    """Check that each item of its own line sells somewhere: a misspelt one would guard nothing."""
    for row in rows:
        if row["item_code"] and row["item_code"] not in codes:
            yield Fault(FILE, row.line, f"item_code {row['item_code']!r} is not in skus.csv")


def _own_faults(row: TableRow) -> Iterator[str]:
    """Check the figures of a line, whatever marketplace it is for."""
    rates = {"tax_rate": row["tax_rate"], "exchange_rate": row["exchange_rate"]}
    bounds = {"minimum": row["minimum"], "maximum": row["maximum"]}
    figures = {name: cell for name, cell in (rates | bounds).items() if cell}
    wrong = {name: _no_figure(cell, name in rates) for name, cell in figures.items()}
    yield from (f"{name} is {figures[name]!r}{why}" for name, why in wrong.items() if why)
    sound = {
        name: Decimal(figures[name]) for name in figures if not wrong[name] and _is_set(row, name)
    }
    tax = sound.get("tax_rate", Decimal(0))
    if tax > _MOST_TAX:
        yield f"tax_rate is {tax}: more than 100 percent; write 20 for 20%"
    if 0 < tax < 1:
        yield f"tax_rate is {tax}, which is less than one percent: write 20 for 20%"
    for name in ("exchange_rate", "minimum", "maximum"):
        if name in sound and sound[name] == 0:
            blank = "blank for none" if name in bounds else "blank where the currency is the base's"
            yield f"{name} is zero: leave it {blank}"
    if "minimum" in sound and "maximum" in sound and sound["minimum"] > sound["maximum"]:
        yield f"minimum {sound['minimum']} is above maximum {sound['maximum']}"
    if row["source"] == "sales_with_tax" and (row["tax_rate"] == XERO or tax):
        yield "sales_with_tax includes the tax: leave tax_rate blank, or write sales"
    if Rounding.read(row["rounding"]) is None:
        yield (
            f"rounding is {row['rounding']!r}; it may be minor, up, down, or the digits that a "
            "price ends in, as .99"
        )


def _is_set(row: TableRow, name: str) -> bool:
    return bool(row[name]) and row[name] != XERO


def _no_figure(cell: str, is_rate: bool) -> str:
    """Say why a cell is no figure above or equal to zero; blank when it is one."""
    if (is_rate and cell == XERO) or _FIGURE.fullmatch(cell):
        return ""
    if _COMMA.fullmatch(cell):
        return f": a decimal comma; write {cell.replace(',', '.')}"
    if _THOUSANDS.fullmatch(cell):
        return f": a comma between thousands; write {cell.replace(',', '')}"
    if cell.startswith("-"):
        return ": it is below zero"
    if cell.endswith("%"):
        return f": write {cell.removesuffix('%').strip()}, without the sign"
    wanted = "a figure such as 1.25, or xero" if is_rate else "a figure such as 12.50"
    return f"; wanted: {wanted}"


class _Answering:
    """The lines of prices.csv by what they price."""

    def __init__(self, rows: Iterable[TableRow]) -> None:
        self._lines: dict[tuple[str, str], list[TableRow]] = {}
        for row in rows:
            self._lines.setdefault((row["item_code"], row["marketplace"]), []).append(row)

    def before(self, row: TableRow, marketplace: str) -> int:
        """Give the line that always answers for a marketplace before this one; 0 for none."""
        for place in places(row["item_code"], marketplace):
            if place == (row["item_code"], row["marketplace"]):
                break
            for other in self._lines.get(place, ()):
                if other["valid_from"] <= row["valid_from"]:
                    return other.line
        return 0


def _faults_at(row: TableRow, marketplace: Marketplace, base_currency: str) -> Iterator[str]:
    """Check what a line says against the currency of a marketplace that it prices."""
    name, currency = marketplace.name, marketplace.currency
    if row["currency"] not in ("", currency):
        yield f"currency is {row['currency']}, but {name} sells in {currency}"
    exchange = row["exchange_rate"]
    if currency != base_currency and not exchange:
        yield (
            f"exchange_rate is blank, but {name} sells in {currency} and the books are in "
            f"{base_currency}: write how many {currency} are one {base_currency}, or xero"
        )
    if currency == base_currency and exchange not in ("", XERO) and Decimal(exchange) != 1:
        yield (
            f"{name} sells in {currency}, as the books are: exchange_rate {exchange} would change "
            "its prices; leave it blank"
        )
    rounding = Rounding.read(row["rounding"])
    if rounding is not None and (refusal := rounding.refuses(currency)):
        yield f"rounding at {name}: {refusal}"
    places_of_currency = decimals(minor_unit(currency))
    for bound in ("minimum", "maximum"):
        if row[bound] and decimals(Decimal(row[bound])) > places_of_currency:
            yield (
                f"{bound} {row[bound]} has more decimals than {currency}, which has "
                f"{places_of_currency}, at {name}"
            )
