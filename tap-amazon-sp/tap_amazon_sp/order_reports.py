"""Order reports, window by window, for `order_report_lines` and for `orders` when told so.

Windows are 30 days, the most that Amazon takes; the next ones are asked for while one is read. At
most four calls for each: is there one already, make it, is it made, where is it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from amazon_sp import orders, reports
from amazon_sp.errors import AccessDenied, ReportCancelled
from amazon_sp.report_desk import Requested, Wanted
from tap_amazon_sp.faults import ReportUnreadable, Unreadable
from tap_amazon_sp.instants import spelled
from tap_amazon_sp.order_lines import OrderLines
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream

WINDOW = timedelta(days=30)
# "Order reports can have up to a 30-minute delay"; ends on the half hour, so that a run soon after
# another asks for the same report and finds it made.
DELAY = timedelta(minutes=30)
# "Order reports only support orders that are less than two years old", in Japan, Australia and
# Singapore from 2016 on.
KEPT = timedelta(days=730)
RECENT = timedelta(hours=24)
AHEAD = 2
_MOST_MARKETPLACES = 25


@dataclass(frozen=True, slots=True)
class Window:
    """A span of last updates, both ends included, and the report that was asked for."""

    since: datetime
    until: datetime
    requested: Requested


class OrderReportStream(SellingPartnerStream):
    """A stream that can be read from order reports; its bookmark is the end of a report's span."""

    replication_key = "last_updated"

    def from_reports(self) -> Iterator[list[Json]]:
        """Give the lines of each order, window by window, the bookmark moving after each.

        An order on the edge of two windows is given once.
        """
        edge = set[tuple[str, str]]()
        for window in self._windows():
            last = set[tuple[str, str]]()
            with self._lines(window) as lines:
                for order in lines:
                    version = order[0]["order_id"], max(line["last_updated"] for line in order)
                    if version[1] == spelled(window.until):
                        last.add(version)
                    if version not in edge:
                        yield order
            edge = last
            self.bookmark(window.until)

    def _windows(self) -> Iterator[Window]:
        """Give every window with its report asked for, some windows ahead of the one being read."""
        waiting = deque[Window]()
        remaining = iter(list(self._spans()))
        while True:
            for since, until in islice(remaining, AHEAD + 1 - len(waiting)):
                places = self._tap.places.ids[:_MOST_MARKETPLACES]
                wanted = Wanted(reports.ORDERS, places, since, until, RECENT)
                waiting.append(Window(since, until, self._tap.report_desk.request(wanted)))
            if not waiting:
                return
            yield waiting.popleft()

    def _spans(self) -> Iterator[tuple[datetime, datetime]]:
        since, end = self.begin(back=WINDOW), self._latest()
        oldest = self.now() - KEPT
        if since < oldest and self.config.get("region") != "fe":
            self.logger.info("Order reports reach back two years; reading from %s", spelled(oldest))
            since = oldest
        while since < end:
            until = min(since + WINDOW, end)
            yield since, until
            since = until

    def _latest(self) -> datetime:
        """Give the newest instant that a report shows completely, or `end_date` if it is before."""
        shown = self.now() - DELAY
        half = timedelta(minutes=shown.minute % 30, seconds=shown.second)
        shown -= half + timedelta(microseconds=shown.microsecond)
        return min(filter(None, (self.end(), shown)))

    @contextmanager
    def _lines(self, window: Window) -> Iterator[Iterator[list[Json]]]:
        """Open a window's report; one that was cancelled for want of orders gives none."""
        requested = window.requested
        lines = OrderLines(
            self._tap.places,
            requested.report_id,
            include_pii=bool(self.config.get("include_pii")),
        )
        try:
            with self._tap.report_desk.open(requested) as document:
                yield lines.orders(document)
        except ReportCancelled as cancelled:
            self._check_empty(window, cancelled)
            yield iter(())
        except Unreadable as fault:
            raise ReportUnreadable(
                f"Order report {requested.report_id} cannot be read: {fault}; nothing of it counts"
                " as read. Run again later, or set order_source to api"
            ) from None
        if lines.left_out:
            told = ", ".join(f"{n} of {name}" for name, n in sorted(lines.left_out.items()))
            self.logger.info(
                "Order report %s covers every marketplace of the region; lines left out, since"
                " marketplace_ids does not name theirs: %s",
                requested.report_id,
                told,
            )

    def _check_empty(self, window: Window, cancelled: ReportCancelled) -> None:
        """Ask the Orders API whether a window without a report is really without orders."""
        criteria: dict[str, Any] = {
            "lastUpdatedAfter": spelled(window.since),
            "lastUpdatedBefore": spelled(window.until),
            "maxResultsPerPage": "1",
        }
        try:
            page = next(orders.search(self.amazon, criteria), None)
        except AccessDenied:
            raise cancelled from None
        if page and page.orders:
            raise cancelled
        self.logger.info(
            "There are no orders from %s to %s: Amazon makes no report of them, and the Orders API"
            " has none",
            spelled(window.since),
            spelled(window.until),
        )
