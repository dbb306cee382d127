"""Sending documents so that each is in Xero exactly once, whatever happens on the way.

write `intended`, commit -> PUT up to 50 -> record each element, commit
   answer lost           -> the same key and body again: Xero repeats its first answer
   still unknown         -> look each up by its marker, adopt what is there, send the rest
   refused as a whole    -> look up, then halve until the one at fault stands alone
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from books import Posting, State
from target_xero.advice import advised
from target_xero.again import twice
from target_xero.agreement import echo_faults, is_gone
from target_xero.desk import Desk, Pending
from target_xero.kinds import Element, Kind, Ready
from target_xero.tally import Did
from xero_api import OutcomeUnknown, Refused, Written, XeroError, writes

MAX_BODY = 3_400_000
"""Bytes; Xero takes 3.5 MB."""
_ATTEMPTS = 3
_ANOTHER_BODY = "is used with a different request"


Outcome = tuple[Pending, Posting, Did]


@dataclass(eq=False)
class Refusal:
    """A document that Xero refused, in its words; its caller settles it."""

    ready: Ready
    words: str


class Unaccounted(XeroError):
    """Xero's answer says nothing about a document that was sent; the next run looks it up."""


class Delivery:
    """Sends ready documents of one kind."""

    def __init__(self, desk: Desk, kind: Kind) -> None:
        self._desk = desk
        self._kind = kind

    def create(self, ready: Sequence[Ready]) -> list[Refusal]:
        """Create documents in batches; what Xero took is recorded, what it refused is returned."""
        refusals: list[Refusal] = []
        for batch in batches(ready, self._desk.batch_size):
            refusals.extend(self._deliver(batch))
        return refusals

    def resend(
        self, batch: list[Ready], key: str = "", since: datetime | None = None
    ) -> list[Refusal]:
        """Send a batch of a killed run again as it was.

        key and since: those of that run's call, where it may still be running; once Xero may have
        forgotten the key, the batch is looked up again.
        """
        return self._deliver(batch, key, since) if batch else []

    def _deliver(
        self, batch: list[Ready], key: str = "", since: datetime | None = None
    ) -> list[Refusal]:
        for attempt in range(1, _ATTEMPTS + 1):
            key = key or self._key(batch)
            self._intend(batch, key, since)
            try:
                written = self._send(batch, key, since)
            except OutcomeUnknown as lost:
                batch, key, since = self._adopt_what_is_there(batch), "", None
                if not batch:
                    return []
                if not lost.answered or attempt == _ATTEMPTS:
                    raise
            except Refused as refused:
                if since is not None and _ANOTHER_BODY in str(refused):
                    raise  # that run's call may be at work; when its key ends, a look-up tells
                batch = self._adopt_what_is_there(self._answered(batch))
                return self._halve(batch, str(refused))
            else:
                return self._record(batch, written)
        raise AssertionError("the last attempt returns or raises")

    def _key(self, batch: Sequence[Ready]) -> str:
        """A clear answer makes a new key, or Xero would repeat it after the cause is gone."""
        sent = ",".join(str(_attempts(each.pending)) for each in batch)
        payloads = [each.payload for each in batch]
        return writes.key_of(self._desk.tenant.tenant, self._kind.resource, payloads, sent)

    def _intend(self, batch: Sequence[Ready], key: str, since: datetime | None) -> None:
        """Commit what is about to be sent, before it is sent; a key that is old stays old."""
        now = since or self._desk.now()
        intended = [
            self._desk.entry(
                each.pending,
                State.INTENDED,
                idempotency_key=key,
                position=position,
                sent_at=now,
                attempts=_attempts(each.pending) + 1,
                number=each.number,
                parent_id=each.parent_id,
                amount=each.amount,
            )
            for position, each in enumerate(batch)
        ]
        for each, saved in zip(batch, self._desk.books.save(intended), strict=True):
            each.pending.posting = saved

    def _answered(self, batch: Sequence[Ready]) -> Sequence[Ready]:
        """Write down that a call is over: its key says nothing about its parts any more."""
        rows = [each.pending.posting for each in batch if each.pending.posting]
        self._desk.books.save(replace(row, idempotency_key=None) for row in rows)
        return batch

    def _send(self, batch: Sequence[Ready], key: str, since: datetime | None) -> list[Written]:
        session, resource = self._desk.session, self._kind.resource
        elements = [each.payload for each in batch]
        return twice(
            self._desk,
            lambda not_after: writes.create(session, resource, elements, key, not_after),
            since,
        )

    def _adopt_what_is_there(self, batch: Sequence[Ready]) -> list[Ready]:
        """Record those that are in Xero after all; return the others."""
        if not batch:
            return []
        found = found_again(self._desk, self._kind, batch)
        there = [each for each in batch if each.pending.document_id in found]
        self.adopt(
            [(each, found[each.pending.document_id]) for each in there], Did.POSTED, made_here=True
        )
        return [each for each in batch if each.pending.document_id not in found]

    def adopt(self, found: Sequence[tuple[Ready, Element]], did: Did, *, made_here: bool) -> None:
        """Record documents of ours that were looked up by their marker and are in Xero.

        made_here: these books sent them; otherwise books that are lost did.
        """
        outcomes: list[Outcome] = []
        for ready, element in found:
            if is_gone(element):
                outcomes.append(self._gone(ready.pending, element))
            else:
                outcomes.extend(self._there(ready, Written.of(element), did, made_here=made_here))
        self._desk.record(outcomes)

    def _gone(self, pending: Pending, element: Element) -> Outcome:
        words = f"a person has set it to {element['Status']} in Xero; it stays so"
        vendor_id = element[self._kind.id_name]
        row = self._desk.entry(
            pending, State.HELD, reason="voided", error=words, vendor_id=vendor_id
        )
        return pending, row, Did.HELD

    def _there(self, ready: Ready, written: Written, did: Did, *, made_here: bool) -> list[Outcome]:
        """Make the rows of a document that is in Xero, and of the rest that could not be."""
        self._desk.saw(ready.pending, self._kind.resource, written.element)
        row = self._desk.posted(
            ready.pending,
            str(written.element[self._kind.id_name]),
            number=ready.number,
            parent_id=ready.parent_id,
            amount=ready.amount,
            adopted=not made_here,
            vendor_updated=written.element.get("UpdatedDateUTC"),
            warnings="; ".join(written.warnings) or None,
        )
        outcomes: list[Outcome] = [(ready.pending, row, did)]
        if ready.rest is not None:
            rest, words = ready.rest
            held = self._desk.entry(rest, State.HELD, reason="settled_more_than_due", error=words)
            outcomes.append((rest, held, Did.HELD))
        return outcomes

    def _halve(self, batch: list[Ready], words: str) -> list[Refusal]:
        if len(batch) <= 1:
            return [Refusal(each, words) for each in batch]
        middle = len(batch) // 2
        return [*self._deliver(batch[:middle]), *self._deliver(batch[middle:])]

    def _record(self, batch: list[Ready], written: list[Written]) -> list[Refusal]:
        """Write down the outcome of each element; return what was refused."""
        matched = self._match(batch, written)
        self._desk.record(
            outcome
            for each, answer in matched
            if not answer.errors
            for outcome in self._outcomes(each, answer)
        )
        answered = {id(each) for each, _ in matched}
        silent = self._adopt_what_is_there([each for each in batch if id(each) not in answered])
        if silent:
            names = ", ".join(each.pending.document_id for each in silent)
            raise Unaccounted(f"Xero's answer to PUT {self._kind.resource} lacks {names}")
        return [
            Refusal(each, "; ".join(answer.errors)) for each, answer in matched if answer.errors
        ]

    def _outcomes(self, ready: Ready, answer: Written) -> list[Outcome]:
        lost = [words for words in answer.warnings if "has been removed" in words]
        faults = lost + echo_faults(answer.element, ready.payload, ready.total)
        outcomes = self._there(ready, answer, Did.POSTED, made_here=True)
        if not faults:
            return outcomes
        (pending, row, _), *others = outcomes
        words = advised(f"it is in Xero, but not as it should be: {'; '.join(faults)}")
        incomplete = replace(
            row, state=State.REJECTED, posted_hash=None, reason="incomplete", error=words
        )
        return [(pending, incomplete, Did.REJECTED), *others]

    def _match(
        self, batch: Sequence[Ready], written: Sequence[Written]
    ) -> list[tuple[Ready, Written]]:
        """Match answers by position, checked by number or marker, else by these alone."""
        mark = self._kind.mark_name
        if len(batch) == len(written) and all(
            answer.element.get(mark) in (None, each.payload.get(mark))
            for each, answer in zip(batch, written, strict=True)
        ):
            return list(zip(batch, written, strict=True))
        by_mark = {answer.element.get(mark): answer for answer in written}
        return [
            (each, by_mark[each.payload[mark]]) for each in batch if each.payload[mark] in by_mark
        ]


def found_again(desk: Desk, kind: Kind, ready: Sequence[Ready]) -> dict[str, Element]:
    """Find documents by their markers; a voided one counts, save where it is wanted anew."""
    anew = {each.pending.document_id for each in ready if each.pending.is_anew}
    return {
        document_id: element
        for document_id, element in kind.find(desk, ready).items()
        if not (document_id in anew and is_gone(element))
    }


def batches(ready: Sequence[Ready], size: int) -> Iterator[list[Ready]]:
    """Cut into batches of at most `size` documents and 3.4 MB."""
    batch: list[Ready] = []
    total = 0
    for each in ready:
        length = writes.size(each.payload)
        if batch and (len(batch) == size or total + length > MAX_BODY):
            yield batch
            batch, total = [], 0
        batch.append(each)
        total += length
    if batch:
        yield batch


def _attempts(pending: Pending) -> int:
    return pending.posting.attempts if pending.posting else 0
