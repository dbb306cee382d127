"""Where a settlement belongs: the one marketplace of the maps whose accounts it moves."""

from __future__ import annotations

from collections import Counter

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.placing import NON_AMAZON, Unplaced
from transforms.ledger.settlement import Settlement


def home_marketplace(settlement: Settlement, book: Book) -> Marketplace:
    """Find the marketplace that a settlement belongs to: the one its rows name.

    Where they name several, the one in the settlement's currency that most rows name; where they
    name none, the only one of the maps in that currency. Anything else is unclear (Unplaced).
    """
    currency = settlement.closed.currency
    named: Counter[str] = Counter()
    for entry in settlement.by_kind():
        name = entry.group.marketplace
        if name and not name.casefold().startswith(NON_AMAZON):
            named[name.casefold()] += entry.rows
    found = [
        (rows, marketplace)
        for name, rows in named.most_common()
        if (marketplace := book.marketplace(name)) and marketplace.currency == currency
    ]
    if not named:
        found = [(0, marketplace) for marketplace in book.in_currency(currency)]
    if len(found) == 1 or (len(found) > 1 and found[0][0] > found[1][0]):
        return found[0][1]
    raise Unplaced("unclear_marketplace", [_unclear(settlement, sorted(named), currency)])


def _unclear(settlement: Settlement, named: list[str], currency: str) -> str:
    rows = f"its rows name {', '.join(named)}" if named else "its rows name no marketplace"
    return (
        f"settlement {settlement.settlement_id} in {currency}: {rows}, and marketplaces.csv does "
        f"not say which of its lines in {currency} it belongs to"
    )
