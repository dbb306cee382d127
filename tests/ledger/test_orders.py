from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from casebook import DE, ORDER, UK, book, rule

from transforms.ledger.orders import Order, OrderItem, UnclearAmounts, order_invoice
from transforms.ledger.sales import UnmappedSku

ITEM = OrderItem(
    item_id="1",
    sku="CUP",
    title="A cup",
    quantity=2,
    proceeds=Decimal("28.20"),
    parts={"ITEM": Decimal("20.00"), "SHIPPING": Decimal("5.00")},
    taxes={"ITEM": Decimal("4.00"), "SHIPPING": Decimal("1.00")},
    discount=Decimal("1.50"),
    discount_tax=Decimal("0.30"),
    tax_total=Decimal("4.70"),
    facilitator=False,
)
ORDERED = Order(
    order_id=ORDER,
    marketplace=UK,
    day=date(2026, 5, 3),
    currency="GBP",
    total=Decimal("28.20"),
    tips=Decimal(0),
    items=(ITEM,),
)


def lines(order: Order, *rules: object) -> list[tuple[str, str, Decimal]]:
    invoice = order_invoice(order, book(*rules))  # type: ignore[arg-type]
    assert invoice is not None
    return [(line.description, line.account, line.amount) for line in invoice.lines]


def test_tax_on_top_of_the_parts_joins_their_lines() -> None:
    assert lines(ORDERED) == [
        ("A cup (CUP)", "sales", Decimal("24.00")),
        ("Shipping", "shipping_income", Decimal("6.00")),
        ("Discount", "promo_discount", Decimal("-1.80")),
    ]


def test_tax_inside_the_parts_leaves_them_as_they_are() -> None:
    inside = replace(
        ITEM,
        parts={"ITEM": Decimal("24.00"), "SHIPPING": Decimal("6.00")},
        discount=Decimal("1.80"),
    )
    assert lines(replace(ORDERED, items=(inside,))) == lines(ORDERED)


def test_tax_already_lessened_by_the_discount_is_taken_as_stated() -> None:
    net = replace(ITEM, proceeds=Decimal("28.50"))
    order = replace(ORDERED, items=(net,), total=Decimal("28.50"))
    assert lines(order)[2] == ("Discount", "promo_discount", Decimal("-1.50"))


def test_facilitator_tax_is_left_out_whether_the_total_holds_it_or_not() -> None:
    item = replace(
        ITEM, facilitator=True, discount=Decimal(0), discount_tax=Decimal(0), tax_total=Decimal(5)
    )
    without = replace(item, proceeds=Decimal("25.00"))
    with_tax = replace(item, proceeds=Decimal("30.00"))
    for made, total in ((without, "25.00"), (with_tax, "30.00")):
        order = replace(ORDERED, items=(made,), total=Decimal(total))
        assert sum(amount for _, _, amount in lines(order)) == Decimal("25.00")


def test_the_facilitator_treatment_chooses_the_account() -> None:
    item = replace(
        ITEM,
        facilitator=True,
        proceeds=Decimal("25.00"),
        discount=Decimal(0),
        discount_tax=Decimal(0),
        tax_total=Decimal(5),
    )
    order = replace(ORDERED, items=(item,), total=None)
    assert lines(order, rule("sales", "exports", treatment="facilitator"))[0][1] == "exports"


def test_parts_that_fit_neither_reading_are_refused_with_both_figures() -> None:
    with pytest.raises(UnclearAmounts) as refused:
        order_invoice(replace(ORDERED, items=(replace(ITEM, proceeds=Decimal("28.21")),)), book())
    for figure in ("28.21", "23.50", "28.20"):
        assert figure in str(refused.value)


IMPORT_FEE = {"IMPORT_FEE": Decimal("3.00")}


@pytest.mark.parametrize(
    "item",
    [
        replace(ITEM, proceeds=Decimal("31.20"), parts=ITEM.parts | IMPORT_FEE),
        replace(ITEM, proceeds=Decimal("31.20"), taxes=ITEM.taxes | IMPORT_FEE),
    ],
)
def test_money_of_a_category_that_amazon_does_not_document_is_refused_by_name(
    item: OrderItem,
) -> None:
    with pytest.raises(UnclearAmounts) as refused:
        order_invoice(replace(ORDERED, total=None, items=(item,)), book())
    assert str(refused.value) == (
        f"order {ORDER}, SKU CUP: 3.00 GBP is stated as IMPORT_FEE, which is no known part of a "
        "price"
    )


def test_a_grand_total_that_is_not_the_items_is_refused() -> None:
    with pytest.raises(UnclearAmounts):
        order_invoice(replace(ORDERED, total=Decimal("30.00")), book())


def test_an_order_in_another_currency_than_its_marketplace_is_refused() -> None:
    with pytest.raises(UnclearAmounts):
        order_invoice(replace(ORDERED, marketplace=DE), book())


def test_a_delivery_tip_is_other_income() -> None:
    tipped = replace(ORDERED, tips=Decimal("2.00"), total=Decimal("30.20"))
    assert ("Other income", "other_income", Decimal("2.00")) in lines(tipped)


def test_a_zero_total_order_makes_no_invoice() -> None:
    free = replace(
        ITEM,
        parts={"ITEM": Decimal("0.00")},
        taxes={},
        discount=Decimal(0),
        discount_tax=Decimal(0),
        tax_total=Decimal(0),
        proceeds=Decimal("0.00"),
    )
    assert order_invoice(replace(ORDERED, items=(free,), total=Decimal("0.00")), book()) is None


def test_an_unmapped_sku_is_refused_by_name() -> None:
    with pytest.raises(UnmappedSku, match="CUP"):
        order_invoice(ORDERED, book(skus=()))


def test_a_price_that_four_decimals_cannot_express_becomes_quantity_one() -> None:
    item = replace(
        ITEM,
        quantity=700,
        parts={"ITEM": Decimal("20.00")},
        taxes={},
        discount=Decimal(0),
        discount_tax=Decimal(0),
        tax_total=Decimal(0),
        proceeds=Decimal("20.00"),
    )
    invoice = order_invoice(replace(ORDERED, items=(item,), total=None), book())
    assert invoice is not None
    [line] = invoice.lines
    assert (line.quantity, line.unit_amount) == (Decimal(1), Decimal("20.00"))
    assert line.description.startswith("700 x ")
