"""Listings of all marketplaces, gathered until each item can be made of all of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from transforms.ledger.book import Book
from transforms.ledger.items import Item, Listing, code_of, item_of
from transforms.ledger.outcome import Held
from transforms.ledger.unplaced import Unplaced

Record = dict[str, Any]


class Listings:
    """The listings of one run, by item code."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._by_code: dict[str, list[Listing]] = {}
        self.left_out: Counter[str] = Counter()

    @property
    def is_pending(self) -> bool:
        """Whether listings were read whose items are not made yet."""
        return bool(self._by_code)

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
        code = code_of(listing, self._book)
        if code is not None:
            self._by_code.setdefault(code, []).append(listing)

    def flush(self) -> Iterator[Item | Held]:
        """Make the items, by code."""
        for code, listings in sorted(self._by_code.items()):
            try:
                yield item_of(code, listings, self._book)
            except Unplaced as fault:
                yield Held(f"item:{code}", "items", fault.reason, str(fault), None)
        self._by_code.clear()
