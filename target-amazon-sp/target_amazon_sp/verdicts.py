"""What is to become of a wish, given what its listing shows and what the books know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from books import Kind, PriceChange, Stage
from books.changes import UNDER_WAY
from target_amazon_sp import guards, offers
from target_amazon_sp.guards import Objection
from target_amazon_sp.offers import Listing, Offer, Unclear
from target_amazon_sp.settings import Limits
from target_amazon_sp.wishes import Wish

# Amazon applies most changes within minutes; after this long the same figure is sent again.
PATIENCE = timedelta(hours=2)


class Did(StrEnum):
    """What became of a listing's figure in a run; the words of the summary."""

    UNCHANGED = "unchanged"
    APPLIED = "applied"
    WOULD_SEND = "would be sent"
    PENDING = "pending"
    REFUSED = "refused"
    HELD = "held"
    NOT_LISTED = "not listed"
    LEFT_ALONE = "fulfilled by Amazon, left alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a wish; without `did` it is to be sent.

    old: what the listing shows. confirmed_at: when a person confirmed just this change.
    """

    wish: Wish
    did: Did | None = None
    old: Decimal | None = None
    objection: Objection | None = None
    words: str = ""
    confirmed_at: datetime | None = None
    product_type: str = ""


def judge(
    wish: Wish,
    listing: Listing | None,
    last: PriceChange | None,
    limits: Limits,
    now: datetime,
) -> Verdict:
    """Judge one wish; last: the open row of the books about this figure."""
    if listing is None or not listing.is_listed:
        return _not_listed(wish, ended=listing is not None)
    if wish.kind is Kind.QUANTITY and listing.channel == offers.AMAZON:
        return Verdict(wish=wish, did=Did.LEFT_ALONE)
    old = shown(wish, listing, now)
    if has(wish, listing, now):
        return _there(wish, last, old, now)
    if last and (words := _on_its_way(wish, last, now)):
        return Verdict(wish=wish, did=Did.PENDING, old=old, words=words)
    if last is None and _given(wish, listing):
        words = f"Amazon has {wish.figure} and shows {old}: see whether it prices this by a rule"
        return Verdict(wish=wish, did=Did.UNCHANGED, old=old, words=words)
    return _guarded(wish, listing, last, old, limits, now)


def _guarded(
    wish: Wish,
    listing: Listing,
    last: PriceChange | None,
    old: Decimal | None,
    limits: Limits,
    now: datetime,
) -> Verdict:
    """Hold a change that breaks a guard which nobody lifted; else it is to be sent."""
    confirmed = _confirmed(wish, last, old)
    stands = (
        each
        for each in _objections(wish, listing, limits, now)
        if not (confirmed and each.is_liftable)
    )
    objection = next(stands, None)
    return Verdict(
        wish=wish,
        did=Did.HELD if objection else None,
        old=old,
        objection=objection,
        confirmed_at=confirmed,
        product_type=listing.product_type or "",
    )


def has(wish: Wish, listing: Listing, now: datetime) -> bool:
    """Tell whether a listing has what is wished for."""
    if wish.kind is Kind.QUANTITY:
        return listing.stock == wish.figure
    offer = listing.offer
    return (
        isinstance(offer, Offer)
        and offer.currencies <= {wish.place.currency}
        and offer.has(wish.figure, now)
    )


def shown(wish: Wish, listing: Listing, now: datetime) -> Decimal | None:
    """Give what a listing shows where the wish would change it."""
    if wish.kind is Kind.QUANTITY:
        return listing.stock
    return None if isinstance(listing.offer, Unclear) else listing.offer.regular(now)


def in_feed(last: PriceChange) -> bool:
    """Tell whether a change is in a feed of which the end was not seen."""
    return last.batch is not None and last.state in {Stage.INTENDED, Stage.SENT}


def _not_listed(wish: Wish, *, ended: bool) -> Verdict:
    if wish.if_listed:
        return Verdict(wish=wish, did=Did.NOT_LISTED)
    what = "the listing of this SKU has ended" if ended else "no listing of this SKU is there"
    words = f"{what} ({wish.place.name}): list it, or take its line out of skus.csv"
    return Verdict(wish=wish, did=Did.HELD, objection=Objection("not_listed", words))


def _there(wish: Wish, last: PriceChange | None, old: Decimal | None, now: datetime) -> Verdict:
    """Judge a wish whose figure is shown already: by our doing, or while another is on its way."""
    if last is None or last.state not in UNDER_WAY:
        return Verdict(wish=wish, did=Did.UNCHANGED, old=old)
    if last.new == wish.figure:
        return Verdict(wish=wish, did=Did.APPLIED, old=old)
    if in_feed(last) or _is_young(last, now):
        words = f"{last.new} was sent before, and Amazon may still come to show it"
        return Verdict(wish=wish, did=Did.PENDING, old=old, words=words)
    return Verdict(wish=wish, did=Did.UNCHANGED, old=old)


def _is_young(last: PriceChange, now: datetime) -> bool:
    return last.sent_at is not None and now - last.sent_at < PATIENCE


def _on_its_way(wish: Wish, last: PriceChange, now: datetime) -> str:
    """Say that a change is under way and nothing else may be sent; empty when it is not."""
    if in_feed(last):
        return f"in feed {last.feed_id or 'that Amazon was given'}, which Amazon works at"
    if (
        last.state in {Stage.SENT, Stage.PENDING}
        and last.new == wish.figure
        and last.sent_at is not None
        and _is_young(last, now)
    ):
        return (
            f"Amazon took {last.new} at {last.sent_at:%H:%M} UTC and does not show it yet; it is"
            f" sent again when it is not shown {PATIENCE.seconds // 3600} hours after that"
        )
    return ""


def _given(wish: Wish, listing: Listing) -> bool:
    return (
        wish.kind is Kind.PRICE
        and isinstance(listing.offer, Offer)
        and listing.offer.given == wish.figure
        and listing.offer.currencies <= {wish.place.currency}
    )


def _confirmed(wish: Wish, last: PriceChange | None, old: Decimal | None) -> datetime | None:
    """Tell when a person confirmed exactly this change: from this figure to that one."""
    if last is None or (last.old, last.new) != (old, wish.figure):
        return None
    return last.confirmed_at


def _objections(wish: Wish, listing: Listing, limits: Limits, now: datetime) -> list[Objection]:
    if not listing.product_type:
        words = "Amazon names no product type for the listing: see whether it is complete there"
        return [Objection("product_type", words)]
    if wish.kind is Kind.QUANTITY:
        if listing.channel is None:
            words = "Amazon does not say who fulfils the listing: set it in Seller Central"
            return [Objection("channel", words)]
        return []
    if isinstance(listing.offer, Unclear):
        return [Objection(listing.offer.reason, str(listing.offer))]
    return list(guards.objections(wish, listing.offer, limits, now))
