"""The one source of time in a simulator, so that a test can wait an hour without waiting."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Time as a simulator sees it: real time plus what was advanced, or a standstill from `at`."""

    def __init__(self, at: datetime | None = None) -> None:
        if at is not None and at.tzinfo is None:
            raise ValueError("a clock starts at an aware instant; give it tzinfo=UTC")
        self._at = at.astimezone(UTC) if at is not None else None
        self._ahead = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""
        with self._lock:
            return (self._at or datetime.now(UTC)) + self._ahead

    def advance(
        self,
        by: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> datetime:
        """Move time forward and return the new present."""
        step = by or timedelta(0)
        step += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta(0):
            raise ValueError("a clock never goes back")
        with self._lock:
            self._ahead += step
        return self.now()
