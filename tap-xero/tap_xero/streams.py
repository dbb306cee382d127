"""What all streams of the tap share: their schema, their scope, and a bookmark that waits."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import SchemaDirectory, StreamSchema

from tap_xero import scopes, shapes
from tap_xero.shapes import Json
from tap_xero.values import Unreadable, moment, spelled
from xero_api import AccessDenied, DayLimitReached, Session, Unauthorised, XeroError, reads

if TYPE_CHECKING:
    from tap_xero.tap import TapXero

# What Xero shows late, and clocks that differ: so much before the bookmark is read again.
OVERLAP = timedelta(minutes=5)


class XeroStream(Stream):
    """A list of Xero's, read whole.

    A stream declares Xero's name of the list, the parameters of the question and the scope that
    it takes; its schema says which fields a record has.
    """

    schema = StreamSchema(SchemaDirectory(files("tap_xero.schemas")))
    # Records are made by their schema, to the last nested field.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.ROOT_ONLY
    _tap: TapXero

    resource: ClassVar[str]
    scopes: ClassVar[tuple[str, ...]] = (scopes.SETTINGS,)
    params: ClassVar[Mapping[str, str | int]] = {}

    @property
    def xero(self) -> Session:
        """The tap's session with Xero."""
        return self._tap.session

    def elements(self, since: datetime | None) -> Iterable[Json]:
        """Give Xero's elements of the list; since: only what changed then or later."""
        return reads.whole(self.xero, self.resource, self.params, since)

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give a record for each element."""
        return map(self.record, self.elements(None))

    def record(self, element: Json) -> Json:
        """Make the record of an element; Unreadable names stream, element and field."""
        try:
            return shapes.record(self.schema, element)
        except Unreadable as fault:
            identity = next(iter(element.values()), "")
            raise Unreadable(f"{self.name} {identity}: Xero's {fault}") from None

    def _sync_records(
        self, context: Any = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """Read the stream; where Xero denies it, say which stream, which scope, what comes next."""
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except (AccessDenied, Unauthorised) as denied:
            needed = " ".join(self.scopes)
            raise type(denied)(
                f"{self.name} cannot be read, which takes the scope {needed}. {denied}"
            ) from denied
        except DayLimitReached as spent:
            raise DayLimitReached(
                f"{self.name} is read no further: {spent}. What is complete is bookmarked, and the"
                " next run goes on from there",
                spent.retry_after,
            ) from spent

    def log(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Log a message, but leave what Xero refuses to the one line that the tap ends with."""
        if not isinstance(sys.exception(), XeroError | Unreadable):
            super().log(message, *args, **kwargs)

    def get_batch_config(self, config: Any) -> None:  # noqa: ARG002
        """Let no stream be written in batches."""
        return

    def get_replication_key_signpost(self, context: Any = None) -> None:  # noqa: ARG002
        """Give no signpost: a bookmark is bounded where it is set."""
        return

    def _increment_stream_state(self, latest_record: Any, *, context: Any = None) -> None:
        """Leave the bookmark alone while records come: Xero's lists are in no order."""


class ChangedStream(XeroStream):
    """A list that Xero gives by change (If-Modified-Since), unsorted.

    The bookmark is the newest change that was written, and moves when all is written: never past
    the instant at which reading began, since what changes meanwhile may be on a page that was
    read before. The next run begins a little before it, so what lies there comes again.
    """

    replication_key = "updated_date_utc"

    def get_records(self, context: Any) -> Iterator[Json]:  # noqa: ARG002
        """Give what changed since the bookmark; with FULL_TABLE replication, everything."""
        by_change = self.replication_method == "INCREMENTAL"
        began, newest = spelled(self._tap.now()), ""
        for element in self.elements(self.since() if by_change else None):
            record = self.record(element)
            newest = max(newest, record["updated_date_utc"] or "")
            yield record
        if by_change and newest:
            self.bookmark(min(newest, began))

    def since(self) -> datetime | None:
        """Give from when to read: a little before the bookmark, or `start_date`; None for all."""
        value = self.get_starting_replication_key_value(None) or self.config.get("start_date")
        if not value:
            return None
        known = "replication_key_value" in self.stream_state
        return moment(str(value)) - (OVERLAP if known else timedelta(0))

    def bookmark(self, at: str) -> None:
        """Remember up to when everything is written; never an earlier instant than before."""
        state = self.stream_state
        known = state.get("replication_key_value")
        state["replication_key"] = self.replication_key
        state["replication_key_value"] = max(at, spelled(moment(known))) if known else at


class PagedStream(ChangedStream):
    """A list in pages of 1,000, to the number of pages that Xero tells.

    No `order` is asked for: with one, Xero has lost pages of some lists. Where elements moved
    between pages while they were read, all pages are read again, and records may come twice.
    """

    def elements(self, since: datetime | None) -> Iterable[Json]:
        """Give the elements page by page."""
        return reads.pages(self.xero, self.resource, dict(self.params), since)
