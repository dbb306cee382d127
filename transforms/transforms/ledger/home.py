"""Where a settlement belongs: the one marketplace of the maps whose accounts it moves."""

from __future__ import annotations

from collections import Counter

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.lines_to_add import marketplace_line
from transforms.ledger.placing import NON_AMAZON
from transforms.ledger.settlement import Settlement
from transforms.ledger.unplaced import Unplaced


def home_marketplace(settlement: Settlement, book: Book) -> Marketplace:
    """Find the marketplace that a settlement belongs to: the one its rows name.

    Where they name several, the one in the settlement's currency that most rows name; where they
    name none, the only one of the maps in that currency. Anything else is unclear (Unplaced).
    """
    currency = settlement.closed.currency
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
    raise Unplaced("unclear_marketplace", [_unclear(settlement, sorted(spelt.values()), currency)])


def _unclear(settlement: Settlement, named: list[str], currency: str) -> str:
    rows = f"its rows name {', '.join(named)}" if named else "its rows name no marketplace"
    line = marketplace_line(named[0] if len(named) == 1 else "NAME", currency)
    return (
        f"settlement {settlement.settlement_id} of {settlement.closed.total} {currency}: {rows}, "
        f"and marketplaces.csv does not say which of its lines in {currency} it belongs to: add "
        f"a line {line}"
    )
