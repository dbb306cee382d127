"""Rate limits of one organisation: 60 a minute, 5 at once, and the day's calls.

The minute is a sliding one; the day is fixed and starts at midnight UTC (the real one starts at an
hour of the organisation's own). A refused call does not count.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from simulators.clock import Clock
from simulators.xero.errors import Throttled

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class Limits:
    """Counts calls and refuses those above the limits, which can be changed at any time."""

    def __init__(self, clock: Clock) -> None:
        self.per_minute = 60
        self.per_day = 5000
        self.concurrent = 5
        self.app_per_minute = 10_000
        self._clock = clock
        self._lock = threading.Lock()
        self._minute: deque[datetime] = deque()
        self._day = clock.now().date()
        self._today = 0
        self._under_way = 0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Let one call in, or refuse it with 429 and the limit that it met."""
        with self._lock:
            self._roll()
            self._refuse_above()
            self._minute.append(self._clock.now())
            self._today += 1
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def headers(self) -> dict[str, str]:
        """Give what remains, as every answer of the Accounting API says it."""
        with self._lock:
            self._roll()
            return {
                "X-DayLimit-Remaining": str(max(0, self.per_day - self._today)),
                "X-MinLimit-Remaining": str(max(0, self.per_minute - len(self._minute))),
                "X-AppMinLimit-Remaining": str(max(0, self.app_per_minute - len(self._minute))),
            }

    def _roll(self) -> None:
        now = self._clock.now()
        while self._minute and self._minute[0] <= now - _MINUTE:
            self._minute.popleft()
        if now.date() != self._day:
            self._day, self._today = now.date(), 0

    def _refuse_above(self) -> None:
        now = self._clock.now()
        if self._today >= self.per_day:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
            raise Throttled("day", _seconds(midnight - now))
        for problem, limit in (("minute", self.per_minute), ("appminute", self.app_per_minute)):
            if len(self._minute) >= limit:
                oldest = self._minute[-limit] if limit else now
                raise Throttled(problem, _seconds(oldest + _MINUTE - now))
        if self._under_way >= self.concurrent:
            raise Throttled("concurrent", None)


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
