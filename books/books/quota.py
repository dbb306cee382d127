"""Calls of all processes on one account, counted together in the database.

The minute is a sliding window in steps of one second, counted against the caller: a call stays in
it for 61 to 62 seconds, so that one that takes a second longer on its way than another is still
in time. The day is a sliding window in steps of an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text

from books import database

_STEP = 1
_MINUTE = 60
_ON_THE_WAY = 1
_HOUR = 3600
_DAY = 24 * _HOUR
_STAYS = _STEP + _MINUTE + _ON_THE_WAY
_CLOSED = {"closed": "minute", "closed_d": "day"}

# Plain SQL, which both databases read: this is done twice for each call to Xero.
_GATE = text("UPDATE quota SET calls = 0 WHERE account = :account AND span = 'gate' AND start = 0")
_SUM = text(
    "SELECT coalesce(sum(calls), 0), min(start) FROM quota "
    "WHERE account = :account AND span = :span AND calls > 0 AND start > :after"
)
_ENDS = text(
    "SELECT span, max(start) FROM quota WHERE account = :account "
    "AND span IN ('closed', 'closed_d') GROUP BY span"
)
_ADD = text(
    "UPDATE quota SET calls = calls + :calls "
    "WHERE account = :account AND span = :span AND start = :start"
)
_NEW = text(
    "INSERT INTO quota (account, span, start, calls) VALUES (:account, :span, :start, :calls)"
)
_FORGET = text("DELETE FROM quota WHERE account = :account AND span = :span AND start < :before")


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
            calls, oldest = self._sum(connection, "minute", second - _STAYS)
            if calls >= per_minute:
                return max(1.0, oldest + _STAYS - now.timestamp())
            is_new = self._count(connection, "minute", second)
            self._count(connection, "day", second - second % _HOUR)
            if is_new:
                self._forget(connection, second)
        return 0.0

    def late(self, taken: datetime, ended: datetime) -> None:
        """Count a call at its end, that took so long that the vendor may have counted it then."""
        with self._engine.begin() as connection:
            self._queue_up(connection)
            self._count(connection, "minute", int(taken.timestamp()), -1)
            self._count(connection, "minute", int(ended.timestamp()))

    def board(self, most: int) -> Callable[[], None] | None:
        """Take one of the places in flight that all processes share; None when all are taken.

        Gives what leaves the place again. A process that dies leaves its place too.
        """
        for number in range(most):
            place = ExitStack()
            try:
                place.enter_context(
                    database.exclusive(self._engine, f"{self._account} in flight {number}")
                )
            except database.AtWork:
                continue
            return place.close
        return None

    def used_today(self, now: datetime) -> int:
        """How many calls were made in the last 24 hours."""
        since = int(now.timestamp()) - _DAY
        with self._engine.connect() as connection:
            return self._sum(connection, "day", since - _HOUR)[0]

    def close(self, until: datetime, limit: str) -> None:
        """Keep the instant before which the vendor wants no call; limit is `minute` or `day`."""
        span = next(span for span, name in _CLOSED.items() if name == limit)
        with self._engine.begin() as connection:
            self._queue_up(connection)
            self._run(connection, _FORGET, span=span, before=2**31 - 1)
            self._count(connection, span, int(until.timestamp()) + 1)

    def closed(self, now: datetime) -> tuple[float, str]:
        """How long no call is wanted, in seconds, and by which limit; 0.0 when calls are free."""
        with self._engine.connect() as connection:
            ends = {_CLOSED[span]: end for span, end in self._run(connection, _ENDS)}
        waits = {limit: end - now.timestamp() for limit, end in ends.items()}
        limit = max(waits, key=lambda name: waits[name], default="minute")
        return max(0.0, waits.get(limit, 0.0)), limit

    def _queue_up(self, connection: Connection) -> None:
        """Let one process at a time count: the write lock is taken before anything is read."""
        if self._run(connection, _GATE).rowcount == 0:
            self._run(connection, _NEW, span="gate", start=0, calls=0)

    def _sum(self, connection: Connection, span: str, after: int) -> tuple[int, int]:
        calls, oldest = self._run(connection, _SUM, span=span, after=after).one()
        return int(calls), int(oldest or 0)

    def _count(self, connection: Connection, span: str, start: int, calls: int = 1) -> bool:
        """Add calls to a step of a window; True where it is the step's first."""
        which = {"span": span, "start": start, "calls": calls}
        if self._run(connection, _ADD, **which).rowcount:
            return False
        self._run(connection, _NEW, **which)
        return True

    def _forget(self, connection: Connection, second: int) -> None:
        for span, age in (("minute", 2 * _MINUTE), ("day", _DAY + _HOUR)):
            self._run(connection, _FORGET, span=span, before=second - age)

    def _run(self, connection: Connection, statement: TextClause, **values: Any) -> Any:
        return connection.execute(statement, {"account": self._account, **values})
