"""Orders whose source does not state the seller's proceeds: what decides, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from casebook import ORDER, UK, book
from hypothesis import given
from hypothesis import strategies as st

from transforms.ledger.elsewhere import NotTold, told
from transforms.ledger.orders import Order, OrderItem, order_invoice

ITEM = OrderItem(
    item_id="",
    sku="CUP",
    title="A cup",
    quantity=2,
    proceeds=Decimal(0),
    parts={"ITEM": Decimal("24.00"), "SHIPPING": Decimal("6.00")},
    taxes={"ITEM": Decimal("4.00"), "SHIPPING": Decimal("1.00")},
    discount=Decimal("1.80"),
    discount_tax=Decimal("0.30"),
    tax_total=Decimal("4.70"),
    facilitator=False,
)
IN_EUROPE = replace(UK, marketplace_id="A1F83G8C2ARO7P")
IN_AMERICA = replace(UK, marketplace_id="ATVPDKIKX0DER")
CHARGED_INSIDE, CHARGED_ON_TOP = Decimal("28.20"), Decimal("32.90")


def order(item: OrderItem = ITEM, charged: Decimal | None = None, place: object = UK) -> Order:
    return Order(
        order_id=ORDER,
        marketplace=place,  # type: ignore[arg-type]
        day=date(2026, 5, 3),
        currency="GBP",
        total=charged,
        tips=Decimal(0),
        items=(item,),
    )


def total(source: Order, name: str) -> Decimal:
    invoice = order_invoice(told(source, name), book())
    assert invoice is not None
    assert sum(line.amount for line in invoice.lines) == invoice.total
    return invoice.total


def test_the_buyers_charge_tells_where_the_tax_is() -> None:
    assert total(order(charged=CHARGED_INSIDE), "v0") == Decimal("28.20")
    assert total(order(charged=CHARGED_ON_TOP), "v0") == Decimal("32.90")


def test_tax_that_amazon_keeps_is_not_the_sellers_wherever_it_is() -> None:
    kept = replace(ITEM, facilitator=True)
    assert total(order(kept, CHARGED_ON_TOP), "v0") == Decimal("28.20")
    assert total(order(kept, CHARGED_INSIDE), "v0") == Decimal("23.50")


@pytest.mark.parametrize("charged", [Decimal("28.21"), None])
def test_a_charge_that_fits_neither_is_not_guessed_at(charged: Decimal | None) -> None:
    with pytest.raises(NotTold, match=r"its items say 28.20 and tax 4.70"):
        told(order(charged=charged), "v0")


def test_a_report_of_a_european_store_has_the_tax_inside() -> None:
    assert total(order(place=IN_EUROPE), "report") == Decimal("28.20")


def test_a_report_of_another_store_tells_only_without_tax() -> None:
    untaxed = replace(ITEM, taxes={}, discount_tax=Decimal(0), tax_total=Decimal(0))
    assert total(order(untaxed, place=IN_AMERICA), "report") == Decimal("28.20")
    with pytest.raises(NotTold, match="does not say whether prices hold the tax"):
        told(order(place=IN_AMERICA), "report")


def test_a_report_does_not_tell_what_is_left_of_a_price_whose_tax_amazon_keeps() -> None:
    with pytest.raises(NotTold):
        told(order(replace(ITEM, facilitator=True), place=IN_EUROPE), "report")


CENTS = st.integers(min_value=0, max_value=100_000).map(lambda cents: Decimal(cents) / 100)


@given(
    net=CENTS, tax=CENTS, shipping=CENTS, discount=CENTS, kept=st.booleans(), on_top=st.booleans()
)
def test_whatever_the_amounts_the_invoice_is_what_the_seller_gets(
    net: Decimal, tax: Decimal, shipping: Decimal, discount: Decimal, *, kept: bool, on_top: bool
) -> None:
    seller_gets = net + shipping - discount + (Decimal(0) if kept else tax)
    inside = Decimal(0) if on_top else tax
    item = replace(
        ITEM,
        parts={"ITEM": net + inside, "SHIPPING": shipping},
        taxes={"ITEM": tax} if tax else {},
        discount=discount,
        discount_tax=Decimal(0),
        tax_total=tax,
        facilitator=kept,
    )
    charged = net + shipping - discount + tax
    read = told(order(item, charged), "v0")
    assert read.items[0].proceeds == seller_gets
    if seller_gets > 0:
        invoice = order_invoice(read, book())
        assert invoice is not None
        assert invoice.total == sum(line.amount for line in invoice.lines) == seller_gets
