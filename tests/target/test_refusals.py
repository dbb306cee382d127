"""What Xero refuses is told in its own words, and never costs its neighbours."""

from __future__ import annotations

import pytest
from target.xero_desk import Desk
from target.xero_documents import (
    invoice,
    invoice_line,
    journal,
    journal_line,
    order_id,
    payment,
    payout,
    settlement,
)

from books import State
from target_xero.tally import Did

ORDERS = [order_id(number) for number in range(1, 4)]
UNKNOWN_ACCOUNT = (
    "Account code '777' is not a valid code for this document. "
    "Next: correct the account in accounts.csv, or add it in Xero."
)


def test_one_bad_element_leaves_its_neighbours(desk: Desk) -> None:
    bad = invoice(ORDERS[1], lines=[invoice_line("12.00", account="777")])
    tally = desk.post(invoice(ORDERS[0]), bad, invoice(ORDERS[2]))
    assert desk.documents() == {"Invoices": {"AUTHORISED": 2}}
    assert tally.lines == [
        f"rejected: invoice:{ORDERS[1]}: {UNKNOWN_ACCOUNT}",
    ]
    assert (tally.exit_code("rejected"), tally.exit_code("never")) == (1, 0)


@pytest.mark.parametrize(
    "document",
    [
        invoice(ORDERS[0], lines=[invoice_line("12.00", tax_type="OUTPUT9")]),
        invoice(ORDERS[0], lines=[invoice_line("12.00", item_code="NO-SUCH")]),
        invoice(ORDERS[0], currency="USD"),
        journal("S1", lines=[journal_line("401", "2.40"), journal_line("120", "-2.40")]),
        journal("S1", lines=[journal_line("401", "2.40"), journal_line("610", "-2.39")]),
        payout("S1", total="0.01", lines=[]),
        payout("S1", bank_account="610"),
        payout("S1", bank_account="095"),
        journal("S1", currency="EUR"),
    ],
    ids=lambda document: str(document[1]["document_id"]),
)
def test_a_document_that_xero_or_the_target_refuses_is_rejected_with_words(
    desk: Desk, document: tuple[str, dict[str, object]]
) -> None:
    tally = desk.post(document, invoice(ORDERS[2]))
    posting = desk.posting(str(document[1]["document_id"]))
    assert posting.state is State.REJECTED
    assert posting.error
    assert tally.count(Did.POSTED) == 1, "its neighbour is posted"


def test_a_rejected_document_is_tried_again_once_xero_has_the_account(desk: Desk) -> None:
    bad = invoice(ORDERS[1], lines=[invoice_line("12.00", account="777")])
    desk.post(bad, payment(ORDERS[1], "S1"))
    assert desk.posting(f"payment:S1:{ORDERS[1]}").error == (
        f"its invoice AMZ-{ORDERS[1]} is not posted: {UNKNOWN_ACCOUNT}"
    )
    desk.organisation.add_account("777", "More sales", "REVENUE")
    tally = desk.post()
    assert tally.summary() == "posted 1 invoice, 1 payment"
    assert desk.documents() == {"Invoices": {"PAID": 1}, "Payments": {"AUTHORISED": 1}}


def test_a_body_that_xero_refuses_as_a_whole_is_halved_down_to_the_one_at_fault(
    desk: Desk,
) -> None:
    body = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "Unreadable"}
    documents = [invoice(order_id(number)) for number in range(1, 6)]
    desk.organisation.faults.respond(400, body, method="PUT", path="*/Invoices", times=3)
    tally = desk.post(*documents)
    assert tally.count(Did.POSTED) == 4
    assert [each.error for each in desk.postings(State.REJECTED)] == ["PUT Invoices: Unreadable"]


def test_a_journal_that_xero_posts_without_one_of_its_lines_is_reported(desk: Desk) -> None:
    """Xero may strip an account it does not know and only warn."""
    body = {
        "ManualJournals": [
            {
                "ManualJournalID": "00000000-0000-0000-0000-000000000001",
                "Narration": "Amazon.co.uk settlement S1: fees of 2026-04 [amz:journal:S1:2026-04]",
                "Status": "POSTED",
                "JournalLines": [{"LineAmount": 0}, {"LineAmount": 0, "AccountCode": "610"}],
                "Warnings": [
                    {
                        "Message": "Account code '401' has been removed as it does not match a "
                        "recognised account."
                    }
                ],
            }
        ]
    }
    desk.organisation.faults.respond(200, body, method="PUT", path="*/ManualJournals")
    tally = desk.post(journal("S1"))
    posting = desk.posting("journal:S1:2026-04")
    assert posting.state is State.REJECTED
    assert posting.vendor_id == "00000000-0000-0000-0000-000000000001", "it is there: not again"
    assert "Account code '401' has been removed" in str(posting.error)
    assert tally.exit_code("rejected") == 1


def test_elements_out_of_order_are_matched_by_number(desk: Desk) -> None:
    """Answers are taken by position only where the number agrees."""
    body = {
        "Invoices": [
            {
                "InvoiceID": f"00000000-0000-0000-0000-00000000000{number}",
                "InvoiceNumber": f"AMZ-{order_id(number)}",
            }
            for number in (2, 1)
        ]
    }
    desk.organisation.faults.respond(200, body, method="PUT", path="*/Invoices")
    desk.post(invoice(order_id(1)), invoice(order_id(2)))
    for number in (1, 2):
        vendor_id = desk.posting(f"invoice:{order_id(number)}").vendor_id
        assert vendor_id == f"00000000-0000-0000-0000-00000000000{number}"


def test_an_archived_contact_stops_its_documents_and_says_what_to_do(desk: Desk) -> None:
    desk.post(invoice(ORDERS[0]))
    (contact,) = desk.organisation.contacts
    desk.organisation.save(desk.organisation.contacts, {**contact, "ContactStatus": "ARCHIVED"})
    desk.lose_books()
    tally = desk.post(invoice(ORDERS[1]))
    assert tally.lines == [
        f"rejected: invoice:{ORDERS[1]}: the contact Amazon.co.uk is archived in Xero: restore it"
    ]


def test_a_contact_renamed_in_xero_is_found_by_its_number(desk: Desk) -> None:
    desk.post(invoice(ORDERS[0]))
    (contact,) = desk.organisation.contacts
    desk.organisation.save(desk.organisation.contacts, {**contact, "Name": "Amazon UK Ltd"})
    desk.lose_books()
    desk.post(invoice(ORDERS[1]))
    assert len(list(desk.organisation.contacts)) == 1
    assert desk.documents() == {"Invoices": {"AUTHORISED": 2}}


def test_what_a_small_plan_takes_no_more_is_refused_and_posts_when_it_does(desk: Desk) -> None:
    desk.organisation.invoices_a_month = 2
    tally = desk.post(*(invoice(order) for order in ORDERS))
    assert tally.count(Did.POSTED) == 2
    (line,) = tally.lines
    assert line.startswith(f"rejected: invoice:{ORDERS[2]}: You have reached the limit of invoices")
    assert line.endswith(
        "Next: the Xero plan takes no more invoices this month: upgrade it, or wait."
    )
    desk.organisation.invoices_a_month = 20
    assert desk.post().count(Did.POSTED) == 1


def test_a_locked_period_holds_and_opens_by_itself(desk: Desk) -> None:
    lock = desk.organisation.lock_dates
    lock["PeriodLockDate"] = desk.organisation.today().replace(day=15)
    tally = desk.post(*settlement("S1", ORDERS[:1]))
    assert {each.reason for each in desk.postings(State.HELD)} == {"locked_period", "no_invoice"}
    assert tally.exit_code("rejected") == 0
    assert tally.exit_code("held") == 1
    assert desk.documents() == {"BankTransactions": {"AUTHORISED": 1}}
    lock.clear()
    desk.post()
    assert desk.documents()["ManualJournals"] == {"POSTED": 1}
    assert desk.documents()["Payments"] == {"AUTHORISED": 1}
