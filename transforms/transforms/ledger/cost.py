"""Cost of goods: what the units of a settlement cost, out of stock, month by month.

Units sold are the quantity of the `Order / ItemPrice / Principal` rows alone: the report repeats
it on every row of an item (settlement fact sheet, section 1). No row of a settlement tells
whether a returned unit can be sold again, so that refunds give their cost back only by choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.book import AccountRule, Book, Marketplace
from transforms.ledger.difference import Difference
from transforms.ledger.documents import Journal, JournalLine, Source, Tracking
from transforms.ledger.journals import month_of
from transforms.ledger.lines_to_add import line_to_add, rows_from
from transforms.ledger.money import ZERO, round_to
from transforms.ledger.placing import marketplace_of, tracking_of
from transforms.ledger.settlement import Entry, Header
from transforms.ledger.unplaced import Unplaced

SOLD = ("order", "itemprice", "principal")
REFUNDED = ("refund", "itemprice", "principal")


class SkuUnits(NamedTuple):
    """Whose units: month, marketplace and SKU, and whether they came back to stock."""

    month: str
    marketplace: str
    sku: str
    is_restocked: bool
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Cost:
    """The units of one SKU in one month; without a unit cost nothing of them is booked."""

    key: SkuUnits
    units: int

    @property
    def amount(self) -> Decimal | None:
        """What they cost, exact; what was restocked is negative."""
        if self.key.unit_cost is None:
            return None
        return self.key.unit_cost * (-self.units if self.key.is_restocked else self.units)


class _Pair(NamedTuple):
    """Where a cost is posted: the line of its expense and that of stock."""

    expense: tuple[str, str]
    tracking: tuple[Tracking, ...]
    stock: tuple[str, str]
    is_restocked: bool


@dataclass(frozen=True, slots=True)
class CostOfGoods:
    """The journals of a settlement's cost, the units behind them, and what is not known."""

    journals: tuple[Journal, ...] = ()
    costs: tuple[Cost, ...] = ()
    differences: tuple[Difference, ...] = ()


def cost_of_goods(
    entries: Iterable[Entry], header: Header, book: Book, home: Marketplace
) -> CostOfGoods:
    """Book what the units of a settlement cost, in the base currency whatever it settles in.

    Nothing where skus.csv gives no unit cost at all; a SKU without one is named, never guessed.
    """
    if not book.has_costs:
        return CostOfGoods()
    moved = [entry for entry in entries if _is_moved(entry, book)]
    units: dict[SkuUnits, int] = {}
    journals = []
    for month, part in _by_month(moved).items():
        sums: dict[_Pair, tuple[Decimal, int]] = {}
        for entry in part:
            key = _whose(entry, book, home)
            number = abs(entry.quantity)
            units[key] = units.get(key, 0) + number
            amount = Cost(key, number).amount
            if amount:
                pair = _pair(entry, key, book, home)
                before, count = sums.get(pair, (ZERO, 0))
                sums[pair] = (before + amount, count + number)
        made = _lines(sums, book.choices.base_currency)
        if made:
            journals.append(_journal(month, part, made, header, book, home))
    costs = tuple(Cost(key, number) for key, number in units.items() if number)
    return CostOfGoods(tuple(journals), costs, tuple(_not_known(costs, moved, book)))


def _by_month(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    parts: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.day):
        parts.setdefault(month_of(entry.day), []).append(entry)
    return parts


def _is_moved(entry: Entry, book: Book) -> bool:
    if _came_back(entry):
        return book.choices.refunded_units == "restocked"
    return entry.triple.folded == SOLD


def _came_back(entry: Entry) -> bool:
    """Whether the buyer has the price back: a refund, or a sale that its own rows take back."""
    folded = entry.triple.folded
    return folded == REFUNDED or (folded == SOLD and entry.amount < ZERO)


def _whose(entry: Entry, book: Book, home: Marketplace) -> SkuUnits:
    group = entry.group
    marketplace = marketplace_of(group.marketplace, book, home)
    return SkuUnits(
        month=month_of(entry.day),
        marketplace=marketplace.name,
        sku=group.sku,
        is_restocked=_came_back(entry),
        unit_cost=book.unit_cost(group.sku, marketplace.name, entry.day),
    )


def _pair(entry: Entry, key: SkuUnits, book: Book, home: Marketplace) -> _Pair:
    expense, stock = (_rule(name, key, entry, book) for name in ("cost_of_goods", "stock"))
    marketplace = marketplace_of(entry.group.marketplace, book, home)
    return _Pair(
        (expense.account, expense.tax_type),
        tracking_of(book, marketplace, key.sku, entry.day),
        (stock.account, stock.tax_type),
        key.is_restocked,
    )


def _rule(name: str, key: SkuUnits, entry: Entry, book: Book) -> AccountRule:
    rule = book.account(name, key.marketplace, entry.day)
    if rule is None:
        asked = line_to_add(name, key.marketplace, "", "", "ACCOUNT", "NONE")
        raise Unplaced(
            "no_account",
            [
                (
                    f"no account for class {name} at {key.marketplace}: "
                    f"add a line {asked} to accounts.csv"
                )
            ],
        )
    return rule


def _lines(sums: dict[_Pair, tuple[Decimal, int]], currency: str) -> list[JournalLine]:
    """Round each expense once, to the currency's smallest unit; stock is what they sum to."""
    made: list[JournalLine] = []
    stock: dict[tuple[str, str], Decimal] = {}
    for pair, (exact, units) in sums.items():
        amount = round_to(exact, currency)
        words = "restocked" if pair.is_restocked else "sold"
        description = f"Cost of {units} unit{'' if units == 1 else 's'} {words}"
        if amount:
            account, tax_type = pair.expense
            made.append(JournalLine(account, amount, tax_type, pair.tracking, description))
        stock[pair.stock] = stock.get(pair.stock, ZERO) - amount
    made.extend(
        JournalLine(account, amount, tax_type, (), "Stock sold, less restocked")
        for (account, tax_type), amount in stock.items()
        if amount
    )
    return made


def _journal(
    month: str,
    part: list[Entry],
    lines: list[JournalLine],
    header: Header,
    book: Book,
    home: Marketplace,
) -> Journal:
    return Journal(
        document_id=f"cost:{header.settlement_id}:{month}",
        date=max(entry.day for entry in part),
        narration=f"{home.name} settlement {header.settlement_id}: cost of goods of {month}",
        currency=book.choices.base_currency,
        lines=tuple(lines),
        clearing_account=None,
        source=Source(book.choices.organisation, home.name, header.settlement_id, month=month),
    )


def _not_known(costs: Iterable[Cost], moved: Iterable[Entry], book: Book) -> Iterable[Difference]:
    """Name the units without a cost, and what does not say how many units it is."""
    missing: dict[tuple[str, str], int] = {}
    for cost in costs:
        if cost.key.unit_cost is None:
            who = (cost.key.sku, cost.key.marketplace)
            missing[who] = missing.get(who, 0) + cost.units
    for (sku, marketplace), units in missing.items():
        known = book.sku(sku, marketplace, max(entry.day for entry in moved))
        item_code = known.item_code if known else "ITEM_CODE"
        asked = line_to_add(sku, marketplace, item_code, "", "", "UNIT_COST")
        yield Difference(
            "no_unit_cost",
            None,
            f"{units} units of SKU {sku} at {marketplace} have no unit_cost, nothing is booked for "
            f"them: add {asked} to skus.csv and run once with --full-refresh",
        )
    yield from _without_units(moved)


def _without_units(moved: Iterable[Entry]) -> Iterable[Difference]:
    """Name the refunds, and by SKU the sales, that do not say how many units they are."""
    sales: dict[str, list[Entry]] = {}
    for entry in moved:
        group = entry.group
        if entry.quantity:
            continue
        if _came_back(entry):
            yield Difference(
                "refund_without_units",
                None,
                f"the refund of order {group.order_id}, SKU {group.sku}, names no quantity: "
                "nothing is restocked",
            )
        elif entry.amount:
            sales.setdefault(group.sku, []).append(entry)
    for sku, entries in sales.items():
        rows = rows_from(min(each.first for each in entries), sum(each.rows for each in entries))
        yield Difference(
            "sale_without_units",
            sum((each.amount for each in entries), ZERO),
            f"sales of SKU {sku} name no quantity ({rows}): no cost is booked for them",
        )
