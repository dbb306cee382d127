"""Sums taken straight from settlement files, knowing nothing of the project's own code."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from decimal import Decimal

TAX_DISCOUNT = "TaxDiscount"
Sums = dict[tuple[str, str], Decimal]


def read(file: bytes) -> list[dict[str, str]]:
    """Decode a settlement file, unpack it if need be, and split it at tabs."""
    plain = gzip.decompress(file) if file[:2] == b"\x1f\x8b" else file
    try:
        text = plain.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = plain.decode("cp1252")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def amount(text: str) -> Decimal:
    """Read `1.234,56` and `1234.56`."""
    return Decimal(text.replace(".", "").replace(",", ".") if "," in text else text)


def by_type(files: list[bytes], currency: str, without_orders: set[str]) -> tuple[Sums, Decimal]:
    """Sum rows by (transaction type, amount type or description); and the positive deposits."""
    sums: Sums = defaultdict(Decimal)
    deposits = Decimal(0)
    for file in files:
        summary, *rows = read(file)
        if summary["currency"] != currency:
            continue
        deposits += max(amount(summary["total-amount"]), Decimal(0))
        for row in rows:
            revenue = row["transaction-type"] == "Order" and row["amount-type"] != "ItemFees"
            if revenue and row["order-id"] in without_orders:
                continue
            named = row["amount-type"]
            if (
                named in {"other-transaction", "ItemPrice"}
                or row["amount-description"] == TAX_DISCOUNT
            ):
                named = row["amount-description"]
            sums[row["transaction-type"], named] += amount(row["amount"])
    return sums, deposits
