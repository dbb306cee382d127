from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from source_records import ORDER_ID, closing, order, record, row, sale, schema, state, vat

from transforms import messages
from transforms.mapper import Unsettled

Message = dict[str, Any]
Run = Callable[..., list[Message]]


def documents(written: list[Message], stream: str) -> list[dict[str, Any]]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == stream
    ]


def test_every_document_stream_is_announced_once_before_any_record(run: Run) -> None:
    written = run([schema("orders"), schema("settlements"), order("10.00")])
    announced = [each["stream"] for each in written if each["type"] == "SCHEMA"]
    assert announced == [*messages.KEYS, "settlement_orders"]
    assert [each["type"] for each in written].index("RECORD") == len(announced)


def test_a_settlement_becomes_documents_when_its_closing_record_arrives(run: Run) -> None:
    written = run([*sale(3, "10.00"), closing("11.00")])
    streams = [each["stream"] for each in written if each["type"] == "RECORD"]
    posted = ["invoices", "payments", "journals", "bank_transactions"]
    assert streams == [*posted, "settlement_orders", "settlements"]
    [proof] = documents(written, "settlements")
    assert (proof["status"], proof["deposit"], proof["difference"]) == ("tied", "11.00", "0.00")


def test_every_record_fits_the_schema_of_its_stream(run: Run, maps_folder: Path) -> None:
    choices = maps_folder / "books.yml"
    text = choices.read_text(encoding="utf-8")
    choices.write_text(text.replace("refunds: journal", "refunds: credit_notes"), encoding="utf-8")
    written = run(
        [
            vat(),
            order("10.00"),
            order("20.00", sku="NEW", order_id="026-3333333-3333333"),
            *sale(3, "10.00"),
            *sale(6, "5.00", "026-4444444-4444444", "NEW"),
            row(9, "Refund/ItemPrice/Principal", "-2.00", order_id=ORDER_ID, sku="WID-S-UK"),
            closing("14.00"),
            closing("1.00", settlement_id="7002", fault="file x, row 4: ragged", fault_row=4),
        ]
    )
    counted: Counter[str] = Counter()
    for each in written:
        if each["type"] == "RECORD":
            counted[each["stream"]] += 1
            validator = Draft202012Validator(messages.schema(each["stream"]))
            assert list(validator.iter_errors(each["record"])) == []
    assert set(counted) == {*messages.KEYS, "settlement_orders"}


def test_every_document_says_what_becomes_of_it_in_a_locked_period(
    run: Run, maps_folder: Path
) -> None:
    books = maps_folder / "books.yml"
    chosen = books.read_text().replace("lock_dates: hold", "lock_dates: next_open_day")
    books.write_text(chosen)
    written = run([order("10.00"), *sale(3, "10.00"), closing("11.00")])
    for stream in ("invoices", "payments", "journals", "bank_transactions"):
        validator = Draft202012Validator(messages.schema(stream))
        found = documents(written, stream)
        assert found
        assert {each["lock_dates"] for each in found} == {"next_open_day"}
        assert not [fault for each in found for fault in validator.iter_errors(each)]


def test_an_order_is_dated_in_the_organisations_time_zone(run: Run) -> None:
    [invoice] = documents(run([order("10.00")]), "invoices")
    assert invoice["date"] == "2026-06-02"
    assert invoice["document_id"] == "invoice:026-1111111-1111111"
    assert invoice["total"] == "12.00"


def test_a_row_late_on_the_last_evening_of_a_month_belongs_to_the_next_in_london(
    run: Run,
) -> None:
    written = run(
        [
            row(
                3,
                "other-transaction/other-transaction/Storage Fee",
                "-2.00",
                posted="2026-05-31T23:30:00Z",
            ),
            row(
                4,
                "other-transaction/other-transaction/Storage Fee",
                "-3.00",
                posted="2026-05-31T22:59:59Z",
            ),
            closing("-5.00"),
        ]
    )
    assert [each["source"]["month"] for each in documents(written, "journals")] == [
        "2026-05",
        "2026-06",
    ]


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "CANCELLED"])
def test_only_a_shipped_order_becomes_an_invoice(run: Run, status: str) -> None:
    assert documents(run([order("10.00", status=status)]), "invoices") == []


def test_orders_before_books_start_of_other_channels_and_styles_make_no_invoice(run: Run) -> None:
    left_out = [
        order("10.00", shipped="2026-03-30T10:00:00Z"),
        order("10.00", channel="NON_AMAZON"),
        order("10.00", marketplace_id="A1PA6795UKMFR9", currency="EUR"),
        order("10.00", marketplace_id="A13V1IB3VIYZZH", marketplace_name="Amazon.fr"),
    ]
    written = run(left_out)
    assert documents(written, "invoices") == documents(written, "held") == []


def test_orders_of_a_marketplace_that_the_maps_lack_are_counted_aloud(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    run([order("10.00", marketplace_id="A13V1IB3VIYZZH", marketplace_name="Amazon.fr")])
    assert (
        "1 orders of Amazon.fr are left out: marketplaces.csv has no line for it: add "
        "`A13V1IB3VIYZZH,Amazon.fr,CURRENCY,Amazon.fr,,CLEARING,BANK,`."
    ) in caplog.text


def test_an_order_without_money_is_held_not_guessed(run: Run) -> None:
    items = order("10.00")["record"]["items"]
    items[0]["proceeds_total"] = None
    [held] = documents(run([order("10.00", items=items)]), "held")
    assert (held["stream"], held["reason"]) == ("invoices", "unclear_amounts")


def test_a_delivery_tip_still_pending_is_not_posted(run: Run) -> None:
    tip = {"type": "DELIVERY_TIP", "subtotal": "2.00"}
    pending = order("10.00", breakdowns=[{**tip, "status": "PENDING"}])
    final = order("10.00", breakdowns=[{**tip, "status": "FINALIZED"}], grand_total="14.00")
    first, second = documents(run([pending, final]), "invoices")
    assert (first["total"], second["total"]) == ("12.00", "14.00")


def test_state_waits_for_the_open_settlement_and_follows_it(run: Run) -> None:
    rows = sale(3, "10.00")
    written = run(
        [state("a"), rows[0], state("b"), *rows[1:], state("c"), closing("11.00"), state("d")]
    )
    order_of = [
        each["value"]["bookmarks"]["settlements"]["created"]
        if each["type"] == "STATE"
        else each["stream"]
        for each in written
        if each["type"] != "SCHEMA"
    ]
    assert order_of[0] == "a"
    assert order_of[-2:] == ["c", "d"]
    assert order_of.index("settlements") == len(order_of) - 3


def test_a_tap_that_stops_inside_a_settlement_fails_the_run_and_passes_no_state(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unsettled, match="7001"):
        run([*sale(3, "10.00"), state("too early")])
    written = capsys.readouterr().out
    assert "too early" not in written
    assert '"RECORD"' not in written


def test_an_unreadable_report_is_held_with_its_reason_and_the_others_go_on(run: Run) -> None:
    written = run(
        [
            closing("1.00", settlement_id="7002", fault="file x.txt, row 4: 3 fields, 24 named"),
            *sale(3, "10.00"),
            closing("11.00"),
        ]
    )
    [held] = documents(written, "held")
    assert "file x.txt, row 4" in held["details"]
    assert [each["status"] for each in documents(written, "settlements")] == ["held", "tied"]


def test_a_sum_off_by_a_cent_holds_that_settlement_only(run: Run) -> None:
    other = [each | {"record": each["record"] | {"settlement_id": "7002"}} for each in sale(3, "8")]
    written = run(
        [*sale(3, "10.00"), closing("11.01"), *other, closing("8.60", settlement_id="7002")]
    )
    [held] = documents(written, "held")
    assert "11.01 stated, 11.00 found, difference 0.01" in held["details"]
    assert [each["source"]["settlement_id"] for each in documents(written, "journals")] == ["7002"]


def test_the_event_group_is_found_by_start_end_and_currency(run: Run) -> None:
    group = {
        "group_id": "G9",
        "processing_status": "Closed",
        "fund_transfer_status": "Succeeded",
        "currency": "GBP",
        "original_total": "11.00",
        "converted_currency": "GBP",
        "converted_total": "11.00",
        "beginning_balance": "0.00",
        "fund_transfer_date": "2026-06-16T00:00:00Z",
        "trace_id": "T1",
        "account_tail": "123",
        "start": "2026-06-01T00:00:00.000Z",
        "end": "2026-06-15T00:00:00+00:00",
    }
    euro = group | {"group_id": "G8", "currency": "EUR"}
    written = run(
        [
            record("financial_event_groups", euro),
            record("financial_event_groups", group),
            *sale(3, "10.00"),
            closing("11.00"),
        ]
    )
    [proof] = documents(written, "settlements")
    assert proof["event_group"]["group_id"] == "G9"
    assert proof["differences"] == []


def test_the_same_report_twice_gives_the_same_documents(run: Run) -> None:
    written = run([*sale(3, "10.00"), closing("11.00"), *sale(3, "10.00"), closing("11.00")])
    first, second = documents(written, "journals")
    assert first == second


def test_another_report_of_the_same_settlement_changes_nothing_and_is_shown(run: Run) -> None:
    again = closing("23.00", checksum="bb" * 32, report_id="R2")
    written = run([*sale(3, "10.00"), closing("11.00"), *sale(3, "20.00"), again])
    assert len(documents(written, "journals")) == 1
    [held] = documents(written, "held")
    assert held["reason"] == "changed_report"
    assert "total 23.00 against 11.00" in held["details"]
    *_, proof = documents(written, "settlements")
    assert (proof["status"], proof["deposit"]) == ("tied", "11.00")
    assert "changed_report" in [each["name"] for each in proof["differences"]]


def test_amounts_leave_as_exact_text(run: Run) -> None:
    written = run([*sale(3, "0.10"), closing("-0.88")])
    [journal] = documents(written, "journals")
    assert sum(Decimal(line["amount"]) for line in journal["lines"]) == 0
    assert all(isinstance(line["amount"], str) for line in journal["lines"])
