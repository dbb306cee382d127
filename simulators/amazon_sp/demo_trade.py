"""The demo seller's trade: about 300 orders and a dozen refunds, made up from a seed.

What is settled depends on the month alone, so a later day of the same month tells the same story
with more at its end; only what is not settled yet depends on the day.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from simulators.amazon_sp.demo_calendar import Calendar, Period
from simulators.amazon_sp.demo_goods import (
    CABLE,
    DE,
    DE_RANGE,
    LAMP,
    MUG_GREEN,
    TOY_CAR,
    UK,
    UK_RANGE,
    WIDGET_LARGE,
    Market,
    Product,
)
from simulators.amazon_sp.demo_sales import (
    NOTHING,
    Discount,
    Item,
    Price,
    Sale,
    Shipment,
    Status,
)

_MERCHANT_SHARE = {UK.marketplace_id: 0.40, DE.marketplace_id: 0.25}
_SHIPPING = {"MERCHANT": Decimal("3.49"), "AMAZON": Decimal("4.49")}
_WRAP = Decimal("3.15")
_FREE_SHIPPING = "Core Free Shipping 10-11-5-101"
_TEN_OFF = "PAWS-V2-TEN-PERCENT-OFF"

Fulfilment = Literal["AMAZON", "MERCHANT"]


@dataclass
class Trader:
    """Makes sales up; one seed, one story. `taken` holds the ids already given out."""

    calendar: Calendar
    rng: random.Random
    taken: set[str]

    def settled(
        self,
        period: Period,
        posted: datetime,
        *,
        goods: Sequence[Product] = (),
        facilitator: bool = False,
        listed: bool = True,
    ) -> Sale:
        """Make an order whose one shipment is settled in a period."""
        market, fulfilled_by = period.market, self._fulfilment(period.market)
        shipped = posted - self._days(1.5, 8)
        items = self.items(market, fulfilled_by, goods=goods, facilitator=facilitator)
        shipment = Shipment(self._shipment_id(), items, shipped, posted, period.name)
        return self._sale(market, fulfilled_by, (shipment,), listed=listed)

    def split(self, first: tuple[Period, datetime], second: tuple[Period, datetime]) -> Sale:
        """Make an order of two items that leave and are settled apart."""
        items = self.items(UK, "MERCHANT", goods=(LAMP, TOY_CAR))
        shipments = tuple(
            Shipment(self._shipment_id(), (item,), posted - self._days(1.5, 3), posted, period.name)
            for item, (period, posted) in zip(items, (first, second), strict=True)
        )
        return self._sale(UK, "MERCHANT", shipments)

    def multi_channel(self, period: Period, posted: datetime) -> Sale:
        """Make an order that was sold elsewhere and only fulfilled by Amazon."""
        item = Item(self._digits(14), WIDGET_LARGE, 2, NOTHING)
        shipped = posted - self._days(1, 2)
        shipment = Shipment(self._shipment_id(), (item,), shipped, posted, period.name)
        order_id = f"S01-{self._digits(7)}-{self._digits(7)}"
        return self._sale(UK, "AMAZON", (shipment,), order_id=order_id, channel="NON_AMAZON")

    def replacement(self, original: Sale, shipped: datetime) -> Sale:
        """Make the free replacement of an order; it is never settled."""
        item = Item(self._digits(14), original.items[0].product, 1, NOTHING)
        shipment = Shipment(self._shipment_id(), (item,), shipped)
        return self._sale(UK, "AMAZON", (shipment,), replaces=original.order_id)

    def recent(self, market: Market, since: datetime, status: Status) -> Sale:
        """Make an order that no settlement has yet; it is shipped, waits, or was cancelled."""
        span = self.calendar.latest - timedelta(hours=6) - since
        at = since + span * self.rng.random()
        fulfilled_by = self._fulfilment(market)
        items = self.items(market, fulfilled_by)
        shipped = at if status == "SHIPPED" else None
        shipment = Shipment(self._shipment_id(), items, shipped)
        return self._sale(market, fulfilled_by, (shipment,), status=status, placed=at)

    def _sale(
        self,
        market: Market,
        fulfilled_by: Fulfilment,
        shipments: tuple[Shipment, ...],
        *,
        order_id: str = "",
        status: Status = "SHIPPED",
        listed: bool = True,
        channel: Literal["AMAZON", "NON_AMAZON"] = "AMAZON",
        replaces: str | None = None,
        placed: datetime | None = None,
    ) -> Sale:
        shipped = [each.shipped for each in shipments if each.shipped]
        purchased = placed if placed and not shipped else min(shipped) - self._days(0.2, 1.9)
        return Sale(
            order_id=order_id or self._order_id(market),
            market=market,
            purchased=purchased,
            updated=self._updated(max([purchased, *shipped])),
            fulfilled_by=fulfilled_by,
            shipments=shipments,
            status=status,
            listed=listed,
            channel=channel,
            replaces=replaces,
        )

    def items(
        self,
        market: Market,
        fulfilled_by: Fulfilment,
        *,
        goods: Sequence[Product] = (),
        facilitator: bool = False,
    ) -> tuple[Item, ...]:
        """Make the items of an order: mostly one, of mostly one piece."""
        if not goods:
            shelf = DE_RANGE if market is DE else UK_RANGE
            goods = self.rng.sample(shelf, 2 if self._chance(0.2) else 1)
        return tuple(
            self._item(market, fulfilled_by, product, first=not at, facilitator=facilitator)
            for at, product in enumerate(goods)
        )

    def _item(
        self,
        market: Market,
        fulfilled_by: Fulfilment,
        product: Product,
        *,
        first: bool,
        facilitator: bool,
    ) -> Item:
        vat = product.vat(market)
        quantity = self.rng.choices((1, 2, 3), (80, 15, 5))[0]
        price = Price.of(product.priced(market) * quantity, vat)
        posted = self._chance(0.7 if fulfilled_by == "MERCHANT" else 0.2)
        shipping = Price.of(_SHIPPING[fulfilled_by], vat) if first and posted else NOTHING
        wrap = Price.of(_WRAP * quantity, vat) if self._chance(0.07) else NOTHING
        discounts = []
        if shipping.net and fulfilled_by == "AMAZON" and self._chance(0.6) and not facilitator:
            discounts.append(Discount("SHIPPING", shipping, _FREE_SHIPPING))
        if self._chance(0.1) and not facilitator:
            discounts.append(Discount("ITEM", price.part(Decimal("0.1")), _TEN_OFF))
        return Item(
            item_id=self._digits(14),
            product=product,
            quantity=quantity,
            price=price,
            shipping=shipping,
            wrap=NOTHING if facilitator else wrap,
            discounts=tuple(discounts),
            facilitator=facilitator,
        )

    def _updated(self, after: datetime) -> datetime:
        """Choose when Amazon last touched an order: hours later, within what updates reach."""
        natural = after + timedelta(hours=self.rng.uniform(3, 40))
        floor = self.calendar.earliest + timedelta(hours=self.rng.uniform(1, 48))
        return min(max(natural, floor), self.calendar.latest)

    def _fulfilment(self, market: Market) -> Fulfilment:
        return "MERCHANT" if self._chance(_MERCHANT_SHARE[market.marketplace_id]) else "AMAZON"

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _days(self, least: float, most: float) -> timedelta:
        return timedelta(milliseconds=round(self.rng.uniform(least, most) * 86_400_000))

    def _digits(self, count: int) -> str:
        return str(self.rng.randrange(10 ** (count - 1), 10**count))

    def _shipment_id(self) -> str:
        return "D" + "".join(self.rng.choices("bcdfghjkmnpqrstvwxyzBCDFGHJKMN", k=8))

    def _order_id(self, market: Market) -> str:
        while True:
            prefix = self.rng.choice(market.order_prefixes)
            order_id = f"{prefix}-{self._digits(7)}-{self._digits(7)}"
            if order_id not in self.taken:
                self.taken.add(order_id)
                return order_id


_SETTLED = {
    "UK-1": 46,
    "UK-2": 48,
    "UK-3": 50,
    "UK-4": 4,
    "UK-5": 23,
    "DE-1": 29,
    "DE-2": 32,
    "DE-3": 24,
}
_FACILITATED = {"DE-1": 1, "DE-2": 2}
_OPEN: tuple[tuple[Market, Status, int], ...] = (
    (UK, "SHIPPED", 14),
    (UK, "PENDING", 3),
    (UK, "UNSHIPPED", 3),
    (UK, "CANCELLED", 3),
    (DE, "SHIPPED", 8),
    (DE, "PENDING", 2),
    (DE, "UNSHIPPED", 1),
    (DE, "CANCELLED", 1),
)


def sales(calendar: Calendar) -> list[Sale]:
    """Make every sale: the settled ones first, in the order of the periods."""
    taken: set[str] = set()
    settled = Trader(calendar, random.Random(f"settled {calendar.month:%Y-%m}"), taken)
    made = [sale for period in calendar.periods for sale in _of_period(settled, period)]
    made += _special(settled, calendar, made)
    open_ = Trader(calendar, random.Random(f"open {calendar.today:%Y-%m-%d}"), taken)
    for market, status, count in _OPEN:
        since = calendar.period("UK-5").end if status == "SHIPPED" else calendar.latest
        since = since if status == "SHIPPED" else since - timedelta(days=1.5)
        made += [open_.recent(market, since, status) for _ in range(count)]
    return made


def _of_period(trader: Trader, period: Period) -> list[Sale]:
    """Make a period's ordinary orders, posted evenly all the way through it."""
    count = _SETTLED[period.name]
    made = []
    for at in range(count):
        fraction = 0.01 + 0.96 * (at + trader.rng.random()) / count
        made.append(trader.settled(period, period.at(fraction)))
    for at in range(_FACILITATED.get(period.name, 0)):
        posted = period.at(0.25 + 0.2 * at)
        made.append(trader.settled(period, posted, goods=(CABLE,), facilitator=True))
    return made


def _special(trader: Trader, calendar: Calendar, made: Sequence[Sale]) -> list[Sale]:
    """Make the orders that each show one thing."""
    first, second, third = (calendar.period(f"UK-{at}") for at in (1, 2, 3))
    # Half past eleven at night in London is the next month already, in summer.
    midnight = calendar.month - timedelta(minutes=30)
    return [
        trader.settled(first, first.at(0.02), listed=False),
        trader.settled(first, first.at(0.05), listed=False),
        trader.settled(second, second.at(0.55), goods=(MUG_GREEN,)),
        trader.split((second, second.at(0.85)), (third, third.at(0.30))),
        trader.settled(third, midnight, goods=(WIDGET_LARGE,)),
        trader.multi_channel(third, third.at(0.45)),
        trader.replacement(made[0], second.at(0.5)),
    ]
