"""Stock at Amazon as the quantity on hand of items: counted once, summed, or held with a reason.

What counts of Amazon's warehouses is what Amazon has in its hands and can still be sold:
fulfillable, reserved and researching units. Units on their way are only announced, and those that
cannot be sold are worth nothing until Amazon pays for them (FBA Inventory API v1,
InventoryDetails).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from transforms.ledger.book import Book, Marketplace, Sku
from transforms.ledger.documents import Source
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.outcome import Held

STREAM = "stock_levels"
CONTACT = "Inventory Adjustments"
"""The contact of adjustments, by the name that Xero's guide to tracked inventory gives it."""
ADJUSTMENT = "stock_adjustment"

Channel = Literal["fba", "merchant"]


@dataclass(frozen=True, slots=True)
class Count:
    """What one marketplace says of one SKU.

    marketplace: its id where the maps do not have it. quantity: None where it says none; fault:
    what keeps it from being counted.
    """

    marketplace: Marketplace | str
    seller_sku: str
    channel: Channel
    quantity: int | None
    fault: str = ""

    @property
    def place(self) -> str:
        """The marketplace as a person knows it."""
        return self.marketplace if isinstance(self.marketplace, str) else self.marketplace.name


@dataclass(frozen=True, slots=True)
class Part:
    """Stock that was counted, once; pool: the marketplaces that sell from it, if several do."""

    marketplace: str
    seller_sku: str
    channel: Channel
    pool: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What an item is to have on hand."""

    document_id: str
    item_code: str
    quantity: int
    parts: tuple[Part, ...]
    date: date
    contact: str
    account: str
    tax_type: str
    currency: str
    unit_cost: Decimal | None
    source: Source


def owned(fulfillable: int | None, reserved: int | None, researching: int | None) -> int | None:
    """Count the units of an SKU in Amazon's warehouses; None where Amazon tells nothing of it."""
    if fulfillable is None:
        return None
    return fulfillable + (reserved or 0) + (researching or 0)


def levels(counts: Iterable[Count], book: Book, day: date) -> Iterator[StockLevel | Held]:
    """Make the level of each item that Amazon lists, or what holds it, by item code.

    An item of which one count cannot be trusted is held as a whole.
    """
    by_sku: defaultdict[str, list[Count]] = defaultdict(list)
    for count in counts:
        by_sku[count.seller_sku].append(count)
    parts: defaultdict[str, list[Part]] = defaultdict(list)
    faults: defaultdict[str, list[str]] = defaultdict(list)
    for sku, of_sku in sorted(by_sku.items()):
        unmapped = [count for count in of_sku if _line(count, book, day) is None]
        if any(count.quantity or count.fault for count in unmapped):
            yield _unmapped(sku, unmapped)
        _add(of_sku, book, day, parts, faults)
    for code in sorted(parts.keys() | faults.keys()):
        if code in faults:
            words = "; ".join(dict.fromkeys(faults[code]))
            yield Held(f"stock:{code}", STREAM, "stock_conflict", f"item {code}: {words}", None)
        else:
            yield _level(code, parts[code], book, day)


def _line(count: Count, book: Book, day: date) -> Sku | None:
    name = "" if isinstance(count.marketplace, str) else count.marketplace.name
    return book.sku(count.seller_sku, name, day)


def _unmapped(sku: str, counts: list[Count]) -> Held:
    where = ", ".join(
        f"{count.quantity if count.quantity is not None else '?'} at {count.place}"
        for count in counts
        if count.quantity or count.fault
    )
    line = line_to_add(sku, "", "ITEM_CODE", "", "", "")
    words = (
        f"SKU {sku} has stock ({where}) and is not in skus.csv: add a line {line}, or one without "
        "item code where it is not stocked in Xero"
    )
    return Held(f"stock:sku:{sku}", STREAM, "unmapped_sku", words, None)


def _add(
    counts: list[Count],
    book: Book,
    day: date,
    parts: defaultdict[str, list[Part]],
    faults: defaultdict[str, list[str]],
) -> None:
    """Add the counts of one SKU to the items that they belong to."""
    shared: defaultdict[tuple[Channel, str], list[tuple[str, Count]]] = defaultdict(list)
    for count in counts:
        line = _line(count, book, day)
        if line is None or not line.item_code:
            continue
        if fault := _fault(count):
            faults[line.item_code].append(fault)
        elif count.quantity is not None and not isinstance(count.marketplace, str):
            place = count.marketplace
            # A pool and a marketplace of one name are two stocks.
            stock = f"pool {place.stock_pool}" if place.stock_pool else f"place {place.name}"
            shared[count.channel, stock].append((line.item_code, count))
    for of_stock in shared.values():
        codes = sorted({code for code, _ in of_stock})
        if fault := _conflict(codes, [count for _, count in of_stock]):
            for code in codes:
                faults[code].append(fault)
        else:
            parts[codes[0]].append(_part([count for _, count in of_stock], book))


def _fault(count: Count) -> str:
    """Say why a count cannot be trusted; stock at a marketplace that the maps lack is not ours."""
    if count.fault:
        return f"{count.place}, SKU {count.seller_sku}: {count.fault}"
    if isinstance(count.marketplace, str) and count.quantity:
        return (
            f"{count.quantity} of SKU {count.seller_sku} are at {count.place}, which "
            "marketplaces.csv does not have: add its line"
        )
    if count.quantity is not None and count.quantity < 0:
        return f"{count.place} tells {count.quantity} of SKU {count.seller_sku}"
    return ""


def _conflict(codes: list[str], counts: list[Count]) -> str:
    """Say where the marketplaces of one pool contradict each other."""
    sku = counts[0].seller_sku
    if len(codes) > 1:
        return f"SKU {sku} is {' and '.join(codes)} in one stock pool: give it one item in skus.csv"
    if len({count.quantity for count in counts}) > 1:
        told = ", ".join(f"{count.place} {count.quantity}" for count in counts)
        return (
            f"SKU {sku} has one stock in its pool, and its marketplaces tell several ({told}): "
            "correct stock_pool in marketplaces.csv, or wait until Amazon agrees with itself"
        )
    return ""


def _part(counts: list[Count], book: Book) -> Part:
    """Give a stock once, under the first of its marketplaces in marketplaces.csv."""
    order = {each.name: place for place, each in enumerate(book.marketplaces)}
    first = min(counts, key=lambda count: order[count.place])
    pool = "" if isinstance(first.marketplace, str) else first.marketplace.stock_pool
    return Part(first.place, first.seller_sku, first.channel, pool or None, first.quantity or 0)


def _level(code: str, parts: list[Part], book: Book, day: date) -> StockLevel | Held:
    rule = book.account(ADJUSTMENT, "", day)
    if rule is None:
        line = line_to_add(ADJUSTMENT, "", "", "", "ACCOUNT", "NONE")
        words = f"no account for class {ADJUSTMENT}: add a line {line} to accounts.csv"
        return Held(f"stock:{code}", STREAM, "no_account", words, None)
    return StockLevel(
        document_id=f"stock:{code}",
        item_code=code,
        quantity=sum(part.quantity for part in parts),
        parts=tuple(parts),
        date=day,
        contact=CONTACT,
        account=rule.account,
        tax_type=rule.tax_type or book.no_tax("", day),
        currency=book.choices.base_currency,
        unit_cost=_unit_cost(parts, book, day),
        source=Source(book.choices.organisation),
    )


def _unit_cost(parts: list[Part], book: Book, day: date) -> Decimal | None:
    """Give what skus.csv says a unit costs; None where it says nothing, or several things."""
    costs = {book.unit_cost(part.seller_sku, part.marketplace, day) for part in parts} - {None}
    return costs.pop() if len(costs) == 1 else None
