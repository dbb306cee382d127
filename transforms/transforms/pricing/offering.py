"""One run: every listing gets its price and its quantity, or waits for a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from transforms.ledger.book import Book
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.outcome import Held
from transforms.pricing.listed import Listed, Listings, listings
from transforms.pricing.price_list import PriceList
from transforms.pricing.quantities import Quantity, quantity
from transforms.pricing.reckoning import Price, Reckoner, price_line_to_add
from transforms.pricing.refusal import NotOffered
from transforms.pricing.xero import Item, Rates

PRICES, QUANTITIES = "prices", "quantities"


@dataclass(slots=True)
class Offers:
    """What listings are to cost and to offer, by marketplace and SKU, and what waits."""

    prices: list[Price] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


class Items:
    """The items of Xero by code; two of one code answer for nothing."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_code: dict[str, list[Item]] = {}
        for item in items:
            self._by_code.setdefault(item.code, []).append(item)
        self._spelt = {code.casefold(): code for code in self._by_code}

    def __iter__(self) -> Iterator[Item]:
        for code, items in sorted(self._by_code.items()):
            items.sort(key=lambda item: (not item.is_sold, item.item_id))
            yield from items[:1] if code else items

    def of(self, listed: Listed) -> Item:
        """Find the one item of a listing; raises NotOffered where there is none, or a second."""
        if len(listed.claims) > 1:
            named = ", ".join(code or "(no item)" for code in listed.claims)
            raise NotOffered(
                "two_items",
                f"{listed.words}: skus.csv gives this listing to {len(listed.claims)} items: "
                f"{named}: keep one of its lines",
            )
        found = self._by_code.get(listed.item_code, [])
        if len(found) > 1:
            ids = " and ".join(sorted(item.item_id for item in found))
            raise NotOffered(
                "two_items",
                f"{listed.words}: Xero has {len(found)} items of this code ({ids}): change one",
            )
        if not found:
            spelt = self._spelt.get(listed.item_code.casefold())
            hint = f", but has {spelt}: letters count, change one of the two" if spelt else ""
            raise NotOffered(
                "no_item",
                f"{listed.words}: Xero has no item {listed.item_code}"
                f"{hint or ': add it there, or correct that line'}",
            )
        return found[0]


def offer(items: Iterable[Item], rates: Rates, book: Book, prices: PriceList, day: date) -> Offers:
    """Price every listing of skus.csv from its item, and name every item that no listing sells."""
    known, found = Items(items), listings(book, prices, day)
    reckoner = Reckoner(book, prices, rates, day)
    offers = Offers(held=list(_without_listing(known, found, book, day)))

    def priced(listed: Listed) -> None:
        offers.prices.append(reckoner.price(listed, known.of(listed)))

    def counted(listed: Listed) -> None:
        buffer = book.choices.stock_buffer
        offers.quantities.append(quantity(listed, known.of(listed), buffer))

    offers.held += _each(found, PRICES, "price", priced)
    if book.choices.stock_to_amazon == "merchant_listings":
        offers.held += _each(found, QUANTITIES, "quantity", counted)
    offers.held.sort(key=lambda held: held.document_id)
    return offers


def _each(
    found: Listings, stream: str, kind: str, make: Callable[[Listed], None]
) -> Iterator[Held]:
    """Make the document of each listing; what is in doubt leaves its neighbours alone."""
    for listed in found.all:
        try:
            make(listed)
        except NotOffered as doubt:
            yield Held(f"{kind}:{listed.place}", stream, doubt.reason, str(doubt), None)


def _without_listing(items: Items, found: Listings, book: Book, day: date) -> Iterator[Held]:
    """Name the items that nothing sells: no line of skus.csv has them, or none is priced."""
    told = {listed.item_code for listed in found.all}
    for sku in found.unpriced:
        if sku.item_code in told:
            continue
        told.add(sku.item_code)
        first = book.marketplaces[0]
        line = price_line_to_add(first.name, first.currency, book.choices.base_currency)
        yield Held(
            f"price:item:{sku.item_code}",
            PRICES,
            "no_price_line",
            f"item {sku.item_code} ({sku.seller_sku}, skus.csv, line {sku.line}): no line of "
            f"prices.csv prices it on {day}: add a line {line} to it",
            None,
        )
    for item in items:
        if not item.is_sold or item.code in told:
            continue
        line = line_to_add("SELLER_SKU", "", item.code or "ITEM_CODE", "", "", "")
        words = (
            f"no line of skus.csv that is valid on {day} lists it: add a line {line} to it"
            if item.code
            else f"it has no code: give it one there, and skus.csv a line {line}"
        )
        yield Held(
            f"price:item:{item.code or item.item_id}",
            PRICES,
            "unmapped_item",
            f"item {item.code or item.item_id} ({item.name}) is for sale in Xero, but {words}",
            None,
        )
