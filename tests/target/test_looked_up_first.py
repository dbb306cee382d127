"""What bears no number of its own is looked up before it is first sent: in whatever way books err.

A table: each kind of document, dated near and far, against each way in which books can know less
than Xero does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    journal,
    order_id,
    payment,
    payout,
    settlement,
    transfer,
)

from books import State
from target_xero.tally import Did
from xero_api import Unavailable

A, B = order_id(1), order_id(2)
NEAR, FAR = "2026-04-16", "2027-01-14"
# Before anything goes wrong these are in the books, and in Xero.
KNOWN = [*settlement("S0", [order_id(50)]), invoice(A, "30.00"), invoice(B, "30.00")]


def of_each_kind(date: str) -> dict[str, list[Recorded]]:
    return {
        "journal": [journal("S1", date[:7], date=date)],
        "payout": [payout("S1", date=date)],
        "transfer": [transfer("T1", date=date)],
        "part payment": [payment(A, "S1", "5.00", date=date)],
        "credit note and refund": [credit_note(B, "S1", date=date)],
        "bill": [invoice(order_id(3), document_id="bill:1", kind="bill", date=date)],
        "order's invoice": [invoice(order_id(4), date=date)],
        "settlement's invoice": [invoice(order_id(5), settlement="S1", date=date)],
    }


def lost(desk: Desk) -> None:
    desk.lose_books()


def lost_and_a_run_with_other_documents_ended(desk: Desk) -> None:
    """Another state id's run: it completes, and brings nothing of this."""
    desk.lose_books()
    assert desk.post(*settlement("S9", [order_id(99)])).count(Did.POSTED)


def lost_and_a_run_without_documents_ended(desk: Desk) -> None:
    desk.lose_books()
    desk.post()


def lost_and_the_run_that_adopts_died(desk: Desk) -> None:
    desk.lose_books()
    faults = desk.organisation.faults
    dead = [faults.respond(500, path=f"*/{name}", times=None) for name in ("Accounts", "Payments")]
    with pytest.raises(Unavailable):
        desk.post(*KNOWN, payment(A, "S7", "1.00"), journal("S7"))
    for fault in dead:
        fault.times = 0


def lost_and_months_have_passed(desk: Desk) -> None:
    desk.lose_books()
    desk.post(*settlement("S9", [order_id(99)]))
    desk.organisation.clock.advance(days=300)


def restored_from_an_old_copy(desk: Desk) -> None:
    desk.lose_books()
    (desk.folder / "books.db").write_bytes((desk.folder / "copy.db").read_bytes())


def beside_other_books(desk: Desk) -> None:
    """Somebody's laptop posted it; these books went on knowing nothing of that."""
    restored_from_an_old_copy(desk)
    desk.organisation.clock.advance(days=60)
    desk.post(*settlement("S8", [order_id(98)]))


WAYS: list[Callable[[Desk], None]] = [
    lost,
    lost_and_a_run_with_other_documents_ended,
    lost_and_a_run_without_documents_ended,
    lost_and_the_run_that_adopts_died,
    lost_and_months_have_passed,
    restored_from_an_old_copy,
    beside_other_books,
]


def copy_books(folder: Path) -> None:
    with (
        closing(sqlite3.connect(folder / "books.db")) as books,
        closing(sqlite3.connect(folder / "copy.db")) as copy,
    ):
        books.backup(copy)


@pytest.mark.parametrize("date", [NEAR, FAR])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_document_of_any_kind_is_posted_twice(
    desk: Desk, way: Callable[[Desk], None], date: str
) -> None:
    load = [each for found in of_each_kind(date).values() for each in found]
    desk.post(*KNOWN)
    copy_books(desk.folder)
    assert not desk.post(*load).lines
    way(desk)
    before, balance, mark = desk.documents(), desk.balance(), desk.mark
    tally = desk.post(*KNOWN, *load)
    # A sales invoice whose number is taken may be sent: Xero refuses it, and it is adopted.
    assert {each.path.rpartition("/")[2] for each in desk.writes(mark)} <= {"Invoices"}
    assert (desk.documents(), desk.balance()) == (before, balance)
    assert tally.count(Did.POSTED) == 0
    wanted = {record["document_id"] for _, record in load}
    rows = [each for each in desk.postings() if each.document_id in wanted]
    assert {each.state for each in rows} == {State.POSTED}, tally.lines
    mark = desk.mark
    desk.post(*KNOWN, *load)
    assert len(desk.calls(mark)) <= 2


@pytest.mark.parametrize("kind", ["journal", "payout", "transfer", "part payment"])
def test_what_a_person_removed_stays_removed_when_the_books_are_lost(desk: Desk, kind: str) -> None:
    """Deleted or voided, a document bears its marker still, and nobody asked for it anew."""
    load = of_each_kind(NEAR)[kind]
    desk.post(*KNOWN, *load)
    org = desk.organisation
    removed = {
        "journal": (org.manual_journals, "VOIDED"),
        "payout": (org.bank_transactions, "DELETED"),
        "transfer": (org.bank_transfers, "DELETED"),
        "part payment": (org.payments, "DELETED"),
    }
    register, status = removed[kind]
    marker = f"[amz:{load[0][1]['document_id']}]"
    for each in register:
        if marker in str(each.get("Reference") or each.get("Narration")):
            each["Status"] = status
    desk.lose_books()
    mark = desk.mark
    tally = desk.post(*load)
    assert [each for each in desk.writes(mark) if "Contacts" not in each.path] == []
    assert [each for each in tally.lines if "it stays so" in each]


def test_a_locked_period_does_not_hide_what_is_in_it(desk: Desk) -> None:
    """The accountant locks the past, then the books are lost: all of it is adopted, not held."""
    load = [each for found in of_each_kind(NEAR).values() for each in found]
    desk.post(*KNOWN, *load)
    desk.organisation.lock_dates["PeriodLockDate"] = desk.organisation.clock.now().date()
    desk.lose_books()
    mark = desk.mark
    tally = desk.post(*KNOWN, *load)
    assert desk.writes(mark) == []
    assert [each for each in tally.lines if "bill:1" not in each] == []


def test_a_number_that_stands_at_another_date_is_found_when_xero_refuses_it(desk: Desk) -> None:
    """A thousand numbers are looked for around their dates; what stands elsewhere is not there."""
    orders = [order_id(number) for number in range(1, 101)]
    desk.post(invoice(orders[0], date="2024-01-05"), invoice(orders[1], date="2024-01-05"))
    desk.post(payment(orders[1], "S0", date="2024-01-09"))
    desk.lose_books()
    mark = desk.mark
    tally = desk.post(*settlement("S1", orders))
    assert tally.count(Did.REJECTED) == tally.count(Did.HELD) == 0, tally.lines
    numbers = {str(each["InvoiceNumber"]) for each in desk.organisation.invoices}
    assert numbers == {f"AMZ-{each}" for each in orders} | {f"AMZ-{orders[1]}-2"}
    assert desk.posting(f"invoice:{orders[0]}:S1").reason == "by_number"
    reads = [each for each in desk.calls(mark) if each.method == "GET" and "Invoices" in each.path]
    assert len(reads) <= 5


@pytest.mark.parametrize("known", [False, True], ids=["new books", "books of long ago"])
@pytest.mark.parametrize("made_from", ["orders", "settlement"])
def test_a_thousand_orders_with_payments_take_45_calls_and_again_2(
    desk: Desk, capsys: pytest.CaptureFixture[str], made_from: str, *, known: bool
) -> None:
    if known:
        desk.post(*settlement("S0", [order_id(5000)]))
        desk.organisation.clock.advance(days=300)
    orders = [order_id(number) for number in range(1, 1001)]
    source = None if made_from == "orders" else "S1"
    load = [invoice(order, settlement=source) for order in orders]
    load += [payment(order, "S1") for order in orders]
    mark = desk.mark
    assert desk.post(*load).count(Did.POSTED) == 2000
    calls, mark = len(desk.calls(mark)), desk.mark
    desk.post(*load)
    again = len(desk.calls(mark))
    with capsys.disabled():
        print(f"\n1,000 orders with payments: {calls} calls, again {again}")  # noqa: T201
    assert calls <= 45
    assert again <= 2
