"""Rows: written over the ones before, and found by long lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Table, insert, update

# SQLite takes 32,766 variables in one statement; PostgreSQL is slow long before that.
_PER_QUERY = 500


def match(table: Table, key: dict[str, Any]) -> list[Any]:
    """The conditions under which a row has a key."""
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


def chunked(wanted: list[tuple[Any, Collection[str]]]) -> Iterator[tuple[Any, list[str]]]:
    """Cut the one long list of a query into pieces; a query has at most one."""
    if not wanted:
        yield None, []
        return
    ((column, values),) = wanted
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), _PER_QUERY):
        yield column, ordered[start : start + _PER_QUERY]
