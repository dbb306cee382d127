"""Lines of an order report (GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL).

One row for each item of an order, columns by name. The report knows no item ids and no dates of
shipment, and covers every marketplace of the region. Source of columns: "Order Tracking reports
attributes", and those that live files add.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from tempfile import TemporaryDirectory

from amazon_sp import Document
from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.instants import instant
from tap_amazon_sp.places import Places, spelled_name
from tap_amazon_sp.records import Json
from tap_amazon_sp.tables import Row, Table

REQUIRED = (
    *("amazon-order-id", "purchase-date", "last-updated-date", "order-status"),
    *("fulfillment-channel", "sales-channel", "sku", "quantity", "currency", "item-price"),
    *("item-tax", "shipping-price", "item-promotion-discount"),
)
# Field -> column.
TEXTS = {
    "merchant_order_id": "merchant-order-id",
    "status": "order-status",
    "fulfillment_channel": "fulfillment-channel",
    "order_channel": "order-channel",
    "ship_service_level": "ship-service-level",
    "title": "product-name",
    "sku": "sku",
    "asin": "asin",
    "item_status": "item-status",
    "currency": "currency",
    "tax_collection_model": "tax-collection-model",
    "tax_collection_responsible_party": "tax-collection-responsible-party",
    "price_designation": "price-designation",
}
AMOUNTS = {
    "item_price": "item-price",
    "item_tax": "item-tax",
    "shipping_price": "shipping-price",
    "shipping_tax": "shipping-tax",
    "gift_wrap_price": "gift-wrap-price",
    "gift_wrap_tax": "gift-wrap-tax",
    "item_promotion_discount": "item-promotion-discount",
    "ship_promotion_discount": "ship-promotion-discount",
}
PERSONAL = {
    "purchase_order_number": "purchase-order-number",
    "ship_city": "ship-city",
    "ship_state": "ship-state",
    "ship_postal_code": "ship-postal-code",
    "ship_country": "ship-country",
}

_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_WHOLE = re.compile(r"\d+")
_SORTING_MEMORY = 8192  # KiB


class OrderLines:
    """The lines of one report; counts how many of which sales channel were left out."""

    def __init__(self, places: Places, report_id: str, *, include_pii: bool) -> None:
        self._places = places
        self._report_id = report_id
        self._include_pii = include_pii
        self.left_out: dict[str, int] = {}

    def orders(self, document: Document) -> Iterator[list[Json]]:
        """Give each order's lines together, by order id; raise Unreadable with the row.

        The whole file is read before the first order is given. Lines of an order need not stand
        together in it, so they are sorted on disk: memory stays flat.
        """
        with (
            TemporaryDirectory(prefix="order-report-") as folder,
            closing(sqlite3.connect(f"{folder}/lines.db")) as store,
        ):
            store.execute(f"PRAGMA cache_size = -{_SORTING_MEMORY}")
            store.execute("PRAGMA synchronous = OFF")
            store.execute("PRAGMA journal_mode = OFF")
            store.execute("CREATE TABLE lines (order_id TEXT, number INTEGER, line TEXT)")
            store.executemany("INSERT INTO lines VALUES (?, ?, ?)", self._sortable(document))
            found = store.execute("SELECT line FROM lines ORDER BY order_id, number")
            yield from _together(json.loads(line) for (line,) in found)

    def _sortable(self, document: Document) -> Iterator[tuple[str, int, str]]:
        table = Table(document.file, document.charset, REQUIRED)
        with table.rows() as rows:
            for row in rows:
                line = self._line(row)
                if self._is_wanted(line):
                    yield line["order_id"], row.number, json.dumps(line)

    def _is_wanted(self, line: Json) -> bool:
        chosen = self._places.chosen
        if not chosen or line["marketplace_id"] in chosen:
            return True
        channel = line["sales_channel"] or "no sales channel"
        self.left_out[channel] = self.left_out.get(channel, 0) + 1
        return False

    def _line(self, row: Row) -> Json:
        order_id = row["amazon-order-id"]
        if not order_id:
            raise Unreadable("the row names no order", row.number)
        channel = spelled_name(row["sales-channel"])
        personal = PERSONAL if self._include_pii else {}
        return {
            "order_id": order_id,
            "line": 0,
            "report_id": self._report_id,
            "purchased": instant(row["purchase-date"], row.number, "purchase-date"),
            "last_updated": instant(row["last-updated-date"], row.number, "last-updated-date"),
            "sales_channel": channel or None,
            "marketplace_id": self._places.id_of(channel) if channel else None,
            "quantity": _quantity(row),
            **{field: row[column] or None for field, column in TEXTS.items()},
            **{field: _amount(row, column) for field, column in AMOUNTS.items()},
            "promotion_ids": [each for each in row["promotion-ids"].split(",") if each],
            "is_business_order": _flag(row["is-business-order"]),
            **{field: row[personal[field]] or None if field in personal else None
               for field in PERSONAL},
        }  # fmt: skip


def _together(lines: Iterator[Json]) -> Iterator[list[Json]]:
    """Put the lines of an order together and number them in file order."""
    order: list[Json] = []
    for line in lines:
        if order and order[0]["order_id"] != line["order_id"]:
            yield order
            order = []
        line["line"] = len(order) + 1
        order.append(line)
    if order:
        yield order


def _amount(row: Row, column: str) -> str | None:
    """Read an amount, which order reports write with a decimal point everywhere."""
    text = row[column]
    if text and not _AMOUNT.fullmatch(text):
        raise Unreadable(f"{column} {shown(text)} is no amount with a decimal point", row.number)
    return text or None


def _quantity(row: Row) -> int | None:
    text = row["quantity"]
    if text and not _WHOLE.fullmatch(text):
        raise Unreadable(f"quantity {shown(text)} is not a whole number", row.number)
    return int(text) if text else None


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())
