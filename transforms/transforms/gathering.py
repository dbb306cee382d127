"""Streams whose documents are made of many records at once, when the stream has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import books
from transforms import finances, messages
from transforms.accruals import Accruals
from transforms.ledger.book import Book
from transforms.ledger.documents import Document
from transforms.ledger.items import Item
from transforms.ledger.outcome import Held
from transforms.ledger.stock import StockLevel
from transforms.listings import Listings
from transforms.stock import STREAMS, Stock
from transforms.wire import Line

Record = dict[str, Any]
Made = Document | Item | StockLevel | Held | str
"""What is made: a document, item or level of stock, what holds it, or the id of one not needed."""


class Gathering:
    """Deferred transactions, listings and stock, where books.yml asks for what is made of them."""

    def __init__(self, book: Book, kept: books.Books | None, zone: ZoneInfo) -> None:
        self._book = book
        self._accruals = Accruals(book, kept, zone)
        self._listings = Listings(book)
        self._stock = Stock(book, kept, zone)
        self.left_out = self._listings.left_out
        self.not_accrued = self._accruals.left_out

    @property
    def is_pending(self) -> bool:
        """Whether records were read whose documents wait for the end of their stream."""
        return self._accruals.is_pending or self._listings.is_pending or self._stock.is_pending

    def begin(self, stream: str) -> None:
        """Take note that a stream begins."""
        if self._counts_stock:
            self._stock.begin(stream)

    def state(self, value: Record) -> None:
        """Hear what the tap says of its streams."""
        self._stock.state(value)

    def record(self, stream: str, record: Record) -> Iterator[Line]:
        """Take a record; gives what the books are to remember of it. Raises Unreadable."""
        choices = self._book.choices
        if stream == "transactions" and choices.deferred == "accrue":
            for deferral in self._accruals.add(record):
                written = finances.deferral_record(deferral, choices.organisation)
                yield messages.deferral_line(written)
        elif stream == "listings" and choices.items != "none":
            self._listings.add(record)
        if self._counts_stock and stream in STREAMS:
            self._stock.add(stream, record)

    def flush(self, stream: str | None) -> Iterator[Made]:
        """Make the documents of streams that have ended: all but the one that goes on."""
        if self._accruals.is_pending and stream != "transactions":
            yield from self._accruals.flush()
        if self._listings.is_pending and stream != "listings":
            yield from self._listings.flush()
        if stream is None:
            yield from self._stock.flush()

    @property
    def _counts_stock(self) -> bool:
        return self._book.choices.stock_to_xero == "tracked_items"

    def again(self, source: Record) -> Iterator[Made]:
        """Make one side of a month end that was held, from what the books remember."""
        marketplace = self._book.marketplace(source["marketplace"])
        if marketplace is not None:
            yield from self._accruals.make(marketplace, source["month"], source["side"])
