"""Stock of all marketplaces, gathered until the run has ended and summed only when it is whole.

The tap says in its state which marketplaces it read from end to end. Without that word for both
streams nothing is summed: a marketplace that was not read looks like one without stock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import books
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.outcome import Held
from transforms.ledger.stock import STREAM, Count, StockLevel, levels, owned

Record = dict[str, Any]

INVENTORY, LISTINGS = STREAMS = ("inventory", "listings")
_NOT_WHOLE = "stock:levels"
_WHOLE = "whole"


class Stock:
    """What one run reads of stock."""

    def __init__(self, book: Book, kept: books.Books | None, zone: ZoneInfo) -> None:
        self._book = book
        self._books = kept
        self._zone = zone
        self._begun: set[str] = set()
        self._whole: dict[str, Record] = {}
        self._fba: dict[tuple[str, ...], int | None] = {}
        self._merchant: dict[tuple[str, str], Count] = {}

    @property
    def is_pending(self) -> bool:
        """Whether stock was read, or begun to be, of which no levels are made yet."""
        return bool(self._begun)

    def begin(self, stream: str) -> None:
        """Take note that a stream begins: whatever the state said of it before is over."""
        if stream in STREAMS:
            self._begun.add(stream)
            self._whole.pop(stream, None)

    def add(self, stream: str, record: Record) -> None:
        """Take a record; a record of the same key replaces the one before."""
        self._begun.add(stream)
        place, sku = record["marketplace_id"] or "", record["seller_sku"]
        if stream == INVENTORY:
            quantities = (record[f"{name}_quantity"] for name in _COUNTED)
            key = (place, sku, record["condition"], record["fnsku"])
            self._fba[key] = owned(*quantities)
        elif (count := self._of_listing(record, place, sku)) is not None:
            self._merchant[place, sku] = count

    def state(self, value: Record) -> None:
        """Hear from the state which marketplaces of a stream have been read whole."""
        bookmarks = value.get("bookmarks") or {}
        for stream in self._begun:
            told = (bookmarks.get(stream) or {}).get(_WHOLE)
            if isinstance(told, dict):
                self._whole[stream] = told

    def flush(self) -> Iterator[StockLevel | Held | str]:
        """Make the levels, what holds them, and the ids of what no longer waits."""
        if not self._begun:
            return
        self._begun.clear()
        if words := self._lack():
            yield Held(_NOT_WHOLE, STREAM, "partial_read", words, None)
            return
        made = list(levels(self._counts(), self._book, self._day().date()))
        yield from made
        held = {each.document_id for each in made if isinstance(each, Held)}
        for document_id in self._waiting():
            if document_id not in held:
                yield document_id

    def _of_listing(self, record: Record, place: str, sku: str) -> Count | None:
        """Read a listing; the stock of one that Amazon fulfils is told by `inventory`."""
        quantity, channel = record["quantity"], record["fulfillment_channel"]
        if channel == "AMAZON" or quantity is None:
            return None
        fault = ""
        if channel != "MERCHANT" and quantity:
            fault = f"{quantity} are offered, and the listing does not say who holds them"
        return Count(self._marketplace(place), sku, "merchant", quantity, fault)

    def _counts(self) -> Iterator[Count]:
        """Give one count for each marketplace and SKU: conditions and labels are summed."""
        sums: dict[tuple[str, str], int | None] = {}
        for (place, sku, *_), quantity in self._fba.items():
            before = sums.get((place, sku), 0)
            unknown = before is None or quantity is None
            sums[place, sku] = None if unknown else (before or 0) + (quantity or 0)
        for (place, sku), total in sums.items():
            fault = "" if total is not None else "Amazon tells no quantities of it"
            yield Count(self._marketplace(place), sku, "fba", total, fault)
        yield from self._merchant.values()

    def _marketplace(self, marketplace_id: str) -> Marketplace | str:
        return self._book.marketplace_by_id(marketplace_id) or marketplace_id

    def _lack(self) -> str:
        """Say what was not read, if anything was not."""
        for stream in STREAMS:
            told = self._whole.get(stream)
            if told is None:
                return (
                    f"stock is not summed, since the stream {stream} was not read from end to end: "
                    f"select it (meltano select tap-amazon-sp {stream} '*'), read it whole "
                    "(FULL_TABLE), and run again"
                )
            read = set(told["marketplaces"])
            missing = [m.name for m in self._book.marketplaces if m.marketplace_id not in read]
            if missing and not told["all"]:
                return (
                    f"stock is not summed, since {stream} of {', '.join(missing)} was not read: "
                    "see marketplace_ids of the tap, and run again"
                )
        return ""

    def _day(self) -> datetime:
        """The moment of the older of the two counts, in the organisation's time zone."""
        moments = [datetime.fromisoformat(told["at"]) for told in self._whole.values()]
        return min(moments).astimezone(self._zone)

    def _waiting(self) -> list[str]:
        if self._books is None:
            return []
        held = self._books.held(self._book.choices.organisation)
        return [each.document_id for each in held if each.stream == STREAM]


_COUNTED = ("fulfillable", "reserved", "researching")
