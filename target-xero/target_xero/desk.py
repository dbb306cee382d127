"""The bookkeeper's desk: Xero on one side, the books on the other, and what lies in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from books import Books, Posting, Reading, State, Tenant
from target_xero import documents
from target_xero.accounts import BankAccounts
from target_xero.advice import LOCKED, advised
from target_xero.contacts import Contacts
from target_xero.documents import NEXT_OPEN_DAY, Document
from target_xero.fields import Unreadable
from target_xero.reading import read_document
from target_xero.tally import Did, Tally
from xero_api import Session
from xero_api.exact import day
from xero_api.stated import stated

LOCKED_PERIOD = "locked_period"
"""Reason of a document whose date Xero has locked."""

ANEW = "retry"
"""Reason of a document that a person wants posted anew though it was voided in Xero."""


@dataclass(eq=False)
class Pending:
    """One document on its way; `posting` is what the books know of it, `arrival` its turn."""

    stream: str
    document: Document
    text: str
    content_hash: str
    arrival: int
    posting: Posting | None = None
    done: bool = False

    @classmethod
    def of(cls, stream: str, record: dict[str, Any], arrival: int = 0) -> Pending:
        """Read a record."""
        document = read_document(stream, record)
        return cls(
            stream, document, documents.as_text(record), documents.content_hash(document), arrival
        )

    def meet(self, posting: Posting) -> None:
        """Take up what the books know; what a locked period moved there stays on that day."""
        self.posting = posting
        is_sent = posting.vendor_id is not None or posting.state is State.INTENDED
        text = posting.posted_document or posting.document
        if is_sent and '"moved_from"' in text:
            known = read_document(posting.stream, json.loads(text))
            if known.own_date == self.document.own_date:
                self.date_on(known.date)

    def date_on(self, day: date) -> None:
        """Date the document on a day, with its own date beside it; what it says is the same."""
        own = self.document.own_date
        if day == self.document.date:
            return
        moved_from = None if day == own else own
        self.document = replace(self.document, date=day, moved_from=moved_from)
        record = json.loads(self.text) | {"date": day.isoformat()}
        record.pop("moved_from", None)
        if moved_from is not None:
            record["moved_from"] = moved_from.isoformat()
        self.text = documents.as_text(record)

    @property
    def document_id(self) -> str:
        """The document's identity."""
        return self.document.document_id

    @property
    def vendor_id(self) -> str | None:
        """Xero's id of it, when it is there in any version."""
        return self.posting.vendor_id if self.posting else None

    @property
    def is_anew(self) -> bool:
        """A person wants it posted anew: one that is voided in Xero does not count."""
        return self.posting is not None and self.posting.reason == ANEW

    @property
    def is_unchanged(self) -> bool:
        """It is in Xero, and says the same as there."""
        return (
            self.posting is not None
            and self.posting.state is State.POSTED
            and (self.posting.posted_hash == self.content_hash or self._says_the_same(self.posting))
        )

    def _says_the_same(self, posting: Posting) -> bool:
        """Compare with the record that was posted: another version may have hashed it otherwise."""
        try:
            posted = read_document(self.stream, json.loads(posting.document))
        except Unreadable:
            return False
        return documents.content_hash(posted) == self.content_hash


@dataclass(frozen=True)
class Organisation:
    """What GET /Organisation says that posting depends on."""

    tenant: str
    name: str
    base_currency: str
    locked_until: date | None

    @classmethod
    def of(cls, element: dict[str, Any]) -> Organisation:
        """Read the answer; the later lock date counts."""
        dates = [day(element.get(name)) for name in ("PeriodLockDate", "EndOfYearLockDate")]
        return cls(
            tenant=element["OrganisationID"],
            name=str(element.get("Name", "")),
            base_currency=str(element.get("BaseCurrency", "")),
            locked_until=max((each for each in dates if each), default=None),
        )


class Waits(Exception):
    """A document cannot be posted yet: reason is a word for the books, the message a sentence."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class Impossible(Exception):
    """A document cannot be posted as it is; a person must change the maps or Xero."""


@dataclass
class Desk:
    """What every step of posting needs, and how each writes down its result."""

    session: Session
    books: Books
    tenant: Tenant
    organisation: Organisation
    run_id: str
    batch_size: int
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    tally: Tally
    is_new: bool
    contacts: Contacts = field(init=False)
    _seen: list[Reading] = field(default_factory=list, init=False)
    bank_accounts: BankAccounts = field(init=False)

    def __post_init__(self) -> None:
        self.contacts = Contacts(self.session, self.books, self.tenant.tenant)
        self.bank_accounts = BankAccounts(self.session)

    def check_open(self, document: Document) -> None:
        """Raise Waits when the document's date lies in a period that Xero has locked."""
        locked = self.organisation.locked_until
        if locked is not None and document.date <= locked:
            raise Waits(
                LOCKED_PERIOD,
                f"it is dated {document.date}, and Xero is locked up to {locked}: open the "
                "period, and the next run posts it; or let it go to the first open day with "
                "target-xero:retry --next-open-day",
            )

    def settle_date(self, pending: Pending) -> None:
        """Date a document that Xero does not have yet; raises Waits where that must wait.

        Its own date; where Xero has locked that and lock_dates says so, the first open day.
        """
        document, locked = pending.document, self.organisation.locked_until
        day = document.own_date
        if locked is not None and day <= locked and document.lock_dates == NEXT_OPEN_DAY:
            day = locked + timedelta(days=1)
            self.tally.moved[document.document_id] = day
        pending.date_on(day)
        self.check_open(pending.document)

    def entry(self, pending: Pending, state: State, **changes: Any) -> Posting:
        """Make the books' row of a document in a new state; what was posted before is kept."""
        document, known = pending.document, pending.posting
        if known is None:
            known = Posting(
                tenant=self.tenant.tenant,
                document_id=document.document_id,
                stream=pending.stream,
                state=state,
                content_hash=pending.content_hash,
                document=pending.text,
                amount=getattr(document, "total", getattr(document, "amount", None)),
                number=getattr(document, "number", None),
            )
        elif known.state is State.POSTED and known.posted_document is None:
            known = replace(known, posted_document=known.document)
        fields: dict[str, Any] = {
            "stream": pending.stream,  # a payment may turn out to be a refund
            "state": state,
            "content_hash": pending.content_hash,
            "document": pending.text,
            "date": document.date.isoformat(),
            "currency": document.currency,
            "settlement_id": document.source.settlement_id,
            "order_id": document.source.order_id,
            "reason": None,
            "error": None,
            "run_id": self.run_id,
        }
        fields |= changes
        if known.reason == ANEW and state is not State.POSTED and not fields.get("vendor_id"):
            fields["reason"] = ANEW  # until it is in Xero again
        return replace(known, **fields)

    def posted(self, pending: Pending, vendor_id: str, **changes: Any) -> Posting:
        """Make the row of a document that is in Xero as it should be."""
        fields: dict[str, Any] = {
            "vendor_id": vendor_id,
            "posted_hash": pending.content_hash,
            "posted_document": None,
            "position": None,
        }
        return self.entry(pending, State.POSTED, **{**fields, **changes})

    def saw(self, pending: Pending, resource: str, element: dict[str, Any]) -> None:
        """Keep what Xero says of a document as it was posted, for whoever reads it back later."""
        said = Reading.of(self.tenant.tenant, pending.document_id, stated(resource, element))
        self._seen.append(replace(said, as_posted=said.content))

    def record(self, outcomes: Iterable[tuple[Pending, Posting, Did]]) -> None:
        """Write results down in one transaction, and count them."""
        settled = list(outcomes)  # making them may see more
        seen, self._seen = self._seen, []
        if seen:
            self.books.keep_readings(seen)
        if not settled:
            return
        for (pending, _, did), saved in zip(
            settled, self.books.save(posting for _, posting, _ in settled), strict=True
        ):
            pending.posting = saved
            self.finish(pending, did, saved.error)

    def finish(self, pending: Pending, did: Did, words: str | None = None) -> None:
        """Count a document as dealt with in this run."""
        pending.done = True
        self.tally.add(pending.document_id, did, pending.stream, words or "")

    def hold(self, pending: Pending, reason: str, words: str, **changes: Any) -> None:
        """Keep a document back, with its reason in a word and in a sentence."""
        entry = self.entry(pending, State.HELD, reason=reason, error=words, **changes)
        self.record([(pending, entry, Did.HELD)])

    def reject(self, pending: Pending, words: str, **changes: Any) -> None:
        """Write down that a document was refused, in Xero's words and with what to do next.

        A period that was locked in the middle of the run is no fault of the document.
        """
        if LOCKED in words:
            self.hold(pending, LOCKED_PERIOD, advised(words), **changes)
            return
        words = advised(words)
        entry = self.entry(pending, State.REJECTED, reason="refused", error=words, **changes)
        self.record([(pending, entry, Did.REJECTED)])


def is_in_xero(posting: Posting) -> bool:
    """Tell whether a document stands in Xero in some version; a voided one does not."""
    return posting.vendor_id is not None and posting.reason != "voided"


def total_of(amounts: Iterable[Decimal | None]) -> Decimal:
    """Sum amounts; a missing one is zero."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
