"""What the books keep beside postings: held documents, proofs, readings and traces."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, func, select, update

from books import readings, schema, traces
from books.readings import Account, Reading, Seen
from books.records import Held
from books.rows import match, put
from books.traces import TracedOrder


class Kept:
    """What the mapper and the accounting system said, each record in place of its former."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    # Held documents and proofs, as the mapper wrote them

    def held(self, organisation: str | None = None) -> list[Held]:
        """The documents that still wait in a set of books, or in any, oldest first."""
        table = schema.held
        columns = [table.c[field.name] for field in fields(Held)]
        query = select(*columns).where(table.c.resolved_at.is_(None))
        if organisation is not None:
            query = query.where(table.c.organisation == organisation)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(table.c.since, table.c.document_id))
            return [Held(**row._asdict()) for row in rows]

    def record_held(self, record: dict[str, Any]) -> None:
        """Keep a `held` record, or close it when its state is `resolved`."""
        organisation, document_id = record["organisation"], record["document_id"]
        if record["state"] == "resolved":
            self.resolve_held(organisation, document_id)
            return
        table = schema.held
        key = {"organisation": organisation, "document_id": document_id}
        values = {
            "stream": record["stream"],
            "reason": record["reason"] or "",
            "details": record["details"] or "",
            "amount": None if record["amount"] is None else Decimal(str(record["amount"])),
            **{name: record[name] for name in ("currency", "settlement_id", "order_id", "record")},
            "resolved_at": None,
        }
        with self._engine.begin() as connection:
            still_open = connection.scalar(
                select(func.count())
                .select_from(table)
                .where(*match(table, key), table.c.resolved_at.is_(None))
            )
            values["since"] = self._now()
            put(connection, table, key, values, keep=("since",) if still_open else ())

    def resolve_held(self, organisation: str, document_id: str) -> None:
        """Close a document that waited; nothing happens when it does not wait."""
        table = schema.held
        key = {"organisation": organisation, "document_id": document_id}
        with self._engine.begin() as connection:
            connection.execute(
                update(table)
                .where(*match(table, key), table.c.resolved_at.is_(None))
                .values(resolved_at=self._now())
            )

    def record_proof(self, record: dict[str, Any]) -> None:
        """Keep a settlement's proof; it replaces the one before."""
        key = {
            "organisation": record["organisation"],
            "settlement_id": record["settlement_id"],
        }
        values = {"record": json.dumps(record, default=str), "written_at": self._now()}
        with self._engine.begin() as connection:
            put(connection, schema.settlements, key, values)

    def proof(self, organisation: str, settlement_id: str) -> dict[str, Any] | None:
        """The last proof of a settlement, as it was written."""
        table = schema.settlements
        with self._engine.connect() as connection:
            text = connection.scalar(
                select(table.c.record).where(
                    table.c.organisation == organisation, table.c.settlement_id == settlement_id
                )
            )
        return None if text is None else _read_proof(text)

    def proofs(self, organisation: str | None = None) -> list[dict[str, Any]]:
        """The last proof of each settlement, by organisation and settlement id."""
        return list(self.each_proof(organisation))

    def each_proof(self, organisation: str | None = None) -> Iterator[dict[str, Any]]:
        """Give the proofs one at a time: those of large settlements are long."""
        table = schema.settlements
        query = select(table.c.record).order_by(table.c.organisation, table.c.settlement_id)
        if organisation is not None:
            query = query.where(table.c.organisation == organisation)
        with self._engine.connect() as connection:
            streaming = connection.execution_options(stream_results=True)
            for text in streaming.scalars(query):
                yield _read_proof(text)

    # What the accounting system says of the documents, and the rows behind them

    def keep_readings(self, read: Iterable[Reading]) -> None:
        """Keep what the accounting system says of documents; each replaces what it said before."""
        readings.keep(self._engine, read, self._now())

    def readings(self, tenant: str) -> dict[str, Reading]:
        """What the accounting system last said of an organisation's documents, by document id."""
        return readings.read(self._engine, tenant)

    def seen(self, document_ids: Collection[str]) -> dict[str, Seen]:
        """How a few documents stand with the bank, as the accounting system last said."""
        return readings.bank(self._engine, document_ids)

    def keep_chart(self, tenant: str, chart: Iterable[Account]) -> None:
        """Keep an organisation's chart of accounts in place of what was known of it."""
        readings.keep_chart(self._engine, tenant, chart, self._now())

    def chart(self, tenant: str) -> list[Account]:
        """The chart of accounts as it was last read; empty when it never was."""
        return readings.chart(self._engine, tenant)

    def record_trace(self, record: dict[str, Any]) -> None:
        """Keep a part of the rows behind a settlement, as the mapper writes it."""
        traces.keep(self._engine, record)

    def traces(self, settlement_id: str) -> Iterator[TracedOrder]:
        """The orders of a settlement and their rows; nothing when they were never kept."""
        return traces.read(self._engine, settlement_id)

    def traces_of_order(self, organisation: str, order_id: str) -> Iterator[TracedOrder]:
        """An order's rows in each settlement; nothing when they were never kept."""
        return traces.of_order(self._engine, organisation, order_id)


def _read_proof(text: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return record
