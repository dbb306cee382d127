"""VAT transactions from files of Amazon's VAT report."""

from __future__ import annotations

from pathlib import Path

import pytest
from amazon_tap import Json, Tap
from vat_files import vat_file

from tap_amazon_sp.faults import ReportUnreadable, Unreadable
from tap_amazon_sp.sources import Archived
from tap_amazon_sp.vat import read


def records(path: Path) -> list[Json]:
    return list(read(Archived(path)))


def test_a_sale_is_read_as_the_report_states_it(tmp_path: Path) -> None:
    path = tmp_path / "october.txt"
    path.write_text(vat_file({}), encoding="utf-8")
    assert records(path) == [
        {
            "activity_transaction_id": "DXcD9RpQp",
            "transaction_event_id": "302-1234567-1234567",
            "seller_sku": "WID-S-UK",
            "line": 1,
            "transaction_type": "SALE",
            "marketplace": "Amazon.de",
            "quantity": 1,
            "tax_calculation_date": "2026-10-30",
            "departure_country": "DE",
            "arrival_country": "AT",
            "vat_rate": "20",
            "amount_vat_incl": "9.95",
            "vat_amount": "1.66",
            "currency": "EUR",
            "tax_reporting_scheme": "UNION-OSS",
            "tax_collection_responsibility": "SELLER",
            "file": "october.txt",
        }
    ]


@pytest.mark.parametrize("delimiter", ["\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_tabs_or_commas_in_any_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "report"
    rows = {"SELLER_SKU": "MUG-BLÜ"}, {"SELLER_SKU": "B"}
    path.write_text(vat_file(*rows, delimiter=delimiter), encoding=encoding)
    assert [each["seller_sku"] for each in records(path)] == ["MUG-BLÜ", "B"]


def test_decimal_commas_are_read_by_what_the_whole_file_says(tmp_path: Path) -> None:
    path = tmp_path / "report"
    refund = {
        "TRANSACTION_TYPE": "REFUND",
        "TOTAL_ACTIVITY_VALUE_AMT_VAT_INCL": "-1.234,50",
        "TOTAL_ACTIVITY_VALUE_VAT_AMT": "-205,75",
        "PRICE_OF_ITEMS_VAT_RATE_PERCENT": "20,0",
    }
    path.write_text(vat_file(refund), encoding="utf-8")
    (record,) = records(path)
    assert (record["amount_vat_incl"], record["vat_amount"]) == ("-1234.50", "-205.75")
    assert record["vat_rate"] == "20"


@pytest.mark.parametrize(
    ("given", "rate"),
    [("0.19", "19"), ("19", "19"), ("19.0", "19"), ("0.055", "5.5"), ("2.1", "2.1"),
     ("0.021", "2.1"), ("0.0", "0"), ("", None)],
)  # fmt: skip
def test_a_rate_is_given_in_percent_however_it_is_written(
    tmp_path: Path, given: str, rate: str | None
) -> None:
    path = tmp_path / "report"
    path.write_text(vat_file({"PRICE_OF_ITEMS_VAT_RATE_PERCENT": given}), encoding="utf-8")
    assert records(path)[0]["vat_rate"] == rate


def test_rows_that_share_their_ids_are_told_apart_by_line(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text(vat_file({}, {}, {"SELLER_SKU": "B"}, {}), encoding="utf-8")
    assert [(each["seller_sku"], each["line"]) for each in records(path)] == [
        ("WID-S-UK", 1),
        ("WID-S-UK", 2),
        ("B", 1),
        ("WID-S-UK", 3),
    ]


def test_the_country_of_the_sale_comes_before_that_of_the_goods(tmp_path: Path) -> None:
    path = tmp_path / "report"
    rows = (
        {"SALE_ARRIVAL_COUNTRY": "FR", "ARRIVAL_COUNTRY": "BE"},
        {"SALE_ARRIVAL_COUNTRY": "", "ARRIVAL_COUNTRY": "PL"},
    )
    path.write_text(vat_file(*rows), encoding="utf-8")
    assert [each["arrival_country"] for each in records(path)] == ["FR", "PL"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TAX_CALCULATION_DATE": "2026-30-10"}, "is not a date, day first"),
        ({"TAX_CALCULATION_DATE": "10/31/2026"}, "is not a date, day first"),
        ({"QTY": "1,5"}, "QTY '1,5' is not a whole number"),
        ({"TOTAL_ACTIVITY_VALUE_VAT_AMT": "n/a"}, "row 3: total_activity_value_vat_amt 'n/a'"),
        ({"PRICE_OF_ITEMS_VAT_RATE_PERCENT": "1.5"}, "neither a share nor a percentage"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    path = tmp_path / "report"
    path.write_text(vat_file({}, changes), encoding="utf-8")
    with pytest.raises(Unreadable, match=words):
        records(path)


def test_transactions_come_before_settlements_whole_on_every_run(tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(vat_file({}), encoding="utf-8")
    (tmp_path / "b.csv").write_text(vat_file({"SELLER_SKU": "B"}, delimiter=","), encoding="utf-8")
    files = [str(tmp_path / "*.txt"), str(tmp_path / "b.csv")]
    first = tap(vat_report_files=files)
    assert first.error is None
    outline = first.outline()
    assert outline.index("RECORD vat_transactions") < outline.index("RECORD settlement_rows")
    again = tap(vat_report_files=files, state=first.state)
    assert again.records("vat_transactions") == first.records("vat_transactions")
    assert [each["file"] for each in again.records("vat_transactions")] == ["a.txt", "b.csv"]


def test_a_pattern_without_files_or_a_broken_file_ends_the_run_before_settlements(
    tap: Tap, tmp_path: Path
) -> None:
    missing = tap(vat_report_files=[str(tmp_path / "none*.txt")])
    assert isinstance(missing.error, ReportUnreadable)
    assert "no file matches" in str(missing.error)
    (tmp_path / "broken.txt").write_text(vat_file({"QTY": "x"}), encoding="utf-8")
    broken = tap(vat_report_files=[str(tmp_path / "broken.txt")])
    assert "VAT report broken.txt cannot be read: row 2: QTY 'x'" in str(broken.error)
    assert broken.records("settlements") == missing.records("settlements") == []
