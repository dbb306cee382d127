"""Opening the database, and the lock that lets one run work on an organisation at a time."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

from books.schema import metadata

DEFAULT_URL = "sqlite:///data/books.db"
BUSY_SECONDS = 30
_PRIVATE = 0o600
_LOCK_NOT_AVAILABLE = "55P03"


Check = Callable[[], None]


class AtWork(Exception):
    """Another run works on this organisation right now."""


class Unusable(Exception):
    """The database cannot be read or written; the message says why and what to do."""


_CURES = {
    "locked": "another program holds it: close that and run again",
    "full": "make room on the disk and run again",
    "readonly": "give this user the right to write it and run again",
    "not a database": "point `books` at another file, or restore this one",
    "malformed": "restore it from a backup, or delete it: what is posted is found again in Xero",
    "unable to open": "give this user the right to read and write it and run again",
}


def _say_why(context: ExceptionContext) -> None:
    """Turn the database's own error into one that a person can act upon."""
    error = context.original_exception
    known = context.sqlalchemy_exception
    ours = isinstance(known, IntegrityError | ProgrammingError)
    if ours or context.is_pre_ping or not isinstance(known, DBAPIError):
        return  # also where the process ends, or a stale connection is about to be replaced
    words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    cure = next((cure for sign, cure in _CURES.items() if sign in words), "see to it and run again")
    raise Unusable(f"the books cannot be used ({words}): {cure}; nothing is lost") from error


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for another database or one in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def read_url(url: str) -> URL:
    """Read the setting `books`; empty means the default."""
    try:
        return make_url(url.strip() or DEFAULT_URL)
    except ArgumentError:
        # Not its text: it may hold a password.
        raise Unusable(f"`books` is no URL of a database: {_FORMS}") from None


def make_private(file: Path) -> None:
    """Create the file and its folder so that only its owner can read it.

    One of ours that others can read, as a copy from a backup may be, is closed to them.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, _PRIVATE)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                os.fchmod(descriptor, _PRIVATE)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unusable(f"the books cannot be used ({error.strerror}: {file})") from error


_FORMS = "write sqlite:///data/books.db, or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"


def connect(url: URL) -> Engine:
    """Make an engine; SQLite durable at each commit and patient with other processes."""
    if url.get_backend_name() != "sqlite":
        try:
            return _speaking(create_engine(url, pool_pre_ping=True))
        except (ModuleNotFoundError, NoSuchModuleError) as missing:
            words = f"`books` names {url.drivername}, which is not installed: {_FORMS}"
            raise Unusable(f"{words}, with psycopg installed") from missing
    engine = _speaking(create_engine(url, connect_args={"timeout": BUSY_SECONDS}))
    event.listen(engine, "connect", _be_durable)
    return engine


def _speaking(engine: Engine) -> Engine:
    event.listen(engine, "handle_error", _say_why)
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
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        metadata.create_all(engine)


def has_tables(engine: Engine) -> bool:
    """Tell whether every table is there."""
    return set(metadata.tables) <= set(inspect(engine).get_table_names())


def are_books(engine: Engine) -> bool:
    """Tell whether these are books; those of an earlier version get the tables new since."""
    if not set(metadata.tables) & set(inspect(engine).get_table_names()):
        return False
    make_tables(engine)
    return True


@contextmanager
def exclusive(engine: Engine, name: str, wait: float = 0) -> Iterator[Check]:
    """Hold the lock `name` among all processes on these books; raise AtWork if it is taken.

    The lock lives in an open connection, so it ends with its process, however that ends.
    wait: how long to wait for it, in seconds. Gives a check that raises Unusable where that
    connection, and the lock with it, is gone.
    """
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine, name, wait) as check:
            yield check
        return
    file = sqlite_file(engine.url)
    if file is None:
        yield _certain
        return
    lock = file.with_name(f"{file.name}.{_digest(name).hex()[:12]}.lock")
    make_private(lock)
    with closing(sqlite3.connect(lock, timeout=wait, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as taken:
            if "locked" not in str(taken):
                raise Unusable(f"the books' lock cannot be taken ({taken}: {lock})") from taken
            raise AtWork(name) from taken
        yield _certain


@contextmanager
def _advisory_lock(engine: Engine, name: str, wait: float) -> Iterator[Check]:
    key = {"key": int.from_bytes(_digest(name)[:8], "big", signed=True)}
    with engine.connect() as connection:
        _take_advisory_lock(connection, name, key, wait)

        def check() -> None:
            connection.execute(text("SELECT 1"))
            connection.rollback()

        try:
            yield check
        finally:
            # A connection that is lost has let go of it already.
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
                connection.commit()


def _certain() -> None:
    """A file that is open in this process cannot lose its lock."""


def _take_advisory_lock(
    connection: Connection, name: str, key: dict[str, int], wait: float
) -> None:
    """Take it at once, or wait as long as asked: PostgreSQL would wait for ever."""
    if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
        connection.commit()
        return
    if not wait:
        raise AtWork(name)
    connection.execute(text(f"SET LOCAL lock_timeout = {int(wait * 1000)}"))
    try:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
    except Unusable as failed:
        if getattr(failed.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        connection.rollback()
        raise AtWork(name) from failed
    connection.commit()


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
