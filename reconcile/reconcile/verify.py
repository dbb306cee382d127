"""Reading the posted documents back from Xero: whether each is there, and as it was posted.

Few calls: one page of 1,000 for each kind of document, and after the first time only what changed
since the last. Nothing is written to Xero.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from books import Account, Books, Posting, Reading
from xero_api import Session, readback, reads
from xero_api.stated import stated

# The resource that each stream's documents are read from, and the name of Xero's id there.
RESOURCES = {
    "invoices": ("Invoices", "InvoiceID"),
    "credit_notes": ("CreditNotes", "CreditNoteID"),
    "payments": ("Payments", "PaymentID"),
    "journals": ("ManualJournals", "ManualJournalID"),
    "bank_transactions": ("BankTransactions", "BankTransactionID"),
    "bank_transfers": ("BankTransfers", "BankTransferID"),
}
_GONE = frozenset({"VOIDED", "DELETED"})
_OVERLAP = timedelta(minutes=5)
"""Xero's clock and ours differ a little; reading a change twice costs nothing."""
_BANK = frozenset({"bank_transactions", "bank_transfers"})


class Verdict(StrEnum):
    """What the reading says of a document, the worst first."""

    MISSING = "missing"
    VOIDED = "voided"
    EDITED = "edited"
    MATCHED = "matched with the bank"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Finding:
    """One document read back: the verdict, and what changed in words."""

    posting: Posting
    verdict: Verdict
    words: str = ""


class Verification:
    """One reading of an organisation's documents."""

    def __init__(self, session: Session, books: Books, tenant: str, now: datetime) -> None:
        self._session = session
        self._books = books
        self._tenant = tenant
        self._now = now
        self._known = books.readings(tenant)

    def findings(self) -> list[Finding]:
        """Read what changed, keep it, and say how each posted document stands."""
        self._keep_chart()
        postings = [each for each in self._books.postings(self._tenant) if each.vendor_id]
        found: list[Finding] = []
        for stream in RESOURCES:
            mine = [each for each in postings if each.stream == stream]
            if mine:
                found.extend(self._stream(stream, mine))
        return found

    def _keep_chart(self) -> None:
        chart = [
            Account(
                tenant=self._tenant,
                account_id=str(each["AccountID"]),
                code=str(each.get("Code") or ""),
                name=str(each.get("Name") or ""),
                type=str(each.get("Type") or ""),
                account_class=str(each.get("Class") or ""),
                system_account=str(each.get("SystemAccount") or ""),
                currency=str(each.get("CurrencyCode") or ""),
            )
            for each in reads.accounts(self._session)
        ]
        self._books.keep_chart(self._tenant, chart)

    def _stream(self, stream: str, postings: list[Posting]) -> Iterator[Finding]:
        resource, id_name = RESOURCES[stream]
        since = self._since(stream, postings)
        first, last = _window(postings)
        elements = {
            str(element.get(id_name)): element
            for element in readback.changed(self._session, resource, since, first, last)
        }
        # A later document of ours may have found its number on an invoice that was there.
        shared = Counter(each.vendor_id for each in postings)
        fresh: list[Reading] = []
        for posting in postings:
            element = elements.get(str(posting.vendor_id))
            before = self._known.get(posting.document_id)
            if element is None and (since is None or before is None):
                # A person may have moved it out of the window, or it is gone: ask for it alone.
                element = readback.one(self._session, resource, str(posting.vendor_id))
                before = before if element else None
            reading = before
            if element is not None:
                reading = self._reading(resource, posting, element, before)
                fresh.append(reading)
            yield _finding(posting, reading, is_shared=shared[posting.vendor_id] > 1)
        self._books.keep_readings(fresh)

    def _since(self, stream: str, postings: Iterable[Posting]) -> datetime | None:
        """From when changes are wanted: the oldest reading; None where one is missing.

        A reconciliation need not count as a change, so bank documents are read again until each
        is matched.
        """
        known = [self._known.get(each.document_id) for each in postings]
        if any(each is None or each.read_at is None for each in known):
            return None
        if stream in _BANK and not all(each.is_reconciled for each in known if each):
            return None
        return min(each.read_at for each in known if each and each.read_at) - _OVERLAP

    def _reading(
        self, resource: str, posting: Posting, element: dict[str, Any], before: Reading | None
    ) -> Reading:
        read = Reading.of(self._tenant, posting.document_id, stated(resource, element))
        return replace(read, as_posted=before.as_posted if before else None)


def _window(postings: Iterable[Posting]) -> tuple[date, date]:
    days = sorted(date.fromisoformat(each.date) for each in postings if each.date)
    return days[0], days[-1]


def _finding(posting: Posting, reading: Reading | None, *, is_shared: bool) -> Finding:
    if reading is None:
        return Finding(posting, Verdict.MISSING, "Xero has no such document any more")
    if reading.status in _GONE:
        return Finding(posting, Verdict.VOIDED, f"a person has set it to {reading.status}")
    if changes := _changes(posting, reading, is_shared=is_shared):
        return Finding(posting, Verdict.EDITED, "; ".join(changes))
    if reading.is_reconciled:
        return Finding(posting, Verdict.MATCHED)
    return Finding(posting, Verdict.UNCHANGED)


def _changes(posting: Posting, reading: Reading, *, is_shared: bool) -> list[str]:
    """Say what is no longer as it was posted, each as `before -> now`."""
    if reading.as_posted is None and is_shared:
        return []
    if reading.as_posted is None:
        # Our own write's answer was lost: the amount is what is known of it.
        wrong = posting.stream != "journals" and posting.amount not in (None, reading.total)
        return [f"total {posting.amount} -> {reading.total}"] if wrong else []
    before, now = json.loads(reading.as_posted), json.loads(reading.content)
    changes = [
        f"{name} {before[name] or 'none'} -> {now[name] or 'none'}"
        for name in ("date", "currency", "total", "account", "other account")
        if before[name] != now[name]
    ]
    old, new = (json.loads(each["lines"]) for each in (before, now))
    if old != new:
        changes.extend(_line_changes(old, new))
    return changes


def _line_changes(old: list[Any], new: list[Any]) -> Iterator[str]:
    if len(old) != len(new):
        yield f"{len(old)} lines -> {len(new)}"
        return
    names = ("account", "net", "tax", "tax type", "tracking")
    for place, (was, now) in enumerate(zip(old, new, strict=True), 1):
        for name, one, other in zip(names, was, now, strict=True):
            if one != other:
                yield f"line {place}: {name} {_shown(one)} -> {_shown(other)}"


def _shown(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else str(value or "none")
