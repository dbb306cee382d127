"""A simulated Xero, books of the test's own, and runs of the target over both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from target.xero_documents import Recorded

from books import Books, Posting, State, open_books
from simulators.clock import Clock
from simulators.wsgi import Call
from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation
from target_xero import settings
from target_xero.posting import PostingRun
from target_xero.tally import Tally
from xero_api import Connection, CustomConnection, Limits, Session

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A simulated Xero, books in a folder of the test's, and runs of the target over both.

    Time is the simulator's, and every wait moves it on.
    """

    organisation: Organisation
    url: str
    folder: Path
    evidence: bool = False
    database: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    @property
    def books_url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'books.db'}"

    def post(self, *recorded: Recorded, batch_size: int = 50) -> Tally:
        """Run the target once over these documents and give its tally."""
        with self.running(batch_size) as run:
            for stream, record in recorded:
                add = {
                    "settlements": run.add_proof,
                    "held": run.add_held,
                    "settlement_orders": run.add_trail,
                }.get(stream)
                if add:
                    add(record)
                else:
                    run.add(stream, record)
            run.drain()
            run.close()
            return run.tally

    def running(self, batch_size: int = 50) -> _Running:
        return _Running(self, batch_size)

    def calls(self, since: int = 0) -> list[Call]:
        """Calls to the Accounting API, tokens aside."""
        return [each for each in self.organisation.calls[since:] if "/api.xro/" in each.path]

    def writes(self, since: int = 0) -> list[Call]:
        return [each for each in self.calls(since) if each.method != "GET"]

    @property
    def mark(self) -> int:
        """Where the list of calls ends now."""
        return len(self.organisation.calls)

    def postings(self, *states: State) -> list[Posting]:
        with open_books(self.books_url) as books:
            found = books.postings(states=states or None)
        return [each for each in found if each.stream != "contacts"]

    def posting(self, document_id: str) -> Posting:
        (found,) = [each for each in self.postings() if each.document_id == document_id]
        return found

    def lose_books(self) -> None:
        """Delete the books, and let Xero forget its idempotency keys, which would hide it."""
        self.organisation.clock.advance(minutes=10)
        for file in self.folder.glob("books.db*"):
            file.unlink()

    def open_books(self) -> Books:
        """Open the books for a run; it closes them."""
        return open_books(self.books_url, self.organisation.clock.now)

    def connection(self, books: Books) -> Connection:
        """Sign in for a run; custom connections keep nothing in the books."""
        del books
        return CustomConnection(
            "DEMOXEROCLIENT",
            "demo-xero-secret",
            identity_url=self.url,
            scopes=settings.scopes({"attach_evidence": self.evidence}),
            now=self.organisation.clock.now,
            sleep=self.sleep,
        )

    def balance(self) -> dict[str, Decimal]:
        found = self.organisation.trial_balance()
        assert sum(found.values()) == 0
        return {str(code): amount for code, amount in found.items() if amount}

    def documents(self) -> dict[str, dict[str, int]]:
        return {name: found for name, found in self.organisation.documents().items() if found}

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.organisation.clock.advance(seconds=seconds)


class _Running:
    def __init__(self, desk: Desk, batch_size: int) -> None:
        now = desk.organisation.clock.now
        self._books = desk.open_books()
        connection = desk.connection(self._books)
        limits = Limits(
            self._books.quota("DEMOXEROCLIENT"),
            now=now,
            sleep=desk.sleep,
            **{"calls_per_minute": 55, "calls_per_day": 5000, **desk.settings},
        )
        self._session = Session(
            connection, limits, api_url=f"{desk.url}/api.xro/2.0", sleep=desk.sleep
        )
        self._run = PostingRun(
            self._session,
            self._books,
            now=now,
            sleep=desk.sleep,
            batch_size=batch_size,
            attach_evidence=desk.evidence,
        )

    def __enter__(self) -> PostingRun:
        return self._run

    def __exit__(self, *_: object) -> None:
        self._run.abandon()
        self._session.close()
        self._books.close()


@contextmanager
def demo_desk(folder: Path) -> Iterator[Desk]:
    """Serve the demo organisation, its clock at a standstill until something waits."""
    organisation = demo_organisation(Clock(NOW))
    with server(organisation) as xero:
        yield Desk(organisation, xero.url, folder)
        organisation.faults.clear()
