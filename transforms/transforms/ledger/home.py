"""Where a settlement belongs: the one marketplace of the maps whose accounts it moves."""

from __future__ import annotations

from collections import Counter

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.lines_to_add import line_to_add, marketplace_line
from transforms.ledger.placing import NON_AMAZON
from transforms.ledger.settlement import Settlement
from transforms.ledger.unplaced import Unplaced


def home_marketplace(settlement: Settlement, book: Book) -> Marketplace:
    """Find the marketplace that a settlement belongs to: the one its rows name.

    Where they name several, the one in the settlement's currency that most rows name; where they
    name none, the only one of the maps in that currency. Anything else is unclear (Unplaced),
    until a line of settlements.csv tells: that comes first.
    """
    currency = settlement.closed.currency
    told = _told(settlement, book)
    if told is not None:
        return told
    named: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for entry in settlement.by_kind():
        name = entry.group.marketplace
        if name and not name.casefold().startswith(NON_AMAZON):
            named[name.casefold()] += entry.rows
            spelt.setdefault(name.casefold(), name)
    found = [
        (rows, marketplace)
        for name, rows in named.most_common()
        if (marketplace := book.marketplace(name)) and marketplace.currency == currency
    ]
    if not named:
        found = [(0, marketplace) for marketplace in book.in_currency(currency)]
    if len(found) == 1 or (len(found) > 1 and found[0][0] > found[1][0]):
        return found[0][1]
    words = _unclear(settlement, book, sorted(spelt.values()))
    raise Unplaced("unclear_marketplace", [words])


def _told(settlement: Settlement, book: Book) -> Marketplace | None:
    """Give the marketplace that settlements.csv names; refuse one of another currency."""
    name = book.homes.get(settlement.settlement_id)
    marketplace = book.marketplace(name) if name else None
    if marketplace is not None and marketplace.currency != settlement.closed.currency:
        words = (
            f"{_whole(settlement)}: settlements.csv says {marketplace.name}, which settles in "
            f"{marketplace.currency}: correct its line"
        )
        raise Unplaced("unclear_marketplace", [words])
    return marketplace


def _unclear(settlement: Settlement, book: Book, named: list[str]) -> str:
    """Say what is missing: a line of marketplaces.csv, or a word on which of several it is."""
    currency = settlement.closed.currency
    rows = f"its rows name {', '.join(named)}" if named else "its rows name no marketplace"
    known = [marketplace.name for marketplace in book.in_currency(currency)]
    lacking = [name for name in named if book.marketplace(name) is None]
    if known and not lacking:
        line = line_to_add(settlement.settlement_id, "MARKETPLACE")
        return (
            f"{_whole(settlement)}: {rows}, and of {', '.join(known)} each could be its "
            f"marketplace: add a line {line} to settlements.csv"
        )
    line = marketplace_line(lacking[0] if len(lacking) == 1 else "NAME", currency)
    return (
        f"{_whole(settlement)}: {rows}, and marketplaces.csv does not say which of its lines in "
        f"{currency} it belongs to: add a line {line}"
    )


def _whole(settlement: Settlement) -> str:
    header = settlement.closed
    return f"settlement {settlement.settlement_id} of {header.total} {header.currency}"
