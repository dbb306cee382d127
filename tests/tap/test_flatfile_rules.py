"""Section 1 of the fact sheet on settlements, rule by rule, where no other file names it."""

from __future__ import annotations

import gzip
import io
from decimal import Decimal
from pathlib import Path

import pytest
from amazon_tap import DETAIL, HEADER, Deliver, Tap, line, settled, settlement_file

from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import examine, fields, rows


def read(content: str | bytes, charset: str | None = None) -> list[dict[str, str | int | None]]:
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    settlement = examine(file, charset)
    return [fields(row) for row in rows(file, settlement)]


def refusal(content: str) -> str:
    with pytest.raises(Unreadable) as caught:
        examine(io.BytesIO(content.encode()))
    return str(caught.value)


# -- 1: 24 columns, 23 without the undocumented last, more some day ---------------------------


@pytest.mark.parametrize(
    "columns",
    [HEADER, HEADER[:-1], [*HEADER, "new-column", "another"], list(reversed(HEADER))],
    ids=["24", "23", "26", "another order"],
)
def test_columns_are_read_by_name(columns: list[str]) -> None:
    (row,) = read(settlement_file(columns=columns))
    assert (row["amount"], row["sku"]) == ("10.00", "WID-S-UK")


def test_currency_is_blank_on_the_rows_and_inherited(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settlement_file([{}, {}], {"currency": "SEK"}))
    found = empty_tap().records("settlement_rows")
    assert [row["currency"] for row in found] == ["SEK", "SEK"]


def test_an_order_id_that_is_a_shipments_or_nothing_is_kept() -> None:
    references = ["FBA15ABCDEFG", "S01-1234567-1234567", "", "R-1", "V1X2Y3Z"]
    found = read(settlement_file([{"order_id": text} for text in references]))
    assert [row["order_id"] or "" for row in found] == references


def test_a_row_without_marketplace_is_not_given_one() -> None:
    assert read(settlement_file([{"marketplace_name": ""}]))[0]["marketplace_name"] is None


@pytest.mark.parametrize("again", ["\ufeff", "", "crlf"], ids=["BOM", "bytes alike", "CRLF"])
def test_the_same_settlement_under_two_report_ids_is_written_once(
    empty_tap: Tap, deliver: Deliver, again: str
) -> None:
    text = settled("11111", "4.00", "4.00")
    other = text.replace("\n", "\r\n") if again == "crlf" else again + text
    deliver("901", text)
    deliver("902", gzip.compress(other.encode()), created="2026-10-19T00:00:00Z", compressed=True)
    ran = empty_tap()
    assert [each["report_id"] for each in ran.records("settlements")] == ["901"]
    assert len(ran.records("settlement_rows")) == 2
    assert ran.bookmark("settlements") == "2026-10-19T00:00:00Z"


def test_another_content_under_the_same_settlement_id_is_shown_to_the_gate(
    empty_tap: Tap, deliver: Deliver
) -> None:
    deliver("901", settled("11111", "4.00"))
    deliver("902", settled("11111", "10.00"), created="2026-10-19T00:00:00Z")
    checksums = {each["checksum"] for each in empty_tap().records("settlements")}
    assert len(checksums) == 2


# -- 1.2: locales ---------------------------------------------------------------------------

SPELLINGS = ["1.234,56", "1234,56", "1\u00a0234,56", "1 234,56", "1\u202f234,56"]


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.parametrize("negative", ["-{}", "({})", "\u2212{}", "- {}"])
def test_decimal_commas_in_every_spelling(text: str, negative: str) -> None:
    details = [{"amount": text}, {"amount": negative.format(text)}]
    found = read(settlement_file(details, {"total_amount": "0,00"}))
    assert [row["amount"] for row in found] == ["1234.56", "-1234.56"]


def test_yen_have_decimals_although_the_currency_has_none() -> None:
    found = read(settlement_file([{"amount": "1000.00"}], {"currency": "JPY"}))
    assert found[0]["amount"] == "1000.00"


def test_the_day_is_of_utc_and_not_of_a_place() -> None:
    at = "2026-07-17 21:10:00 UTC"
    assert read(settlement_file([{"posted_date_time": at}]))[0]["posted"] == "2026-07-17T21:10:00Z"


DECLARED = {
    "UTF-8 as Amazon says": ("utf-8", "UTF-8"),
    "Latin-1 for Western Europe": ("cp1252", "ISO-8859-1"),
    "Shift-JIS for Japan": ("cp932", "Shift_JIS"),
    "nothing said, UTF-8 with a mark": ("utf-8-sig", None),
    "nothing said, Western Europe": ("cp1252", None),
    "said to be UTF-8 and is not": ("cp1252", "UTF-8"),
    "said to be ASCII and is not": ("utf-8", "US-ASCII"),
}


@pytest.mark.parametrize(("encoding", "declared"), DECLARED.values(), ids=DECLARED)
def test_encodings_go_by_content_type_and_then_by_what_fits(
    encoding: str, declared: str | None
) -> None:
    sku = "\u30ab\u30c3\u30d7" if encoding == "cp932" else "GR\u00d6\u00dfE"
    content = settlement_file([{"sku": "plain"}] * 2000 + [{"sku": sku}])
    assert read(content.encode(encoding), declared)[-1]["sku"] == sku


# -- 1.3, 14: what a spreadsheet does ---------------------------------------------------------

MANGLED = {
    "an order id in exponent form": ({"order_id": "1.21E+18"}, "was turned into a number"),
    "an order id rounded": ({"order_id": "1211397397571528200"}, "was turned into a number"),
    "an order id without its zeros": ({"order_id": "26-1234567-1234567"}, "has lost digits"),
    "an order id without zeros inside": ({"order_id": "202-34567-1234567"}, "has lost digits"),
    "an item code in exponent form": ({"order_item_code": "4.08471E+13"}, "was turned into"),
    "a shipment id in exponent form": ({"shipment_id": "1,5E+20"}, "was turned into a number"),
    "a SKU in exponent form": ({"sku": "1.23E+11"}, "was turned into a number"),
    "a SKU that was taken for a formula": ({"sku": "#NAME?"}, "is a spreadsheet's error"),
    "a description too narrow to show": ({"amount_description": "########"}, "'########' is a"),
    "an instant as a count of days": (
        {"posted_date_time": "45936.4244444"},
        "posted-date-time '45936.4244444' was turned into a number by a spreadsheet",
    ),
    "a date as a count of days": (
        {"posted_date_time": "", "posted_date": "45936"},
        "posted-date '45936' was turned into a number by a spreadsheet",
    ),
    "a date day first or month first": (
        {"posted_date_time": "09/06/2025 05:23"},
        "does not show which part is day, month and year",
    ),
    "an amount in exponent form": ({"amount": "1.2E+05"}, "amount '1.2E+05' was turned into"),
    "an amount in error": ({"amount": "#VALUE!"}, "amount '#VALUE!' is a spreadsheet's error"),
}


@pytest.mark.parametrize(("cells", "words"), MANGLED.values(), ids=MANGLED)
def test_what_a_spreadsheet_has_done_is_named_with_its_row(
    cells: dict[str, str], words: str
) -> None:
    said = refusal(settlement_file([{}, cells, {}]))
    assert said.startswith("row 4: ")
    assert words in said


def test_the_cure_is_said() -> None:
    assert refusal(settlement_file([{"sku": "#REF!"}])).endswith(
        "; use the file as Amazon served it"
    )


LEGITIMATE = ["1E5", "12E3", "#1", "00123", "3E+2-X", "2026-10-02", "12-Mar", "E+", "1.5E+7x"]


@pytest.mark.parametrize("sku", LEGITIMATE)
def test_a_sku_that_only_looks_so_is_kept(sku: str) -> None:
    assert read(settlement_file([{"sku": sku}]))[0]["sku"] == sku


def test_padding_with_blanks_is_taken_off() -> None:
    padded = {name: f"  {text} " for name, text in DETAIL.items()}
    (row,) = read(settlement_file([padded]))
    assert (row["amount"], row["order_id"]) == ("10.00", DETAIL["order_id"])


# -- 1.3, 15 and others: samples that are none of Amazon's, and odd but real rows -------------


def test_a_transfer_row_equal_to_the_payout_is_a_row_like_others() -> None:
    transfer = {"transaction_type": "Transfer", "amount_type": "Transfer", "amount": "-10.00"}
    found = read(settlement_file([{}, transfer]))
    # The sum no longer ties, and it is the gate that says so: nothing is left out here.
    assert sum(Decimal(str(row["amount"])) for row in found) == Decimal("0.00")


def test_amounts_of_zero_and_of_a_cent_are_rows() -> None:
    found = read(settlement_file([{"amount": "0.00"}, {"amount": "-0.01"}]))
    assert [row["amount"] for row in found] == ["0.00", "-0.01"]


def test_two_spellings_of_one_fee_are_both_kept_raw() -> None:
    spelt = ["DigitalServicesFee", "Digital Services Fee", "digital_services-fee"]
    found = read(settlement_file([{"amount_description": text} for text in spelt]))
    assert [row["amount_description"] for row in found] == spelt


def test_a_settlement_of_reserve_and_debt_alone() -> None:
    kinds = ["Payable to Amazon", "Successful charge", "Successful charge"]
    amounts = ["-2308.12", "1154.06", "1154.06"]
    details = [
        {
            **dict.fromkeys(("order_id", "sku", "quantity_purchased", "marketplace_name"), ""),
            "transaction_type": "other-transaction",
            "amount_type": "other-transaction",
            "amount_description": kind,
            "amount": amount,
        }
        for kind, amount in zip(kinds, amounts, strict=True)
    ]
    found = read(settlement_file(details, {"total_amount": "0.00"}))
    assert [(row["amount_description"], row["amount"]) for row in found] == list(
        zip(kinds, amounts, strict=True)
    )


def test_several_patterns_are_read_in_their_order_each_file_once(
    empty_tap: Tap, tmp_path: Path
) -> None:
    for name, settlement_id in (("a.txt", "1"), ("b.txt", "2"), ("deep/c.txt.gz", "3")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        content = settled(settlement_id, "10.00").encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    patterns = [tmp_path / "b*", tmp_path / "**" / "*.gz", tmp_path / "*.txt"]
    ran = empty_tap(settlement_files=[str(each) for each in patterns])
    assert [each["source"] for each in ran.records("settlements")] == ["b.txt", "c.txt.gz", "a.txt"]


def test_a_last_line_without_its_newline_is_a_row() -> None:
    content = "\n".join(["\t".join(HEADER), *settlement_file().splitlines()[1:], line(**DETAIL)])
    assert len(read(content)) == 2
