"""A write is repeated under its key only while Xero knows the key, whatever held it up.

Xero forgets an Idempotency-Key after six minutes: the same body is then a new document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from campaign.books_of_xero import post
from campaign.mortal import Killed, Steps
from target.xero_desk import Desk
from target.xero_documents import credit_note, invoice, journal, order_id, payment, settlement

from books import State
from target_xero import delivery, recovery

ORDERS = [order_id(number) for number in range(1, 4)]
LOAD = [*settlement("S1", ORDERS), credit_note(ORDERS[0], "S1")]
NOTE = [invoice(ORDERS[0]), credit_note(ORDERS[0], "S1", refund=None)]


def storm(desk: Desk, path: str) -> None:
    """Six minutes and more of 429, before the second try gets through."""
    headers = {"Retry-After": "149", "X-Rate-Limit-Problem": "minute"}
    desk.organisation.faults.respond(429, b"", headers, method="PUT", path=path, nth=2, times=4)


def expiry(desk: Desk, path: str) -> None:
    """A process that slept: its token has ended meanwhile, and Xero says so first."""

    def sleep(seconds: float) -> None:
        desk.organisation.clock.advance(seconds=seconds)
        if seconds == 2.0:
            desk.organisation.clock.advance(minutes=31)

    del path
    desk.sleep = sleep  # type: ignore[method-assign]


@pytest.mark.parametrize("hold_up", [storm, expiry])
@pytest.mark.parametrize(
    "path",
    [
        "*/Invoices",
        "*/Payments",
        "*/ManualJournals",
        "*/BankTransactions",
        "*/CreditNotes",
        "*/Attachments/*",
        "*/History",
        "*/Allocations",
    ],
)
def test_a_lost_answer_and_a_long_wait(
    desk: Desk, path: str, hold_up: Callable[[Desk, str], None]
) -> None:
    desk.evidence = True
    load = NOTE if path == "*/Allocations" else LOAD
    desk.organisation.faults.error_after_commit(500, method="PUT", path=path)
    hold_up(desk, path)
    desk.post(*load)
    desk.organisation.faults.clear()
    desk.post(*load)
    org = desk.organisation
    marks = [
        str(each.get("Reference") or each.get("Narration"))
        for register in (org.payments, org.manual_journals, org.bank_transactions, org.credit_notes)
        for each in register
    ]
    assert sorted(marks) == sorted(set(marks)), "each is there once"
    assert [len(each) for each in org.attachments.values()] in ([1], [])
    assert [len(each) for each in org.history.values()] in ([1], [])
    if load is NOTE:
        assert [len(each["Allocations"]) for each in org.credit_notes] == [1]
    assert {each.state for each in desk.postings()} == {State.POSTED}


def dying_after(desk: Desk, step: str, load: list[Any]) -> None:
    """Run until just after a step, and die."""
    steps = Steps()

    class Names(list[str]):
        def append(self, name: str) -> None:
            super().append(name)
            if name == f"after {step}":
                steps._die_at = len(self) - 1

    steps.names = Names()
    with pytest.raises(Killed):
        post(desk, load, steps)


JOURNALS = [journal("S1", f"2026-0{month}") for month in (1, 2, 3)]


def test_a_batch_of_which_only_a_part_is_there_yet_goes_out_whole_under_its_key(
    desk: Desk,
) -> None:
    """Xero may make a batch's documents one by one: those not there yet are on their way."""
    dying_after(desk, "PUT ManualJournals", JOURNALS)
    (first,) = [each for each in desk.writes() if "ManualJournals" in each.path]
    look_up = delivery.found_again

    def one_of_them(*which: Any) -> dict[str, Any]:
        return dict(list(look_up(*which).items())[:1])

    mark = desk.mark
    with patch.object(recovery, "found_again", one_of_them):
        desk.post()
    (again,) = desk.writes(mark)
    assert again.headers["Idempotency-Key"] == first.headers["Idempotency-Key"]
    assert again.body == first.body
    assert desk.documents()["ManualJournals"] == {"POSTED": 3}
    assert {each.state for each in desk.postings()} == {State.POSTED}


def test_once_the_key_has_ended_what_is_not_there_was_never_made(desk: Desk) -> None:
    desk.organisation.faults.respond(500, method="PUT", path="*/ManualJournals", times=None)
    with pytest.raises(Exception, match="status 500"):
        desk.post(*JOURNALS)
    (key, *_) = [each.idempotency_key for each in desk.postings()]
    desk.organisation.faults.clear()
    desk.organisation.clock.advance(minutes=6)
    mark = desk.mark
    desk.post()
    (again,) = desk.writes(mark)
    assert again.headers["Idempotency-Key"] != key
    assert desk.documents()["ManualJournals"] == {"POSTED": 3}


def test_a_number_that_a_killed_run_chose_stays_chosen(desk: Desk) -> None:
    """A second settlement of a paid order makes <number>-2, in the run after one that died too."""
    load = [
        invoice(ORDERS[0], settlement="S1"),
        payment(ORDERS[0], "S1"),
        invoice(ORDERS[0], settlement="S2"),
        payment(ORDERS[0], "S2"),
    ]
    dying_after(desk, "commit of postings intended", load)
    desk.organisation.clock.advance(minutes=10)
    desk.post(*load)
    desk.post(*load)
    numbers = sorted(str(each["InvoiceNumber"]) for each in desk.organisation.invoices)
    assert numbers == [f"AMZ-{ORDERS[0]}", f"AMZ-{ORDERS[0]}-2"]
    assert desk.documents()["Invoices"] == {"PAID": 2}
