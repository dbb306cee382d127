"""Opening the database, and the lock that lets one run work on an organisation at a time."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url

from books.schema import metadata

DEFAULT_URL = "sqlite:///data/books.db"
BUSY_SECONDS = 30
_PRIVATE = 0o600


class AtWork(Exception):
    """Another run works on this organisation right now."""


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for another database or one in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def read_url(url: str) -> URL:
    """Read the setting `books`; empty means the default."""
    return make_url(url.strip() or DEFAULT_URL)


def make_private(file: Path) -> None:
    """Create the file and its folder so that only its owner can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, _PRIVATE))


def connect(url: URL) -> Engine:
    """Make an engine; SQLite durable at each commit and patient with other processes."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _be_durable)
    return engine


def _be_durable(connection: sqlite3.Connection, _: Any) -> None:
    # An intent must survive a power cut before the call that it announces is made.
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA synchronous=FULL")


def make_tables(engine: Engine) -> None:
    """Make the tables that are missing; one process at a time."""
    if has_tables(engine):
        return
    with exclusive(engine, "tables", wait=BUSY_SECONDS):
        if engine.dialect.name == "sqlite":
            # Readers (the mapper) and the writer work side by side; the mode stays in the file.
            with closing(engine.raw_connection()) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        metadata.create_all(engine)


def has_tables(engine: Engine) -> bool:
    """Tell whether every table is there."""
    return set(metadata.tables) <= set(inspect(engine).get_table_names())


@contextmanager
def exclusive(engine: Engine, name: str, wait: float = 0) -> Iterator[None]:
    """Hold the lock `name` among all processes on these books; raise AtWork if it is taken.

    The lock lives in an open connection, so it ends with its process, however that ends.
    wait: seconds (PostgreSQL: until it is free, when not 0).
    """
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine, name, wait):
            yield
        return
    file = sqlite_file(engine.url)
    if file is None:
        yield
        return
    lock = file.with_name(f"{file.name}.{_digest(name).hex()[:12]}.lock")
    make_private(lock)
    with closing(sqlite3.connect(lock, timeout=wait, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as taken:
            raise AtWork(name) from taken
        yield


@contextmanager
def _advisory_lock(engine: Engine, name: str, wait: float) -> Iterator[None]:
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    key = {"key": int.from_bytes(_digest(name)[:8], "big", signed=True)}
    with engine.connect() as connection:
        if connection.scalar(text(f"SELECT {function}(:key)"), key) is False:
            raise AtWork(name)
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
            connection.commit()


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
