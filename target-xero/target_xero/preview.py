"""A dry run: the run itself, over a copy of the books and a Xero that is only read.

It goes through the very steps of a run, so that it comes to the same documents, numbers and totals;
what it would write is answered by the rehearsal, and its books live in memory only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from books import OPEN_STATES, Books, Posting, Tenant, open_books
from target_xero import documents
from target_xero.cards import CARDS, read_card
from target_xero.desk import Organisation
from target_xero.posting import PostingRun
from target_xero.preview_tracking import tracking_rows
from target_xero.reading import read_document
from target_xero.rehearsal import RehearsedSession
from target_xero.stock import STOCK_LEVELS, read_level
from target_xero.tally import Did, Tally, counted
from xero_api import reads

_IN_MEMORY = "sqlite://"
_COLUMNS = (10, 18, 48, 11, 14, 4)
WOULD = {
    Did.POSTED: "post",
    Did.UPDATED: "update",
    Did.ADOPTED: "adopt",
    Did.ALREADY_THERE: "leave",
    Did.UNCHANGED: "unchanged",
    Did.HELD: "hold",
    Did.REJECTED: "reject",
}
_ORDER = (*CARDS, *documents.IN_POSTING_ORDER, STOCK_LEVELS)

Record = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """What would become of one document; row: the books as they would be."""

    would: str
    row: Posting
    words: str


class Preview:
    """Collects documents as they arrive and says at the end what would become of each."""

    def __init__(
        self,
        session: RehearsedSession,
        books: Books | None,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self.session = session
        self._books = books
        self._now = now
        self._sleep = sleep
        self._arrived: list[tuple[str, Record]] = []
        self.tally = Tally()
        self.table: list[str] = []

    def add(self, stream: str, record: Record) -> None:
        """Take a document; raises fields.Unreadable when the record is none."""
        if stream == STOCK_LEVELS:
            read_level(record)
        else:
            read = read_card if stream in CARDS else read_document
            read(stream, record)
        self._arrived.append((stream, record))

    def add_proof(self, record: Record) -> None:
        """Leave a proof alone: nothing is written."""

    def add_trail(self, record: Record) -> None:
        """Leave the rows behind a settlement alone: nothing is written."""

    def add_deferral(self, record: Record) -> None:
        """Leave a deferred transaction alone: nothing is written."""

    def add_held(self, record: Record) -> None:
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
        if not self._arrived and not waiting:
            self.table = ["dry run: nothing to post"]
            return
        organisation = Organisation.of(reads.organisation(self.session))
        tenant = self._books.known_tenant(organisation.tenant) if self._books else None
        began = tenant.began if tenant else self._now()
        with open_books(_IN_MEMORY, lambda: began) as rehearsal:
            rehearsal.tenant(organisation.tenant, organisation.name)
            if tenant and self._books:
                rehearsal.save(related(self._books, tenant, self._arrived))
            lines = self._rehearsed(rehearsal, organisation, tenant)
        self.table = [
            f"dry run for {organisation.name}: nothing is written",
            *(_row(line) for line in lines if line.would != "unchanged"),
            *tracking_rows(
                read_document(line.row.stream, json.loads(line.row.document))
                for line in lines
                if line.would in ("post", "update") and line.row.stream in documents.ARRIVING
            ),
            *_totals(lines),
        ]
        if self.tally.day_limit:
            self.table.append(f"not all is shown: {self.tally.day_limit}")

    def _rehearsed(
        self, rehearsal: Books, organisation: Organisation, tenant: Tenant | None
    ) -> list[Line]:
        """Go through the run, and read from its books what it did."""
        is_new = not (tenant and self._books and self._books.has_posted(tenant.tenant))
        run = PostingRun(
            session=self.session,
            books=rehearsal,
            now=self._now,
            sleep=self._sleep,
            is_new=is_new,
        )
        for stream, record in self._arrived:
            run.add(stream, record)
        run.drain()
        run.close()
        self.tally.day_limit = run.tally.day_limit
        told = run.tally.documents
        told |= {
            f"contact:{name}": (Did.POSTED, "contacts", "")
            for name in run.contacts_made
            if f"contact:{name}" not in told
        }
        rows = rehearsal.postings(organisation.tenant, document_ids=list(told))
        by_id = {row.document_id: row for row in rows}
        made = {row.vendor_id for row in rows if told[row.document_id][0] is Did.POSTED}
        lines = [
            Line(WOULD[did], by_id[each], _words(did, by_id[each], words, made))
            for each, (did, _, words) in told.items()
            if each in by_id  # stock that is as it should be has no row
        ]
        return sorted(lines, key=lambda line: _ORDER.index(line.row.stream))


def related(books: Books, tenant: Tenant, arrived: Iterable[tuple[str, Record]]) -> list[Posting]:
    """Everything in the books that a run of these documents, and of what waits, would look at."""
    waiting = books.postings(tenant.tenant, states=OPEN_STATES)
    records = [record for _, record in arrived] + [json.loads(row.document) for row in waiting]
    ids = {name for each in records for name in _ids(each)}
    numbers = {
        each[name]
        for each in records
        for name in ("number", "pays", "refunds", "invoice")
        if each.get(name)
    }
    orders = {order for each in records if (order := (each.get("source") or {}).get("order_id"))}
    rows = [*waiting, *books.postings(tenant.tenant, stream="contacts")]
    rows += books.postings(tenant.tenant, document_ids=ids)
    rows += books.postings(tenant.tenant, numbers=numbers)
    rows += books.postings(tenant.tenant, order_ids=orders)
    parents = {row.vendor_id for row in rows if row.vendor_id}
    rows += books.postings(tenant.tenant, parent_ids=parents)
    keys = {row.idempotency_key for row in waiting if row.idempotency_key}
    rows += books.postings(tenant.tenant, idempotency_keys=keys)
    return list({row.document_id: row for row in rows}.values())


def _ids(record: Mapping[str, Any]) -> Iterator[str]:
    for name in ("document_id", "credit_note"):
        if identity := record.get(name):
            yield identity
            yield from (f"{identity}:{part}" for part in ("refund", "allocation", "excess"))


def _words(did: Did, row: Posting, words: str, made: set[str | None]) -> str:
    record = json.loads(row.document)
    if did is Did.ALREADY_THERE and row.stream == documents.INVOICES:
        where = "comes from this run" if row.vendor_id in made else "is in Xero"
        return f"invoice {row.number} {where}"
    if did is Did.ADOPTED:
        return "it is in Xero"
    if did is Did.POSTED and row.stream == STOCK_LEVELS:
        return str(record["reference"])
    parts = [words]
    is_document = row.stream not in CARDS
    if did is Did.POSTED and is_document and row.number != record.get("number", row.number):
        parts.append(f"as {row.number}")
    if did is Did.POSTED and (moved := record.get("moved_from")):
        parts.append(f"dated {moved}, which Xero has locked")
    return "; ".join(part for part in parts if part)


def _totals(lines: Iterable[Line]) -> list[str]:
    sums: dict[tuple[str, str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for line in lines:
        if line.row.stream not in CARDS:
            key = (line.would, line.row.stream, str(line.row.currency))
            number, total = sums[key]
            sums[key] = (number + 1, total + _amount(line.row))
    return [
        f"{would}: {counted(number, stream)}, {total:,.2f} {currency}"
        for (would, stream, currency), (number, total) in sorted(sums.items())
    ]


def _amount(row: Posting) -> Decimal:
    """What is posted, or waits; of a journal its debits."""
    if row.amount is not None:
        return row.amount
    lines = json.loads(row.document).get("lines") or ()
    return sum((max(Decimal(each["amount"]), Decimal(0)) for each in lines), Decimal(0))


def _row(line: Line) -> str:
    row = line.row
    if row.stream in CARDS:
        return f"{line.would:10} {row.stream} {row.document_id} {line.words}".rstrip()
    cells = (
        line.would,
        row.stream,
        row.document_id,
        str(row.date),
        f"{_amount(row):,.2f}",
        str(row.currency),
    )
    text = " ".join(_cell(cell, width) for cell, width in zip(cells, _COLUMNS, strict=True))
    return f"{text} {line.words}".rstrip()


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() and "." in text else text.ljust(width)
