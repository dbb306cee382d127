"""Style `orders`: an invoice and a payment per order, a journal of the rest, and the payout.

Payments and journal fill the clearing account, the payout empties it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from transforms.ledger.bank import charges, payouts
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.difference import Difference
from transforms.ledger.journals import month_journals
from transforms.ledger.lines_to_add import rows_from
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Held, Outcome
from transforms.ledger.placing import Placed
from transforms.ledger.proof import EventGroup, proven
from transforms.ledger.refunds import credit_note, no_credit_note
from transforms.ledger.sales import (
    UnmappedSku,
    is_revenue,
    settled_invoice,
    settled_payment,
)
from transforms.ledger.settlement import Header, Settlement


def post_rest(
    lines: list[Placed],
    closing: list[Placed],
    header: Header,
    book: Book,
    marketplace: Marketplace,
    group: EventGroup | None,
) -> Outcome:
    """Post all that no order's payment took; after it clearing is back where it was.

    `closing` are the lines that stand in for a payout the bank never saw.
    """
    outcome = Outcome()
    for journal in month_journals([*lines, *closing], book, marketplace, header.settlement_id):
        outcome.add(journal, proven(journal))
    for charge in charges(lines, header, book, marketplace):
        outcome.add(charge, proven(charge))
    if header.total > ZERO and header.deposit_day and not closing:
        for document in payouts(header, header.deposit_day, book, marketplace, group):
            outcome.add(document, proven(document))
    return outcome


def by_order(lines: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Part revenue lines by order, in the order in which the report names them."""
    orders: dict[str, list[Placed]] = {}
    for line in lines:
        orders.setdefault(line.entry.group.order_id, []).append(line)
    return orders


def post_order(
    order_id: str,
    lines: list[Placed],
    settlement: Settlement,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> list[Placed]:
    """Make an order's invoice, payment and credit note; give back what the journal takes.

    An order whose SKU is unmapped waits by itself: clearing then shows exactly its amount.
    """
    if book.choices.refunds == "journal":
        return _post_sale(order_id, lines, settlement, book, marketplace, outcome)
    sold = [line for line in lines if is_revenue(line)]
    refunded = [line for line in lines if not is_revenue(line)]
    rest = _post_sale(order_id, sold, settlement, book, marketplace, outcome) if sold else []
    if refunded:
        rest += _post_refund(order_id, refunded, settlement, book, marketplace, outcome)
    return rest


def _post_refund(
    order_id: str,
    lines: list[Placed],
    settlement: Settlement,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> list[Placed]:
    amount = sum((line.amount for line in lines), ZERO)
    if amount >= ZERO:
        outcome.differences.append(no_credit_note(order_id, amount))
        return [line for line in lines if line.amount]
    note = credit_note(order_id, lines, book, marketplace, settlement.settlement_id)
    outcome.add(note, proven(note))
    return []


def _post_sale(
    order_id: str,
    lines: list[Placed],
    settlement: Settlement,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> list[Placed]:
    amount = sum((line.amount for line in lines), ZERO)
    if amount <= ZERO:
        outcome.differences.append(_no_invoice(order_id, amount))
        return lines if any(line.amount for line in lines) else []
    try:
        settled_order(order_id, lines, settlement.settlement_id, book, marketplace, outcome)
    except UnmappedSku as unmapped:
        payment = settled_payment(order_id, lines, book, marketplace, settlement.settlement_id)
        outcome.proven.append(proven(payment, held=True))
        outcome.held.append(
            Held(
                document_id=payment.document_id,
                stream="payments",
                reason="unmapped_sku",
                details=f"report {settlement.closed.report_id}, {_rows(lines)}: {unmapped}; "
                f"{payment.amount} {payment.currency} waits in clearing",
                record=settled_order_record(settlement, order_id, marketplace),
                amount=payment.amount,
                currency=payment.currency,
                settlement_id=settlement.settlement_id,
                order_id=order_id,
            )
        )
    return []


def _rows(lines: list[Placed]) -> str:
    entries = [line.entry for line in lines]
    return rows_from(min(each.first for each in entries), sum(each.rows for each in entries))


def settled_order(
    order_id: str,
    lines: list[Placed],
    settlement_id: str,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> None:
    """Make an order's invoice, should it have none yet, and the payment of its rows."""
    invoice = settled_invoice(order_id, lines, book, marketplace, settlement_id)
    payment = settled_payment(order_id, lines, book, marketplace, settlement_id)
    outcome.add(invoice, proven(invoice))
    outcome.add(payment, proven(payment))


def _no_invoice(order_id: str, amount: Decimal) -> Difference:
    if amount:
        return Difference(
            "negative_order",
            amount,
            f"the rows of order {order_id} sum to less than zero: they are on the journal",
        )
    return Difference("zero_order", amount, f"order {order_id} totals 0.00: no document")


def settled_order_record(
    settlement: Settlement, order_id: str, marketplace: Marketplace
) -> dict[str, object]:
    """Write one order's part of a settlement as JSON values, so that it can be replayed."""
    return {
        "type": "settled_order",
        "marketplace": marketplace.name,
        "settlement": settlement.of_order(order_id).to_record(),
    }
