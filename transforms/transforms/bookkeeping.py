"""What the mapper does with each source record: the fold of a settlement, and its posting.

Free of Singer's pipes: records come in, messages come out, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from singer_sdk import singerlib as singer

import books
from transforms import finances, messages, proofs, records, reports
from transforms.drafts import Draft
from transforms.gathering import Gathering, Made
from transforms.ledger.book import Book
from transforms.ledger.documents import Document
from transforms.ledger.events import Events
from transforms.ledger.items import Item
from transforms.ledger.outcome import Held, NotPosted, Outcome
from transforms.ledger.posting import post, settle_order
from transforms.ledger.proof import EventGroup
from transforms.ledger.sales import UnmappedSku
from transforms.ledger.settlement import Settlement
from transforms.ledger.stock import StockLevel
from transforms.ledger.unplaced import Unplaced
from transforms.ledger.vat_proof import late_lines
from transforms.posted import as_posted, beside_invoices, destinations_posted
from transforms.pricing.offering import PRICES, QUANTITIES
from transforms.rows import Rows
from transforms.sold import Orders
from transforms.trail import trail
from transforms.vat import VatShelf
from transforms.wire import Line

Record = dict[str, Any]
Messages = Iterator[singer.Message]


class Bookkeeper:
    """Folds settlements, makes documents, remembers what waits. One for each run."""

    def __init__(self, book: Book, kept: books.Books | None) -> None:
        self._book = book
        self._books = kept
        self._zone = ZoneInfo(book.choices.time_zone)
        self._organisation = book.choices.organisation
        self._groups: dict[tuple[str, str, str], EventGroup] = {}
        self._open: dict[str, Settlement] = {}
        self._unreadable: dict[str, str] = {}
        self._proofs: dict[str, Line] = {}
        self._waiting = {each.document_id: each for each in self._held()}
        self.rows = Rows(self._zone, self._opened, self._row_unread)
        self._events: dict[str, Events] = {}
        self.gathering = Gathering(book, kept, self._zone)
        self._vat = VatShelf(kept, self._organisation)
        self._orders = Orders(book, kept, self._zone, self._vat)
        self.left_out, self.not_told = self._orders.left_out, self._orders.not_told

    def _held(self) -> list[books.Held]:
        """Read what waits; prices and quantities of listings are the price-mapper's to tell."""
        kept = self._books.held(self._organisation) if self._books else ()
        return [each for each in kept if each.stream not in (PRICES, QUANTITIES)]

    @property
    def open_settlements(self) -> list[str]:
        """Settlements whose rows have begun and whose closing record has not come."""
        return list(self._open)

    # -- what waits from earlier runs ------------------------------------------------------

    def replay(self) -> Messages:
        """Try again everything that waited, before the tap's own records."""
        for held in list(self._waiting.values()):
            said = False
            for message in self._replayed(held):
                record = getattr(message, "record", {})
                said = said or record.get("document_id") == held.document_id
                yield message
            if not said and held.document_id in self._waiting:
                yield messages.still_held_message(held)

    def _replayed(self, held: books.Held) -> Messages:
        source = json.loads(held.record) if held.record else {}
        match source.get("type"):
            case "order":
                yield from self.order(source["record"])
            case "settlement":
                group = source["event_group"]
                yield from self._post(
                    Settlement.from_record(source["settlement"]),
                    records.event_group(group) if group else None,
                )
            case "settled_order":
                yield from self._replay_settled_order(source)
            case "accrual":
                yield from self._gathered(self.gathering.again(source))

    def _replay_settled_order(self, source: Record) -> Messages:
        marketplace = self._book.marketplace(source["marketplace"])
        part = Settlement.from_record(source["settlement"])
        if marketplace is None:
            return
        try:
            vat = self._vat.of(part)
            outcome = settle_order(part, marketplace, self._book, vat)
        except (UnmappedSku, Unplaced):
            return
        yield from self._emit(outcome)
        proof = self._proof(part.settlement_id)
        if proof is not None:
            yield self._proven_record(proofs.with_documents(proof, outcome.proven))

    # -- the tap's records -----------------------------------------------------------------

    def record(self, stream: str, record: Record) -> Messages:
        """Take one source record; the VAT report's come before those that rest on them."""
        if stream == "vat_transactions":
            self._vat.read(record)
            return
        yield from self._vat_lines()
        yield from self._taken(stream, record)

    def _taken(self, stream: str, record: Record) -> Messages:
        match stream:
            case "settlement_rows":
                self.rows.record(record)
            case "settlements":
                yield from self._close(record)
            case "orders":
                yield from self.order(record)
            case "financial_event_groups":
                if group := records.event_group(record):
                    self._groups[group.key] = group
                    yield from self._converted(group)
            case "settlement_transactions":
                events = self._events.setdefault(record["settlement_id"], Events(self._book))
                try:
                    events.add(finances.transaction(record, self._zone))
                except records.Unreadable as fault:
                    events.unreadable.append(str(fault))
            case "transactions":
                yield from self._movement(record)
            case "listings" | "inventory":
                yield from self.gathering.record(stream, record)

    def _movement(self, record: Record) -> Messages:
        """Take a transaction of any settlement; one that cannot be read waits by itself."""
        identity = f"deferral:{record['transaction_id']}"
        try:
            yield from self.gathering.record("transactions", record)
        except records.Unreadable as fault:
            yield from self._hold(Held(identity, "journals", "unreadable", str(fault), None))
        else:
            yield from self._resolve(identity)

    def flush(self, stream: str | None = None) -> Messages:
        """Make the documents of streams that have ended: all but the one that goes on."""
        yield from self._gathered(self.gathering.flush(stream))

    def _gathered(self, made: Iterable[Made]) -> Messages:
        """Write what was made; a bare id is a document that is not needed (any more)."""
        for each in made:
            if isinstance(each, Held):
                yield from self._hold(each)
                continue
            if isinstance(each, Item):
                yield messages.item_line(each, confirm=self._book.choices.items == "offered")
            elif isinstance(each, StockLevel):
                yield messages.stock_line(each)
            elif not isinstance(each, str):
                yield self._line(each)
            yield from self._resolve(each if isinstance(each, str) else each.document_id)

    def _converted(self, group: EventGroup) -> Messages:
        """Post a settlement that waited for what Amazon paid out in another currency."""
        for held in list(self._waiting.values()):
            if held.reason != "no_conversion" or not held.record:
                continue
            source = json.loads(held.record)["settlement"]
            if (source["start"], source["end"], source["currency"]) == group.key:
                yield from self._post(Settlement.from_record(source), group)

    def _opened(self, settlement_id: str) -> Settlement:
        """Give a settlement whose rows come; it is open from its first row on."""
        settlement = self._open.get(settlement_id)
        if settlement is None:
            alone = self._book.catalogue.is_alone
            settlement = self._open[settlement_id] = Settlement(settlement_id, alone=alone)
        return settlement

    def _row_unread(self, settlement_id: str, row: int) -> None:
        fault = (
            f"settlement {settlement_id}, row {row}: no posted date, or no amount that is a number"
        )
        self._unreadable.setdefault(settlement_id, fault)

    def _close(self, record: Record) -> Messages:
        """Post a settlement: its closing record has come, and all its rows before it."""
        settlement_id = record["settlement_id"]
        self.rows.forget()
        settlement = self._open.pop(settlement_id, None) or Settlement(settlement_id)
        events = self._events.pop(settlement_id, None)
        fault = record["fault"] or self._unreadable.pop(settlement_id, None)
        posted = self._posted_proof(settlement_id)
        if posted is not None and (fault or posted["checksum"] != record["checksum"]):
            yield from self._changed_report(record, posted)
            return
        if fault:
            yield from self._unread(record, fault)
            return
        settlement.header = records.settlement_header(record, self._zone)
        header = settlement.header
        group = self._groups.get((header.start, header.end, header.currency))
        yield from self._post(settlement, group, events, posted)

    def _proof(self, settlement_id: str) -> Record | None:
        """Give the last proof of a settlement, of this run or of an earlier one."""
        if settlement_id in self._proofs:
            return self._proofs[settlement_id].record
        if self._books is None:
            return None
        return self._books.proof(self._organisation, settlement_id)

    def _posted_proof(self, settlement_id: str) -> Record | None:
        proof = self._proof(settlement_id)
        return proof if proof and proof["status"] == "tied" else None

    def _post(
        self,
        settlement: Settlement,
        group: EventGroup | None,
        events: Events | None = None,
        posted: Record | None = None,
    ) -> Messages:
        """Post a settlement: nothing of it is said before the whole of it is known to be right.

        posted: its proof, where it was posted before.
        """
        book, vat = self._book, self._vat.of(settlement)
        if posted:
            book, vat = as_posted(book, posted), destinations_posted(posted, vat)
        draft = Draft(self._book.choices, self._waiting)
        try:
            for part in post(settlement, book, group, events, vat):
                draft.add(part)
        except NotPosted as refusal:
            draft.close()
            yield from self._not_posted(refusal.outcome, group)
            return
        yield from draft.lines()
        for document_id in draft.made:
            yield from self._resolve(document_id)
        if self._book.choices.trail == "orders":
            yield from trail(settlement, book)
        if draft.proof is not None:
            proof = beside_invoices(
                draft.proof, settlement, posted, self._books, self._organisation
            )
            said = proofs.proof_line(proof, self._organisation, draft.values)
            yield self._proven(settlement.settlement_id, said)
        yield from self._resolve(f"settlement:{settlement.settlement_id}")

    def _not_posted(self, outcome: Outcome, group: EventGroup | None) -> Messages:
        for held in outcome.held:
            if held.record is not None and held.record["type"] == "settlement":
                held.record["event_group"] = records.event_group_record(group) if group else None
        yield from self._emit(outcome)

    def order(self, record: Record) -> Messages:
        """Make the invoice of a shipped order, or the credit note of a cancelled one."""
        yield from self._gathered(self._orders.made(record))

    # -- the VAT report --------------------------------------------------------------------

    def _vat_lines(self) -> Messages:
        """Say what the VAT report told of each order, for the books to keep."""
        for record in self._vat.announce():
            yield messages.vat_line(record)

    def finish(self) -> Messages:
        """Say what is left to say at the end of a run: of VAT reports that came too late."""
        yield from self._vat_lines()
        for settlement_id, lines in self._vat.too_late().items():
            posted = self._posted_proof(settlement_id)
            if posted is None:
                continue
            differences = late_lines(lines, destinations_posted(posted))
            named = [proofs.difference_record(each) for each in differences]
            yield from self._named(posted, named)

    @property
    def unreadable_vat_lines(self) -> list[str]:
        """Lines of the VAT report that lack a figure."""
        return self._vat.unreadable

    # -- messages --------------------------------------------------------------------------

    def _line(self, document: Document) -> Line:
        """Write a document, with what becomes of it in a locked period."""
        return messages.document_line(document, self._book.choices.lock_dates)

    def _emit(self, outcome: Outcome) -> Messages:
        held_ids = {held.document_id for held in outcome.held}
        for document in outcome.documents:
            yield self._line(document)
            if document.document_id not in held_ids:
                yield from self._resolve(document.document_id)
        for held in outcome.held:
            yield from self._hold(held)
        if outcome.proof is not None:
            yield self._proven_record(proofs.proof_record(outcome.proof, self._organisation))

    def _proven(self, settlement_id: str, proof: Line) -> Line:
        self._proofs[settlement_id] = proof
        return proof

    def _proven_record(self, proof: Record) -> Line:
        line = Line({"type": "RECORD", "stream": "settlements", "record": proof})
        return self._proven(proof["settlement_id"], line)

    def _hold(self, held: Held) -> Messages:
        """Say that a document waits, at every run: a target tells what waits by what it hears."""
        yield messages.held_line(held, self._organisation)

    def _resolve(self, document_id: str) -> Messages:
        waiting = self._waiting.pop(document_id, None)
        if waiting is not None:
            yield messages.resolved_message(document_id, waiting.stream, self._organisation)

    def _unread(self, record: Record, fault: str) -> Messages:
        yield from self._hold(reports.unread(record, fault))
        proof = proofs.unread_proof_record(record, f"unreadable: {fault}", self._organisation)
        yield self._proven_record(proof)

    def _changed_report(self, record: Record, posted: Record) -> Messages:
        """Another report of a settlement already posted changes nothing; the proof shows it."""
        held = reports.changed(record, posted)
        yield from self._hold(held)
        difference = {"name": "changed_report", "amount": None, "details": held.details}
        yield from self._named(posted, [difference])

    def _named(self, posted: Record, differences: list[Record]) -> Messages:
        """Add named differences to the proof of a settlement that was posted."""
        new = [each for each in differences if each not in posted["differences"]]
        if new:
            yield self._proven_record(posted | {"differences": [*posted["differences"], *new]})
