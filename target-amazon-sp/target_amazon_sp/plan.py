"""Which way each change goes: one by one or by feed, and what is read back along with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from books import PriceChange
from target_amazon_sp import bodies, verdicts
from target_amazon_sp.bodies import Sending
from target_amazon_sp.places import Place
from target_amazon_sp.register import Register
from target_amazon_sp.verdicts import Did, Verdict
from target_amazon_sp.wishes import Key


def sendings(due: Sequence[Verdict], rows: Mapping[Key, PriceChange]) -> list[Sending]:
    """Put together what changes of one listing, each with its row."""
    return bodies.joined((each.wish.place, each.product_type, rows[each.wish.key]) for each in due)


def ways(due: Sequence[Verdict], few: int) -> tuple[list[Verdict], dict[Place, list[Verdict]]]:
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


def late(judged: Sequence[Verdict], register: Register) -> list[Verdict]:
    """Find what earlier runs sent, and Amazon took, and does not show yet."""
    return [
        each
        for each in judged
        if each.did is Did.PENDING
        and (row := register.open.get(each.wish.key)) is not None
        and row.new == each.wish.figure
        and not verdicts.in_feed(row)
    ]
