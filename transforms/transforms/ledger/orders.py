"""A shipped order of the Orders API becomes its invoice.

Amazon documents neither the sign of a discount nor whether the parts and the total include tax,
so each item's parts are checked against its stated proceeds both ways; an item that fits neither
is not posted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import Treatment
from transforms.ledger.documents import Invoice, Source
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Classified, Placed, Placer
from transforms.ledger.sales import invoice_lines, invoice_number
from transforms.ledger.settlement import Entry, Group
from transforms.ledger.vat import NO_REPORT, VatReport

_PRICE = {
    "ITEM": Triple("Order", "ItemPrice", "Principal"),
    "SHIPPING": Triple("Order", "ItemPrice", "Shipping"),
    "GIFT_WRAP": Triple("Order", "ItemPrice", "GiftWrap"),
    "COD_FEE": Triple("Order", "ItemPrice", "COD"),
    "OTHER": Triple("Order", "ItemPrice", "Other"),
}
_TAX = {
    "ITEM": Triple("Order", "ItemPrice", "Tax"),
    "SHIPPING": Triple("Order", "ItemPrice", "ShippingTax"),
    "GIFT_WRAP": Triple("Order", "ItemPrice", "GiftWrapTax"),
    "COD_FEE": Triple("Order", "ItemPrice", "CODTax"),
    "OTHER": Triple("Order", "ItemPrice", "Tax"),
}
_DISCOUNT = Triple("Order", "Promotion", "Principal")
_TAX_DISCOUNT = Triple("Order", "Promotion", "TaxDiscount")
_TIP = Triple("Order", "ItemPrice", "DeliveryTip")
_CLASSES = {
    "Principal": "sales",
    "Shipping": "shipping_income",
    "GiftWrap": "gift_wrap_income",
    "COD": "other_income",
    "Other": "other_income",
    "DeliveryTip": "other_income",
}


class UnclearAmounts(ValueError):
    """An order's parts and its stated proceeds fit in no reading."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """An item of an order: its parts by category, its taxes by the part they are on."""

    item_id: str
    sku: str
    title: str
    quantity: int
    proceeds: Decimal
    parts: dict[str, Decimal]
    taxes: dict[str, Decimal]
    discount: Decimal
    discount_tax: Decimal
    tax_total: Decimal
    facilitator: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A shipped order; the day is that of its last shipment, else of its purchase."""

    order_id: str
    marketplace: Marketplace
    day: date
    currency: str
    total: Decimal | None
    tips: Decimal
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    item: OrderItem
    triple: Triple
    accounting_class: str
    amount: Decimal
    quantity: int = 0


_NO_ITEM = OrderItem(
    item_id="",
    sku="",
    title="",
    quantity=0,
    proceeds=ZERO,
    parts={},
    taxes={},
    discount=ZERO,
    discount_tax=ZERO,
    tax_total=ZERO,
    facilitator=False,
)


def order_invoice(order: Order, book: Book, vat: VatReport = NO_REPORT) -> Invoice | None:
    """Make the invoice of a shipped order, or None when its total is zero.

    Raises UnclearAmounts, Unplaced or UnmappedSku when it cannot be made without guessing.
    """
    if order.currency != order.marketplace.currency:
        raise UnclearAmounts(
            f"order {order.order_id} is in {order.currency}, "
            f"{order.marketplace.name} in {order.marketplace.currency}"
        )
    parts = [part for item in order.items for part in _parts(order, item)]
    parts.append(_Part(_NO_ITEM, _TIP, "other_income", order.tips))
    total = sum((part.amount for part in parts), ZERO)
    _check_total(order, total)
    if not total:
        return None
    titles = {item.sku: f"{item.title} ({item.sku})" for item in order.items if item.title}
    lines = _place(order, parts, Placer(book, order.marketplace, vat))
    return Invoice(
        document_id=f"invoice:{order.order_id}",
        kind="sale",
        number=invoice_number(book, order.order_id),
        contact=order.marketplace.contact,
        date=order.day,
        due_date=order.day,
        currency=order.currency,
        reference=f"{order.marketplace.name} order {order.order_id}",
        lines=invoice_lines(lines, book, order.marketplace, lambda sku: titles.get(sku, sku)),
        total=total,
        status=book.choices.invoice_status,
        if_absent=False,
        source=Source(book.choices.organisation, order.marketplace.name, order_id=order.order_id),
    )


def _check_total(order: Order, total: Decimal) -> None:
    """Refuse an order whose stated grand total is not what its items say, taxed or not."""
    stated = sum((item.proceeds for item in order.items), ZERO) + order.tips
    if total < ZERO:
        raise UnclearAmounts(f"order {order.order_id}: its parts sum to {total}, less than zero")
    if order.total is not None and order.total not in (stated, total):
        raise UnclearAmounts(
            f"order {order.order_id}: grand total {order.total}, its items and tips {stated}"
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read an item's figures that fits its stated proceeds."""

    tax_included: bool
    discount_tax: Decimal


def _reading(order: Order, item: OrderItem) -> _Reading:
    """Find how an item's parts, tax and discount make its proceeds, or refuse it.

    In turn: tax on top, less the tax on the discount; tax on top, already lessened; tax inside
    the parts, or kept by Amazon.
    """
    gross = sum(item.parts.values(), ZERO) - item.discount
    taxes = sum(item.taxes.values(), ZERO) if item.taxes else item.tax_total
    for discount_tax in (item.discount_tax, ZERO):
        if gross + taxes - discount_tax == item.proceeds:
            return _Reading(tax_included=False, discount_tax=discount_tax)
    if gross == item.proceeds:
        return _Reading(tax_included=True, discount_tax=item.discount_tax)
    raise UnclearAmounts(
        f"order {order.order_id}, SKU {item.sku}: proceeds {item.proceeds} stated, its parts "
        f"{gross} without tax and {gross + taxes - item.discount_tax} with it"
    )


def _parts(order: Order, item: OrderItem) -> Iterable[_Part]:
    """Split an item into its price parts without tax and its taxes, as a settlement shows them."""
    _refuse_unknown(order, item)
    reading = _reading(order, item)
    included = reading.tax_included and not item.facilitator
    taxes = item.taxes or ({"ITEM": item.tax_total} if item.tax_total else {})
    for category, amount in item.parts.items():
        triple = _PRICE[category]
        net = amount - taxes.get(category, ZERO) if included else amount
        quantity = item.quantity if category == "ITEM" else 0
        yield _Part(item, triple, _CLASSES[triple.amount_description], net, quantity)
    discount = item.discount - reading.discount_tax if included else item.discount
    yield _Part(item, _DISCOUNT, "promo_discount", -discount)
    if not item.facilitator:
        for category, amount in taxes.items():
            yield _Part(item, _TAX[category], "tax_collected", amount)
        yield _Part(item, _TAX_DISCOUNT, "tax_discount", -reading.discount_tax)


def _refuse_unknown(order: Order, item: OrderItem) -> None:
    """Refuse money of a category that Amazon does not document: its class would be a guess."""
    for category, amount in (*item.parts.items(), *item.taxes.items()):
        if category not in _PRICE:
            raise UnclearAmounts(
                f"order {order.order_id}, SKU {item.sku}: {amount} {order.currency} is stated as "
                f"{category}, which is no known part of a price"
            )


def _treatment(item: OrderItem) -> Treatment:
    if item.facilitator:
        return Treatment.FACILITATOR
    return Treatment.TAXED if item.tax_total or any(item.taxes.values()) else Treatment.UNTAXED


def _place(order: Order, parts: Iterable[_Part], placer: Placer) -> list[Placed]:
    placed = []
    for part in parts:
        if not part.amount:
            continue
        group = Group("Order", order.order_id, part.item.item_id, part.item.sku, "")
        entry = Entry(group, part.triple, order.day, part.amount, 1, part.quantity)
        known = placer.book.catalogue.classify(part.triple) or part.accounting_class
        placed.append(placer.place(Classified(entry, known), _treatment(part.item)))
    return placed
