"""The rows behind each settlement, order by order, for the drill-down from a deposit to a row.

The mapper writes them (stream `settlement_orders`) in parts of many orders: what rows of many
orders share (their kind) stands once, so a settlement of 5,000 orders takes some hundred kilobytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from books.schema import metadata

settlement_orders = Table(
    "settlement_orders",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("settlement_id", String(64), primary_key=True, index=True),
    Column("part", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    comment="The rows of each settlement, order by order, with the class of each.",
)


@dataclass(frozen=True, slots=True)
class TracedRow:
    """Equal rows of one order: what the report calls them, their class, and their sum."""

    transaction_type: str
    amount_type: str
    amount_description: str
    marketplace: str
    day: str
    accounting_class: str
    sku: str
    amount: Decimal
    rows: int
    quantity: int


@dataclass(frozen=True, slots=True)
class TracedOrder:
    """One order of a settlement and its rows; blank for the rows that name no order."""

    settlement_id: str
    order_id: str
    rows: tuple[TracedRow, ...]


def keep(engine: Engine, record: dict[str, Any]) -> None:
    """Write a part down; the first part of a settlement ends all that was known of it."""
    table = settlement_orders
    key = {name: record[name] for name in ("organisation", "settlement_id", "part")}
    same = [table.c[name] == key[name] for name in ("organisation", "settlement_id")]
    with engine.begin() as connection:
        newer = table.c.part >= key["part"]
        connection.execute(delete(table).where(*same, newer))
        text = json.dumps(
            {name: record[name] for name in ("kinds", "orders")}, default=str, ensure_ascii=False
        )
        connection.execute(insert(table).values(**key, record=text))


def read(engine: Engine, settlement_id: str) -> Iterator[TracedOrder]:
    """Give the orders of a settlement, in the order in which the report first names them."""
    table = settlement_orders
    query = select(table.c.settlement_id, table.c.record).where(
        table.c.settlement_id == settlement_id
    )
    yield from _orders(engine, query.order_by(table.c.organisation, table.c.part))


def of_order(engine: Engine, organisation: str, order_id: str) -> Iterator[TracedOrder]:
    """Give an order in each settlement of an organisation that has rows of it."""
    table = settlement_orders
    query = select(table.c.settlement_id, table.c.record).where(
        table.c.organisation == organisation, table.c.record.contains(order_id, autoescape=True)
    )
    for order in _orders(engine, query.order_by(table.c.settlement_id, table.c.part)):
        if order.order_id == order_id:
            yield order


def _orders(engine: Engine, query: Select[tuple[str, str]]) -> Iterator[TracedOrder]:
    with engine.connect() as connection:
        for settlement_id, text in connection.execute(query):
            part = json.loads(text)
            kinds, orders = part["kinds"], part["orders"]
            # JSON text, as it came; books of an earlier version have the list itself.
            for order_id, rows in json.loads(orders) if isinstance(orders, str) else orders:
                yield TracedOrder(
                    settlement_id,
                    order_id,
                    tuple(
                        TracedRow(*(*kinds[kind], sku, Decimal(amount), count, quantity))
                        for kind, sku, amount, count, quantity in rows
                    ),
                )
