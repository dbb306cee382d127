"""The guards around a price: pure rules, each with both figures and the way on.

Nothing here asks Amazon or the books. A guard that may be lifted says so: then a person confirms
exactly this change, from this price to that one, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from target_amazon_sp.offers import Offer
from target_amazon_sp.settings import Limits
from target_amazon_sp.wishes import Wish

# A slip of the decimal point: held however large a change the settings allow.
TENFOLD = 10


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a change is not sent; is_liftable: a person may confirm it."""

    reason: str
    words: str
    is_liftable: bool = False


def objections(wish: Wish, offer: Offer, limits: Limits, now: datetime) -> Iterator[Objection]:
    """Give every guard that a price would break; those that nobody can lift come first."""
    if others := offer.currencies - {wish.place.currency}:
        yield Objection(
            "offer_currency",
            f"the offer on Amazon is in {', '.join(sorted(others))}, the price in"
            f" {wish.place.currency}: correct the offer in Seller Central",
        )
        return
    yield from _bounds(wish, offer, limits)
    for discount in offer.discounts:
        if not discount.is_over(now) and wish.figure <= discount.price:
            until = f" until {discount.end:%Y-%m-%d}" if discount.end else ""
            yield Objection(
                "discount",
                f"{_money(wish)} is not above the discounted price {discount.price}{until}: end"
                " the discount in Seller Central, or let it end",
            )
    yield from _changes(wish, offer, limits, now)


def percent(old: Decimal, new: Decimal) -> Decimal:
    """Give the change from one price to another in percent, signed, exact enough to compare."""
    return (new - old) * 100 / old


def spoken_percent(old: Decimal | None, new: Decimal) -> str:
    """Write a change as a person reads it: +12.5 %."""
    return f"{percent(old, new):+.1f} %" if old else "new"


def _bounds(wish: Wish, offer: Offer, limits: Limits) -> Iterator[Objection]:
    new = wish.figure
    own = "change it or the price"
    lowest = (
        ("min_price_guard", limits.min_price, "min_price_guard", "correct the price, or the guard"),
        ("minimum", wish.minimum, "the minimum of prices.csv", own),
        ("seller_minimum", offer.lowest, "the seller's own minimum at Amazon", own),
    )
    for reason, bound, name, way_on in lowest:
        if bound is not None and new < bound:
            yield Objection(reason, f"{_money(wish)} is below {name}, {bound}: {way_on}")
    highest = (
        ("maximum", wish.maximum, "the maximum of prices.csv"),
        ("seller_maximum", offer.highest, "the seller's own maximum at Amazon"),
    )
    for reason, bound, name in highest:
        if bound is not None and new > bound:
            yield Objection(reason, f"{_money(wish)} is above {name}, {bound}: {own}")


def _changes(wish: Wish, offer: Offer, limits: Limits, now: datetime) -> Iterator[Objection]:
    regular, new = offer.regular(now), wish.figure
    if not regular:
        yield Objection(
            "first_price",
            f"the listing has no price, and would get its first, {_money(wish)}: confirm it",
            is_liftable=True,
        )
        return
    # Where buyers see something else than the seller gave, the change is held against both.
    for old in dict.fromkeys((regular, offer.given or regular)):
        if is_too_far(old, new, limits.max_change_percent):
            yield Objection(
                "change",
                f"{old} -> {_money(wish)} is {spoken_percent(old, new)}, more than the"
                f" {limits.max_change_percent} % of max_change_percent: confirm it, or correct the"
                " price",
                is_liftable=True,
            )
            return


def is_too_far(old: Decimal, new: Decimal, most: Decimal) -> bool:
    """Tell whether a change is beyond what may pass unseen; compared without dividing."""
    tenfold = new >= old * TENFOLD or new * TENFOLD <= old
    return tenfold or abs(new - old) * 100 > most * old


def _money(wish: Wish) -> str:
    return f"{wish.figure} {wish.place.currency}"
