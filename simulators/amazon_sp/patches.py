"""Patches of a listing: how they are read, what they change, and what Amazon finds wrong with them.

    replace  the marketplace's whole set of offers: what is not sent again is gone
    add      one whole offer, matched by its selectors
    merge    the members that are sent, in the offer that the selectors match; null clears one
    delete   the offer that the selectors match, or the members that are named with them

Selectors are marketplace_id, currency and audience; for stock fulfillment_channel_code. Only
top-level attributes can be patched ("Invalid path", selling-partner-api-models 4228).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators.amazon_sp import attributes, instants
from simulators.amazon_sp.attributes import OFFER, SELECTORS, STOCK
from simulators.amazon_sp.errors import invalid_input
from simulators.amazon_sp.offers import CONSUMERS, MERCHANT, Listing, Record, price_of, prices

UNREADABLE = "Request has missing or invalid parameters and cannot be parsed."

_OPERATIONS = {"add", "replace", "merge", "delete"}
_PATH = re.compile(r"/attributes/(\w+)")
_ACTIONS = {
    "actions": [{"action": "LISTING_SUPPRESSED"}],
    "exemption": {"status": "NOT_EXEMPT"},
}


@dataclass(frozen=True)
class Patch:
    """One operation on one top-level attribute."""

    op: str
    attribute: str
    values: list[Record]


def read(wanted: Any) -> list[Patch]:
    """Read the patches of a request; what is not even a patch is refused (400)."""
    if not isinstance(wanted, list) or not wanted:
        raise invalid_input(UNREADABLE)
    return [_read(index, each) for index, each in enumerate(wanted)]


def _read(index: int, wanted: Any) -> Patch:
    if (
        not isinstance(wanted, dict)
        or wanted.keys() - {"op", "path", "value"}
        or wanted.get("op") not in _OPERATIONS
        or not isinstance(wanted.get("path"), str)
    ):
        raise invalid_input(UNREADABLE)
    found = _PATH.fullmatch(wanted["path"])
    if not found:
        raise invalid_input(f"Invalid path provided in patch at index of {index}.")
    values = wanted.get("value")
    if not isinstance(values, list) or not values:
        raise invalid_input(f"Invalid empty value provided in patch at index of {index}.")
    if not all(isinstance(each, dict) for each in values):
        raise invalid_input(UNREADABLE)
    return Patch(wanted["op"], found[1], values)


def completed(patch: Patch, marketplace_ids: list[str], currencies: dict[str, str]) -> Patch:
    """Fill in the selectors that add and replace may leave out: the request's own marketplace."""
    if patch.attribute != OFFER or patch.op in {"merge", "delete"}:
        return patch
    values = []
    for value in patch.values:
        place = value.get("marketplace_id", marketplace_ids[0])
        currency = currencies.get(place, "none")
        filled = {"marketplace_id": place, "currency": currency, "audience": CONSUMERS}
        values.append(filled | value)
    return Patch(patch.op, patch.attribute, values)


# -- what is wrong with a patch by itself ------------------------------------------------------


def misshapen(patch: Patch, currencies: dict[str, str]) -> list[Record]:
    """List what is wrong with a completed patch, whatever the listing is like."""
    attribute = patch.attribute
    if not attributes.known(attribute):
        return [attributes.unknown_attribute(attribute)]
    absent = [
        attributes.missing(selector, attribute)
        for value in patch.values
        for selector in SELECTORS.get(attribute, ())
        if not value.get(selector)
    ]
    if absent:
        return absent
    emptied = patch.op in {"merge", "delete"}
    fitting = all(
        attributes.fits(attribute, value, currencies, emptied=emptied)
        for value in (_judged(patch, each) for each in patch.values)
    )
    twice = len({_selectors(attribute, each) for each in patch.values}) < len(patch.values)
    if not fitting or (attribute in SELECTORS and twice):
        return [attributes.invalid_value(attribute)]
    return []


def _judged(patch: Patch, value: Record) -> Record:
    """Give what must fit the schema: of a deletion its selectors, what it names may be anything."""
    if patch.op != "delete":
        return value
    return {name: value[name] for name in value if name in SELECTORS.get(patch.attribute, value)}


def _selectors(attribute: str, value: Record) -> tuple[Any, ...]:
    place = value.get("marketplace_id") if attribute == STOCK else None
    return (place, *(value.get(name) for name in SELECTORS.get(attribute, ())))


# -- what a patch makes of a listing -----------------------------------------------------------


def applied(
    listings: Iterable[Listing],
    wanted: list[Patch],
    marketplace_ids: list[str],
    *,
    whole: bool = False,
) -> list[Listing]:
    """Give copies of a SKU's listings after the patches: only those that the patches are about.

    whole: the patches are all that a listing is to have.
    """
    after = []
    for listing in listings:
        place = listing.marketplace_id
        about = [_about(patch, place, marketplace_ids) for patch in wanted]
        about = [patch for patch in about if patch.values]
        if not about:
            continue
        # A change puts new lists in place of the old ones, so that nothing in them is shared.
        changed = copy.copy(listing)
        if whole:
            changed.offers, changed.availability, changed.attributes = [], [], {}
        for patch in about:
            _change(changed, patch)
        after.append(changed)
    return after


def _about(patch: Patch, place: str, marketplace_ids: list[str]) -> Patch:
    """Keep of a patch what is about a marketplace; what names none is about all requested."""
    return Patch(
        patch.op,
        patch.attribute,
        [
            value
            for value in patch.values
            if ("marketplace_id" not in value and place in marketplace_ids)
            or value.get("marketplace_id") == place
        ],
    )


def _change(listing: Listing, patch: Patch) -> None:
    values = [dict(value) for value in patch.values]
    if patch.attribute == OFFER:
        listing.offers = _patched(patch, listing.offers, values)
    elif patch.attribute == STOCK:
        listing.availability = _patched(patch, listing.availability, values)
    else:
        kept = {k: part for k, part in listing.attributes.items() if k != patch.attribute}
        listing.attributes = kept if patch.op == "delete" else kept | {patch.attribute: values}


def _patched(patch: Patch, before: list[Record], values: list[Record]) -> list[Record]:
    if patch.op == "replace":
        return values
    names = SELECTORS[patch.attribute]
    there = {tuple(each[name] for name in names): each for each in before}
    for value in values:
        key = tuple(value[name] for name in names)
        if patch.op == "merge":
            merged = there.get(key, {}) | value
            there[key] = {name: part for name, part in merged.items() if part is not None}
        elif patch.op == "add":
            there[key] = value
        elif key in there and (members := value.keys() - {*names, "marketplace_id"}):
            kept = there[key].items()
            there[key] = {name: part for name, part in kept if name not in members}
        else:
            there.pop(key, None)
    return list(there.values())


# -- what is wrong with what it makes ----------------------------------------------------------


def conflicts(before: list[Listing], after: list[Listing], now: datetime) -> list[Record]:
    """List what is wrong with the offers as they would be, and with stock that Amazon keeps."""
    found = []
    kept = {listing.marketplace_id: listing for listing in before}
    for listing in after:
        old = kept[listing.marketplace_id]
        for offered in listing.offers:
            if offered not in old.offers:
                found += _price_conflicts(offered, now)
        if any(
            held not in old.availability
            and "quantity" in held
            and (old.by_amazon or held["fulfillment_channel_code"] != MERCHANT)
            for held in listing.availability
        ):
            found.append(attributes.invalid_value(STOCK))
    return found


def _price_conflicts(offered: Record, now: datetime) -> list[Record]:
    price = price_of(offered)
    if price is None:
        return [attributes.missing("our_price", OFFER)]
    found = []
    lowest = price_of(offered, "minimum_seller_allowed_price")
    highest = price_of(offered, "maximum_seller_allowed_price")
    if lowest is not None and price < lowest:
        found.append(_bound_issue("18155", "minimum", "greater"))
    if highest is not None and price > highest:
        found.append(_bound_issue("18156", "maximum", "less"))
    for time in prices(offered, "discounted_price"):
        starts, ends = instants.read(time["start_at"]), instants.read(time["end_at"])
        over = ends <= now
        if ends <= starts or (not over and time["value_with_tax"] >= price):
            found.append(attributes.invalid_value(OFFER))
    return found


def _bound_issue(code: str, which: str, how: str) -> Record:
    """Write the issue of the Listings Items model's own example; `maximum` is by analogy."""
    return attributes.issue(
        code,
        f"The '{which} price' is {how} than the selling price (excluding shipping) for the "
        f"listing. Review and update your price and/or {which} price.",
        OFFER,
        "INVALID_PRICE",
        enforcements=_ACTIONS,
    )
