"""Which of the demo seller's sales are refunded, when, and how much of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from simulators.amazon_sp.demo_calendar import Calendar
from simulators.amazon_sp.demo_goods import MUG_GREEN
from simulators.amazon_sp.demo_sales import Refund, Sale


@dataclass(frozen=True)
class _Plan:
    """One refund: in which period and how far through, of a sale of which period."""

    period: str
    through: float
    sold_in: str
    fraction: Decimal = Decimal(1)
    kind: Literal["Refund", "A-to-z Guarantee Refund"] = "Refund"
    facilitator: bool = False


_HALF, _QUARTER = Decimal("0.5"), Decimal("0.25")
_PLANS = (
    _Plan("UK-1", 0.93, "UK-1"),
    _Plan("UK-2", 0.20, "UK-1"),
    _Plan("UK-2", 0.52, "UK-1", _HALF),
    _Plan("UK-2", 0.77, "UK-1"),
    _Plan("UK-3", 0.35, "UK-2"),
    _Plan("UK-3", 0.61, "UK-2", _QUARTER),
    _Plan("UK-3", 0.70, "UK-2", kind="A-to-z Guarantee Refund"),
    _Plan("UK-3", 0.96, "UK-2"),
    _Plan("UK-5", 0.58, "UK-3"),
    _Plan("DE-1", 0.91, "DE-1"),
    _Plan("DE-2", 0.33, "DE-1", facilitator=True),
    _Plan("DE-2", 0.64, "DE-1", _HALF),
    _Plan("DE-3", 0.42, "DE-2"),
)


def refunds(calendar: Calendar, sales: Sequence[Sale]) -> list[Refund]:
    """Make the refunds, each of another sale that was settled days before."""
    rng = random.Random(f"refunds {calendar.month:%Y-%m}")
    chosen: set[str] = set()
    made = []
    for plan in _PLANS:
        sale = rng.choice([each for each in sales if _suits(plan, each, chosen, calendar)])
        chosen.add(sale.order_id)
        made.append(
            Refund(
                sale=sale,
                item=sale.items[0],
                adjustment_id=f"R{rng.randrange(10**12, 10**13)}",
                posted=calendar.period(plan.period).at(plan.through),
                period=plan.period,
                fraction=plan.fraction,
                kind=plan.kind,
            )
        )
    return made


def _suits(plan: _Plan, sale: Sale, chosen: set[str], calendar: Calendar) -> bool:
    """Tell whether a sale can be the one refunded: an ordinary one, posted early enough."""
    if sale.order_id in chosen or not sale.listed or sale.channel != "AMAZON":
        return False
    shipment, *more = sale.shipments
    if more or shipment.posted is None or shipment.period != plan.sold_in:
        return False
    item = sale.items[0]
    before = calendar.period(plan.period).at(plan.through - 0.5)
    early = plan.period != plan.sold_in or shipment.posted < before
    # Claims have not been seen with gift wrap or promotions, so none is made up.
    plain = plan.kind == "Refund" or not (item.wrap.net or item.discounts)
    ordinary = item.product is not MUG_GREEN and item.facilitator == plan.facilitator
    return early and plain and ordinary
