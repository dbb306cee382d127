"""When the demo seller's settlements run, counted from a month's first day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from simulators.amazon_sp.demo_goods import DE, UK, Market

_SETTLING = timedelta(days=8)
_HISTORY = timedelta(days=75)
_NIGHT = timedelta(hours=3)

# Name, marketplace, first and last day from the month's start.
_PERIODS = (
    ("UK-1", UK, -40, -26),
    ("UK-2", UK, -26, -12),
    ("UK-3", UK, -12, 2),
    ("UK-4", UK, 2, 4),
    ("UK-5", UK, 4, 6),
    ("DE-1", DE, -33, -19),
    ("DE-2", DE, -19, -5),
    ("DE-3", DE, -5, 5),
)
_CHANGE_OF_PERIOD = {
    UK.marketplace_id: time(9, 14, 33),
    DE.marketplace_id: time(5, 42, 18),
}


@dataclass(frozen=True)
class Period:
    """One settlement's time: rows lie from start to end, the report comes hours after the end."""

    name: str
    market: Market
    start: datetime
    end: datetime

    @property
    def deposit(self) -> datetime:
        """When the payout goes off."""
        return self.end + timedelta(days=1, hours=2, minutes=8, seconds=27)

    @property
    def reported(self) -> datetime:
        """When Amazon has made the report."""
        return self.end + timedelta(hours=3, minutes=19, seconds=5)

    def at(self, fraction: float) -> datetime:
        """Give the instant a fraction of the way through, to the second."""
        instant = self.start + (self.end - self.start) * fraction
        return instant.replace(microsecond=0)


@dataclass(frozen=True)
class Calendar:
    """The demo's days: `month` starts inside settlement UK-3, `today` is where the story ends.

    Everything is the same for every instant of a date, so that a simulator restarted in the
    afternoon tells the story of the morning.
    """

    today: datetime
    month: datetime
    periods: tuple[Period, ...]

    @classmethod
    def of(cls, now: datetime) -> Calendar:
        """Choose the most recent month that began at least eight days before a date."""
        today = datetime.combine(now.astimezone(UTC), time(0), UTC)
        month = (today - _SETTLING).replace(day=1)
        return cls(today, month, tuple(_period(month, *each) for each in _PERIODS))

    @property
    def latest(self) -> datetime:
        """The last moment at which anything happens: some hours before today."""
        return self.today - _NIGHT

    @property
    def earliest(self) -> datetime:
        """The first moment the Orders API's updates reach back to."""
        return self.today - _HISTORY

    def period(self, name: str) -> Period:
        """Give a settlement's period by its name."""
        return next(period for period in self.periods if period.name == name)


def _period(month: datetime, name: str, market: Market, first: int, last: int) -> Period:
    turn = _CHANGE_OF_PERIOD[market.marketplace_id]
    start, end = (
        datetime.combine(month + timedelta(days=days), turn, UTC) for days in (first, last)
    )
    return Period(name, market, start, end)
