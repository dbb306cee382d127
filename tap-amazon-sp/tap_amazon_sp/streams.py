"""What all streams of the tap share: their schema, and a bookmark that never runs ahead."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import SchemaDirectory, StreamSchema

from amazon_sp import AmazonError, Session
from amazon_sp.errors import Throttled
from tap_amazon_sp.instants import moment, spelled

if TYPE_CHECKING:
    from tap_amazon_sp.tap import TapAmazonSP

# Amazon refuses an upper bound less than two minutes old, by its own clock; ours may be ten off.
SETTLING = timedelta(minutes=15)
WHOLE = "whole"
"""What the state of a stream calls the marketplaces that were read from end to end."""


class SellingPartnerStream(Stream):
    """A stream of the Selling Partner API.

    Bookmarks are set by the stream, after the records they stand for are written, and not by the
    SDK from the newest record: what Amazon has shown completely and what it showed last differ.
    """

    schema = StreamSchema(SchemaDirectory(files("tap_amazon_sp.schemas")))
    # Records are made to their schema, to the last nested field; a contract test holds them to it.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.ROOT_ONLY
    _tap: TapAmazonSP

    @property
    def amazon(self) -> Session:
        """The tap's session with Amazon."""
        return self._tap.session

    def now(self) -> datetime:
        """Tell the present, in UTC."""
        return self._tap.now()

    def look(self) -> str | None:
        """Make the one call that shows whether the stream can be read, and say what came.

        None: no single call shows it. Raises AmazonError when it cannot be read.
        """
        return None

    def _sync_records(
        self, context: Any = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """Read the stream; one that would wait too long is put off, and the others go on."""
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except Throttled as error:
            # A child's records belong to the record of its parent, which must then wait too.
            if self.parent_stream_type:
                raise
            self._tap.put_off(self.name, error)

    def begin(self, back: timedelta) -> datetime:
        """Give the bookmark or `start_date`, whichever is later; without either, `back` from now.

        With FULL_TABLE replication bookmarks count for nothing and start_date alone decides.
        """
        value = self.get_starting_replication_key_value(None) or self.config.get("start_date")
        return moment(str(value)) if value else self.now() - back

    def end(self) -> datetime | None:
        """Give `end_date` when it is set and far enough in the past to be asked for."""
        given = self.config.get("end_date")
        end = moment(str(given)) if given else None
        return end if end and end < self.now() - SETTLING else None

    def bookmark(self, at: datetime | None = None, **also: Any) -> None:
        """Remember up to where everything is written, and tell the target.

        also: other things to remember; None forgets.
        """
        if self.replication_method == "INCREMENTAL":
            state = self.stream_state
            if at is not None:
                state["replication_key"] = self.replication_key
                state["replication_key_value"] = spelled(at)
            for name, value in also.items():
                state.pop(name, None)
                if value is not None:
                    state[name] = value
            self.state_manager.is_flushed = False
            self._write_state_message()

    def begin_whole(self) -> None:
        """Forget what `read_whole` said of an earlier run."""
        self.stream_state.pop(WHOLE, None)

    def read_whole(self, begun: datetime, places: Sequence[str], asked: Sequence[str]) -> None:
        """Say in the state which of the marketplaces asked for were read from end to end.

        Whoever sums over marketplaces must know that none is missing: records do not tell a
        marketplace without stock from one that was not read. begun: when reading began.
        """
        chosen = self.config.get("marketplace_ids")
        self.stream_state[WHOLE] = {
            "at": spelled(begun),
            "marketplaces": list(places),
            "all": not chosen and set(places) == set(asked),
        }
        self.state_manager.is_flushed = False
        self._write_state_message()

    def log(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Log a message, but leave a refusal of Amazon's to the one line the tap ends with."""
        if not isinstance(sys.exception(), AmazonError):
            super().log(message, *args, **kwargs)

    def get_batch_config(self, config: Any) -> None:  # noqa: ARG002
        """Let no stream be written in batches by the SDK: see `settlement_rows`."""
        return

    def get_replication_key_signpost(self, context: Any = None) -> None:  # noqa: ARG002
        """Give no signpost: bookmarks are bounds already."""
        return

    def _increment_stream_state(self, latest_record: Any, *, context: Any = None) -> None:
        """Leave the bookmark alone: see `bookmark`."""
