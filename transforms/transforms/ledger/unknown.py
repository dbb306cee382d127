"""The report of rows that no rule knows: where each is, what it sums to, the line to add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.book import Book
from transforms.ledger.catalogue import Triple, fold
from transforms.ledger.difference import Difference
from transforms.ledger.eras import TYPED_PARTS
from transforms.ledger.lines_to_add import line_to_add, rows_from
from transforms.ledger.money import ZERO
from transforms.ledger.settlement import Entry, Header
from transforms.ledger.unplaced import Unplaced


@dataclass(slots=True)
class UnknownTriple:
    """Every row of one triple in one settlement: their sum, their number, the first of them."""

    triple: Triple
    amount: Decimal = ZERO
    rows: int = 0
    first: int = 0
    is_ruled: bool = False

    def line(self, header: Header, *, suspended: bool = False) -> str:
        """Say it in one line that ends with the line for rules.csv."""
        accounting_class = TYPED_PARTS.get(fold(self.triple.amount_description), "CLASS")
        done = ", posted to suspense" if suspended else ""
        asked = f"add a line {line_to_add(*self.triple, accounting_class)} to rules.csv"
        if self.is_ruled:
            asked = "rules.csv itself says suspense for them: give them a class there"
        return (
            f"unknown rows {self.triple} of {self.amount} {header.currency}{done} "
            f"({rows_from(self.first, self.rows)}): {asked}"
        )


def unknown_triples(unknown: Iterable[Entry], book: Book) -> list[UnknownTriple]:
    """Sum the rows of each unknown triple, in the order of the report."""
    found: dict[Triple, UnknownTriple] = {}
    for entry in unknown:
        each = found.get(entry.triple)
        if each is None:
            is_ruled = book.catalogue.is_ruled(entry.triple)
            each = UnknownTriple(entry.triple, first=entry.first, is_ruled=is_ruled)
            found[entry.triple] = each
        each.amount += entry.amount
        each.rows += entry.rows
        each.first = min(each.first, entry.first)
    return list(found.values())


def refuse_unknown(unknown: list[Entry], header: Header, book: Book) -> None:
    """Refuse rows that nothing knows, unless books.yml sends them to suspense."""
    if unknown and book.choices.unknown_rows != "suspense":
        raise Unplaced(
            "unknown_rows", [each.line(header) for each in unknown_triples(unknown, book)]
        )


def suspended(unknown: list[Entry], header: Header, book: Book) -> list[Difference]:
    """Name each kind of row that books.yml sends to suspense, with the line that ends it."""
    return [
        Difference("unknown_rows", each.amount, each.line(header, suspended=True))
        for each in unknown_triples(unknown, book)
    ]
