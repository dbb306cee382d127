"""A dry run: reads Xero and the books, says what would be posted, and writes nothing anywhere.

What a run would do first is rehearsed in books that live in memory only, so that an order's invoice
is found by the same rule (`if_absent`) as in a real run.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any, cast

from books import OPEN_STATES, Books, Posting, State, Tenant, open_books
from target_xero import documents
from target_xero.accounts import BankAccounts, UnknownBankAccount
from target_xero.agreement import head_differences, is_gone
from target_xero.cards import CARDS, Card, read_card
from target_xero.credits import made_from
from target_xero.desk import Desk, Organisation, Pending
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
from target_xero.if_absent import Absent
from target_xero.invoices import BY_NUMBER
from target_xero.items import card_rows
from target_xero.preview_tracking import tracking_rows
from target_xero.recovery import pending_of
from target_xero.tally import Tally, counted
from target_xero.transfers import place
from xero_api import Session, reads

_IN_MEMORY = "sqlite://"
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

    def add_deferral(self, record: dict[str, Any]) -> None:
        """Leave a deferred transaction alone: nothing is written."""

    def add_held(self, record: dict[str, Any]) -> None:
        """Leave a held record alone: nothing is written."""

    def add_vat(self, record: dict[str, Any]) -> None:
        """Leave what the VAT report says alone: nothing is written."""

    def drain(self) -> None:
        """Wait for the end: a preview is one table."""

    def abandon(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Make the table: each document that would be posted, and totals by stream."""
        waiting = self._books and self._books.postings(states=OPEN_STATES)
        if not self._pending and not self._cards and not waiting:
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
            *tracking_rows(
                line.pending.document for line in lines if line.would in ("post", "update")
            ),
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
        arrived = list(self._pending.values())
        verdicts = self._verdicts(organisation, tenant, arrived)
        for stream in documents.IN_POSTING_ORDER:
            for pending in arrived:
                if pending.stream == stream:
                    would, words = verdicts[pending]
                    yield Line(would, pending, _amount(pending), words)

    def _verdicts(
        self, organisation: Organisation, tenant: Tenant | None, arrived: Sequence[Pending]
    ) -> dict[Pending, tuple[str, str]]:
        """Decide for every document; invoices made from settlements last, as a run does."""
        absent = [each for each in arrived if _is_if_absent(each)]
        new = [each for each in arrived if each.vendor_id is None and each not in absent]
        there = self._invoices_in_xero(new)
        banks = BankAccounts(self.session)
        verdicts = {
            each: _verdict(each, organisation, there, banks)
            for each in arrived
            if each not in absent
        }
        made = [each for each, (would, _) in verdicts.items() if would == "post"]
        for pending, (would, words) in self._placed(organisation, tenant, absent, made).items():
            verdict = _verdict(pending, organisation, {}, banks) if would == "post" else None
            verdicts[pending] = (verdict[0], verdict[1] or words) if verdict else (would, words)
        return verdicts

    def _placed(
        self,
        organisation: Organisation,
        tenant: Tenant | None,
        absent: Sequence[Pending],
        made: Sequence[Pending],
    ) -> dict[Pending, tuple[str, str]]:
        """Find which invoice each settlement's rows of an order belong to, by the run's own rule.

        made: what this run would have posted before it asks.
        """
        if not absent:
            return {}
        payments = [each for each in self._pending.values() if isinstance(each.document, Payment)]
        with open_books(_IN_MEMORY) as rehearsal:
            desk = self._desk(organisation, tenant, rehearsal)
            orders = [order for each in absent if (order := each.document.source.order_id)]
            if self._books is not None:
                rehearsal.save(self._books.postings(organisation.tenant, order_ids=orders))
            rehearsal.save(
                desk.posted(each, f"made:{each.document_id}")
                for each in made
                if isinstance(each.document, Invoice)
            )
            found = Absent(desk, absent, payments).resolve()
        verdicts = {each: ("post", f"as {number}") for each, number in found.create}
        for each, number, invoice_id in found.skip:
            known = invoice_id is not None and not invoice_id.startswith("made:")
            where = "is in Xero" if known else "comes from this run"
            verdicts[each] = ("leave", f"invoice {number} {where}")
        for each, element in found.ours:
            gone = is_gone(element)
            verdicts[each] = (
                ("hold", f"a person has set it to {element['Status']} in Xero")
                if gone
                else _verdict_on_number(cast(Invoice, each.document), element)
            )
        return verdicts

    def _desk(self, organisation: Organisation, tenant: Tenant | None, rehearsal: Books) -> Desk:
        began = Tenant(tenant=organisation.tenant, name=organisation.name, began=datetime.now(UTC))
        return Desk(
            session=self.session,
            books=rehearsal,
            tenant=tenant or began,
            organisation=organisation,
            run_id="",
            batch_size=1,
            now=lambda: datetime.now(UTC),
            sleep=time.sleep,
            tally=Tally(),
            is_new=tenant is None,
        )

    def _known(self, tenant: Tenant | None) -> dict[str, Posting]:
        """Read what the books know, and take up what earlier runs left, before what arrived."""
        if tenant is None or self._books is None:
            return {}
        left = [
            pending_of(row)
            for row in self._books.postings(tenant.tenant, states=OPEN_STATES)
            if row.stream in documents.IN_POSTING_ORDER and row.reason != "voided"
        ]
        for arrival, each in enumerate(left):
            each.arrival = arrival - len(left)
            if each.document_id in self._pending:
                self._pending[each.document_id].arrival = each.arrival
        self._pending = {each.document_id: each for each in left} | self._pending
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
    document, known = pending.document, _verdict_of_books(pending)
    if known is not None:
        return known
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


def _verdict_of_books(pending: Pending) -> tuple[str, str] | None:
    """Say what the books alone decide about a document."""
    posting = pending.posting
    if pending.is_unchanged:
        return "unchanged", ""
    if posting is not None and posting.state is State.INTENDED:
        return "look up", "a run that died was sending it"
    if posting is not None and posting.reason == BY_NUMBER:
        return "leave", f"invoice {posting.number} is in Xero"
    return None


def _is_if_absent(pending: Pending) -> bool:
    """An invoice made from a settlement's rows, of which Xero has no version yet."""
    sent = pending.posting is not None and pending.posting.state is State.INTENDED
    return (
        isinstance(pending.document, Invoice)
        and pending.document.if_absent
        and pending.vendor_id is None
        and not sent
    )


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
