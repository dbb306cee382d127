"""The stream of VAT transactions, from files of Amazon's report GET_VAT_TRANSACTION_DATA.

Amazon makes it once a month and only in Seller Central's Tax Document Library, so files are named
by `vat_report_files`. Tab separated or CSV, columns by name in either case, day first in dates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tap_amazon_sp import sources
from tap_amazon_sp.amounts import readings
from tap_amazon_sp.faults import ReportUnreadable, Unreadable, shown
from tap_amazon_sp.places import spelled_name
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream
from tap_amazon_sp.tables import Row, Table

REQUIRED = (
    *("transaction_type", "transaction_event_id", "activity_transaction_id", "seller_sku", "qty"),
    *("tax_calculation_date", "departure_country", "arrival_country"),
    *("price_of_items_vat_rate_percent", "total_activity_value_amt_vat_incl"),
    *("total_activity_value_vat_amt", "transaction_currency_code"),
)
AMOUNTS = (
    *("price_of_items_vat_rate_percent", "total_activity_value_amt_vat_incl"),
    "total_activity_value_vat_amt",
)

_WHOLE = re.compile(r"-?\d+")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_LOWEST_RATE = 2


class VatTransactions(SellingPartnerStream):
    """Sales, refunds and movements of goods as Amazon reports them for VAT, one row each.

    Read whole on every run, before settlements. A file that cannot be read, or a pattern that names
    none, ends the run: without it sales would be booked to other tax rates.
    """

    name = "vat_transactions"
    primary_keys = ("activity_transaction_id", "transaction_event_id", "seller_sku", "line")

    @property
    def selected(self) -> bool:
        """Whether to read the stream: never without files, so that a run says nothing of it."""
        return bool(self.config.get("vat_report_files")) and bool(self.mask.get((), True))

    @selected.setter
    def selected(self, value: bool | None) -> None:
        self.metadata.root.selected = value
        self._mask = self.metadata.resolve_selection()

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the transactions of every file."""
        files, nothing = sources.archived(self.config.get("vat_report_files") or [])
        if nothing:
            raise ReportUnreadable(
                f"vat_report_files: no file matches {', '.join(nothing)}; correct the setting, or"
                " take it out to book without VAT reports"
            )
        for file in files:
            try:
                yield from read(file)
            except Unreadable as fault:
                raise ReportUnreadable(
                    f"VAT report {file.path.name} cannot be read: {fault}. Use the file as Amazon"
                    " served it, or take it out of vat_report_files"
                ) from None


def read(file: sources.Archived) -> Iterator[Json]:
    """Give one file's transactions; raise Unreadable with the row that does not fit.

    The whole file is heard first: only all its amounts together tell point from comma.
    """
    with file.open() as document:
        table = Table(document.file, document.charset, REQUIRED)
        reading, lines = table.separator(AMOUNTS, _check), Counter[tuple[str, ...]]()
        with table.rows() as rows:
            for row in rows:
                record = _record(row, reading, file.path)
                key = tuple(str(record[name]) for name in VatTransactions.primary_keys[:-1])
                lines[key] += 1
                yield record | {"line": lines[key]}


def _check(row: Row) -> None:
    if row["qty"] and not _WHOLE.fullmatch(row["qty"]):
        raise Unreadable(f"QTY {shown(row['qty'])} is not a whole number", row.number)
    if row["tax_calculation_date"]:
        _day(row["tax_calculation_date"], row.number)


def _record(row: Row, reading: int, path: Path) -> Json:
    def amount(column: str) -> str | None:
        return readings(row[column])[reading] if row[column] else None

    day = row["tax_calculation_date"]
    return {
        "activity_transaction_id": row["activity_transaction_id"],
        "transaction_event_id": row["transaction_event_id"],
        "seller_sku": row["seller_sku"],
        "transaction_type": row["transaction_type"] or None,
        "marketplace": spelled_name(row["marketplace"]) or None,
        "quantity": int(row["qty"]) if row["qty"] else None,
        "tax_calculation_date": _day(day, row.number) if day else None,
        "departure_country": row["sale_depart_country"] or row["departure_country"] or None,
        "arrival_country": row["sale_arrival_country"] or row["arrival_country"] or None,
        "vat_rate": _percent(amount("price_of_items_vat_rate_percent"), row.number),
        "amount_vat_incl": amount("total_activity_value_amt_vat_incl"),
        "vat_amount": amount("total_activity_value_vat_amt"),
        "currency": row["transaction_currency_code"] or None,
        "tax_reporting_scheme": row["tax_reporting_scheme"] or None,
        "tax_collection_responsibility": row["tax_collection_responsibility"] or None,
        "file": path.name,
    }


def _day(text: str, number: int) -> str:
    """Read a date, which this report writes day first: 30-04-2022."""
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable(
            f"TAX_CALCULATION_DATE {shown(text)} is not a date, day first", number
        ) from None


def _percent(text: str | None, number: int) -> str | None:
    """Give a rate in percent; files have 0.19 and 19 for the same, and no VAT is 1 % or less."""
    if text is None:
        return None
    rate = Decimal(text)
    if 0 < rate < 1:
        rate *= 100
    elif rate and not _LOWEST_RATE <= rate < 100:  # noqa: PLR2004 - percent
        raise Unreadable(f"VAT rate {shown(text)} is neither a share nor a percentage", number)
    return format(rate.normalize() + 0, "f")
