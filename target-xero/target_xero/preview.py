"""A dry run: reads Xero and the books, says what would be posted, and writes nothing anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, cast

from books import Books, Posting, Tenant
from target_xero import documents
from target_xero.accounts import BankAccounts, UnknownBankAccount
from target_xero.agreement import head_differences, is_gone
from target_xero.cards import CARDS, Card, read_card
from target_xero.credits import made_from
from target_xero.desk import Organisation, Pending
from target_xero.documents import (
    Allocation,
    BankTransaction,
    BankTransfer,
    CreditNote,
    Document,
    Invoice,
    Journal,
    Payment,
    Refund,
)
from target_xero.items import card_rows
from target_xero.tally import Tally, counted
from target_xero.transfers import place
from xero_api import Session, reads

_COLUMNS = (10, 18, 48, 11, 14, 4)


@dataclass(frozen=True)
class Line:
    """What would become of one document."""

    would: str
    pending: Pending
    amount: Decimal
    words: str = ""


class Preview:
    """Collects documents as they arrive and says at the end what would become of each."""

    def __init__(self, session: Session, books: Books | None) -> None:
        self.session = session
        self._books = books
        self._pending: dict[str, Pending] = {}
        self._cards: dict[str, Card] = {}
        self._arrivals = count(1)
        self.tally = Tally()
        self.table: list[str] = []

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take a document; a repeated one counts once, with its last content."""
        if stream in CARDS:
            card = read_card(stream, record)
            self._cards[card.document_id] = card
            return
        pending = Pending.of(stream, record, next(self._arrivals))
        notes = [pending] if stream == documents.CREDIT_NOTES else []
        for each in (pending, *(made for note in notes for made in made_from(note))):
            self._pending[each.document_id] = each

    def add_proof(self, record: dict[str, Any]) -> None:
        """Leave a proof alone: nothing is written."""

    def add_held(self, record: dict[str, Any]) -> None:
        """Leave a held record alone: nothing is written."""

    def drain(self) -> None:
        """Wait for the end: a preview is one table."""

    def abandon(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Make the table: each document that would be posted, and totals by stream."""
        if not self._pending and not self._cards:
            self.table = ["dry run: nothing to post"]
            return
        organisation = Organisation.of(reads.organisation(self.session))
        tenant = self._books.known_tenant(organisation.tenant) if self._books else None
        lines = list(self._lines(organisation, tenant))
        totals: dict[tuple[str, str, str], tuple[int, Decimal]] = defaultdict(
            lambda: (0, Decimal(0))
        )
        for line in lines:
            key = (line.would, line.pending.stream, line.pending.document.currency)
            number, amount = totals[key]
            totals[key] = (number + 1, amount + line.amount)
        self.table = [
            f"dry run for {organisation.name}: nothing is written",
            *card_rows(self.session, list(self._cards.values())),
            *(_row(line) for line in lines if line.would != "unchanged"),
            *(
                f"{would}: {counted(number, stream)}, {amount:,.2f} {currency}"
                for (would, stream, currency), (number, amount) in sorted(totals.items())
            ),
        ]

    def _lines(self, organisation: Organisation, tenant: Tenant | None) -> Iterator[Line]:
        known = self._known(tenant)
        banks = BankAccounts(self.session)
        for pending in self._pending.values():
            pending.posting = known.get(pending.document_id)
            place(pending, banks)
        there = self._invoices_in_xero(
            [each for each in self._pending.values() if each.vendor_id is None]
        )
        for stream in documents.IN_POSTING_ORDER:
            for pending in self._pending.values():
                if pending.stream == stream:
                    would, words = _verdict(pending, organisation, there, banks)
                    yield Line(would, pending, _amount(pending), words)

    def _known(self, tenant: Tenant | None) -> dict[str, Posting]:
        if tenant is None or self._books is None:
            return {}
        rows = self._books.postings(tenant.tenant, document_ids=list(self._pending))
        return {row.document_id: row for row in rows}

    def _invoices_in_xero(self, unknown: Sequence[Pending]) -> dict[str, dict[str, Any]]:
        """Look up the numbers of invoices that the books do not have, forty a call."""
        numbers = [each.document.number for each in unknown if isinstance(each.document, Invoice)]
        return {
            str(element.get("InvoiceNumber")): element
            for element in reads.invoices_by_number(self.session, numbers)
            if not is_gone(element)
        }


def _verdict(
    pending: Pending,
    organisation: Organisation,
    there: dict[str, dict[str, Any]],
    banks: BankAccounts,
) -> tuple[str, str]:
    document = pending.document
    if pending.is_unchanged:
        return "unchanged", ""
    if organisation.locked_until and document.date <= organisation.locked_until:
        return "hold", f"Xero is locked up to {organisation.locked_until}"
    if pending.vendor_id:
        fixed = isinstance(document, Payment | Refund | Allocation | BankTransfer)
        what = counted(1, pending.stream).removeprefix("1 ")
        return ("hold", f"a {what} is never changed") if fixed else ("update", "")
    if isinstance(document, Invoice) and (element := there.get(document.number)):
        return _verdict_on_number(document, element)
    fault = _impossible(document, organisation, banks)
    return ("reject", fault) if fault else ("post", "")


def _impossible(document: Document, organisation: Organisation, banks: BankAccounts) -> str:
    """Say why a document cannot be posted as it is; empty when it can."""
    base = organisation.base_currency
    if isinstance(document, Journal) and document.currency != base:
        return f"a journal is in the base currency, {base}"
    accounts: tuple[str, ...] = ()
    if isinstance(document, BankTransaction):
        accounts = (document.bank_account,)
    elif isinstance(document, BankTransfer):
        accounts = (document.from_account, document.to_account)
    try:
        for account in accounts:
            banks.id_of(account, document.currency)
    except UnknownBankAccount as unknown:
        return str(unknown)
    return ""


def _verdict_on_number(document: Invoice, element: dict[str, Any]) -> tuple[str, str]:
    if document.if_absent:
        return "leave", f"invoice {document.number} is in Xero"
    faults = head_differences(
        element, contact=document.contact, total=document.total, currency=document.currency
    )
    return ("hold", "; ".join(faults)) if faults else ("adopt", "it is in Xero")


def _amount(pending: Pending) -> Decimal:
    document = pending.document
    if isinstance(document, Payment | Refund | Allocation | BankTransfer):
        return document.amount
    if isinstance(document, Journal):
        return sum((line.amount for line in document.lines if line.amount > 0), Decimal(0))
    return cast(Invoice | CreditNote | BankTransaction, document).total


def _row(line: Line) -> str:
    document = line.pending.document
    cells = (
        line.would,
        line.pending.stream,
        document.document_id,
        document.date.isoformat(),
        f"{line.amount:,.2f}",
        document.currency,
    )
    text = " ".join(_cell(cell, width) for cell, width in zip(cells, _COLUMNS, strict=True))
    return f"{text} {line.words}".rstrip()


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() and "." in text else text.ljust(width)
