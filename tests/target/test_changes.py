"""A document that says something new is updated where Xero and its people allow, else held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from target.xero_desk import Desk
from target.xero_documents import (
    invoice,
    invoice_line,
    journal,
    journal_line,
    order_id,
    payment,
    payout,
)

from books import State
from target_xero.tally import Did

ORDER = order_id(1)
MOVED = [invoice_line("12.00", account="201", item_code=None)]


def edit(desk: Desk, register: str, **changes: Any) -> None:
    """What a person does in Xero's own pages."""
    desk.organisation.clock.advance(minutes=5)
    (found,) = getattr(desk.organisation, register)
    desk.organisation.save(getattr(desk.organisation, register), {**found, **changes})


def test_an_unpaid_invoice_is_updated_by_xeros_id(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    mark = desk.mark
    tally = desk.post(invoice(ORDER, lines=MOVED))
    (call,) = desk.writes(mark)
    assert (call.method, call.path) == ("POST", "/api.xro/2.0/Invoices")
    assert b'"InvoiceID"' in call.body
    assert "Idempotency-Key" not in call.headers
    assert tally.count(Did.UPDATED) == 1
    assert desk.balance()["201"] == Decimal("-10.00")
    mark = desk.mark
    desk.post(invoice(ORDER, lines=MOVED))
    assert desk.writes(mark) == []


def test_a_paid_invoice_is_held_with_the_difference(desk: Desk) -> None:
    desk.post(invoice(ORDER), payment(ORDER, "S1"))
    mark = desk.mark
    tally = desk.post(invoice(ORDER, lines=MOVED))
    assert desk.writes(mark) == []
    assert tally.lines == [
        (
            f"held: invoice:{ORDER}: it is paid, so Xero lets nobody change it: "
            "line 1: AccountCode is 200 in Xero, 201 here; line 1: ItemCode is WIDGET-S in Xero, "
            "none here"
        )
    ]


def test_an_old_version_that_comes_back_is_in_xero_already(desk: Desk) -> None:
    desk.post(invoice(ORDER), payment(ORDER, "S1"))
    desk.post(invoice(ORDER, lines=MOVED))
    mark = desk.mark
    desk.post(invoice(ORDER))
    assert desk.writes(mark) == []
    assert desk.posting(f"invoice:{ORDER}").state is State.POSTED


def test_what_a_person_edited_is_never_overwritten(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    edit(desk, "invoices", Reference="Corrected by the bookkeeper")
    mark = desk.mark
    tally = desk.post(invoice(ORDER, lines=MOVED))
    assert desk.writes(mark) == []
    (line,) = tally.lines
    assert "a person edited it in Xero (Reference is Corrected by the bookkeeper in Xero" in line


def test_a_time_stamp_that_moved_without_an_edit_is_no_edit(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    edit(desk, "invoices")
    tally = desk.post(invoice(ORDER, lines=MOVED))
    assert tally.count(Did.UPDATED) == 1


def test_a_change_held_for_an_edit_is_not_forgotten_by_the_next_run(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    (before,) = desk.organisation.invoices
    edit(desk, "invoices", Reference="Corrected by the bookkeeper")
    desk.post(invoice(ORDER, lines=MOVED))
    edit(desk, "invoices", Reference=before["Reference"])
    tally = desk.post()
    assert tally.count(Did.UPDATED) == 1
    assert desk.posting(f"invoice:{ORDER}").posted_document is None


def test_what_a_person_voided_stays_voided(desk: Desk) -> None:
    desk.post(invoice(ORDER), journal("S1"))
    edit(desk, "invoices", Status="VOIDED")
    edit(desk, "manual_journals", Status="VOIDED")
    documents = [invoice(ORDER, lines=MOVED), journal("S1", fees="3.00")]
    mark = desk.mark
    tally = desk.post(*documents)
    assert tally.count(Did.HELD) == 2
    idle = desk.mark
    desk.post()
    assert desk.calls(idle) == [], "there is nothing to try again"
    desk.lose_books()
    desk.post(*documents)
    assert desk.writes(mark) == []
    assert {each.reason for each in desk.postings()} == {"voided"}


def test_a_payment_of_a_voided_invoice_waits(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    edit(desk, "invoices", Status="VOIDED")
    desk.post(invoice(ORDER, lines=MOVED), payment(ORDER, "S1"))
    assert desk.posting(f"payment:S1:{ORDER}").reason == "no_invoice"


def test_a_journal_and_a_bank_transaction_are_updated(desk: Desk) -> None:
    desk.post(journal("S1"), payout("S1"))
    changed = journal("S1", lines=[journal_line("402", "2.40"), journal_line("610", "-2.40")])
    tally = desk.post(changed, payout("S1", date="2026-04-17"))
    assert tally.count(Did.UPDATED) == 2
    assert desk.documents() == {
        "ManualJournals": {"POSTED": 1},
        "BankTransactions": {"AUTHORISED": 1},
    }
    assert desk.balance()["402"] == Decimal("2.40")


def test_what_is_reconciled_with_the_bank_is_held(desk: Desk) -> None:
    desk.post(payout("S1"))
    (found,) = desk.organisation.bank_transactions
    desk.organisation.reconcile(found["BankTransactionID"])
    tally = desk.post(payout("S1", date="2026-04-17"))
    (line,) = tally.lines
    assert "it is reconciled with the bank: Date is 2026-04-16 in Xero, 2026-04-17 here" in line


def test_a_payment_is_never_changed(desk: Desk) -> None:
    desk.post(invoice(ORDER), payment(ORDER, "S1", "10.00"))
    mark = desk.mark
    tally = desk.post(payment(ORDER, "S1", "11.00"))
    assert desk.writes(mark) == []
    assert "10.00 of it was posted on 2026-04-14; it now says 11.00" in tally.lines[0]


def test_a_response_lost_to_an_update_does_no_harm(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    desk.organisation.faults.drop_response(method="POST", path="*/Invoices")
    tally = desk.post(invoice(ORDER, lines=MOVED))
    assert tally.count(Did.UPDATED) == 1
    assert desk.balance()["201"] == Decimal("-10.00")


def test_a_document_of_lost_books_that_differs_in_money_is_left_alone(desk: Desk) -> None:
    desk.post(journal("S1"))
    desk.lose_books()
    mark = desk.mark
    tally = desk.post(journal("S1", fees="3.00"))
    assert desk.writes(mark) == []
    assert tally.lines == [
        (
            "held: journal:S1:2026-04: it was in Xero before these books, and differs: "
            "account 401 is 2.40 in Xero, 3.00 here; account 610 is -2.40 in Xero, -3.00 here"
        )
    ]


def test_a_journal_of_lost_books_may_change_unless_a_person_has_touched_it(desk: Desk) -> None:
    desk.post(journal("S1"), journal("S2"))
    edited, _ = desk.organisation.manual_journals
    words = f"checked by the bookkeeper {edited['Narration']}"
    desk.organisation.save(desk.organisation.manual_journals, {**edited, "Narration": words})
    desk.lose_books()
    assert desk.post(journal("S1"), journal("S2")).count(Did.ADOPTED) == 2
    changed = [journal_line("402", "2.40"), journal_line("610", "-2.40")]
    tally = desk.post(journal("S1", lines=changed), journal("S2", lines=changed))
    assert (tally.count(Did.UPDATED), tally.count(Did.HELD)) == (1, 1)
    assert "it was in Xero before these books, and differs: Narration is checked" in tally.lines[0]
