"""The values that books give out and take in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class State(StrEnum):
    """What became of a document.

    intended: written down before it is sent, outcome not known yet.
    posted: it is in the accounting system as it should be.
    rejected: the accounting system refused it, with its own words in `error`.
    held: it waits for something named in `reason`; it may be posted in an earlier version.
    """

    INTENDED = "intended"
    POSTED = "posted"
    REJECTED = "rejected"
    HELD = "held"


OPEN_STATES = (State.INTENDED, State.REJECTED, State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One document and what became of it.

    content_hash and document are the version last asked for; posted_hash and posted_document the
    version in the accounting system, where a change could not be posted (posted_document is
    None when both are the same). vendor_updated is the vendor's own time stamp of our last write.
    adopted: found there, not created from these books. parent_id: the invoice that a payment
    pays. amount is what was posted, or what waits. attempts counts the sendings.
    """

    tenant: str
    document_id: str
    stream: str
    state: State
    content_hash: str
    document: str
    posted_hash: str | None = None
    posted_document: str | None = None
    vendor_id: str | None = None
    vendor_updated: str | None = None
    adopted: bool = False
    number: str | None = None
    parent_id: str | None = None
    settlement_id: str | None = None
    order_id: str | None = None
    date: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    error: str | None = None
    warnings: str | None = None
    attempts: int = 0
    idempotency_key: str | None = None
    position: int | None = None
    sent_at: datetime | None = None
    run_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a document, without the document: enough to tell whether it ties."""

    document_id: str
    tenant: str
    stream: str
    state: State
    number: str | None
    vendor_id: str | None
    error: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A document the mapper could not make yet; record is its source, as JSON text."""

    document_id: str
    stream: str
    organisation: str
    reason: str
    details: str
    amount: Decimal | None
    currency: str | None
    settlement_id: str | None
    order_id: str | None
    record: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organisation; `began` is when these books first heard of it."""

    tenant: str
    name: str
    began: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a target against one organisation."""

    run_id: str
    tenant: str
    who: str
    started_at: datetime
    ended_at: datetime | None = None
    summary: str | None = None
