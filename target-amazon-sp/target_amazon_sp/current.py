"""What the listings show now, read with as few calls as Amazon allows; never one for each SKU.

Few listings of a marketplace are searched for by twenties. Of many, one listings report says which
have their figure already, and only the others are searched for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from amazon_sp import Session, listings, reports
from amazon_sp.errors import ReportFailed
from amazon_sp.report_desk import ReportDesk, Wanted
from books import Kind
from target_amazon_sp import offers, report
from target_amazon_sp.offers import Listing
from target_amazon_sp.places import JAPAN, Place
from target_amazon_sp.report import Listed, UnreadableReport
from target_amazon_sp.wishes import Key, Wish

logger = logging.getLogger(__name__)

REPORT_AGE = timedelta(hours=1)
# A report may be older than what was sent since: whatever was touched in this time is searched for.
REPORT_LAGS = timedelta(hours=4)


@dataclass(frozen=True)
class Current:
    """What a marketplace shows.

    listings: those that were searched for and found. By the report: settled: figures that are there
    already; amazon: those that Amazon fulfils; absent: SKUs that it does not have.
    """

    listings: dict[str, Listing] = field(default_factory=dict)
    settled: set[Key] = field(default_factory=set)
    amazon: set[Key] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)


class Reader:
    """Reads the listings of one seller; a few SKUs of a marketplace without a report."""

    def __init__(
        self, session: Session, seller_id: str, now: Callable[[], datetime], few: int
    ) -> None:
        self._session = session
        self._seller_id = seller_id
        self._desk = ReportDesk(session, now)
        self._few = few

    def read(self, place: Place, wishes: Collection[Wish], surely: Collection[str]) -> Current:
        """Read what the wishes are about; surely: SKUs of which no report is believed."""
        skus = list(dict.fromkeys((*(wish.sku for wish in wishes), *surely)))
        if len(skus) <= self._few:
            return Current(self.search(place, skus))
        listed = self._report(place, skus)
        if listed is None:
            return Current(self.search(place, skus))
        current = Current()
        due = dict.fromkeys(surely)
        for wish in wishes:
            if wish.sku not in due and not _is_settled(wish, listed, current):
                due[wish.sku] = None
        current.listings.update(self.search(place, list(due)))
        return current

    def search(self, place: Place, skus: Collection[str]) -> dict[str, Listing]:
        """Search for SKUs, twenty with a call; those that are not listed are not in the answer."""
        return {
            str(item["sku"]): offers.listing(item, place.marketplace_id)
            for item in listings.read(self._session, self._seller_id, place.marketplace_id, skus)
        }

    def _report(self, place: Place, skus: list[str]) -> dict[str, Listed] | None:
        wanted = Wanted(reports.LISTINGS, (place.marketplace_id,), age=REPORT_AGE)
        try:
            with self._desk.open(self._desk.request(wanted)) as document:
                fallback = "cp932" if place.marketplace_id == JAPAN else "cp1252"
                return report.read(document, set(skus), fallback)
        except (ReportFailed, UnreadableReport) as failed:
            logger.warning(
                "The listings report of %s cannot be used (%s): its %d listings are searched for"
                " by twenties instead",
                place.name,
                failed,
                len(skus),
            )
            return None


def _is_settled(wish: Wish, listed: dict[str, Listed], current: Current) -> bool:
    """Tell whether the report alone shows that nothing has to be done, and note it."""
    if not wish.sku.isascii():
        return False  # a SKU may have suffered from the report's encoding
    row = listed.get(wish.sku)
    if row is None:
        if wish.if_listed:
            current.absent.add(wish.sku)
        return wish.if_listed
    if wish.kind is Kind.QUANTITY and row.channel.startswith(offers.AMAZON):
        current.amazon.add(wish.key)
        return True
    found = row.price if wish.kind is Kind.PRICE else row.quantity
    certain = wish.kind is Kind.PRICE or row.channel == offers.MERCHANT
    if certain and found == wish.figure:
        current.settled.add(wish.key)
        return True
    return False
