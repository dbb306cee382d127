"""Documents that are in Xero and now say something else.

same in Xero already            -> posted
voided, paid, locked, reconciled -> held, with the difference
edited by a person since         -> held, with the difference; never overwritten
otherwise                        -> updated by Xero's id
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from books import State
from target_xero.advice import advised
from target_xero.agreement import differences, echo_faults, is_gone, is_paid
from target_xero.delivery import batches
from target_xero.desk import Desk, Impossible, Pending, Waits
from target_xero.kinds import Element, Ready, Updatable
from target_xero.reading import read_document
from target_xero.tally import Did
from xero_api import OutcomeUnknown, Refused, Written, writes

_PAUSE = 2.0


class Changes:
    """Brings documents of one kind up to date where Xero and the people in it allow."""

    def __init__(self, desk: Desk, kind: Updatable) -> None:
        self._desk = desk
        self._kind = kind

    def process(self, changed: Sequence[Pending]) -> None:
        """Update what may be updated; hold the rest, each with its difference."""
        if not changed:
            return
        there = self._kind.fetch(self._desk, [str(each.vendor_id) for each in changed])
        ready: list[Ready] = []
        for pending in changed:
            try:
                update = self._compare(pending, there.get(str(pending.vendor_id)))
            except Waits as waits:
                self._desk.hold(pending, waits.reason, str(waits))
            except Impossible as fault:
                self._desk.reject(pending, str(fault))
            else:
                if update is not None:
                    ready.append(update)
        for batch in batches(ready, self._desk.batch_size):
            self._update(batch)

    def _compare(self, pending: Pending, element: Element | None) -> Ready | None:
        """Give the update to send, or None when nothing is to be sent; raises Waits."""
        posting = pending.posting
        if posting is None or element is None:
            raise Waits("missing", f"Xero knows nothing of its id {pending.vendor_id} any more")
        if is_gone(element):
            raise Waits(
                "voided", f"a person has set it to {element['Status']} in Xero; it stays so"
            )
        payload = self._kind.render(self._desk, pending.document, posting.number)
        found = differences(element, payload)
        if not found:
            self._desk.saw(pending, self._kind.resource, element)
            stamp = element.get("UpdatedDateUTC")
            row = self._desk.posted(pending, str(pending.vendor_id), vendor_updated=stamp)
            self._desk.record([(pending, row, Did.UPDATED)])
            return None
        words = "; ".join(found)
        if posting.adopted:
            raise Waits("not_ours", f"it was in Xero before these books, and differs: {words}")
        if edits := self._edits(pending, element):
            raise Waits("edited", f"a person edited it in Xero ({'; '.join(edits)}); now: {words}")
        if is_paid(element):
            raise Waits("paid", f"it is paid, so Xero lets nobody change it: {words}")
        if element.get("IsReconciled"):
            raise Waits("reconciled", f"it is reconciled with the bank: {words}")
        self._desk.check_open(pending.document)
        return Ready(
            pending,
            {self._kind.id_name: pending.vendor_id, **payload},
            number=posting.number,
            amount=getattr(pending.document, "total", posting.amount),
            total=self._kind.expected_total(pending.document),
        )

    def _edits(self, pending: Pending, element: Element) -> list[str]:
        """What a person changed since our last write; payments also move Xero's time stamp."""
        posting = pending.posting
        if posting is None or posting.vendor_updated == element.get("UpdatedDateUTC"):
            return []
        ours = posting.document if posting.state is State.POSTED else posting.posted_document
        if ours is None:
            return ["its content at our last write is not known"]
        document = read_document(pending.stream, json.loads(ours))
        return differences(element, self._kind.render(self._desk, document, posting.number))

    def _update(self, batch: list[Ready]) -> None:
        intended = [
            self._desk.entry(
                each.pending,
                State.INTENDED,
                sent_at=self._desk.now(),
                attempts=each.pending.posting.attempts + 1 if each.pending.posting else 1,
            )
            for each in batch
        ]
        for each, saved in zip(batch, self._desk.books.save(intended), strict=True):
            each.pending.posting = saved
        try:
            written = self._send(batch)
        except Refused as refused:
            if len(batch) == 1:
                self._refused(batch[0], str(refused))
                return
            for each in batch:
                self._update([each])
            return
        by_id = {answer.element.get(self._kind.id_name): answer for answer in written}
        for each in batch:
            answer = by_id.get(each.pending.vendor_id)
            if answer is None or answer.errors:
                words = "; ".join(answer.errors) if answer else "Xero's answer does not name it"
                self._refused(each, words)
            else:
                self._updated(each, answer)

    def _send(self, batch: Sequence[Ready]) -> list[Written]:
        """Send an update; twice the same is one, so a lost answer is asked for again."""
        elements = [each.payload for each in batch]
        try:
            return writes.update(self._desk.session, self._kind.resource, elements)
        except OutcomeUnknown:
            self._desk.sleep(_PAUSE)
            return writes.update(self._desk.session, self._kind.resource, elements)

    def _updated(self, ready: Ready, answer: Written) -> None:
        pending = ready.pending
        lost = [words for words in answer.warnings if "has been removed" in words]
        faults = lost + echo_faults(answer.element, ready.payload, ready.total)
        self._desk.saw(pending, self._kind.resource, answer.element)
        row = self._desk.posted(
            pending,
            str(pending.vendor_id),
            amount=ready.amount,
            vendor_updated=answer.element.get("UpdatedDateUTC"),
            warnings="; ".join(answer.warnings) or None,
        )
        if not faults:
            self._desk.record([(pending, row, Did.UPDATED)])
            return
        words = advised(f"it is in Xero, but not as it should be: {'; '.join(faults)}")
        incomplete = replace(
            row, state=State.REJECTED, posted_hash=None, reason="incomplete", error=words
        )
        self._desk.record([(pending, incomplete, Did.REJECTED)])

    def _refused(self, ready: Ready, words: str) -> None:
        words = f"Xero refuses the change: {advised(words)}"
        self._desk.hold(ready.pending, "change_refused", words)
