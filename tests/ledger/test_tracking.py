from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from casebook import ORDER, OTHER_ORDER, book, of_kind, settlement

from transforms.ledger.book import Book, Sku
from transforms.ledger.documents import Invoice, Journal, Tracking
from transforms.ledger.posting import settle

UK = Tracking("Marketplace", "UK")
MUGS = Tracking("Product", "Mugs")
TOYS = Tracking("Product", "Toys")

TABLE = f"""
2026-05-03 | Order | ItemPrice | Principal  | 20.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemPrice | Shipping   |  2.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemFees  | Commission | -3.00 | order={ORDER} sku=CUP qty=2
2026-05-04 | Order | ItemPrice | Principal  |  9.00 | order={OTHER_ORDER} sku=TOY qty=1
2026-05-04 | Order | ItemFees  | Commission | -1.00 | order={OTHER_ORDER} sku=TOY qty=1
2026-05-05 | ServiceFee | Cost of Advertising | TransactionTotalAmount | -2.00
"""


def grouped(*more: Sku, **choices: Any) -> Book:
    skus = (
        Sku("CUP", "", "ITEM-CUP", "", "", product_group="Mugs"),
        Sku("TOY", "", "ITEM-TOY", "", "", product_group="Toys"),
    )
    return replace(book(product_tracking_category="Product", **choices), skus=(*skus, *more))


def test_sale_lines_carry_the_marketplace_and_the_product_group() -> None:
    cups, toys = of_kind(settle(settlement(TABLE), grouped()), Invoice)
    assert {line.tracking for line in cups.lines} == {(UK, MUGS)}
    assert {line.tracking for line in toys.lines} == {(UK, TOYS)}


def test_fees_that_name_a_sku_are_tracked_by_it_and_others_by_the_marketplace_alone() -> None:
    [journal] = of_kind(settle(settlement(TABLE), grouped()), Journal)
    tracked = {(line.account, line.tracking): line.amount for line in journal.lines}
    assert tracked["referral_fee", (UK, MUGS)] == 3
    assert tracked["referral_fee", (UK, TOYS)] == 1
    assert tracked["advertising", (UK,)] == 2
    assert tracked["clearing", ()] == -6


def test_a_sku_without_a_group_has_the_marketplace_alone() -> None:
    ungrouped = replace(grouped(), skus=(Sku("CUP", "", "C", "", ""), Sku("TOY", "", "T", "", "")))
    for invoice in of_kind(settle(settlement(TABLE), ungrouped), Invoice):
        assert {line.tracking for line in invoice.lines} == {(UK,)}


def test_the_group_is_the_one_valid_on_the_day_of_the_row() -> None:
    later = Sku("CUP", "", "C", "", "", valid_from=date(2026, 5, 3), product_group="Gifts")
    cups, _ = of_kind(settle(settlement(TABLE), grouped(later)), Invoice)
    assert cups.lines[0].tracking == (UK, Tracking("Product", "Gifts"))


def test_a_product_category_stands_alone_where_no_marketplace_category_is() -> None:
    cups, _ = of_kind(settle(settlement(TABLE), grouped(tracking_category="")), Invoice)
    assert cups.lines[0].tracking == (MUGS,)


def test_style_settlements_sums_by_both_categories() -> None:
    books = grouped()
    [uk, *others] = books.marketplaces
    books = replace(books, marketplaces=(replace(uk, posting="settlements"), *others))
    [invoice] = of_kind(settle(settlement(TABLE), books), Invoice)
    assert {(line.account, line.tracking) for line in invoice.lines} >= {
        ("sales", (UK, MUGS)),
        ("sales", (UK, TOYS)),
    }
