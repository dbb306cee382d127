"""Orders that do not come from the Orders API 2026-01-01: what the seller receives is not stated.

An order report and Orders v0 give prices and taxes, and do not say whether the price holds the
tax. It is decided by what is documented, and otherwise not at all:

    no tax                         there is nothing to decide
    v0 states the buyer's charge   the reading that comes to it
    a report of a European store   "item_price contains the VAT-inclusive price" (VAT Calculation
                                   Service, developer-docs.amazon.com, "Allow Amazon to create
                                   invoices for you")

Tax that Amazon collects and keeps is taken off only where the charge tells where it is.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from transforms.ledger.money import ZERO
from transforms.ledger.orders import Order, OrderItem

# Marketplaces whose prices include VAT in order reports.
WITH_VAT = frozenset(
    {
        *("A1F83G8C2ARO7P", "A28R8C7NBKEWEA", "A1PA6795UKMFR9", "A13V1IB3VIYZZH"),
        *("APJ6JRA9NG5V4", "A1RKKUPIHCS9HS", "A1805IZSGTT6HS", "AMEN7PMS3EDWL"),
        *("A2NODRKZP88ZB9", "A1C3SOZRARQ6R3"),
    }
)


class NotTold(ValueError):
    """An order whose source does not tell what the seller receives; its settlement will."""


def told(order: Order, source: str) -> Order:
    """Give an order with each item's proceeds, and no total left to check.

    order.total: what the buyer was charged, as v0 states it; None from a report.
    """
    inside = _tax_is_inside(order, source)
    return replace(
        order, total=None, items=tuple(_told(item, inside=inside) for item in order.items)
    )


def _tax_is_inside(order: Order, source: str) -> bool:
    without = sum((_price(item) for item in order.items), ZERO)
    taxes = sum((_tax(item) for item in order.items), ZERO)
    if source == "v0":
        if order.total == without:
            return True
        if order.total == without + taxes:
            return False
        raise NotTold(
            f"order {order.order_id}: the buyer was charged {order.total}, its items say {without} "
            f"and tax {taxes}"
        )
    if not any(_tax(item) for item in order.items):
        return True
    if order.marketplace.marketplace_id in WITH_VAT and not any(
        item.facilitator for item in order.items
    ):
        return True
    raise NotTold(f"order {order.order_id}: its report does not say whether prices hold the tax")


def _told(item: OrderItem, *, inside: bool) -> OrderItem:
    """Work out an item's proceeds; tax inside the price that Amazon keeps is taken off it."""
    if item.facilitator and inside:
        parts = {name: price - item.taxes.get(name, ZERO) for name, price in item.parts.items()}
        item = replace(item, parts=parts, discount=item.discount - item.discount_tax)
    mine = not inside and not item.facilitator
    return replace(item, proceeds=_price(item) + (_tax(item) if mine else ZERO))


def _price(item: OrderItem) -> Decimal:
    return sum(item.parts.values(), ZERO) - item.discount


def _tax(item: OrderItem) -> Decimal:
    return sum(item.taxes.values(), ZERO) - item.discount_tax
