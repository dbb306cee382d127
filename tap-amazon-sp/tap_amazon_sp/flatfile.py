"""Settlement files, layout V2: read in two passes, so that nothing is written before all fits.

`examine` goes through the whole file once: encoding, columns, shape of every row, decimal
separator, dates, one summary row. What it cannot vouch for is an `Unreadable`. `rows` then gives
the detail rows of a file that passed. Neither holds more than one row in memory.

Whether the rows add up to the total is not asked here: that is the gate's question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tap_amazon_sp.amounts import Separator, readings
from tap_amazon_sp.charsets import decoded, recognise
from tap_amazon_sp.columns import TEXTS, Columns
from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.instants import instant

# Ids that a spreadsheet has turned into numbers: 1.21E+18, or 18 digits where dashes belong.
_MANGLED = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+|\d{17,}", re.IGNORECASE)
_EXPONENT = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_QUANTITY = re.compile(r"[-+]?\d+")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement's summary row, and how to read the rows of its file.

    start, end, deposit: UTC instants as text, deposit None when blank. total_amount: plain
    decimal text. checksum: SHA-256 of the decoded text with plain newlines.
    """

    settlement_id: str
    start: str
    end: str
    deposit: str | None
    currency: str
    total_amount: str
    row_count: int
    checksum: str
    encoding: str
    separator: int


@dataclass(frozen=True, slots=True)
class Row:
    """One detail row: its line in the file, what is read, and the texts in the order of TEXTS."""

    number: int
    amount: str
    posted: str | None
    quantity: int | None
    texts: tuple[str, ...]


def examine(file: IO[bytes], declared_charset: str | None = None) -> Settlement:
    """Check a whole settlement file and give its summary; raise Unreadable with the row."""
    encoding, checksum = recognise(file, declared_charset)
    with decoded(file, encoding) as text:
        header = next(text, None)
        if header is None or not header.strip():
            raise Unreadable("the file has no header line")
        examination = _Examination(Columns(header))
        try:
            for number, line in enumerate(text, 2):
                examination.take(number, line)
            return examination.conclude(encoding, checksum)
        except Unreadable as fault:
            fault.settlement_id = examination.settlement_id
            raise


def rows(file: IO[bytes], settlement: Settlement) -> Iterator[Row]:
    """Give the detail rows of a file that `examine` has passed, in file order."""
    separator = settlement.separator
    with decoded(file, settlement.encoding) as text:
        columns = Columns(next(text))
        type_at, amount_at = columns.at("transaction-type"), columns.at("amount")
        total_at, quantity_at = columns.at("total-amount"), columns.at("quantity-purchased")
        time_at, date_at = columns.at("posted-date-time"), columns.at("posted-date")
        texts, split = columns.texts, columns.cells
        for number, line in enumerate(text, 2):
            cells = split(line)
            if not cells[type_at] and (cells[total_at] or not any(cells)):
                continue
            posted = cells[time_at] or cells[date_at]
            quantity = cells[quantity_at]
            yield Row(
                number,
                readings(cells[amount_at])[separator] or "",
                instant(posted, number, "posted-date") if posted else None,
                int(quantity) if quantity else None,
                texts(cells),
            )


class _Examination:
    """One pass over a file: what each row must be, and what only the whole file can tell."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.settlement_id: str | None = None
        self._separator = Separator()
        self._summary: tuple[int, list[str]] | None = None
        self._count = 0
        self._blank: int | None = None
        self._short: tuple[int, int] | None = None
        self._padded = False
        self._currency: tuple[int, str] | None = None
        at = columns.at
        self._id_at, self._total_at, self._type_at = (
            at("settlement-id"),
            at("total-amount"),
            at("transaction-type"),
        )
        self._amount_at, self._currency_at = at("amount"), at("currency")
        self._time_at, self._date_at = at("posted-date-time"), at("posted-date")
        self._quantity_at, self._order_at = at("quantity-purchased"), at("order-id")
        self._item_at = at("order-item-code")

    def take(self, number: int, line: str) -> None:
        """Check one line after the header."""
        cells = self.columns.cells(line)
        if not any(cells):
            self._blank = self._blank or number
            return
        if self._blank:
            raise Unreadable("the row is empty, and rows follow it", self._blank)
        found = line.count("\t") + 1
        if found > self.columns.most or any(cells[self.columns.width :]):
            raise self._ragged(number, found)
        self._identify(number, cells[self._id_at])
        if cells[self._total_at] and not cells[self._type_at]:
            self._summarise(number, cells)
            return
        if found < self.columns.width:
            self._stripped(number, found, cells)
            return
        self._padded = self._padded or not cells[self.columns.width - 1]
        self._detail(number, cells)

    def conclude(self, encoding: str, checksum: str) -> Settlement:
        """Say what the file is, once every row has been seen."""
        if self._short and self._padded:
            raise self._ragged(*self._short)
        if self._summary is None or self.settlement_id is None:
            raise Unreadable(f"no summary row (a total without a type) among {self._count} rows")
        number, cells = self._summary
        separator = self._separator.decide()
        currency = cells[self._currency_at]
        if self._currency and self._currency[1] != currency:
            row, other = self._currency
            raise Unreadable(f"currency {other}, where the summary row has {currency}", row)
        start, end, deposit = (
            cells[self.columns.at(f"{name}-date")]
            for name in ("settlement-start", "settlement-end", "deposit")
        )
        return Settlement(
            settlement_id=self.settlement_id,
            start=instant(start, number, "settlement-start-date"),
            end=instant(end, number, "settlement-end-date"),
            deposit=instant(deposit, number, "deposit-date") if deposit else None,
            currency=currency,
            total_amount=readings(cells[self._total_at])[separator] or "",
            row_count=self._count,
            checksum=checksum,
            encoding=encoding,
            separator=separator,
        )

    def _identify(self, number: int, settlement_id: str) -> None:
        if settlement_id == self.settlement_id:
            return
        if not settlement_id:
            raise Unreadable("the row names no settlement", number)
        if self.settlement_id is not None:
            raise Unreadable(
                f"settlement {shown(settlement_id)} inside the file of"
                f" settlement {shown(self.settlement_id)}",
                number,
            )
        if _EXPONENT.fullmatch(settlement_id):
            raise Unreadable(_spreadsheet("settlement-id", settlement_id), number)
        self.settlement_id = settlement_id

    def _summarise(self, number: int, cells: list[str]) -> None:
        if self._summary:
            first = self._summary
            raise Unreadable(
                f"a second summary row with total {shown(cells[self._total_at])},"
                f" after total {shown(first[1][self._total_at])} in row {first[0]}",
                number,
            )
        if not re.fullmatch("[A-Z]{3}", cells[self._currency_at]):
            raise Unreadable(f"currency {shown(cells[self._currency_at])} is no ISO code", number)
        self._separator.hear(cells[self._total_at], number, "total-amount")
        self._summary = number, cells

    def _stripped(self, number: int, found: int, cells: list[str]) -> None:
        # An editor may have cut trailing tabs, but then from every row; see `conclude`.
        self._short = self._short or (number, found)
        if self._padded or found < self.columns.reach:
            raise self._ragged(number, found)
        try:
            self._detail(number, cells)
        except Unreadable:
            # What stands in the wrong column is the lesser news.
            raise self._ragged(number, found) from None

    def _ragged(self, number: int, found: int) -> Unreadable:
        return Unreadable(f"{found} fields, where the header has {self.columns.width}", number)

    def _detail(self, number: int, cells: list[str]) -> None:
        self._count += 1
        if not cells[self._amount_at]:
            raise Unreadable("the row has no amount", number)
        self._separator.hear(cells[self._amount_at], number)
        if posted := cells[self._time_at] or cells[self._date_at]:
            instant(posted, number, "posted-date-time" if cells[self._time_at] else "posted-date")
        if (quantity := cells[self._quantity_at]) and not _QUANTITY.fullmatch(quantity):
            raise Unreadable(f"quantity {shown(quantity)} is not a whole number", number)
        if _MANGLED.fullmatch(cells[self._order_at]):
            raise Unreadable(_spreadsheet("order-id", cells[self._order_at]), number)
        if _EXPONENT.fullmatch(cells[self._item_at]):
            raise Unreadable(_spreadsheet("order-item-code", cells[self._item_at]), number)
        if (currency := cells[self._currency_at]) and not self._currency:
            self._currency = number, currency
        elif currency and self._currency and currency != self._currency[1]:
            raise Unreadable(f"currency {currency}, after {self._currency[1]}", number)


def _spreadsheet(column: str, text: str) -> str:
    return (
        f"{column} {shown(text)} was turned into a number by a spreadsheet;"
        " use the file as Amazon served it"
    )


def fields(row: Row) -> dict[str, str | int | None]:
    """Name a row's own fields; blank texts are None."""
    return {
        "row": row.number,
        "amount": row.amount,
        "posted": row.posted,
        "quantity": row.quantity,
        **{name: text or None for name, text in zip(TEXTS, row.texts, strict=True)},
    }
