"""Credit notes, their refunds and their allocations: each in Xero exactly once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    invoice_line,
    item,
    order_id,
    payment,
    settlement,
)

from books import State
from target_xero.tally import Did
from xero_api import OutcomeUnknown

ORDER, OTHER = order_id(1), order_id(2)
NOTE = f"credit:S1:{ORDER}"
SOLD = settlement("S1", [ORDER])
WRITES = ["CreditNotes", "Payments", "CreditNotes/*/Allocations"]


def test_a_refund_of_a_paid_order_comes_out_of_clearing(desk: Desk) -> None:
    desk.post(*SOLD)
    before = desk.balance()
    tally = desk.post(credit_note(ORDER, "S1"))
    assert tally.summary() == "posted 1 credit note, 1 refund"
    assert desk.documents()["CreditNotes"] == {"PAID": 1}
    after = desk.balance()
    assert after["610"] - before.get("610", 0) == Decimal("-5.00")
    assert after["204"] == Decimal("4.17")
    assert after.get("120") is None, "nothing is receivable"
    (note,) = desk.organisation.credit_notes
    assert note["CreditNoteNumber"] == f"AMZ-{ORDER}-R1"
    assert note["Reference"] == f"Amazon.co.uk refund of order {ORDER} [amz:{NOTE}]"


def test_what_is_not_paid_back_is_set_against_the_open_invoice(desk: Desk) -> None:
    tally = desk.post(invoice(ORDER), credit_note(ORDER, "S1", refund="2.00"))
    assert tally.summary() == "posted 1 invoice, 1 credit note, 1 refund, 1 allocation"
    (sale,) = desk.organisation.invoices
    assert (sale["AmountCredited"], sale["AmountDue"]) == (3, 9)
    posting = desk.posting(f"{NOTE}:allocation")
    (note,) = desk.organisation.credit_notes
    assert posting.vendor_id == note["Allocations"][0]["AllocationID"]
    tally = desk.post(payment(ORDER, "S1", "12.00"))
    assert "9.00 was due: 3.00 is left over" in tally.lines[0], "the books know what is due"


def test_an_allocation_goes_as_far_as_something_is_due(desk: Desk) -> None:
    desk.post(invoice(ORDER), payment(ORDER, "S1", "10.00"), credit_note(ORDER, "S1", refund=None))
    posting = desk.posting(f"{NOTE}:allocation")
    assert (posting.state, posting.amount) == (State.POSTED, Decimal("2.00"))
    assert posting.warnings == "3.00 of it stays on the credit note"


def test_an_allocation_waits_while_nothing_is_due(desk: Desk) -> None:
    tally = desk.post(*SOLD, credit_note(ORDER, "S1", refund=None))
    assert tally.lines == [
        (
            f"held: {NOTE}:allocation: 5.00 GBP of credit note AMZ-{ORDER}-R1 is open, "
            f"and nothing is due on invoice AMZ-{ORDER}: refund or allocate it in Xero"
        )
    ]


def test_an_allocation_waits_for_its_invoice(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refund=None))
    assert desk.posting(f"{NOTE}:allocation").reason == "no_invoice"
    with desk.running() as run:
        run.add(*item("NEW-1"))
        run.drain()
        run.add(*invoice(ORDER))
        run.drain()
        run.close()
        assert run.tally.summary() == "posted 1 item, 1 invoice, 1 allocation"


def test_the_same_again_makes_no_call_beyond_the_organisation(desk: Desk) -> None:
    documents = [invoice(ORDER), credit_note(ORDER, "S1", refund="2.00")]
    desk.post(*documents)
    mark = desk.mark
    tally = desk.post(*documents)
    assert [each.path for each in desk.calls(mark)] == ["/api.xro/2.0/Organisation"]
    assert tally.count(Did.UNCHANGED) == 4


@pytest.mark.parametrize("resource", WRITES)
@pytest.mark.parametrize("fault", ["drop_response", "error_after_commit", "truncate"])
def test_a_lost_answer_posts_nothing_twice(desk: Desk, resource: str, fault: str) -> None:
    arguments: dict[str, list[Any]] = {"error_after_commit": [500], "truncate": [40]}
    made = getattr(desk.organisation.faults, fault)
    made(*arguments.get(fault, []), method="PUT", path=f"*/{resource}")
    desk.post(invoice(ORDER), credit_note(ORDER, "S1", refund="2.00"))
    assert_once(desk)


@pytest.mark.parametrize("resource", WRITES)
def test_a_run_that_dies_after_the_work_is_done_is_taken_up_by_the_next(
    desk: Desk, resource: str
) -> None:
    """Every answer of one kind is lost, so the run fails with its documents intended."""
    documents = [invoice(ORDER), credit_note(ORDER, "S1", refund="2.00")]
    faults = desk.organisation.faults
    lost = faults.drop_response(method="PUT", path=f"*/{resource}", times=2)
    down = faults.respond(500, method="GET", path="*/CreditNotes*", times=None)
    with pytest.raises(Exception, match="CreditNotes"):
        desk.post(*documents)
    lost.times = down.times = 0
    desk.organisation.clock.advance(minutes=10)
    desk.post()
    desk.post(*documents)
    assert_once(desk)


@pytest.mark.parametrize("resource", WRITES)
def test_a_run_that_dies_before_the_work_is_done_sends_it_again(desk: Desk, resource: str) -> None:
    documents = [invoice(ORDER), credit_note(ORDER, "S1", refund="2.00")]
    down = desk.organisation.faults.respond(500, method="PUT", path=f"*/{resource}", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post(*documents)
    down.times = 0
    desk.post(*documents)
    assert_once(desk)


def assert_once(desk: Desk) -> None:
    (note,) = desk.organisation.credit_notes
    assert note["Status"] == "PAID"
    assert [each["Amount"] for each in note["Allocations"]] == [3]
    assert [each["Amount"] for each in desk.organisation.payments] == [2]
    assert {each.state for each in desk.postings()} == {State.POSTED}


def test_lost_books_adopt_everything(desk: Desk) -> None:
    documents = [invoice(ORDER), credit_note(ORDER, "S1", refund="2.00")]
    desk.post(*documents)
    mark = desk.mark
    desk.lose_books()
    tally = desk.post(*documents)
    assert desk.writes(mark) == []
    assert tally.count(Did.ADOPTED) == 4
    assert_once(desk)


def test_books_lost_after_the_credit_note_still_post_its_refund(desk: Desk) -> None:
    desk.organisation.faults.respond(400, {"Message": "no"}, method="PUT", path="*/Payments")
    desk.post(credit_note(ORDER, "S1", refunds=None))
    desk.lose_books()
    tally = desk.post(credit_note(ORDER, "S1", refunds=None))
    assert tally.summary() == "posted 1 refund; found in Xero and adopted 1 credit note"
    assert desk.documents()["CreditNotes"] == {"PAID": 1}


def test_a_number_that_somebody_else_has_taken_is_held(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    other = credit_note(ORDER, "S2", "6.00", None, refunds=None)
    tally = desk.post(other)
    assert tally.lines == [
        (
            f"held: credit:S2:{ORDER}: Xero has another credit note AMZ-{ORDER}-R1: "
            "total is 5.00 in Xero, 6.00 here"
        )
    ]


def test_a_refused_credit_note_keeps_its_refund_waiting(desk: Desk) -> None:
    bad = credit_note(ORDER, "S1", lines=[invoice_line("5.00", account="777")], refunds=None)
    tally = desk.post(bad, credit_note(OTHER, "S1", refunds=None))
    assert tally.summary().startswith("posted 1 credit note, 1 refund; held 1 refund; rejected")
    assert desk.posting(f"{NOTE}:refund").reason == "no_credit_note"
    desk.organisation.add_account("777", "More refunds", "REVENUE")
    assert desk.post().summary() == "posted 1 credit note, 1 refund"


def test_an_open_credit_note_is_updated_and_a_refunded_one_held(desk: Desk) -> None:
    moved = [invoice_line("5.00", account="200", item_code=None)]
    desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    changed = credit_note(ORDER, "S1", refund=None, refunds=None, lines=moved)
    assert desk.post(changed).count(Did.UPDATED) == 1
    refunded = credit_note(ORDER, "S1", refunds=None)
    tally = desk.post(refunded)
    assert tally.count(Did.UPDATED) == 1
    assert tally.count(Did.POSTED, "refunds") == 1
    assert (
        "it is paid, so Xero lets nobody change it"
        in desk.post(credit_note(ORDER, "S1", refunds=None, lines=moved)).lines[0]
    )


def test_a_refund_is_never_changed(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refunds=None))
    mark = desk.mark
    tally = desk.post(credit_note(ORDER, "S1", refund="4.00", refunds=None))
    assert desk.writes(mark) == []
    assert "5.00 of it is in Xero, and it now says otherwise" in tally.lines[0]


def test_a_draft_takes_its_refund_once_it_is_approved(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refunds=None, status="DRAFT"))
    assert desk.posting(f"{NOTE}:refund").reason == "credit_note_draft"
    (note,) = desk.organisation.credit_notes
    approved = {**note, "Status": "AUTHORISED", "_base_due": Decimal("5.00")}
    desk.organisation.save(desk.organisation.credit_notes, approved)
    assert desk.post().summary() == "posted 1 refund"


def test_a_locked_period_holds_credit_notes_until_it_opens(desk: Desk) -> None:
    lock = desk.organisation.lock_dates
    lock["EndOfYearLockDate"] = desk.organisation.today().replace(day=15)
    desk.post(credit_note(ORDER, "S1", refunds=None))
    assert desk.posting(NOTE).reason == "locked_period"
    lock.clear()
    assert desk.post().summary() == "posted 1 credit note, 1 refund"


def test_a_period_locked_in_the_middle_of_a_run_holds_too(desk: Desk) -> None:
    words = "The document date cannot be before the period lock date, currently set at 30-Apr-2026"
    element = {"CreditNoteNumber": f"AMZ-{ORDER}-R1", "ValidationErrors": [{"Message": words}]}
    body = {"CreditNotes": [{**element, "HasErrors": True, "StatusAttributeString": "ERROR"}]}
    desk.organisation.faults.respond(200, body, method="PUT", path="*/CreditNotes")
    tally = desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    assert tally.exit_code("rejected") == 0
    assert desk.posting(NOTE).reason == "locked_period"
    assert desk.post().summary() == "posted 1 credit note"


def paid_back(amount: str = "5.00", **more: Any) -> Recorded:
    """A payment that pays a credit note: the stream names it by its number."""
    named = {"document_id": "payment:S1:back", "pays": f"AMZ-{ORDER}-R1"} | more
    return payment(ORDER, "S1", amount, **named)


@pytest.mark.parametrize("order", [1, -1], ids=["after", "before"])
def test_a_payment_of_a_credit_note_refunds_it_once(desk: Desk, order: int) -> None:
    both = [credit_note(ORDER, "S1", refund=None, refunds=None), paid_back()][::order]
    tally = desk.post(*both)
    assert tally.summary() == "posted 1 credit note, 1 refund"
    assert desk.documents() == {"CreditNotes": {"PAID": 1}, "Payments": {"AUTHORISED": 1}}
    assert desk.balance()["610"] == Decimal("-5.00")
    assert desk.post(*both).count(Did.UNCHANGED) == 2
    desk.lose_books()
    assert desk.post(*both).count(Did.ADOPTED) == 2
    assert desk.documents()["Payments"] == {"AUTHORISED": 1}


def test_a_payment_waits_for_its_credit_note_and_pays_it_when_it_comes(desk: Desk) -> None:
    desk.post(paid_back())
    assert desk.posting("payment:S1:back").reason == "no_invoice"
    desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    row = desk.posting("payment:S1:back")
    assert (row.state, row.stream) == (State.POSTED, "refunds")
    assert desk.post(paid_back()).count(Did.UNCHANGED) == 1


def test_a_credit_note_that_only_xero_has_is_paid_by_its_number(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    desk.lose_books()
    assert desk.post(paid_back()).summary() == "posted 1 refund"
    assert desk.documents()["CreditNotes"] == {"PAID": 1}


def test_a_payment_of_a_credit_note_whose_answer_is_lost_is_there_once(desk: Desk) -> None:
    desk.post(credit_note(ORDER, "S1", refund=None, refunds=None))
    desk.organisation.faults.drop_response(method="PUT", path="*/Payments", times=2)
    assert desk.post(paid_back()).count(Did.POSTED) == 1
    desk.post(paid_back())
    assert desk.documents()["Payments"] == {"AUTHORISED": 1}


def test_more_than_is_left_of_a_credit_note_is_refused_with_a_next_step(desk: Desk) -> None:
    tally = desk.post(credit_note(ORDER, "S1", refund=None, refunds=None), paid_back("6.00"))
    assert tally.count(Did.REJECTED, "refunds") == 1
    assert "Next: the document is paid or credited already" in tally.lines[0]
