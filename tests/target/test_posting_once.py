"""A document is in Xero once, however often it comes and whatever the books remember."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from target.xero_desk import Desk
from target.xero_documents import (
    held,
    invoice,
    journal,
    order_id,
    payment,
    payout,
    proof,
    settlement,
    transfer,
)

from books import State, open_books
from target_xero.tally import Did

ORDERS = [order_id(number) for number in range(1, 4)]


def test_a_settlement_posts_and_clearing_returns_to_zero(desk: Desk) -> None:
    tally = desk.post(*settlement("S1", ORDERS[:1]))
    assert tally.summary() == (
        "posted 1 invoice, 1 payment, 1 journal, 1 bank transaction; kept 1 settlement proof"
    )
    assert desk.balance() == {
        "090": Decimal("9.60"),
        "200": Decimal("-10.00"),
        "401": Decimal("2.00"),
        "820": Decimal("-1.60"),
    }


def test_the_same_load_again_writes_nothing_and_makes_one_call(desk: Desk) -> None:
    documents = settlement("S1", ORDERS)
    desk.post(*documents)
    mark = desk.mark
    tally = desk.post(*documents)
    assert [(each.method, each.path) for each in desk.calls(mark)] == [
        ("GET", "/api.xro/2.0/Organisation")
    ]
    assert tally.count(Did.UNCHANGED) == 8


def test_the_order_of_arrival_does_not_matter(desk: Desk) -> None:
    desk.post(
        payout("S1"),
        payment(ORDERS[0], "S1"),
        journal("S1"),
        proof("S1"),
        invoice(ORDERS[0], settlement="S1"),
    )
    assert [each.path.rpartition("/")[2] for each in desk.writes()] == [
        "Contacts",
        "Invoices",
        "Payments",
        "ManualJournals",
        "BankTransactions",
    ]


def test_amounts_spelt_otherwise_are_the_same_document(desk: Desk) -> None:
    desk.post(invoice(ORDERS[0], "12.00"))
    tally = desk.post(invoice(ORDERS[0], "12.0"))
    assert tally.count(Did.UNCHANGED) == 1


def test_another_version_that_hashes_otherwise_changes_nothing(desk: Desk) -> None:
    """An upgrade may hash documents otherwise: none of them has changed, above all no payment."""
    load = [*settlement("S1", ORDERS), transfer("T1")]
    desk.post(*load)
    with open_books(desk.books_url) as books:
        books.save(replace(each, posted_hash="of an old version") for each in books.postings())
    mark = desk.mark
    tally = desk.post(*load)
    assert tally.count(Did.UNCHANGED) == 9
    assert len(desk.calls(mark)) <= 2
    changed = payment(ORDERS[0], "S1", "11.00")
    assert "Xero never changes a payment" in desk.post(changed).lines[0]


def test_lost_books_cost_calls_and_never_a_duplicate(desk: Desk) -> None:
    documents = [*settlement("S1", ORDERS[:2]), *settlement("S2", ORDERS[2:])]
    desk.post(*documents)
    balance, count, mark = desk.balance(), desk.documents(), desk.mark
    desk.lose_books()
    tally = desk.post(*documents)
    assert desk.writes(mark) == []
    assert (desk.balance(), desk.documents()) == (balance, count)
    assert tally.count(Did.ADOPTED) == 10
    assert {each.state for each in desk.postings()} == {State.POSTED}


def test_books_lost_and_found_again_go_on_as_before(desk: Desk) -> None:
    desk.post(*settlement("S1", ORDERS))
    desk.lose_books()
    desk.post(*settlement("S1", ORDERS))
    mark = desk.mark
    desk.post(*settlement("S1", ORDERS), *settlement("S2", [order_id(9)]))
    assert [each.path.rpartition("/")[2] for each in desk.writes(mark)] == [
        "Invoices",
        "Payments",
        "ManualJournals",
        "BankTransactions",
    ]


def test_books_lost_in_the_middle_of_finding_out_still_post_nothing_twice(desk: Desk) -> None:
    """The first run with new books adopts the invoices and dies; the second must still look."""
    documents = settlement("S1", ORDERS)
    desk.post(*documents)
    count = desk.documents()
    desk.lose_books()
    desk.post(*[each for each in documents if each[0] == "invoices"])
    desk.post(*documents)
    assert desk.documents() == count


def test_an_open_document_of_books_that_began_later_is_found_by_its_marker(desk: Desk) -> None:
    """Books with postings of their own still look for journals from before they began."""
    desk.post(*settlement("S1", ORDERS[:1]))
    desk.lose_books()
    desk.post(*settlement("S2", ORDERS[1:2]))
    desk.post(*settlement("S1", ORDERS[:1]))
    assert desk.documents()["ManualJournals"] == {"POSTED": 2}
    assert desk.documents()["BankTransactions"] == {"AUTHORISED": 2}
    assert desk.documents()["Payments"] == {"AUTHORISED": 2}


def test_fifty_documents_go_in_one_call(desk: Desk) -> None:
    desk.post(*[invoice(order_id(number)) for number in range(1, 121)])
    bodies = [each.body.count(b'"InvoiceNumber"') for each in desk.writes() if "Inv" in each.path]
    assert bodies == [50, 50, 20]


def test_every_write_asks_for_an_outcome_per_element_and_creations_carry_a_key(desk: Desk) -> None:
    desk.post(*settlement("S1", ORDERS))
    for call in desk.writes():
        assert call.query["summarizeErrors"] == ["false"], call.path
        assert len(call.headers["Idempotency-Key"]) == 64, call.path


def test_proofs_and_held_records_are_kept_in_the_books(desk: Desk) -> None:
    desk.post(proof("S1"), held("invoice:1"), held("invoice:2"))
    desk.post(held("invoice:1", "resolved"))
    with open_books(desk.books_url) as books:
        assert [each.document_id for each in books.held("Demo Company (UK)")] == ["invoice:2"]
        found = books.proof("Demo Company (UK)", "S1")
    assert found == proof("S1")[1]
    assert desk.calls() == []


def test_a_contact_is_made_once_and_reused_by_name(desk: Desk) -> None:
    desk.post(invoice(ORDERS[0]))
    desk.lose_books()
    desk.post(invoice(ORDERS[0]), invoice(ORDERS[1]))
    assert [contact["Name"] for contact in desk.organisation.contacts] == ["Amazon.co.uk"]
    assert [contact["ContactNumber"] for contact in desk.organisation.contacts] == [
        "amz-amazon-co-uk"
    ]
