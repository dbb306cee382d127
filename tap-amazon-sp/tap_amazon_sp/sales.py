"""Streams of the seller's marketplaces and orders."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from amazon_sp import orders, sellers
from amazon_sp.errors import NotFound, Throttled
from amazon_sp.paging import ListingBroken
from tap_amazon_sp import records
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.streams import SETTLING, SellingPartnerStream

MONEY = ("PROCEEDS", "PROMOTION", "TAX", "EXPENSE", "FULFILLMENT", "PACKAGES", "CANCELLATION")
BUYER = ("BUYER", "RECIPIENT")
WINDOW = timedelta(days=30)
# A window that breaks and is shorter than this does not break for its length.
SHORTEST = timedelta(minutes=1)
# With a queue, how often everything is asked for all the same: a notification may be lost.
RECONCILED = timedelta(days=1)
# Amazon shows no change before it is this old, and refuses to be asked.
LAG = timedelta(minutes=2)

# An order's id and last update.
Version = tuple[str, str]


class Marketplaces(SellingPartnerStream):
    """The marketplaces a seller's account can sell in."""

    name = "marketplaces"
    primary_keys = ("marketplace_id",)

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give every marketplace of the account."""
        return map(records.marketplace, sellers.participations(self.amazon))

    def look(self) -> str:
        """Ask for the marketplaces."""
        found = map(records.marketplace, sellers.participations(self.amazon))
        return ", ".join(each["name"] or each["marketplace_id"] for each in found) or "none"


class Orders(SellingPartnerStream):
    """Orders with items and proceeds, by last update.

    Read in windows of at most 30 days, the bookmark moving after each whole window to the bound
    that Amazon echoes. Bounds count on both sides, so an order on an edge comes in two windows
    and is written once.
    """

    name = "orders"
    primary_keys = ("order_id",)
    replication_key = "last_updated"

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give the orders that the queue names, then those changed since the bookmark."""
        yield from self._notified()
        since, span = self.begin(back=WINDOW), self._span()
        # Written in the window before this one, and in windows that broke off.
        edge, ahead = set[Version](), set[Version]()
        if self._tap.inbox and since > self.now() - RECONCILED:
            self.logger.info("Orders come from the queue; Amazon is asked for all once a day")
            return
        end, finished = self.end() or self.now() - LAG, 0
        while since <= end:
            until, last = self._window(since, span)
            given = set[Version]()
            try:
                bound = yield from self._between(since, until, edge | ahead, given)
            except ListingBroken as broken:
                ahead |= given
                span = ((until or self.now()) - since) / 2
                if span < SHORTEST:
                    raise
                self.logger.info("%s; reading %s at a time", broken, span)
                continue
            except Throttled:
                if not finished:
                    # Or the next run would wait as long for the same window, and again in vain.
                    span /= 2
                self.bookmark(window_seconds=max(span.total_seconds(), 60.0))
                raise
            if bound:
                caught_up = {"window_seconds": None} if last else {}
                self.bookmark(max(bound, since), **caught_up)
            edge, finished = given, finished + 1
            if last or until is None:
                return
            since = until

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

    def _datasets(self) -> str:
        return ",".join(MONEY + BUYER if self.config.get("include_pii") else MONEY)

    def _window(self, since: datetime, span: timedelta) -> tuple[datetime | None, bool]:
        """Give a window's upper bound, None to let Amazon choose, and whether it is the last."""
        end = self.end()
        until = since + span
        if until >= (end or self.now() - SETTLING):
            return end, True
        return until, False

    def _between(
        self, since: datetime, until: datetime | None, known: set[Version], given: set[Version]
    ) -> Generator[records.Json, None, datetime | None]:
        """Give a window's orders, then the bound up to which they are complete.

        known: what was written before and is not written again. given: takes what is in the window.
        """
        bounds: list[datetime] = [until] if until else []
        for page in orders.search(self.amazon, self._criteria(since, until)):
            if page.before:
                bounds.append(moment(page.before))
            found = (
                records.order(each, include_pii=bool(self.config.get("include_pii")))
                for each in page.orders
            )
            for record in sorted(found, key=lambda each: moment(each["last_updated"])):
                version = (record["order_id"], record["last_updated"])
                if version not in known and version not in given:
                    yield record
                given.add(version)
        return min(bounds, default=None)

    def _criteria(self, since: datetime, until: datetime | None) -> dict[str, str]:
        criteria = {"lastUpdatedAfter": spelled(since), "includedData": self._datasets()}
        if until:
            criteria["lastUpdatedBefore"] = spelled(until)
        if places := self.config.get("marketplace_ids"):
            criteria["marketplaceIds"] = ",".join(places)
        return criteria
