"""Lines as they are written: long ones in pieces, and none before its settlement is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from source_records import closing, row, sale, schema

from transforms.wire import Line, LongLine, ManyValues, Spool, dictionaries

Message = dict[str, Any]
Run = Callable[..., list[Message]]


@pytest.mark.parametrize("number", [0, 1, 2, 20_000])
def test_a_long_line_says_what_the_whole_line_would(number: int) -> None:
    values = [{"document_id": f"payment:{each}", "amount": "1.00"} for each in range(number)]
    packed = ManyValues()
    for each in values:
        packed.add(each)
    record = {"settlement_id": "7001", "documents": [], "status": "tied"}
    message = {"type": "RECORD", "stream": "settlements", "record": record}
    line = LongLine(message, "documents", packed)
    text = b"".join(line.chunks())
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    assert json.loads(text) == {**message, "record": {**record, "documents": values}}
    # A second reading gives the same: a proof is asked for again when a report changes.
    assert line.record["documents"] == values


def test_a_spool_gives_its_lines_in_order_whatever_their_size() -> None:
    spool = Spool()
    messages = [{"number": each, "text": "é" * 50_000} for each in range(100)]
    for each in messages:
        spool.add(Line(each).line)
    assert [*dictionaries(spool.lines())] == messages


def test_a_fault_of_the_last_order_leaves_nothing_of_the_first(run: Run, maps_folder: Path) -> None:
    """Documents of earlier orders are made by then, and must not have been said."""
    file = maps_folder / "accounts.csv"
    text = file.read_text(encoding="utf-8")
    assert "gift_wrap_income,,,," in text
    lines = [line for line in text.splitlines() if not line.startswith("gift_wrap_income,,")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    last = row(6, "Order/ItemPrice/GiftWrap", "1.00", order_id="026-9999999-9999999", sku="X")
    made = run([schema("settlement_rows"), *sale(3, "10.00"), last, closing("12.00")])
    records = [each for each in made if each["type"] == "RECORD"]
    assert [each["stream"] for each in records] == ["held", "settlements"]
    assert records[0]["record"]["reason"] == "no_account"


def test_the_proof_names_every_document_of_many_orders(run: Run) -> None:
    rows = [
        each
        for number in range(300)
        for each in sale(3 * number + 3, "10.00", f"026-0000000-{number:07d}")
    ]
    made = run([schema("settlement_rows"), *rows, closing("3300.00")])
    records = [each for each in made if each["type"] == "RECORD"]
    [proof] = [each["record"] for each in records if each["stream"] == "settlements"]
    others = ("settlements", "settlement_orders")
    said = [each["record"]["document_id"] for each in records if each["stream"] not in others]
    assert [each["document_id"] for each in proof["documents"]] == said
    assert len(said) == 602
