"""What a settlement holds beside order revenue: one journal per calendar month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.classes import label
from transforms.ledger.documents import Journal, JournalLine, Source, Tracking
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed

LineKey = tuple[str, str, tuple[Tracking, ...]]


def month_of(day: date) -> str:
    """Name the calendar month of a day."""
    return f"{day:%Y-%m}"


def by_month(lines: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Part lines by the calendar month of their posted day, earliest first."""
    parts: dict[str, list[Placed]] = {}
    for line in sorted(lines, key=lambda line: line.day):
        parts.setdefault(month_of(line.day), []).append(line)
    return parts


def by_account(lines: Iterable[Placed]) -> dict[LineKey, tuple[Decimal, str]]:
    """Sum lines by (account, tax type, tracking); with each sum the names of its classes."""
    sums: dict[LineKey, Decimal] = {}
    names: dict[LineKey, dict[str, None]] = {}
    for line in lines:
        key = (line.account, line.tax_type, line.tracking)
        sums[key] = sums.get(key, ZERO) + line.amount
        names.setdefault(key, {})[label(line.component)] = None
    return {key: (amount, ", ".join(names[key])) for key, amount in sums.items()}


def month_journals(
    lines: Iterable[Placed], book: Book, marketplace: Marketplace, settlement_id: str
) -> list[Journal]:
    """Book the rows of each month against clearing; a month that sums to nothing makes none."""
    journals = []
    for month, part in by_month(lines).items():
        journal = _journal(month, part, book, marketplace, settlement_id)
        if journal is not None:
            journals.append(journal)
    return journals


def _journal(
    month: str, part: list[Placed], book: Book, marketplace: Marketplace, settlement_id: str
) -> Journal | None:
    day = max(line.day for line in part)
    lines = [
        JournalLine(account, -amount, tax_type, tracking, description)
        for (account, tax_type, tracking), (amount, description) in by_account(part).items()
        if amount
    ]
    if not lines:
        return None
    if cleared := sum((line.amount for line in part), ZERO):
        lines.append(
            JournalLine(
                account=marketplace.clearing_account,
                amount=cleared,
                tax_type=book.no_tax(marketplace.name, day),
                tracking=(),
                description=f"Amazon clearing, settlement {settlement_id}",
            )
        )
    return Journal(
        document_id=f"journal:{settlement_id}:{month}",
        date=day,
        narration=f"{marketplace.name} settlement {settlement_id}: fees, refunds and other "
        f"movements of {month}",
        currency=marketplace.currency,
        lines=tuple(lines),
        clearing_account=marketplace.clearing_account,
        source=Source(book.choices.organisation, marketplace.name, settlement_id, month=month),
    )


def clearing_effect(journal: Journal) -> Decimal:
    """What a journal moves on the clearing account, debit positive."""
    return sum(
        (line.amount for line in journal.lines if line.account == journal.clearing_account), ZERO
    )
