"""skus.csv read backwards: an item, and the listings that sell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from transforms.ledger.book import Book, Marketplace, Sku
from transforms.pricing.price_list import PriceList


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing of an item: a seller SKU at a marketplace, and the line that says so.

    claims: the codes of every item that the maps give for this listing; more than one is a fault.
    """

    marketplace: Marketplace
    sku: Sku
    claims: tuple[str, ...]

    @property
    def item_code(self) -> str:
        """Code of the item in Xero."""
        return self.sku.item_code

    @property
    def if_listed(self) -> bool:
        """Whether the SKU may well not be listed there: its line names no marketplace."""
        return not self.sku.marketplace

    @property
    def place(self) -> str:
        """The part of its documents' ids that names it."""
        return f"{self.marketplace.name}:{self.sku.seller_sku}"

    @property
    def words(self) -> str:
        """Name it, its item and its line of skus.csv, for a person."""
        return (
            f"{self.sku.seller_sku} at {self.marketplace.name} "
            f"(item {self.item_code}, skus.csv, line {self.sku.line})"
        )


@dataclass(frozen=True, slots=True)
class Listings:
    """The listings of a day, by marketplace and SKU.

    unpriced: lines of skus.csv without marketplace whose item prices.csv prices nowhere.
    """

    all: tuple[Listed, ...]
    unpriced: tuple[Sku, ...]


def listings(book: Book, prices: PriceList, day: date) -> Listings:
    """Find the listings of every item; a line without marketplace lists wherever it is priced."""
    found: list[tuple[Marketplace, Sku]] = []
    unpriced: dict[str, Sku] = {}
    for seller_sku in dict.fromkeys(sku.seller_sku for sku in book.skus):
        general: list[tuple[Marketplace, Sku]] = []
        for marketplace in book.marketplaces:
            sku = book.sku(seller_sku, marketplace.name, day)
            if sku is None or not sku.item_code:
                continue
            (found if sku.marketplace else general).append((marketplace, sku))
        priced = [
            (marketplace, sku)
            for marketplace, sku in general
            if prices.line(sku.item_code, marketplace.name, day)
        ]
        if general and not priced:
            unpriced[seller_sku] = general[0][1]
        found += priced
    found.sort(key=lambda each: (each[0].name, each[1].seller_sku))
    return Listings(tuple(_claimed(found, book)), tuple(unpriced.values()))


def _claimed(found: Iterable[tuple[Marketplace, Sku]], book: Book) -> Iterator[Listed]:
    """Name every item that claims each listing.

    SKUs that differ in case alone are taken for one, as the maps take them.
    """
    found = list(found)
    answers: dict[tuple[str, str, date], set[str]] = {}
    for sku in book.skus:
        answers.setdefault(_line(sku), set()).add(sku.item_code)
    claims: dict[tuple[str, str], set[str]] = {}
    for marketplace, sku in found:
        key = (marketplace.name, sku.seller_sku.casefold())
        claims.setdefault(key, set()).update(answers[_line(sku)])
    for marketplace, sku in found:
        codes = claims[marketplace.name, sku.seller_sku.casefold()]
        yield Listed(marketplace, sku, tuple(sorted(codes)))


def _line(sku: Sku) -> tuple[str, str, date]:
    return sku.seller_sku, sku.marketplace, sku.valid_from
