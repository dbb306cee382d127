"""Pacing: no call is made that Xero would answer with 429.

Per organisation Xero allows 60 calls in a minute, 5 at a time, and a number a day that depends on
the app's tier (developer.xero.com/faq/limits). The calls are counted in a `Quota`, which can be
shared between processes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from xero_api.errors import DayLimitReached, MinuteLimitReached

PATIENCE = 150.0
"""The longest wait, in seconds, before a limit is an error."""
_GLANCE = 0.2
_LATE = timedelta(seconds=1)


class Quota(Protocol):
    """Where the calls of one account are counted."""

    def take(self, now: datetime, per_minute: int) -> float:
        """Count one call and return 0.0, or return the seconds to wait before asking again."""

    def late(self, taken: datetime, ended: datetime) -> None:
        """Count a call at its end, that took so long that Xero may have counted it then."""

    def board(self, most: int) -> Callable[[], None] | None:
        """Take one of the places in flight, and give what leaves it; None when all are taken."""

    def used_today(self, now: datetime) -> int:
        """How many calls were made in the last 24 hours."""

    def close(self, until: datetime, limit: str) -> None:
        """Keep the instant before which Xero wants no call; limit is `minute` or `day`."""

    def closed(self, now: datetime) -> tuple[float, str]:
        """How long no call is wanted, in seconds, and by which limit."""


class OwnQuota:
    """Calls counted in this process only."""

    def __init__(self) -> None:
        self._calls: deque[datetime] = deque()
        self._closed: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def take(self, now: datetime, per_minute: int) -> float:
        """Count one call in a sliding minute, or say how long to wait."""
        with self._lock:
            minute = [call for call in self._calls if call > now - timedelta(minutes=1)]
            if len(minute) >= per_minute:
                return max(0.001, (minute[0] + timedelta(minutes=1) - now).total_seconds())
            self._calls.append(now)
            while self._calls[0] <= now - timedelta(days=1):
                self._calls.popleft()
            return 0.0

    def late(self, taken: datetime, ended: datetime) -> None:
        """Count a call at its end."""
        with self._lock:
            if taken in self._calls:
                self._calls.remove(taken)
                self._calls.append(ended)

    def board(self, most: int) -> Callable[[], None] | None:
        """There is no other process to share places with."""
        del most
        return lambda: None

    def used_today(self, now: datetime) -> int:
        """How many calls this process made in the last 24 hours."""
        with self._lock:
            return sum(call > now - timedelta(days=1) for call in self._calls)

    def close(self, until: datetime, limit: str) -> None:
        """Keep the instant before which Xero wants no call."""
        self._closed[limit] = until

    def closed(self, now: datetime) -> tuple[float, str]:
        """How long no call is wanted, in seconds, and by which limit."""
        waits = {limit: (end - now).total_seconds() for limit, end in self._closed.items()}
        limit = max(waits, key=lambda name: waits[name], default="minute")
        return max(0.0, waits.get(limit, 0.0)), limit


class Limits:
    """Lets calls through at the pace Xero allows, and remembers what it said about it."""

    def __init__(
        self,
        quota: Quota,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        calls_per_minute: int = 60,
        calls_per_day: int = 5000,
        max_in_flight: int = 4,
    ) -> None:
        self._quota = quota
        self._now = now
        self._sleep = sleep
        self._calls_per_minute = calls_per_minute
        self._calls_per_day = calls_per_day
        self._max_in_flight = max_in_flight
        self._in_flight = threading.BoundedSemaphore(max_in_flight)
        self._none_left_until: datetime | None = None
        self._left_by_xero: int | None = None

    def now(self) -> datetime:
        """The present instant, by the clock that paces."""
        return self._now()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn of one call, and hold one of the places in flight while it runs.

        Raises DayLimitReached when the day has none left, before the call is made.
        """
        self._wait_until_open()
        if self._none_left_until is not None and self._now() < self._none_left_until:
            raise DayLimitReached("Xero's X-DayLimit-Remaining is 0: no calls are left today")
        if self._quota.used_today(self._now()) >= self._calls_per_day:
            raise DayLimitReached(
                f"{self._calls_per_day} calls were made in 24 hours (calls_per_day)"
            )
        while wait := self._quota.take(self._now(), self._calls_per_minute):
            self._sleep(wait)
        taken = self._now()
        with self._in_flight:
            leave = self._board()
            try:
                yield
            finally:
                leave()
                if (ended := self._now()) - taken >= _LATE:
                    self._quota.late(taken, ended)

    def _board(self) -> Callable[[], None]:
        """Wait for a place in flight: other processes may have all of them."""
        waited = 0.0
        while (leave := self._quota.board(self._max_in_flight)) is None:
            if waited > PATIENCE:
                raise MinuteLimitReached(
                    f"{self._max_in_flight} calls to Xero have been under way for {PATIENCE:.0f} "
                    "seconds (max_concurrency): is another run hanging?"
                )
            self._sleep(_GLANCE)
            waited += _GLANCE
        return leave

    def _wait_until_open(self) -> None:
        while True:
            wait, limit = self._quota.closed(self._now())
            if not wait:
                return
            if limit == "day":
                raise DayLimitReached(
                    f"Xero wants no call for another {_words(wait)} (day limit)", wait
                )
            if wait > PATIENCE:
                raise MinuteLimitReached(f"Xero wants no call for another {_words(wait)}", wait)
            self._sleep(wait)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Read what an answer says about the calls that are left."""
        left = headers.get("X-DayLimit-Remaining", "")
        self._left_by_xero = int(left) if left.isdigit() else self._left_by_xero
        if headers.get("X-DayLimit-Remaining") == "0":
            # Xero does not say when its day ends; asking again once an hour costs one 429.
            self._none_left_until = self._now() + timedelta(hours=1)

    def left_today(self) -> int:
        """How many calls the day has left: our own count, or Xero's where that is less."""
        ours = max(0, self._calls_per_day - self._quota.used_today(self._now()))
        return ours if self._left_by_xero is None else min(ours, self._left_by_xero)

    def refused(self, headers: Mapping[str, str]) -> None:
        """Take in a 429: close the quota for as long as Retry-After says.

        Raises DayLimitReached for the day's limit; any other limit passes, so the call can be
        made again in its turn.
        """
        problem = headers.get("X-Rate-Limit-Problem", "minute").lower()
        text = headers.get("Retry-After", "")
        wait = float(text) if text.isdigit() else None
        day = problem == "day"
        until = self._now() + timedelta(seconds=wait if wait is not None else (3600 if day else 5))
        self._quota.close(until, "day" if day else "minute")
        if day:
            again = f", again in {_words(wait)}" if wait else ""
            raise DayLimitReached(f"Xero's calls of the day are used up{again}", wait)


def _words(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004 - below two minutes, seconds read better
        return f"{seconds:.0f} seconds"
    return str(timedelta(seconds=round(seconds)))
