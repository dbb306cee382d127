"""Rows in files that a BATCH message names (`batch_config`), for mappers that read them."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from amazon_tap import CREDENTIALS, Deliver, Json, Run, Tap, catalog_without, settled
from singer_sdk.exceptions import ConfigValidationError

from simulators.amazon_sp import Seller
from tap_amazon_sp.batches import Batches
from tap_amazon_sp.tap import TapAmazonSP


def batch_config(folder: Path, compression: str | None = None, **storage: str) -> Json:
    encoding = {"format": "jsonl", **({"compression": compression} if compression else {})}
    return {"encoding": encoding, "storage": {"root": folder.as_uri(), **storage}}


def files_of(ran: Run) -> list[list[Path]]:
    return [
        [Path(unquote(urlsplit(url).path)) for url in message["manifest"]]
        for message in ran.messages
        if message["type"] == "BATCH"
    ]


def rows_of(paths: list[Path]) -> list[Json]:
    found = []
    for path in paths:
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        found += [json.loads(line) for line in text.splitlines()]
    return found


@pytest.mark.parametrize("compression", [None, "none", "gzip"])
def test_rows_are_in_files_what_they_are_as_lines(
    tap: Tap, tmp_path: Path, compression: str | None
) -> None:
    as_lines = tap("settlements", "settlement_rows")
    ran = tap(
        "settlements", "settlement_rows", batch_config=batch_config(tmp_path / "b", compression)
    )
    assert ran.error is None
    assert ran.records("settlement_rows") == []
    told = as_lines.records("settlement_rows")
    # What a row of a batch leaves out is null.
    blank = dict.fromkeys(told[0])
    assert [blank | row for paths in files_of(ran) for row in rows_of(paths)] == told
    assert ran.records("settlements") == as_lines.records("settlements")
    assert ran.state == as_lines.state


def test_a_batch_comes_before_its_settlement_and_holds_that_ones_rows(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    deliver("901", settled("11111", "4.00", "6.00"))
    deliver("902", settled("22222", "10.00"), created="2026-10-19T00:00:00Z")
    ran = empty_tap(batch_config=batch_config(tmp_path))
    assert ran.outline()[2:] == [
        *("BATCH settlement_rows", "RECORD settlements", "STATE"),
        *("BATCH settlement_rows", "RECORD settlements", "STATE"),
    ]
    first, second = files_of(ran)
    assert [row["settlement_id"] for row in rows_of(first)] == ["11111", "11111"]
    assert [row["settlement_id"] for row in rows_of(second)] == ["22222"]
    message = next(m for m in ran.messages if m["type"] == "BATCH")
    assert message["encoding"]["format"] == "jsonl"
    assert message["encoding"].get("compression") is None


def test_only_the_selected_fields_are_in_the_files(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    deliver("901", settled("11111", "10.00"))
    ran = empty_tap(catalog=catalog_without("sku"), batch_config=batch_config(tmp_path))
    ((row,),) = map(rows_of, files_of(ran))
    assert "sku" not in row
    assert row["amount"] == "10.00"


def test_other_streams_are_written_as_lines(tap: Tap, tmp_path: Path) -> None:
    ran = tap(batch_config=batch_config(tmp_path))
    assert {m["stream"] for m in ran.messages if m["type"] == "BATCH"} == {"settlement_rows"}
    assert ran.records("orders") == tap().records("orders")


def test_files_are_for_their_owner_and_named_by_the_prefix(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    deliver("901", settled("11111", "10.00"))
    folder = tmp_path / "a folder" / "that is not there"
    empty_tap(batch_config=batch_config(folder, prefix="acme-"))
    (path,) = folder.iterdir()
    assert path.name.startswith("acme-settlement_rows-")
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_not_handed_over_leaves_no_file(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    deliver("901", settled("11111", "10.00"))
    deliver("902", settled("11111", "10.00"), created="2026-10-19T00:00:00Z")
    deliver("903", "no settlement at all", created="2026-10-20T00:00:00Z")
    ran = empty_tap(batch_config=batch_config(tmp_path))
    assert sorted(tmp_path.iterdir()) == sorted(path for paths in files_of(ran) for path in paths)
    assert len(files_of(ran)) == 1


def test_files_that_nobody_read_are_deleted_a_day_later(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name
        for name in ("settlement_rows-1.jsonl", "settlement_rows-2.jsonl.gz", "rows-3.jsonl")
    )
    for path in (old, young, other):
        path.touch()
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    os.utime(other, (yesterday, yesterday))
    Batches(batch_config(tmp_path), "settlement_rows")
    assert sorted(tmp_path.iterdir()) == sorted([young, other])


def test_rows_that_needed_a_second_reading_are_in_files_too(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    head, summary, *rows = settled("11111", "4.00", "6.00").splitlines()
    deliver("901", "\n".join([head, *rows, summary]))
    ran = empty_tap(batch_config=batch_config(tmp_path))
    ((first, second),) = map(rows_of, files_of(ran))
    assert (first["row"], second["row"], second["amount"]) == (2, 3, "6.00")


WRONG = {
    "another format": {"encoding": {"format": "parquet"}},
    "another compression": {"encoding": {"format": "jsonl", "compression": "zstd"}},
    "another place": {"storage": {"root": "s3://bucket/rows"}},
    "another machine": {"storage": {"root": "file://machine/rows"}},
    "no place": {"storage": {}},
    "a path for a prefix": {"storage": {"root": "/tmp", "prefix": "../"}},
    "no encoding": {"encoding": "jsonl"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_setting_that_cannot_be_honoured_is_refused(wrong: Json, empty_seller: Seller) -> None:
    config: Json = {**CREDENTIALS, "region": "eu"}
    config["batch_config"] = {**batch_config(Path("/tmp")), **wrong}
    with pytest.raises(ConfigValidationError) as caught:
        TapAmazonSP(config=config)
    assert any("batch_config" in fault or "jsonl" in fault for fault in caught.value.errors)
    assert empty_seller.calls == []


def test_the_setting_may_come_as_json(tmp_path: Path) -> None:
    config = {**CREDENTIALS, "region": "eu"}
    config["batch_config"] = json.dumps(batch_config(tmp_path))
    assert TapAmazonSP(config=config).config["batch_config"] == batch_config(tmp_path)
