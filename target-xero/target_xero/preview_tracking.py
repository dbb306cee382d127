"""What a dry run would put on each tracking option; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from target_xero.documents import (
    BankTransaction,
    CreditNote,
    Document,
    Invoice,
    Journal,
    Line,
)


def tracking_rows(documents: Iterable[Document]) -> list[str]:
    """Sum tracked lines by category, option and currency; income is positive, cost negative."""
    sums: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for document in documents:
        for line, sign in _lines(document):
            for each in line.tracking:
                key = (each.category, each.option, document.currency)
                number, amount = sums.get(key, (0, Decimal(0)))
                sums[key] = (number + 1, amount + sign * line.amount)
    return [
        f"tracking {category}: {option}: {number} line{'' if number == 1 else 's'}, "
        f"{amount:,.2f} {currency}"
        for (category, option, currency), (number, amount) in sorted(sums.items())
    ]


def _lines(document: Document) -> Iterator[tuple[Line, int]]:
    """The lines of a document, and the sign that makes income positive."""
    match document:
        case Invoice():
            sign = -1 if document.is_bill else 1
        case CreditNote() | Journal():
            sign = -1
        case BankTransaction():
            sign = 1 if document.kind == "receive" else -1
        case _:
            return
    yield from ((line, sign) for line in document.lines)
