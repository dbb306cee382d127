"""A seller's listings and what was submitted for them: the state behind reports, items and feeds.

An accepted submission is in the listings only after `apply_time`, by the simulator's clock.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from simulators.amazon_sp import attributes, feed_processing, patches
from simulators.amazon_sp.offers import BUSINESSES, MERCHANT, Listing, Record, offer
from simulators.amazon_sp.patches import Patch
from simulators.amazon_sp.stored import Document
from simulators.clock import Clock

Operation = Literal["PATCH", "PARTIAL_UPDATE", "UPDATE", "DELETE"]

PRODUCT_TYPES = {
    "PRODUCT": "Product",
    "ABIS_BOOK": "Book",
    "CLAMP": "Clamp",
    "DRINKING_CUP": "Drinking Cup",
    "ELECTRONIC_CABLE": "Electronic Cable",
    "LAMP": "Lamp",
    "LUGGAGE": "Luggage",
    "SCALE": "Scale",
    "TOY_FIGURE": "Toy Figure",
}


@dataclass(frozen=True)
class Submission:
    """What was accepted for a SKU and is applied when it is due."""

    submission_id: str
    sku: str
    marketplace_ids: list[str]
    patches: list[Patch]
    due: datetime
    operation: Operation = "PATCH"


@dataclass(frozen=True)
class SpoiledFeed:
    """How a feed ends badly; a reason becomes its processing report."""

    status: Literal["CANCELLED", "FATAL"]
    reason: str = ""


@dataclass(frozen=True)
class FeedWork:
    """What is still to do about a feed: the document to process, the bad end that is due."""

    document_id: str
    spoiled: SpoiledFeed | None


@dataclass(frozen=True)
class Upload:
    """A feed document that waits for its contents, of one content type."""

    content_type: str
    created: datetime


@dataclass
class Shop:
    """Listings, submissions and feeds of a seller's account.

    stuck: SKUs whose submissions are accepted and never applied. product_types: the ones Amazon
    knows, by name. feed_time: how long a feed is processed; its changes are applied after that.
    feeds_at_once: so many feeds of listings in so much time.
    """

    seller_id: str = "A2DEMOSELLER01"
    clock: Clock = field(default_factory=Clock)
    participations: list[Record] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    apply_time: timedelta = timedelta(seconds=5)
    stuck: set[str] = field(default_factory=set)
    product_types: dict[str, str] = field(default_factory=lambda: dict(PRODUCT_TYPES))
    submissions: list[Submission] = field(default_factory=list)
    feed_time: timedelta = timedelta(seconds=10)
    feeds_at_once: tuple[int, timedelta] = (5, timedelta(minutes=5))
    feeds: dict[str, Record] = field(default_factory=dict)
    feed_work: dict[str, FeedWork] = field(default_factory=dict)
    feed_documents: dict[str, Document] = field(default_factory=dict)
    schemas: dict[str, Document] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    spoiled_feeds: list[SpoiledFeed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._found: dict[str, list[Listing]] = {}
        self._counted = -1

    @property
    def marketplace_ids(self) -> list[str]:
        """The marketplaces the seller takes part in."""
        return [each["marketplace"]["id"] for each in self.participations]

    def currency(self, marketplace_id: str) -> str:
        """Give the currency of a marketplace that the seller takes part in."""
        return next(
            str(each["marketplace"]["defaultCurrencyCode"])
            for each in self.participations
            if each["marketplace"]["id"] == marketplace_id
        )

    # -- what a test sets up -----------------------------------------------------------------

    def add_listing(
        self,
        sku: str,
        price: Decimal | str,
        marketplace_id: str = "A1F83G8C2ARO7P",
        *,
        quantity: int | None = None,
        channel: str | None = None,
        business: Decimal | str | None = None,
        **more: Any,
    ) -> Listing:
        """List a SKU at a price: with a quantity by the merchant, without by Amazon.

        `offer_more` are further members of the consumers' offer, such as `discounted_price`;
        `business_more` of the businesses'. Everything else is a field of `Listing`.
        """
        currency = more.pop("currency", None) or self.currency(marketplace_id)
        consumers, businesses = more.pop("offer_more", {}), more.pop("business_more", {})
        offers = [offer(marketplace_id, currency, Decimal(price), **consumers)]
        if business is not None:
            to = {"audience": BUSINESSES, **businesses}
            offers.append(offer(marketplace_id, currency, Decimal(business), **to))
        held: Record = {"fulfillment_channel_code": channel or "AMAZON_EU"}
        if quantity is not None:
            held = {"fulfillment_channel_code": channel or MERCHANT, "quantity": quantity}
        listing = Listing(
            marketplace_id=marketplace_id,
            sku=sku,
            currency=currency,
            offers=offers,
            availability=[held],
            **{"opened": self.clock.now(), "asin": _asin(sku), "title": sku, **more},
        )
        with self.lock:
            self.listings.append(listing)
        return listing

    def listing(self, sku: str, marketplace_id: str = "A1F83G8C2ARO7P") -> Listing:
        """Give a listing as it is by now; KeyError when it is not there."""
        with self.lock:
            self.catch_up()
            for each in self.of_sku(sku):
                if each.marketplace_id == marketplace_id:
                    return each
        raise KeyError(f"{sku} is not listed in {marketplace_id}")

    def end_listing(self, sku: str, marketplace_id: str = "A1F83G8C2ARO7P") -> None:
        """End a listing: it stays in the account, inactive."""
        with self.lock:
            self.listing(sku, marketplace_id).ended = True

    def remove_listing(self, sku: str, marketplace_id: str = "A1F83G8C2ARO7P") -> None:
        """Delete a listing: nothing shows it any longer."""
        with self.lock:
            self.listings.remove(self.listing(sku, marketplace_id))
            self._counted = -1

    def forget_product_type(self, name: str) -> None:
        """Let Amazon know a product type no longer."""
        self.product_types.pop(name, None)

    def spoil_feed(
        self, status: Literal["CANCELLED", "FATAL"], reason: str = "", times: int = 1
    ) -> None:
        """Let the next feeds end as cancelled or fatal, with a reason as their report."""
        self.spoiled_feeds += [SpoiledFeed(status, reason)] * times

    # -- what the operations use -------------------------------------------------------------

    def of_sku(self, sku: str) -> list[Listing]:
        """List a SKU's listings, one for each marketplace."""
        if self._counted != len(self.listings):
            self._found = {}
            for each in self.listings:
                self._found.setdefault(each.sku, []).append(each)
            self._counted = len(self.listings)
        return self._found.get(sku, [])

    def judge(
        self,
        sku: str,
        places: list[str],
        product_type: str,
        wanted: list[Patch],
        *,
        now: datetime,
        whole: bool = False,
    ) -> tuple[list[Record], list[Patch]]:
        """Give the issues that patches would have, and the patches with their selectors."""
        if product_type not in self.product_types:
            return [attributes.unknown_product_type()], wanted
        currencies = {place: self.currency(place) for place in places + self.marketplace_ids}
        ready = [patches.completed(patch, places, currencies) for patch in wanted]
        issues = [each for patch in ready for each in patches.misshapen(patch, currencies)]
        if not issues:
            before = self.listed(sku, list(currencies))
            after = patches.applied(before, ready, places, whole=whole)
            issues = patches.conflicts(before, after, now)
        return issues, ready

    def submit(
        self,
        sku: str,
        marketplace_ids: list[str],
        wanted: list[Patch],
        *,
        at: datetime | None = None,
        operation: Operation = "PATCH",
    ) -> str:
        """Queue what was accepted, from an instant or now; returns the id of the submission."""
        due = (at or self.clock.now()) + self.apply_time
        submission = Submission(uuid.uuid4().hex, sku, marketplace_ids, wanted, due, operation)
        self.submissions.append(submission)
        return submission.submission_id

    def catch_up(self) -> None:
        """Bring feeds and submissions to where they are by now."""
        with self.lock:
            feed_processing.progress(self)
            self.apply_due(self.clock.now())

    def apply_due(self, now: datetime) -> None:
        """Apply every submission that is due, the oldest first; what is stuck stays."""
        due = [each for each in self.submissions if each.due <= now and each.sku not in self.stuck]
        if not due:
            return
        done = {submission.submission_id for submission in due}
        self.submissions = [each for each in self.submissions if each.submission_id not in done]
        for submission in sorted(due, key=lambda each: each.due):
            self._apply(submission)

    def _apply(self, submission: Submission) -> None:
        sku, places = submission.sku, submission.marketplace_ids
        there = {each.marketplace_id: each for each in self.of_sku(sku)}
        if submission.operation == "DELETE":
            for place in set(places) & set(there):
                self.listings.remove(there[place])
            self._counted = -1
            return
        whole = submission.operation == "UPDATE"
        before = self.listed(sku, places)
        for listing in patches.applied(before, submission.patches, places, whole=whole):
            listing.changed = submission.due
            if listing.marketplace_id in there:
                vars(there[listing.marketplace_id]).update(vars(listing))
            else:
                self.listings.append(listing)
                self._found.setdefault(sku, []).append(listing)
                self._counted += 1

    def listed(self, sku: str, marketplace_ids: list[str]) -> list[Listing]:
        """Give a SKU's listings, with an incomplete one for each marketplace that has none."""
        found = self.of_sku(sku)
        there = {each.marketplace_id for each in found}
        return found + [
            Listing(
                marketplace_id=each,
                sku=sku,
                currency=self.currency(each),
                opened=self.clock.now(),
            )
            for each in marketplace_ids
            if each not in there
        ]


def _asin(sku: str) -> str:
    """Make up an ASIN that is the same for the same SKU."""
    return f"B0{uuid.uuid5(uuid.NAMESPACE_OID, sku).hex[:8].upper()}"
