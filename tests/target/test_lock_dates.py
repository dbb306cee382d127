"""`lock_dates: next_open_day`: a locked document is posted after the lock, once and for good."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    invoice_line,
    journal,
    order_id,
    payment,
    payout,
    settlement,
    transfer,
)

from books import State, open_books
from target_xero import retry
from target_xero.documents import content_hash
from target_xero.reading import read_document as read
from target_xero.tally import Did

ORDER = order_id(1)
LOCK = date(2026, 4, 15)
OPEN = LOCK + timedelta(days=1)


def movable(*recorded: Recorded) -> list[Recorded]:
    """As the mapper writes documents where books.yml says next_open_day; proofs have no choice."""
    return [
        (stream, record if stream == "settlements" else record | {"lock_dates": "next_open_day"})
        for stream, record in recorded
    ]


def lock(desk: Desk, day: date | None = LOCK) -> None:
    desk.organisation.lock_dates.clear()
    if day is not None:
        desk.organisation.lock_dates["PeriodLockDate"] = day


def journals(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.organisation.manual_journals)


def test_every_document_of_a_locked_period_is_posted_on_the_day_after_it(desk: Desk) -> None:
    lock(desk)
    whole = [*settlement("S1", [ORDER]), credit_note(ORDER, "S1"), transfer()]
    tally = desk.post(*movable(*whole))
    assert tally.lines == []
    org = desk.organisation
    for register in (org.invoices, org.payments, org.manual_journals, org.credit_notes):
        assert [each["Date"] for each in register] == [OPEN] * len(list(register))
    (invoiced,), (journalled,) = org.invoices, org.manual_journals
    assert invoiced["DueDate"] == OPEN, "no invoice is due before its date"
    assert f"(dated 2026-04-02) [amz:invoice:{ORDER}:S1]" in invoiced["Reference"]
    assert "(dated 2026-04-14) [amz:journal:S1:2026-04]" in journalled["Narration"]
    (received,) = org.bank_transactions
    assert (received["Date"], "dated" in received["Reference"]) == (OPEN, False), "it was open"
    assert "of them out of a locked period, on 2026-04-16" in tally.summary()


def test_a_second_run_changes_nothing_wherever_the_lock_date_is_then(desk: Desk) -> None:
    lock(desk)
    documents = movable(*settlement("S1", [ORDER]))
    desk.post(*documents)
    before = desk.balance()
    for day in (LOCK + timedelta(days=4), LOCK - timedelta(days=60), None):
        lock(desk, day)
        mark = desk.mark
        tally = desk.post(*documents)
        assert tally.count(Did.UNCHANGED) == 4
        assert desk.writes(mark) == []
    assert desk.balance() == before


def test_what_a_document_says_does_not_depend_on_the_choice_nor_on_the_move() -> None:
    stream, record = journal("S1")
    plain = content_hash(read(stream, record))
    chosen = {**record, "lock_dates": "next_open_day"}
    moved = {**chosen, "date": "2026-04-16", "moved_from": record["date"]}
    assert {content_hash(read(stream, each)) for each in (chosen, moved)} == {plain}
    other = {**record, "date": "2026-04-16"}
    assert content_hash(read(stream, other)) != plain


def test_a_changed_document_is_updated_on_the_day_where_it_stands(desk: Desk) -> None:
    lock(desk)
    desk.post(*movable(journal("S1")))
    lock(desk, LOCK - timedelta(days=60))
    tally = desk.post(*movable(journal("S1", fees="3.00")))
    assert tally.count(Did.UPDATED) == 1, tally.lines
    (journalled,) = journals(desk)
    assert journalled["Date"] == OPEN
    assert desk.balance()["610"] == Decimal("-3.00")


def test_a_posted_document_is_never_moved_but_held_when_its_day_is_locked(desk: Desk) -> None:
    desk.post(*movable(journal("S1")))
    lock(desk)
    tally = desk.post(*movable(journal("S1", fees="3.00")))
    assert desk.posting("journal:S1:2026-04").reason == "locked_period"
    assert tally.count(Did.HELD) == 1
    assert journals(desk)[0]["Date"] == date(2026, 4, 14)


def test_an_answer_lost_while_the_lock_date_moves_makes_no_second_document(desk: Desk) -> None:
    lock(desk)
    organisation = desk.organisation
    organisation.faults.respond(500, path="*/ManualJournals", method="PUT", times=99)
    with pytest.raises(Exception, match="PUT ManualJournals"):
        desk.post(*movable(journal("S1")))
    organisation.faults.clear()
    lock(desk, LOCK + timedelta(days=2))
    desk.post()  # the same call again is refused by the later lock date: so it is moved anew
    assert [each["Date"] for each in journals(desk)] == [date(2026, 4, 18)]
    organisation.clock.advance(minutes=10)
    desk.post(*movable(journal("S1")))
    assert desk.documents() == {"ManualJournals": {"POSTED": 1}}


@pytest.mark.parametrize("later", [LOCK + timedelta(days=4), LOCK, None])
@pytest.mark.parametrize(
    "documents",
    [[journal("S1")], [payout("S1", date="2026-02-10")], [transfer(date="2026-02-10")]],
    ids=["journal", "payout", "transfer"],
)
def test_lost_books_find_what_was_moved_and_post_it_once(
    desk: Desk, documents: list[Recorded], later: date | None
) -> None:
    lock(desk)
    desk.post(*movable(*documents))
    count = desk.documents()
    desk.lose_books()
    desk.organisation.clock.advance(days=3)
    lock(desk, later)
    tally = desk.post(*movable(*documents))
    assert tally.count(Did.ADOPTED) == 1, tally.lines
    assert desk.documents() == count
    assert desk.post(*movable(*documents)).count(Did.UNCHANGED) == 1


def test_lost_books_find_a_document_in_a_period_that_was_locked_since(desk: Desk) -> None:
    """Nobody has to open a closed year only for us to see that the journal is there."""
    desk.post(journal("S1"), payout("S1"), invoice(ORDER), payment(ORDER, "S1"))
    desk.lose_books()
    lock(desk, date(2026, 4, 19))
    tally = desk.post(journal("S1"), payout("S1"), invoice(ORDER), payment(ORDER, "S1"))
    assert (tally.count(Did.ADOPTED), tally.count(Did.HELD)) == (4, 0), tally.lines


def test_a_moved_bill_keeps_its_number_and_names_its_date_on_its_first_line(desk: Desk) -> None:
    lock(desk)
    bill = invoice(ORDER, document_id="bill:1", kind="bill", number="FEES-1")
    bill[1]["lines"] = [invoice_line("12.00", account="401", tax_type="INPUT2", item_code=None)]
    desk.post(*movable(bill))
    (made,) = desk.organisation.invoices
    assert (made["InvoiceNumber"], made["Date"]) == ("FEES-1 [amz:bill:1]", OPEN)
    assert made["LineItems"][0]["Description"] == "Widget, small (dated 2026-04-02)"
    desk.lose_books()
    assert desk.post(*movable(bill)).count(Did.ADOPTED) == 1


def test_a_document_on_a_clearing_account_of_type_bank_moves_too(desk: Desk) -> None:
    desk.organisation.add_account("098", "Amazon Clearing", "BANK", BankAccountNumber="1")
    on_bank = journal("S1", clearing_account="098")
    on_bank[1]["lines"][1]["account"] = "098"
    lock(desk)
    desk.post(*movable(on_bank))
    (spent,) = desk.organisation.bank_transactions
    assert spent["Date"] == OPEN
    assert "(dated 2026-04-14)" in spent["Reference"]


def test_what_waits_already_goes_to_the_first_open_day_when_a_person_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(desk)
    desk.post(*settlement("S1", [ORDER]))
    assert len(desk.postings(State.HELD)) == 3
    assert "--next-open-day" in str(desk.posting("journal:S1:2026-04").error)
    monkeypatch.setenv("TARGET_XERO_BOOKS", desk.books_url)
    assert retry.main(["--next-open-day", "payout:S1"]) == 0
    assert "does not wait for a locked period" in capsys.readouterr().out
    assert retry.main(["--next-open-day"]) == 0
    assert capsys.readouterr().out.count("on the first open day") == 3
    tally = desk.post()
    assert tally.count(Did.POSTED) == 3, tally.lines
    assert desk.balance().get("120", Decimal(0)) == 0
    assert retry.main(["--next-open-day"]) == 0
    assert "nothing waits" in capsys.readouterr().out


def test_a_document_that_xero_has_goes_to_no_other_day(desk: Desk) -> None:
    desk.post(journal("S1"))
    lock(desk)
    desk.post(journal("S1", fees="3.00"))
    with open_books(desk.books_url) as books:
        assert "it is in Xero" in retry.let_go(books, "journal:S1:2026-04")
