"""What the accounting system said of each document, and the organisation's chart of accounts.

Kept from the answers to postings, and renewed by whoever reads documents back. Nothing rests on
these tables: losing them costs a reading, never an amount.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import Boolean, Column, Engine, String, Table, Text, delete, insert, select, update

from books.schema import Instant, Money, metadata

readings = Table(
    "readings",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("document_id", String(255), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(32), nullable=False),
    Column("updated", String(40), nullable=False),
    Column("date", String(10), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", Money, nullable=False),
    Column("account", String(64), nullable=False),
    Column("other_account", String(64), nullable=False),
    Column("is_reconciled", Boolean),
    Column("lines", Text, nullable=False),
    Column("as_posted", Text),
    Column("read_at", Instant, nullable=False),
    comment="What the accounting system last said of each document: state, lines, tax.",
)

accounts = Table(
    "accounts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("account_id", String(64), primary_key=True),
    Column("code", String(32), nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(32), nullable=False),
    Column("account_class", String(32), nullable=False),
    Column("system_account", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("read_at", Instant, nullable=False),
    comment="The chart of accounts as it was last read.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """One line: net without tax, tax as the accounting system derived it."""

    account: str
    net: Decimal
    tax: Decimal
    tax_type: str
    tracking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One document as the accounting system has it; see `xero_api.stated.Stated` for the values.

    as_posted: its content when our own write was answered; None when that answer was not kept.
    """

    tenant: str
    document_id: str
    kind: str
    status: str
    updated: str
    date: str
    currency: str
    total: Decimal
    account: str = ""
    other_account: str = ""
    is_reconciled: bool | None = None
    lines: tuple[ReadLine, ...] = ()
    as_posted: str | None = None
    read_at: datetime | None = None

    @classmethod
    def of(cls, tenant: str, document_id: str, said: Any) -> Self:
        """Make a reading from what a client states, a dataclass of the same fields."""
        values = asdict(said)
        lines = tuple(ReadLine(**line) for line in values.pop("lines"))
        return cls(tenant=tenant, document_id=document_id, lines=lines, **values)

    @property
    def content(self) -> str:
        """What a person can change about it, as text to compare: see `as_posted`."""
        return json.dumps(
            {
                "date": self.date,
                "currency": self.currency,
                "total": str(self.total),
                "account": self.account,
                "other account": self.other_account,
                "lines": _written(self.lines),
            }
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """How a document stands with the bank: its status, and whether it was reconciled."""

    status: str
    is_reconciled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the chart; account_class is ASSET, EQUITY, EXPENSE, LIABILITY or REVENUE."""

    tenant: str
    account_id: str
    code: str
    name: str
    type: str
    account_class: str
    system_account: str
    currency: str


def keep(engine: Engine, read: Iterable[Reading], now: datetime) -> None:
    """Write readings down; each replaces the one before."""
    with engine.begin() as connection:
        for each in read:
            values = {**asdict(each), "lines": _written(each.lines), "read_at": now}
            mine = (
                readings.c.tenant == each.tenant,
                readings.c.document_id == each.document_id,
            )
            if connection.execute(update(readings).where(*mine).values(**values)).rowcount == 0:
                connection.execute(insert(readings).values(**values))


def read(engine: Engine, tenant: str) -> dict[str, Reading]:
    """Give the readings of an organisation, by document id."""
    columns = [readings.c[field.name] for field in fields(Reading)]
    query = select(*columns).where(readings.c.tenant == tenant)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(readings.c.document_id))
        return {
            row.document_id: Reading(**{**row._asdict(), "lines": tuple(_read(row.lines))})
            for row in rows
        }


def bank(engine: Engine, document_ids: Collection[str]) -> dict[str, Seen]:
    """Tell of documents, by id, what the bank statement has to do with them."""
    columns = [readings.c[field.name] for field in fields(Seen)]
    query = select(readings.c.document_id, *columns).where(
        readings.c.document_id.in_(list(document_ids))
    )
    with engine.connect() as connection:
        return {row[0]: Seen(*row[1:]) for row in connection.execute(query)}


def keep_chart(engine: Engine, tenant: str, chart: Iterable[Account], now: datetime) -> None:
    """Replace what is known of an organisation's chart of accounts."""
    with engine.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.tenant == tenant))
        for each in chart:
            connection.execute(insert(accounts).values(**asdict(each), read_at=now))


def chart(engine: Engine, tenant: str) -> list[Account]:
    """Give the chart of accounts as it was last read, by code; empty when it never was."""
    columns = [accounts.c[field.name] for field in fields(Account)]
    query = select(*columns).where(accounts.c.tenant == tenant)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(accounts.c.code, accounts.c.name))
        return [Account(**row._asdict()) for row in rows]


def _written(lines: Iterable[ReadLine]) -> str:
    return json.dumps(
        [
            [each.account, str(each.net), str(each.tax), each.tax_type, each.tracking]
            for each in lines
        ]
    )


def _read(text: str) -> Iterator[ReadLine]:
    loaded: list[Any] = json.loads(text)
    for account, net, tax, tax_type, tracking in loaded:
        yield ReadLine(
            account=account,
            net=Decimal(net),
            tax=Decimal(tax),
            tax_type=tax_type,
            tracking=tuple(tracking),
        )
