"""From prices.csv to a PriceList, or to the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from transforms.ledger.book import Book
from transforms.maps import price_meaning
from transforms.maps.faults import Fault, MapFaults
from transforms.maps.load import load, read_marketplaces
from transforms.maps.tables import TableRow, read_table
from transforms.pricing.price_list import XERO, PriceLine, PriceList, Rate
from transforms.pricing.rounding import Rounding


def load_prices(folder: Path, book: Book) -> PriceList:
    """Load prices.csv of a set of books; MapFaults lists every fault with file and line."""
    faults: list[Fault] = []
    rows = read_table(folder, "prices", faults, optional=False)
    if not rows and not faults:
        faults.append(Fault(price_meaning.FILE, 0, "no line: nothing would be priced"))
    faults.extend(price_meaning.faults(rows, book.marketplaces, book.choices.base_currency))
    faults.extend(price_meaning.unknown_items(rows, {sku.item_code for sku in book.skus}))
    if faults:
        raise MapFaults(str(folder), faults)
    return PriceList(tuple(_line(row) for row in rows))


def load_with_prices(folder: Path) -> tuple[Book, PriceList]:
    """Load the maps and prices.csv; MapFaults lists the faults of all of them at once."""
    try:
        book = load(folder)
    except MapFaults as found:
        raise MapFaults(str(folder), [*found.faults, *_form_faults(folder)]) from found
    return book, load_prices(folder, book)


def _form_faults(folder: Path) -> Sequence[Fault]:
    """Check prices.csv beside maps that have faults themselves, as far as they can be read."""
    faults: list[Fault] = []
    rows = read_table(folder, "prices", faults, optional=False)
    known = read_marketplaces(folder)
    if known is not None:
        marketplaces, base_currency = known
        faults.extend(price_meaning.faults(rows, marketplaces, base_currency))
    return faults


def _line(row: TableRow) -> PriceLine:
    rounding = Rounding.read(row["rounding"])
    assert rounding is not None, "price_meaning refuses other roundings"  # noqa: S101
    return PriceLine(
        line=row.line,
        item_code=row["item_code"],
        marketplace=row["marketplace"],
        source=row["source"],  # type: ignore[arg-type]
        tax_rate=_rate(row["tax_rate"], blank=Decimal(0)),
        exchange_rate=_rate(row["exchange_rate"], blank=Decimal(1)),
        rounding=rounding,
        minimum=Decimal(row["minimum"]) if row["minimum"] else None,
        maximum=Decimal(row["maximum"]) if row["maximum"] else None,
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
    )


def _rate(cell: str, *, blank: Decimal) -> Rate:
    if cell == XERO:
        return XERO
    return Decimal(cell) if cell else blank
