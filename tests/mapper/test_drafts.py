"""Documents written by filling a form are those that each order has by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Literal

import pytest
from generated import books, settlements

from transforms.drafts import Draft
from transforms.forms import form_of
from transforms.ledger.book import Book
from transforms.ledger.outcome import Again, Outcome
from transforms.ledger.posting import post, settle
from transforms.ledger.settlement import Row, Settlement

Style = Literal["journal", "credit_notes"]
KINDS = pytest.mark.parametrize("refunds", ["journal", "credit_notes"])


def repeated(
    settlement: Settlement, rows: Iterable[Row], times: int, random: Random | None = None
) -> Settlement:
    """The settlement with each of its orders so many times, under ids of their own.

    random: makes the amounts of each order's rows its own, some of them 0.00 or of the other sign.
    """
    more = Settlement(settlement.settlement_id)
    total, number = Decimal(0), 0
    for time in range(times):
        for row in rows:
            number += 1
            order_id = row.order_id and f"{row.order_id[:4]}{time:07d}{row.order_id[11:]}"
            amount = row.amount
            if random and order_id and not (time and random.random() < 0.3):
                amount = (amount * random.choice((-1, 0, 1, 1, 1, 2, 7, 99))).quantize(row.amount)
            more.add(row._replace(order_id=order_id, number=number, amount=amount))
            total += amount
    more.header = replace(settlement.closed, total=total)
    return more


def with_refunds(rows: list[Row]) -> list[Row]:
    """The rows, and for each order's Principal one of its refund."""
    refunded = [
        row._replace(
            triple=row.triple._replace(transaction_type="Refund"),
            amount=-row.amount,
            number=row.number + 1000,
        )
        for row in rows
        if row.order_id and row.triple.amount_description == "Principal"
    ]
    return rows + refunded


def single(rows: Iterable[Row]) -> list[Row]:
    """The rows, each of one unit at most."""
    return [row._replace(quantity=min(row.quantity, 1)) for row in rows]


def said(settlement: Settlement, book: Book, waiting: Collection[str]) -> tuple[list[bytes], bytes]:
    """All lines of a settlement's documents, and their values in its proof."""
    draft = Draft(book.choices, waiting)
    for part in post(settlement, book):
        draft.add(part)
    lines = b"".join(each.lines for each in draft.lines())
    return lines.splitlines(), b"".join(draft.values.chunks())


def cases(refunds: Style, *, of_one_unit: bool) -> Iterator[tuple[Settlement, Book]]:
    book = books()
    book = replace(book, choices=replace(book.choices, refunds=refunds))
    random = Random(11)
    for settlement, rows in settlements(7, 25, "orders"):
        whole = with_refunds(single(rows) if of_one_unit else rows)
        yield repeated(settlement, whole, 5), book
        yield repeated(settlement, whole, 9, random), book


@pytest.mark.parametrize("of_one_unit", [True, False])
@KINDS
def test_what_is_filled_into_a_form_is_what_each_order_would_be_written_as(
    refunds: Style, of_one_unit: bool
) -> None:
    """An order of which something waits is made by itself; here, every order is."""
    filled = 0
    for settlement, book in cases(refunds, of_one_unit=of_one_unit):
        every = {f"invoice:{order_id}:of-another-settlement" for order_id in settlement.orders}
        assert said(settlement, book, ()) == said(settlement, book, every)
        filled += sum(isinstance(part, Again) for part in post(settlement, book))
    assert filled > (200 if of_one_unit else 50)


@KINDS
def test_nearly_every_pattern_of_single_units_makes_a_form(refunds: Style) -> None:
    """A form that were refused each time would be right too, and of no use."""
    found = []
    for settlement, book in cases(refunds, of_one_unit=True):
        with closing(Draft(book.choices, ())) as draft:
            found += [
                form_of(part, draft.written) is not None
                for part in post(settlement, book)
                if isinstance(part, Again)
            ]
    assert found.count(True) > 0.9 * len(found) > 100


def test_a_form_that_gives_anything_else_than_the_pattern_is_not_used() -> None:
    """Here the documents tell of the amounts in a way that no sum does."""
    found = 0
    for settlement, book in cases("journal", of_one_unit=True):
        with closing(Draft(book.choices, ())) as draft:

            def written(part: Outcome, draft: Draft = draft) -> tuple[bytes, bytes]:
                lines, values = draft.written(part)
                total = sum((each.total for each in part.proven), Decimal(0))
                return lines + f'{{"twice":"{2 * total}"}}\n'.encode(), values

            for part in post(settlement, book):
                if isinstance(part, Again):
                    found += 1
                    assert form_of(part, written) is None
    assert found


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


@pytest.mark.parametrize("style", ["orders", "settlements"])
def test_each_order_is_counted_where_many_are_alike(style: str) -> None:
    """What is added up by number is what the rows come to, one by one."""
    book = books()
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
