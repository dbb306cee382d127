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
from transforms.ledger.journals import by_month, month_of
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO, round_to
from transforms.ledger.placing import Placed, Unplaced, marketplace_of
from transforms.ledger.settlement import Header

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
    lines: Iterable[Placed], header: Header, book: Book, home: Marketplace
) -> CostOfGoods:
    """Book what the units of a settlement cost, in the base currency whatever it settles in.

    Nothing where skus.csv gives no unit cost at all; a SKU without one is named, never guessed.
    """
    if not book.has_costs:
        return CostOfGoods()
    moved = [line for line in lines if _is_moved(line, book)]
    units: dict[SkuUnits, int] = {}
    journals = []
    for month, part in by_month(moved).items():
        sums: dict[_Pair, tuple[Decimal, int]] = {}
        for line in part:
            key = _whose(line, book, home)
            number = abs(line.entry.quantity)
            units[key] = units.get(key, 0) + number
            amount = Cost(key, number).amount
            if amount:
                pair = _pair(line, key, book)
                before, count = sums.get(pair, (ZERO, 0))
                sums[pair] = (before + amount, count + number)
        made = _lines(sums, book.choices.base_currency)
        if made:
            journals.append(_journal(month, part, made, header, book, home))
    costs = tuple(Cost(key, number) for key, number in units.items() if number)
    return CostOfGoods(tuple(journals), costs, tuple(_not_known(costs, moved, book)))


def _is_moved(line: Placed, book: Book) -> bool:
    folded = line.entry.triple.folded
    if folded == REFUNDED:
        return book.choices.refunded_units == "restocked"
    return folded == SOLD


def _whose(line: Placed, book: Book, home: Marketplace) -> SkuUnits:
    group = line.entry.group
    marketplace = marketplace_of(group.marketplace, book, home)
    return SkuUnits(
        month=month_of(line.day),
        marketplace=marketplace.name,
        sku=group.sku,
        is_restocked=line.entry.triple.folded == REFUNDED,
        unit_cost=book.unit_cost(group.sku, marketplace.name, line.day),
    )


def _pair(line: Placed, key: SkuUnits, book: Book) -> _Pair:
    expense, stock = (_rule(name, key, line, book) for name in ("cost_of_goods", "stock"))
    return _Pair(
        (expense.account, expense.tax_type),
        line.tracking,
        (stock.account, stock.tax_type),
        key.is_restocked,
    )


def _rule(name: str, key: SkuUnits, line: Placed, book: Book) -> AccountRule:
    rule = book.account(name, key.marketplace, line.day)
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
    part: list[Placed],
    lines: list[JournalLine],
    header: Header,
    book: Book,
    home: Marketplace,
) -> Journal:
    return Journal(
        document_id=f"cost:{header.settlement_id}:{month}",
        date=max(line.day for line in part),
        narration=f"{home.name} settlement {header.settlement_id}: cost of goods of {month}",
        currency=book.choices.base_currency,
        lines=tuple(lines),
        clearing_account=None,
        source=Source(book.choices.organisation, home.name, header.settlement_id, month=month),
    )


def _not_known(costs: Iterable[Cost], moved: Iterable[Placed], book: Book) -> Iterable[Difference]:
    """Name the units without a cost, and the refunds that do not say how many units they are."""
    missing: dict[tuple[str, str], int] = {}
    for cost in costs:
        if cost.key.unit_cost is None:
            who = (cost.key.sku, cost.key.marketplace)
            missing[who] = missing.get(who, 0) + cost.units
    for (sku, marketplace), units in missing.items():
        known = book.sku(sku, marketplace, max(each.day for each in moved))
        item_code = known.item_code if known else "ITEM_CODE"
        asked = line_to_add(sku, marketplace, item_code, "", "", "UNIT_COST")
        yield Difference(
            "no_unit_cost",
            None,
            f"{units} units of SKU {sku} at {marketplace} have no unit_cost, nothing is booked for "
            f"them: add {asked} to skus.csv and run once with --full-refresh",
        )
    for line in moved:
        group = line.entry.group
        if line.entry.triple.folded == REFUNDED and not line.entry.quantity:
            yield Difference(
                "refund_without_units",
                None,
                f"the refund of order {group.order_id}, SKU {group.sku}, names no quantity: "
                "nothing is restocked",
            )
