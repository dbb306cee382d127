"""The transactions that Amazon deferred, as the mapper last read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, or_, select

from books import rows
from books.schema import deferrals as table

Record = dict[str, Any]


class Deferrals:
    """Deferred transactions of any number of organisations; amounts stay decimal text."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def record(self, record: Record) -> None:
        """Keep a transaction as it was last read; it replaces what was known of it."""
        key = {name: record[name] for name in ("organisation", "transaction_id")}
        values = {name: record[name] for name in ("marketplace", "posted", "released")}
        text = json.dumps(record, default=str, ensure_ascii=False)
        with self._engine.begin() as connection:
            rows.put(connection, table, key, {**values, "record": text, "written_at": self._now()})

    def read(self, organisation: str, marketplace: str, since: str | None = None) -> list[Record]:
        """Give a marketplace's that still wait; with since, an ISO date, also later ones.

        Those are posted or released on that day or after it.
        """
        waits = table.c.released.is_(None)
        chosen = waits
        if since is not None:
            chosen = or_(waits, table.c.posted >= since, table.c.released >= since)  # type: ignore[assignment]
        query = (
            select(table.c.record)
            .where(*_of(organisation, marketplace=marketplace), chosen)
            .order_by(table.c.posted, table.c.transaction_id)
        )
        with self._engine.connect() as connection:
            return [json.loads(text) for text in connection.scalars(query)]

    def months(self, organisation: str, marketplace: str) -> list[tuple[str, str | None]]:
        """Give each pair of months of posting and release that differ; None: it waits."""
        posted, released = (func.substr(day, 1, 7) for day in (table.c.posted, table.c.released))
        query = (
            select(posted, released)
            .where(
                *_of(organisation, marketplace=marketplace),
                or_(table.c.released.is_(None), posted != released),
            )
            .distinct()
        )
        with self._engine.connect() as connection:
            found = [(one, other) for one, other in connection.execute(query)]
        return sorted(found, key=lambda each: (each[0], each[1] or ""))

    def one(self, organisation: str, transaction_id: str) -> Record | None:
        """Give a transaction by its id; None when it is not known."""
        query = select(table.c.record).where(*_of(organisation, transaction_id=transaction_id))
        with self._engine.connect() as connection:
            text = connection.scalar(query)
        if text is None:
            return None
        found: Record = json.loads(text)
        return found


def _of(organisation: str, **key: str) -> list[Any]:
    return rows.match(table, {"organisation": organisation, **key})
