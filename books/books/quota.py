"""Calls of all processes on one account, counted together in the database.

The minute is a sliding window in steps of five seconds, counted against the caller (a call stays
in the window for up to 65 seconds), the day a sliding window in steps of an hour.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update

from books.schema import quota

_STEP = 5
_MINUTE = 60
_HOUR = 3600
_DAY = 24 * _HOUR
_CLOSED = {"minute": "closed", "day": "closed_d"}


class SharedQuota:
    """The calls of one account: the store behind the client's pacing."""

    def __init__(self, engine: Engine, account: str) -> None:
        self._engine = engine
        self._account = account

    def take(self, now: datetime, per_minute: int) -> float:
        """Count one call and return 0.0, or return the seconds to wait before asking again."""
        second = int(now.timestamp())
        with self._engine.begin() as connection:
            self._queue_up(connection)
            since = second - _MINUTE
            calls, oldest = connection.execute(
                select(func.coalesce(func.sum(quota.c.calls), 0), func.min(quota.c.start)).where(
                    *self._span("minute"), quota.c.start + _STEP > since
                )
            ).one()
            if calls >= per_minute:
                return max(1.0, int(oldest) + _STEP + _MINUTE - now.timestamp())
            self._count(connection, "minute", second - second % _STEP)
            self._count(connection, "day", second - second % _HOUR)
            self._forget(connection, second)
        return 0.0

    def used_today(self, now: datetime) -> int:
        """How many calls were made in the last 24 hours."""
        since = int(now.timestamp()) - _DAY
        with self._engine.connect() as connection:
            used = connection.scalar(
                select(func.coalesce(func.sum(quota.c.calls), 0)).where(
                    *self._span("day"), quota.c.start + _HOUR > since
                )
            )
        return int(used or 0)

    def close(self, until: datetime, limit: str) -> None:
        """Keep the instant before which the vendor wants no call; limit is `minute` or `day`."""
        with self._engine.begin() as connection:
            self._queue_up(connection)
            connection.execute(delete(quota).where(*self._span(_CLOSED[limit])))
            self._count(connection, _CLOSED[limit], int(until.timestamp()) + 1)

    def closed(self, now: datetime) -> tuple[float, str]:
        """How long no call is wanted, in seconds, and by which limit; 0.0 when calls are free."""
        with self._engine.connect() as connection:
            ends = {
                limit: connection.scalar(select(func.max(quota.c.start)).where(*self._span(span)))
                for limit, span in _CLOSED.items()
            }
        waits = {limit: (end or 0) - now.timestamp() for limit, end in ends.items()}
        limit = max(waits, key=lambda name: waits[name])
        return max(0.0, waits[limit]), limit

    def _queue_up(self, connection: Connection) -> None:
        """Let one process at a time count: the write lock is taken before anything is read."""
        gate = (*self._span("gate"), quota.c.start == 0)
        if connection.execute(update(quota).where(*gate).values(calls=0)).rowcount == 0:
            connection.execute(
                insert(quota).values(account=self._account, span="gate", start=0, calls=0)
            )

    def _count(self, connection: Connection, span: str, start: int) -> None:
        where = (*self._span(span), quota.c.start == start)
        done = connection.execute(update(quota).where(*where).values(calls=quota.c.calls + 1))
        if done.rowcount == 0:
            connection.execute(
                insert(quota).values(account=self._account, span=span, start=start, calls=1)
            )

    def _forget(self, connection: Connection, second: int) -> None:
        for span, age in (("minute", 2 * _MINUTE), ("day", _DAY + _HOUR)):
            connection.execute(delete(quota).where(*self._span(span), quota.c.start < second - age))

    def _span(self, span: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return (quota.c.account == self._account, quota.c.span == span)
