"""The audit trail: each document, what became of it, and the run that did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, or_, select

from books.records import Posting, Run, State
from books.schema import postings, runs

_NO_DOCUMENT = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document and the run that touched it last; run is None when that is not known."""

    posting: Posting
    run: Run | None


def read(
    engine: Engine,
    *,
    settlement_id: str | None = None,
    order_id: str | None = None,
    since: datetime | None = None,
) -> list[Entry]:
    """Find what was done, oldest change first; each condition given must hold.

    A settlement's documents include the invoices that its payments pay, which may come from the
    orders themselves. since: documents whose row changed at that instant or later.
    """
    query = (
        select(postings, runs.c.run_id.label("run"), runs.c.who, runs.c.started_at, runs.c.ended_at)
        .outerjoin(runs, runs.c.run_id == postings.c.run_id)
        .where(postings.c.document != _NO_DOCUMENT)
        .order_by(postings.c.updated_at, postings.c.position, postings.c.document_id)
    )
    if settlement_id is not None:
        paid = select(postings.c.parent_id).where(
            postings.c.settlement_id == settlement_id, postings.c.parent_id.is_not(None)
        )
        query = query.where(
            or_(postings.c.settlement_id == settlement_id, postings.c.vendor_id.in_(paid))
        )
    if order_id is not None:
        query = query.where(postings.c.order_id == order_id)
    if since is not None:
        query = query.where(postings.c.updated_at >= since)
    with engine.connect() as connection:
        return [_entry(row._asdict()) for row in connection.execute(query)]


def recent(engine: Engine, limit: int) -> list[Entry]:
    """Give the documents that changed last, newest first."""
    query = (
        select(postings, runs.c.run_id.label("run"), runs.c.who, runs.c.started_at, runs.c.ended_at)
        .outerjoin(runs, runs.c.run_id == postings.c.run_id)
        .where(postings.c.document != _NO_DOCUMENT)
        .order_by(postings.c.updated_at.desc(), postings.c.position.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [_entry(row._asdict()) for row in connection.execute(query)]


def length(engine: Engine) -> int:
    """Count the documents of the trail."""
    query = select(func.count()).select_from(postings).where(postings.c.document != _NO_DOCUMENT)
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def _entry(row: dict[str, object]) -> Entry:
    run_id, who = row.pop("run"), row.pop("who")
    started, ended = row.pop("started_at"), row.pop("ended_at")
    posting = Posting(**{**row, "state": State(str(row["state"]))})  # type: ignore[arg-type]
    if not isinstance(run_id, str) or not isinstance(started, datetime):
        return Entry(posting=posting, run=None)
    run = Run(
        run_id=run_id,
        tenant=posting.tenant,
        who=str(who),
        started_at=started,
        ended_at=ended if isinstance(ended, datetime) else None,
    )
    return Entry(posting=posting, run=run)
