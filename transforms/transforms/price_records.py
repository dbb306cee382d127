"""Records of tap-xero to what the pricing core knows, and its prices to documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from transforms.pricing.figures import figure, written
from transforms.pricing.listed import Listed
from transforms.pricing.quantities import Quantity
from transforms.pricing.reckoning import Price
from transforms.pricing.xero import ExchangeRate, Item, TaxRate

Record = dict[str, Any]

_DOCUMENTS = {
    "ACCREC": "invoice",
    "ACCPAY": "bill",
    "RECEIVE": "money received",
    "SPEND": "money spent",
}


def item(record: Record) -> Item:
    """Read an item; a price or quantity that is no figure is kept as it is written."""
    sales = record.get("sales_details") or {}
    return Item(
        item_id=str(record["item_id"]),
        code=record.get("code") or "",
        name=record.get("name") or "",
        is_sold=record.get("is_sold") is not False,
        is_tracked=record.get("is_tracked_as_inventory") is True,
        unit_price=figure(sales.get("unit_price")),
        tax_type=sales.get("tax_type") or "",
        on_hand=figure(record.get("quantity_on_hand")),
        updated=record.get("updated_date_utc"),
    )


def tax_rate(record: Record) -> TaxRate:
    """Read a tax rate."""
    return TaxRate(
        tax_type=record["tax_type"],
        name=record.get("name") or "",
        percent=figure(record.get("effective_rate")),
        status=record.get("status") or "ACTIVE",
    )


def exchange_rate(record: Record) -> ExchangeRate:
    """Read the newest rate of a currency, and the document that has it."""
    kind = record.get("document_type") or ""
    number = record.get("document_number") or record.get("document_id") or "without number"
    return ExchangeRate(
        currency=record["currency_code"],
        base_currency=record.get("base_currency") or "",
        rate=figure(record.get("rate")),
        document=f"{_DOCUMENTS.get(kind, kind or 'document')} {number}",
        day=_day(record.get("date")),
    )


def _day(text: object) -> date | None:
    """Read the day of a date or an instant; None for what is neither."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def price_record(price: Price, organisation: str) -> Record:
    """Write the price of a listing."""
    currency = price.listed.marketplace.currency
    low, high = price.line.minimum, price.line.maximum
    return _record(price.document_id, price.listed, price.item, organisation) | {
        "explanation": price.explanation,
        "currency": currency,
        "price": written(price.amount, currency),
        "minimum": None if low is None else written(low, currency),
        "maximum": None if high is None else written(high, currency),
    }


def quantity_record(quantity: Quantity, organisation: str) -> Record:
    """Write what a listing is to offer."""
    return _record(quantity.document_id, quantity.listed, quantity.item, organisation) | {
        "explanation": quantity.explanation,
        "quantity": quantity.units,
    }


def _record(document_id: str, listed: Listed, item: Item, organisation: str) -> Record:
    return {
        "document_id": document_id,
        "marketplace_id": listed.marketplace.marketplace_id,
        "marketplace": listed.marketplace.name,
        "seller_sku": listed.sku.seller_sku,
        "item_code": listed.item_code,
        "if_listed": listed.if_listed,
        "source": {
            "organisation": organisation,
            "item_id": item.item_id,
            "updated": item.updated,
        },
    }
