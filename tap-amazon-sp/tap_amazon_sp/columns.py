"""The columns of a V2 settlement file, found by name, and the fields that records make of them.

Source: Amazon's report type GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2 (24 columns, the last of
them undocumented); older files lack some, newer ones may have more.
"""

from __future__ import annotations

from operator import itemgetter

from tap_amazon_sp.faults import Unreadable, shown

# A settlement cannot be booked without these; the other columns may be missing.
REQUIRED = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "sku",
    "quantity-purchased",
)
POSTED = ("posted-date-time", "posted-date")
RETIRED = {"price-type", "item-related-fee-type", "shipment-fee-type"}

# Record field -> column, in the order of the records. Amount, posted and quantity are read, the
# rest is kept as it is spelt.
TEXTS = {
    "transaction_type": "transaction-type",
    "order_id": "order-id",
    "merchant_order_id": "merchant-order-id",
    "adjustment_id": "adjustment-id",
    "shipment_id": "shipment-id",
    "marketplace_name": "marketplace-name",
    "amount_type": "amount-type",
    "amount_description": "amount-description",
    "fulfillment_id": "fulfillment-id",
    "order_item_code": "order-item-code",
    "merchant_order_item_id": "merchant-order-item-id",
    "merchant_adjustment_item_id": "merchant-adjustment-item-id",
    "sku": "sku",
    "promotion_id": "promotion-id",
}


class Columns:
    """Where each column of one file stands; a column that the file lacks reads as blank."""

    def __init__(self, header: str) -> None:
        names = [name.strip().lower() for name in header.rstrip("\n").split("\t")]
        self.most = len(names)
        while names and not names[-1]:
            names.pop()
        self.width = len(names)
        self._at = {name: at for at, name in enumerate(names) if name}
        self._check(header, names)
        self.texts = itemgetter(*(self.at(column) for column in TEXTS.values()))
        # The last column that every detail row must reach for its amount and time to count.
        self.reach = 1 + max(
            self._at[name] for name in (*REQUIRED[6:12], *POSTED) if name in self._at
        )

    def at(self, column: str) -> int:
        """Give a column's place; cells are padded by one blank, which stands for missing ones."""
        return self._at.get(column, self.width)

    def cells(self, line: str) -> list[str]:
        """Split a line into trimmed cells, padded to the header's width and one blank more."""
        cells = [cell.strip() for cell in line.split("\t")]
        cells.extend([""] * (self.width + 1 - len(cells)))
        return cells

    def _check(self, header: str, names: list[str]) -> None:
        if len(self._at) != len(names):
            raise Unreadable(f"the header names a column twice or not at all: {names}", 1)
        missing = [name for name in REQUIRED if name not in self._at]
        if not any(name in self._at for name in POSTED):
            missing.append(POSTED[0])
        if missing and RETIRED & self._at.keys():
            raise Unreadable("this is Amazon's retired V1 layout; only V2 files are read", 1)
        if missing == [*REQUIRED, POSTED[0]]:
            raise Unreadable(f"the first line is no settlement header: {shown(header)}", 1)
        if missing:
            raise Unreadable(
                f"{len(missing)} of the {len(REQUIRED) + 1} columns needed are missing:"
                f" {', '.join(missing)}",
                1,
            )
