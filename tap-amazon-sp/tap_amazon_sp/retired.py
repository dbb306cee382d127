"""Settlement files of the retired layout V1, row by row as V2 would say them.

Amazon delivered V1 until 11 November 2026; sellers keep such files. A V1 row names its money by
the column that it stands in, and may hold several amounts: each becomes a row of V2. What a type
and a column are called in V2 stands in `data/v1_layout.csv`. What the table does not know passes
as it is, so that the mapper meets an unknown triple and names it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files

from tap_amazon_sp.columns import POSTED, TEXTS, Columns, header_names
from tap_amazon_sp.examination import Examination, check_quantity
from tap_amazon_sp.faults import Unreadable, shown

# A row's number and its cells.
Numbered = tuple[int, list[str]]
# A column of money, and the column that says what the money is.
MONEY = {
    "price-amount": "price-type",
    "item-related-fee-amount": "item-related-fee-type",
    "shipment-fee-amount": "shipment-fee-type",
    "order-fee-amount": "order-fee-type",
    "promotion-amount": "promotion-type",
    "direct-payment-amount": "direct-payment-type",
    "misc-fee-amount": None,
    "other-fee-amount": "other-fee-reason-description",
    "other-amount": "price-type",
}
# The columns that the files of one seller have or lack as they need them.
_SIGNS = {"price-amount", "item-related-fee-amount", "other-amount"}
_TRIPLE = ("transaction-type", "amount-type", "amount-description")
_KEPT = [*dict.fromkeys((*TEXTS.values(), *POSTED, "quantity-purchased", "currency"))]
V2 = Columns("\t".join(dict.fromkeys((*Columns.required, *_KEPT))))
_QUANTITY, _AMOUNT_TYPE = V2.at("quantity-purchased"), V2.at("amount-type")
# What the rows of one order item have in common.
_ITEM = ("transaction-type", "order-id", "adjustment-id", "shipment-id", "order-item-code", "sku")
# Rows of one item that are kept until its quantity is known.
_ITEM_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the table: a V1 type, column and description, and the V2 triple they are."""

    transaction_type: str
    column: str
    description: str
    triple: tuple[str, str, str]

    def meets(self, transaction_type: str, column: str, description: str) -> bool:
        """Tell whether this line is about a folded V1 type, a column and a folded description."""
        return (
            self.column == column
            and fnmatchcase(transaction_type, self.transaction_type)
            and fnmatchcase(description, self.description)
        )


def is_retired(header: str) -> bool:
    """Tell a V1 file by its header."""
    names = set(header_names(header))
    return bool(names & _SIGNS) and not names & {"amount", "amount-type"}


def fold(text: str) -> str:
    """Compare the way Amazon varies its spelling: no case, spaces, hyphens or underscores."""
    return text.casefold().translate(str.maketrans("", "", " -_"))


@cache
def table() -> tuple[Term, ...]:
    """Give the lines of `v1_layout.csv`; the first that meets an amount counts."""
    text = (files("tap_amazon_sp") / "data" / "v1_layout.csv").read_text(encoding="utf-8")
    return tuple(
        Term(
            fold(line["transaction_type"]),
            line["column"],
            fold(line["description"]),
            (line["v2_transaction_type"], line["v2_amount_type"], line["v2_amount_description"]),
        )
        for line in csv.DictReader(text.splitlines())
    )


@lru_cache(maxsize=2**12)
def _term(transaction_type: str, column: str, description: str) -> tuple[str, str, str] | None:
    folded = fold(transaction_type), column, fold(description)
    return next((term.triple for term in table() if term.meets(*folded)), None)


class RetiredColumns(Columns):
    """Where each column of one V1 file stands, and what its rows are in V2."""

    required = tuple(
        it for it in Columns.required if it not in {"amount-type", "amount-description", "amount"}
    )
    weighty = ("transaction-type", "order-id", *POSTED)

    def __init__(self, header: str) -> None:
        super().__init__(header)
        self._kept = [(name, self.at(name)) for name in _KEPT]
        self._money = [(name, self.at(name), self.at(kind or "")) for name, kind in MONEY.items()]
        self._strange = [
            (name, self.at(name))
            for name in self.names
            if name.endswith("-amount") and name not in MONEY and name != "total-amount"
        ]
        self._item = [self.at(name) for name in _ITEM]
        self._quantity_at = self.at("quantity-purchased")

    def amounts(self, number: int, cells: list[str]) -> list[list[str]]:
        """Give a V1 row as V2 rows, one for each of its amounts; cells in the order of V2."""
        for name, at in self._strange:
            if cells[at] and not _is_zero(cells[at]):
                raise Unreadable(
                    f"column {name} has {shown(cells[at])}, and V1 has no such column of money",
                    number,
                )
        found = []
        kept = {name: cells[at] for name, at in self._kept}
        for column, at, kind_at in self._money:
            kind = cells[kind_at]
            if cells[at] and (kind or not (self.is_quantity(cells) and _is_zero(cells[at]))):
                found.append(self._row(cells, kept, column, cells[at], kind))
        return found

    def is_quantity(self, cells: list[str]) -> bool:
        """Tell the row of an order item that has its quantity and no money."""
        return bool(cells[self._quantity_at]) and all(
            not cells[at] or _is_zero(cells[at]) for _, at, _ in self._money
        )

    def translated(self, details: Iterable[Numbered]) -> Iterator[Numbered]:
        """Give the V2 rows of V1 detail rows, in file order, numbered ten times the line and on.

        V2 repeats an item's quantity on each of its rows (points excepted); V1 has it once.
        """
        item, quantity = [""], ""
        waiting: list[Numbered] = []
        for number, cells in details:
            alone = self.is_quantity(cells) and not self.amounts(number, cells)
            same = [cells[at] for at in self._item]
            if same != item or (alone and quantity) or len(waiting) >= _ITEM_ROWS:
                yield from _with(quantity, waiting)
                waiting = []
                quantity = quantity if same == item and not alone else ""
                item = same
            if alone:
                quantity = cells[self._quantity_at]
            for place, row in enumerate(self.amounts(number, cells)):
                waiting.append((10 * number + place, row))
        yield from _with(quantity, waiting)

    def _row(
        self, cells: list[str], kept: dict[str, str], column: str, amount: str, kind: str
    ) -> list[str]:
        transaction_type = kept["transaction-type"]
        triple = _term(transaction_type, column, kind) or ("{type}", column, "{description}")
        fee = cells[self.at("item-related-fee-type")]
        named = (it.format(type=transaction_type, description=kind, fee=fee) for it in triple)
        row = {**kept, **dict(zip(_TRIPLE, named, strict=True)), "amount": amount}
        return [*(row.get(name, "") for name in V2.names), ""]


def _is_zero(text: str) -> bool:
    return "0" in text and not text.strip("0.,-+\u2212() ")


def _with(quantity: str, rows: list[Numbered]) -> list[Numbered]:
    """Give an item's rows with its quantity, where they have none of their own."""
    for _, row in rows:
        if not row[_QUANTITY] and fold(row[_AMOUNT_TYPE]) != "points":
            row[_QUANTITY] = quantity
    return rows


class RetiredExamination(Examination):
    """The examination of a V1 file: each amount as the V2 row that it becomes."""

    layout = "V1"
    columns: RetiredColumns

    def __init__(self, columns: RetiredColumns) -> None:
        super().__init__(columns, V2)

    def detail(self, number: int, cells: list[str]) -> None:
        """Check the cells of a V1 row."""
        check_quantity(number, cells[self.columns.at("quantity-purchased")])
        for row in self.columns.amounts(number, cells):
            super().detail(number, row)
