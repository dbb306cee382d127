"""Deferred transactions, remembered in books, and the month ends that are made of them.

A run reads only a window of transactions; what earlier runs read is in the books. So a month end
is made of everything known of it, and made again, as the same document, when more is known.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import books
from transforms import finances
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.deferral import SIDES, Deferral, Side, accrual
from transforms.ledger.documents import Document, DoesNotTie
from transforms.ledger.journals import month_of
from transforms.ledger.outcome import Held
from transforms.ledger.transactions import Transaction
from transforms.ledger.unplaced import Unplaced

# What a document is called in Xero once it counts no more.
_GONE = frozenset({"VOIDED", "DELETED"})


class Accruals:
    """What one run learns of deferred transactions, over what the books know."""

    def __init__(self, book: Book, kept: books.Books | None, zone: ZoneInfo) -> None:
        self._book = book
        self._books = kept
        self._zone = zone
        self._read: dict[str, Deferral] = {}
        self._releases: dict[str, date] = {}
        self._through: date | None = None
        self._before: set[str] = set()
        self.left_out: Counter[str] = Counter()

    @property
    def is_pending(self) -> bool:
        """Whether transactions were read whose month ends are not made yet."""
        return self._through is not None

    def add(self, record: finances.Record) -> Iterator[Deferral]:
        """Take a transaction; gives each deferral of which something new is known."""
        read = finances.transaction(record, self._zone)
        self._through = max(read.day, self._through or read.day)
        if read.deferred_id:
            known = self._known(read.deferred_id)
            if known is None:
                self._releases[read.deferred_id] = read.day
            else:
                yield from self._learn(known, replace(known, released=read.day, was_released=True))
        if not read.was_deferred:
            return
        marketplace = self._marketplace(read)
        if marketplace is None:
            self.left_out[read.marketplace or read.marketplace_id or "no marketplace"] += 1
            return
        known = self._known(read.transaction_id)
        yield from self._learn(known, self._deferral(read, known, marketplace))

    def _learn(self, known: Deferral | None, now: Deferral) -> Iterator[Deferral]:
        self._read[now.transaction_id] = now
        if now != known:
            # A month that it has left since must be made without it.
            self._before |= _months(known) if known else set()
            yield now

    def _known(self, transaction_id: str) -> Deferral | None:
        if transaction_id in self._read or self._books is None:
            return self._read.get(transaction_id)
        record = self._books.deferrals.one(self._book.choices.organisation, transaction_id)
        return finances.deferral(record) if record else None

    def _marketplace(self, read: Transaction) -> Marketplace | None:
        by_id = self._book.marketplace_by_id(read.marketplace_id)
        return by_id or self._book.marketplace(read.marketplace)

    def _deferral(
        self, read: Transaction, known: Deferral | None, marketplace: Marketplace
    ) -> Deferral:
        """Date the release by its own transaction, else by the maturity date that Amazon states."""
        released = self._releases.pop(read.transaction_id, None)
        was_released = read.status == "DEFERRED_RELEASED" or released is not None
        if released is None and known is not None:
            released = known.released
        if released is None and was_released:
            released = read.maturity
        return Deferral(
            transaction_id=read.transaction_id,
            transaction_type=read.transaction_type,
            marketplace=marketplace.name,
            currency=read.currency,
            posted=read.day,
            released=released,
            was_released=was_released or released is not None,
            order_id=read.order_id,
            reason=read.reason,
            parts=read.parts,
        )

    # -- month ends ------------------------------------------------------------------------

    def flush(self) -> Iterator[Document | Held | str]:
        """Make the month ends that what was read belongs to; as `make` does.

        A month is over when a transaction of a later month was read.
        """
        through, self._through = self._through, None
        if through is None:
            return
        for marketplace in self._book.marketplaces:
            due = self._due(marketplace, month_of(through))
            pool = self._pool(marketplace, date.fromisoformat(f"{due[0][0]}-01"))
            for month, side in due:
                yield from self._made(pool, marketplace, month, side)

    def _due(self, marketplace: Marketplace, now: str) -> list[tuple[str, Side]]:
        """List the sides of month ends before now that may have changed or were never made."""
        last_month = month_of(date.fromisoformat(f"{now}-01") - timedelta(days=1))
        months = {last_month, *self._before}
        for each in [*self._pool(marketplace, None).values(), *self._of(marketplace)]:
            months |= _months(each)
        due = {(month, side) for month in months for side in SIDES}
        return sorted(each for each in due | self._missed(marketplace) if each[0] < now)

    def _missed(self, marketplace: Marketplace) -> set[tuple[str, Side]]:
        """List the sides that no run made: a whole month passed in which none ran."""
        if self._books is None:
            return set()
        start = month_of(self._book.choices.books_start)
        known: set[tuple[str, Side]] = set()
        organisation = self._book.choices.organisation
        for posted, released in self._books.deferrals.months(organisation, marketplace.name):
            if posted >= start:
                known |= {(posted, "deferred"), (released or posted, "released")}
        sent = self._sent(_identity(marketplace, *each) for each in known)
        return {each for each in known if _identity(marketplace, *each) not in sent}

    def _sent(self, document_ids: Iterable[str]) -> dict[str, books.Posting]:
        """Find the documents that the target has written down, by id."""
        if self._books is None:
            return {}
        found = self._books.postings(document_ids=list(document_ids))
        organisation = self._book.choices.organisation
        return {
            each.document_id: each
            for each in found
            if json.loads(each.document).get("source", {}).get("organisation") == organisation
        }

    def _stands(self, document_id: str) -> bool:
        """Say whether a document is in the accounting system, as far as the books know."""
        posting = self._sent([document_id]).get(document_id)
        if self._books is None or posting is None or posting.vendor_id is None:
            return False
        reading = self._books.readings(posting.tenant).get(document_id)
        return reading is None or reading.status not in _GONE

    def make(
        self, marketplace: Marketplace, month: str, side: Side
    ) -> Iterator[Document | Held | str]:
        """Make one side of a month end: its document, what holds it, or the id of neither."""
        pool = self._pool(marketplace, date.fromisoformat(f"{month}-01"))
        yield from self._made(pool, marketplace, month, side)

    def _made(
        self, pool: dict[str, Deferral], marketplace: Marketplace, month: str, side: Side
    ) -> Iterator[Document | Held | str]:
        identity = _identity(marketplace, month, side)
        try:
            document = accrual(pool.values(), side, month, self._book, marketplace)
        except (Unplaced, DoesNotTie) as found:
            yield self._hold(identity, found, marketplace, month, side)
            return
        if document is None and self._stands(identity):
            fault = Unplaced("nothing_left", [_NOTHING_LEFT])
            yield self._hold(identity, fault, marketplace, month, side)
        else:
            yield identity if document is None else document

    def _hold(
        self,
        identity: str,
        fault: Unplaced | DoesNotTie,
        marketplace: Marketplace,
        month: str,
        side: Side,
    ) -> Held:
        is_base = marketplace.currency == self._book.choices.base_currency
        return Held(
            document_id=identity,
            stream="journals" if is_base else "invoices",
            reason=fault.reason if isinstance(fault, Unplaced) else "gate",
            details=f"{marketplace.name}, {side} {month}: {fault}",
            record={
                "type": "accrual",
                "marketplace": marketplace.name,
                "month": month,
                "side": side,
            },
            currency=marketplace.currency,
        )

    def _of(self, marketplace: Marketplace) -> list[Deferral]:
        return [each for each in self._read.values() if each.marketplace == marketplace.name]

    def _pool(self, marketplace: Marketplace, since: date | None) -> dict[str, Deferral]:
        """What is known of a marketplace: the books', and over it what this run read."""
        found: dict[str, Deferral] = {}
        if self._books is not None:
            organisation = self._book.choices.organisation
            day = since.isoformat() if since else None
            for record in self._books.deferrals.read(organisation, marketplace.name, day):
                found[record["transaction_id"]] = finances.deferral(record)
        return found | {each.transaction_id: each for each in self._of(marketplace)}


_NOTHING_LEFT = (
    "Amazon has told more since, and nothing of it is left, but its document stands in Xero: void "
    "it there, then run `meltano invoke reconcile:verify`"
)


def _months(deferral: Deferral) -> set[str]:
    return {month_of(day) for day in (deferral.posted, deferral.released) if day}


def _identity(marketplace: Marketplace, month: str, side: Side) -> str:
    return f"{side}:{marketplace.name}:{month}"
