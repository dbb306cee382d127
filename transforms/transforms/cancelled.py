"""An order that Amazon cancelled after its invoice was posted: a credit note of the whole."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import books
from transforms.days import day_in
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import CreditNote, InvoiceLine, Source, Tracking
from transforms.ledger.sales import invoice_number

Record = dict[str, Any]


def cancellation(
    record: Record, marketplace: Marketplace, book: Book, kept: books.Books | None, zone: ZoneInfo
) -> CreditNote | None:
    """Credit the invoice of a cancelled order, to be set against it; None where none is due.

    Due is one only while the invoice stands unpaid: an order that a settlement paid is given
    back by the settlement's own refund rows. The books say what was posted.
    """
    if kept is None:
        return None
    order_id = record["order_id"]
    document_id = f"credit_note:cancelled:{order_id}"
    postings = {each.document_id: each for each in kept.postings(order_ids=[order_id])}
    invoice = postings.get(f"invoice:{order_id}")
    paid = any(each.stream == "payments" for each in postings.values())
    if invoice is None or invoice.state is not books.State.POSTED or paid:
        return None
    posted = json.loads(invoice.posted_document or invoice.document, parse_float=Decimal)
    if posted["source"]["organisation"] != book.choices.organisation or document_id in postings:
        return None
    number = invoice.number or posted["number"]
    return CreditNote(
        document_id=document_id,
        number=f"{invoice_number(book, order_id)}-CN",
        contact=posted["contact"],
        date=day_in(zone, record["last_updated"]),
        currency=posted["currency"],
        reference=f"{marketplace.name} order {order_id} cancelled, invoice {number}",
        lines=tuple(_line(line) for line in posted["lines"]),
        total=Decimal(posted["total"]),
        refunds=number,
        refund=None,
        status=posted["status"],
        source=Source(book.choices.organisation, marketplace.name, order_id=order_id),
    )


def _line(line: Record) -> InvoiceLine:
    return InvoiceLine(
        description=line["description"],
        quantity=Decimal(line["quantity"]),
        unit_amount=Decimal(line["unit_amount"]),
        amount=Decimal(line["amount"]),
        account=line["account"],
        tax_type=line["tax_type"],
        item_code=line["item_code"],
        tracking=tuple(Tracking(each["category"], each["option"]) for each in line["tracking"]),
    )
