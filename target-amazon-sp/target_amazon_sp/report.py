"""The listings report, read only for what is certain: a figure that can be read in one way.

What is not certain is left out, and the listing is then read for itself: the report never decides
that something is sent, only that nothing has to be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from amazon_sp import Document

REQUIRED = ("seller-sku", "price", "quantity", "fulfillment-channel")
# As Japanese reports name them.
ALIASES = {
    "出品者sku": "seller-sku",
    "価格": "price",
    "数量": "quantity",
    "フルフィルメント・チャンネル": "fulfillment-channel",
    "fulfilment-channel": "fulfillment-channel",
}
# Two decimals at most: with three, a point or a comma may stand between thousands.
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


class UnreadableReport(Exception):
    """A report that is not laid out as Amazon lays it out."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the report says of one SKU; None for what it does not say for certain."""

    price: Decimal | None
    quantity: Decimal | None
    channel: str


def read(
    document: Document, wanted: Collection[str], fallback: str = "cp1252"
) -> dict[str, Listed]:
    """Give the rows of the SKUs that are wanted.

    fallback: the encoding where neither Amazon's word nor UTF-8 fits.
    """
    lines = _lines(document, fallback)
    names = [_name(cell) for cell in next(lines, "").split("\t")]
    missing = [column for column in REQUIRED if column not in names]
    if missing:
        raise UnreadableReport(f"it has no column {', '.join(missing)}")
    at = [names.index(column) for column in REQUIRED]
    found = {}
    for line in lines:
        cells = line.split("\t")
        if len(cells) <= max(at):
            continue  # cut short: the SKU counts as not in the report
        sku, price, quantity, channel = (cells[place].strip() for place in at)
        if sku in wanted:
            found[sku] = Listed(_price(price), _quantity(quantity), channel.upper())
    return found


def _lines(document: Document, fallback: str) -> Iterator[str]:
    encoding = _encoding(document.file, document.charset, fallback)
    document.file.seek(0)
    for line in document.file:
        yield line.decode(encoding, "replace").rstrip("\r\n")


def _encoding(file: IO[bytes], declared: str | None, fallback: str) -> str:
    for encoding in filter(None, (declared, "utf-8-sig")):
        file.seek(0)
        try:
            for line in file:
                line.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
        return encoding
    return fallback


def _name(cell: str) -> str:
    plain = cell.strip().lstrip("\ufeff").lower()
    return ALIASES.get(plain, plain)


def _price(text: str) -> Decimal | None:
    found = _PRICE.fullmatch(text)
    return Decimal(f"{found[1]}.{found[2] or 0}") if found else None


def _quantity(text: str) -> Decimal | None:
    return Decimal(text) if _WHOLE.fullmatch(text) else None
