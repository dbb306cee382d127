"""The books themselves: one object over the database, every change one committed transaction."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Engine, func, insert, select, update

from books import database, schema, trail
from books.changes import Changes
from books.deferrals import Deferrals
from books.kept import Kept
from books.quota import SharedQuota
from books.records import Became, Posting, Run, State, Tenant
from books.rows import chunked, put
from books.trail import Entry
from books.vat import VatLines

if TYPE_CHECKING:
    from books.tokens import TokenSafe


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_books(url: str, now: Callable[[], datetime] = _utc_now) -> Books:
    """Open the books, making the folder, the file (readable by its owner only) and the tables."""
    where = database.read_url(url)
    if file := database.sqlite_file(where):
        database.make_private(file)
    engine = database.connect(where)
    database.make_tables(engine)
    return Books(engine, now)


def open_existing(url: str, now: Callable[[], datetime] = _utc_now) -> Books | None:
    """Open the books if they are there; None when they are not, and no books are begun.

    Books of an earlier version get the tables that they lack.
    """
    where = database.read_url(url)
    file = database.sqlite_file(where)
    if file is not None and not file.is_file():
        return None
    engine = database.connect(where)
    if not database.are_books(engine):
        engine.dispose()
        return None
    return Books(engine, now)


class Books(Kept):
    """What was posted, held and proven, for any number of organisations."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._alone: dict[str, database.Check] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # Organisations and runs

    def tenant(self, tenant: str, name: str) -> Tenant:
        """Tell since when these books know an organisation; a new one begins now."""
        if (known := self.known_tenant(tenant)) is not None:
            return known
        new = Tenant(tenant=tenant, name=name, began=self._now())
        with self._engine.begin() as connection:
            connection.execute(insert(schema.tenants).values(**asdict(new)))
        return new

    def known_tenant(self, tenant: str) -> Tenant | None:
        """Tell since when these books know an organisation, without noting anything."""
        with self._engine.connect() as connection:
            known = connection.execute(
                select(schema.tenants).where(schema.tenants.c.tenant == tenant)
            ).one_or_none()
        if known is None:
            return None
        return Tenant(tenant=known.tenant, name=known.name, began=known.began)

    @contextmanager
    def exclusive(self, tenant: str) -> Iterator[None]:
        """Be the only run on an organisation; raise AtWork, naming the other one, if it is not."""
        lock = database.exclusive(self._engine, tenant)
        try:
            self._alone[tenant] = lock.__enter__()
        except database.AtWork as taken:
            last = self.last_run(tenant)
            who = f"{last.who}, since {last.started_at:%Y-%m-%d %H:%M} UTC" if last else "a run"
            raise database.AtWork(f"{who}, works on this organisation") from taken
        try:
            yield
        finally:
            self._alone.pop(tenant, None)
            lock.__exit__(None, None, None)

    def start_run(self, tenant: str) -> Run:
        """Note that a run begins, and where."""
        run = Run(
            run_id=uuid.uuid4().hex,
            tenant=tenant,
            who=f"process {os.getpid()} on {socket.gethostname()}",
            started_at=self._now(),
        )
        with self._engine.begin() as connection:
            connection.execute(insert(schema.runs).values(**asdict(run)))
        return run

    def end_run(self, run: Run, summary: str) -> None:
        """Note that a run came to its end, and what it did."""
        table = schema.runs
        with self._engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.run_id == run.run_id)
                .values(ended_at=self._now(), summary=summary)
            )

    def last_run(self, tenant: str) -> Run | None:
        """The run that started last on an organisation."""
        table = schema.runs
        with self._engine.connect() as connection:
            row = connection.execute(
                select(table)
                .where(table.c.tenant == tenant)
                .order_by(table.c.started_at.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else Run(**row._asdict())

    def quota(self, account: str) -> SharedQuota:
        """The calls that all processes make with one account, counted together."""
        return SharedQuota(self._engine, account)

    def tokens(self, service: str, client_id: str, tenant: str, key: str) -> TokenSafe:
        """Open the encrypted tokens of one consent; key is what `find_key` gives."""
        # Encryption is loaded only by those who keep tokens.
        from books.tokens import TokenSafe

        return TokenSafe(
            self._engine, self._now, key, service=service, client_id=client_id, tenant=tenant
        )

    @property
    def vat_lines(self) -> VatLines:
        """What the VAT report says of orders."""
        return VatLines(self._engine, self._now)

    @property
    def changes(self) -> Changes:
        """The prices and quantities of listings that were changed at Amazon."""
        return Changes(self._engine, self._now, self._still_alone)

    def _still_alone(self, tenant: str) -> None:
        self._alone.get(tenant, lambda: None)()

    # Postings

    def save(self, changed: Iterable[Posting]) -> list[Posting]:
        """Write postings down in one transaction; the first writing sets created_at.

        Nothing is written down as intended by a run that is no longer alone on its organisation.
        """
        now = self._now()
        saved = [
            replace(each, created_at=each.created_at or now, updated_at=now) for each in changed
        ]
        for tenant in {each.tenant for each in saved if each.state is State.INTENDED}:
            self._still_alone(tenant)
        with self._engine.begin() as connection:
            for posting in saved:
                key = {"tenant": posting.tenant, "document_id": posting.document_id}
                put(connection, schema.postings, key, _columns(posting), keep=("created_at",))
        return saved

    def postings(
        self,
        tenant: str | None = None,
        *,
        stream: str | None = None,
        states: Collection[State] | None = None,
        document_ids: Collection[str] | None = None,
        numbers: Collection[str] | None = None,
        parent_ids: Collection[str] | None = None,
        order_ids: Collection[str] | None = None,
        idempotency_keys: Collection[str] | None = None,
    ) -> list[Posting]:
        """Find postings, oldest first; each condition given must hold."""
        table = schema.postings
        query = select(table).order_by(table.c.created_at, table.c.position, table.c.document_id)
        if tenant is not None:
            query = query.where(table.c.tenant == tenant)
        if stream is not None:
            query = query.where(table.c.stream == stream)
        if states is not None:
            query = query.where(table.c.state.in_([str(state) for state in states]))
        found: list[Posting] = []
        sets = {
            table.c.document_id: document_ids,
            table.c.number: numbers,
            table.c.parent_id: parent_ids,
            table.c.order_id: order_ids,
            table.c.idempotency_key: idempotency_keys,
        }
        wanted = [(column, values) for column, values in sets.items() if values is not None]
        with self._engine.connect() as connection:
            for column, chunk in chunked(wanted):
                limited = query if column is None else query.where(column.in_(chunk))
                found.extend(_posting(row) for row in connection.execute(limited))
        return found

    def posted_ids(self, settlement_id: str) -> set[str]:
        """The documents that were made from a settlement and are posted, by their ids."""
        table = schema.postings
        query = select(table.c.document_id).where(
            table.c.settlement_id == settlement_id, table.c.state == str(State.POSTED)
        )
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def became(self, settlement_id: str, document_ids: Collection[str]) -> dict[str, Became]:
        """Tell what became of documents that were made from a settlement, by document id."""
        table = schema.postings
        query = select(*(table.c[field.name] for field in fields(Became))).where(
            table.c.settlement_id == settlement_id
        )
        found: dict[str, Became] = {}
        with self._engine.connect() as connection:
            for column, chunk in chunked([(table.c.document_id, document_ids)]):
                for row in connection.execute(query.where(column.in_(chunk))):
                    found[row[0]] = Became(row[0], row[1], row[2], State(row[3]), *row[4:])
        return found

    def trail(
        self,
        *,
        settlement_id: str | None = None,
        order_id: str | None = None,
        since: datetime | None = None,
    ) -> list[Entry]:
        """Tell what became of each document and which run did it, oldest change first."""
        return trail.read(self._engine, settlement_id=settlement_id, order_id=order_id, since=since)

    def recent_trail(self, limit: int) -> list[Entry]:
        """The documents that changed last and the runs that did it, newest first."""
        return trail.recent(self._engine, limit)

    def trail_length(self) -> int:
        """How many documents the audit trail has."""
        return trail.length(self._engine)

    def has_posted(self, tenant: str) -> bool:
        """Tell whether a document of an organisation was ever written down as posted."""
        table = schema.postings
        with self._engine.connect() as connection:
            return bool(
                connection.scalar(
                    select(func.count())
                    .select_from(table)
                    .where(
                        table.c.tenant == tenant,
                        table.c.vendor_id.is_not(None),
                        table.c.stream.not_in(("contacts", "items")),
                    )
                )
            )

    @property
    def deferrals(self) -> Deferrals:
        """The transactions that Amazon deferred."""
        return Deferrals(self._engine, self._now)


def _columns(posting: Posting) -> dict[str, Any]:
    return {**asdict(posting), "state": str(posting.state)}


def _posting(row: Any) -> Posting:
    return Posting(**{**row._asdict(), "state": State(row.state)})
