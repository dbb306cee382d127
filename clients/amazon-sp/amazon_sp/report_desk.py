"""Reports that Amazon makes on request: asked for once, waited for, and their failures explained.

    is there one already? (getReports) -> createReport -> getReport until it is
        DONE        its document
        CANCELLED   ReportCancelled: no data, or asked for too often
        FATAL       ReportFailed, with the reason that Amazon put into its document

What a killed run asked for is found by the next one and used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from amazon_sp import reports
from amazon_sp.auth import TRIES
from amazon_sp.documents import Document, download
from amazon_sp.errors import AmazonError, ReportCancelled, ReportFailed, Unavailable, vendor_words
from amazon_sp.session import Session

logger = logging.getLogger(__name__)

# Seconds before Amazon is asked how far it is: it makes a report in one to several minutes.
FIRST_LOOK = 45.0
LATER_LOOKS = 300.0
SLOWER = 1.5
CLOCKS_DIFFER = timedelta(minutes=2)
_REASON = 4096
_TOO_OFTEN = (
    "Amazon also ends a report this way when one of its kind was asked for shortly before (it"
    " states no quota; for most kinds 30 minutes apart, for daily ones 4 hours)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to be about; age: how old one that is there already may be."""

    report_type: str
    marketplace_ids: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None
    age: timedelta = timedelta(hours=1)

    def body(self) -> dict[str, Any]:
        """Write the body of createReport."""
        body: dict[str, Any] = {
            "reportType": self.report_type,
            "marketplaceIds": list(self.marketplace_ids),
        }
        if self.start:
            body["dataStartTime"] = _written(self.start)
        if self.end:
            body["dataEndTime"] = _written(self.end)
        return body

    def words(self) -> str:
        """Say it in words, for a log line or a fault."""
        if self.start and self.end:
            return f"{self.report_type} from {_written(self.start)} to {_written(self.end)}"
        return f"{self.report_type} of {', '.join(self.marketplace_ids)}"

    def is_met_by(self, report: dict[str, Any]) -> bool:
        """Tell whether a report is about just this; one that is not limited in time matches any."""
        if set(report.get("marketplaceIds") or ()) != set(self.marketplace_ids):
            return False
        bounds = (self.start, "dataStartTime"), (self.end, "dataEndTime")
        return all(
            bound is None or _read(report.get(name)) == _whole(bound) for bound, name in bounds
        )


@dataclass(eq=False)
class Requested:
    """A report that was found or asked for; `looked` is when its state was last seen."""

    wanted: Wanted
    report_id: str
    status: str
    document_id: str | None
    looked: float


@dataclass
class ReportDesk:
    """Gets reports made for one seller. now: the present, by which one counts as recent."""

    session: Session
    now: Callable[[], datetime]
    _known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def request(self, wanted: Wanted) -> Requested:
        """Find a recent report of this, made or in the making, else ask for one; do not wait."""
        found = self._recent(wanted)
        if found:
            logger.info("Report %s is there already: %s", found["reportId"], wanted.words())
            return self._requested(wanted, found)
        return self._create(wanted)

    @contextmanager
    def open(self, requested: Requested) -> Iterator[Document]:
        """Wait until a report is made and download it.

        Raises ReportCancelled or ReportFailed, with the reason; Throttled when it takes longer
        than the session's limits let one wait.
        """
        self._wait(requested)
        with download(self.session, str(requested.document_id)) as document:
            yield document

    def _recent(self, wanted: Wanted) -> dict[str, Any] | None:
        """Find the newest report that may be used, among those of the last `age`."""
        if wanted.report_type not in self._known:
            since = _written(self.now() - wanted.age)
            self._known[wanted.report_type] = list(
                reports.listed(self.session, wanted.report_type, since)
            )
        usable = [
            report
            for report in self._known[wanted.report_type]
            if report["processingStatus"] in {"DONE", *reports.UNFINISHED}
            and (_read(report["createdTime"]) or self.now()) >= self.now() - wanted.age
            and wanted.is_met_by(report)
        ]
        return max(usable, key=lambda each: str(each["createdTime"]), default=None)

    def _create(self, wanted: Wanted) -> Requested:
        """Ask for a report; when the answer is lost, look whether it was asked for all the same."""
        waited, began = 0.0, self.now() - CLOCKS_DIFFER
        for times in range(TRIES):
            try:
                answer = self.session.write(reports.PATH, wanted.body())
            except Unavailable as lost:
                if times == TRIES - 1:
                    raise
                limits = self.session.limits
                waited = limits.pause(limits.after_failure(times + 1), waited, str(lost))
                for report in reports.listed(self.session, wanted.report_type, _written(began)):
                    if wanted.is_met_by(report) and self._is_new(report):
                        return self._requested(wanted, report)
            else:
                report = {
                    **wanted.body(),
                    "reportId": str(answer["reportId"]),
                    "processingStatus": "IN_QUEUE",
                    "createdTime": _written(self.now()),
                }
                logger.info("Report %s is asked for: %s", report["reportId"], wanted.words())
                self._known.setdefault(wanted.report_type, []).append(report)
                return self._requested(wanted, report)
        raise AssertionError  # the last try returns or raises

    def _is_new(self, report: dict[str, Any]) -> bool:
        known = self._known.get(report["reportType"], [])
        return all(report["reportId"] != each["reportId"] for each in known)

    def _requested(self, wanted: Wanted, report: dict[str, Any]) -> Requested:
        return Requested(
            wanted,
            str(report["reportId"]),
            str(report["processingStatus"]),
            report.get("reportDocumentId"),
            self.session.limits.clock(),
        )

    def _wait(self, requested: Requested) -> None:
        limits, waited, look = self.session.limits, 0.0, FIRST_LOOK
        while requested.status in reports.UNFINISHED:
            due = requested.looked + look - limits.clock()
            if due > 0:
                why = f"Amazon is making report {requested.report_id} ({requested.wanted.words()})"
                waited = limits.pause(due, waited, why)
            look = min(LATER_LOOKS, look * SLOWER)
            path = f"{reports.PATH}/{quote(requested.report_id, safe='')}"
            report = self.session.read(path)
            requested.looked = limits.clock()
            requested.status = str(report.get("processingStatus"))
            requested.document_id = report.get("reportDocumentId")
            self._note(requested, report)
        if requested.status == "CANCELLED":
            raise ReportCancelled(
                f"Amazon cancelled report {requested.report_id} ({requested.wanted.words()}):"
                f" it has nothing to report. {_TOO_OFTEN}: if there should be data, run again then"
            )
        if requested.status != "DONE" or not requested.document_id:
            raise ReportFailed(
                f"Amazon could not make report {requested.report_id} ({requested.wanted.words()},"
                f" {requested.status}): {self._reason(requested)}. {_TOO_OFTEN}; run again then"
            )

    def _note(self, requested: Requested, report: dict[str, Any]) -> None:
        """Let whoever wants the same report in this run find it as it is now."""
        for known in self._known.get(requested.wanted.report_type, []):
            if known["reportId"] == requested.report_id:
                known["processingStatus"] = requested.status
                if requested.document_id:
                    known["reportDocumentId"] = report["reportDocumentId"]

    def _reason(self, requested: Requested) -> str:
        """Give what Amazon wrote into the document of a report that it could not make."""
        if not requested.document_id:
            return "it gives no reason"
        try:
            with download(self.session, requested.document_id) as document:
                text = document.file.read(_REASON).decode(document.charset or "utf-8", "replace")
        except (AmazonError, LookupError) as fault:
            return f"its reason cannot be read ({fault})"
        return f"Amazon's reason: {vendor_words(text, None).rstrip('.')}"


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _written(at: datetime) -> str:
    return f"{_whole(at):%Y-%m-%dT%H:%M:%SZ}"


def _read(text: Any) -> datetime | None:
    try:
        return _whole(datetime.fromisoformat(str(text)))
    except ValueError:
        return None
