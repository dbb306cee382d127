"""Streams of the seller's marketplaces and orders."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from typing import Any

from amazon_sp import orders, sellers
from tap_amazon_sp import records
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.streams import SETTLING, SellingPartnerStream

MONEY = ("PROCEEDS", "PROMOTION", "TAX", "EXPENSE", "FULFILLMENT", "PACKAGES", "CANCELLATION")
BUYER = ("BUYER", "RECIPIENT")
WINDOW = timedelta(days=30)
# Amazon shows no change before it is this old, and refuses to be asked.
LAG = timedelta(minutes=2)


class Marketplaces(SellingPartnerStream):
    """The marketplaces a seller's account can sell in."""

    name = "marketplaces"
    primary_keys = ("marketplace_id",)

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give every marketplace of the account."""
        return map(records.marketplace, sellers.participations(self.amazon))


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
        """Give the orders changed since the bookmark, window by window."""
        since, span, edge = self.begin(back=WINDOW), WINDOW, set[tuple[str, str]]()
        end = self.end() or self.now() - LAG
        while since <= end:
            until, last = self._window(since, span)
            try:
                bound, edge = yield from self._between(since, until, edge)
            except orders.TokenExpired:
                span = ((until or self.now()) - since) / 2
                self.logger.info("Paging outlived Amazon's token; reading %s at a time", span)
                continue
            if bound:
                self.bookmark(max(bound, since))
            if last or until is None:
                return
            since = until

    def _window(self, since: datetime, span: timedelta) -> tuple[datetime | None, bool]:
        """Give a window's upper bound, None to let Amazon choose, and whether it is the last."""
        end = self.end()
        until = since + span
        if until >= (end or self.now() - SETTLING):
            return end, True
        return until, False

    def _between(
        self, since: datetime, until: datetime | None, edge: set[tuple[str, str]]
    ) -> Generator[records.Json, None, tuple[datetime | None, set[tuple[str, str]]]]:
        """Give a window's orders, then the bound up to which they are complete, and their ids."""
        bounds: list[datetime] = [until] if until else []
        seen: set[tuple[str, str]] = set()
        for page in orders.search(self.amazon, self._criteria(since, until)):
            if page.before:
                bounds.append(moment(page.before))
            found = (
                records.order(each, include_pii=bool(self.config.get("include_pii")))
                for each in page.orders
            )
            for record in sorted(found, key=lambda each: moment(each["last_updated"])):
                version = (record["order_id"], record["last_updated"])
                if version not in seen and version not in edge:
                    seen.add(version)
                    yield record
        return min(bounds, default=None), seen

    def _criteria(self, since: datetime, until: datetime | None) -> dict[str, str]:
        wanted = MONEY + BUYER if self.config.get("include_pii") else MONEY
        criteria = {"lastUpdatedAfter": spelled(since), "includedData": ",".join(wanted)}
        if until:
            criteria["lastUpdatedBefore"] = spelled(until)
        if places := self.config.get("marketplace_ids"):
            criteria["marketplaceIds"] = ",".join(places)
        return criteria
