"""Posting journals, bank transactions and transfers: without a key, their marker is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from target_xero.agreement import differences, is_gone, money_differences
from target_xero.changes import Changes
from target_xero.delivery import Delivery, found_again
from target_xero.desk import Desk, Impossible, Pending, Waits
from target_xero.documents import BankTransaction, dated
from target_xero.kinds import BankTransactions, Element, Journals, Ready, bears
from target_xero.tally import Did
from target_xero.transfers import BankTransfers
from xero_api.exact import day


class EntryPosting:
    """Posts the journals, the bank transactions, or the bank transfers, of one drain."""

    def __init__(self, desk: Desk, kind: Journals | BankTransactions | BankTransfers) -> None:
        self._desk = desk
        self._kind = kind
        self._delivery = Delivery(desk, kind)

    def process(self, entries: Sequence[Pending]) -> None:
        """Bring every document to its end: posted, updated, unchanged, held or rejected."""
        changed: list[Pending] = []
        new: list[Pending] = []
        for pending in entries:
            if pending.is_unchanged:
                self._desk.finish(pending, Did.UNCHANGED)
            elif pending.vendor_id:
                changed.append(pending)
            else:
                new.append(pending)
        self._change(changed)
        there = self._look_up(new)
        ready: list[Ready] = []
        for pending in new:
            if element := there.get(pending.document_id):
                self._adopt(pending, element)
            else:
                ready.extend(self._ready(pending))
        for refusal in self._delivery.create(ready):
            pending = refusal.ready.pending
            if isinstance(pending.document, BankTransaction) and "contact" in refusal.words.lower():
                self._desk.contacts.forget(pending.document.contact)
            self._desk.reject(pending, refusal.words)

    def _change(self, changed: Sequence[Pending]) -> None:
        """Update what changed; Xero never changes a bank transfer."""
        if not isinstance(self._kind, BankTransfers):
            Changes(self._desk, self._kind).process(changed)
            return
        for pending in changed:
            if pending.posting is not None and pending.posting.reason == "voided":
                self._desk.hold(pending, "voided", str(pending.posting.error))
                continue
            words = (
                "Xero never changes a bank transfer, and this one now says something else: delete "
                "it there and post it anew, or correct the map"
            )
            self._desk.hold(pending, "transfer_changed", words)

    def _look_up(self, new: Sequence[Pending]) -> dict[str, Element]:
        """Find what is in Xero already: without a number nothing else keeps it from being there.

        Always, and not only for books that are new: books can be lost in part, be restored from a
        copy, or stand beside others. It costs a call for a thousand entries around these dates.
        """
        return found_again(self._desk, self._kind, [Ready(each, {}) for each in new]) if new else {}

    def _ready(self, pending: Pending) -> list[Ready]:
        try:
            self._desk.settle_date(pending)
            return [self._kind.ready(self._desk, pending)]
        except Waits as waits:
            self._desk.hold(pending, waits.reason, str(waits))
        except Impossible as fault:
            self._desk.reject(pending, str(fault))
        return []

    def _adopt(self, pending: Pending, element: Element) -> None:
        """Take a document found by its marker for ours, where its money is the same.

        Where all of it is the same, nothing in it is a person's, and later changes may go in.
        """
        own = pending.document.own_date
        was_moved = bears(element, self._kind.mark_name, dated(own))
        pending.date_on((day(element.get("Date")) or own) if was_moved else own)
        try:
            ready = self._kind.ready(self._desk, pending)
        except Impossible as fault:
            self._desk.reject(pending, f"it is in Xero, and cannot be compared: {fault}")
            return
        faults = [] if is_gone(element) else money_differences(element, ready.payload)
        if not faults:
            untouched = not differences(element, ready.payload)
            self._delivery.adopt([(ready, element)], Did.ADOPTED, made_here=untouched)
            return
        words = f"it was in Xero before these books, and differs: {'; '.join(faults)}"
        vendor_id = cast(str, element[self._kind.id_name])
        self._desk.hold(pending, "not_ours", words, vendor_id=vendor_id, adopted=True)
