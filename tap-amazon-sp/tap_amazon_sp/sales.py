"""Streams of the seller's marketplaces and orders."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amazon_sp import orders, orders_v0
from amazon_sp.errors import AccessDenied, NotFound, Throttled, Unavailable
from tap_amazon_sp import order_shapes, records
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.order_reports import OrderReportStream
from tap_amazon_sp.streams import SETTLING, SellingPartnerStream

MONEY = ("PROCEEDS", "PROMOTION", "TAX", "EXPENSE", "FULFILLMENT", "PACKAGES", "CANCELLATION")
BUYER = ("BUYER", "RECIPIENT")
WINDOW = timedelta(days=30)
# Amazon shows no change before it is this old, and refuses to be asked.
LAG = timedelta(minutes=2)
RESTARTS = 10
# With a queue, how often everything is asked for all the same: a notification may be lost.
RECONCILED = timedelta(days=1)

Version = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """An order on a page: which state of it, and how to make its record."""

    version: Version
    record: Callable[[], records.Json]


class Marketplaces(SellingPartnerStream):
    """The marketplaces a seller's account can sell in."""

    name = "marketplaces"
    primary_keys = ("marketplace_id",)

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give every marketplace of the account."""
        return map(records.marketplace, self._tap.places.participations)

    def look(self) -> str:
        """Ask for the marketplaces."""
        found = map(records.marketplace, self._tap.places.participations)
        return ", ".join(each["name"] or each["marketplace_id"] for each in found) or "none"


class OrderReportLines(OrderReportStream):
    """Rows of order reports as Amazon writes them, one for each item of an order.

    Not selected by default: it asks Amazon to make a report.
    """

    name = "order_report_lines"
    primary_keys = ("order_id", "line")
    selected_by_default = False

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give the lines of orders changed since the bookmark, order by order."""
        for order in self.from_reports():
            yield from order


class Orders(OrderReportStream):
    """Orders with items and proceeds, by last update.

    Read in windows of at most 30 days, the bookmark moving after each whole window to the bound
    that Amazon echoes. Bounds count on both sides, so an order on an edge comes in two windows
    and is written once. With order_source=report the same orders come from order reports; a seller
    whom Amazon refuses the Orders API 2026-01-01 is read through v0.
    """

    name = "orders"
    primary_keys = ("order_id",)

    _refused: AccessDenied | None = None

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give the orders changed since the bookmark, window by window."""
        if self.config.get("order_source") == "report":
            return map(order_shapes.from_report, self.from_reports())
        return self._from_api()

    def _from_api(self) -> Iterator[records.Json]:
        yield from self._notified()
        since, span, finished = self.begin(back=WINDOW), self._span(), 0
        edge, seen, restarts = set[Version](), set[Version](), 0
        # Written by windows that broke off, and perhaps beyond the shorter ones that follow.
        ahead = set[Version]()
        if self._tap.inbox and since > self.now() - RECONCILED:
            self.logger.info("Orders come from the queue; Amazon is asked for all once a day")
            return
        end = self.end() or self.now() - LAG
        while since <= end:
            until, last = self._window(since, span)
            try:
                bound = yield from self._between(since, until, edge | ahead, seen)
            except orders.TokenExpired as lost:
                ahead |= seen
                span, restarts = ((until or self.now()) - since) / 2, restarts + 1
                if restarts > RESTARTS:
                    raise Unavailable(
                        f"Amazon's page tokens for orders since {spelled(since)} lead nowhere;"
                        " run again later"
                    ) from lost
                self.logger.info("Amazon's page token came to nothing; reading %s at a time", span)
                continue
            except AccessDenied as denied:
                self._fall_back(denied)
                continue
            except Throttled:
                self._narrow(span if finished else span / 2)
                raise
            if bound:
                caught_up = {"window_seconds": None} if last else {}
                self.bookmark(max(bound, since), **caught_up)
            finished += 1
            if last or until is None:
                return
            since, edge, seen, restarts = until, seen, set(), 0

    def look(self) -> str:
        """Ask for the orders of an hour."""
        asked = self._criteria(self.now() - LAG - timedelta(hours=1), None)
        page = next(orders.search(self.amazon, asked))
        return f"{len(page.orders)} changed in the last hour"

    def _notified(self) -> Iterator[records.Json]:
        """Give just the orders that the queue's notifications name."""
        inbox, places = self._tap.inbox, self.config.get("marketplace_ids")
        if inbox is None:
            return
        include_pii = bool(self.config.get("include_pii"))
        for order_id in inbox.order_ids:
            try:
                given = orders.one(self.amazon, order_id, self._datasets())
            except NotFound as unknown:
                self.logger.warning("Order %s waits in the queue: %s", order_id, unknown)
                inbox.keep_back("order_id", order_id)
                continue
            record = records.order(given, include_pii=include_pii)
            if not places or record["marketplace_id"] in places:
                yield record

    def _span(self) -> timedelta:
        """Give the width of a window: less after a run that had to stop inside one."""
        seconds = self.stream_state.get("window_seconds")
        return timedelta(seconds=seconds) if seconds else WINDOW

    def _narrow(self, span: timedelta) -> None:
        """Let the next run read so much at a time, or it would wait for the same in vain."""
        self.bookmark(window_seconds=max(span.total_seconds(), 60.0))

    def _datasets(self) -> str:
        return ",".join(MONEY + BUYER if self.config.get("include_pii") else MONEY)

    def _fall_back(self, denied: AccessDenied) -> None:
        """Read through v0 from now on, where Amazon refuses this seller the newer version."""
        if self._refused:
            raise self._refused
        if denied.code != orders.REFUSED_FOR_SELLER:
            raise denied
        self._refused = denied
        self.logger.warning(
            "Amazon refuses this seller the Orders API 2026-01-01 (searchOrders, HTTP 403 %s);"
            " orders are read through its old version v0, which takes a call for each order's"
            " items and ends on 27 March 2027: ask Amazon's support to open the new one",
            denied.code,
        )

    def _window(self, since: datetime, span: timedelta) -> tuple[datetime | None, bool]:
        """Give a window's upper bound, None to let Amazon choose, and whether it is the last."""
        end = self.end()
        until = since + span
        if until >= (end or self.now() - SETTLING):
            return end, True
        return until, False

    def _between(
        self, since: datetime, until: datetime | None, edge: set[Version], seen: set[Version]
    ) -> Generator[records.Json, None, datetime | None]:
        """Give a window's orders, then the bound up to which they are complete.

        edge: what the window before has written, seen: what this one has, begun anew or not.
        """
        bounds: list[datetime] = [until] if until else []
        pages = self._old_pages if self._refused else self._pages
        for found, before in pages(since, until):
            if before:
                bounds.append(moment(before))
            for order in sorted(found, key=lambda each: moment(each.version[1])):
                if order.version not in seen and order.version not in edge:
                    record = order.record()
                    seen.add(order.version)
                    yield record
        return min(bounds, default=None)

    def _pages(
        self, since: datetime, until: datetime | None
    ) -> Iterator[tuple[list[Found], str | None]]:
        """Search the Orders API 2026-01-01."""
        include_pii = bool(self.config.get("include_pii"))

        def found(given: records.Json) -> Found:
            version = given["orderId"], str(records.instant_text(given["lastUpdatedTime"]))
            return Found(version, lambda: records.order(given, include_pii=include_pii))

        for page in orders.search(self.amazon, self._criteria(since, until)):
            yield list(map(found, page.orders)), page.before

    def _old_pages(
        self, since: datetime, until: datetime | None
    ) -> Iterator[tuple[list[Found], str | None]]:
        """Search the Orders API v0."""

        def found(given: records.Json) -> Found:
            order_id = given["AmazonOrderId"]
            return Found(
                (order_id, str(records.instant_text(given["LastUpdateDate"]))),
                lambda: order_shapes.from_v0(given, orders_v0.items(self.amazon, order_id)),
            )

        bound = spelled(until) if until else None
        for page in orders_v0.search(self.amazon, self._tap.places.ids, spelled(since), bound):
            yield list(map(found, page.orders)), page.before

    def _criteria(self, since: datetime, until: datetime | None) -> dict[str, str]:
        criteria = {"lastUpdatedAfter": spelled(since), "includedData": self._datasets()}
        if until:
            criteria["lastUpdatedBefore"] = spelled(until)
        if places := self.config.get("marketplace_ids"):
            criteria["marketplaceIds"] = ",".join(places)
        return criteria
