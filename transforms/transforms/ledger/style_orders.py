"""Style `orders`: an invoice and a payment per order, a journal of the rest, and the payout.

Payments and journal fill the clearing account, the payout empties it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from transforms.ledger.bank import charges, payout
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.journals import month_journals
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Held, Outcome
from transforms.ledger.placing import Placed
from transforms.ledger.proof import Difference, EventGroup, proven
from transforms.ledger.sales import (
    UnmappedSku,
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
        trace = group.trace_id if group else None
        deposit = payout(header, header.deposit_day, book, marketplace, trace)
        outcome.add(deposit, proven(deposit))
    return outcome


def by_order(lines: Iterable[Placed]) -> list[list[Placed]]:
    """Part revenue lines by order, in the order in which the report names them."""
    orders: dict[str, list[Placed]] = {}
    for line in lines:
        orders.setdefault(line.entry.group.order_id, []).append(line)
    return list(orders.values())


def post_order(
    lines: list[Placed],
    settlement: Settlement,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> list[Placed]:
    """Make an order's invoice and payment; give back what belongs on the journal instead.

    An order whose SKU is unmapped waits by itself: clearing then shows exactly its amount.
    """
    order_id = lines[0].entry.group.order_id
    amount = sum((line.amount for line in lines), ZERO)
    if amount <= ZERO:
        outcome.differences.append(_no_invoice(order_id, amount))
        return lines if any(line.amount for line in lines) else []
    try:
        settled_order(lines, settlement.settlement_id, book, marketplace, outcome)
    except UnmappedSku as unmapped:
        payment = settled_payment(lines, book, marketplace, settlement.settlement_id)
        outcome.proven.append(proven(payment, held=True))
        outcome.held.append(
            Held(
                document_id=payment.document_id,
                stream="payments",
                reason="unmapped_sku",
                details=f"{unmapped}; {payment.amount} {payment.currency} waits in clearing",
                record=settled_order_record(settlement, order_id, marketplace),
                amount=payment.amount,
                currency=payment.currency,
                settlement_id=settlement.settlement_id,
                order_id=order_id,
            )
        )
    return []


def settled_order(
    lines: list[Placed],
    settlement_id: str,
    book: Book,
    marketplace: Marketplace,
    outcome: Outcome,
) -> None:
    """Make an order's invoice, should it have none yet, and the payment of its rows."""
    invoice = settled_invoice(lines, book, marketplace, settlement_id)
    payment = settled_payment(lines, book, marketplace, settlement_id)
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
