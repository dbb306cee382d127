"""The demo seller's settlements: the rows of sales and refunds, and the account's own rows.

UK-1 to UK-3 carry a reserve on, UK-3 crosses a month's end, UK-4 is negative, UK-5 opens with
UK-4's debt, DE-3 has a fee that nobody knows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from simulators.amazon_sp.demo_calendar import Calendar, Period
from simulators.amazon_sp.demo_goods import MUG_BLUE, TOY_CAR, WIDGET_SMALL
from simulators.amazon_sp.demo_rows import refund_rows, sale_rows
from simulators.amazon_sp.demo_sales import ZERO, Refund, Sale, to_cent
from simulators.amazon_sp.flatfile import Settlement, SettlementRow

_OTHER = ("other-transaction", "other-transaction")
_ADS = ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount")
_REIMBURSEMENT = ("other-transaction", "FBA Inventory Reimbursement")
_STORAGE = ("FBAFees", "FBA Inventory Storage Fee")
_CARRIER = ("FBAFees", "FBA Amazon-Partnered Carrier Shipment Fee")
UNKNOWN_FEE = (*_OTHER, "Lithium Battery Surcharge")

Triple = tuple[str, str, str]


@dataclass
class Statement:
    """One settlement while it is written: rows in the order in which they come."""

    period: Period
    rng: random.Random
    rows: list[SettlementRow] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What the rows so far come to."""
        return sum((row.amount for row in self.rows), ZERO)

    def between(self, least: str, most: str) -> Decimal:
        """Choose an amount, to the cent."""
        cents = self.rng.randrange(int(Decimal(least) * 100), int(Decimal(most) * 100) + 1)
        return Decimal(cents) / 100

    def add(
        self,
        triple: Triple,
        amount: Decimal,
        posted: datetime,
        *,
        order_id: str = "",
        sku: str = "",
        quantity: int | None = None,
        marketplace_name: str = "",
    ) -> None:
        """Add a row of the account itself, which mostly names neither order nor marketplace."""
        transaction_type, amount_type, description = triple
        self.rows.append(
            SettlementRow(
                transaction_type=transaction_type,
                amount_type=amount_type,
                amount_description=description,
                amount=amount,
                posted=posted,
                order_id=order_id,
                sku=sku,
                quantity=quantity,
                marketplace_name=marketplace_name,
            )
        )

    def fee(self, triple: Triple, least: str, most: str, through: float) -> None:
        """Add a fee of about so much, so far through the period."""
        self.add(triple, -self.between(least, most), self.period.at(through))

    def fee_and_tax(
        self, kind: tuple[str, str], least: str, most: str, through: float, order_id: str = ""
    ) -> None:
        """Add a fee of the newer layout, with the VAT on it as a row of its own."""
        base, posted = self.between(least, most), self.period.at(through)
        tax = to_cent(base * self.period.market.vat)
        self.add((*kind, "Base fee"), -base, posted, order_id=order_id)
        self.add((*kind, "Tax on fee"), -tax, posted, order_id=order_id)


def settlements(
    calendar: Calendar, sales: Sequence[Sale], refunds: Sequence[Refund]
) -> list[tuple[Period, Settlement]]:
    """Write every settlement, each with the period it closes."""
    rng = random.Random(f"settlements {calendar.month:%Y-%m}")
    reserves = [Decimal(rng.randrange(18000, 32000)) / 100 for _ in range(2)]
    written = []
    debt = ZERO
    for period in calendar.periods:
        statement = Statement(period, rng)
        _open(statement, reserves, debt)
        _trade(statement, sales, refunds)
        _SERVICES[period.name](statement, sales)
        if period.name == "UK-4":
            _fall_short(statement)
            debt = statement.total
        _close(statement, reserves)
        settlement = Settlement(
            settlement_id=str(rng.randrange(10**10, 10**11)),
            start=period.start,
            end=period.end,
            deposit=period.deposit,
            currency=period.market.currency,
            rows=statement.rows,
            name=period.name,
        )
        written.append((period, settlement))
    return written


def _open(statement: Statement, reserves: Sequence[Decimal], debt: Decimal) -> None:
    """Bring forward what the settlement before left: a reserve to release, or a debt."""
    start = statement.period.start
    released = {"UK-2": reserves[0], "UK-3": reserves[1]}.get(statement.period.name)
    if released is not None:
        statement.add((*_OTHER, "Previous Reserve Amount Balance"), released, start)
    if statement.period.name == "UK-5":
        statement.add((*_OTHER, "Payable to Amazon"), debt, start)


def _close(statement: Statement, reserves: Sequence[Decimal]) -> None:
    held = {"UK-1": reserves[0], "UK-2": reserves[1]}.get(statement.period.name)
    if held is not None:
        statement.add((*_OTHER, "Current Reserve Amount"), -held, statement.period.end)


def _trade(statement: Statement, sales: Sequence[Sale], refunds: Sequence[Refund]) -> None:
    """Add the rows of what was sold and refunded in the period."""
    name = statement.period.name
    for sale in sales:
        for shipment in sale.shipments:
            if shipment.period != name or shipment.posted is None:
                continue
            if sale.channel == "AMAZON":
                statement.rows += sale_rows(sale, shipment)
            else:
                statement.add(
                    ("Order", "ShipmentFees", "FBA transportation fee"),
                    -statement.between("4.10", "6.90"),
                    shipment.posted,
                    order_id=sale.order_id,
                    sku=sale.items[0].product.sku,
                    quantity=sale.items[0].quantity,
                    marketplace_name="Non-Amazon UK",
                )
    for refund in refunds:
        if refund.period == name:
            statement.rows += refund_rows(refund)


def _postage(statement: Statement, sales: Sequence[Sale]) -> None:
    """Add the labels bought from Amazon for two orders that the seller sent itself."""
    own = [
        sale
        for sale in sales
        if sale.fulfilled_by == "MERCHANT" and sale.shipments[0].period == statement.period.name
    ]
    for sale in own[:2]:
        posted = sale.shipments[0].posted
        if posted is not None:
            label = -statement.between("2.70", "3.60")
            triple = (*_OTHER, "Shipping label purchase")
            statement.add(triple, label, posted, order_id=sale.order_id)


def _uk_1(statement: Statement, sales: Sequence[Sale]) -> None:
    statement.fee((*_OTHER, "Subscription Fee"), "30.00", "30.00", 0.55)
    statement.fee(_ADS, "21.00", "34.00", 0.31)
    statement.fee(_ADS, "21.00", "34.00", 0.88)
    _postage(statement, sales)


def _uk_2(statement: Statement, sales: Sequence[Sale]) -> None:
    statement.fee_and_tax(_STORAGE, "9.00", "14.00", 0.15)
    statement.fee(_ADS, "25.00", "38.00", 0.48)
    # Two damaged units are two rows, alike in every column.
    worth, posted = statement.between("6.10", "7.40"), statement.period.at(0.66)
    for _ in range(2):
        triple = (*_REIMBURSEMENT, "WAREHOUSE_DAMAGE")
        statement.add(triple, worth, posted, sku=MUG_BLUE.sku, quantity=1)
    _postage(statement, sales)


def _uk_3(statement: Statement, sales: Sequence[Sale]) -> None:
    statement.fee((*_OTHER, "Subscription Fee"), "30.00", "30.00", 0.90)
    statement.fee(_ADS, "18.00", "29.00", 0.40)
    statement.fee(_ADS, "18.00", "29.00", 0.94)
    statement.fee_and_tax(_CARRIER, "11.00", "17.00", 0.52, order_id="FBA15K7QXN2R")
    worth, posted = statement.between("8.10", "9.40"), statement.period.at(0.72)
    triple = (*_REIMBURSEMENT, "REVERSAL_REIMBURSEMENT")
    statement.add(triple, worth, posted, sku=TOY_CAR.sku, quantity=1)
    _postage(statement, sales)


def _uk_4(statement: Statement, _: Sequence[Sale]) -> None:
    statement.fee((*_OTHER, "Storage Fee"), "31.00", "46.00", 0.30)


def _fall_short(statement: Statement) -> None:
    """Spend so much on advertising that the settlement ends a little below zero."""
    short, least = statement.between("18.00", "35.00"), statement.between("6.00", "12.00")
    spent = max(statement.total + short, least)
    statement.add(_ADS, -spent, statement.period.at(0.81))


def _uk_5(statement: Statement, _: Sequence[Sale]) -> None:
    statement.fee(_ADS, "9.00", "16.00", 0.62)
    coupon = ("CouponRedemptionFee", "CouponRedemptionFee", "Save 5% on Spring Clamps")
    statement.fee(coupon, "1.20", "2.40", 0.35)
    clawback = (*_REIMBURSEMENT, "COMPENSATED_CLAWBACK")
    worth, posted = statement.between("4.10", "5.40"), statement.period.at(0.74)
    statement.add(clawback, -worth, posted, sku=MUG_BLUE.sku, quantity=1)


def _de_1(statement: Statement, _: Sequence[Sale]) -> None:
    statement.fee((*_OTHER, "Storage Fee"), "7.00", "12.00", 0.44)
    statement.fee(_ADS, "16.00", "26.00", 0.70)


def _de_2(statement: Statement, _: Sequence[Sale]) -> None:
    statement.fee_and_tax(_STORAGE, "6.00", "10.00", 0.37)
    statement.fee(_ADS, "16.00", "26.00", 0.58)
    worth, posted = statement.between("5.10", "6.40"), statement.period.at(0.81)
    triple = (*_REIMBURSEMENT, "WAREHOUSE_LOST")
    statement.add(triple, worth, posted, sku=WIDGET_SMALL.sku, quantity=1)


def _de_3(statement: Statement, _: Sequence[Sale]) -> None:
    statement.fee(_ADS, "12.00", "21.00", 0.65)
    statement.fee(UNKNOWN_FEE, "6.00", "9.00", 0.48)


_SERVICES = {
    "UK-1": _uk_1,
    "UK-2": _uk_2,
    "UK-3": _uk_3,
    "UK-4": _uk_4,
    "UK-5": _uk_5,
    "DE-1": _de_1,
    "DE-2": _de_2,
    "DE-3": _de_3,
}
