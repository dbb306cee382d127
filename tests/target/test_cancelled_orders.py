"""Orders that Amazon cancels after their invoice was posted."""

from __future__ import annotations

from typing import Any

from source_records import ORDER_ID, closing, order, sale
from target.settled import example_book, mapped
from target.xero_desk import Desk
from target.xero_documents import Recorded

import books

BOOK = example_book()
CANCELLED = order("10.00", status="CANCELLED", last_updated="2026-06-03T23:30:00Z")


def read(desk: Desk, *records: dict[str, Any]) -> list[Recorded]:
    with books.open_books(desk.books_url) as kept:
        return mapped(BOOK, records, kept)


def test_an_unpaid_invoice_is_credited_in_full_and_nothing_stays_receivable(desk: Desk) -> None:
    desk.post(*read(desk, order("10.00")))
    assert desk.balance()["120"] == 12
    ((stream, note),) = read(desk, CANCELLED)
    assert (stream, note["number"], note["refund"]) == ("credit_notes", f"AMZ-{ORDER_ID}-CN", None)
    assert note["date"] == "2026-06-04", "the day in London"
    tally = desk.post((stream, note))
    assert tally.lines == []
    assert desk.balance() == {}
    assert desk.documents()["Invoices"] == {"PAID": 1}


def test_it_is_credited_once(desk: Desk) -> None:
    desk.post(*read(desk, order("10.00")))
    desk.post(*read(desk, CANCELLED))
    assert read(desk, CANCELLED) == []


def test_an_order_cancelled_before_its_invoice_makes_nothing(desk: Desk) -> None:
    assert read(desk, CANCELLED) == []
    assert mapped(BOOK, [CANCELLED]) == [], "and without books, too"


def test_a_paid_order_is_left_to_the_refund_rows_of_its_settlement(desk: Desk) -> None:
    desk.post(*read(desk, order("10.00"), *sale(3, "10.00"), closing("11.00")))
    assert read(desk, CANCELLED) == []


def test_the_invoice_of_another_organisation_is_not_credited(desk: Desk) -> None:
    desk.post(*read(desk, order("10.00")))
    with books.open_books(desk.books_url) as kept:
        assert mapped(example_book(organisation="Another client"), [CANCELLED], kept) == []
