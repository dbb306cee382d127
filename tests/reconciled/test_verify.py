"""Reading back what was posted: unchanged, edited, voided, missing, matched; in few calls."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from reconciled.posted import of_every_kind, session_on
from target.xero_desk import Desk, demo_desk
from target.xero_documents import invoice, order_id, payment

from books import open_books
from reconcile.clearing import ClearingBalance, clearing
from reconcile.verify import Finding, Verdict, Verification


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as desk:
        desk.post(*of_every_kind())
        yield desk


def read_back(desk: Desk) -> dict[str, Finding]:
    desk.organisation.clock.advance(minutes=30)
    with (
        open_books(desk.books_url, desk.organisation.clock.now) as books,
        session_on(desk) as session,
    ):
        (tenant,) = {each.tenant for each in books.postings()}
        found = Verification(session, books, tenant, desk.organisation.clock.now()).findings()
    return {each.posting.document_id: each for each in found}


def change(desk: Desk, register: str, what: dict[str, object], **by: object) -> None:
    """Let a person change a document in Xero."""
    documents = getattr(desk.organisation, register)
    known = next(each for each in documents if all(each[k] == v for k, v in by.items()))
    with desk.organisation.lock:
        desk.organisation.save(documents, known | what)


def verdicts(found: dict[str, Finding]) -> set[Verdict]:
    return {each.verdict for each in found.values()}


def test_what_nobody_touched_is_unchanged(desk: Desk) -> None:
    assert verdicts(read_back(desk)) == {Verdict.UNCHANGED}
    assert verdicts(read_back(desk)) == {Verdict.UNCHANGED}


def test_an_edited_document_is_named_with_what_changed_each_time(desk: Desk) -> None:
    number = f"AMZ-{order_id(2)}"
    change(desk, "invoices", {"Date": desk.organisation.today()}, InvoiceNumber=number)
    for _ in range(2):
        found = read_back(desk)[f"invoice:{order_id(2)}"]
        assert (found.verdict, found.words) == (Verdict.EDITED, "date 2026-04-02 -> 2026-04-20")


def test_an_edited_line_is_named_by_its_account(desk: Desk) -> None:
    journal = next(iter(desk.organisation.manual_journals))
    first, *others = journal["JournalLines"]
    lines = [first | {"AccountCode": "402"}, *others]
    change(desk, "manual_journals", {"JournalLines": lines})
    found = next(f for f in read_back(desk).values() if f.posting.stream == "journals")
    assert found.words == "line 1: account 401 -> 402"


def test_a_voided_document_and_a_lost_one(desk: Desk) -> None:
    change(desk, "bank_transactions", {"Status": "DELETED"})
    transfer = next(iter(desk.organisation.bank_transfers))
    desk.organisation.bank_transfers._set(transfer["BankTransferID"], None)
    found = read_back(desk)
    by_stream = {each.posting.stream: each for each in found.values()}
    assert by_stream["bank_transactions"].verdict is Verdict.VOIDED
    assert "DELETED" in by_stream["bank_transactions"].words
    assert by_stream["bank_transfers"].verdict is Verdict.MISSING


def test_a_payout_that_the_bank_feed_matched_is_seen_though_xero_counts_no_change(
    desk: Desk,
) -> None:
    assert read_back(desk)["payout:1234500001"].verdict is Verdict.UNCHANGED
    payout = next(iter(desk.organisation.bank_transactions))
    payout["IsReconciled"] = True  # without a new UpdatedDateUTC
    assert read_back(desk)["payout:1234500001"].verdict is Verdict.MATCHED


def test_a_thousand_invoices_are_read_in_few_calls_and_then_only_changes(desk: Desk) -> None:
    orders = [order_id(number) for number in range(100, 1100)]
    desk.post(*(invoice(order) for order in orders))
    before = desk.mark
    first = read_back(desk)
    # accounts, 2 pages of invoices, and a page for each other kind
    assert len(desk.calls(before)) <= 8
    assert len(first) > 1000
    before = desk.mark
    read_back(desk)
    changed = [each for each in desk.calls(before) if "Invoices" in each.path]
    assert len(changed) == 1
    assert changed[0].headers["If-Modified-Since"]


def balances(desk: Desk) -> dict[str, ClearingBalance]:
    read_back(desk)
    now = desk.organisation.clock.now()
    with open_books(desk.books_url) as books, session_on(desk) as session:
        (tenant,) = {each.tenant for each in books.postings()}
        found = clearing(session, books, tenant, [], now.date())
    return {each.account: each for each in found}


def test_a_clearing_account_is_explained_beside_what_others_put_there(desk: Desk) -> None:
    # 12.00 + 5.00 paid in, 5.01 refunded, 2.47 fees, 9.52 paid out
    assert balances(desk)["610"].ours == Decimal("0.00")
    desk.post(invoice(order_id(9)), payment(order_id(9), "1234500002", "12.00"))
    found = balances(desk)["610"]
    assert (found.ours, found.actual) == (Decimal("12.00"), Decimal("12.00"))
    assert found.others == Decimal("0.00")
    assert found.unexplained == Decimal("12.00")
