"""What accounting wants a listing to show: documents read, and refused when they are no good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from books import Kind
from target_amazon_sp.places import PLACES, Place

# Amazon's own limit for a SKU.
LONGEST_SKU = 40
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)
_DOTS = {".", ".."}

Key = tuple[str, str, Kind]


class NoGood(ValueError):
    """A document that no listing can follow; reason is its name in the books."""

    def __init__(self, reason: str, words: str) -> None:
        self.reason = reason
        super().__init__(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One figure that a listing is to have: a price in the marketplace's currency, or a quantity.

    minimum, maximum: the bounds that the map sets for it. if_listed: nothing is wrong when the
    marketplace has no such listing.
    """

    document_id: str
    place: Place
    sku: str
    kind: Kind
    figure: Decimal
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    if_listed: bool = False
    explanation: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """The figure of the listing that it is about."""
        return self.place.marketplace_id, self.sku, self.kind


def place_of(record: Mapping[str, Any]) -> Place:
    """Find the marketplace of a document; NoGood when nobody knows it."""
    marketplace_id = record.get("marketplace_id")
    if (place := PLACES.get(str(marketplace_id))) is None:
        raise NoGood(
            "unknown_marketplace",
            f"marketplace {marketplace_id!r} is not one of Amazon's known here: correct the column"
            " marketplace_id of marketplaces.csv",
        )
    return place


def price(record: Mapping[str, Any]) -> Wish:
    """Read a document of the stream `prices`."""
    place = place_of(record)
    if (currency := record.get("currency")) != place.currency:
        raise NoGood(
            "currency",
            f"the price is in {currency}, and {place.name} sells in {place.currency}: correct the"
            " currency of this marketplace in prices.csv",
        )
    figure = _amount(record, "price")
    if figure is None or figure <= 0:
        raise NoGood(
            "price", f"the price is {record.get('price')!r}, and must be a decimal above zero"
        )
    if figure != figure.quantize(place.step):
        raise NoGood(
            "decimals",
            f"the price {figure} has more decimals than {place.currency} has"
            f" ({place.decimals}): set `rounding` in prices.csv",
        )
    return Wish(
        kind=Kind.PRICE,
        figure=figure.quantize(place.step),
        minimum=_amount(record, "minimum"),
        maximum=_amount(record, "maximum"),
        **_about(record, place),
    )


def quantity(record: Mapping[str, Any]) -> Wish:
    """Read a document of the stream `quantities`."""
    place, found = place_of(record), record.get("quantity")
    if isinstance(found, Decimal) and found == found.to_integral_value():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise NoGood("quantity", f"the quantity is {found!r}, and must be a whole number from zero")
    return Wish(kind=Kind.QUANTITY, figure=Decimal(found), **_about(record, place))


READERS = {"prices": price, "quantities": quantity}


def _about(record: Mapping[str, Any], place: Place) -> dict[str, Any]:
    document_id, sku = record.get("document_id"), record.get("seller_sku")
    if not isinstance(document_id, str) or not document_id:
        raise NoGood("unreadable", "the document has no document_id")
    if not isinstance(sku, str) or not sku:
        raise NoGood("unreadable", "the document names no seller_sku")
    if len(sku) > LONGEST_SKU:
        raise NoGood("sku", f"the SKU has {len(sku)} characters, and Amazon allows {LONGEST_SKU}")
    if not sku.isprintable() or sku in _DOTS:
        raise NoGood("sku", f"the SKU {sku!r} cannot stand in an address")
    return {
        "document_id": document_id,
        "place": place,
        "sku": sku,
        "if_listed": record.get("if_listed") is True,
        "explanation": str(record.get("explanation") or ""),
    }


def _amount(record: Mapping[str, Any], name: str) -> Decimal | None:
    """Read exact decimal text; NoGood when it is there and is none."""
    found = record.get(name)
    if found is None:
        return None
    if isinstance(found, Decimal):
        found = format(found, "f")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not _DECIMAL.fullmatch(found):
        raise NoGood("unreadable", f"{name} is {found!r}, which is no decimal text")
    return Decimal(found)


@dataclass
class Inbox:
    """The documents of one run, one figure for each listing; those that disagree are set apart.

    refused: document id (or what there is of one), why, and the words, with the wish's listing
    where it is known.
    """

    chosen: frozenset[str] | None
    region: str | None
    wishes: dict[Key, Wish] = field(default_factory=dict)
    disputed: dict[Key, list[Wish]] = field(default_factory=dict)
    refused: list[tuple[Mapping[str, Any], str, NoGood]] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)

    def add(self, stream: str, record: Mapping[str, Any]) -> None:
        """Take a document; one that is no good is kept by name with the reason."""
        try:
            if self._is_elsewhere(record):
                return
            wish = READERS[stream](record)
        except NoGood as fault:
            self.refused.append((record, stream, fault))
            return
        if wish.key in self.disputed:
            self.disputed[wish.key].append(wish)
        elif (known := self.wishes.get(wish.key)) is not None and known != wish:
            self.disputed[wish.key] = [self.wishes.pop(wish.key), wish]
        else:
            self.wishes[wish.key] = wish

    def refuse(self, stream: str, record: Mapping[str, Any], fault: NoGood) -> None:
        """Keep a document that its own stream's schema does not allow."""
        self.refused.append((record, stream, fault))

    def close(self) -> None:
        """Set apart what only the whole run shows: one document id that says two things."""
        said: dict[str, list[Wish]] = {}
        for wish in self.wishes.values():
            said.setdefault(wish.document_id, []).append(wish)
        bad = {str(record.get("document_id")) for record, _, _ in self.refused}
        for document_id, wishes in said.items():
            if len(wishes) > 1 or document_id in bad:
                for wish in wishes:
                    self.disputed[wish.key] = [self.wishes.pop(wish.key)]

    def of(self, marketplace_id: str) -> list[Wish]:
        """The wishes for one marketplace."""
        return [
            wish for wish in self.wishes.values() if wish.place.marketplace_id == marketplace_id
        ]

    def places(self) -> Iterable[Place]:
        """The marketplaces that are asked for, in the order in which they came."""
        return dict.fromkeys(wish.place for wish in self.wishes.values())

    def _is_elsewhere(self, record: Mapping[str, Any]) -> bool:
        """Count and leave alone what belongs to another seller account's run."""
        place = place_of(record)
        if self.chosen is not None:
            ours = place.marketplace_id in self.chosen
        else:
            ours = self.region is None or place.region == self.region
        if not ours:
            self.elsewhere[place.name] = self.elsewhere.get(place.name, 0) + 1
        return not ours
