"""Feeds API 2021-06-30: many changes in one document, and what became of each.

    upload (createFeedDocument, PUT to the link) -> submit (createFeed) -> finished (getFeed) until
        DONE        report: the issues, to be joined by messageId
        CANCELLED   nothing of it was done
        FATAL       some, none or all of it was done

createFeed is not repeated blindly: when its answer is lost, the feed is looked for first.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from amazon_sp.auth import TIMEOUT, TRIES
from amazon_sp.documents import download
from amazon_sp.errors import Refused, Unavailable
from amazon_sp.hosts import NotAllowed, secure
from amazon_sp.paging import pages
from amazon_sp.session import LOST, Session

logger = logging.getLogger(__name__)

PATH = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
LISTINGS = "JSON_LISTINGS_FEED"
CONTENT_TYPE = "application/json; charset=UTF-8"
MOST_MESSAGES = 25_000
MOST_BYTES = 10 * 2**20 - 1
UNFINISHED = frozenset({"IN_QUEUE", "IN_PROGRESS"})
# Seconds before Amazon is asked how far it is, and the longest between two looks.
FIRST_LOOK = 15.0
LATER_LOOKS = 120.0
SLOWER = 1.5
CLOCKS_DIFFER = timedelta(minutes=2)
# Amazon keeps the list for 90 days, and refuses to be asked for more.
KEPT = timedelta(days=89)
_LINKS = 2


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that has come to its end; document_id: its processing report, where there is one."""

    feed_id: str
    status: str
    document_id: str | None


@dataclass
class FeedDesk:
    """Sends feeds for one seller. now: the present, by which one counts as new."""

    session: Session
    now: Callable[[], datetime]

    def upload(self, content: bytes) -> str:
        """Put a document into Amazon's storage and give its id; nothing comes of that alone."""
        for _ in range(_LINKS):
            made = self._document()
            if _put(self.session, str(made.get("url")), content):
                return str(made["feedDocumentId"])
        raise Refused(
            "The link that a feed is uploaded to is refused although it is new; check this"
            " machine's network and clock"
        )

    def submit(self, marketplace_id: str, document_id: str, known: Collection[str]) -> str:
        """Create a feed and give its id; known: the ids of feeds that are certainly others."""
        body = {
            "feedType": LISTINGS,
            "marketplaceIds": [marketplace_id],
            "inputFeedDocumentId": document_id,
        }
        waited, began, limits = 0.0, self.now(), self.session.limits
        for times in range(TRIES):
            try:
                return str(self.session.write(PATH, body)["feedId"])
            except Unavailable as lost:
                if times == TRIES - 1:
                    raise
                waited = limits.pause(limits.after_failure(times + 1), waited, str(lost))
                if found := self.find(marketplace_id, began, known):
                    return found
        raise AssertionError  # the last try returns or raises

    def find(self, marketplace_id: str, since: datetime, known: Collection[str]) -> str | None:
        """Look for a feed of a marketplace made since an instant, other than those known."""
        earliest = max(since - CLOCKS_DIFFER, self.now() - KEPT).astimezone(UTC)
        asked = {
            "feedTypes": LISTINGS,
            "pageSize": "100",
            "createdSince": f"{earliest:%Y-%m-%dT%H:%M:%SZ}",
        }
        found = [
            feed
            for body in pages(
                self.session,
                PATH,
                asked,
                lambda token: {"nextToken": token},  # Amazon takes it alone only
                lambda body: body.get("nextToken"),
            )
            for feed in body.get("feeds") or ()
            if feed["feedId"] not in known and feed.get("marketplaceIds") == [marketplace_id]
        ]
        oldest = min(found, key=lambda feed: str(feed["createdTime"]), default=None)
        return None if oldest is None else str(oldest["feedId"])

    def finished(self, feed_id: str) -> Feed:
        """Wait for a feed's end; Throttled when that takes longer than the limits let one wait."""
        waited, look = 0.0, FIRST_LOOK
        while True:
            feed = self.session.read(f"{PATH}/{quote(feed_id, safe='')}")
            status = str(feed.get("processingStatus"))
            if status not in UNFINISHED:
                return Feed(feed_id, status, feed.get("resultFeedDocumentId"))
            waited = self.session.limits.pause(look, waited, f"Amazon works at feed {feed_id}")
            look = min(LATER_LOOKS, look * SLOWER)

    def report(self, feed: Feed) -> dict[str, Any]:
        """Read the processing report of a feed; an empty one where Amazon gives none."""
        if feed.document_id is None:
            return {}
        with download(self.session, feed.document_id, path=f"{DOCUMENTS}/") as document:
            try:
                found = json.loads(document.file.read(), parse_float=Decimal)
            except ValueError:
                found = None
        if not isinstance(found, dict):
            raise Unavailable(
                f"The processing report of feed {feed.feed_id} is not a JSON object; run again"
                " later"
            )
        return found

    def _document(self) -> dict[str, Any]:
        """Ask for a place to upload to; one that is asked for twice does no harm."""
        waited, limits = 0.0, self.session.limits
        for times in range(TRIES):
            try:
                return self.session.write(DOCUMENTS, {"contentType": CONTENT_TYPE})
            except Unavailable as lost:
                if times == TRIES - 1:
                    raise
                waited = limits.pause(limits.after_failure(times + 1), waited, str(lost))
        raise AssertionError  # the last try returns or raises


def _put(session: Session, link: str, content: bytes) -> bool:
    """PUT a document to its link, without any token; False when the link is no longer taken."""
    try:
        url = secure(link, "the link")
    except NotAllowed as error:
        raise Refused(f"A feed is not uploaded: {error}") from None
    waited = 0.0
    for times in range(TRIES):
        try:
            response = requests.put(
                url,
                data=content,
                headers={"User-Agent": session.auth.user_agent, "Content-Type": CONTENT_TYPE},
                auth=lambda request: request,  # no token, and no .netrc entry either
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except LOST as error:
            # Not chained: the text of the cause has the link in it.
            trouble = f"lost connection, {type(error).__name__}"
        else:
            if response.ok and not response.is_redirect:
                return True
            trouble = f"HTTP {response.status_code}"
            if response.status_code < requests.codes.internal_server_error:
                return False
        if times < TRIES - 1:
            pause = session.limits.after_failure(times)
            waited = session.limits.pause(pause, waited, f"the upload of a feed ({trouble})")
    raise Unavailable(f"A feed cannot be uploaded ({trouble}); run again later")
