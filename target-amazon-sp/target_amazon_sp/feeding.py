"""Many changes, sent as feeds: one for a marketplace at a time, followed to its end.

    upload -> `intended` with the document's id, commit -> createFeed -> `sent` with the feed's id,
    commit -> wait -> processing report -> refused by name, or pending until it is read back

A run that ends anywhere in between leaves enough for the next to go on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from amazon_sp import Session
from amazon_sp.errors import DocumentDamaged, NotFound, Refused, Throttled, Unavailable
from amazon_sp.feeds import Feed, FeedDesk
from amazon_sp.paging import TokenExpired
from books import PriceChange, Stage
from target_amazon_sp import bodies, offers
from target_amazon_sp.bodies import Sending
from target_amazon_sp.places import Place
from target_amazon_sp.register import Register

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """A feed that Amazon has, and the rows in it."""

    feed_id: str
    rows: list[PriceChange]


class Feeder:
    """Sends and follows the feeds of one seller.

    doubtful: changes of a feed that failed as a whole, by id, with the reason: what is not read
    back of them is refused. unsent: what was not sent, since an earlier part has no end yet.
    """

    def __init__(
        self, session: Session, seller_id: str, register: Register, now: Callable[[], datetime]
    ) -> None:
        self._seller_id = seller_id
        self._register = register
        self._now = now
        self._desk = FeedDesk(session, now)
        self.doubtful: dict[str, str] = {}

    def follow_up(self) -> None:
        """Bring the feeds of earlier runs to their end, as far as Amazon has come with them."""
        batches: dict[str, list[PriceChange]] = {}
        for row in self._register.in_feeds():
            batches.setdefault(str(row.batch), []).append(row)
        for rows in batches.values():
            feed_id = rows[0].feed_id or self._found(rows)
            if feed_id is None:
                self._register.keep(
                    rows,
                    closed_at=self._now(),
                    message="the run ended before Amazon was given the feed",
                )
                continue
            logger.info("Feed %s of an earlier run is followed up first", feed_id)
            self._follow(Sent(feed_id, rows))

    def send(self, by_place: Mapping[Place, Sequence[Sending]]) -> None:
        """Send all, a feed for each marketplace at once, and follow each to its end."""
        waiting = {
            place: list(bodies.parts(self._seller_id, sendings))
            for place, sendings in by_place.items()
        }
        while waiting:
            begun = [(place, self._begin(place, *parts.pop(0))) for place, parts in waiting.items()]
            for place, sent in begun:
                if sent is not None and not self._follow(sent):
                    waiting[place] = []  # two feeds at once might overtake one another
            waiting = {place: parts for place, parts in waiting.items() if parts}

    def _begin(self, place: Place, content: bytes, sendings: list[Sending]) -> Sent | None:
        """Upload and create one feed; None when Amazon takes no such feed."""
        batch = self._desk.upload(content)
        rows = self._register.intend(
            replace(row, batch=batch, message_id=number)
            for number, sending in enumerate(sendings, 1)
            for row in sending.rows
        )
        try:
            feed_id = self._desk.submit(place.marketplace_id, batch, self._register.feed_ids())
        except TokenExpired:
            raise  # whether the feed is there was not found out: the next run looks again
        except Refused as refused:
            self._refuse(rows, str(refused))
            return None
        rows = self._register.keep(rows, state=Stage.SENT, feed_id=feed_id, sent_at=self._now())
        logger.info("Feed %s has %d changes for %s", feed_id, len(sendings), place.name)
        return Sent(feed_id, rows)

    def _found(self, rows: Sequence[PriceChange]) -> str | None:
        """Look for the feed of which the run that made it did not learn the id."""
        created = rows[0].created_at or self._now()
        known = self._register.feed_ids()
        return self._desk.find(rows[0].marketplace_id, created, known)

    def _follow(self, sent: Sent) -> bool:
        """Wait for a feed's end and join its report; False where it did not end in time."""
        rows = sent.rows
        if any(row.feed_id != sent.feed_id for row in rows):
            rows = self._register.keep(
                rows, state=Stage.SENT, feed_id=sent.feed_id, sent_at=self._now()
            )
        try:
            feed = self._desk.finished(sent.feed_id)
        except Throttled as slow:
            logger.warning("Feed %s is left for the next run: %s", sent.feed_id, slow)
            return False
        except NotFound as gone:
            # It is no longer kept: what the listings show decides.
            self._register.keep(rows, state=Stage.PENDING, sent_at=None, message=str(gone))
            return True
        if feed.status == "CANCELLED":
            words = f"Amazon cancelled feed {feed.feed_id} before it was processed; run again"
            self._refuse(rows, words)
        else:
            self._join(rows, feed, self._report(feed))
        return True

    def _report(self, feed: Feed) -> dict[str, Any]:
        """Read a processing report; without it, reading back must decide."""
        try:
            return self._desk.report(feed)
        except (DocumentDamaged, Refused, Unavailable) as error:
            logger.warning("Feed %s has no report that can be read: %s", feed.feed_id, error)
            return {}

    def _join(self, rows: list[PriceChange], feed: Feed, report: dict[str, Any]) -> None:
        """Join the issues by message id: refused is what has an ERROR of its own."""
        by_message: dict[int | None, list[Mapping[str, Any]]] = {}
        ours = {row.message_id for row in rows}
        for issue in report.get("issues") or ():
            if issue.get("severity") == "ERROR":
                number = _number(issue.get("messageId"))
                by_message.setdefault(number if number in ours else None, []).append(issue)
        taken = list[PriceChange]()
        for row in rows:
            if row.message_id in by_message:
                self._refuse([row], offers.words(by_message[row.message_id]))
            else:
                taken.append(row)
        whole = offers.words(by_message.get(None, ()))
        if feed.status == "FATAL" or whole:
            words = f"feed {feed.feed_id} failed ({feed.status}): {whole or 'it gives no reason'}"
            self._register.keep(
                taken, state=Stage.PENDING, sent_at=None, reason="feed", message=words
            )
            self.doubtful |= {row.change_id: words for row in taken}
        else:
            _warn_of_missing(feed, report, len(ours))
            self._register.keep(taken, state=Stage.PENDING, sent_at=self._now())

    def _refuse(self, rows: Iterable[PriceChange], words: str) -> None:
        self._register.keep(rows, state=Stage.REFUSED, reason="amazon", message=words)


def _warn_of_missing(feed: Feed, report: dict[str, Any], sent: int) -> None:
    processed = _number((report.get("summary") or {}).get("messagesProcessed"))
    if processed != sent:
        logger.warning(
            "Feed %s had %d changes, and its report speaks of %s: reading back decides",
            feed.feed_id,
            sent,
            "none" if processed is None else processed,
        )


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
