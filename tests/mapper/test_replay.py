from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from source_records import closing, order, record, row, sale, state

import books

Message = dict[str, Any]
Run = Callable[..., list[Message]]
NEW = "026-5555555-5555555"


def keep(written: list[Message], url: str) -> None:
    """Do what a target does with the mapper's own streams: keep them in books."""
    with books.open_books(url) as kept:
        for each in written:
            if each["type"] != "RECORD":
                continue
            if each["stream"] == "held" and each["record"]["state"] == "held":
                kept.record_held(each["record"])
            elif each["stream"] == "held":
                kept.resolve_held(each["record"]["organisation"], each["record"]["document_id"])
            elif each["stream"] == "settlements":
                kept.record_proof(each["record"])


def ids(written: list[Message], *streams: str) -> list[str]:
    return [
        each["record"]["document_id"]
        for each in written
        if each["type"] == "RECORD" and each["stream"] in streams
    ]


def records_of(written: list[Message], stream: str) -> list[dict[str, Any]]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == stream
    ]


def test_mapping_the_sku_posts_exactly_the_order_that_waited(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    first = run(
        [
            order("5.00", sku="NEW", order_id=NEW),
            *sale(3, "10.00"),
            *sale(6, "5.00", NEW, "NEW"),
            closing("16.00"),
        ]
    )
    assert ids(first, "held") == [f"invoice:{NEW}", f"payment:7001:{NEW}"]
    keep(first, books_url)
    with (maps_folder / "skus.csv").open("a", encoding="utf-8") as skus:
        skus.write("NEW,,MUG-GREEN,,,\n")

    second = run([state("nothing new")])

    assert ids(second, "invoices", "payments", "journals", "bank_transactions") == [
        f"invoice:{NEW}",
        f"invoice:{NEW}:7001",
        f"payment:7001:{NEW}",
    ]
    resolved = [each["state"] for each in records_of(second, "held")]
    assert resolved[-2:] == ["resolved", "resolved"]
    [proof] = records_of(second, "settlements")
    assert not any(document["held"] for document in proof["documents"])
    assert {each["stream"] for each in proof["postings"]} == {"invoices", "journals"}

    keep(second, books_url)
    third = run([])
    assert [each for each in third if each["type"] == "RECORD"] == []


def test_a_rule_for_the_unknown_row_posts_the_settlement_that_waited(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    fee = row(9, "other-transaction/other-transaction/Lithium Battery Surcharge", "-1.00")
    first = run([*sale(3, "10.00"), fee, closing("10.00")])
    assert ids(first, "held") == ["settlement:7001"]
    assert ids(first, "invoices", "payments", "journals", "bank_transactions") == []
    keep(first, books_url)
    (maps_folder / "rules.csv").write_text(
        "transaction_type,amount_type,amount_description,class\n"
        "other-transaction,other-transaction,Lithium Battery Surcharge,storage_fee\n",
        encoding="utf-8",
    )

    second = run([])

    assert ids(second, "journals", "bank_transactions") == ["journal:7001:2026-06", "payout:7001"]
    assert ids(second, "held") == ["settlement:7001"]
    with books.open_books(books_url) as kept:
        assert [each.document_id for each in kept.held("Demo Company (UK)")] == ["settlement:7001"]
    keep(second, books_url)
    with books.open_books(books_url) as kept:
        assert list(kept.held("Demo Company (UK)")) == []


def test_a_line_of_settlements_csv_posts_the_settlement_that_waited_for_it(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    german = "A1PA6795UKMFR9"
    irish = "A28R8C7NBKEWEA,Amazon.ie,GBP,Amazon.ie,,610,090,orders"
    edit(maps_folder, "marketplaces.csv", german, f"{irish}\n{german}")
    fee = row(3, "other-transaction/other-transaction/Subscription Fee", "-25.00")
    fee["record"]["marketplace_name"] = None
    first = run([fee, closing("-25.00")])
    assert [each["reason"] for each in records_of(first, "held")] == ["unclear_marketplace"]
    keep(first, books_url)
    (maps_folder / "settlements.csv").write_text(
        "settlement_id,marketplace\n7001,Amazon.ie\n", encoding="utf-8"
    )

    second = run([])

    assert ids(second, "journals") == ["journal:7001:2026-06"]
    assert records_of(second, "held")[-1]["state"] == "resolved"


def test_a_deposit_in_another_currency_is_posted_when_its_event_group_is_read(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    edit(
        maps_folder,
        "marketplaces.csv",
        "bank_account,posting",
        "bank_account,posting,bank_currency",
    )
    edit(maps_folder, "marketplaces.csv", ",610,090,orders", ",610,095,orders,EUR")
    edit(maps_folder, "accounts.csv", "\nsales,,,,", "\ncurrency_conversion,,,,498,\nsales,,,,")
    first = run([*sale(3, "10.00"), closing("11.00")])
    [held] = records_of(first, "held")
    assert held["reason"] == "no_conversion"
    assert ids(first, "invoices", "payments", "journals", "bank_transactions") == []
    keep(first, books_url)

    other = event_group(end="2026-06-16T00:00:00Z")
    paid = event_group(converted_total="12.87", converted_currency="EUR")
    second = run([record("financial_event_groups", each) for each in (other, paid)])

    [received] = records_of(second, "bank_transactions")
    assert (received["currency"], received["total"]) == ("EUR", "12.87")
    assert ids(second, "journals") == ["journal:7001:2026-06", "conversion:7001"]
    assert records_of(second, "held")[-1]["state"] == "resolved"


def event_group(**changes: str) -> dict[str, Any]:
    values = {
        "group_id": "G9",
        "fund_transfer_status": "Succeeded",
        "currency": "GBP",
        "original_total": "11.00",
        "converted_currency": "GBP",
        "converted_total": "11.00",
        "trace_id": "T1",
        "account_tail": "123",
        "start": "2026-06-01T00:00:00Z",
        "end": "2026-06-15T00:00:00Z",
    }
    return values | changes


def edit(folder: Path, table: str, old: str, new: str) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_still_has_to_wait_stays_held(run: Run, books_url: str) -> None:
    first = run([*sale(3, "5.00", NEW, "NEW"), closing("5.00")])
    keep(first, books_url)
    second = run([])
    assert ids(second, "invoices", "payments") == []
    assert records_of(second, "held") == records_of(first, "held")


def test_a_corrected_report_posts_a_settlement_whose_first_report_did_not_add_up(
    run: Run, books_url: str
) -> None:
    keep(run([*sale(3, "10.00"), closing("99.00")]), books_url)
    corrected = closing("11.00", checksum="bb" * 32, report_id="R2")
    second = run([*sale(3, "10.00"), corrected])
    assert ids(second, "bank_transactions") == ["payout:7001"]
    assert [each["state"] for each in records_of(second, "held")] == ["held", "resolved"]


def test_another_report_of_a_settlement_posted_by_an_earlier_run_changes_nothing(
    run: Run, books_url: str
) -> None:
    keep(run([*sale(3, "10.00"), closing("11.00")]), books_url)
    again = closing("23.00", checksum="bb" * 32, report_id="R2")
    second = run([*sale(3, "20.00"), again])
    assert ids(second, "invoices", "payments", "journals", "bank_transactions") == []


def test_what_another_set_of_books_holds_is_not_replayed(run: Run, books_url: str) -> None:
    first = run([*sale(3, "5.00", NEW, "NEW"), closing("5.00")])
    for each in records_of(first, "held"):
        each["organisation"] = "Another client"
    keep(first, books_url)
    assert ids(run([]), "invoices", "payments", "held") == []


def test_no_books_yet_is_no_fault_and_none_is_made(run: Run, tmp_path: Path) -> None:
    run([*sale(3, "10.00"), closing("11.00")])
    assert not (tmp_path / "books.db").exists()


@pytest.mark.parametrize("fault", ["ragged", None])
def test_a_report_that_cannot_be_read_never_replaces_a_tied_proof(
    run: Run, books_url: str, fault: str | None
) -> None:
    keep(run([*sale(3, "10.00"), closing("11.00")]), books_url)
    broken = closing("11.00", checksum="cc" * 32, fault=fault)
    second = run([broken])
    assert [each["status"] for each in records_of(second, "settlements")] == ["tied"]
    assert [each["reason"] for each in records_of(second, "held")] == ["changed_report"]


def test_what_cannot_be_replayed_is_said_again_until_it_is_cured(run: Run, books_url: str) -> None:
    first = run([closing("1.00", settlement_id="7002", fault="file x, row 4: ragged")])
    keep(first, books_url)
    again = run([])
    assert records_of(again, "held") == records_of(first, "held")


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("books.yml", "refunds: journal", "refunds: credit_notes"),
        ("marketplaces.csv", "610,090,orders", "610,090,settlements"),
    ],
)
def test_a_settlement_that_was_posted_keeps_its_ways_when_a_choice_changes(
    run: Run, maps_folder: Path, books_url: str, table: str, old: str, new: str
) -> None:
    """Or its refund, or the whole of it, would be in the books twice."""
    refund = row(6, "Refund/ItemPrice/Principal", "-2.00", order_id=NEW, sku="WID-S-UK")
    first = run([*sale(3, "10.00"), refund, closing("9.00")])
    keep(first, books_url)
    file = maps_folder / table
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    again = run([*sale(3, "10.00"), refund, closing("9.00")])
    assert [each for each in again if each["type"] == "RECORD"] == [
        each for each in first if each["type"] == "RECORD"
    ]


def test_open_invoices_of_orders_are_named_by_a_settlement_that_sells_them_again(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    """A marketplace went from style `orders` to `settlements` between shipping and payment."""
    second = run([order("5.00", order_id=NEW), order("10.00")])
    with books.open_books(books_url) as kept:
        kept.save(posted(each) for each in records_of(second, "invoices"))
    file = maps_folder / "marketplaces.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("610,090,orders", "610,090,settlements"), encoding="utf-8")
    settlement = [*sale(3, "10.00"), *sale(6, "5.00", NEW), closing("16.00")]
    [proof] = records_of(run(settlement), "settlements")
    [named] = [each for each in proof["differences"] if each["name"] == "invoiced_before"]
    assert named["amount"] == "18.00", "with the tax of both"
    assert " and 1 more of this settlement had invoices of their own" in named["details"]
    keep([{"type": "RECORD", "stream": "settlements", "record": proof}], books_url)
    [again] = records_of(run(settlement), "settlements")
    assert again == proof


def posted(invoice: Message) -> books.Posting:
    """What a target keeps of an invoice that it has posted."""
    return books.Posting(
        tenant="T1",
        document_id=invoice["document_id"],
        stream="invoices",
        state=books.State.POSTED,
        content_hash="c0ffee",
        document=json.dumps(invoice),
        vendor_id=f"X-{invoice['document_id']}",
        order_id=invoice["source"]["order_id"],
        amount=Decimal(invoice["total"]),
        currency=invoice["currency"],
    )


def test_an_order_that_waited_and_is_cancelled_waits_no_longer(run: Run, books_url: str) -> None:
    unmapped = order("5.00", sku="NEW", order_id=NEW)
    keep(run([unmapped]), books_url)
    second = run([order("5.00", sku="NEW", order_id=NEW, status="CANCELLED")])
    assert [each["state"] for each in records_of(second, "held")] == ["held", "resolved"]
    assert ids(second, "invoices", "credit_notes") == []
