"""The VAT report on its way through the mapper: with the settlement, before it, after it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from source_records import ORDER_ID, closing, order, row, vat

import books

Message = dict[str, Any]
Run = Callable[..., list[Message]]
CELLS = {"order_id": ORDER_ID, "sku": "WID-S-UK", "quantity": 1}
SOLD = [row(3, "Order/ItemPrice/Principal", "12.00", **CELLS), closing("12.00")]


@pytest.fixture(autouse=True)
def french_sales(maps_folder: Path) -> None:
    with (maps_folder / "accounts.csv").open("a", encoding="utf-8") as accounts:
        accounts.write("sales,,taxed,FR,200,OSSFR\n")


def of(written: list[Message], stream: str) -> list[dict[str, Any]]:
    return [e["record"] for e in written if e["type"] == "RECORD" and e["stream"] == stream]


def keep(written: list[Message], url: str) -> None:
    """Do what a target does: keep proofs, what VAT reports say, and what was posted."""
    with books.open_books(url) as kept:
        kept.vat_lines.record(of(written, "vat_lines"))
        for proof in of(written, "settlements"):
            kept.record_proof(proof)
        for stream in ("invoices", "payments"):
            for record in of(written, stream):
                kept.save([posting(stream, record)])


def posting(stream: str, record: dict[str, Any]) -> books.Posting:
    return books.Posting(
        tenant="T1",
        document_id=record["document_id"],
        stream=stream,
        state=books.State.POSTED,
        content_hash="h",
        document=json.dumps(record),
        settlement_id=record["source"]["settlement_id"],
        order_id=record["source"]["order_id"],
        created_at=datetime(2026, 6, 20, tzinfo=UTC),
    )


def tax_types(written: list[Message]) -> set[str]:
    return {line["tax_type"] for each in of(written, "invoices") for line in each["lines"]}


def test_a_report_of_the_same_run_chooses_the_tax_type(run: Run) -> None:
    written = run([vat(), *SOLD])
    assert tax_types(written) == {"OSSFR"}
    [proof] = of(written, "settlements")
    assert proof["destinations"] == [
        {
            "country": "FR",
            "rate": "20",
            "treatment": "taxed",
            "amount": "12.00",
            "items": [[ORDER_ID, "order", "WID-S-UK"]],
        }
    ]


def test_a_report_of_an_earlier_run_is_remembered(run: Run, books_url: str) -> None:
    keep(run([vat()]), books_url)
    second = run(SOLD)
    assert tax_types(second) == {"OSSFR"}
    assert of(second, "vat_lines") == []


def test_a_report_read_again_says_nothing_new(run: Run, books_url: str) -> None:
    first = run([vat()])
    assert [each["order_id"] for each in of(first, "vat_lines")] == [ORDER_ID]
    keep(first, books_url)
    assert of(run([vat()]), "vat_lines") == []


def test_a_report_that_comes_after_the_settlement_changes_nothing_and_is_named(
    run: Run, books_url: str
) -> None:
    first = run(SOLD)
    assert tax_types(first) == {"ZERORATEDOUTPUT"}
    keep(first, books_url)

    second = run([vat()])

    assert of(second, "invoices") == of(second, "journals") == []
    [proof] = of(second, "settlements")
    [late] = [each for each in proof["differences"] if each["name"] == "vat_report_late"]
    assert late["amount"] == "12.00"
    assert "1 items to FR 20 %" in late["details"]
    keep(second, books_url)
    assert of(run([]), "settlements") == [], "it is said once"


def test_a_settlement_read_again_after_a_late_report_gives_the_same_documents(
    run: Run, books_url: str
) -> None:
    first = run(SOLD)
    keep(first, books_url)
    second = run([vat(), *SOLD])
    for stream in ("invoices", "payments", "bank_transactions"):
        assert of(second, stream) == of(first, stream)
    *_, proof = of(second, "settlements")
    assert "vat_report_late" in [each["name"] for each in proof["differences"]]


def test_a_settlement_posted_by_the_report_stays_so_when_it_is_read_again(
    run: Run, books_url: str
) -> None:
    first = run([vat(), *SOLD])
    keep(first, books_url)
    second = run(SOLD)
    assert of(second, "invoices") == of(first, "invoices")
    [proof] = of(second, "settlements")
    assert "vat_report_late" not in [each["name"] for each in proof["differences"]]


def test_an_invoice_posted_before_the_report_is_not_changed_by_it(run: Run, books_url: str) -> None:
    sold = order("12.00")
    sold["record"]["items"][0] |= {
        "proceeds_total": "12.00",
        "breakdowns": [{"type": "ITEM", "subtotal": "12.00", "details": []}],
    }
    sold["record"]["grand_total"] = "12.00"
    assert tax_types(run([vat(), sold])) == {"OSSFR"}, "known in time, it counts"
    first = run([sold])
    keep(first, books_url)
    second = run([vat(), sold])
    assert of(second, "invoices") == of(first, "invoices")


def test_movements_of_goods_are_no_sales_and_a_line_without_figures_is_told(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    written = run(
        [
            vat(transaction_type="FC_TRANSFER"),
            vat(transaction_event_id="FBA15XYZ", activity_transaction_id="A3"),
            vat(amount_vat_incl=None, activity_transaction_id="A4"),
        ]
    )
    assert of(written, "vat_lines") == []
    assert "1 lines of the VAT report are left out" in caplog.text
    assert f"activity A4 of order {ORDER_ID}: no amount_vat_incl" in caplog.text


def test_what_amazon_collects_itself_needs_no_rate(run: Run) -> None:
    collected = vat(tax_collection_responsibility="MARKETPLACE", vat_rate=None, vat_amount=None)
    [proof] = of(run([collected, *SOLD]), "settlements")
    assert [each["treatment"] for each in proof["destinations"]] == ["facilitator"]


def test_reports_of_two_months_add_up_and_a_corrected_line_replaces_its_first(
    run: Run, books_url: str
) -> None:
    keep(run([vat(amount_vat_incl="11.00")]), books_url)
    refund = vat(transaction_type="REFUND", activity_transaction_id="A2", amount_vat_incl="-12.00")
    [record] = of(run([vat(), refund]), "vat_lines")
    assert [(each["kind"], each["gross"]) for each in record["lines"]] == [
        ("order", "12.00"),
        ("refund", "-12.00"),
    ]
