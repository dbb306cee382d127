"""The Singer price-mapper: items of Xero in, prices and quantities of Amazon's listings out.

A thin shell around the clerk. STATE waits until the documents of what it covers were made.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from singer_sdk import singerlib as singer
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.mapper_base import InlineMapper

import books
from transforms import maps
from transforms.price_clerk import STREAMS, OtherBooks, PriceClerk
from transforms.pricing.offering import Offers
from transforms.wire import LineWriter

DEFAULT_MAPS = "maps"
_SHOWN = 10


class MapperXeroAmazon(InlineMapper):
    """Xero's items to prices and quantities of Amazon's listings."""

    name = "mapper-xero-amazon"
    package_name = "mapper-amazon-xero"
    message_reader_class = MsgSpecReader
    message_writer_class = LineWriter
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "maps",
            th.StringType,
            title="Maps folder",
            description=(
                "Folder with one set of books' maps, prices.csv among them; unset or empty: "
                f"{DEFAULT_MAPS}."
            ),
        ),
        th.Property(
            "books",
            th.StringType,
            title="Books",
            description=(
                "Database URL of the pipeline's own books, which know what waits; "
                f"unset or empty: {books.DEFAULT_URL}."
            ),
        ),
    ).to_dict()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        folder = Path(self.config.get("maps") or DEFAULT_MAPS)
        try:
            book, prices = maps.load_with_prices(folder)
            self._books = books.open_existing(self.config.get("books") or books.DEFAULT_URL)
        except (maps.MapFaults, books.Unusable) as faults:
            lines = str(faults).splitlines()
            raise ConfigValidationError(lines[0], errors=lines) from faults
        today = datetime.now(ZoneInfo(book.choices.time_zone)).date()
        self._clerk = PriceClerk(book, prices, self._books, today)
        self._begun = False
        self._state: dict[str, Any] | None = None
        self._passed_over: set[str] = set()

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run as a process: one clear line where the prices are those of other books."""
        try:
            super().invoke(**options)
        except OtherBooks as refusal:
            cls.logger.critical("%s", refusal)
            sys.exit(1)

    def _write_messages(self, messages: Iterable[singer.Message]) -> None:
        """Write what one line of input makes, and let it leave at once."""
        super()._write_messages(messages)
        sys.stdout.flush()

    def _begin(self) -> Iterator[singer.Message]:
        """Announce the document streams, once."""
        if not self._begun:
            self._begun = True
            yield from self._clerk.schemas()

    def map_schema_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Replace the source schemas by those of the documents."""
        yield from self._begin()
        stream = message_dict["stream"]
        if stream == "items":
            self._clerk.begin_items()
        elif stream not in STREAMS | self._passed_over:
            self._passed_over.add(stream)
            self.logger.info("Stream %s sets no price; it is passed over.", stream)

    def map_record_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Gather what prices are made of."""
        yield from self._begin()
        self._clerk.record(message_dict["stream"], message_dict["record"])

    def map_state_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Let STATE pass, unless it covers items that are not priced yet: then it follows them."""
        yield from self._begin()
        if self._clerk.is_pending:
            self._state = message_dict["value"]
        else:
            yield singer.StateMessage(message_dict["value"])

    def map_activate_version_message(
        self,
        message_dict: dict[str, Any],  # noqa: ARG002 - the SDK names it
    ) -> Iterator[singer.Message]:
        """Drop the message: documents are never deleted by version."""
        yield from ()

    def process_endofpipe(self) -> None:
        """Make the documents of everything that was read, then let the STATE behind them pass."""
        self._write_messages(self._begin())
        if self._clerk.is_pending:
            offers, written = self._clerk.make()
            self._write_messages(written)
            self._report(offers)
        else:
            self.logger.warning("The tap gave no items: nothing is priced. Select its items.")
        if self._state is not None:
            self._write_messages([singer.StateMessage(self._state)])
        if self._books is not None:
            self._books.close()

    def _report(self, offers: Offers) -> None:
        """Say in a few lines what was made and what waits."""
        self.logger.info(
            "%d prices and %d quantities are made.", len(offers.prices), len(offers.quantities)
        )
        unmapped = [
            held.document_id.rpartition(":item:")[2]
            for held in offers.held
            if held.reason == "unmapped_item"
        ]
        if unmapped:
            self.logger.warning(
                "%d items for sale in Xero have no line in skus.csv, and so no price: %s.",
                len(unmapped),
                _some(unmapped),
            )
        waiting = Counter(held.reason for held in offers.held if held.reason != "unmapped_item")
        if waiting:
            counted = (f"{number} {reason}" for reason, number in sorted(waiting.items()))
            self.logger.warning("Held: %s.", ", ".join(counted))


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


if __name__ == "__main__":
    MapperXeroAmazon.cli()
