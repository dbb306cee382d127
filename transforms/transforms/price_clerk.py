"""What the price-mapper does with each record of Xero: gather, then make every document at once.

Free of Singer's pipes: records come in, messages come out. Nothing is made before all is read,
since a second item of one code, or a rate, may come last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from singer_sdk import singerlib as singer

import books
from transforms import messages, price_records
from transforms.ledger.book import Book
from transforms.pricing.offering import PRICES, QUANTITIES, Offers, offer
from transforms.pricing.price_list import PriceList
from transforms.pricing.refusal import REASONS
from transforms.pricing.xero import Item, Rates
from transforms.wire import Line

Record = dict[str, Any]
Messages = Iterator[singer.Message]
STREAMS = frozenset({"organisation", "tax_rates", "exchange_rates", "items"})


class OtherBooks(RuntimeError):
    """The prices are not known to be those of this set of books: none of them may be sent."""


class PriceClerk:
    """Gathers what Xero says and prices the listings of one set of books. One for each run."""

    def __init__(self, book: Book, prices: PriceList, kept: books.Books | None, day: date) -> None:
        self._book, self._prices, self._day = book, prices, day
        self._organisation = book.choices.organisation
        self._rates = Rates()
        self._items: dict[str, Item] = {}
        self._is_known = self._has_items = False
        self._waiting = {
            each.document_id: each
            for each in (kept.held(self._organisation) if kept else ())
            if each.stream in (PRICES, QUANTITIES) and each.reason in REASONS
        }

    @property
    def is_pending(self) -> bool:
        """Whether items were read whose documents are not made yet."""
        return self._has_items

    def schemas(self) -> Messages:
        """Announce what is written; quantities only where books.yml asks for them."""
        streams = [PRICES]
        if self._book.choices.stock_to_amazon == "merchant_listings":
            streams.append(QUANTITIES)
        for stream in (*streams, "held"):
            yield singer.SchemaMessage(stream, messages.schema(stream), ("document_id",))

    def begin_items(self) -> None:
        """Note that the items of Xero are read, be they none."""
        self._has_items = True

    def record(self, stream: str, record: Record) -> None:
        """Take a record of Xero; a later one of the same item replaces the earlier."""
        match stream:
            case "organisation":
                self._check(record)
            case "tax_rates":
                rate = price_records.tax_rate(record)
                self._rates.taxes[rate.tax_type] = rate
            case "exchange_rates":
                exchange = price_records.exchange_rate(record)
                self._rates.exchange[exchange.currency] = exchange
            case "items":
                self._has_items = True
                item = price_records.item(record)
                self._items[item.item_id] = item

    def _check(self, record: Record) -> None:
        choices = self._book.choices
        for name, said, wanted in (
            ("organisation", record.get("name"), choices.organisation),
            ("base_currency", record.get("base_currency"), choices.base_currency),
        ):
            if said != wanted:
                raise OtherBooks(
                    f"Xero says {said}, books.yml says {name} {wanted}: these are the prices of "
                    "other books, none is sent: correct books.yml, or MAPS_DIR, or the tap's "
                    "credentials"
                )
        self._is_known = True

    def make(self) -> tuple[Offers, Messages]:
        """Make every document, and say what waits and what no longer does.

        Raises OtherBooks where nothing told whose items these are.
        """
        if not self._is_known:
            raise OtherBooks(
                "the tap gave items but no organisation, so they may be those of other books: none "
                "is priced: select the tap's stream organisation"
            )
        offers = offer(self._items.values(), self._rates, self._book, self._prices, self._day)
        self._has_items = False
        return offers, self._written(offers)

    def _written(self, offers: Offers) -> Messages:
        own = self._organisation
        for price in offers.prices:
            yield _line(PRICES, price_records.price_record(price, own))
        for quantity in offers.quantities:
            yield _line(QUANTITIES, price_records.quantity_record(quantity, own))
        for held in offers.held:
            yield messages.held_line(held, own)
        waits = {held.document_id for held in offers.held}
        for document_id, before in sorted(self._waiting.items()):
            if document_id not in waits:
                yield messages.resolved_message(document_id, before.stream, own)


def _line(stream: str, record: Record) -> Line:
    return Line({"type": "RECORD", "stream": stream, "record": record})
