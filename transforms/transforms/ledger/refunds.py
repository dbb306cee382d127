"""What a settlement gives back for an order: a credit note, and its refund out of clearing."""

from __future__ import annotations

from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import fold
from transforms.ledger.classes import REFUND_CLASSES, REFUND_TRANSACTIONS, label
from transforms.ledger.difference import Difference
from transforms.ledger.documents import CreditNote, InvoiceLine, Refund, Source
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed
from transforms.ledger.sales import invoice_number, is_revenue
from transforms.ledger.settlement import is_order_id


def is_refund(line: Placed) -> bool:
    """Say whether a sum is money given back for an order; fees on refunds are not."""
    group = line.entry.group
    return (
        line.accounting_class in REFUND_CLASSES
        and fold(group.transaction_type) in REFUND_TRANSACTIONS
        and is_order_id(group.order_id)
    )


def is_of_order(line: Placed) -> bool:
    """Say whether a sum is on an order's own documents: its invoice and payment, or a refund."""
    return is_revenue(line) or is_refund(line)


def credit_note(
    order_id: str, lines: list[Placed], book: Book, marketplace: Marketplace, settlement_id: str
) -> CreditNote:
    """Make the credit note of an order's refunded rows in one settlement, paid back in full.

    It is numbered by the settlement, so that refunds of one order in several settlements keep
    their numbers in whatever order they are read. It needs no invoice: one of an order from
    before books_start is paid out of clearing like any other.
    """
    number = invoice_number(book, order_id)
    total = -sum((line.amount for line in lines), ZERO)
    day = max(line.day for line in lines)
    return CreditNote(
        document_id=f"credit_note:{settlement_id}:{order_id}",
        number=f"{number}-CN-{settlement_id}",
        contact=marketplace.contact,
        date=day,
        currency=marketplace.currency,
        reference=f"{marketplace.name} refund of order {order_id}, invoice {number}",
        lines=_lines(lines),
        total=total,
        refunds=number,
        refund=Refund(marketplace.clearing_account, day, total),
        status=book.choices.invoice_status,
        source=Source(book.choices.organisation, marketplace.name, settlement_id, order_id),
    )


def _lines(lines: list[Placed]) -> tuple[InvoiceLine, ...]:
    """Make one line per item and component, positive for what the buyer gets.

    Lines carry no item code: whether goods came back, and into sellable stock, is not in a refund.
    """
    sums: dict[tuple[object, ...], tuple[Placed, Decimal]] = {}
    for line in lines:
        key = (
            line.entry.group.sku,
            line.component,
            line.account,
            line.tax_type,
            line.tracking,
        )
        first, amount = sums.get(key, (line, ZERO))
        sums[key] = (first, amount - line.amount)
    return tuple(_line(first, amount) for first, amount in sums.values() if amount)


def _line(first: Placed, amount: Decimal) -> InvoiceLine:
    sku = first.entry.group.sku
    return InvoiceLine(
        description=f"{label(first.component)}: {sku}" if sku else label(first.component),
        quantity=Decimal(1),
        unit_amount=amount,
        amount=amount,
        account=first.account,
        tax_type=first.tax_type,
        item_code=None,
        tracking=first.tracking,
    )


def no_credit_note(order_id: str, amount: Decimal) -> Difference:
    """Name refund rows that make no credit note: accounting systems know no negative one."""
    if amount:
        return Difference(
            "negative_refund",
            amount,
            f"the refund rows of order {order_id} sum to more than zero: they are on the journal",
        )
    return Difference("zero_refund", amount, f"the refund of order {order_id} totals 0.00")
