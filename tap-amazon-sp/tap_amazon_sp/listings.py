"""The stream of listings: every offer of every marketplace, from Amazon's listings report.

Report: GET_MERCHANT_LISTINGS_ALL_DATA, one marketplace a request. Columns are found by name, also
by the names that Japanese reports have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from amazon_sp import Document, reports
from amazon_sp.errors import ReportCancelled, ReportFailed
from amazon_sp.report_desk import Requested, Wanted
from tap_amazon_sp.amounts import readings
from tap_amazon_sp.faults import ReportUnreadable, Unreadable, shown
from tap_amazon_sp.places import JAPAN
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream
from tap_amazon_sp.tables import Row, Table

RECENT = timedelta(hours=1)
REQUIRED = ("item-name", "listing-id", "seller-sku", "price", "quantity", "open-date")
AMOUNTS = ("price", "business price")
# As Japanese reports name them; seen in code that reads them.
ALIASES = {
    "商品名": "item-name",
    "出品id": "listing-id",
    "出品者sku": "seller-sku",
    "価格": "price",
    "数量": "quantity",
    "出品日": "open-date",
    "asin 1": "asin1",
    "商品idタイプ": "product-id-type",
    "商品id": "product-id",
    "フルフィルメント・チャンネル": "fulfillment-channel",
    "ステータス": "status",
    "法人価格": "business price",
    "fulfilment-channel": "fulfillment-channel",
}

_ASIN = "1"
_WHOLE = re.compile(r"\d+")


class Listings(SellingPartnerStream):
    """The seller's offers with price and quantity, read whole.

    Not selected by default: it asks Amazon to make a report for each marketplace. A report that
    cannot be made or read costs its own marketplace only, and the run ends as failed.
    """

    name = "listings"
    primary_keys = ("marketplace_id", "seller_sku")
    selected_by_default = False

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the listings of each marketplace."""
        desk, failure, begun = self._tap.report_desk, None, self.now()
        self.begin_whole()
        whole: list[str] = []
        asked = [
            (place, desk.request(Wanted(reports.LISTINGS, (place,), age=RECENT)))
            for place in self._tap.places.ids
        ]
        for place, requested in asked:
            try:
                yield from self._of(place, requested)
                whole.append(place)
            except ReportCancelled as cancelled:
                self.logger.warning(
                    "No listings of %s are read: %s", self._tap.places.name(place), cancelled
                )
            except (ReportFailed, ReportUnreadable) as error:
                self.logger.warning("Left for the next run: %s", error)
                failure = error
        if failure:
            raise failure
        self.read_whole(begun, whole, self._tap.places.ids)

    def _of(self, place: str, requested: Requested) -> Iterator[Json]:
        with self._tap.report_desk.open(requested) as document:
            try:
                for record in read(document, fallback="cp932" if place == JAPAN else None):
                    marketplace = {"marketplace_id": place, "marketplace": self._name(place)}
                    yield marketplace | record
            except Unreadable as fault:
                raise ReportUnreadable(
                    f"Listings report {requested.report_id} of {self._name(place)} cannot be read:"
                    f" {fault}; run again later"
                ) from None

    def _name(self, place: str) -> str:
        return self._tap.places.name(place)


def read(document: Document, fallback: str | None = None) -> Iterator[Json]:
    """Give the offers of one report; raise Unreadable with the row before any is given.

    The whole file is heard first: only all its prices together tell point from comma.
    """
    table = Table(document.file, document.charset, REQUIRED, ALIASES, fallback)
    reading = table.separator(AMOUNTS, _check)
    with table.rows() as rows:
        for row in rows:
            yield _record(row, reading)


def _check(row: Row) -> None:
    if not row["seller-sku"]:
        raise Unreadable("the row names no SKU", row.number)
    if row["quantity"] and not _WHOLE.fullmatch(row["quantity"]):
        raise Unreadable(f"quantity {shown(row['quantity'])} is not a whole number", row.number)


def _record(row: Row, reading: int) -> Json:
    def amount(column: str) -> str | None:
        return readings(row[column])[reading] if row[column] else None

    asin = row["asin1"] or (row["product-id"] if row["product-id-type"] == _ASIN else "")
    return {
        "seller_sku": row["seller-sku"],
        "asin": asin or None,
        "listing_id": row["listing-id"] or None,
        "title": row["item-name"] or None,
        "price": amount("price"),
        "quantity": int(row["quantity"]) if row["quantity"] else None,
        "fulfillment_channel": _channel(row["fulfillment-channel"]),
        "status": row["status"] or None,
        "opened": row["open-date"] or None,
        "business_price": amount("business price"),
    }


def _channel(text: str) -> str | None:
    """Read who fulfils: AMAZON_EU and its like are Amazon, DEFAULT is the seller."""
    if text.upper().startswith("AMAZON"):
        return "AMAZON"
    return "MERCHANT" if text.upper() in {"DEFAULT", "MERCHANT"} else text or None
