"""Listings of all marketplaces, gathered until each item can be made of all of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from transforms.ledger.book import Book
from transforms.ledger.items import Item, Listing, code_of, item_of
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.outcome import Held
from transforms.ledger.unplaced import Unplaced

Record = dict[str, Any]


class Listings:
    """The listings of one run, by item code."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._by_code: dict[str, list[Listing]] = {}
        self._codes: dict[str, str | None] = {}
        self.left_out: Counter[str] = Counter()

    @property
    def is_pending(self) -> bool:
        """Whether listings were read whose items are not made yet."""
        return bool(self._codes)

    def add(self, record: Record) -> None:
        """Take a listing of a marketplace that the maps have."""
        marketplace = self._book.marketplace_by_id(record["marketplace_id"] or "")
        if marketplace is None:
            self.left_out[record["marketplace"] or record["marketplace_id"] or "?"] += 1
            return
        price = record["price"]
        listing = Listing(
            marketplace=marketplace,
            seller_sku=record["seller_sku"],
            title=(record["title"] or "").strip(),
            price=None if price is None else Decimal(price),
        )
        code = self._codes[listing.seller_sku] = code_of(listing, self._book)
        if code is not None:
            self._by_code.setdefault(code, []).append(listing)

    def flush(self) -> Iterator[Item | Held | str]:
        """Make the items, by code; a bare id is a SKU whose code is no longer in doubt.

        Xero may take codes that differ only in case for one: which listing it is would be chance.
        """
        spellings: dict[str, list[str]] = {}
        for code in sorted(self._by_code):
            spellings.setdefault(code.casefold(), []).append(code)
        for sku, made in sorted(self._codes.items()):
            alike = spellings[made.casefold()] if made else []
            yield f"item_code:{sku}" if len(alike) < _TWO else _alike(sku, alike)
        for codes in spellings.values():
            if len(codes) < _TWO:
                yield from self._made(codes[0])
        self._by_code.clear()
        self._codes.clear()

    def _made(self, code: str) -> Iterator[Item | Held]:
        try:
            yield item_of(code, self._by_code[code], self._book)
        except Unplaced as fault:
            yield Held(f"item:{code}", "items", fault.reason, str(fault), None)


_TWO = 2


def _alike(sku: str, codes: list[str]) -> Held:
    line = line_to_add(sku, "", "ITEM_CODE", "", "", "")
    details = (
        f"SKU {sku}: the item codes {' and '.join(codes)} differ only in case, which Xero may take "
        f"for one item: add a line {line} to skus.csv"
    )
    return Held(f"item_code:{sku}", "items", "item_codes_alike", details, None)
