"""Prices and quantities of listings: who changed what, when, from what, and what came of it.

One row for each attempt, and it stays. Of a listing's price, or its quantity, at most one row is
open: the latest. What replaces it closes it.

    held -> (confirmed) -> a new row: intended -> sent -> applied
                                                       -> pending   accepted, not yet seen
                                                       -> refused   in Amazon's own words
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, bindparam, insert, or_, select, update

from books.rows import chunked
from books.schema import price_changes as table


class Kind(StrEnum):
    """What of a listing is changed."""

    PRICE = "price"
    QUANTITY = "quantity"


class Stage(StrEnum):
    """How far a change has come.

    held: it waits for a person. intended: written down, about to be sent. sent: Amazon has it, and
    what it says of it is not known. applied: read back. pending: Amazon took it and does not show
    it yet. refused: with Amazon's words, or ours.
    """

    HELD = "held"
    INTENDED = "intended"
    SENT = "sent"
    APPLIED = "applied"
    PENDING = "pending"
    REFUSED = "refused"


UNDER_WAY = frozenset({Stage.INTENDED, Stage.SENT, Stage.PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """One attempt to change a listing's price or quantity, or a change that is held.

    old: what the listing showed, None for nothing. new: None where the document gave no figure.
    batch: the uploaded document of the feed that it went with. sent_at: when Amazon is known to
    have taken it. closed_at: when something newer took its place, or it was applied.
    """

    change_id: str
    seller_id: str
    marketplace_id: str
    marketplace: str
    sku: str
    kind: Kind
    document_id: str
    state: Stage
    new: Decimal | None = None
    old: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    message: str | None = None
    explanation: str | None = None
    submission_id: str | None = None
    batch: str | None = None
    feed_id: str | None = None
    message_id: int | None = None
    confirmed_at: datetime | None = None
    sent_at: datetime | None = None
    run_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def listing(self) -> tuple[str, str, Kind]:
        """What is changed: marketplace, SKU and kind."""
        return self.marketplace_id, self.sku, self.kind


def new_id() -> str:
    """Make the id of a new row."""
    return uuid.uuid4().hex


class Changes:
    """The changes in a set of books."""

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], is_alone: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._now = now
        self._is_alone = is_alone

    def add(self, new: Iterable[PriceChange]) -> list[PriceChange]:
        """Write down new rows in one transaction; each closes the open one of its listing.

        Nothing is written down by a run that is no longer alone on its seller.
        """
        now = self._now()
        added = [replace(each, created_at=now, updated_at=now) for each in new]
        if not added:
            return []
        for seller_id in {each.seller_id for each in added}:
            self._is_alone(seller_id)
        names = ("seller_id", "marketplace_id", "sku", "kind")
        close = (
            update(table)
            .where(
                table.c.closed_at.is_(None), *(table.c[n] == bindparam(f"of_{n}") for n in names)
            )
            .values(closed_at=now)
        )
        keys = [{f"of_{name}": str(getattr(each, name)) for name in names} for each in added]
        with self._engine.begin() as connection:
            connection.execute(close, keys)
            connection.execute(insert(table), [_columns(each) for each in added])
        return added

    def keep(self, changed: Iterable[PriceChange]) -> list[PriceChange]:
        """Write rows over those with their ids, in one transaction."""
        now = self._now()
        kept = [replace(each, updated_at=now) for each in changed]
        if not kept:
            return []
        names = [field.name for field in fields(PriceChange) if field.name != "change_id"]
        write = (
            update(table)
            .where(table.c.change_id == bindparam("of_change"))
            .values({name: bindparam(f"to_{name}") for name in names})
        )
        rows = [
            {"of_change": row["change_id"], **{f"to_{name}": row[name] for name in names}}
            for row in map(_columns, kept)
        ]
        with self._engine.begin() as connection:
            connection.execute(write, rows)
        return kept

    def open(self, seller_id: str | None = None) -> list[PriceChange]:
        """The open rows, of a seller or of all, oldest first."""
        query = select(table).where(table.c.closed_at.is_(None))
        if seller_id is not None:
            query = query.where(table.c.seller_id == seller_id)
        return self._read(query)

    def in_feeds(self, seller_id: str) -> list[PriceChange]:
        """The rows of feeds whose end was not seen, oldest first."""
        return self._read(
            select(table).where(
                table.c.seller_id == seller_id,
                table.c.batch.is_not(None),
                table.c.state.in_([str(Stage.INTENDED), str(Stage.SENT)]),
            )
        )

    def feed_ids(self, seller_id: str) -> set[str]:
        """The feeds that these books know."""
        query = select(table.c.feed_id).where(
            table.c.seller_id == seller_id, table.c.feed_id.is_not(None)
        )
        with self._engine.connect() as connection:
            return set(connection.scalars(query.distinct()))

    def touched(self, seller_id: str, since: datetime) -> set[tuple[str, str]]:
        """The listings (marketplace, SKU) that were sent something since an instant."""
        query = select(table.c.marketplace_id, table.c.sku).where(
            table.c.seller_id == seller_id,
            table.c.state != str(Stage.HELD),
            table.c.updated_at >= since,
        )
        with self._engine.connect() as connection:
            return {(row[0], row[1]) for row in connection.execute(query.distinct())}

    def confirm(self, change_ids: Collection[str]) -> int:
        """Mark held rows as confirmed; give how many were."""
        done, now = 0, self._now()
        with self._engine.begin() as connection:
            for column, chunk in chunked([(table.c.change_id, change_ids)]):
                done += connection.execute(
                    update(table)
                    .where(
                        column.in_(chunk),
                        table.c.state == str(Stage.HELD),
                        table.c.closed_at.is_(None),
                    )
                    .values(confirmed_at=now, updated_at=now)
                ).rowcount
        return done

    def history(
        self, *, sku: str | None = None, since: datetime | None = None
    ) -> list[PriceChange]:
        """Every row, oldest first; each condition given must hold."""
        query = select(table)
        if sku is not None:
            query = query.where(table.c.sku == sku)
        if since is not None:
            query = query.where(or_(table.c.created_at >= since, table.c.updated_at >= since))
        return self._read(query)

    def _read(self, query: Any) -> list[PriceChange]:
        ordered = query.order_by(
            table.c.created_at, table.c.marketplace_id, table.c.sku, table.c.kind
        )
        with self._engine.connect() as connection:
            return [_row(row._asdict()) for row in connection.execute(ordered)]


def _columns(change: PriceChange) -> dict[str, Any]:
    return {**asdict(change), "kind": str(change.kind), "state": str(change.state)}


def _row(values: dict[str, Any]) -> PriceChange:
    kind, state = Kind(values.pop("kind")), Stage(values.pop("state"))
    return PriceChange(kind=kind, state=state, **values)
