"""Settlement reports as Amazon writes them: GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2.

Tab separated, no quoting. The first row after the header is the summary: id, three dates, total
and currency, all else blank; on every later row those five are blank and only the id repeats.
Amazon documents neither encoding nor formats, so a file is written in one of the observed dialects.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

REPORT_TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"

COLUMNS = (
    *("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date"),
    *("total-amount", "currency", "transaction-type", "order-id", "merchant-order-id"),
    *("adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description"),
    *("amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code"),
    *("merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased"),
    "promotion-id",
)

_DAY = {"dotted": "%d.%m.%Y", "dashed": "%Y-%m-%d", "slashed": "%Y/%m/%d"}
_BLANK_SUMMARY = [""] * 5


@dataclass(frozen=True)
class Dialect:
    """How one file is written; columns is 24, or 23 for files without promotion-id."""

    decimal: Literal[".", ","] = "."
    thousands: str = ""
    dates: Literal["dotted", "dashed", "slashed"] = "dashed"
    encoding: Literal["utf-8", "utf-8-sig", "cp1252", "cp932"] = "utf-8"
    newline: Literal["\r\n", "\n"] = "\n"
    columns: Literal[23, 24] = 24
    compressed: bool = False

    def amount(self, value: Decimal) -> str:
        """Write an amount with two decimals, yen included."""
        grouped = f"{value:,.2f}"
        whole, _, fraction = grouped.partition(".")
        return whole.replace(",", self.thousands) + self.decimal + fraction

    def instant(self, value: datetime) -> str:
        """Write an instant such as `14.03.2023 07:49:55 UTC`."""
        return f"{self.day(value)} {value:%H:%M:%S} UTC"

    def day(self, value: datetime) -> str:
        """Write a day such as `14.03.2023`."""
        return value.strftime(_DAY[self.dates])

    @property
    def charset(self) -> str:
        """The encoding's name as a content type gives it."""
        return {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp932": "Shift_JIS"}.get(
            self.encoding, "windows-1252"
        )


@dataclass(frozen=True, kw_only=True)
class SettlementRow:
    """One amount of a settlement; texts are Amazon's spelling, blank when it has none."""

    transaction_type: str
    amount_type: str
    amount_description: str
    amount: Decimal
    posted: datetime
    order_id: str = ""
    merchant_order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    marketplace_name: str = ""
    fulfillment_id: str = ""
    order_item_code: str = ""
    merchant_order_item_id: str = ""
    merchant_adjustment_item_id: str = ""
    sku: str = ""
    quantity: int | None = None
    promotion_id: str = ""

    @property
    def triple(self) -> tuple[str, str, str]:
        """What Amazon calls this amount: transaction type, amount type, amount description."""
        return self.transaction_type, self.amount_type, self.amount_description


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """A closed settlement; the total is its rows' sum, unless a broken file states another."""

    settlement_id: str
    start: datetime
    end: datetime
    deposit: datetime | None
    currency: str
    rows: Sequence[SettlementRow]
    stated_total: Decimal | None = None
    name: str = ""

    @property
    def total(self) -> Decimal:
        """What the summary row says is paid out."""
        if self.stated_total is not None:
            return self.stated_total
        return sum((row.amount for row in self.rows), Decimal("0.00"))


def text(settlement: Settlement, dialect: Dialect) -> str:
    """Write a settlement as the file's text."""
    lines = [list(COLUMNS), _summary(settlement, dialect)]
    lines += [_detail(settlement, row, dialect) for row in settlement.rows]
    return "".join("\t".join(line[: dialect.columns]) + dialect.newline for line in lines)


def encoded(settlement: Settlement, dialect: Dialect) -> bytes:
    """Write a settlement as the file's bytes, not compressed."""
    return text(settlement, dialect).encode(dialect.encoding)


def compress(content: bytes) -> bytes:
    """Compress a document as GZIP, the same bytes every time."""
    return gzip.compress(content, mtime=0)


def decompress(content: bytes) -> bytes:
    """Read a GZIP document back."""
    return gzip.decompress(content)


def _summary(settlement: Settlement, dialect: Dialect) -> list[str]:
    deposit = dialect.instant(settlement.deposit) if settlement.deposit else ""
    known = [
        settlement.settlement_id,
        dialect.instant(settlement.start),
        dialect.instant(settlement.end),
        deposit,
        dialect.amount(settlement.total),
        settlement.currency,
    ]
    return known + [""] * (len(COLUMNS) - len(known))


def _detail(settlement: Settlement, row: SettlementRow, dialect: Dialect) -> list[str]:
    return [
        settlement.settlement_id,
        *_BLANK_SUMMARY,
        row.transaction_type,
        row.order_id,
        row.merchant_order_id,
        row.adjustment_id,
        row.shipment_id,
        row.marketplace_name,
        row.amount_type,
        row.amount_description,
        dialect.amount(row.amount),
        row.fulfillment_id,
        dialect.day(row.posted),
        dialect.instant(row.posted),
        row.order_item_code,
        row.merchant_order_item_id,
        row.merchant_adjustment_item_id,
        row.sku,
        "" if row.quantity is None else str(row.quantity),
        row.promotion_id,
    ]
