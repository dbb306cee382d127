"""The Singer mapper: a thin shell that hands records to the bookkeeper and holds STATE back.

A settlement is posted when its closing record arrives; while one is open no STATE passes, since
a bookmark must not run ahead of rows that are not yet booked.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from singer_sdk import singerlib as singer
from singer_sdk import typing as th
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.mapper_base import InlineMapper

import books
from transforms import batches, maps, messages
from transforms.bookkeeping import Bookkeeper
from transforms.wire import LineWriter, RowsFirst

DEFAULT_MAPS = "maps"
DEFAULT_BOOKS = "sqlite:///data/books.db"
SOURCE_STREAMS = frozenset(
    [
        "marketplaces",
        "orders",
        "vat_transactions",
        "financial_event_groups",
        "settlement_rows",
        "settlement_transactions",
        "settlements",
        "transactions",
        "inventory",
        "listings",
    ]
)


class Unsettled(RuntimeError):
    """The tap stopped while settlements were open: nothing of them is posted."""

    def __init__(self, settlement_ids: Iterable[str]) -> None:
        super().__init__(
            f"the tap stopped inside settlement {', '.join(settlement_ids)}: nothing of it is "
            "posted, the bookmark stays, run again"
        )


class MapperAmazonXero(InlineMapper):
    """Amazon orders and settlements to accounting documents."""

    name = "mapper-amazon-xero"
    message_writer_class = LineWriter
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "maps",
            th.StringType,
            title="Maps folder",
            description=f"Folder with one set of books' maps; unset or empty: {DEFAULT_MAPS}.",
        ),
        th.Property(
            "books",
            th.StringType,
            title="Books",
            description=(
                "Database URL of the pipeline's own books, where held documents wait; "
                f"unset or empty: {DEFAULT_BOOKS}."
            ),
        ),
    ).to_dict()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        folder = Path(self.config.get("maps") or DEFAULT_MAPS)
        try:
            book = maps.load(folder)
            self._books = books.open_existing(self.config.get("books") or DEFAULT_BOOKS)
        except (maps.MapFaults, books.Unusable) as faults:
            lines = str(faults).splitlines()
            raise ConfigValidationError(lines[0], errors=lines) from faults
        self._choices = book.choices
        self._keeper = Bookkeeper(book, self._books)
        self.message_reader: RowsFirst = RowsFirst(self._take_rows)
        self._begun = False
        self._state: dict[str, Any] | None = None
        self._passed_over: set[str] = set()

    def _begin(self) -> Iterator[singer.Message]:
        """Announce the document streams and replay what waits, once."""
        if not self._begun:
            self._begun = True
            yield from messages.schema_messages(self._choices)
            yield from self._keeper.replay()

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run as a process, without the cyclic garbage collector.

        The sums of a settlement hold no cycles, and walking them again and again takes half of
        the time that a large settlement needs.
        """
        gc.disable()
        super().invoke(**options)

    def _take_rows(self, lines: bytes) -> int:
        """Take rows of a settlement straight into its sums: most lines are rows."""
        return self._keeper.rows.lines(lines) if self._begun else 0

    def _write_messages(self, messages: Iterable[singer.Message]) -> None:
        """Write what one line of input makes, and let it leave at once."""
        super()._write_messages(messages)
        sys.stdout.flush()

    def map_schema_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Replace the source schemas by those of the documents."""
        yield from self._begin()
        stream = message_dict["stream"]
        yield from self._flush(stream)
        self._keeper.gathering.begin(stream)
        if stream not in SOURCE_STREAMS | self._passed_over:
            self._passed_over.add(stream)
            self.logger.info("Stream %s makes no documents; it is passed over.", stream)

    def map_record_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Fold rows; make documents of orders and closed settlements."""
        yield from self._begin()
        if self._keeper.gathering.is_pending:
            yield from self._keeper.flush(message_dict["stream"])
        yield from self._keeper.record(message_dict["stream"], message_dict["record"])
        yield from self._waiting_state()

    def _flush(self, stream: str | None) -> Iterator[singer.Message]:
        """Make the documents of streams that have ended, and let the STATE behind them pass."""
        yield from self._keeper.flush(stream)
        yield from self._waiting_state()

    def _waiting_state(self) -> Iterator[singer.Message]:
        if self._state is not None and not self._is_holding:
            yield singer.StateMessage(self._state)
            self._state = None

    @property
    def _is_holding(self) -> bool:
        """Whether STATE has to wait: for an open settlement, or for the end of a stream."""
        return bool(self._keeper.open_settlements) or self._keeper.gathering.is_pending

    def map_batch_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Fold the rows of a batch's files."""
        yield from self._begin()
        batches.fold(message_dict, self._keeper.rows)

    def map_state_message(self, message_dict: dict[str, Any]) -> Iterator[singer.Message]:
        """Let STATE pass, unless something of it is not booked yet: then it follows that."""
        yield from self._begin()
        self._keeper.gathering.state(message_dict["value"])
        if self._is_holding:
            self._state = message_dict["value"]
        else:
            self._state = None
            yield singer.StateMessage(message_dict["value"])

    def map_activate_version_message(
        self,
        message_dict: dict[str, Any],  # noqa: ARG002 - the SDK names it
    ) -> Iterator[singer.Message]:
        """Drop the message: documents are never deleted by version."""
        yield from ()

    def process_endofpipe(self) -> None:
        """Replay even when the tap had nothing; refuse to end inside a settlement."""
        self._write_messages(self._begin())
        self._write_messages(self._keeper.finish())
        self._write_messages(self._flush(None))
        if faults := self._keeper.unreadable_vat_lines:
            self.logger.warning(
                "%d lines of the VAT report are left out; the first: %s.", len(faults), faults[0]
            )
        for (marketplace, line), number in self._keeper.left_out.items():
            self.logger.warning(
                "%d orders of %s are left out: marketplaces.csv has no line for it: add %s.",
                number,
                marketplace,
                line,
            )
        for marketplace, number in self._keeper.gathering.left_out.items():
            self.logger.warning(
                "%d listings of %s make no items: marketplaces.csv has no line for it.",
                number,
                marketplace,
            )
        for marketplace, number in self._keeper.gathering.not_accrued.items():
            self.logger.warning(
                "%d deferred transactions of %s are in no month end: marketplaces.csv has no "
                "line for it.",
                number,
                marketplace,
            )
        for marketplace, number in self._keeper.not_told.items():
            self.logger.warning(
                "%d shipped orders of %s get their invoice from their settlement: an order report "
                "or Orders v0 does not tell what the seller receives for them.",
                number,
                marketplace,
            )
        if self._books is not None:
            self._books.close()
        if self._keeper.open_settlements:
            raise Unsettled(self._keeper.open_settlements)


if __name__ == "__main__":
    MapperAmazonXero.cli()
