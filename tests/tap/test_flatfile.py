from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from amazon_tap import DETAIL, HEADER, settlement_file

from tap_amazon_sp.flatfile import Row, Settlement, examine, fields, rows

DOTTED = {
    "settlement_start_date": "01.10.2026 00:00:00 UTC",
    "settlement_end_date": "15.10.2026 00:00:00 UTC",
    "deposit_date": "17.10.2026 00:00:00 UTC",
}


def read(content: str | bytes, charset: str | None = None) -> tuple[Settlement, list[Row]]:
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    settlement = examine(file, charset)
    return settlement, list(rows(file, settlement))


def amounts(found: list[Row]) -> list[str]:
    return [row.amount for row in found]


def test_a_row_has_its_line_its_figures_and_its_texts() -> None:
    settlement, (row,) = read(settlement_file([{"promotion_id": " P 1 ", "fulfillment_id": "AFN"}]))
    assert settlement.settlement_id == "11111"
    assert (settlement.start, settlement.end) == ("2026-10-01T00:00:00Z", "2026-10-15T00:00:00Z")
    assert (settlement.deposit, settlement.currency) == ("2026-10-17T00:00:00Z", "GBP")
    assert (settlement.total_amount, settlement.row_count) == ("10.00", 1)
    assert fields(row) == {
        "row": 3,
        "amount": "10.00",
        "posted": "2026-10-02T10:11:12Z",
        "quantity": 1,
        "transaction_type": "Order",
        "order_id": "202-1234567-1234567",
        "merchant_order_id": None,
        "adjustment_id": None,
        "shipment_id": None,
        "marketplace_name": "Amazon.co.uk",
        "amount_type": "ItemPrice",
        "amount_description": "Principal",
        "fulfillment_id": "AFN",
        "order_item_code": None,
        "merchant_order_item_id": None,
        "merchant_adjustment_item_id": None,
        "sku": "WID-S-UK",
        "promotion_id": "P 1",
    }


LOCALES = {
    "US, UTF-8, dashed": ("utf-8", "2026-10-02 10:11:12 UTC", "1234.56", "\n"),
    "UK, UTF-8 with BOM, dotted": ("utf-8-sig", "02.10.2026 10:11:12 UTC", "1234.56", "\r\n"),
    "DE, cp1252, dotted, comma": ("cp1252", "02.10.2026 10:11:12 UTC", "1234,56", "\r\n"),
    "DE, thousands": ("utf-8", "02.10.2026 10:11:12 UTC", "1.234,56", "\n"),
    "FR, thin space": ("utf-8", "02.10.2026 10:11:12 UTC", "1\u202f234,56", "\n"),
    "US, thousands": ("utf-8", "2026-10-02 10:11:12 UTC", "1,234.56", "\n"),
    "JP, cp932, slashed": ("cp932", "2026/10/02 10:11:12 UTC", "1234.56", "\n"),
    "ISO with offset": ("utf-8", "2026-10-02T12:11:12+02:00", "1234.56", "\n"),
    "UTF-16 from a spreadsheet": ("utf-16", "2026-10-02 10:11:12 UTC", "1234.56", "\r\n"),
    "old Mac newlines": ("utf-8", "2026-10-02 10:11:12 UTC", "1234.56", "\r"),
}


@pytest.mark.parametrize(("encoding", "at", "amount", "newline"), LOCALES.values(), ids=LOCALES)
def test_every_locale_format_is_read_the_same(
    encoding: str, at: str, amount: str, newline: str
) -> None:
    japanese = encoding == "cp932"
    sku = "\u30b3\u30c3\u30d7\u9752" if japanese else "MUG-BL\u00dc \u20ac5"
    text = settlement_file(
        [
            {"amount": amount, "posted_date": "", "posted_date_time": at, "sku": sku},
            {"amount": "(2" + amount[-3] + "50)", "posted_date_time": at, "quantity_purchased": ""},
        ],
        {"total_amount": amount, "currency": "JPY" if japanese else "EUR"},
    )
    settlement, (first, second) = read(text.replace("\n", newline).encode(encoding))
    assert settlement.total_amount == "1234.56"
    assert (first.amount, second.amount) == ("1234.56", "-2.50")
    assert first.posted == "2026-10-02T10:11:12Z"
    assert fields(first)["sku"] == sku
    assert second.quantity is None


def test_the_declared_charset_comes_before_guessing() -> None:
    content = settlement_file([{"sku": "\u00dc"}]).encode("cp1252")
    _, (row,) = read(content + b"", "ISO-8859-1")
    assert fields(row)["sku"] == "\u00dc"
    assert (
        fields(read(settlement_file([{"sku": "\u00dc"}]), "Cp1252")[1][0])["sku"] == "\u00c3\u0153"
    )


@pytest.mark.parametrize("declared", ["utf-8", "klingon", "", None])
def test_a_wrong_or_unknown_declared_charset_is_passed_over(declared: str | None) -> None:
    content = settlement_file([{"sku": "\u00dc"}]).encode("cp1252")
    assert fields(read(content, declared)[1][0])["sku"] == "\u00dc"


def test_a_byte_order_mark_beats_the_declared_charset() -> None:
    content = settlement_file([{"sku": "\u00dc"}]).encode("utf-8-sig")
    assert fields(read(content, "Cp1252")[1][0])["sku"] == "\u00dc"


def test_japanese_is_told_by_marketplace_as_well_as_by_currency() -> None:
    content = settlement_file([{"sku": "\u8336", "marketplace_name": "Amazon.co.jp"}])
    assert fields(read(content.encode("cp932"))[1][0])["sku"] == "\u8336"


def test_the_checksum_is_of_the_text_and_not_of_its_bytes() -> None:
    text = settlement_file([{"sku": "\u00dc"}])
    spellings = [
        text.encode(),
        text.encode("utf-8-sig"),
        text.replace("\n", "\r\n").encode("cp1252"),
    ]
    assert len({read(content)[0].checksum for content in spellings}) == 1
    assert read(settlement_file([{"sku": "U"}]))[0].checksum != read(text)[0].checksum


def test_columns_are_found_by_name_in_any_order_and_case() -> None:
    columns = [name.upper() + " " for name in reversed(HEADER)] + ["Something-New"]
    text = settlement_file().splitlines()
    cells = [list(reversed(each.split("\t"))) for each in text[1:]]
    shuffled = ["\t".join(columns), *("\t".join([*row, "new"]) for row in cells)]
    _, (row,) = read("\n".join(shuffled))
    assert (row.amount, fields(row)["sku"]) == ("10.00", "WID-S-UK")


def test_columns_that_older_files_lack_are_blank() -> None:
    lacking = {"promotion-id", "order-item-code", "posted-date-time", "shipment-id"}
    columns = [name for name in HEADER if name not in lacking]
    file = settlement_file(columns=columns, details=[]) + "\t".join(
        DETAIL.get(name.replace("-", "_"), "") for name in columns
    )
    _, (row,) = read(file)
    assert row.posted == "2026-10-02T00:00:00Z"
    assert fields(row)["promotion_id"] is None


def test_posted_date_is_not_read_when_the_time_is_there() -> None:
    _, (row,) = read(settlement_file([{"posted_date": "09/06/25"}]))
    assert row.posted == "2026-10-02T10:11:12Z"


def test_posted_is_blank_when_the_row_has_neither() -> None:
    _, (row,) = read(settlement_file([{"posted_date": "", "posted_date_time": ""}]))
    assert row.posted is None


def test_trailing_blanks_and_blank_last_lines_are_no_rows() -> None:
    text = settlement_file([{"amount": "32.09    ", "promotion_id": "   "}]) + "\t\t\n   \n\n"
    assert amounts(read(text)[1]) == ["32.09"]


def test_quotes_are_text() -> None:
    _, (row, _) = read(settlement_file([{"sku": '6" PIPE'}, {"sku": '"'}]))
    assert fields(row)["sku"] == '6" PIPE'


def test_identical_rows_are_all_real() -> None:
    assert len(read(settlement_file([{}, {}, {}]))[1]) == 3


def test_a_settlement_without_rows_or_deposit_date() -> None:
    settlement, found = read(settlement_file([], {"deposit_date": "", "total_amount": "0.00"}))
    assert (settlement.deposit, settlement.row_count, found) == (None, 0, [])


def test_the_summary_row_is_told_by_its_total_and_not_by_its_place() -> None:
    text = settlement_file([{}, {}]).splitlines()
    moved = [text[0], text[2], text[3], text[1]]
    settlement, found = read("\n".join(moved))
    assert settlement.total_amount == "10.00"
    assert [row.number for row in found] == [2, 3]


def test_summary_values_repeated_on_a_row_do_not_make_it_a_summary() -> None:
    settlement, found = read(settlement_file([{"total_amount": "10.00", "currency": "GBP"}]))
    assert (settlement.row_count, amounts(found)) == (1, ["10.00"])


def test_trailing_tabs_cut_throughout_are_no_fault() -> None:
    text = settlement_file([{}, {"sku": "", "quantity_purchased": ""}])
    cut = "\n".join(each.rstrip("\t") for each in text.splitlines())
    assert [row.quantity for row in read(cut)[1]] == [1, None]


def test_a_summary_row_may_end_with_its_last_value() -> None:
    head, summary, *rest = settlement_file([{}]).splitlines()
    assert len(read("\n".join([head, summary.rstrip("\t"), *rest]))[1]) == 1


def test_one_plain_amount_decides_for_the_whole_file() -> None:
    details = [{"amount": "1,234"}, {"amount": "0.50"}]
    assert amounts(read(settlement_file(details, {"total_amount": "1,234"}))[1]) == ["1234", "0.50"]
    details = [{"amount": "1,234"}, {"amount": "0,50"}]
    assert amounts(read(settlement_file(details, {"total_amount": "1,234"}))[1]) == [
        "1.234",
        "0.50",
    ]


def test_whole_amounts_need_no_separator() -> None:
    details = [{"amount": "1000"}, {"amount": "-3"}]
    settlement, found = read(settlement_file(details, {"total_amount": "997", "currency": "JPY"}))
    assert (settlement.total_amount, amounts(found)) == ("997", ["1000", "-3"])


def test_an_order_reference_that_is_no_order_id_is_kept() -> None:
    references = ["FBA19ABCDE", "S01-1234567-1234567", "1234567890", "", "1E5-X"]
    _, found = read(settlement_file([{"order_id": each} for each in references]))
    assert [row.texts[1] for row in found] == references


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.txt"
        path.write_text(settlement_file([{}] * count))
        tracemalloc.start()
        try:
            with path.open("rb") as file:
                settlement = examine(file)
                assert sum(1 for _ in rows(file, settlement)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(24_000) < 1.1 * peak(8_000)
