"""The proof of a settlement stands on its document in Xero, as a file and a note, once."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import Recorded, invoice, order_id, payout, proof, settlement

from books import State
from target_xero import settings
from target_xero.evidence import COLUMNS, as_csv, file_name
from target_xero.tally import Did
from xero_api import GRANULAR_SCOPES, AccessDenied, OutcomeUnknown

ORDERS = [order_id(1)]
FILE = "settlement-S1.csv"


@pytest.fixture(autouse=True)
def _evidence_is_wanted(desk: Desk) -> None:
    desk.evidence = True


def attached(desk: Desk) -> list[tuple[str, str]]:
    return [
        (identity, each["FileName"])
        for identity, files in desk.organisation.attachments.items()
        for each in files
    ]


def noted(desk: Desk) -> list[str]:
    return [each["Details"] for notes in desk.organisation.history.values() for each in notes]


def the_payout(desk: Desk) -> str:
    return str(desk.posting("payout:S1").vendor_id)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_payout_bears_the_file_and_a_note_of_the_run(desk: Desk) -> None:
    tally = desk.post(*settlement("S1", ORDERS))
    assert attached(desk) == [(the_payout(desk), FILE)]
    (note,) = noted(desk)
    assert f"run {desk.posting('payout:S1').run_id} [amz:evidence:S1]" in note
    assert tally.count(Did.POSTED, "evidence") == 1
    assert "1 evidence file" in tally.summary()


def test_a_new_payout_costs_two_calls_more_and_an_unchanged_one_none(desk: Desk) -> None:
    desk.evidence = False
    desk.post(*settlement("S0", [order_id(7)]))
    mark = desk.mark
    desk.post(payout("S2"), proof("S2"))
    plain = len(desk.calls(mark))
    desk.evidence = True
    mark = desk.mark
    desk.post(payout("S1"), proof("S1"))
    assert len(desk.calls(mark)) == plain + 2
    mark = desk.mark
    desk.post(payout("S1"), proof("S1"))
    assert [each.method for each in desk.calls(mark)] == ["GET"]


def test_nothing_is_attached_unless_it_is_wanted(desk: Desk) -> None:
    desk.evidence = False
    desk.post(*settlement("S1", ORDERS))
    assert (attached(desk), noted(desk)) == ([], [])


def test_a_summary_invoice_bears_the_file_where_there_is_no_payout(desk: Desk) -> None:
    summary = invoice(ORDERS[0], document_id="summary:S1:2026-04", kind="settlement")
    documents = [_part("invoices", "summary:S1:2026-04")]
    desk.post(summary, proof("S1", documents=documents))
    assert attached(desk) == [(desk.posting("summary:S1:2026-04").vendor_id, FILE)]


def test_an_orders_invoice_never_bears_a_settlements_file(desk: Desk) -> None:
    documents = [_part("invoices", f"invoice:{ORDERS[0]}:S1")]
    desk.post(invoice(ORDERS[0], settlement="S1"), proof("S1", documents=documents))
    assert attached(desk) == []


def test_evidence_waits_for_its_document(desk: Desk) -> None:
    desk.organisation.lock_dates["PeriodLockDate"] = _day("2026-04-30")
    desk.post(payout("S1"), proof("S1"))
    assert attached(desk) == []
    desk.organisation.lock_dates.clear()
    desk.post()
    assert attached(desk) == [(the_payout(desk), FILE)]


def test_a_proof_that_says_something_else_replaces_the_file_and_adds_no_note(desk: Desk) -> None:
    desk.post(payout("S1"), proof("S1"))
    desk.post(payout("S1"), proof("S1", deposit="9.65"))
    ((kept,),) = desk.organisation.attachments.values()
    assert rows(kept["_content"])[0]["amount"] == "9.65"
    assert len(noted(desk)) == 1


def test_it_is_found_again_by_name_when_the_books_are_lost(desk: Desk) -> None:
    desk.post(payout("S1"), proof("S1"))
    desk.lose_books()
    mark = desk.mark
    desk.post(payout("S1"), proof("S1"))
    assert desk.writes(mark) == []
    assert len(attached(desk)) == len(noted(desk)) == 1


@pytest.mark.parametrize("what", ["Attachments", "History"])
@pytest.mark.parametrize("fault", ["drop_response", "error_after_commit", "truncate"])
def test_a_lost_answer_makes_no_second_file_and_no_second_note(
    desk: Desk, what: str, fault: str
) -> None:
    which: dict[str, Any] = {"method": "PUT", "path": f"*/{what}*"}
    if fault == "truncate":
        which["cut"] = 20
    getattr(desk.organisation.faults, fault)(**which)
    desk.post(payout("S1"), proof("S1"))
    assert (len(attached(desk)), len(noted(desk))) == (1, 1)


def test_xero_down_leaves_it_intended_and_the_next_run_ends_it(desk: Desk) -> None:
    fault = desk.organisation.faults.respond(503, method="PUT", path="*/History", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post(payout("S1"), proof("S1"))
    assert desk.posting("evidence:S1").state is State.INTENDED
    fault.times = 0
    desk.post()
    assert (len(attached(desk)), len(noted(desk))) == (1, 1)


def test_a_full_document_is_held_with_xeros_words_and_the_books_go_on(desk: Desk) -> None:
    desk.post(payout("S1"))
    full = [{"FileName": f"{number}.txt"} for number in range(10)]
    desk.organisation.attachments[the_payout(desk)] = full
    tally = desk.post(payout("S1"), proof("S1"), payout("S2"))
    assert tally.count(Did.POSTED, "bank_transactions") == 1
    assert "10 attachments at most" in (desk.posting("evidence:S1").error or "")
    assert tally.exit_code("rejected") == 0


def test_a_connection_without_the_scope_says_which_one(desk: Desk) -> None:
    desk.organisation.faults.respond(403, {"Title": "Forbidden"}, path="*/Attachments/*")
    with pytest.raises(AccessDenied, match="Add the scope for this"):
        desk.post(payout("S1"), proof("S1"))
    assert desk.posting("payout:S1").state is State.POSTED


def test_the_scope_is_asked_for_only_when_evidence_is_wanted() -> None:
    assert settings.scopes({"attach_evidence": False}) == GRANULAR_SCOPES
    both = {"attach_evidence": True, "scopes": "accounting.attachments accounting.invoices"}
    assert settings.scopes(both) == both["scopes"]
    assert settings.scopes({"attach_evidence": True}) == f"{GRANULAR_SCOPES} accounting.attachments"


# The file


def _part(stream: str, document_id: str) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "stream": stream,
        "number": None,
        "date": "2026-04-14",
        "amount": "-2.40",
        "held": False,
    }


def _day(text: str) -> Any:
    return date.fromisoformat(text)


def test_the_file_says_what_the_proof_says() -> None:
    _, record = proof(
        "S1",
        deposit_date="2026-04-16",
        classes=[{"class": "selling_fees", "amount": "-2.40", "rows": 3}],
        documents=[
            _part("journals", "journal:S1:2026-04"),
            _part("payments", f"payment:S1:{ORDERS[0]}"),
        ],
        differences=[{"name": "rounding", "amount": "0.01", "details": "one cent"}],
    )
    found = rows(as_csv(record))
    assert tuple(found[0]) == COLUMNS
    assert [(each["kind"], each["name"], each["amount"]) for each in found] == [
        ("deposit", "tied", "9.60"),
        ("class", "selling_fees", "-2.40"),
        ("document", "journals", "-2.40"),
        ("document", "payments", "-2.40"),
        ("difference", "rounding", "0.01"),
    ]
    assert {each["settlement_id"] for each in found} == {"S1"}
    assert found[2]["document_id"] == "journal:S1:2026-04"
    assert [each["order_id"] for each in found] == ["", "", "", ORDERS[0], ""]


@pytest.mark.parametrize(
    "words", ['=HYPERLINK("x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1"]
)
def test_no_cell_is_a_formula(words: str) -> None:
    _, record = proof("S1", classes=[{"class": words, "amount": "-2.40", "rows": 1}])
    _, found = rows(as_csv(record))[:2]
    assert found["name"] == f"'{words}"
    assert found["amount"] == "-2.40"


@pytest.mark.parametrize(
    ("settlement", "name"),
    [("12345", "settlement-12345.csv"), ("a/../b c", "settlement-a-..-b-c.csv")],
)
def test_a_files_name_is_safe(settlement: str, name: str) -> None:
    assert file_name(settlement) == name


def test_a_held_settlement_has_no_evidence(desk: Desk) -> None:
    held: list[Recorded] = [payout("S1"), proof("S1", status="held")]
    desk.post(*held)
    assert attached(desk) == []
