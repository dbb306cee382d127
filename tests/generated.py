"""Made-up settlements of every kind of row, from a seed, and the balances that they must leave.

The oracle knows no order, no document and no rule of posting: it sums rows by class. Its one rule
is that tax which Amazon collects and pays itself meets on the account of what is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from casebook import DE, UK, book, rule

from transforms.ledger.book import Book
from transforms.ledger.catalogue import Catalogue, Triple
from transforms.ledger.settlement import Header, Row, Settlement
from transforms.maps.load import shipped_rules

CATALOGUE = Catalogue(shipped_rules())
ORDER_LINES = [
    Triple("Order", "ItemPrice", "Principal"),
    Triple("Order", "ItemPrice", "Shipping"),
    Triple("Order", "ItemPrice", "GiftWrap"),
    Triple("Order", "Promotion", "Principal"),
    Triple("Order", "ItemFees", "Commission"),
    Triple("Order", "ItemFees", "FBAPerUnitFulfillmentFee"),
]
TAX = Triple("Order", "ItemPrice", "Tax")
WITHHELD = Triple("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal")
# A refund's own tax rows would be of a treatment: those are the golden files' matter.
NO_ORDER = [
    each.triple
    for each in shipped_rules()
    if not each.has_wildcard
    and each.accounting_class not in {"suspense", "tax_collected", "tax_withheld"}
]
FIRST_DAY = date(2026, 4, 3)
# Taxes and fee taxes on accounts of their own, so that a balance tells a class.
OWN_ACCOUNTS = [
    rule(name, name) for name in ("tax_collected", "tax_withheld", "tax_discount", "fee_tax")
]


def books() -> Book:
    """The casebook's books: style `orders` at Amazon.co.uk, style `settlements` at Amazon.de."""
    return book(*OWN_ACCOUNTS, skus=("CUP", "TOY"))


def settlements(seed: int, number: int, style: str) -> Iterator[tuple[Settlement, list[Row]]]:
    """Settlements of a few orders and some other movements; one in ten is negative."""
    random = Random(seed)
    marketplace = UK if style == "orders" else DE
    for which in range(number):
        rows: list[Row] = []
        for order in range(random.randrange(5)):
            rows += _order(random, f"026-{which:07d}-{order:07d}", marketplace.name, len(rows) + 3)
        for _ in range(random.randrange(1, 6)):
            rows.append(_other(random, marketplace.name, len(rows) + 3))
        if not random.randrange(10):
            fees = Triple("other-transaction", "other-transaction", "Subscription Fee")
            amount = -sum((abs(row.amount) for row in rows), Decimal(1))
            rows.append(_row(random, len(rows) + 3, fees, marketplace.name, amount))
        random.shuffle(rows)
        settlement = Settlement(f"{which}")
        for row in rows:
            settlement.add(row)
        settlement.header = _header(f"{which}", marketplace.currency, rows)
        yield settlement, rows


def _order(random: Random, order_id: str, marketplace: str, first: int) -> list[Row]:
    """An order of one item or two, taxed or not, perhaps a replacement at 0.00."""
    rows: list[Row] = []
    for item in range(random.choice((1, 1, 1, 2))):
        cells: dict[str, Any] = {
            "order_id": order_id,
            "item": f"{item}",
            "sku": random.choice(("CUP", "TOY")),
            "quantity": random.randrange(1, 4),
        }
        day = FIRST_DAY + timedelta(days=random.randrange(40))
        free = not random.randrange(20)

        def add(
            triple: Triple,
            amount: Decimal,
            cells: dict[str, Any] = cells,
            day: date = day,
            free: bool = free,
        ) -> None:
            row = _row(random, first + len(rows), triple, marketplace, amount)
            rows.append(row._replace(amount=Decimal("0.00") if free else amount, day=day, **cells))

        for triple in random.sample(ORDER_LINES[1:], random.randrange(5)):
            sign = 1 if triple.amount_type == "ItemPrice" else -1
            add(triple, sign * _cents(random, 1, 300))
        add(ORDER_LINES[0], _cents(random, 1000, 9000))
        tax = _cents(random, 1, 900)
        match random.randrange(4):
            case 0:
                add(TAX, tax)
            case 1:
                add(TAX, tax)
                add(WITHHELD, -tax)
            case 2:
                add(TAX, tax)
                add(WITHHELD, -min(tax, _cents(random, 1, 900)))
    return rows


def _other(random: Random, marketplace: str, number: int) -> Row:
    """Any movement that the catalogue knows, of either sign; charges the bank saw are positive."""
    triple = random.choice(NO_ORDER)
    amount = _cents(random, -5000, 5000)
    if CATALOGUE.classify(triple) == "debt_payment":
        amount = abs(amount) + Decimal("0.01")
    return _row(random, number, triple, random.choice((marketplace, "", "Non-Amazon UK")), amount)


def _row(random: Random, number: int, triple: Triple, marketplace: str, amount: Decimal) -> Row:
    day = FIRST_DAY + timedelta(days=random.randrange(40))
    return Row(number, triple, "", "", "", marketplace, day, amount, 0)


def _cents(random: Random, low: int, high: int) -> Decimal:
    return Decimal(random.randrange(low, high)).scaleb(-2)


def _header(settlement_id: str, currency: str, rows: list[Row]) -> Header:
    last = FIRST_DAY + timedelta(days=41)
    return Header(
        settlement_id,
        currency,
        sum((row.amount for row in rows), Decimal(0)),
        f"{FIRST_DAY}T00:00:00Z",
        f"{last}T00:00:00Z",
        last,
        last + timedelta(days=2),
        "R1",
        "c0ffee",
    )


def expected(rows: list[Row], style: str) -> dict[str, Decimal]:
    """What the documents must leave on each account, debit positive."""
    left: dict[str, Decimal] = {}
    facilitated = {(row.order_id, row.sku) for row in rows if row.triple == WITHHELD and row.amount}
    total = Decimal(0)
    for row in rows:
        total += row.amount
        account = CATALOGUE.classify(row.triple) or "suspense"
        if account == "tax_collected" and (row.order_id, row.sku) in facilitated:
            account = "tax_withheld"
        left[account] = left.get(account, Decimal(0)) - row.amount
        if account == "debt_payment":
            bank = "bank" if style == "orders" else "bank_de"
            left[bank] = left.get(bank, Decimal(0)) - row.amount
            left[account] += row.amount
    where = "bank" if style == "orders" else "receivable"
    if total < 0:
        where = "carried_debt"
    left[where] = left.get(where, Decimal(0)) + total
    return {account: amount for account, amount in sorted(left.items()) if amount}
