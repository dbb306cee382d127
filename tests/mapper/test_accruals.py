"""Deferred transactions through the mapper: remembered, recognised, released, read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from source_records import closing, sale, schema, state, transaction

import books
from transforms import messages

Message = dict[str, Any]
Run = Callable[..., list[Message]]
PARTS = {"ProductCharges/OurPricePrincipal": "20.00", "AmazonFees/Commission": "-3.00"}
JUNE = transaction("T9", "2026-06-02T10:00:00Z", {"ProductCharges": "1.00"})


@pytest.fixture(autouse=True)
def accruing(maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "refunds:", "deferred: accrue\nrefunds:")
    edit(maps_folder, "accounts.csv", "\nsales,,,,", "\ndeferred_balance,,,,616,\nsales,,,,")
    edit(maps_folder, "marketplaces.csv", "090,orders", "090,settlements")


def edit(folder: Path, table: str, old: str, new: str) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8")


def deferred(
    transaction_id: str = "T1",
    posted: str = "2026-05-28T10:00:00Z",
    parts: dict[str, str] = PARTS,
    **more: Any,
) -> dict[str, Any]:
    values = {"transaction_status": "DEFERRED", "deferral_reason": "DD7", **more}
    return transaction(transaction_id, posted, parts, **values)


def released(posted: str = "2026-06-04T10:00:00Z", of: str = "T1") -> dict[str, Any]:
    return transaction("R1", posted, PARTS, deferred_transaction_id=of)


def records_of(written: list[Message], stream: str) -> list[dict[str, Any]]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == stream
    ]


def keep(written: list[Message], url: str) -> None:
    with books.open_books(url) as kept:
        for record in records_of(written, "deferrals"):
            kept.deferrals.record(record)
        for record in records_of(written, "held"):
            kept.record_held(record)


def post(written: list[Message], url: str) -> None:
    """Write journals down as the target does once Xero has them."""
    keep(written, url)
    with books.open_books(url) as kept:
        kept.save(
            books.Posting(
                tenant="T1",
                document_id=record["document_id"],
                stream="journals",
                state=books.State.POSTED,
                content_hash="h",
                document=json.dumps(record),
                vendor_id=f"XERO-{record['document_id']}",
            )
            for record in records_of(written, "journals")
        )


def other(transaction_id: str, posted: str) -> dict[str, Any]:
    return transaction(transaction_id, posted, {"ProductCharges": "1.00"})


def ids(written: list[Message]) -> list[str]:
    return [record["document_id"] for record in records_of(written, "journals")]


def test_a_month_end_is_made_once_a_transaction_of_the_next_month_was_read(run: Run) -> None:
    assert ids(run([schema("transactions"), deferred()])) == []
    written = run([schema("transactions"), deferred(), JUNE, state("after")])
    [journal] = records_of(written, "journals")
    assert journal["document_id"] == "deferred:Amazon.co.uk:2026-05"
    assert {line["account"]: line["amount"] for line in journal["lines"]} == {
        "200": "-20.00",
        "401": "3.00",
        "616": "17.00",
    }
    validator = Draft202012Validator(messages.schema("journals"))
    assert list(validator.iter_errors(journal)) == []
    [memory] = records_of(written, "deferrals")
    assert list(Draft202012Validator(messages.schema("deferrals")).iter_errors(memory)) == []


def test_state_follows_the_documents_of_its_stream(run: Run) -> None:
    written = run([schema("transactions"), deferred(), JUNE, state("mid"), schema("settlements")])
    kinds = [
        each["type"] if each["type"] != "RECORD" else each["stream"]
        for each in written
        if each["type"] != "SCHEMA"
    ]
    assert kinds == ["deferrals", "journals", "STATE"]


def test_the_next_run_releases_what_the_books_remember(run: Run, books_url: str) -> None:
    keep(run([deferred(), JUNE]), books_url)
    written = run([released(), transaction("T8", "2026-07-01T10:00:00Z", {"ProductCharges": "1"})])
    made = {record["document_id"]: record for record in records_of(written, "journals")}
    assert sorted(made) == ["deferred:Amazon.co.uk:2026-05", "released:Amazon.co.uk:2026-06"]
    june = made["released:Amazon.co.uk:2026-06"]
    back = {line["account"]: line["amount"] for line in june["lines"]}
    assert back == {"200": "20.00", "401": "-3.00", "616": "-17.00"}
    [memory] = records_of(written, "deferrals")
    assert memory["released"] == "2026-06-04"


def test_a_month_end_passes_even_when_nothing_deferred_is_read_again(
    run: Run, books_url: str
) -> None:
    first = run([deferred()])
    assert ids(first) == []
    keep(first, books_url)
    assert ids(run([JUNE])) == ["deferred:Amazon.co.uk:2026-05"]


def test_the_same_knowledge_in_any_order_of_reading_makes_the_same_document(
    run: Run, books_url: str
) -> None:
    july = transaction("T8", "2026-07-01T10:00:00Z", {"ProductCharges": "1.00"})
    at_once = records_of(run([deferred(), JUNE, released(), july]), "journals")
    backwards = records_of(run([july, released(), JUNE, deferred()]), "journals")
    assert at_once == backwards
    keep(run([deferred()]), books_url)
    keep(run([JUNE]), books_url)
    piecemeal = records_of(run([released(), july]), "journals")
    assert piecemeal == at_once


def test_a_deferral_read_late_changes_the_months_document(run: Run, books_url: str) -> None:
    keep(run([deferred(), JUNE]), books_url)
    written = run([deferred("T2", "2026-05-30T10:00:00Z"), JUNE])
    [journal] = records_of(written, "journals")
    assert journal["lines"][-1]["amount"] == "34.00"
    assert "2 transactions (DD7 2)" in journal["narration"]


def test_a_month_in_which_nothing_ran_is_made_up_for_and_then_left_alone(
    run: Run, books_url: str
) -> None:
    post(run([deferred(), deferred("T2", "2026-05-29T10:00:00Z"), JUNE]), books_url)
    post(run([released(), other("T8", "2026-06-20T10:00:00Z")]), books_url)
    august = run([other("T10", "2026-08-05T10:00:00Z")])
    assert "released:Amazon.co.uk:2026-06" in ids(august)
    post(august, books_url)
    assert "released:Amazon.co.uk:2026-06" not in ids(run([other("T11", "2026-08-06T10:00:00Z")]))


def test_over_the_turn_of_the_year(run: Run, books_url: str) -> None:
    first = run([deferred(posted="2026-12-30T10:00:00Z"), other("T8", "2027-01-02T10:00:00Z")])
    keep(first, books_url)
    second = run([released("2027-01-06T10:00:00Z"), other("T9", "2027-02-01T10:00:00Z")])
    made = [*records_of(first, "journals"), *records_of(second, "journals")[1:]]
    assert [(each["document_id"], each["date"]) for each in made] == [
        ("deferred:Amazon.co.uk:2026-12", "2026-12-31"),
        ("released:Amazon.co.uk:2027-01", "2027-01-06"),
    ]
    balance = [
        line["amount"] for each in made for line in each["lines"] if line["account"] == "616"
    ]
    assert balance == ["17.00", "-17.00"]


def test_a_transaction_that_is_deferred_again_waits_on_from_its_release(run: Run) -> None:
    again = deferred("T2", "2026-06-04T10:00:00Z", deferred_transaction_id="T1")
    written = run([deferred(), deferred(), again, other("T8", "2026-07-02T10:00:00Z")])
    assert {
        each["document_id"]: each["lines"][-1]["amount"] for each in records_of(written, "journals")
    } == {
        "deferred:Amazon.co.uk:2026-05": "17.00",
        "released:Amazon.co.uk:2026-06": "-17.00",
        "deferred:Amazon.co.uk:2026-06": "17.00",
    }


def test_another_currency_than_the_marketplaces_holds_the_month(run: Run) -> None:
    written = run([deferred(currency="EUR"), deferred("T2"), JUNE])
    assert ids(written) == []
    [held] = records_of(written, "held")
    assert held["reason"] == "unclear_amounts"
    assert "transaction T1 of 2026-05-28 is in EUR, Amazon.co.uk settles in GBP" in held["details"]


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ({"marketplace_id": "A13V1IB3VIYZZH", "marketplace_name": "Amazon.fr"}, "Amazon.fr"),
        ({"marketplace_id": None, "marketplace_name": None}, "no marketplace"),
    ],
)
def test_a_deferral_of_a_marketplace_that_the_maps_lack_is_counted_aloud(
    run: Run, caplog: pytest.LogCaptureFixture, where: dict[str, Any], named: str
) -> None:
    assert records_of(run([deferred(**where), JUNE]), "deferrals") == []
    assert f"1 deferred transactions of {named} are in no month end" in caplog.text


def test_a_posted_month_end_of_which_nothing_is_left_is_named_until_it_is_voided(
    run: Run, books_url: str
) -> None:
    post(run([deferred(), JUNE]), books_url)
    late = run([released("2026-05-31T10:00:00Z"), JUNE])
    [held] = records_of(late, "held")
    assert (held["document_id"], held["reason"]) == (
        "deferred:Amazon.co.uk:2026-05",
        "nothing_left",
    )
    assert "its document stands in Xero: void it there" in held["details"]
    keep(late, books_url)
    assert [each["state"] for each in records_of(run([]), "held")] == ["held"]
    void("deferred:Amazon.co.uk:2026-05", books_url)
    assert [each["state"] for each in records_of(run([]), "held")] == ["resolved"]


def void(document_id: str, url: str) -> None:
    """Keep what reconcile reads back once a person has voided a document in Xero."""
    with books.open_books(url) as kept:
        kept.keep_readings(
            [
                books.Reading(
                    tenant="T1",
                    document_id=document_id,
                    kind="journals",
                    status="VOIDED",
                    updated="",
                    date="2026-05-31",
                    currency="GBP",
                    total=Decimal(0),
                    read_at=datetime.now(UTC),
                )
            ]
        )


def test_a_release_that_moves_to_another_month_leaves_the_first(run: Run, books_url: str) -> None:
    gone = deferred(transaction_status="DEFERRED_RELEASED", maturity_date="2026-06-03T00:00:00Z")
    kept = deferred("T2", "2026-05-29T10:00:00Z", transaction_status="DEFERRED_RELEASED")
    kept["record"]["maturity_date"] = "2026-06-05T00:00:00Z"
    post(run([gone, kept, other("T8", "2026-07-01T10:00:00Z")]), books_url)
    moved = run([released("2026-07-02T10:00:00Z"), other("T9", "2026-09-01T10:00:00Z")])
    made = {each["document_id"]: each for each in records_of(moved, "journals")}
    assert made["released:Amazon.co.uk:2026-06"]["lines"][-1]["amount"] == "-17.00"
    assert made["released:Amazon.co.uk:2026-07"]["lines"][-1]["amount"] == "-17.00"


def test_amazons_own_maturity_date_stands_in_until_the_release_is_read(
    run: Run, books_url: str
) -> None:
    gone = deferred(transaction_status="DEFERRED_RELEASED", maturity_date="2026-06-03T00:00:00Z")
    july = transaction("T8", "2026-07-01T10:00:00Z", {"ProductCharges": "1.00"})
    first = run([gone, july])
    [_, back] = records_of(first, "journals")
    assert back["date"] == "2026-06-03"
    keep(first, books_url)
    [_, back] = records_of(run([released("2026-06-04T10:00:00Z"), july]), "journals")
    assert back["date"] == "2026-06-04"


def test_an_unknown_label_holds_the_month_until_breakdowns_csv_has_it(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    strange = deferred(parts={"ProductCharges": "20.00", "AmazonFees/Novelty": "-1.00"})
    first = run([strange, JUNE])
    assert ids(first) == []
    [held] = records_of(first, "held")
    assert (held["document_id"], held["reason"]) == (
        "deferred:Amazon.co.uk:2026-05",
        "unknown_breakdown",
    )
    assert "add a line `Shipment,AmazonFees/Novelty,CLASS` to breakdowns.csv" in held["details"]
    keep(first, books_url)
    (maps_folder / "breakdowns.csv").write_text(
        "transaction_type,breakdown,class\nShipment,AmazonFees/Novelty,service_fee\n",
        encoding="utf-8",
    )
    second = run([])
    assert ids(second) == ["deferred:Amazon.co.uk:2026-05"]
    assert [record["state"] for record in records_of(second, "held")] == ["resolved"]


def test_a_transaction_whose_parts_do_not_add_up_is_held_not_guessed(run: Run) -> None:
    [held] = records_of(run([deferred(total_amount="18.00"), JUNE]), "held")
    assert "its breakdowns do not add up to its total" in held["details"]


def test_a_type_without_parts_below_its_items_is_read_from_the_transaction(run: Run) -> None:
    reimbursed = deferred(
        parts={"FBAInventoryReimbursement": "8.00"}, transaction_type="FBAInventoryReimbursement"
    )
    for item in reimbursed["record"]["items"]:
        item["breakdowns"] = None
    [journal] = records_of(run([reimbursed, JUNE]), "journals")
    assert [line["amount"] for line in journal["lines"]] == ["-8.00", "8.00"]


def test_off_by_default_nothing_is_remembered_nor_announced(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "deferred: accrue\n", "")
    written = run([schema("transactions"), deferred(), JUNE])
    assert [each for each in written if each["type"] == "RECORD"] == []
    assert "deferrals" not in {each.get("stream") for each in written}


def test_the_transactions_of_a_settlement_are_compared_with_it(run: Run) -> None:
    parts = {"ProductCharges": "10.00", "Tax": "2.00", "AmazonFees/Commission": "-1.00"}
    listed = transaction(
        "T1", "2026-06-03T10:00:00Z", parts, "settlement_transactions", settlement_id="7001"
    )
    written = run([*sale(3, "10.00"), listed, closing("11.00")])
    [proof] = records_of(written, "settlements")
    assert {each["class"]: each["events"] for each in proof["events"]} == {
        "sales": "10.00",
        "tax": "2.00",
        "referral_fee": "-1.00",
    }
    assert [each["name"] for each in proof["differences"]] == ["event_group_missing"]
    validator = Draft202012Validator(messages.schema("settlements"))
    assert list(validator.iter_errors(proof)) == []


def test_a_transaction_without_a_day_is_held_and_the_run_goes_on(run: Run) -> None:
    undated = deferred("T5", posted_date=None)
    written = run([undated, deferred(), JUNE])
    [held] = records_of(written, "held")
    assert (held["document_id"], held["reason"]) == ("deferral:T5", "unreadable")
    assert ids(written) == ["deferred:Amazon.co.uk:2026-05"]


def test_a_transaction_that_can_be_read_at_last_no_longer_waits(run: Run, books_url: str) -> None:
    keep(run([deferred("T5", posted_date=None), JUNE]), books_url)
    [*_, said] = records_of(run([deferred("T5"), JUNE]), "held")
    assert (said["document_id"], said["state"]) == ("deferral:T5", "resolved")


def test_an_unreadable_transaction_of_a_settlement_is_named_and_the_settlement_posts(
    run: Run,
) -> None:
    undated = transaction(
        "T1", "", {"Tax": "1"}, "settlement_transactions", settlement_id="7001", posted_date=None
    )
    written = run([*sale(3, "10.00"), undated, closing("11.00")])
    [proof] = records_of(written, "settlements")
    assert "unreadable" in {each["name"] for each in proof["differences"]}
    assert proof["status"] == "tied"
