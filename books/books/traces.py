"""Which rows of a settlement went where: class, account and document, order by order.

The mapper writes the records (stream `settlement_orders`); they are kept as text, one for each
order of a settlement, for the drill-down from a deposit to the rows of one order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Engine, String, Table, Text, insert, select, update

from books.schema import metadata

settlement_orders = Table(
    "settlement_orders",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("settlement_id", String(64), primary_key=True),
    Column("order_id", String(64), primary_key=True, index=True),
    Column("record", Text, nullable=False),
    comment="The rows of each order of a settlement, with class, account and document.",
)


def keep(engine: Engine, records: Iterable[dict[str, Any]]) -> None:
    """Write traces down in one transaction; each replaces the one before."""
    table = settlement_orders
    with engine.begin() as connection:
        for record in records:
            key = {
                name: record[name] or "" for name in ("organisation", "settlement_id", "order_id")
            }
            text = json.dumps(record, default=str, ensure_ascii=False)
            same = [table.c[name] == value for name, value in key.items()]
            if connection.execute(update(table).where(*same).values(record=text)).rowcount == 0:
                connection.execute(insert(table).values(**key, record=text))


def read(
    engine: Engine, *, settlement_id: str | None = None, order_id: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give the traces of a settlement, or of an order, in order of both ids."""
    table = settlement_orders
    query = select(table.c.record).order_by(table.c.settlement_id, table.c.order_id)
    if settlement_id is not None:
        query = query.where(table.c.settlement_id == settlement_id)
    if order_id is not None:
        query = query.where(table.c.order_id == order_id)
    with engine.connect() as connection:
        for text in connection.execution_options(stream_results=True).scalars(query):
            yield json.loads(text, parse_float=Decimal)
