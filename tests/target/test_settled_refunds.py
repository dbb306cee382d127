"""Refunds from a settlement to Xero's ledger, as credit notes with refund payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from source_records import ORDER_ID, closing, row, sale
from target.settled import example_book, mapped
from target.xero_desk import Desk

from target_xero.tally import Did

BOOK = example_book(refunds="credit_notes")
NOTE = f"AMZ-{ORDER_ID}-CN"


def refund(number: int, settlement: str = "7001", price: str = "-5.00") -> list[dict[str, Any]]:
    cells = {
        "order_id": ORDER_ID,
        "sku": "WID-S-UK",
        "order_item_code": "77",
        "settlement_id": settlement,
    }
    return [
        row(number, "Refund/ItemPrice/Principal", price, **cells),
        row(number + 1, "Refund/ItemPrice/Tax", f"{Decimal(price) / 5:.2f}", **cells),
        row(number + 2, "Refund/ItemFees/Commission", "0.80", **cells),
    ]


SOLD = [*sale(3, "10.00"), *refund(6), closing("5.80")]


def test_clearing_ties_out_and_the_note_names_its_invoice(desk: Desk) -> None:
    tally = desk.post(*mapped(BOOK, SOLD))
    assert tally.lines == []
    assert tally.count(Did.POSTED, "credit_notes") == tally.count(Did.POSTED, "refunds") == 1
    assert desk.documents()["CreditNotes"] == {"PAID": 1}
    left = desk.balance()
    assert left.get("610") is None, "clearing is back where it was"
    assert left.get("120") is None, "nothing is receivable"
    assert left["090"] == Decimal("5.80")
    assert left["204"] == Decimal("5.00"), "the tax of the refund is in the VAT account"
    (note,) = desk.organisation.credit_notes
    assert note["CreditNoteNumber"] == f"{NOTE}-7001"
    assert f"invoice AMZ-{ORDER_ID}" in note["Reference"]


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    documents = mapped(BOOK, SOLD)
    desk.post(*documents)
    mark = desk.mark
    tally = desk.post(*documents)
    assert desk.writes(mark) == []
    assert tally.count(Did.POSTED) == 0


def test_lost_books_find_the_note_and_its_refund_again(desk: Desk) -> None:
    documents = mapped(BOOK, SOLD)
    desk.post(*documents)
    before = desk.balance()
    desk.lose_books()
    tally = desk.post(*documents)
    assert tally.lines == []
    assert desk.balance() == before
    assert desk.documents()["CreditNotes"] == {"PAID": 1}


def test_a_refund_of_an_order_that_was_never_invoiced_is_posted_all_the_same(desk: Desk) -> None:
    """An order from before books_start: only its refund is in these books."""
    fee = row(9, "other-transaction/other-transaction/Storage Fee", "-1.00")
    reserve = row(
        10, "other-transaction/other-transaction/Previous Reserve Amount Balance", "20.00"
    )
    tally = desk.post(*mapped(BOOK, [*refund(6), fee, reserve, closing("13.80")]))
    assert tally.lines == []
    assert tally.count(Did.POSTED, "invoices") == 0
    assert desk.documents()["CreditNotes"] == {"PAID": 1}
    assert desk.balance().get("610") is None


def test_partial_refunds_in_two_settlements_are_two_paid_notes(desk: Desk) -> None:
    later = [
        *refund(3, "7002", "-2.50"),
        row(
            6,
            "other-transaction/other-transaction/Previous Reserve Amount Balance",
            "9.00",
            settlement_id="7002",
        ),
        closing("6.80", settlement_id="7002", checksum="bb" * 32),
    ]
    tally = desk.post(*mapped(BOOK, [*SOLD, *later]))
    assert tally.lines == []
    numbers = sorted(each["CreditNoteNumber"] for each in desk.organisation.credit_notes)
    assert numbers == [f"{NOTE}-7001", f"{NOTE}-7002"]
    assert desk.balance().get("610") is None
