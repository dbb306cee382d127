"""Documents of orders that are alike, written once for all of them, are those of each by itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest
from generated import books, settlements

from transforms.drafts import Draft
from transforms.ledger.book import Book
from transforms.ledger.outcome import Again
from transforms.ledger.posting import post, settle
from transforms.ledger.settlement import Row, Settlement


def repeated(settlement: Settlement, rows: list[Row], times: int) -> Settlement:
    """The settlement with each of its orders so many times, under ids of their own."""
    more = Settlement(settlement.settlement_id)
    for time in range(times):
        for row in rows:
            order_id = row.order_id and f"{row.order_id[:4]}{time:07d}{row.order_id[11:]}"
            more.add(row._replace(order_id=order_id, number=row.number + time * len(rows)))
    total = sum((row.amount for row in rows), Decimal(0)) * times
    more.header = replace(settlement.closed, total=total)
    return more


def said(settlement: Settlement, book: Book, waiting: Collection[str]) -> tuple[list[bytes], bytes]:
    """All lines of a settlement's documents, and their values in its proof."""
    draft = Draft(book.choices, waiting)
    for part in post(settlement, book):
        draft.add(part)
    lines = b"".join(chunk for line in draft.lines() for chunk in line.chunks())
    return lines.splitlines(), b"".join(draft.values.chunks())


@pytest.mark.parametrize("refunds", ["journal", "credit_notes"])
def test_what_is_filled_into_a_form_is_what_each_order_would_be_written_as(
    refunds: Literal["journal", "credit_notes"],
) -> None:
    """Where something waits, each document is looked at, and so made by itself."""
    book = books()
    book = replace(book, choices=replace(book.choices, refunds=refunds))
    orders = 0
    for settlement, rows in settlements(7, 25, "orders"):
        whole = repeated(settlement, rows, 5)
        orders += sum(isinstance(part, Again) for part in post(whole, book))
        assert said(whole, book, ()) == said(whole, book, {"invoice:of-another-settlement"})
    assert orders > 100


def test_orders_that_are_alike_say_the_same_beside_their_ids() -> None:
    book = books()
    for settlement, rows in settlements(8, 10, "orders"):
        whole = repeated(settlement, rows, 2)
        documents = settle(whole, book).documents
        found: dict[str, set[str]] = {}
        for each in documents:
            order_id = each.source.order_id
            if order_id:
                key = f"{order_id[:4]}{order_id[11:]}"
                found.setdefault(key, set()).add(str(each).replace(order_id, "ORDER"))
        assert all(len(same) == 2 for same in found.values()), found


def test_each_order_is_counted_where_many_are_alike() -> None:
    """What is added up by number is what the rows come to, one by one."""
    book = books()
    for style in ("orders", "settlements"):
        for settlement, rows in settlements(9, 10, style):
            whole = repeated(settlement, rows, 3)
            assert whole.row_count == 3 * len(rows)
            assert whole.rows_total == 3 * settlement.rows_total
            proof = settle(whole, book).proof
            assert proof is not None
            assert proof.rows == 3 * len(rows)
            once = settle(settlement, book).proof
            assert once is not None
            sums = {each.accounting_class: (each.amount, each.rows) for each in once.classes}
            assert {each.accounting_class: (each.amount, each.rows) for each in proof.classes} == {
                name: (3 * amount, 3 * count) for name, (amount, count) in sums.items()
            }
