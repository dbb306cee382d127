"""What the mapper says to a target: schemas, documents, what waits, and the proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from singer_sdk import singerlib as singer

import books
from transforms.ledger.book import Choices
from transforms.ledger.documents import Document
from transforms.ledger.items import Item
from transforms.ledger.money import text
from transforms.ledger.outcome import Held
from transforms.ledger.stock import STREAM, StockLevel
from transforms.wire import Line
from transforms.written import document_record, item_record, stock_record

Record = dict[str, Any]

_HOLD = "hold"
KEYS = {
    "invoices": ("document_id",),
    "credit_notes": ("document_id",),
    "payments": ("document_id",),
    "journals": ("document_id",),
    "bank_transactions": ("document_id",),
    "vat_lines": ("document_id",),
    "settlements": ("document_id",),
    "held": ("document_id",),
}


# Streams that a choice of books.yml makes; items come before the documents that name them.
ITEMS = {"items": ("document_id",)}
DEFERRALS = {"deferrals": ("document_id",)}
TRAIL = {"settlement_orders": ("document_id",)}
STOCK = {STREAM: ("document_id",)}


@cache
def schema(stream: str) -> dict[str, Any]:
    """Give the JSON Schema of a document stream."""
    file = resources.files("transforms") / "schemas" / f"{stream}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def schema_messages(choices: Choices) -> Iterable[singer.Message]:
    """Announce every document stream, in the order in which a target must post them."""
    items = ITEMS if choices.items != "none" else {}
    deferrals = DEFERRALS if choices.deferred == "accrue" else {}
    trail = TRAIL if choices.trail == "orders" else {}
    stock = STOCK if choices.stock_to_xero == "tracked_items" else {}
    for stream, keys in {**items, **KEYS, **deferrals, **trail, **stock}.items():
        yield singer.SchemaMessage(stream, schema(stream), keys)


def document_line(document: Document, lock_dates: str = _HOLD) -> Line:
    """Write a document on its stream; lock_dates: what becomes of it in a locked period."""
    stream, record = document_record(document)
    if lock_dates != _HOLD:
        record["lock_dates"] = lock_dates
    return _line(stream, record)


def vat_line(record: Record) -> Line:
    """Say what the VAT report told of an order, for the books to keep."""
    return _line("vat_lines", record)


def item_line(item: Item, *, confirm: bool = False) -> Line:
    """Write an item of the price list; confirm: one that is new waits until it is confirmed."""
    record = item_record(item)
    if confirm:
        record["confirm"] = True
    return _line("items", record)


def stock_line(level: StockLevel) -> Line:
    """Write what an item is to have on hand."""
    return _line(STREAM, stock_record(level))


def deferral_line(record: Record) -> Line:
    """Write a deferred transaction, for the books to remember."""
    return _line("deferrals", record)


def _line(stream: str, record: Record) -> Line:
    return Line({"type": "RECORD", "stream": stream, "record": record})


def maybe_text(value: Decimal | None) -> str | None:
    """Write an amount, if it is known."""
    return None if value is None else text(value)


def held_line(held: Held, organisation: str) -> Line:
    """Say that a document waits, and keep the source it can be made from."""
    return _line(
        "held",
        {
            "document_id": held.document_id,
            "stream": held.stream,
            "organisation": organisation,
            "state": "held",
            "reason": held.reason,
            "details": held.details,
            "amount": maybe_text(held.amount),
            "currency": held.currency,
            "settlement_id": held.settlement_id,
            "order_id": held.order_id,
            "record": None
            if held.record is None
            else json.dumps(held.record, ensure_ascii=False, separators=(",", ":")),
        },
    )


def still_held_message(held: books.Held) -> singer.RecordMessage:
    """Say again what books say of a document that waits."""
    return singer.RecordMessage(
        "held",
        {
            "document_id": held.document_id,
            "stream": held.stream,
            "organisation": held.organisation,
            "state": "held",
            "reason": held.reason,
            "details": held.details,
            "amount": maybe_text(held.amount),
            "currency": held.currency,
            "settlement_id": held.settlement_id,
            "order_id": held.order_id,
            "record": held.record,
        },
    )


def resolved_message(document_id: str, stream: str, organisation: str) -> singer.RecordMessage:
    """Say that a document no longer waits."""
    nothing = ("reason", "details", "amount", "currency", "settlement_id", "order_id", "record")
    return singer.RecordMessage(
        "held",
        {
            "document_id": document_id,
            "stream": stream,
            "organisation": organisation,
            "state": "resolved",
            **dict.fromkeys(nothing),
        },
    )
