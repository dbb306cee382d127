"""Whole settlement files beside the books they make, in a notation an accountant can review.

Accounts are named after their class; amounts are debit positive. `GOLDEN=write` rewrites the
expected files, which are then read and committed like code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casebook import UK, book, rule

from tap_amazon_sp import flatfile
from transforms.bookkeeping import Bookkeeper
from transforms.ledger.book import Book

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.txt"))

US = replace(
    UK,
    marketplace_id="ATVPDKIKX0DER",
    name="Amazon.com",
    currency="USD",
    contact="Amazon US",
    tracking_option="US",
)
JP = replace(
    UK,
    marketplace_id="A1VC38T7YXB528",
    name="Amazon.co.jp",
    currency="JPY",
    contact="Amazon JP",
    tracking_option="JP",
)


def books_for(file: Path) -> Book:
    """The casebook's books; each file's marketplace is at home in its own base currency."""
    taxed = (
        rule("sales", "sales", "OUTPUT2", treatment="taxed"),
        rule("sales", "sales", "ZERORATED", treatment="untaxed"),
        rule("sales", "sales", "NONE", treatment="facilitator"),
    )
    home = {"us": US, "jp": JP}.get(file.name[:2])
    if home is not None:
        return book(*taxed, marketplaces=(home,), base_currency=home.currency)
    return book(*taxed, rule("tax_collected", "vat_de", marketplace="Amazon.de"))


def singer_records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
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
    blocks = []
    for stream, record in singer_records(file):
        for message in keeper.record(stream, record):
            made = message.to_dict()
            blocks.append("\n".join(BLOCKS[made["stream"]](made["record"])))
    return "\n\n".join(blocks) + "\n"


def invoice(record: dict[str, Any]) -> Iterator[str]:
    only = ", if absent" if record["if_absent"] else ""
    yield f'{record["date"]} invoice {record["number"]} "{record["contact"]}"{only}'
    yield posting("receivable", record["total"], record["currency"], f"due {record['due_date']}")
    for line in record["lines"]:
        words = f"{line['tax_type']}  {line['quantity']} x {line['unit_amount']}"
        item = f"  [{line['item_code']}]" if line["item_code"] else ""
        amount = negative(line["amount"])
        description = f"{words}  {line['description']}{item}"
        yield posting(line["account"], amount, record["currency"], description)


def payment(record: dict[str, Any]) -> Iterator[str]:
    yield f'{record["date"]} payment of {record["pays"]} "{record["reference"]}"'
    yield posting(record["account"], record["amount"], record["currency"])
    yield posting("receivable", negative(record["amount"]), record["currency"])


def journal(record: dict[str, Any]) -> Iterator[str]:
    yield f'{record["date"]} journal "{record["narration"]}"'
    for line in record["lines"]:
        words = f"{line['tax_type']}  {line['description']}"
        yield posting(line["account"], line["amount"], record["currency"], words)


def bank_transaction(record: dict[str, Any]) -> Iterator[str]:
    sign = (lambda amount: amount) if record["kind"] == "receive" else negative
    yield f'{record["date"]} {record["kind"]} "{record["reference"]}"'
    yield posting(record["bank_account"], sign(record["total"]), record["currency"])
    for line in record["lines"]:
        yield posting(line["account"], negative(sign(line["amount"])), record["currency"])


def proof(record: dict[str, Any]) -> Iterator[str]:
    yield f"proof: deposit {record['deposit']}, difference {record['difference']}"
    yield f"  {record['rows']} rows, {record['rows_total']}"
    for each in record["classes"]:
        yield f"  {each['class']:<24} {each['amount']:>12}  {each['rows']} rows"
    for each in record["differences"]:
        yield f"  named: {each['name']}"


def posting(account: str, amount: str, currency: str, words: str = "") -> str:
    return f"  {account:<24} {amount:>12} {currency}  {words}".rstrip()


def negative(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


BLOCKS = {
    "invoices": invoice,
    "payments": payment,
    "journals": journal,
    "bank_transactions": bank_transaction,
    "settlements": proof,
}


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_settlement_file_makes_the_expected_books(file: Path) -> None:
    expected = file.with_suffix(".expected")
    found = posted(file)
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_both_layouts_of_one_settlement_make_the_same_books() -> None:
    retired, current = (posted(FOLDER / f"us_layout_{name}.txt") for name in ("v1", "v2"))
    assert "invoice AMZ-112-3000002-3000002" in current
    # Only the proof tells them apart: V1 has the tax on advertising in a row of its own.
    assert retired.rpartition("proof:")[0] == current.rpartition("proof:")[0]
