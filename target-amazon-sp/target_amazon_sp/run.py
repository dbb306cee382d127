"""One run: wishes in, what the listings show beside them, and only what differs is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amazon_sp import AmazonError, Session
from books import Books, Kind, PriceChange, Stage
from books.changes import UNDER_WAY
from target_amazon_sp import bodies, preview, settings, verdicts
from target_amazon_sp.bodies import Sending
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
            register = Register(self.books, self.job.seller_id, noted.run_id, self.now)
            self.inbox.close()
            self.tally.elsewhere = self.inbox.elsewhere
            self._set_apart(register)
            try:
                self._bring_about(register)
            except AmazonError as error:
                self.tally.fault = str(error)
            self.books.end_run(noted, f"{self.job.mode}: {self.tally.summary()}")

    def _bring_about(self, register: Register) -> None:
        reader = Reader(self.session, self.job.seller_id, self.now, self.job.few)
        feeder = Feeder(self.session, self.job.seller_id, register, self.now)
        if self.job.applies:
            feeder.follow_up()
        due = list[Verdict]()
        shown = list[Verdict]()
        for place in self.inbox.places():
            judged = self._judge(place, reader, register)
            shown += judged
            due += [each for each in judged if each.did is None]
        if self.job.applies:
            self._apply(due, _late(shown, register), register, reader, feeder)
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
        touched = register.touched(self.now() - REPORT_LAGS)
        surely = [sku for marketplace_id, sku in touched if marketplace_id == place.marketplace_id]
        wanted = {wish.sku for wish in wishes}
        current = reader.read(place, wishes, [sku for sku in surely if sku in wanted])
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
        sendings = _sendings(due, rows)
        said: dict[str, tuple[Did, str]] = {}
        try:
            preview.ask(self.session, self.job.seller_id, sendings, said)
        except AmazonError as error:
            self.tally.fault = str(error)
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
        one_by_one, by_feed = _ways(due, self.job.few)
        patcher = Patcher(self.session, self.job.seller_id, register, self.now)
        try:
            patcher.send(_sendings(one_by_one, rows))
            feeder.send({place: _sendings(some, rows) for place, some in by_feed.items()})
            self.tally.fault = patcher.fault
        except AmazonError as error:
            self.tally.fault = str(error)
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
        self.tally.fault = self.tally.fault or back.denied
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


def _late(judged: Sequence[Verdict], register: Register) -> list[Verdict]:
    """Find what earlier runs sent, and Amazon took, and does not show yet."""
    return [
        each
        for each in judged
        if each.did is Did.PENDING
        and (row := register.open.get(each.wish.key)) is not None
        and row.new == each.wish.figure
        and not verdicts.in_feed(row)
    ]


def _is_under_way(row: PriceChange | None) -> bool:
    return row is not None and row.state in UNDER_WAY


def _sendings(due: Sequence[Verdict], rows: Mapping[Key, PriceChange]) -> list[Sending]:
    return bodies.joined((each.wish.place, each.product_type, rows[each.wish.key]) for each in due)


def _ways(due: Sequence[Verdict], few: int) -> tuple[list[Verdict], dict[Place, list[Verdict]]]:
    """Say what goes one by one and what by feed: the marketplaces with most get the feeds."""
    by_place: dict[Place, list[Verdict]] = {}
    for each in due:
        by_place.setdefault(each.wish.place, []).append(each)
    one_by_one = list[Verdict]()
    listings = 0
    for place in sorted(by_place, key=lambda place: len(by_place[place])):
        listings += len({each.wish.sku for each in by_place[place]})
        if listings > few:
            break
        one_by_one += by_place.pop(place)
    return one_by_one, by_place
