"""The streams of settlements and their rows."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import Any, cast

from singer_sdk.io_base import SingerWriter
from singer_sdk.mapper import SameRecordTransform

from amazon_sp import Document, reports
from amazon_sp.documents import IN_MEMORY
from amazon_sp.errors import AmazonError, DocumentDamaged, NotFound, Refused
from tap_amazon_sp import flatfile, rowlines, sources
from tap_amazon_sp.batches import Batches, write_through
from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.inbox import Inbox
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream

# Amazon keeps reports 90 days and refuses a start one second earlier: an hour's margin.
KEPT = timedelta(days=90) - timedelta(hours=1)
# With a queue, how often all reports are asked for all the same.
RECONCILED = timedelta(days=1)
UNFINISHED = {"IN_QUEUE", "IN_PROGRESS"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A settlement file that is being written: where it came from and how to read its rows."""

    source: sources.Source
    document: Document
    settlement: flatfile.Settlement
    lines: rowlines.Lines | None


class Settlements(SellingPartnerStream):
    """Settlements that Amazon has closed, oldest report first, each written after its rows.

    The bookmark is the creation time of the newest report that is written whole. A file that
    cannot be read becomes a record with its fault, and the others go on. A document that does not
    arrive whole is left for the next run: the others are written, and the run ends as failed.
    """

    name = "settlements"
    primary_keys = ("settlement_id",)
    replication_key = "created"

    opened: Opened | None = None
    _listed: str | None = None

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the settlements of archived files, then of the reports since the bookmark."""
        written: dict[tuple[str, str], str] = {}
        yield from self._archived(written)
        ready, ceiling = self._reports()
        failure: AmazonError | None = None
        for report in ready:
            try:
                yield from self._settlement(report, written)
            except (DocumentDamaged, Refused) as error:
                self.logger.warning("Left for the next run: %s", error)
                failure, ceiling = error, min(filter(None, (ceiling, report.created)))
                continue
            self.bookmark(min(filter(None, (ceiling, report.created))))
        if failure:
            raise failure
        if self._tap.inbox and self._listed:
            self.bookmark(listed=self._listed)

    def generate_child_contexts(self, record: Json, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Let the rows be written, unless there are none to trust."""
        if self.opened:
            yield {"settlement_id": record["settlement_id"]}

    @property
    def _rows(self) -> SettlementRows:
        return cast("SettlementRows", self._tap.streams[SettlementRows.name])

    def _archived(self, written: dict[tuple[str, str], str]) -> Iterator[Json]:
        """Give the settlements of `settlement_files` that no earlier run has written."""
        files, nothing = sources.archived(self.config.get("settlement_files") or [])
        for pattern in nothing:
            self.logger.warning("settlement_files: no file matches %s", pattern)
        known = list(self.stream_state.get("files", []))
        if self.replication_method != "INCREMENTAL":
            known = []
        # Of a settlement that is there in both layouts, V2 tells more.
        for file in sorted(files, key=sources.Archived.is_retired):
            checksum = yield from self._settlement(file, written, known)
            if checksum and checksum not in known:
                known.append(checksum)
                self.bookmark(files=list(known))

    def _reports(self) -> tuple[list[sources.Report], datetime | None]:
        """Give the reports to read, and the instant that the bookmark must not pass."""
        end, oldest = self.end(), self.now() - KEPT
        since = self.begin(back=KEPT)
        if self._tap.inbox and self._listed_lately():
            return self._notified(self._tap.inbox), since
        if since < oldest:
            self.logger.info("Amazon keeps reports 90 days; settlement_files reads older ones")
            since = oldest
        if since >= (end or self.now()):
            return [], None
        listed = reports.listed(
            self.amazon, reports.SETTLEMENTS, spelled(since), spelled(end) if end else None
        )
        ready, others = sources.finished(self.amazon, list(listed))
        for report in others:
            self.logger.warning(
                "Settlement report %s is %s and not read%s",
                report["reportId"],
                report["processingStatus"],
                " yet" if report["processingStatus"] in UNFINISHED else "",
            )
        self._listed = spelled(self.now())
        waiting = [
            moment(report["createdTime"])
            for report in others
            if report["processingStatus"] in UNFINISHED
        ]
        return ready, min(waiting, default=None)

    def look(self) -> str:
        """Ask for the reports of the last 30 days."""
        since = spelled(self.now() - timedelta(days=30))
        found = sum(1 for _ in reports.listed(self.amazon, reports.SETTLEMENTS, since))
        return f"{found} settlement reports made in the last 30 days"

    def _listed_lately(self) -> bool:
        """Tell whether all reports were asked for within a day: a notification may be lost."""
        listed = self.stream_state.get("listed")
        incremental = self.replication_method == "INCREMENTAL"
        return bool(incremental and listed and moment(listed) > self.now() - RECONCILED)

    def _notified(self, inbox: Inbox) -> list[sources.Report]:
        """Give just the reports that the queue's notifications name."""
        listed = []
        for report_id in inbox.settlement_report_ids:
            try:
                listed.append(reports.one(self.amazon, report_id))
            except NotFound as unknown:
                self.logger.warning("Report %s waits in the queue: %s", report_id, unknown)
                inbox.keep_back("report_id", report_id)
        ready, _ = sources.finished(self.amazon, listed)
        return ready

    def _settlement(
        self,
        source: sources.Source,
        written: dict[tuple[str, str], str],
        known: Iterable[str] = (),
    ) -> Generator[Json, None, str | None]:
        """Give a file's settlement unless it was written already; return its checksum."""
        with ExitStack() as stack:
            try:
                document = stack.enter_context(source.open())
                lines = stack.enter_context(self._rows.lines(source))
                settlement = flatfile.examine(document.file, document.charset, lines)
            except Unreadable as fault:
                record = _faulty(source, fault)
                self.logger.warning("%s", record["fault"])
                yield record
                return None
            identity = settlement.settlement_id, settlement.checksum
            if identity in written or settlement.checksum in known:
                self.logger.info(
                    "Settlement %s in %s is written already", identity[0], source.place
                )
                return settlement.checksum
            if _in_other_layout(settlement, written):
                self.logger.warning(
                    "Settlement %s in %s (layout %s) is passed over: this run has it in the other"
                    " layout, and both would count it twice",
                    settlement.settlement_id,
                    source.place,
                    settlement.layout,
                )
                return settlement.checksum
            self.opened = Opened(source, document, settlement, lines)
            try:
                yield _closing(self.opened)
            finally:
                self.opened = None
            written[identity] = settlement.layout
            self.logger.info(
                "Settlement %s: %d rows from %s", identity[0], settlement.row_count, source.place
            )
        return settlement.checksum


class SettlementRows(SellingPartnerStream):
    """Rows of one settlement, in file order, amounts as exact decimal text.

    The tap's hot stream. Where nothing asks for more than the SDK's plain RECORD lines, they are
    made while the file is examined and copied from there, or left in a file that a BATCH message
    names (`batch_config`); with stream maps or a record limit the SDK writes them.
    """

    name = "settlement_rows"
    primary_keys = ("settlement_id", "row")
    parent_stream_type = Settlements
    # One place in STATE for all settlements, and nothing in it: the parent's bookmark counts.
    state_partitioning_keys = ()
    # A settlement's rows never replace those of another.
    emit_activate_version_messages = False

    _announced = False

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the rows of the settlement that is open."""
        opened = self._opened
        shared = {**_told(opened.settlement), "report_id": opened.source.report_id}
        for row in flatfile.rows(opened.document.file, opened.settlement):
            yield {**shared, **flatfile.fields(row)}

    @contextmanager
    def lines(self, source: sources.Source) -> Iterator[rowlines.Lines | None]:
        """Give where the lines of a settlement go, None when they are not asked for as lines."""
        if not self._plain():
            yield None
            return
        batches = self._batches
        form = rowlines.Form(self.name, self._fields(), bare=batches is not None)
        with batches.file() if batches else SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            yield rowlines.Lines(file, form, {"report_id": source.report_id})

    @cached_property
    def _batches(self) -> Batches | None:
        """The folder of batch files, when they are asked for."""
        given = self.config.get("batch_config")
        return Batches(given, self.name) if given else None

    @property
    def _opened(self) -> Opened:
        opened = cast("Settlements", self._tap.streams[Settlements.name]).opened
        if opened is None:
            raise AssertionError("rows are only asked for while their settlement is open")
        return opened

    def _write_schema_message(self) -> None:
        """Announce the stream once, and not anew for every settlement."""
        if not self._announced:
            super()._write_schema_message()
            self._announced = True

    def _sync_records(
        self, context: Any = None, *, write_messages: bool = True
    ) -> Generator[Json, Any, Any]:
        if not (write_messages and self._plain()):
            yield from super()._sync_records(context, write_messages=write_messages)
            return
        opened = self._opened
        lines = opened.lines
        if lines is None:
            raise AssertionError("lines are opened wherever rows are written plainly")
        if not lines.whole:
            lines.begin()
            for row in flatfile.rows(opened.document.file, opened.settlement):
                lines.row(flatfile.fields(row))
        with self.get_record_counter() as counter, self.get_sync_timer():
            if batches := self._batches:
                self._write_batch_message(*batches.done(lines))
            else:
                write_through(lines.pieces())
            counter.increment(opened.settlement.row_count)
        self.state_manager.is_flushed = False

    def _plain(self) -> bool:
        """Tell whether the SDK would write each record as it is, one line each, to stdout."""
        maps = self.stream_maps
        return (
            self.selected
            and self.ABORT_AT_RECORD_COUNT is None
            and type(self._tap.message_writer) is SingerWriter
            and len(maps) == 1
            and type(maps[0]) is SameRecordTransform
            and not maps[0].flattening_enabled
            and maps[0].stream_alias == self.name
        )

    def _fields(self) -> set[str]:
        """Give the fields that the catalog selects."""
        known = self.effective_schema.get("properties", {})
        return {field for field in known if self.mask["properties", field]}


def _in_other_layout(
    settlement: flatfile.Settlement, written: Mapping[tuple[str, str], str]
) -> bool:
    """Tell whether a settlement was written from a file of the other layout, V1 or V2."""
    return any(
        settlement_id == settlement.settlement_id and layout != settlement.layout
        for (settlement_id, _), layout in written.items()
    )


def _told(settlement: flatfile.Settlement) -> dict[str, str | None]:
    """Give what a file tells for all of its rows."""
    return {"settlement_id": settlement.settlement_id, "currency": settlement.currency}


def _closing(opened: Opened) -> Json:
    """Give the record of a settlement whose file can be read."""
    source, settlement = opened.source, opened.settlement
    return {
        "settlement_id": settlement.settlement_id,
        "report_id": source.report_id,
        "report_document_id": source.document_id,
        "created": spelled(source.created) if source.created else settlement.end,
        "start": settlement.start,
        "end": settlement.end,
        "deposit": settlement.deposit,
        "currency": settlement.currency,
        "total_amount": settlement.total_amount,
        "row_count": settlement.row_count,
        "checksum": settlement.checksum,
        "source": source.source,
        "fault": None,
        "fault_row": None,
    }


def _faulty(source: sources.Source, fault: Unreadable) -> Json:
    """Give the record of a settlement whose file cannot be read."""
    blank = dict.fromkeys(
        ("start", "end", "deposit", "currency", "total_amount", "row_count", "checksum")
    )
    where = source.place[:1].upper() + source.place[1:]
    return {
        "settlement_id": fault.settlement_id or source.stand_in,
        "report_id": source.report_id,
        "report_document_id": source.document_id,
        "created": spelled(source.created) if source.created else None,
        **blank,
        "source": source.source,
        "fault": f"{where} cannot be read: {fault}.",
        "fault_row": fault.row,
    }
