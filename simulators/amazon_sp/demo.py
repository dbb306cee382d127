"""The demo seller: two marketplaces, about 300 orders, eight settlements of the last weeks.

    seller = demo_seller(datetime.now(UTC))

The same for every instant of a date. Figures are made up; names, forms and sums are as Amazon's.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import demo_transactions, instants
from simulators.amazon_sp.demo_calendar import Calendar, Period
from simulators.amazon_sp.demo_goods import DE, UK, Market
from simulators.amazon_sp.demo_listings import listings
from simulators.amazon_sp.demo_orders import order
from simulators.amazon_sp.demo_refunds import refunds
from simulators.amazon_sp.demo_sales import ZERO, Sale
from simulators.amazon_sp.demo_settlements import settlements
from simulators.amazon_sp.demo_stock import stock
from simulators.amazon_sp.demo_trade import sales
from simulators.amazon_sp.flatfile import Dialect, Settlement
from simulators.amazon_sp.seller import Seller
from simulators.clock import Clock

DIALECTS = {
    UK.marketplace_id: Dialect(dates="dotted", encoding="utf-8-sig", newline="\r\n"),
    DE.marketplace_id: Dialect(decimal=",", dates="dotted", encoding="cp1252", compressed=True),
}

_A_DAY = timedelta(days=1)
_BROUGHT_FORWARD = {"Previous Reserve Amount Balance", "Payable to Amazon"}


def demo_seller(now: datetime, clock: Clock | None = None) -> Seller:
    """Make the demo seller as of a date.

    Unless a clock is given, time runs when `now` is about the present, and stands still at `now`
    when it is another time: reports and page tokens age by the clock.
    """
    if clock is None:
        clock = Clock() if abs(datetime.now(UTC) - now) < _A_DAY else Clock(at=now)
    calendar = Calendar.of(now)
    seller = Seller(clock=clock, participations=[UK.participation(), DE.participation()])
    made = sales(calendar)
    for sale in made:
        if sale.listed:
            seller.add_order(order(sale))
    seller.listings += listings(calendar)
    rng = random.Random(f"reports {calendar.month:%Y-%m}")
    closed: list[tuple[Settlement, str, Market]] = []
    for period, settlement in settlements(calendar, made, refunds(calendar, made)):
        seller.add_settlement(
            settlement,
            DIALECTS[period.market.marketplace_id],
            report_id=str(rng.randrange(10**11, 10**12)),
            created=period.reported,
        )
        group_id = _group_id(rng)
        seller.event_groups.append(_event_group(settlement, group_id))
        closed.append((settlement, group_id, period.market))
    seller.event_groups += [
        _open_group(calendar.period(name), _group_id(rng)) for name in ("UK-5", "DE-3")
    ]
    seller.make_transactions(lambda: _transactions(closed, made))
    seller.inventory = stock(calendar)
    return seller


def _transactions(
    closed: list[tuple[Settlement, str, Market]], made: list[Sale]
) -> list[dict[str, Any]]:
    """Make the movements of every settlement, and of what is not settled."""
    settled = [each for one in closed for each in demo_transactions.settled(*one)]
    return settled + demo_transactions.unsettled(made)


def _group_id(rng: random.Random) -> str:
    return "".join(
        rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=43)
    )


def _event_group(settlement: Settlement, group_id: str) -> dict[str, Any]:
    """Write a settlement's closed event group; without a payout there is no transfer to tell of."""
    brought_forward = sum(
        (row.amount for row in settlement.rows if row.amount_description in _BROUGHT_FORWARD), ZERO
    )
    group: dict[str, Any] = {
        "FinancialEventGroupId": group_id,
        "ProcessingStatus": "Closed",
        "FundTransferStatus": "Unknown",
        "OriginalTotal": _currency(settlement.currency, settlement.total),
        "BeginningBalance": _currency(settlement.currency, brought_forward),
        "FinancialEventGroupStart": instants.written(settlement.start),
        "FinancialEventGroupEnd": instants.written(settlement.end),
    }
    if settlement.total > 0 and settlement.deposit is not None:
        group |= {
            "FundTransferStatus": "Succeeded",
            "FundTransferDate": instants.written(settlement.deposit),
            "TraceId": f"{settlement.settlement_id}T",
            "AccountTail": "095" if settlement.currency == DE.currency else "090",
        }
    return group


def _open_group(last: Period, group_id: str) -> dict[str, Any]:
    """Write the event group that follows a marketplace's last settlement and is still open."""
    return {
        "FinancialEventGroupId": group_id,
        "ProcessingStatus": "Open",
        "OriginalTotal": _currency(last.market.currency, ZERO),
        "BeginningBalance": _currency(last.market.currency, ZERO),
        "FinancialEventGroupStart": instants.written(last.end),
    }


def _currency(code: str, amount: Decimal) -> dict[str, Any]:
    return {"CurrencyCode": code, "CurrencyAmount": amount}
