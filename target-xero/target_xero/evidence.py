"""Evidence: each settlement's proof as a file on its document in Xero, with a note of the run.

The document is the settlement's payout, else its own invoice, else its journal. What is due is
written into the books before it is sent; the file is found again by its name and the note by its
marker, so that both are there once.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from books import Books, Posting, State
from target_xero import documents, spreadsheet
from target_xero.again import twice
from target_xero.desk import Desk, is_in_xero
from target_xero.recovery import KINDS
from target_xero.tally import Did
from xero_api import OutcomeUnknown, Refused, attachments

STREAM = "evidence"
COLUMNS = ("settlement_id", "kind", "name", "order_id", "document_id", "number", "date", "amount")
_WAITING = (State.INTENDED, State.HELD)
_BEFORE_OTHERS = (documents.BANK_TRANSACTIONS, documents.INVOICES, documents.JOURNALS)
_ORDER = re.compile(r"\b\d{3}-\d{7}-\d{7}\b")
_ATTEMPTS = 3

Proof = dict[str, Any]


def is_due(books: Books) -> bool:
    """Tell whether earlier runs left evidence unattached."""
    return bool(books.postings(stream=STREAM, states=_WAITING))


def as_csv(proof: Proof) -> bytes:
    """Write a proof as CSV: the deposit, its classes, its documents by order, its differences."""
    text = io.StringIO()
    rows = ((proof["settlement_id"], *row) for row in _rows(proof))
    cells = (["" if each is None else str(each) for each in row] for row in rows)
    spreadsheet.write(text, COLUMNS, cells)
    return text.getvalue().encode("utf-8-sig")  # the mark by which spreadsheets know UTF-8


def file_name(settlement_id: str) -> str:
    """The name of a settlement's file: settlement-12345.csv."""
    return f"settlement-{re.sub(r'[^A-Za-z0-9._-]', '-', settlement_id)}.csv"


def _rows(proof: Proof) -> Iterable[tuple[Any, ...]]:
    """Kind, name, order id, document id, number, date, amount."""
    day, deposit = proof.get("deposit_date"), proof.get("deposit")
    yield "deposit", proof.get("status"), "", "", "", day, deposit
    for each in proof.get("classes") or ():
        yield "class", each["class"], "", "", "", "", each["amount"]
    for each in proof.get("documents") or ():
        name = f"{each['stream']}, held" if each["held"] else each["stream"]
        identity = each["document_id"]
        order = _ORDER.search(identity)
        where = (order[0] if order else "", identity, each["number"], each["date"])
        yield "document", name, *where, each["amount"]
    for each in proof.get("differences") or ():
        yield "difference", each["name"], "", "", "", "", each["amount"]


@dataclass(frozen=True)
class _Place:
    """A document of a settlement in Xero; is_new: this run created it, so it bears nothing yet."""

    resource: str
    identity: str
    is_new: bool


class Evidence:
    """Attaches what is due in one drain."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def attach(self, proofs: Iterable[Proof], *, left: bool) -> None:
        """Attach the evidence of these proofs, and of those that earlier runs left."""
        due = {_identity(each): each for each in proofs if each["status"] == "tied"}
        if left:
            for row in self._rows(states=_WAITING):
                due.setdefault(row.document_id, json.loads(row.document))
        known = {row.document_id: row for row in self._rows(document_ids=list(due))}
        for document_id, proof in due.items():
            self._attach(proof, known.get(document_id))

    def _rows(self, **which: Any) -> list[Posting]:
        return self._desk.books.postings(self._desk.tenant.tenant, **{"stream": STREAM, **which})

    def _attach(self, proof: Proof, known: Posting | None) -> None:
        content = as_csv(proof)
        digest = hashlib.sha256(content).hexdigest()
        if known is not None and known.posted_hash == digest:
            return
        row = self._row(proof, known, digest)
        place = self._place(proof, is_first=known is None)
        if place is None:
            self._keep(replace(row, state=State.HELD, reason="no_document"))
            return
        if row.parent_id != place.identity:  # what another document bears does not count here
            row = replace(row, parent_id=place.identity, posted_hash=None)
        intended = self._keep(replace(row, attempts=row.attempts + 1))
        try:
            self._send(intended, place, content)
        except Refused as refused:
            words = f"Xero refuses the evidence of this settlement: {refused}"
            self._keep(replace(intended, state=State.HELD, reason="refused", error=words))
            self._desk.tally.add(row.document_id, Did.HELD, STREAM, words)
            return
        self._keep(replace(intended, state=State.POSTED, posted_hash=digest))
        self._desk.tally.add(row.document_id, Did.POSTED, STREAM)

    def _row(self, proof: Proof, known: Posting | None, digest: str) -> Posting:
        text = documents.as_text(proof)
        if known is not None:
            return replace(
                known,
                state=State.INTENDED,
                content_hash=digest,
                document=text,
                reason=None,
                error=None,
                run_id=self._desk.run_id,
            )
        return Posting(
            tenant=self._desk.tenant.tenant,
            document_id=_identity(proof),
            stream=STREAM,
            state=State.INTENDED,
            content_hash=digest,
            document=text,
            settlement_id=proof["settlement_id"],
            number=file_name(proof["settlement_id"]),
            run_id=self._desk.run_id,
        )

    def _keep(self, row: Posting) -> Posting:
        (kept,) = self._desk.books.save([row])
        return kept

    def _place(self, proof: Proof, *, is_first: bool) -> _Place | None:
        """Find the settlement's document: its payout, else its own invoice, else its journal."""
        ids = [each["document_id"] for each in proof.get("documents") or ()]
        found = self._desk.books.postings(self._desk.tenant.tenant, document_ids=ids)
        for stream in _BEFORE_OTHERS:
            for row in sorted(found, key=lambda each: each.document_id, reverse=True):
                if row.stream == stream and is_in_xero(row) and _is_of_the_settlement(row):
                    did, *_ = self._desk.tally.documents.get(row.document_id, (None,))
                    is_new = is_first and did is Did.POSTED
                    return _Place(KINDS[stream]().resource, str(row.vendor_id), is_new)
        return None

    def _send(self, row: Posting, place: _Place, content: bytes) -> None:
        """Send the file and the note, each unless it is there already."""
        session, name, key = self._desk.session, str(row.number), f"{row.run_id}-{row.attempts}"
        where = (place.resource, place.identity)
        mark = documents.marker(row.document_id)
        replaces = row.posted_hash is not None

        def is_attached() -> bool:
            return name in attachments.file_names(session, *where)

        def is_noted() -> bool:
            return any(mark in words for words in attachments.notes(session, *where))

        def attach(attempt: int, not_after: datetime | None) -> None:
            attachments.attach(
                session,
                *where,
                name,
                content,
                content_type="text/csv",
                replaces=replaces,
                idempotency_key=_key(place, row, "file", key, attempt),
                not_after=not_after,
            )

        def note(attempt: int, not_after: datetime | None) -> None:
            attachments.add_note(
                session,
                *where,
                f"{name}: the classes and documents of Amazon settlement {row.settlement_id}; "
                f"posted by run {self._desk.run_id} {mark}",
                idempotency_key=_key(place, row, "note", key, attempt),
                not_after=not_after,
            )

        # To replace a file twice is to replace it once.
        if replaces or place.is_new or not is_attached():
            self._surely(attach, (lambda: False) if replaces else is_attached)
        if not replaces and (place.is_new or not is_noted()):
            self._surely(note, is_noted)

    def _surely(
        self, send: Callable[[int, datetime | None], None], is_there: Callable[[], bool]
    ) -> None:
        """Send once; after a lost answer the same again under the same key, then look it up."""
        for attempt in range(_ATTEMPTS):
            try:
                twice(self._desk, partial(send, attempt))
            except OutcomeUnknown as lost:
                if is_there():
                    return
                if not lost.answered or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


def _identity(proof: Proof) -> str:
    return f"{STREAM}:{proof['settlement_id']}"


def _is_of_the_settlement(row: Posting) -> bool:
    """Of the invoices only the summary of a settlement; an order's is the order's."""
    is_invoice = row.stream == documents.INVOICES
    return not is_invoice or json.loads(row.document).get("kind") == "settlement"


def _key(place: _Place, row: Posting, what: str, run: str, attempt: int) -> str:
    text = "|".join([row.tenant, place.identity, row.content_hash, what, run, str(attempt)])
    return hashlib.sha256(text.encode()).hexdigest()
