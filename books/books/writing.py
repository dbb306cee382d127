"""Writing and finding rows in SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Table, insert, update

# SQLite takes 32,766 variables in one statement; PostgreSQL is slow long before that.
PER_QUERY = 500


def match(table: Table, key: dict[str, Any]) -> list[Any]:
    """Make the conditions under which a row has this key."""
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
        new = {name: value for name, value in values.items() if name not in key}
        connection.execute(insert(table).values(**key, **new))


def chunks(values: Collection[str]) -> Iterator[list[str]]:
    """Cut a list of values for a query into pieces, each value once."""
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), PER_QUERY):
        yield ordered[start : start + PER_QUERY]
