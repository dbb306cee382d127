"""A desk for hundreds of runs: no network, one engine for all, books in memory where there is room.

A run still opens and loses everything that a process would: only what costs time is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from campaign.loopback import in_process
from sqlalchemy import Engine
from target.oauth_processes import KEY
from target.xero_desk import NOW, Desk

from books import Books, database
from simulators.clock import Clock
from simulators.xero import application
from simulators.xero.demo import (
    OAUTH_CLIENT_ID,
    OAUTH_CLIENT_SECRET,
    OAUTH_REFRESH_TOKEN,
    demo_organisation,
)
from xero_api import Connection, OAuthConnection, TokenEndpoint

_MEMORY = Path("/dev/shm")  # a disk where there is none
_ADDRESS = "http://127.0.0.1:1"
_SCOPES = (
    "offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.manualjournals accounting.contacts accounting.settings accounting.attachments"
)


@cache
def _folder() -> Path:
    """The folder of this process; it goes with the machine's memory, or its temporary files."""
    return Path(mkdtemp(prefix="campaign-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))


@cache
def _engine(number: int) -> Engine:
    """The engine of the first or the second process on these books."""
    del number
    return database.connect(database.read_url(f"sqlite:///{_folder() / 'books.db'}"))


@cache
def _empty() -> bytes:
    """What new books are: made once, and copied."""
    engine = _engine(0)
    database.make_tables(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return (_folder() / "books.db").read_bytes()


@dataclass
class QuickDesk(Desk):
    """A desk whose runs differ in nothing but what they remember.

    process: whose engine a run uses; oauth: sign in with a refresh token that rotates; seed: the
    consent that a person gave last.
    """

    process: int = 0
    oauth: bool = False
    seed: str = OAUTH_REFRESH_TOKEN
    kept: bytes = b""

    def open_books(self) -> Books:
        """Books that nobody has to close."""
        return _Open(_engine(self.process), self.organisation.clock.now)

    def begin(self) -> None:
        """Make books that know nothing."""
        empty = _empty()
        for engine in (_engine(0), _engine(1)):
            engine.dispose()
        for file in _folder().glob("books.db*"):
            file.unlink()
        (_folder() / "books.db").write_bytes(empty)

    def lose_books(self) -> None:
        """Lose them, and with them the tokens: a person has to agree again."""
        self.organisation.clock.advance(minutes=10)
        self.begin()
        self.agree_again()

    @property
    def has_copy(self) -> bool:
        """Tell whether somebody kept a copy of the books."""
        return bool(self.kept)

    def copy_books(self) -> None:
        """Keep a copy of the books as they are."""
        with _engine(0).connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.kept = (_folder() / "books.db").read_bytes()

    def restore_books(self) -> None:
        """Put the copy in the place of the books; Xero knows more than it, and newer tokens."""
        self.organisation.clock.advance(minutes=10)
        self.begin()
        (_folder() / "books.db").write_bytes(self.kept)
        self.agree_again()

    def agree_again(self) -> None:
        """Let a person agree in the browser."""
        if self.oauth:
            self.seed = self.organisation.identity.consent(OAUTH_CLIENT_ID, _SCOPES)

    def connection(self, books: Books) -> Connection:
        """Sign in as the desk does, or by OAuth."""
        if not self.oauth:
            return super().connection(books)
        endpoint = TokenEndpoint(
            OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, identity_url=self.url, sleep=self.sleep
        )
        return OAuthConnection(
            endpoint,
            books.tokens("xero", OAUTH_CLIENT_ID, "", KEY),
            api_url=f"{self.url}/api.xro/2.0",
            seed=self.seed,
            connect="connect",
            now=self.organisation.clock.now,
            sleep=self.sleep,
        )


class _Open(Books):
    def close(self) -> None:
        """Keep the engine, and what it has compiled."""


@contextmanager
def quick_desk(*, oauth: bool = False, evidence: bool = False) -> Iterator[QuickDesk]:
    """Serve the demo organisation without a network, its clock at a standstill."""
    organisation = demo_organisation(Clock(NOW))
    desk = QuickDesk(organisation, _ADDRESS, _folder(), evidence=evidence, oauth=oauth)
    desk.begin()
    if oauth:
        desk.agree_again()
    with in_process(application(organisation)):
        yield desk
