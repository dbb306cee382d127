"""A run: documents queue up as they arrive, and each drain brings all of them to their end.

Drains go by kind, whatever the order of arrival: invoices, payments, journals, bank transactions;
then the proofs and the mapper's held records go into the books. The first drain begins with what
earlier runs left: documents intended, rejected or held.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from books import Books, Posting, Run, State
from target_xero import documents
from target_xero.allocations import AllocationPosting
from target_xero.cards import CARDS, Card, cards_of, read_card
from target_xero.credits import CreditNotePosting, RefundPosting, made_from
from target_xero.desk import Desk, Organisation, Pending
from target_xero.entries import EntryPosting
from target_xero.evidence import Evidence, is_due
from target_xero.invoices import InvoicePosting
from target_xero.items import post_cards
from target_xero.kinds import BankTransactions, Journals
from target_xero.payments import PaymentPosting
from target_xero.recovery import pending_of, recover
from target_xero.stock import STOCK_LEVELS, StockLevel, read_level
from target_xero.stock_posting import StockPosting
from target_xero.tally import Did, Tally
from target_xero.transfers import BankTransfers, place
from xero_api import DayLimitReached, Session, reads

_NOT_IN = (State.REJECTED, State.HELD)

_logger = logging.getLogger("target-xero")


@dataclass
class PostingRun:
    """Everything one run of the target does with Xero and the books.

    is_new: whether these books posted nothing yet; None asks them.
    """

    session: Session
    books: Books
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    batch_size: int = 50
    attach_evidence: bool = False
    is_new: bool | None = None
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._queue: list[Pending] = []
        self._cards: dict[str, Card] = {}
        self._proofs: list[dict[str, Any]] = []
        self._evidence_is_due = self.attach_evidence
        self._held: list[dict[str, Any]] = []
        self._vat: list[dict[str, Any]] = []
        self._deferrals: list[dict[str, Any]] = []
        self._levels: dict[str, StockLevel] = {}
        self._arrivals = count(1)
        self._desk: Desk | None = None
        self._run: Run | None = None
        self._open = ExitStack()
        self._is_first = True

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Queue a document, card or level; raises fields.Unreadable when the record is none."""
        if stream in CARDS:
            card = read_card(stream, record)
            self._cards[card.document_id] = card
            return
        if stream == STOCK_LEVELS:
            level = read_level(record)
            self._levels[level.document_id] = level
            return
        self._queue.append(Pending.of(stream, record, next(self._arrivals)))

    def add_proof(self, record: dict[str, Any]) -> None:
        """Queue a settlement's proof."""
        self._proofs.append(record)

    def add_held(self, record: dict[str, Any]) -> None:
        """Queue a document that the mapper holds, or the word that it no longer does."""
        self._held.append(record)

    def add_vat(self, record: dict[str, Any]) -> None:
        """Queue what the VAT report says of an order."""
        self._vat.append(record)

    def add_trail(self, record: dict[str, Any]) -> None:
        """Keep a part of the rows behind a settlement; nothing is posted of it."""
        self.books.record_trace(record)

    def add_deferral(self, record: dict[str, Any]) -> None:
        """Queue a transaction that Amazon deferred."""
        self._deferrals.append(record)

    def drain(self) -> None:
        """Bring everything queued to its end: posted, held or rejected, and written down."""
        self._post_cards()
        pending = self._take_queue()
        if pending:
            self._post(pending)
        self._post_stock()
        proofs = self._keep_records()
        if self.attach_evidence:
            self._attach(proofs)

    def close(self) -> None:
        """End the run: note what it did, and let the next one in."""
        if self._run is not None:
            self.books.end_run(self._run, self.tally.summary())
        self._open.close()

    def abandon(self) -> None:
        """Let the next run in without noting an end."""
        self._open.close()

    @property
    def organisation_name(self) -> str:
        """The organisation's name; empty while there was nothing to ask it for."""
        return self._desk.organisation.name if self._desk else ""

    @property
    def contacts_made(self) -> set[str]:
        """The contacts that documents named and Xero did not have."""
        return self._desk.contacts.made if self._desk else set()

    # What to post

    def _post_cards(self) -> None:
        """Bring contacts and items to their end, before the documents that name them."""
        if self._is_first:
            left = [row for row in self.books.postings(states=_NOT_IN) if row.stream in CARDS]
            if left:
                tenant = self.desk().tenant.tenant
                old = cards_of(row for row in left if row.tenant == tenant)
                self._cards = {card.document_id: card for card in old} | self._cards
        cards, self._cards = list(self._cards.values()), {}
        if not cards or self.tally.day_limit:
            return
        try:
            post_cards(self.desk(), cards)
        except DayLimitReached as limit:
            self.tally.day_limit = str(limit)

    def _take_queue(self) -> list[Pending]:
        """Take what arrived and, in the first drain, what earlier runs left.

        A document that arrived twice, or was left and arrived again, keeps its first turn and
        its last content.
        """
        if self._queue:
            self.desk()  # alone from here on: what another run leaves is read after it has ended
        left = self._left_by_earlier_runs() if self._is_first else self._waiting_for_invoices()
        self._is_first = False
        arrived, self._queue = self._queue, []
        by_id: dict[str, Pending] = {each.document_id: each for each in left}
        for each in arrived:
            earlier = by_id.get(each.document_id)
            if earlier is not None:
                each.arrival = earlier.arrival
            by_id[each.document_id] = each
        for note in [each for each in by_id.values() if each.stream == documents.CREDIT_NOTES]:
            by_id |= {each.document_id: each for each in made_from(note)}
        if not by_id:
            return []
        self._attach_postings(by_id)
        return sorted(by_id.values(), key=lambda each: each.arrival)

    def _left_by_earlier_runs(self) -> list[Pending]:
        """Settle what a killed run intended, and take up what was rejected or held."""
        states = (State.INTENDED, *_NOT_IN)
        if not any(_can_be_retried(row) for row in self.books.postings(states=states)):
            return []
        desk = self.desk()
        left = recover(desk)
        rows = self._rows(states=_NOT_IN)
        # Numbered before everything that arrives, in the order in which they were first seen.
        left.extend(pending_of(row) for row in rows)
        for arrival, each in enumerate(left):
            each.arrival = arrival - len(left)
        return left

    def _waiting_for_invoices(self) -> list[Pending]:
        """In a later drain, take up what waits for invoices that may have come since."""
        if self._desk is None or self.tally.day_limit:
            return []
        rows = [
            row
            for stream in (documents.PAYMENTS, documents.ALLOCATIONS)
            for row in self._rows(states=(State.HELD,), stream=stream)
        ]
        return [pending_of(row) for row in rows if row.reason == "no_invoice"]

    def _rows(self, **which: Any) -> list[Posting]:
        rows = self.books.postings(self.desk().tenant.tenant, **which)
        return [row for row in rows if _can_be_retried(row)]

    def _attach_postings(self, by_id: dict[str, Pending]) -> None:
        known = self.books.postings(self.desk().tenant.tenant, document_ids=list(by_id))
        for posting in known:
            by_id[posting.document_id].meet(posting)

    # Posting

    def desk(self) -> Desk:
        """Open Xero and the books for this organisation, alone, when first needed."""
        if self._desk is None:
            organisation = Organisation.of(reads.organisation(self.session))
            self._open.enter_context(self.books.exclusive(organisation.tenant))
            self._run = self.books.start_run(organisation.tenant)
            self._desk = Desk(
                session=self.session,
                books=self.books,
                tenant=self.books.tenant(organisation.tenant, organisation.name),
                organisation=organisation,
                run_id=self._run.run_id,
                batch_size=self.batch_size,
                now=self.now,
                sleep=self.sleep,
                tally=self.tally,
                is_new=self._is_new(organisation.tenant),
            )
            if self._desk.is_new:
                _logger.info(
                    "Nothing of %s is in these books yet: what Xero has already is adopted. "
                    "If books were lost, run once with --full-refresh",
                    organisation.name,
                )
        return self._desk

    def _is_new(self, tenant: str) -> bool:
        return not self.books.has_posted(tenant) if self.is_new is None else self.is_new

    def _post(self, pending: list[Pending]) -> None:
        desk = self.desk()
        self._warn_of_other_organisation(pending)
        if not self.tally.day_limit:
            try:
                post_all(desk, pending)
            except DayLimitReached as limit:
                self.tally.day_limit = str(limit)
        if self.tally.day_limit:
            self._keep_for_tomorrow(pending)

    def _post_stock(self) -> None:
        """Bring stock to its levels, after the sales and purchases that move it themselves.

        What a day's calls do not reach is not kept: the next count is newer.
        """
        levels, self._levels = list(self._levels.values()), {}
        if not levels or self.tally.day_limit:
            return
        try:
            StockPosting(self.desk()).process(levels)
        except DayLimitReached as limit:
            self.tally.day_limit = str(limit)

    def _keep_for_tomorrow(self, pending: Iterable[Pending]) -> None:
        """Keep what the day's calls did not reach; what is intended stays so, to be looked up."""
        for each in pending:
            if each.done:
                continue
            self.tally.left_for_tomorrow += 1
            if each.posting is not None and each.posting.state is State.INTENDED:
                if each.posting.content_hash != each.content_hash:
                    # Neither version may be lost: without state, this one comes again.
                    raise DayLimitReached(self.tally.day_limit)
                self.tally.add(each.document_id, Did.HELD, each.stream, self.tally.day_limit)
            elif self._desk is not None:
                self._desk.hold(each, "day_limit", self.tally.day_limit)

    def _warn_of_other_organisation(self, pending: Iterable[Pending]) -> None:
        name = self.desk().organisation.name
        for meant in {each.document.source.organisation for each in pending} - {name, ""}:
            _logger.warning("Documents of %s are posted to the Xero organisation %s", meant, name)

    def _attach(self, proofs: list[dict[str, Any]]) -> None:
        """Attach the evidence of proofs that came, and in the first drain of what was left."""
        left = self._evidence_is_due and is_due(self.books)
        self._evidence_is_due = False
        if (not proofs and not left) or self.tally.day_limit:
            return
        try:
            Evidence(self.desk()).attach(proofs, left=left)
        except DayLimitReached as limit:
            self.tally.day_limit = str(limit)

    def _keep_records(self) -> list[dict[str, Any]]:
        """Write what the mapper says into the books, documents aside; give the proofs."""
        vat, self._vat = self._vat, []
        if vat:
            self.books.vat_lines.record(vat)
        proofs, self._proofs = self._proofs, []
        for record in proofs:
            known = self.books.proof(record["organisation"], record["settlement_id"])
            self.books.record_proof(record)
            self.tally.add_proof(record, known)
        held, self._held = self._held, []
        for record in held:
            self.books.record_held(record)
            if record["state"] == "held":
                self.tally.waiting_in_mapper[record["document_id"]] = record["details"] or ""
            else:
                self.tally.waiting_in_mapper.pop(record["document_id"], None)
        deferrals, self._deferrals = self._deferrals, []
        for record in deferrals:
            self.books.deferrals.record(record)
        return proofs


def post_all(desk: Desk, pending: list[Pending]) -> None:
    """Post documents by kind, each after those that it may rest on."""
    for each in pending:
        place(each, desk.bank_accounts)
    by_stream = {
        stream: [each for each in pending if each.stream == stream and not each.done]
        for stream in documents.IN_POSTING_ORDER
    }
    payments = by_stream[documents.PAYMENTS]
    InvoicePosting(desk).process(by_stream[documents.INVOICES], payments)
    CreditNotePosting(desk).process(by_stream[documents.CREDIT_NOTES])
    PaymentPosting(desk).process(payments)
    paid_back = [each for each in payments if each.stream == documents.REFUNDS]
    RefundPosting(desk).process([*by_stream[documents.REFUNDS], *paid_back])
    AllocationPosting(desk).process(by_stream[documents.ALLOCATIONS])
    EntryPosting(desk, Journals()).process(by_stream[documents.JOURNALS])
    EntryPosting(desk, BankTransactions()).process(by_stream[documents.BANK_TRANSACTIONS])
    EntryPosting(desk, BankTransfers()).process(by_stream[documents.BANK_TRANSFERS])


def _can_be_retried(row: Posting) -> bool:
    """What a person voided stays voided, and contacts are no documents."""
    return row.stream in documents.IN_POSTING_ORDER and row.reason != "voided"
