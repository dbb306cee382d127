"""What the mapper does with each source record: the fold of a settlement, and its posting.

Free of Singer's pipes: records come in, messages come out, in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from singer_sdk import singerlib as singer

import books
from transforms import messages, records
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import Document
from transforms.ledger.orders import UnclearAmounts, order_invoice
from transforms.ledger.outcome import Held, NotPosted, Outcome
from transforms.ledger.placing import NON_AMAZON, Unplaced
from transforms.ledger.posting import post, settle_order
from transforms.ledger.proof import EventGroup
from transforms.ledger.sales import UnmappedSku
from transforms.ledger.settlement import Settlement
from transforms.rows import Rows
from transforms.wire import Line, ManyValues, Spool

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
        self.left_out: Counter[str] = Counter()

    def _held(self) -> list[books.Held]:
        return list(self._books.held(self._organisation)) if self._books else []

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

    def _replay_settled_order(self, source: Record) -> Messages:
        marketplace = self._book.marketplace(source["marketplace"])
        part = Settlement.from_record(source["settlement"])
        if marketplace is None:
            return
        try:
            outcome = settle_order(part, marketplace, self._book)
        except (UnmappedSku, Unplaced):
            return
        yield from self._emit(outcome)
        proof = self._proof(part.settlement_id)
        if proof is not None:
            yield self._proven_record(messages.with_documents(proof, outcome.proven))

    # -- the tap's records -----------------------------------------------------------------

    def record(self, stream: str, record: Record) -> Messages:
        """Take one source record."""
        match stream:
            case "settlement_rows":
                self.rows.record(record)
            case "settlements":
                yield from self._close(record)
            case "orders":
                yield from self.order(record)
            case "financial_event_groups":
                if group := records.event_group(record):
                    self._groups[group.start, group.end, group.currency] = group

    def _opened(self, settlement_id: str) -> Settlement:
        """Give a settlement whose rows come; it is open from its first row on."""
        settlement = self._open.get(settlement_id)
        if settlement is None:
            alone = self._book.catalogue.is_alone
            settlement = self._open[settlement_id] = Settlement(settlement_id, alone=alone)
        return settlement

    def _row_unread(self, settlement_id: str, row: int) -> None:
        fault = f"settlement {settlement_id}, row {row}: no posted date or no amount"
        self._unreadable.setdefault(settlement_id, fault)

    def _close(self, record: Record) -> Messages:
        """Post a settlement: its closing record has come, and all its rows before it."""
        settlement_id = record["settlement_id"]
        self.rows.forget()
        settlement = self._open.pop(settlement_id, None) or Settlement(settlement_id)
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
        yield from self._post(settlement, group)

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

    def _post(self, settlement: Settlement, group: EventGroup | None) -> Messages:
        """Post a settlement: nothing of it is said before the whole of it is known to be right."""
        spool, documents, made = Spool(), ManyValues(), list[str]()
        try:
            for part in post(settlement, self._book, group):
                for line in self._lines(part, made):
                    spool.add(line)
                for each in part.proven:
                    documents.add(messages.proven_record(each))
                proof = part.proof
        except NotPosted as refusal:
            spool.drop()
            yield from self._not_posted(refusal.outcome, group)
            return
        yield from spool.lines()
        for document_id in made:
            yield from self._resolve(document_id)
        if proof is not None:
            said = messages.proof_line(proof, self._organisation, documents)
            yield self._proven(settlement.settlement_id, said)
        yield from self._resolve(f"settlement:{settlement.settlement_id}")

    def _lines(self, part: Outcome, made: list[str]) -> Iterator[bytes]:
        """Write a part's documents, and what of it waits; note what waited and is made now."""
        held = {each.document_id for each in part.held}
        for document in part.documents:
            yield self._line(document).line
            if document.document_id in self._waiting and document.document_id not in held:
                made.append(document.document_id)
        for each in part.held:
            yield messages.held_line(each, self._organisation).line

    def _not_posted(self, outcome: Outcome, group: EventGroup | None) -> Messages:
        for held in outcome.held:
            if held.record is not None and held.record["type"] == "settlement":
                held.record["event_group"] = records.event_group_record(group) if group else None
        yield from self._emit(outcome)

    def order(self, record: Record) -> Messages:
        """Make the invoice of a shipped order of a marketplace in style `orders`."""
        marketplace = self._marketplace_of(record)
        if marketplace is None or record["status"] != "SHIPPED":
            return
        document_id = f"invoice:{record['order_id']}"
        reason = "unclear_amounts"
        try:
            read = records.order(record, marketplace, self._zone)
            if read.day < self._book.choices.books_start:
                return
            invoice = order_invoice(read, self._book)
        except UnmappedSku as fault:
            reason, details = "unmapped_sku", str(fault)
        except Unplaced as fault:
            reason, details = fault.reason, str(fault)
        except (UnclearAmounts, records.Unreadable) as fault:
            details = str(fault)
        else:
            if invoice is not None:
                yield self._line(invoice)
            yield from self._resolve(document_id)
            return
        held = Held(
            document_id=document_id,
            stream="invoices",
            reason=reason,
            details=details,
            record={"type": "order", "record": record},
            order_id=record["order_id"],
        )
        yield from self._hold(held)

    def _marketplace_of(self, record: Record) -> Marketplace | None:
        """Find the marketplace whose orders become invoices; None where they do not."""
        channel = (record["channel"] or "").replace("_", "-").casefold()
        if channel.startswith(NON_AMAZON):
            return None
        marketplace = self._book.marketplace_by_id(record["marketplace_id"] or "")
        if marketplace is None:
            self.left_out[record["marketplace_name"] or record["marketplace_id"] or "?"] += 1
            return None
        return marketplace if marketplace.posting == "orders" else None

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
            yield self._proven_record(messages.proof_record(outcome.proof, self._organisation))

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
        held = Held(
            document_id=f"settlement:{record['settlement_id']}",
            stream="settlements",
            reason="unreadable",
            details=f"{fault}; nothing of it is posted",
            record=None,
            currency=record["currency"],
            settlement_id=record["settlement_id"],
        )
        yield from self._hold(held)
        proof = messages.unread_proof_record(record, f"unreadable: {fault}", self._organisation)
        yield self._proven_record(proof)

    def _changed_report(self, record: Record, posted: Record) -> Messages:
        """Another report of a settlement already posted changes nothing; the proof shows it."""
        settlement_id, checksum = record["settlement_id"], record["checksum"] or ""
        report = record["report_id"] or record["source"]
        details = (
            f"report {report} gives settlement {settlement_id} other content than the report it "
            f"was posted from: total {record['total_amount']} against {posted['deposit']}; "
            "nothing was changed"
        )
        held = Held(
            document_id=f"settlement:{settlement_id}:{checksum[:8]}",
            stream="settlements",
            reason="changed_report",
            details=details,
            record=None,
            currency=record["currency"],
            settlement_id=settlement_id,
        )
        yield from self._hold(held)
        difference = {"name": "changed_report", "amount": None, "details": details}
        if difference not in posted["differences"]:
            yield self._proven_record(
                posted | {"differences": [*posted["differences"], difference]}
            )
