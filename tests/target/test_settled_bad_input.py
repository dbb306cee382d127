"""What a run prints of bad input, and an order settled beyond what it sold for."""

from __future__ import annotations

from decimal import Decimal

from source_records import ORDER_ID, closing, order, row, sale
from target.settled import example_book, mapped
from target.xero_desk import Desk

import books

BOOK = example_book()


def test_a_run_prints_every_unknown_triple_on_a_line_of_its_own(desk: Desk) -> None:
    unknown = [
        row(6 + n, f"other-transaction/other-transaction/Fee {n}", "-1.00") for n in range(3)
    ]
    tally = desk.post(*mapped(BOOK, [*sale(3, "10.00"), *unknown, closing("8.00")]))
    (printed,) = tally.lines
    first, *lines = printed.splitlines()
    assert first == "held: settlement:7001: report R1, 3 lines:"
    assert [line.split(": add")[0] for line in lines] == [
        f"  unknown rows other-transaction / other-transaction / Fee {n} of -1.00 GBP (row {6 + n})"
        for n in range(3)
    ]
    assert desk.documents() == {}, "nothing of a held settlement is in Xero"


def test_an_order_settled_beyond_its_total_pays_what_is_due_and_holds_the_rest(
    desk: Desk,
) -> None:
    tally = desk.post(*mapped(BOOK, [order("10.00"), *sale(3, "12.50"), closing("14.00")]))
    (held,) = tally.lines
    assert held == (
        f"held: payment:7001:{ORDER_ID}:excess: 15.00 GBP was settled for invoice "
        f"AMZ-{ORDER_ID}, 12.00 was due: 3.00 is left over in clearing: compare the order at "
        "Amazon with its invoice, and invoice the rest in Xero"
    )
    assert desk.balance()["610"] == Decimal("-3.00"), "clearing shows exactly that"


def test_an_order_in_two_settlements_is_paid_in_parts_while_something_is_due(
    desk: Desk,
) -> None:
    first = [*sale(3, "5.00"), closing("5.00")]
    second = [
        each | {"record": each["record"] | {"settlement_id": "7002"}} for each in sale(3, "5.00")
    ]
    later = closing("5.00", settlement_id="7002", checksum="bb" * 32)
    tally = desk.post(*mapped(BOOK, [order("10.00"), *first, *second, later]))
    assert tally.lines == []
    assert desk.documents()["Invoices"] == {"PAID": 1}
    assert desk.balance().get("610") is None


def test_an_order_in_two_settlements_beyond_its_total_becomes_a_second_invoice(
    desk: Desk,
) -> None:
    """Its first is paid in full: what a later settlement pays is a sale of its own."""
    second = [
        each | {"record": each["record"] | {"settlement_id": "7002"}} for each in sale(3, "5.00")
    ]
    later = closing("5.00", settlement_id="7002", checksum="bb" * 32)
    tally = desk.post(
        *mapped(BOOK, [order("10.00"), *sale(3, "10.00"), closing("11.00"), *second, later])
    )
    assert tally.lines == []
    numbers = sorted(each["InvoiceNumber"] for each in desk.organisation.invoices)
    assert numbers == [f"AMZ-{ORDER_ID}", f"AMZ-{ORDER_ID}-2"]
    assert desk.balance().get("610") is None


def test_an_order_whose_amounts_are_unclear_waits_until_its_settlement_has_invoiced_it(
    desk: Desk,
) -> None:
    unclear = order("10.00", grand_total="11.99")
    with books.open_books(desk.books_url) as kept:
        desk.post(*mapped(BOOK, [unclear], kept))
        ((_, held),) = mapped(BOOK, [unclear], kept)
        assert held["details"] == (
            f"order {ORDER_ID}: grand total 11.99, its items and tips 12.00: its settlement will "
            "make its invoice"
        )
        desk.post(*mapped(BOOK, [*sale(3, "10.00"), closing("11.00")], kept))
        ((stream, resolved),) = mapped(BOOK, [unclear], kept)
    assert (stream, resolved["state"]) == ("held", "resolved")
    assert desk.documents()["Invoices"] == {"PAID": 1}
