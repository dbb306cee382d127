"""The VAT report's lines by order: they may come months before or after the order's settlement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Engine, String, Table, Text, select

from books.rows import chunked, put
from books.schema import Instant, metadata

vat_lines = Table(
    "vat_lines",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("record", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    comment="What the VAT report says of each order, as the mapper wrote it.",
)


class VatLines:
    """The VAT report's lines that a set of books knows."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def record(self, records: Iterable[dict[str, Any]]) -> None:
        """Keep what the report says of orders, in one transaction; it replaces what was known."""
        now = self._now()
        with self._engine.begin() as connection:
            for record in records:
                key = {name: record[name] for name in ("organisation", "order_id")}
                values = {"record": json.dumps(record, default=str), "written_at": now}
                put(connection, vat_lines, key, values)

    def any(self, organisation: str) -> bool:
        """Tell whether a set of books knows of any."""
        query = select(vat_lines.c.order_id).where(vat_lines.c.organisation == organisation)
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def of(self, organisation: str, order_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Find what is known of orders, by order id, as it was written."""
        found: dict[str, dict[str, Any]] = {}
        query = select(vat_lines.c.order_id, vat_lines.c.record)
        with self._engine.connect() as connection:
            wanted = [(vat_lines.c.order_id, order_ids)]
            for column, chunk in chunked(wanted):
                limited = query.where(vat_lines.c.organisation == organisation, column.in_(chunk))
                for order_id, text in connection.execute(limited):
                    found[order_id] = json.loads(text)
        return found
