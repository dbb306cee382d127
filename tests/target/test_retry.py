"""What a person voided stays voided until `retry` says otherwise; nothing is posted twice by it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
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
    transfer,
)

from books import State, open_books
from target_xero.retry import main
from target_xero.tally import Did
from xero_api import OutcomeUnknown

ORDER = order_id(1)
Lines = list[str]


@pytest.fixture
def retry(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("TARGET_XERO_BOOKS", desk.books_url)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        told = capsys.readouterr()
        return code, (told.out + told.err).strip()

    return run


def void(desk: Desk, register: str, status: str = "VOIDED") -> None:
    """What a person does in Xero's own pages; the ledger forgets it."""
    desk.organisation.clock.advance(minutes=5)
    found = list(getattr(desk.organisation, register))[-1]
    for name in ("ManualJournalID", "InvoiceID", "CreditNoteID"):
        if name in found and register != "payments":
            desk.organisation.ledger.post(found[name], ())
    for name in ("BankTransactionID", "BankTransferID"):
        if name in found:
            desk.organisation.ledger.post(found[name], ())
    desk.organisation.save(getattr(desk.organisation, register), {**found, "Status": status})


CASES = [
    (invoice(ORDER), "invoices", "VOIDED"),
    (invoice(ORDER, settlement="S1"), "invoices", "VOIDED"),
    (
        invoice(
            ORDER,
            document_id="bill:1",
            kind="bill",
            number="FEES-1",
            lines=[invoice_line("12.00", account="401", tax_type="INPUT2", item_code=None)],
        ),
        "invoices",
        "VOIDED",
    ),
    (credit_note(ORDER, "S1", refund=None, refunds=None), "credit_notes", "VOIDED"),
    (journal("S1"), "manual_journals", "VOIDED"),
    (payout("S1"), "bank_transactions", "DELETED"),
    (transfer(), "bank_transfers", "DELETED"),
]
IDS = ["invoice", "if_absent", "bill", "credit note", "journal", "payout", "transfer"]


@pytest.mark.parametrize(("document", "register", "status"), CASES, ids=IDS)
def test_what_was_voided_is_posted_anew_once(
    desk: Desk, retry: Any, document: Recorded, register: str, status: str
) -> None:
    desk.post(document)
    balance = desk.balance()
    void(desk, register, status)
    mark = desk.mark
    desk.post(document)
    assert desk.writes(mark) == [], "until told otherwise"
    code, told = retry(str(document[1]["document_id"]))
    assert (code, told.endswith("unless it still stands in Xero")) == (0, True)
    assert desk.post().count(Did.POSTED) == 1
    assert desk.balance() == balance
    assert desk.posting(str(document[1]["document_id"])).reason is None
    mark = desk.mark
    desk.post(document)
    assert desk.writes(mark) == []


@pytest.mark.parametrize(("document", "register", "status"), CASES, ids=IDS)
def test_a_retry_of_what_still_stands_adopts_it(
    desk: Desk, retry: Any, document: Recorded, register: str, status: str
) -> None:
    del register, status
    desk.post(document)
    retry(str(document[1]["document_id"]))
    mark = desk.mark
    tally = desk.post()
    assert desk.writes(mark) == []
    assert tally.count(Did.ADOPTED) == 1


def test_a_retry_survives_a_run_that_dies(desk: Desk, retry: Any) -> None:
    desk.post(journal("S1"))
    balance = desk.balance()
    void(desk, "manual_journals")
    retry("journal:S1:2026-04")
    fault = desk.organisation.faults.respond(500, method="PUT", path="*/Manual*", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post()
    fault.times = 0
    desk.organisation.clock.advance(minutes=10)
    assert desk.post().count(Did.POSTED) == 1
    assert desk.balance() == balance


def test_a_retry_that_has_to_wait_is_not_forgotten(desk: Desk, retry: Any) -> None:
    desk.post(journal("S1"))
    void(desk, "manual_journals")
    retry("journal:S1:2026-04")
    lock = desk.organisation.lock_dates
    lock["PeriodLockDate"] = desk.organisation.today().replace(day=15)
    assert "Xero is locked up to" in desk.post().lines[0]
    lock.clear()
    assert desk.post().count(Did.POSTED) == 1


def test_a_voided_number_is_kept_by_xero_so_the_next_one_is_taken(desk: Desk, retry: Any) -> None:
    desk.post(invoice(ORDER))
    void(desk, "invoices")
    retry(f"invoice:{ORDER}")
    desk.post()
    assert [each["InvoiceNumber"] for each in desk.organisation.invoices] == [
        *(f"AMZ-{ORDER}", f"AMZ-{ORDER}-v2")
    ]
    desk.post(payment(ORDER, "S1"))
    assert [each["Status"] for each in desk.organisation.invoices] == ["VOIDED", "PAID"]


def test_a_payment_that_was_deleted_is_posted_anew(desk: Desk, retry: Any) -> None:
    desk.post(invoice(ORDER), payment(ORDER, "S1", "5.00"))
    identity = f"payment:S1:{ORDER}"
    retry(identity)
    mark = desk.mark
    assert desk.post().count(Did.ADOPTED) == 1, "it stands"
    assert desk.writes(mark) == []
    (paid,) = desk.organisation.payments
    (sale,) = desk.organisation.invoices
    changes = {"_payments": [], "AmountPaid": Decimal(0), "AmountDue": Decimal("12.00")}
    desk.organisation.save(desk.organisation.invoices, {**sale, **changes})
    desk.organisation.save(desk.organisation.payments, {**paid, "Status": "DELETED"})
    retry(identity)
    assert desk.post().count(Did.POSTED) == 1


def test_a_refund_and_an_allocation_that_were_removed_are_posted_anew(
    desk: Desk, retry: Any
) -> None:
    documents = [invoice(ORDER), credit_note(ORDER, "S1", refund="2.00")]
    desk.post(*documents)
    balance = desk.balance()
    made = [f"credit:S1:{ORDER}:refund", f"credit:S1:{ORDER}:allocation"]
    retry(*made)
    mark = desk.mark
    assert desk.post().count(Did.ADOPTED) == 2, "they stand"
    assert desk.writes(mark) == []
    (refund,) = desk.organisation.payments
    (note,) = desk.organisation.credit_notes
    path = f"CreditNotes/{note['CreditNoteID']}/Allocations"
    with desk.running() as run:
        run.session.write("POST", f"Payments/{refund['PaymentID']}", {"Status": "DELETED"})
        run.session.write("DELETE", f"{path}/{note['Allocations'][0]['AllocationID']}", {})
    retry(*made)
    assert desk.post().summary() == "posted 1 refund, 1 allocation"
    assert desk.balance() == balance


def test_what_is_tried_by_each_run_is_left_alone(desk: Desk, retry: Any) -> None:
    desk.post(journal("S1", currency="EUR"))
    code, told = retry("journal:S1:2026-04")
    assert (code, told) == (
        0,
        "journal:S1:2026-04: it is rejected, and each run tries it again by itself",
    )
    assert desk.posting("journal:S1:2026-04").state is State.REJECTED


def test_what_may_be_on_its_way_is_left_alone(desk: Desk, retry: Any) -> None:
    desk.organisation.faults.respond(500, method="PUT", path="*/Manual*", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post(journal("S1"))
    assert retry("journal:S1:2026-04")[1].endswith("the next run finds out")
    assert desk.posting("journal:S1:2026-04").state is State.INTENDED


def test_an_unknown_document_is_said_to_be_unknown(desk: Desk, retry: Any) -> None:
    assert retry("invoice:1") == (1, "there are no books yet: nothing was posted")
    desk.post(journal("S1"))
    assert retry("invoice:1") == (1, "invoice:1: no such document in the books")


def test_a_document_of_two_organisations_needs_a_name(desk: Desk, retry: Any) -> None:
    desk.post(journal("S1"))
    other = "00000000-0000-0000-0000-00000000000a"
    with open_books(desk.books_url) as books:
        books.tenant(other, "Other Ltd")
        (row,) = books.postings(stream="journals")
        books.save([type(row)(**{**_fields(row), "tenant": other})])
    code, told = retry("journal:S1:2026-04")
    assert code == 1
    assert "add --organisation (Demo Company (UK), Other Ltd)" in told
    assert retry("journal:S1:2026-04", "--organisation", "Other Ltd")[0] == 0
    with open_books(desk.books_url) as books:
        states = {each.tenant: each.state for each in books.postings(stream="journals")}
    assert states[other] is State.HELD
    assert len(set(states.values())) == 2


def test_a_run_at_work_is_not_disturbed(desk: Desk, retry: Any) -> None:
    desk.post(journal("S1"))
    with desk.running() as run:
        run.desk()
        code, told = retry("journal:S1:2026-04")
    assert code == 1
    assert "works on this organisation" in told


def test_meltano_knows_the_command(root: Path) -> None:
    project = yaml.safe_load((root / "meltano.yml").read_text(encoding="utf-8"))
    (target,) = [each for each in project["plugins"]["loaders"] if each["name"] == "target-xero"]
    assert target["commands"]["retry"]["args"] == "-m target_xero.retry"


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@pytest.mark.parametrize(
    "document",
    [journal("S1", "2026-08"), payout("S1", date="2026-08-16"), transfer(date="2026-08-16")],
    ids=["journal", "payout", "transfer"],
)
def test_a_retry_looks_up_what_these_books_would_otherwise_know(
    desk: Desk, retry: Any, document: Recorded
) -> None:
    """It is dated so late that no lost books can have posted it; still it stands."""
    desk.post(document, invoice(order_id(9)))
    retry(str(document[1]["document_id"]))
    mark = desk.mark
    assert desk.post().count(Did.ADOPTED) == 1
    assert desk.writes(mark) == []
