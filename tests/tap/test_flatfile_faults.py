from __future__ import annotations

import io

import pytest
from amazon_tap import settlement_file

from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import examine

# A header, a summary row and two detail rows, the second of -2.50.
GOOD = settlement_file([{}, {"amount": "-2.50"}])

# What is wrong: the line, what stands there, what stands there instead, and the words that say so.
EDITS = {
    "commas for tabs": (1, "\t", ",", "the first line is no settlement header"),
    "a column missing": (1, "amount\tful", "sum\tful", "1 of the 15 columns needed"),
    "a column twice": (1, "sku", "amount", "names a column twice"),
    "half of V1": (1, "amount-type", "price-type", "columns needed are missing: amount-type"),
    "one field more": (4, "\t1\t", "\t1\tx\t", "25 fields, where the header has 24"),
    "one field less": (4, "\tOrder", "", "23 fields, where the header has 24"),
    "one field less, behind": (4, "\tWID-S-UK", "", "23 fields, where the header has 24"),
    "another settlement": (4, "11111", "22222", "'22222' inside the file of settlement '11111'"),
    "no settlement": (4, "11111", "", "the row names no settlement"),
    "no amount": (4, "-2.50", "", "the row has no amount"),
    "amount in words": (4, "-2.50", "n/a", "amount 'n/a' is not an amount"),
    "amount like a date": (4, "-2.50", "2.5.2026", "amount '2.5.2026' is not an amount"),
    "another decimal sign": (4, "-2.50", "-2,50", "amount '-2,50' and amount '10.00' in row 2"),
    "another currency": (4, "\t\tOrder", "\tEUR\tOrder", "EUR, where the summary row has GBP"),
    "currency in words": (2, "GBP", "pounds", "currency 'pounds' is no ISO code"),
    "no start": (2, "2026-10-01 00:00:00 UTC", "", "settlement-start-date '' is not a date"),
    "total in words": (2, "10.00", "ten", "total-amount 'ten' is not an amount"),
    "day or month": (4, "2026-10-02 ", "02/10/2026 ", "which part is day, month and year"),
    "two-digit year": (4, "2026-10-02 ", "02.10.26 ", "which part is day, month and year"),
    "a month 13": (4, "2026-10-02 ", "2026-13-02 ", "posted-date-time '2026-13-02 10:11:12 UTC'"),
    "another time zone": (4, "UTC", "PDT", "is not a date"),
    "quantity in parts": (4, "\t1\t", "\t1.5\t", "quantity '1.5' is not a whole number"),
}
MANGLED = ("1.21E+18", "1,21E+18", "2.02123e17", "1211397397571528200")


def refused(content: str | bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        examine(io.BytesIO(content if isinstance(content, bytes) else content.encode()))
    return caught.value


def edited(row: int, old: str, new: str) -> str:
    lines = GOOD.splitlines()
    changed = lines[row - 1].replace(old, new)
    assert changed != lines[row - 1]
    lines[row - 1] = changed
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("row", "old", "new", "words"), EDITS.values(), ids=EDITS)
def test_a_line_that_must_be_guessed_at_is_refused_with_its_row(
    row: int, old: str, new: str, words: str
) -> None:
    fault = refused(edited(row, old, new))
    assert fault.row == row
    assert words in str(fault)


@pytest.mark.parametrize("number", MANGLED)
@pytest.mark.parametrize("old", ["202-1234567-1234567"])
def test_an_order_id_that_a_spreadsheet_made_a_number_is_refused(old: str, number: str) -> None:
    fault = refused(edited(4, old, number))
    assert fault.row == 4
    assert f"order-id '{number}' was turned into a number by a spreadsheet" in str(fault)


def test_a_settlement_id_that_a_spreadsheet_made_a_number_is_refused() -> None:
    assert "settlement-id '1.11E+10'" in str(refused(GOOD.replace("11111", "1.11E+10")))


def test_an_item_code_that_a_spreadsheet_made_a_number_is_refused() -> None:
    content = settlement_file([{"order_item_code": "4.08471E+13"}])
    assert "order-item-code '4.08471E+13'" in str(refused(content))


@pytest.mark.parametrize("content", ["", "\n", "   \n\n"])
def test_an_empty_file_is_refused(content: str) -> None:
    assert str(refused(content)) == "the file has no header line"


def test_a_file_without_header_is_refused() -> None:
    assert "no settlement header" in str(refused("\n".join(GOOD.splitlines()[1:])))


def test_every_missing_column_is_named() -> None:
    cut = "\n".join("\t".join(each.split("\t")[:14]) for each in GOOD.splitlines())
    words = "4 of the 15 columns needed are missing: amount, sku, quantity-purchased, posted-date"
    assert words in str(refused(cut))


def test_a_row_cut_off_is_refused() -> None:
    lines = GOOD.splitlines()
    cut = "\n".join([*lines[:3], "\t".join(lines[3].split("\t")[:12])])
    assert str(refused(cut)) == "row 4: 12 fields, where the header has 24"


def test_a_short_row_before_the_full_ones_is_refused_too() -> None:
    lines = GOOD.splitlines()
    content = "\n".join([*lines[:2], lines[2].rstrip("\t"), lines[3]])
    assert str(refused(content)) == "row 3: 23 fields, where the header has 24"


def test_an_empty_row_with_rows_behind_it_is_refused() -> None:
    lines = GOOD.splitlines()
    assert str(refused("\n".join([*lines[:2], "", *lines[3:]]))).startswith(
        "row 3: the row is empty"
    )


def test_a_file_without_summary_row_is_refused() -> None:
    lines = GOOD.splitlines()
    content = "\n".join([lines[0], *lines[2:]])
    assert str(refused(content)) == "no summary row (a total without a type) among 2 rows"


def test_a_second_summary_row_is_refused_with_both_totals() -> None:
    summary = GOOD.splitlines()[1]
    fault = refused(GOOD + summary.replace("10.00", "11.00"))
    assert fault.row == 5
    assert "total '11.00', after total '10.00' in row 2" in str(fault)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "in no encoding" in str(refused(GOOD.encode() + b"\x81\x8d\xff"))


def test_amounts_that_fit_both_readings_are_refused_with_both() -> None:
    details = [{"amount": "1,234"}, {"amount": "2,000"}]
    fault = refused(settlement_file(details, {"total_amount": "3,234"}))
    assert fault.row == 2
    assert "amount '3,234' may be 3234 or 3.234" in str(fault)


def test_a_fault_knows_the_settlement_as_soon_as_the_file_has_told_it() -> None:
    assert refused(settlement_file([{"amount": "?"}])).settlement_id == "11111"
    assert refused("nonsense").settlement_id is None


def test_the_last_row_is_checked_like_the_first() -> None:
    good = settlement_file([{} for _ in range(100)])
    assert refused(good + good.splitlines()[2] + "\textra\n").row == 103
