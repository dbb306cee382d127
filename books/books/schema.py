"""The tables, in SQL that SQLite and PostgreSQL share.

Amounts are kept as decimal text and instants as ISO 8601 text in UTC, so that both databases give
back exactly what was written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Money(TypeDecorator[Decimal]):
    """An exact amount, kept as decimal text."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write an amount; only a Decimal is one."""
        del dialect
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an amount is a Decimal, not {type(value).__name__}")
        return format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read an amount back, digit for digit."""
        del dialect
        return None if value is None else Decimal(value)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, kept as ISO 8601 text, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write an aware instant as UTC with microseconds."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read an instant back, aware."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

tenants = Table(
    "tenants",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("began", Instant, nullable=False),
    comment="Organisations these books know, and since when.",
)

postings = Table(
    "postings",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("document_id", String(255), primary_key=True),
    Column("stream", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("posted_hash", String(64)),
    Column("posted_document", Text),
    Column("vendor_id", String(64)),
    Column("vendor_updated", String(40)),
    Column("adopted", Boolean, nullable=False, default=False),
    Column("number", String(255)),
    Column("parent_id", String(64)),
    Column("settlement_id", String(64)),
    Column("order_id", String(64)),
    Column("date", String(10)),
    Column("amount", Money),
    Column("currency", String(3)),
    Column("reason", String(40)),
    Column("error", Text),
    Column("warnings", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("idempotency_key", String(128)),
    Column("position", Integer),
    Column("sent_at", Instant),
    Column("run_id", String(32)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    comment="Each document and what became of it in the accounting system: the audit trail.",
)
Index("postings_by_state", postings.c.tenant, postings.c.state)
Index("postings_by_number", postings.c.tenant, postings.c.number)
Index("postings_by_parent", postings.c.tenant, postings.c.parent_id)
Index("postings_by_settlement", postings.c.settlement_id)

held = Table(
    "held",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("document_id", String(255), primary_key=True),
    Column("stream", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("details", Text, nullable=False),
    Column("amount", Money),
    Column("currency", String(3)),
    Column("settlement_id", String(64)),
    Column("order_id", String(64)),
    Column("record", Text),
    Column("since", Instant, nullable=False),
    Column("resolved_at", Instant),
    comment="Documents the mapper could not make yet; its next run replays the open ones.",
)

settlements = Table(
    "settlements",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("settlement_id", String(64), primary_key=True),
    Column("record", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    comment="The last proof of each settlement, as the mapper wrote it.",
)

deferrals = Table(
    "deferrals",
    metadata,
    Column("organisation", String(255), primary_key=True),
    Column("transaction_id", String(255), primary_key=True),
    Column("marketplace", String(64), nullable=False),
    Column("posted", String(10), nullable=False),
    Column("released", String(10)),
    Column("record", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    comment="Transactions that Amazon deferred, as last read: what a month end is made from.",
)
Index("deferrals_by_day", deferrals.c.organisation, deferrals.c.marketplace, deferrals.c.posted)

tokens = Table(
    "tokens",
    metadata,
    Column("service", String(32), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("tenant", String(64), primary_key=True),
    Column("ciphertext", Text, nullable=False),
    Column("expires_at", Instant),
    Column("updated_at", Instant, nullable=False),
    comment="OAuth tokens, encrypted; tenant is empty for a consent that serves any organisation.",
)

quota = Table(
    "quota",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("calls", Integer, nullable=False),
    comment="Calls per account and window; span `closed` keeps the instant Retry-After names.",
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("who", String(255), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("summary", Text),
    comment="Each run of a target: who, when, and what it did.",
)

price_changes = Table(
    "price_changes",
    metadata,
    Column("change_id", String(32), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("marketplace_id", String(32), nullable=False),
    Column("marketplace", String(64), nullable=False),
    Column("sku", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("document_id", String(255), nullable=False),
    Column("currency", String(3)),
    Column("old", Money),
    Column("new", Money),
    Column("state", String(16), nullable=False),
    Column("reason", String(40)),
    Column("message", Text),
    Column("explanation", Text),
    Column("submission_id", String(128)),
    Column("batch", String(255)),
    Column("feed_id", String(64)),
    Column("message_id", Integer),
    Column("confirmed_at", Instant),
    Column("sent_at", Instant),
    Column("run_id", String(32)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    comment="Each attempt to change a listing's price or quantity at Amazon, and what came of it.",
)
Index(
    "price_changes_by_listing",
    price_changes.c.seller_id,
    price_changes.c.marketplace_id,
    price_changes.c.sku,
    price_changes.c.kind,
)
Index("price_changes_by_state", price_changes.c.seller_id, price_changes.c.state)
