"""Writing rows in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Table, insert, update


def match(table: Table, key: dict[str, Any]) -> list[Any]:
    """Give the conditions under which a row has a key."""
    return [table.c[name] == value for name, value in key.items()]


def put(
    connection: Connection,
    table: Table,
    key: dict[str, Any],
    values: dict[str, Any],
    keep: Collection[str] = (),
) -> None:
    """Update a row or insert it; columns in `keep` are set by the insert only."""
    changes = {name: value for name, value in values.items() if name not in keep}
    done = connection.execute(update(table).where(*match(table, key)).values(**changes))
    if done.rowcount == 0:
        connection.execute(
            insert(table).values(**key, **{k: v for k, v in values.items() if k not in key})
        )
