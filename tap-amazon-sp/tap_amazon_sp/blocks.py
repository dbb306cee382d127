"""The plain lines of a settlement file, taken by the hundred and column by column.

Most lines of a file differ in eight cells and repeat what earlier lines had in the others. So a
block of lines is split once, each column is looked up in a memo of what was checked and written
before, and what is the same in all lines of the block is written once. A block with anything that
a memo cannot vouch for goes line by line through the examination, which has the rules and words.
"""

from __future__ import annotations

from tap_amazon_sp.columns import TEXTS, Columns, Places, fields
from tap_amazon_sp.examination import Examination
from tap_amazon_sp.members import Amounts, Doubtful, Instants, Members, Quantities, Texts
from tap_amazon_sp.retired import RetiredColumns
from tap_amazon_sp.rowlines import Lines

# Where no column of the file stands: posted is made of two.
_POSTED = -1


class Blocks:
    """Takes a file's lines block by block: checks them, and writes those of detail rows."""

    def __init__(self, columns: Columns, examination: Examination, lines: Lines | None) -> None:
        self._columns, self._examination, self._lines = columns, examination, lines
        self._places = Places(columns)
        self._plain = columns.most == columns.width and not isinstance(columns, RetiredColumns)
        if lines and isinstance(columns, RetiredColumns):
            lines.give_up()
        self._members = self._memos()

    def take(self, number: int, text: str) -> int:
        """Take whole lines, the first of them in row `number`; give the next row's number."""
        examination, start = self._examination, 0
        if text[:1].isspace() and not text.strip():
            examination.blank = examination.blank or number
            return number + text.count("\n")
        while start < len(text) and examination.summary is None:
            end = text.index("\n", start)
            self._line(number, text[start:end])
            number, start = number + 1, end + 1
        rest = text[start:]
        if not rest:
            return number
        if (count := self._quickly(number, rest)) is None:
            # Not splitlines, which knows more ends of lines than files have.
            found = rest[:-1].split("\n")
            for at, line in enumerate(found, number):
                self._line(at, line)
            count = len(found)
        return number + count

    def _line(self, number: int, line: str) -> None:
        examination, lines = self._examination, self._lines
        known = examination.summary is not None
        cells = examination.take(number, line)
        if not known and examination.summary and examination.settlement_id and lines:
            lines.tell(settlement_id=examination.settlement_id, currency=examination.currency)
        if cells is not None and lines and lines.whole:
            leaning = examination.separator.leaning()
            if known and leaning is not None:
                lines.row(fields(self._places.row(number, cells, leaning)))
            else:
                # Before the summary row, or before any amount has shown the decimal sign.
                lines.give_up()

    def _quickly(self, number: int, text: str) -> int | None:
        """Take lines that are all plain detail rows; None when some need a closer look."""
        width, examination = self._columns.width, self._examination
        if not self._plain or examination.blank or "\0" in text:
            return None
        cells = text.replace("\n", "\t\n\t").split("\t")
        count, odd = divmod(len(cells), width + 1)
        marks = cells[width :: width + 1]
        if odd != 1 or not marks.count("\n") == count == text.count("\n"):
            return None
        # A column that the file lacks is one of blanks.
        cells.pop()
        lacking = [""] * count
        found = [cells[at :: width + 1] for at in range(width)]
        found.append(lacking)
        if not self._vouched(found, count):
            return None
        if self._lines and examination.separator.leaning() is None:
            self._lines.give_up()
        try:
            same, varying = self._written(found)
        except Doubtful:
            return None
        examination.count += count
        examination.padded = examination.padded or not all(map(str.strip, found[width - 1]))
        if self._lines and self._lines.whole:
            self._lines.block(number, count, same, varying)
        return count

    def _vouched(self, found: list[list[str]], count: int) -> bool:
        """Tell whether these are rows of this settlement, in its currency, and no summary."""
        at, examination = self._columns.at, self._examination
        if found[at("settlement-id")].count(examination.settlement_id or "") != count:
            return False
        totals, currencies = found[at("total-amount")], found[at("currency")]
        if totals.count("") != count and not all(map(str.strip, found[at("transaction-type")])):
            return False
        # Where rows name the currency, the examination has to have noted the first.
        return currencies.count("") == count or (
            examination.noted_currency == examination.currency
            and currencies.count("") + currencies.count(examination.currency) == count
        )

    def _written(self, found: list[list[str]]) -> tuple[str, list[list[str]]]:
        """Give the members of a block: those that all rows share, and a column each of others."""
        same, varying = "", []
        bare = self._lines is not None and self._lines.form.bare
        posted = found[self._places.time]
        if "" in posted:
            dates = found[self._places.date]
            posted = [time or date for time, date in zip(posted, dates, strict=True)]
        for at, members in self._members:
            column = posted if at == _POSTED else found[at]
            first = column[0]
            if first == column[-1] and column.count(first) == len(column):
                made_once = members.one(first)
                same += "" if bare and made_once.endswith(":null") else made_once
            else:
                made = members.of(column)
                if members.field:
                    varying.append(made)
        return same, varying

    def _memos(self) -> list[tuple[int, Members]]:
        """Give a memo for each field, with the column that it is for."""
        selected = self._lines.form.selected if self._lines else set()
        places = self._places

        def name(field: str) -> str:
            return field if field in selected else ""

        found: list[tuple[int, Members]] = [
            (places.amount, Amounts(name("amount"), self._examination.separator)),
            (_POSTED, Instants(name("posted"))),
            (places.quantity, Quantities(name("quantity"))),
        ]
        for field, column in TEXTS.items():
            found.append((self._columns.at(column), Texts(name(field), column)))
        return found
