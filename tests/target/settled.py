"""Settlements of the example seller as the mapper makes them, for a target to post."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from target.xero_documents import Recorded

import books
from transforms import maps
from transforms.bookkeeping import Bookkeeper
from transforms.ledger.book import Book
from transforms.wire import dictionaries

Record = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


def example_book(**choices: Any) -> Book:
    """The example seller's maps, some choices changed."""
    book = maps.load(ROOT / "maps")
    return replace(book, choices=replace(book.choices, **choices))


def mapped(
    book: Book, records: Iterable[Record], kept: books.Books | None = None
) -> list[Recorded]:
    """What the mapper makes of the tap's records, in its order; kept: the books, if any yet."""
    keeper = Bookkeeper(book, kept)
    made = [
        message
        for each in records
        for message in dictionaries(keeper.record(each["stream"], each["record"]))
    ]
    return [(each["stream"], each["record"]) for each in made]
