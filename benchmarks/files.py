"""Made-up settlement files of any length, and the plain loop that is the yardstick."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TextIO

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


def write_settlement(path: Path, rows: int) -> None:
    """Write a settlement of Amazon.de with that many rows, four to an order."""
    total = sum((Decimal(LINES[n % len(LINES)][2]) for n in range(rows)), Decimal(0))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\n")
        summary = ["900100200300", *("2026-09-01 00:00:00 UTC", "2026-09-15 00:00:00 UTC")]
        summary += ["2026-09-17 00:00:00 UTC", str(total), "EUR"]
        file.write("\t".join(summary + [""] * (len(COLUMNS) - len(summary))) + "\n")
        for line in _lines(rows):
            file.write("\t".join(line) + "\n")


def _lines(rows: int) -> Iterator[list[str]]:
    for number in range(rows):
        amount_type, description, amount = LINES[number % len(LINES)]
        order = f"302-{number // len(LINES):07d}-0000000"
        cells = {
            "settlement-id": "900100200300",
            "transaction-type": "Order",
            "order-id": order,
            "marketplace-name": "Amazon.de",
            "amount-type": amount_type,
            "amount-description": description,
            "amount": amount,
            "posted-date": "2026-09-05",
            "posted-date-time": "2026-09-05 10:11:12 UTC",
            "order-item-code": "71",
            "sku": "WID-S-UK",
            "quantity-purchased": "1",
        }
        yield [cells.get(column, "") for column in COLUMNS]


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
