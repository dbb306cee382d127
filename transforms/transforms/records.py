"""Singer records to domain values: the only code that reads the tap's dictionaries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from transforms.days import day_in, to_second
from transforms.ledger.book import Marketplace
from transforms.ledger.money import ZERO
from transforms.ledger.orders import Order, OrderItem
from transforms.ledger.proof import EventGroup
from transforms.ledger.settlement import Header

Record = dict[str, Any]

_FACILITATOR = "MARKETPLACE_FACILITATOR"
_NOT_A_PART = frozenset({"TAX", "DISCOUNT"})


class Unreadable(ValueError):
    """A record lacks what posting needs; the message names the row or order."""


def amount(value: str | None) -> Decimal | None:
    """Read decimal text."""
    return None if value is None else Decimal(value)


def settlement_header(record: Record, zone: ZoneInfo) -> Header:
    """Read the record that closes a settlement."""
    return Header(
        settlement_id=record["settlement_id"],
        currency=record["currency"],
        total=Decimal(record["total_amount"]),
        start=to_second(record["start"]),
        end=to_second(record["end"]),
        end_day=day_in(zone, record["end"]),
        deposit_day=day_in(zone, record["deposit"]) if record["deposit"] else None,
        report_id=record["report_id"] or record["source"],
        checksum=record["checksum"],
    )


def event_group(record: Record) -> EventGroup | None:
    """Read a financial event group; an open one has no end yet and proves nothing."""
    if not (record["start"] and record["end"]):
        return None
    return EventGroup(
        group_id=record["group_id"],
        start=to_second(record["start"]),
        end=to_second(record["end"]),
        currency=record["currency"],
        original_total=amount(record["original_total"]),
        converted_total=amount(record["converted_total"]),
        converted_currency=record["converted_currency"],
        fund_transfer_status=record["fund_transfer_status"],
        trace_id=record["trace_id"],
        account_tail=record["account_tail"],
    )


def event_group_record(group: EventGroup) -> Record:
    """Write an event group as JSON values, so that a held settlement keeps it."""
    return {
        "group_id": group.group_id,
        "start": group.start,
        "end": group.end,
        "currency": group.currency,
        "original_total": _text(group.original_total),
        "converted_total": _text(group.converted_total),
        "converted_currency": group.converted_currency,
        "fund_transfer_status": group.fund_transfer_status,
        "trace_id": group.trace_id,
        "account_tail": group.account_tail,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def order(record: Record, marketplace: Marketplace, zone: ZoneInfo) -> Order:
    """Read a shipped order; what Amazon left out of its money makes it unreadable."""
    return Order(
        order_id=record["order_id"],
        marketplace=marketplace,
        day=day_in(zone, record["shipped"] or record["purchased"]),
        currency=record["currency"] or marketplace.currency,
        total=amount(record["grand_total"]),
        tips=_tips(record),
        items=tuple(_item(record["order_id"], item) for item in record["items"]),
    )


def _tips(record: Record) -> Decimal:
    """Sum the delivery tips that Amazon has finalised; one still pending is never posted."""
    tips = [
        Decimal(part["subtotal"])
        for part in record.get("breakdowns") or ()
        if part["type"] == "DELIVERY_TIP" and part["subtotal"] and part["status"] != "PENDING"
    ]
    return sum(tips, ZERO)


def _item(order_id: str, item: Record) -> OrderItem:
    if item["proceeds_total"] is None or not item["breakdowns"]:
        raise Unreadable(f"order {order_id}, SKU {item['sku']}: Amazon gave no proceeds")
    by_type = {part["type"]: part for part in item["breakdowns"]}
    tax, discount = by_type.get("TAX"), by_type.get("DISCOUNT")
    details = _details(tax)
    quantity = item["quantity_shipped"]
    return OrderItem(
        item_id=item["order_item_id"],
        sku=item["sku"] or "",
        title=item["title"] or "",
        quantity=item["quantity_ordered"] if quantity is None else quantity,
        proceeds=Decimal(item["proceeds_total"]),
        parts={
            name: Decimal(part["subtotal"])
            for name, part in by_type.items()
            if name not in _NOT_A_PART
        },
        taxes={name: value for name, value in details.items() if name != "DISCOUNT"},
        discount=_magnitude(discount),
        discount_tax=abs(details.get("DISCOUNT", ZERO)),
        tax_total=Decimal(tax["subtotal"]) if tax else ZERO,
        facilitator=_FACILITATOR in item["tax_models"],
    )


def _magnitude(discount: Record | None) -> Decimal:
    """Read a discount, which lowers the price whatever sign Amazon gives it."""
    return abs(Decimal(discount["subtotal"])) if discount else ZERO


def _details(part: Record | None) -> dict[str, Decimal]:
    details = part["details"] if part else []
    return {detail["subtype"]: Decimal(detail["amount"]) for detail in details or ()}
