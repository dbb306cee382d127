"""Finances records to domain values, and deferred transactions to records and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from transforms.days import day_in, to_second
from transforms.ledger.deferral import Deferral
from transforms.ledger.money import ZERO, text
from transforms.ledger.transactions import NO_BREAKDOWN, Part, Transaction
from transforms.records import Unreadable

Record = dict[str, Any]


def transaction(record: Record, zone: ZoneInfo) -> Transaction:
    """Read a transaction of listTransactions, its parts from its items or else from itself."""
    transaction_id = record["transaction_id"]
    if not record["posted_date"] or record["total_amount"] is None:
        raise Unreadable(f"transaction {transaction_id}: no posted date or no total")
    total = Decimal(record["total_amount"])
    maturity = record["maturity_date"]
    return Transaction(
        transaction_id=transaction_id,
        transaction_type=record["transaction_type"] or "",
        status=(record["transaction_status"] or "").upper(),
        posted=to_second(record["posted_date"]),
        day=day_in(zone, record["posted_date"]),
        marketplace_id=record["marketplace_id"] or "",
        marketplace=record["marketplace_name"] or "",
        currency=record["currency"] or "",
        total=total,
        order_id=record["order_id"] or "",
        deferred_id=record["deferred_transaction_id"] or "",
        release_id=record["release_transaction_id"] or "",
        maturity=day_in(zone, maturity) if maturity else None,
        reason=record["deferral_reason"] or "",
        parts=_parts(record, total),
    )


def _parts(record: Record, total: Decimal) -> tuple[Part, ...]:
    """Find the parts that add up to the total: the items' say more, some types have none there.

    Where neither add up, the whole is one part that no table knows: nothing is guessed.
    """
    by_item = [
        part
        for item in record["items"] or ()
        for part in _leaves(item["breakdowns"], item["sku"] or "")
    ]
    whole = list(_leaves(record["breakdowns"], _only_sku(record["items"] or ())))
    for parts in (by_item, whole):
        if parts and sum((part.amount for part in parts), ZERO) == total:
            return tuple(part for part in parts if part.amount)
    return (Part("", NO_BREAKDOWN, total),) if total else ()


def _leaves(breakdowns: Iterable[Record] | None, sku: str) -> Iterable[Part]:
    for each in breakdowns or ():
        if each["leaf"] and each["amount"] is not None:
            yield Part(sku, each["path"], Decimal(each["amount"]))


def _only_sku(items: Iterable[Record]) -> str:
    skus = {item["sku"] or "" for item in items}
    return skus.pop() if len(skus) == 1 else ""


def deferral_record(deferral: Deferral, organisation: str) -> Record:
    """Write a deferred transaction for the books."""
    return {
        "document_id": f"deferral:{deferral.transaction_id}",
        "organisation": organisation,
        "transaction_id": deferral.transaction_id,
        "transaction_type": deferral.transaction_type,
        "marketplace": deferral.marketplace,
        "currency": deferral.currency,
        "posted": deferral.posted.isoformat(),
        "released": deferral.released.isoformat() if deferral.released else None,
        "was_released": deferral.was_released,
        "order_id": deferral.order_id,
        "reason": deferral.reason,
        "parts": [
            {"seller_sku": part.sku, "breakdown": part.path, "amount": text(part.amount)}
            for part in deferral.parts
        ],
    }


def deferral(record: Record) -> Deferral:
    """Read what deferral_record wrote."""
    return Deferral(
        transaction_id=record["transaction_id"],
        transaction_type=record["transaction_type"],
        marketplace=record["marketplace"],
        currency=record["currency"],
        posted=date.fromisoformat(record["posted"]),
        released=date.fromisoformat(record["released"]) if record["released"] else None,
        was_released=record["was_released"],
        order_id=record["order_id"],
        reason=record["reason"],
        parts=tuple(
            Part(part["seller_sku"], part["breakdown"], Decimal(part["amount"]))
            for part in record["parts"]
        ),
    )
