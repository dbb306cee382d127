"""The columns of a V2 settlement file, found by name, and the fields that records make of them.

Source: Amazon's report type GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2 (24 columns, the last of
them undocumented); older files lack some, newer ones may have more.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from tap_amazon_sp.amounts import readings
from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.instants import instant

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

    required: tuple[str, ...] = REQUIRED
    # The columns that every detail row must reach for its amount and time to count.
    weighty: tuple[str, ...] = (*REQUIRED[6:12], *POSTED)

    def __init__(self, header: str) -> None:
        names = header_names(header)
        self.most = len(names)
        while names and not names[-1]:
            names.pop()
        self.names, self.width = names, len(names)
        self._at = {name: at for at, name in enumerate(names) if name}
        self._check(header, names)
        self.reach = 1 + max(self._at[name] for name in self.weighty if name in self._at)

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
            raise Unreadable(
                f"the header names a column twice or not at all: {shown(header.strip())}", 1
            )
        missing = [name for name in self.required if name not in self._at]
        if not any(name in self._at for name in POSTED):
            missing.append(POSTED[0])
        if missing == [*self.required, POSTED[0]]:
            raise Unreadable(_no_header(header), 1)
        if missing:
            raise Unreadable(
                f"{len(missing)} of the {len(self.required) + 1} columns needed are missing:"
                f" {', '.join(missing)}",
                1,
            )


@dataclass(frozen=True, slots=True)
class Row:
    """One detail row: its number, what is read, and the texts in the order of TEXTS.

    number: the line in the file; in a V1 file ten times the line and the place of the amount.
    """

    number: int
    amount: str
    posted: str | None
    quantity: int | None
    texts: tuple[str, ...]


def fields(row: Row) -> dict[str, str | int | None]:
    """Name a row's own fields; blank texts are None."""
    return {
        "row": row.number,
        "amount": row.amount,
        "posted": row.posted,
        "quantity": row.quantity,
        **{name: text or None for name, text in zip(TEXTS, row.texts, strict=True)},
    }


class Places:
    """Where the cells of a detail row stand that become fields of its record."""

    def __init__(self, columns: Columns) -> None:
        at = columns.at
        self.amount, self.quantity = at("amount"), at("quantity-purchased")
        self.time, self.date = (at(name) for name in POSTED)
        self.texts = itemgetter(*(at(column) for column in TEXTS.values()))

    def row(self, number: int, cells: list[str], separator: int) -> Row:
        """Read a row that the examination has passed; cells trimmed, as `Columns.cells` gives."""
        posted = cells[self.time] or cells[self.date]
        quantity = cells[self.quantity]
        return Row(
            number,
            readings(cells[self.amount])[separator] or "",
            instant(posted, number, "posted-date") if posted else None,
            int(quantity) if quantity else None,
            self.texts(cells),
        )


def header_names(header: str) -> list[str]:
    """Give the names of a header line, in lower case."""
    return [name.strip().lower() for name in header.rstrip("\n").split("\t")]


def _no_header(header: str) -> str:
    """Say why a first line is no header, with what was done to the file when it shows."""
    reason = f"the first line is no settlement header: {shown(header)}"
    for separator, word in ((",", "commas"), (";", "semicolons")):
        names = {name.strip(' "') for name in header.lower().split(separator)}
        if len(names & set(REQUIRED)) > 1:
            return f"{reason}; its columns are separated by {word}, as a spreadsheet saves them"
    if '"settlement-id"' in header.lower():
        return f"{reason}; a spreadsheet or database has put quotes around its names"
    return reason
