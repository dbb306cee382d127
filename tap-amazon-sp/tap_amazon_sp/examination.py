"""What a settlement file must be, line by line, and what only the whole file can tell.

Every rule is here once; `blocks` takes the plain lines by the hundred and leaves the rest to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tap_amazon_sp import mangled
from tap_amazon_sp.amounts import Separator, readings
from tap_amazon_sp.columns import POSTED, TEXTS, Columns, Places
from tap_amazon_sp.faults import Unreadable, shown
from tap_amazon_sp.instants import instant

# Amazon's own definition of the settlement id: a number of 1 to 20 digits.
_SETTLEMENT = re.compile(r"\d{1,20}", re.ASCII)
_QUANTITY = re.compile(r"[-+]?\d+", re.ASCII)
_CURRENCY = re.compile("[A-Z]{3}")


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
    layout: str = "V2"


def is_quantity(text: str) -> bool:
    """Tell whether a text is a whole number."""
    return bool(_QUANTITY.fullmatch(text))


def check_quantity(number: int, text: str) -> None:
    """Raise Unreadable unless a quantity is blank or a whole number."""
    if text and not is_quantity(text):
        raise Unreadable(f"quantity {shown(text)} is not a whole number", number)


class Examination:
    """One pass over a file: what each row must be, and what only the whole file can tell.

    details: the columns of the cells that `detail` checks, where they are not the file's own.
    """

    layout = "V2"

    def __init__(self, columns: Columns, details: Columns | None = None) -> None:
        self.columns = columns
        self.settlement_id: str | None = None
        self.separator = Separator()
        self.summary: tuple[int, list[str]] | None = None
        self.blank: int | None = None
        self.padded = False
        self.count = 0
        self._short: tuple[int, int] | None = None
        self._currency: tuple[int, str] | None = None
        self._id_at, self._total_at, self._type_at = map(
            columns.at, ("settlement-id", "total-amount", "transaction-type")
        )
        self._currency_at = columns.at("currency")
        own = details or columns
        self._places, self._row_currency_at = Places(own), own.at("currency")
        self._texts = [(it, own.at(it)) for it in TEXTS.values() if own.at(it) < own.width]

    @property
    def currency(self) -> str:
        """The settlement's currency, as far as known."""
        return self.summary[1][self._currency_at] if self.summary else ""

    @property
    def noted_currency(self) -> str | None:
        """The currency that the first row to name one has."""
        return self._currency[1] if self._currency else None

    def take(self, number: int, line: str) -> list[str] | None:
        """Check one line after the header; give its cells when it is a detail row."""
        if "\0" in line:
            raise Unreadable("the row holds NUL characters: the file is damaged or no text", number)
        cells = self.columns.cells(line)
        if not any(cells):
            self.blank = self.blank or number
            return None
        if self.blank:
            raise Unreadable("the row is empty, and rows follow it", self.blank)
        found = line.count("\t") + 1
        if found > self.columns.most or any(cells[self.columns.width :]):
            raise self._ragged(number, found)
        self._identify(number, cells[self._id_at])
        if cells[self._total_at] and not cells[self._type_at]:
            self._summarise(number, cells)
            return None
        if found < self.columns.width:
            self._stripped(number, found, cells)
        else:
            self.padded = self.padded or not cells[self.columns.width - 1]
            self.detail(number, cells)
        return cells

    def conclude(self, encoding: str, checksum: str) -> Settlement:
        """Say what the file is, once every row has been seen."""
        if self._short and self.padded:
            raise self._ragged(*self._short)
        if self.summary is None or self.settlement_id is None:
            raise Unreadable(f"no summary row (a total without a type) among {self.count} rows")
        number, cells = self.summary
        separator = self.separator.decide()
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
            row_count=self.count,
            checksum=checksum,
            encoding=encoding,
            separator=separator,
            layout=self.layout,
        )

    def detail(self, number: int, cells: list[str]) -> None:
        """Check the cells of a detail row."""
        at = self._places
        self.count += 1
        if not cells[at.amount]:
            raise Unreadable("the row has no amount", number)
        self.separator.hear(cells[at.amount], number)
        if posted := cells[at.time] or cells[at.date]:
            instant(posted, number, POSTED[0] if cells[at.time] else POSTED[1])
        check_quantity(number, cells[at.quantity])
        for fault in self._mangled(cells):
            raise Unreadable(fault, number)
        if (currency := cells[self._row_currency_at]) and not self._currency:
            self._currency = number, currency
        elif currency and self._currency and currency != self._currency[1]:
            raise Unreadable(f"currency {currency}, after {self._currency[1]}", number)

    def _mangled(self, cells: list[str]) -> Iterator[str]:
        for column, at in self._texts:
            if cells[at] and (fault := mangled.fault(column, cells[at])):
                yield fault

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
        if fault := mangled.fault("settlement-id", settlement_id):
            raise Unreadable(fault, number)
        if not _SETTLEMENT.fullmatch(settlement_id):
            raise Unreadable(
                f"settlement-id {shown(settlement_id)} is not a number of at most 20 digits", number
            )
        self.settlement_id = settlement_id

    def _summarise(self, number: int, cells: list[str]) -> None:
        if self.summary:
            first = self.summary
            raise Unreadable(
                f"a second summary row with total {shown(cells[self._total_at])},"
                f" after total {shown(first[1][self._total_at])} in row {first[0]}",
                number,
            )
        if not _CURRENCY.fullmatch(cells[self._currency_at]):
            raise Unreadable(f"currency {shown(cells[self._currency_at])} is no ISO code", number)
        self.separator.hear(cells[self._total_at], number, "total-amount")
        self.summary = number, cells

    def _stripped(self, number: int, found: int, cells: list[str]) -> None:
        # An editor may have cut trailing tabs, but then from every row; see `conclude`.
        self._short = self._short or (number, found)
        if self.padded or found < self.columns.reach:
            raise self._ragged(number, found)
        try:
            self.detail(number, cells)
        except Unreadable:
            # What stands in the wrong column is the lesser news.
            raise self._ragged(number, found) from None

    def _ragged(self, number: int, found: int) -> Unreadable:
        return Unreadable(f"{found} fields, where the header has {self.columns.width}", number)
