"""The quick way through a settlement file against the slow one, and both against a plain reader."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from amazon_tap import DETAIL, HEADER, Json, settlement_file
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_amazon_sp import blocks, flatfile, members
from tap_amazon_sp.columns import TEXTS
from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import Settlement, examine, fields, rows
from tap_amazon_sp.rowlines import Form, Lines

FIELDS = {"settlement_id", "row", "report_id", "currency", "amount", "posted", "quantity", *TEXTS}
# What may stand in a cell, most of it none of Amazon's.
CELLS = {
    "settlement-id": ["11111", " 11111", "22222", "", "1.11E+10", "../../x"],
    "transaction-type": ["Order", "Refund", "other-transaction", "", " Order ", "#N/A"],
    "order-id": [
        *("202-1234567-1234567", "202-7654321-1234567", "FBA15XYZ", "", "S01-123", "1.21E+18"),
        *("26-1234567-1234567", "1211397397571528200", "#NAME?"),
    ],
    "amount": [
        *("10.00", "-2.50", "0.00", "-0.00", "+7.10", " 3.10 ", "(5.00)", "5", "007.10", "3.1"),
        *("1,234", "1.234", "1.234,56", "2,50", "-0,00", "n/a", "", "1E+05", "-0.", ".5"),
    ],
    "posted-date-time": [
        *("2026-10-02 10:11:12 UTC", "02.10.2026 10:11:12 UTC", "2026/10/02 10:11:12 UTC", ""),
        *("2026-10-02T10:11:12+00:00", "2026-10-02T12:11:12+02:00", "2026-10-02", "  "),
        *("2026-10-02 24:11:12 UTC", "2026-02-30 10:11:12 UTC", "45936.4244", "02.10.26"),
        "2026-10-02 10:11:12 UTC ",
    ],
    "posted-date": ["2026-10-02", "09/06/25", "", "02.10.2026"],
    "quantity-purchased": ["1", "", "+2", "-1", "007", "1.5", " 3 "],
    "sku": [
        *("WID-S-UK", "", "\u00dc \u20ac", '"', 'a"b', "a\\b", "=1+1", "-2+3", "@x", "1E5"),
        *("1.23E+11", "#REF!", "#1", "a\x1fb", " x", "x\u00a0", "../../etc/passwd", "50% {x} %s"),
        *("a|b", "a | b", "\x7f", "\u2028", "a\0b", "Endl"),
    ],
    "order-item-code": ["62538071274626", "", "4.08E+13", "12E3", "ABE1", "abc"],
    "currency": ["", "GBP", "EUR", " GBP"],
    "total-amount": ["", "10.00"],
    "amount-type": ["ItemPrice", "ItemFees", "other-transaction"],
    "amount-description": ["Principal", "50% off {x}", "Fee #1", "#VALUE!", ""],
    "promotion-id": ["", " ", "P 1", "PLM-1"],
    "shipment-id": ["", "D1FyNyr6b", "1.5E+20"],
}
PLAIN = {column: texts[0] for column, texts in CELLS.items()}


@st.composite
def lines_of_a_file(draw: st.DrawFn) -> str:
    columns = HEADER if draw(st.booleans()) else [c for c in HEADER if c != "promotion-id"]
    many = draw(st.integers(1, 40))
    table = []
    for number in range(many):
        cells = {**DETAIL_CELLS, "order-id": f"202-{number // 4:07d}-1234567"}
        table.append([cells.get(column, "") for column in columns])
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        column = draw(st.sampled_from([c for c in CELLS if c in columns]))
        at = columns.index(column)
        texts = draw(st.lists(st.sampled_from(CELLS[column]), min_size=1, max_size=3))
        for row in table:
            row[at] = draw(st.sampled_from([row[at], row[at], *texts]))
    at = draw(st.integers(0, many - 1))
    shape = draw(st.sampled_from(["", "", "", "", "short", "long", "blank", "tabs"]))
    if shape == "short":
        table[at] = table[at][:-1]
    elif shape == "long":
        table[at] = [*table[at], draw(st.sampled_from(["", "x"]))]
    elif shape in {"blank", "tabs"}:
        table[at] = [""] * (1 if shape == "blank" else len(columns))
    summary = settlement_file([], columns=columns).splitlines()
    if draw(st.integers(0, 4)) == 0:
        summary[1] = summary[1].replace("10.00", draw(st.sampled_from(["10", "1,234", "1.234,00"])))
    text = "\n".join([*summary, *("\t".join(row) for row in table)])
    return text + draw(st.sampled_from(["\n", "", "\n\n  \n"]))


DETAIL_CELLS = {**{name.replace("_", "-"): text for name, text in DETAIL.items()}}
Found = tuple[Settlement | tuple[str, int | None, str | None], list[Json] | None]


def outcome(content: bytes, form: Form) -> Found:
    """Give what examining a file comes to, and the records of the lines it wrote."""
    file, lines = io.BytesIO(content), Lines(io.BytesIO(), form, {"report_id": "901"})
    try:
        settlement = examine(file, None, lines)
    except Unreadable as fault:
        return (str(fault), fault.row, fault.settlement_id), None
    if not lines.whole:
        return settlement, None
    found = [json.loads(text) for text in b"".join(lines.pieces(1000)).splitlines()]
    return settlement, [each.get("record", each) for each in found]


def by_second_reading(content: bytes, settlement: Settlement) -> list[Json]:
    shared = {
        "settlement_id": settlement.settlement_id,
        "report_id": "901",
        "currency": settlement.currency,
    }
    return [{**shared, **fields(row)} for row in rows(io.BytesIO(content), settlement)]


def both_ways_agree(text: str, *, block: int, memory: int = 4096, encoding: str = "utf-8") -> None:
    content = text.encode(encoding)
    form = Form("settlement_rows", FIELDS)
    with patch.object(flatfile, "BLOCK", block), patch.object(members, "MEMORY", memory):
        found, written = outcome(content, form)
        with patch.object(blocks.Blocks, "_quickly", return_value=None):
            expected, slowly = outcome(content, form)
    assert found == expected
    if isinstance(found, Settlement):
        records = by_second_reading(content, found)
        assert len(records) == found.row_count
        assert written in (None, records)
        assert slowly in (None, records)


@settings(max_examples=200, deadline=None)
@given(
    lines_of_a_file(),
    st.sampled_from([60, 500, 3000, 2**16]),
    st.sampled_from([1, 50, 4096]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_the_quick_way_finds_what_the_slow_way_finds(
    text: str, block: int, memory: int, encoding: str
) -> None:
    both_ways_agree(text, block=block, memory=memory, encoding=encoding)


@pytest.mark.parametrize("column", CELLS)
def test_each_odd_cell_is_found_both_ways(column: str) -> None:
    for text in CELLS[column]:
        for before in (0, 3, 30):
            details = [{"sku": f"S{n}", "order_item_code": f"7{n}"} for n in range(before + 4)]
            details[before][column.replace("-", "_")] = text
            both_ways_agree(settlement_file(details), block=400)


AMOUNTS_IN_ORDER = {
    "nothing tells until the end": ["1,234", "2,000", "1,234", "2,50"],
    "nothing tells at all": ["1,234", "2,000"],
    "a point at the end": ["1,234", "2,000", "1,234", "2.50"],
    "whole, then a comma": ["5", "7", "5", "2,50", "1,234", "5"],
    "a comma, then a point": ["2,50", "5", "2.50"],
    "a point, then groups, then a comma": ["2.50", "1,234", "1,234", "2,50"],
}


@pytest.mark.parametrize("total", ["10", "1,234", "10.00", "10,00"])
@pytest.mark.parametrize("amounts", AMOUNTS_IN_ORDER.values(), ids=AMOUNTS_IN_ORDER)
@pytest.mark.parametrize("block", [100, 2**16])
def test_amounts_are_read_alike_whenever_the_file_shows_its_decimals(
    total: str, amounts: list[str], block: int
) -> None:
    details = [{"amount": text} for text in amounts for _ in range(5)]
    both_ways_agree(settlement_file(details, {"total_amount": total}), block=block)


STRANGE_ROWS = {
    "a second summary row": {"transaction_type": "", "total_amount": "10.00"},
    "no type": {"transaction_type": ""},
    "a type of blanks and a total": {"transaction_type": " ", "total_amount": "10.00"},
    "summary values repeated": {"total_amount": "10.00", "currency": "GBP"},
    "another currency": {"currency": "EUR"},
    "blanks for a time": {"posted_date_time": "  ", "posted_date": "2026-10-02"},
    "a date alone": {"posted_date_time": "", "posted_date": "2026-10-02"},
    "a date nobody can read, beside a time": {"posted_date": "09/06/25"},
}


@pytest.mark.parametrize("row", STRANGE_ROWS.values(), ids=STRANGE_ROWS)
@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("before", [0, 1, 20])
def test_strange_rows_are_judged_alike(row: dict[str, str], count: int, before: int) -> None:
    details: list[dict[str, str]] = [{}] * before + [row] * count + [{}, {}]
    for block in (300, 2**16):
        both_ways_agree(settlement_file(details), block=block)


def plain_reader(content: str) -> list[Json]:
    """Read a file as Amazon writes it, the obvious way: csv, Decimal, datetime."""
    found = []
    table = csv.DictReader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(table, 2):
        if not row["transaction-type"]:
            continue
        at = datetime.strptime(row["posted-date-time"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
        quantity = row["quantity-purchased"]
        found.append(
            {
                "settlement_id": row["settlement-id"],
                "report_id": "901",
                "currency": "GBP",
                "row": number,
                "amount": str(Decimal(row["amount"])),
                "posted": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "quantity": int(quantity) if quantity else None,
                **{field: row[column] or None for field, column in TEXTS.items()},
            }
        )
    return found


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='#"\t'),
    min_size=1,
    max_size=12,
).filter(lambda text: "E+" not in text.upper())
AMOUNT = st.decimals(-99999, 99999, places=2).filter(lambda it: it != 0).map(str)
INSTANT = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001 - UTC
    lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC"
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "amount": AMOUNT,
                "posted_date_time": INSTANT,
                "sku": TEXT | st.just(""),
                "amount_description": TEXT,
                "quantity_purchased": st.integers(0, 99).map(str) | st.just(""),
                "shipment_id": st.sampled_from(["", "D1", "D2"]),
            }
        ),
        max_size=60,
    ),
    st.sampled_from([500, 2**16]),
    st.booleans(),
)
def test_lines_hold_what_a_plain_reader_reads(
    details: list[dict[str, str]], block: int, bare: bool
) -> None:
    content = settlement_file(details)
    with patch.object(flatfile, "BLOCK", block):
        settlement, written = outcome(content.encode(), Form("settlement_rows", FIELDS, bare=bare))
    assert isinstance(settlement, Settlement)
    expected = plain_reader(content)
    assert expected == by_second_reading(content.encode(), settlement)
    if bare and written is not None:
        written = [dict.fromkeys(FIELDS) | each for each in written]
    assert written == expected


def test_a_batch_leaves_out_what_is_null_in_all_rows() -> None:
    content = settlement_file([{"sku": f"SKU-{n}", "amount": f"{n}.10"} for n in range(3000)])
    form = Form("settlement_rows", FIELDS, bare=True)
    _, written = outcome(content.encode(), form)
    assert written is not None
    assert not any(value is None for row in written for value in row.values())


def test_plain_files_are_taken_the_quick_way() -> None:
    content = settlement_file([{"sku": f"SKU-{n % 7}", "amount": f"{n}.10"} for n in range(3000)])
    slow = 0
    line = blocks.Blocks._line

    def counted(self: blocks.Blocks, number: int, text: str) -> None:
        nonlocal slow
        slow += 1
        line(self, number, text)

    with patch.object(blocks.Blocks, "_line", counted):
        found, written = outcome(content.encode(), Form("settlement_rows", FIELDS))
    assert isinstance(found, Settlement)
    assert written is not None
    assert len(written) == 3000
    assert slow == 1


@pytest.mark.parametrize("selected", [{"row", "settlement_id", "amount"}, {"row", "settlement_id"}])
def test_a_field_that_is_not_selected_is_checked_and_not_written(selected: set[str]) -> None:
    form = Form("settlement_rows", selected)
    details = [{"sku": f"S{n}", "amount": f"{n}.00"} for n in range(50)]
    _, written = outcome(settlement_file(details).encode(), form)
    assert written is not None
    assert {frozenset(each) for each in written} == {frozenset(selected)}
    fault, _ = outcome(settlement_file([*details, {"quantity_purchased": "x"}]).encode(), form)
    assert fault == ("row 53: quantity 'x' is not a whole number", 53, "11111")
