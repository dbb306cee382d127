"""One run: wishes in, what the listings show beside them, and only what differs is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amazon_sp import AmazonError, Session
from amazon_sp.errors import AccessDenied, AuthorisationRevoked, ClientRefused, Refused
from books import Books, Kind, PriceChange, Stage
from books.changes import UNDER_WAY
from target_amazon_sp import plan, preview, settings, verdicts
from target_amazon_sp.current import REPORT_LAGS, Current, Reader
from target_amazon_sp.feeding import Feeder
from target_amazon_sp.guards import Objection
from target_amazon_sp.patching import Patcher
from target_amazon_sp.places import PLACES, Place
from target_amazon_sp.reading_back import Errors, ReadBack
from target_amazon_sp.register import Register
from target_amazon_sp.settings import Limits
from target_amazon_sp.tally import Tally
from target_amazon_sp.verdicts import Did, Verdict
from target_amazon_sp.wishes import Inbox, Key, NoGood, Wish

logger = logging.getLogger(__name__)

# Up to this many listings of a marketplace are searched for without a report, and up to this many
# in all are changed one by one; beyond, the marketplaces with most get feeds.
FEW = 200
_KINDS = {"prices": Kind.PRICE, "quantities": Kind.QUANTITY}
_LISTED = {Did.WOULD_SEND, Did.REFUSED, Did.HELD, Did.PENDING}
_AT_AMAZON = {Stage.SENT, Stage.PENDING, Stage.APPLIED, Stage.REFUSED}
_DONE = {Stage.APPLIED: Did.APPLIED, Stage.REFUSED: Did.REFUSED}


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a run is told: whose listings, between which guards, and whether they are changed."""

    seller_id: str
    mode: str
    limits: Limits
    read_back_minutes: int
    marketplace_ids: frozenset[str] | None
    region: str | None
    few: int = FEW

    @property
    def applies(self) -> bool:
        """Tell whether listings are changed."""
        return self.mode == settings.APPLY


@dataclass
class Run:
    """Collects documents and, at the end, brings the listings to what they say."""

    session: Session
    books: Books
    job: Job
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.job.marketplace_ids, self.job.region)
        self._held: list[dict[str, Any]] = []
        self._before: dict[Key, Errors] = {}

    def add(self, stream: str, record: Mapping[str, Any]) -> None:
        """Take a document."""
        self.inbox.add(stream, record)

    def refuse(self, stream: str, record: Mapping[str, Any], words: str) -> None:
        """Take a document that its stream's schema does not allow."""
        self.inbox.refuse(stream, record, NoGood("unreadable", words))

    def add_held(self, record: dict[str, Any]) -> None:
        """Take a document that the mapper holds, or the word that it no longer does."""
        self._held.append(record)

    def work(self) -> None:
        """Do it all; raises books.AtWork when another run is at this seller's listings."""
        with ExitStack() as alone:
            alone.enter_context(self.books.exclusive(self.job.seller_id))
            noted = self.books.start_run(self.job.seller_id)
            for record in self._held:
                self.books.record_held(record)
                self.tally.waits_in_mapper(record)
            register = Register(self.books, self.job.seller_id, noted.run_id, self.now)
            self.inbox.close()
            self.tally.elsewhere = self.inbox.elsewhere
            self._set_apart(register)
            try:
                self._bring_about(register)
            except AmazonError as error:
                self._fail(str(error))
            self.books.end_run(noted, f"{self.job.mode}: {self.tally.summary()}")

    def _fail(self, words: str | None) -> None:
        """Note what cut the run short; the first such thing is told."""
        self.tally.fault = self.tally.fault or words

    def _bring_about(self, register: Register) -> None:
        reader = Reader(self.session, self.job.seller_id, self.now, self.job.few)
        feeder = Feeder(self.session, self.job.seller_id, register, self.now)
        if self.job.applies:
            feeder.follow_up()
        shown = list[Verdict]()
        for place in self.inbox.places():
            try:
                shown += self._judge(place, reader, register)
            except (AuthorisationRevoked, ClientRefused):
                raise  # of no use to any marketplace
            except AmazonError as error:
                self._pass_over(place, error)
        due = [each for each in shown if each.did is None]
        if self.job.applies:
            self._apply(due, plan.late(shown, register), register, reader, feeder)
        else:
            self._preview(shown, due, register)

    # What is to become of each

    def _set_apart(self, register: Register) -> None:
        """Refuse what is no document, and hold what two documents say differently."""
        for number, (record, stream, fault) in enumerate(self.inbox.refused):
            name = str(record.get("document_id") or f"a document of {stream} without document_id")
            self.tally.note(("refused", number), name, Did.REFUSED, str(fault))
            place = PLACES.get(str(record.get("marketplace_id")))
            sku = record.get("seller_sku")
            if place and isinstance(sku, str) and sku:
                key = (place.marketplace_id, sku[:255], _KINDS[stream])
                objection = Objection(fault.reason, str(fault))
                register.refuse(key, record, place.name, objection)
        for wishes in self.inbox.disputed.values():
            figures = " and ".join(dict.fromkeys(str(each.figure) for each in wishes))
            names = ", ".join(dict.fromkeys(each.document_id for each in wishes))
            words = (
                f"this run's documents do not agree on it ({names}: {figures}): see that one item"
                " claims the listing once"
            )
            objection = Objection("disputed", words)
            self._hold([Verdict(wish=wishes[-1], did=Did.HELD, objection=objection)], register)

    def _judge(self, place: Place, reader: Reader, register: Register) -> list[Verdict]:
        """Judge a marketplace's wishes, and write down what waits and what is over."""
        wishes = self.inbox.of(place.marketplace_id)
        wanted = {(place.marketplace_id, wish.sku) for wish in wishes}
        recent = register.touched(self.now() - REPORT_LAGS) | register.under_way()
        current = reader.read(place, wishes, sorted(sku for _, sku in recent & wanted))
        judged = [self._verdict(wish, current, register) for wish in wishes]
        for each in judged:
            if each.did is not None:
                self.tally.note(each.wish.key, each.wish.document_id, each.did, each.words)
            if each.did is Did.UNCHANGED and each.words:
                logger.warning("%s: %s", each.wish.document_id, each.words)
        self._hold([each for each in judged if each.did is Did.HELD], register)
        if self.job.applies:
            register.found(each for each in judged if each.did in {Did.APPLIED, Did.UNCHANGED})
        return judged

    def _pass_over(self, place: Place, error: AmazonError) -> None:
        """Leave a marketplace whose listings Amazon does not show; the others go on."""
        refused = isinstance(error, AccessDenied | Refused)
        did = Did.REFUSED if refused else Did.PENDING
        words = f"the listings of {place.name} cannot be read: {error}"
        for wish in self.inbox.of(place.marketplace_id):
            self.tally.note(wish.key, wish.document_id, did, words)
        self._fail(words)

    def _verdict(self, wish: Wish, current: Current, register: Register) -> Verdict:
        last = register.open.get(wish.key)
        listing = current.listings.get(wish.sku)
        if listing is None:
            if wish.key in current.settled:
                return Verdict(wish=wish, did=Did.UNCHANGED, old=wish.figure)
            if wish.key in current.amazon:
                return Verdict(wish=wish, did=Did.LEFT_ALONE)
        else:
            self._before[wish.key] = listing.errors[wish.kind]
        return verdicts.judge(wish, listing, last, self.job.limits, self.now())

    def _hold(self, held: Sequence[Verdict], register: Register) -> None:
        for each in held:
            words = each.objection.words if each.objection else ""
            self.tally.note(each.wish.key, each.wish.document_id, Did.HELD, words)
            if each.objection and each.objection.is_liftable:
                self.tally.liftable[each.wish.key] = each.wish.document_id
        # What is under way is followed to its end first: a preview must not lose sight of it.
        register.hold(
            each
            for each in held
            if self.job.applies or not _is_under_way(register.open.get(each.wish.key))
        )

    # Preview

    def _preview(
        self, judged: Sequence[Verdict], due: Sequence[Verdict], register: Register
    ) -> None:
        rows = {each.wish.key: register.row(each) for each in due}
        sendings = plan.sendings(due, rows)
        said: dict[str, tuple[Did, str]] = {}
        try:
            preview.ask(self.session, self.job.seller_id, sendings, said)
        except AmazonError as error:
            self._fail(str(error))
        lines = []
        for each in judged:
            did, words = each.did, each.objection.words if each.objection else each.words
            if did is None:
                unasked = Did.WOULD_SEND, "Amazon was not asked"
                did, words = said.get(rows[each.wish.key].change_id, unasked)
                self.tally.note(each.wish.key, each.wish.document_id, did, words)
            if did in _LISTED:
                lines.append(preview.Line(each, did, words))
        notes = []
        if (more := len(sendings) - preview.ASKED) > 0:
            notes.append(
                f"Amazon was asked about the first {preview.ASKED}; {more:,} were not asked"
            )
        preview.show(lines, notes)

    # Apply

    def _apply(
        self,
        due: Sequence[Verdict],
        late: Sequence[Verdict],
        register: Register,
        reader: Reader,
        feeder: Feeder,
    ) -> None:
        """Send what differs and read it back, also what went out before a failure.

        late: what earlier runs sent and is read back along with it.
        """
        rows = {each.wish.key: register.row(each) for each in due}
        ids = {row.change_id for row in rows.values()}
        one_by_one, by_feed = plan.ways(due, self.job.few)
        patcher = Patcher(self.session, self.job.seller_id, register, self.now)
        try:
            patcher.send(plan.sendings(one_by_one, rows))
            feeder.send({place: plan.sendings(some, rows) for place, some in by_feed.items()})
            self._fail(patcher.fault)
        except AmazonError as error:
            self._fail(str(error))
        known = {
            key: row for key in rows if (row := register.open.get(key)) and row.change_id in ids
        }
        asked = [
            row
            for row in known.values()
            if row.state is not Stage.INTENDED or row.change_id in patcher.unknown
        ]
        waiting = [register.open[each.wish.key] for each in late]
        # What a run waited for in vain is not waited for alone.
        if asked or any(row.state is Stage.SENT for row in waiting):
            asked += waiting
        back = ReadBack(
            reader,
            register,
            self.now,
            self.session.limits.clock,
            self.sleep,
            self.job.read_back_minutes,
            self._before,
            feeder.doubtful,
        )
        known |= {row.listing: row for row in back.run(asked, self.inbox.wishes)}
        self._fail(back.denied)
        for each in (*due, *late):
            self._tell(each, known.get(each.wish.key, register.open.get(each.wish.key)))

    def _tell(self, verdict: Verdict, row: PriceChange | None) -> None:
        """Note what became of a change that was to be sent, or was sent before."""
        if row is None or row.state not in _AT_AMAZON or row.new != verdict.wish.figure:
            did, words = Did.PENDING, "not sent yet: the next run sends it"
            if row is not None and row.state is Stage.INTENDED and row.message:
                words = row.message
        else:
            did = _DONE.get(row.state, Did.PENDING)
            words = row.message or verdict.words
            if did is Did.PENDING and not words:
                words = "accepted, and not shown yet"
        self.tally.note(verdict.wish.key, verdict.wish.document_id, did, words)


def _is_under_way(row: PriceChange | None) -> bool:
    return row is not None and row.state in UNDER_WAY
