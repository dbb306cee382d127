"""A write whose answer is lost, and limits that end a run early: nothing is posted twice."""

from __future__ import annotations

from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import invoice, order_id, payment, payout, proof, settlement

from books import State, open_books
from target_xero.tally import Did
from xero_api import InvalidScope, OutcomeUnknown

ORDERS = [order_id(number) for number in range(1, 4)]
WRITES: dict[str, Any] = {"method": "PUT"}
Counts = dict[str, dict[str, int]]
RESOURCES = ["Contacts", "Invoices", "Payments", "ManualJournals", "BankTransactions"]


@pytest.fixture
def undisturbed() -> Counts:
    """What three orders of one settlement leave behind."""
    return {
        "Invoices": {"PAID": 3},
        "Payments": {"AUTHORISED": 3},
        "ManualJournals": {"POSTED": 1},
        "BankTransactions": {"AUTHORISED": 1},
    }


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_response_lost_after_the_work_is_done(
    desk: Desk, undisturbed: Counts, resource: str
) -> None:
    desk.organisation.faults.drop_response(**WRITES, path=f"*/{resource}")
    desk.post(*settlement("S1", ORDERS))
    assert desk.documents() == undisturbed
    assert {each.state for each in desk.postings()} == {State.POSTED}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_500_after_the_work_is_done(desk: Desk, undisturbed: Counts, resource: str) -> None:
    """Xero repeats the 500 for six minutes under the same key, so it is looked up."""
    desk.organisation.faults.error_after_commit(500, **WRITES, path=f"*/{resource}")
    tally = desk.post(*settlement("S1", ORDERS))
    assert desk.documents() == undisturbed
    assert tally.count(Did.POSTED) == 8


@pytest.mark.parametrize("resource", RESOURCES)
def test_half_an_answer(desk: Desk, undisturbed: Counts, resource: str) -> None:
    desk.organisation.faults.truncate(100, **WRITES, path=f"*/{resource}")
    desk.post(*settlement("S1", ORDERS))
    assert desk.documents() == undisturbed


@pytest.mark.parametrize("resource", RESOURCES)
def test_503_before_anything_is_done(desk: Desk, undisturbed: Counts, resource: str) -> None:
    desk.organisation.faults.respond(503, **WRITES, path=f"*/{resource}", times=2)
    desk.post(*settlement("S1", ORDERS))
    assert desk.documents() == undisturbed


def test_a_xero_that_is_down_fails_the_run_and_the_next_one_ends_it(
    desk: Desk, undisturbed: Counts
) -> None:
    fault = desk.organisation.faults.respond(500, **WRITES, path="*/Payments", times=None)
    with pytest.raises(OutcomeUnknown, match="PUT Payments: status 500"):
        desk.post(*settlement("S1", ORDERS))
    assert {each.state for each in desk.postings() if each.stream == "payments"} == {State.INTENDED}
    fault.times = 0
    desk.post()
    desk.post(*settlement("S1", ORDERS))
    assert desk.documents() == undisturbed


def test_a_lost_answer_is_asked_for_again_under_the_same_key(desk: Desk) -> None:
    desk.organisation.faults.drop_response(**WRITES, path="*/Invoices")
    desk.post(invoice(ORDERS[0]))
    keys = [each.headers["Idempotency-Key"] for each in desk.writes() if "Invoices" in each.path]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_the_intent_is_in_the_books_before_the_call_is_made(desk: Desk) -> None:
    desk.organisation.faults.respond(500, **WRITES, path="*/Invoices", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post(invoice(ORDERS[0]))
    posting = desk.posting(f"invoice:{ORDERS[0]}")
    sent = [each.headers["Idempotency-Key"] for each in desk.writes() if "Invoices" in each.path]
    assert posting.state is State.INTENDED
    assert posting.idempotency_key == sent[-1]
    assert posting.number == f"AMZ-{ORDERS[0]}"


def test_the_minute_limit_is_waited_for_and_not_met(desk: Desk) -> None:
    desk.organisation.limits.per_minute = 4
    desk.settings["calls_per_minute"] = 3
    desk.post(*settlement("S1", ORDERS))
    assert 429 not in {each.status for each in desk.calls()}
    assert sum(desk.waits) > 60


def test_a_429_for_the_minute_waits_as_long_as_xero_says(desk: Desk, undisturbed: Counts) -> None:
    headers = {"Retry-After": "17", "X-Rate-Limit-Problem": "minute"}
    desk.organisation.faults.respond(429, b"", headers, **WRITES, path="*/Payments")
    desk.post(*settlement("S1", ORDERS))
    assert any(17 <= wait <= 18 for wait in desk.waits)
    assert desk.documents() == undisturbed


def test_retry_after_is_kept_for_the_next_process(desk: Desk) -> None:
    headers = {"Retry-After": "3600", "X-Rate-Limit-Problem": "day"}
    desk.organisation.faults.respond(429, b"", headers, **WRITES, path="*/Payments")
    assert desk.post(*settlement("S1", ORDERS)).day_limit
    mark = desk.mark
    with pytest.raises(Exception, match="Xero wants no call for another"):
        desk.post(*settlement("S1", ORDERS))
    assert desk.calls(mark) == []


def test_the_day_limit_ends_the_run_cleanly_and_the_next_day_goes_on(
    desk: Desk, undisturbed: Counts
) -> None:
    documents = settlement("S1", ORDERS)
    headers = {"Retry-After": "600", "X-Rate-Limit-Problem": "day"}
    desk.organisation.faults.respond(429, b"", headers, **WRITES, path="*/Payments")
    tally = desk.post(*documents)
    assert "calls of the day are used up" in tally.day_limit
    assert tally.exit_code("never") == 1
    with open_books(desk.books_url) as books:
        assert books.proof("Demo Company (UK)", "S1") is not None, "what follows is kept too"
    assert {each.document_id for each in desk.postings()} == {
        record["document_id"] for stream, record in documents if stream != "settlements"
    }
    desk.organisation.clock.advance(hours=1)
    desk.post()
    assert desk.documents() == undisturbed


def test_no_call_is_made_once_xero_says_that_none_is_left(desk: Desk) -> None:
    desk.organisation.limits.per_day = 5
    tally = desk.post(*settlement("S1", ORDERS))
    assert "X-DayLimit-Remaining is 0" in tally.day_limit
    assert 429 not in {each.status for each in desk.calls()}


def test_our_own_cap_on_a_days_calls(desk: Desk) -> None:
    desk.settings["calls_per_day"] = 4
    tally = desk.post(*settlement("S1", ORDERS))
    assert "calls_per_day" in tally.day_limit
    assert len(desk.calls()) == 4


def test_an_expired_token_is_renewed_in_the_middle(desk: Desk, undisturbed: Counts) -> None:
    with desk.running() as run:
        for stream, record in settlement("S1", ORDERS)[:2]:
            run.add(stream, record)
        run.drain()
        desk.organisation.clock.advance(hours=2)
        for stream, record in settlement("S1", ORDERS)[2:-1]:
            run.add(stream, record)
        run.drain()
        run.close()
    assert desk.documents() == undisturbed


def test_a_wrong_scope_says_what_to_do_and_posts_nothing(desk: Desk) -> None:
    body = {
        "error": "invalid_scope",
        "error_description": "Client credentials scope validation failed",
    }
    desk.organisation.faults.respond(400, body, path="/connect/token")
    with pytest.raises(InvalidScope, match="Set `scopes` to what the custom connection has"):
        desk.post(payout("S1"))
    assert desk.calls() == []
    assert desk.postings() == []


def test_documents_of_one_run_may_come_in_several_drains(desk: Desk, undisturbed: Counts) -> None:
    """A payment that was drained before its invoice is posted by the next drain."""
    with desk.running() as run:
        for stream, record in reversed(settlement("S1", ORDERS)[:-1]):
            run.add(stream, record)
            run.drain()
        run.add_proof(proof("S1")[1])
        run.drain()
        run.close()
        assert run.tally.count(Did.HELD) == 0
    assert desk.documents() == undisturbed
    assert desk.posting(payment(ORDERS[0], "S1")[1]["document_id"]).state is State.POSTED
