"""Made-up settlement files of any length, and the plain loop that is the yardstick."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

COLUMNS = """
    settlement-id settlement-start-date settlement-end-date deposit-date total-amount currency
    transaction-type order-id merchant-order-id adjustment-id shipment-id marketplace-name
    amount-type amount-description amount fulfillment-id posted-date posted-date-time
    order-item-code merchant-order-item-id merchant-adjustment-item-id sku quantity-purchased
    promotion-id
    """.split()  # noqa: SIM905 - read as a header line
LINES = (
    ("ItemPrice", "Principal", "10.00"),
    ("ItemPrice", "Tax", "2.00"),
    ("ItemFees", "Commission", "-1.80"),
    ("ItemFees", "FBAPerUnitFulfillmentFee", "-2.65"),
)


def write_settlement(path: Path, rows: int, *, prices: int = 97) -> None:
    """Write a settlement of Amazon.de with that many rows, four to an order.

    Its orders are of one SKU at so many prices, over a fortnight.
    """
    total = sum((Decimal(_mapped_row(n, 1, prices)[1][2]) for n in range(rows)), Decimal(0))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\n")
        summary = ["900100200300", *("2026-09-01 00:00:00 UTC", "2026-09-15 00:00:00 UTC")]
        summary += ["2026-09-17 00:00:00 UTC", str(total), "EUR"]
        file.write("\t".join(summary + [""] * (len(COLUMNS) - len(summary))) + "\n")
        for line in _lines(rows, prices):
            file.write("\t".join(line) + "\n")


def _lines(rows: int, prices: int) -> Iterator[list[str]]:
    for number in range(rows):
        order, (amount_type, description, amount) = _mapped_row(number, 1, prices)
        posted = _posted(order)
        cells = {
            "settlement-id": "900100200300",
            "transaction-type": "Order",
            "order-id": f"302-{order:07d}-0000000",
            "marketplace-name": "Amazon.de",
            "amount-type": amount_type,
            "amount-description": description,
            "amount": amount,
            "posted-date": posted[:10],
            "posted-date-time": f"{posted[:10]} {posted[11:19]} UTC",
            "order-item-code": f"{7 * 10**13 + order}",
            "sku": "WID-S-UK",
            "quantity-purchased": "1",
        }
        yield [cells.get(column, "") for column in COLUMNS]


def settlement_messages(
    path: Path, rows: int, marketplace: str, currency: str, *, times: int = 1, prices: int = 97
) -> None:
    """Write what the tap would say of such a settlement; `times`: that many like rows for each.

    Its orders are of one SKU at so many prices, over a fortnight.
    """
    shared = {"settlement_id": "900100200300", "report_id": None, "currency": currency}
    blank = dict.fromkeys(
        """
        merchant_order_id adjustment_id shipment_id fulfillment_id merchant_order_item_id
        merchant_adjustment_item_id promotion_id
        """.split()  # noqa: SIM905 - read as a list of names
    )
    total = Decimal(0)
    schema = {"type": "SCHEMA", "stream": "settlement_rows", "schema": {"properties": {}}}
    with path.open("w", encoding="utf-8") as file:
        file.write(_compact(schema | {"key_properties": ["settlement_id", "row"]}))
        for number in range(rows * times):
            order, (amount_type, description, amount) = _mapped_row(number, times, prices)
            total += Decimal(amount)
            cells = {
                "row": number + 3,
                **shared,
                "amount": amount,
                "posted": _posted(order),
                "quantity": 1,
                "transaction_type": "Order",
                "order_id": f"302-{order:07d}-0000000",
                "marketplace_name": marketplace,
                "amount_type": amount_type,
                "amount_description": description,
                "order_item_code": f"{7 * 10**13 + order}",
                "sku": "WID-S-UK",
            }
            record = cells | blank
            message = {"type": "RECORD", "stream": "settlement_rows", "record": record}
            file.write(_compact(message | {"time_extracted": "2026-09-17T06:00:00+00:00"}))
        closing = shared | {
            "report_document_id": None,
            "created": "2026-09-16T00:00:00Z",
            "start": "2026-09-01T00:00:00Z",
            "end": "2026-09-15T00:00:00Z",
            "deposit": "2026-09-17T00:00:00Z",
            "total_amount": str(total),
            "row_count": rows * times,
            "checksum": "c0ffee",
            "source": "bench",
            "fault": None,
            "fault_row": None,
        }
        file.write(_compact({"type": "RECORD", "stream": "settlements", "record": closing}))


def _mapped_row(number: int, times: int, prices: int) -> tuple[int, tuple[str, str, str]]:
    """Say of which order a row is, and what; the price differs from order to order."""
    order, line = divmod(number // times, len(LINES))
    amount_type, description, amount = LINES[line]
    return order, (amount_type, description, str(Decimal(amount) * (1 + order % prices)))


def _posted(order: int) -> str:
    """Spread the orders over a fortnight, second by second."""
    day, second = divmod(order * 7919 % (14 * 86400), 86400)
    return f"2026-09-{day + 1:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def _compact(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":")) + "\n"


def plain_loop(path: Path, out: TextIO) -> int:
    """Do what any script would: csv, Decimal, json, one line a row; gives the rows."""
    count, total = 0, Decimal(0)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row["transaction-type"]:
                continue
            total += Decimal(row["amount"])
            out.write(json.dumps(row) + "\n")
            count += 1
    return count
