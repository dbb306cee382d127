"""The line that a bookkeeper adds to a map so that what waits can be posted."""

from __future__ import annotations

import csv
import io

# What a person is to write in place of, by the column of the map.
PLACEHOLDERS = {
    "account": "ACCOUNT",
    "tax_type": "TAX_TYPE",
    "item_code": "ITEM_CODE",
    "seller_sku": "SELLER_SKU",
    "unit_cost": "UNIT_COST",
    "class": "CLASS",
    "marketplace_id": "MARKETPLACE_ID",
    "clearing_account": "CLEARING",
    "bank_account": "BANK",
    "tax_rate": "TAX_RATE",
}


def line_to_add(*cells: str) -> str:
    """Write a line of a map in backquotes, as a spreadsheet would: ready to paste."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return f"`{text.getvalue()}`"


def rows_from(first: int, rows: int) -> str:
    """Say where rows are in their report: the first of them, and how many follow."""
    if rows > 1:
        return f"row {first} and {rows - 1} more"
    return f"row {first}"


def marketplace_line(name: str, currency: str, marketplace_id: str = "MARKETPLACE_ID") -> str:
    """Write the line of marketplaces.csv for a marketplace that it lacks."""
    return line_to_add(marketplace_id, name, currency, name, "", "CLEARING", "BANK", "")
