"""Whole settlement files beside the books they make, in a notation an accountant can review.

Accounts are named after their class; amounts are debit positive. `make golden` rewrites the
expected files, which are then read and committed like code. Beside a settlement may lie what a
VAT report says of its orders (`.vat.csv`).
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from golden.golden_books import books_for
from golden.ledger_notation import block

from tap_amazon_sp import flatfile
from transforms import charts
from transforms.bookkeeping import Bookkeeper
from transforms.ledger.classes import SETTLEMENT_CLASSES
from transforms.wire import dictionaries

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.txt"))
EXPECTED = sorted(FOLDER.glob("*.expected"))
POSTING = re.compile(r"    (\S+) +(-?\d+\.\d\d) ([A-Z]{3})(  ; .*)?")


def singer_records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    report = file.with_suffix(".vat.csv")
    if report.is_file():
        with report.open(encoding="utf-8", newline="") as lines:
            yield from (("vat_transactions", line) for line in csv.DictReader(lines))
    with file.open("rb") as source:
        settlement = flatfile.examine(source)
        shared = {
            "settlement_id": settlement.settlement_id,
            "report_id": "R1",
            "currency": settlement.currency,
        }
        source.seek(0)
        for row in flatfile.rows(source, settlement):
            yield "settlement_rows", shared | flatfile.fields(row)
    yield (
        "settlements",
        {
            **shared,
            "created": settlement.end,
            "start": settlement.start,
            "end": settlement.end,
            "deposit": settlement.deposit,
            "total_amount": settlement.total_amount,
            "row_count": settlement.row_count,
            "checksum": settlement.checksum,
            "source": file.name,
            "fault": None,
            "fault_row": None,
        },
    )


def posted(file: Path) -> str:
    """The documents of a settlement file, one block each."""
    keeper = Bookkeeper(books_for(file), None)
    made = [
        message
        for stream, record in singer_records(file)
        for message in dictionaries(keeper.record(stream, record))
    ]
    shown = [each for each in made if each["stream"] not in ("vat_lines", "settlement_orders")]
    return "\n\n".join(block(each["stream"], each["record"]) for each in shown) + "\n"


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_settlement_file_makes_the_expected_books(file: Path) -> None:
    expected = file.with_suffix(".expected")
    found = posted(file)
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", EXPECTED, ids=[file.stem for file in EXPECTED])
def test_every_transaction_balances_and_clearing_ends_where_it_began(file: Path) -> None:
    """Read as ledger notation, by its own rules and nothing of ours."""
    left: dict[str, Decimal] = {}
    text = file.read_text(encoding="utf-8")
    for transaction in text.split("\n\n"):
        first, *postings = transaction.rstrip("\n").split("\n")
        if first.startswith(";"):
            assert all(line.startswith(";") for line in postings)
            continue
        assert re.match(r"\d{4}-\d\d-\d\d (\(\S+\) )?\S", first)
        matches = [POSTING.fullmatch(line) for line in postings]
        assert all(matches), transaction
        amounts = [(each[1], Decimal(each[2])) for each in matches if each]
        assert sum(amount for _, amount in amounts) == 0, transaction
        for account, amount in amounts:
            left[account] = left.get(account, Decimal(0)) + amount
    assert not left.get("clearing")
    assert not left.get("rollover")
    deposit = Decimal(re.findall(r"^;   deposit (\S+)", text, re.MULTILINE)[0])
    assert left.get("receivable", 0) + left.get("bank", 0) + charged(text) == max(deposit, 0)


def charged(text: str) -> Decimal:
    """What the bank was charged for a debt: no part of the deposit."""
    found = re.findall(r"^\S+ spend \| .*\n    bank\S* +(\S+)", text, re.MULTILINE)
    return -sum((Decimal(each) for each in found), Decimal(0))


def test_every_expected_file_has_its_settlement() -> None:
    assert [each.stem for each in FILES] == [each.stem for each in EXPECTED]


@pytest.mark.parametrize("file", EXPECTED, ids=[file.stem for file in EXPECTED])
def test_every_tax_type_is_one_of_the_countrys_own_chart(file: Path) -> None:
    if "destination" in file.name:
        pytest.skip("countries of arrival need tax rates that a person makes")
    country = {"de": "uk"}.get(file.name[:2], file.name[:2])
    known = charts.read(FOLDER.parent / "maps/standard_charts" / country).tax_types()
    lines = re.findall(
        r"^    .* [A-Z]{3}  ; (\w+)[,:]", file.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert lines
    assert set(lines) <= {*known, "NONE"} - ({"NONE"} if "BASEXCLUDED" in known else set())


def test_all_classes_both_styles_and_six_locales_appear() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in EXPECTED)
    classes = set(re.findall(r"^;   (\w+) +-?\d+\.\d\d  \d+ rows$", text, re.MULTILINE))
    assert classes == SETTLEMENT_CLASSES
    proofs = re.findall(r"^; proof: (\S+), style (\w+), tied$", text, re.MULTILINE)
    assert {style for _, style in proofs} == {"orders", "settlements"}
    assert {place for place, _ in proofs} == {
        "Amazon.co.uk",
        "Amazon.de",
        "Amazon.com",
        "Amazon.com.au",
        "Amazon.ca",
        "Amazon.co.jp",
    }


def test_both_layouts_of_one_settlement_make_the_same_books() -> None:
    retired, current = (posted(FOLDER / f"us_layout_{name}.txt") for name in ("v1", "v2"))
    assert "(AMZ-112-3000002-3000002) Amazon US | invoice" in current
    # Only the proof tells them apart: V1 has the tax on advertising in a row of its own.
    assert retired.partition("; proof:")[0] == current.partition("; proof:")[0]
