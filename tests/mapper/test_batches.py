from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from source_records import closing, sale, schema, state

from transforms.batches import BatchRefused
from transforms.mapper import Unsettled

Message = dict[str, Any]
Run = Callable[..., list[Message]]


def batch(*files: Path | str, compression: str | None = None, **changes: Any) -> Message:
    manifest = [file.as_uri() if isinstance(file, Path) else file for file in files]
    encoding = {"format": "jsonl", "compression": compression}
    message = {"type": "BATCH", "stream": "settlement_rows", "encoding": encoding}
    return {**message, "manifest": manifest, **changes}


def written(path: Path, rows: list[Message]) -> Path:
    text = "".join(json.dumps(each["record"], separators=(",", ":")) + "\n" for each in rows)
    packed = gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode()
    path.write_bytes(packed)
    return path


def documents(messages: list[Message]) -> list[Message]:
    return [each for each in messages if each["type"] == "RECORD"]


@pytest.mark.parametrize("compression", [None, "none", "gzip"])
def test_rows_in_files_make_the_documents_that_rows_in_lines_make(
    run: Run, tmp_path: Path, compression: str | None
) -> None:
    rows = [*sale(3, "10.00"), *sale(6, "5.00", "026-4444444-4444444")]
    end = ".jsonl.gz" if compression == "gzip" else ".jsonl"
    files = [
        written(tmp_path / f"a b{end}", rows[:4]),
        written(tmp_path / f"c{end}", rows[4:]),
    ]
    in_lines = run([schema("settlement_rows"), *rows, closing("16.00")])
    in_files = run(
        [schema("settlement_rows"), batch(*files, compression=compression), closing("16.00")]
    )
    assert documents(in_files) == documents(in_lines)
    assert len(documents(in_files)) > 5
    assert not any(file.exists() for file in files)


def test_state_waits_for_the_settlement_whose_rows_came_in_a_file(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", sale(3, "10.00"))
    made = run([schema("settlement_rows"), batch(file), state("b"), closing("11.00")])
    assert made[-1]["type"] == "STATE"
    with pytest.raises(Unsettled):
        run([batch(written(file, sale(3, "10.00"))), state("b")])


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (batch("s3://bucket/rows.jsonl"), "not on this machine"),
        (batch("file:///nowhere/rows.jsonl"), "cannot be read"),
        (batch("file:///x", stream="orders"), "orders comes in batch files"),
        (batch("file:///x", encoding={"format": "parquet"}), "compression gzip or none"),
    ],
)
def test_a_batch_that_cannot_be_read_stops_the_run_with_the_next_step(
    run: Run, message: Message, words: str
) -> None:
    with pytest.raises(BatchRefused, match=words):
        run([schema("settlement_rows"), message])


WHOLE = gzip.compress(json.dumps(sale(3, "10.00")[0]["record"]).encode() + b"\n")


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:40] + bytes(20) + WHOLE[60:],
        b'{"row": 3}',
        gzip.compress(b'{"row": 3}\n'),
    ],
    ids=["cut short", "damaged", "not packed", "not a row"],
)
def test_a_damaged_batch_file_posts_nothing_and_stays(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: bytes
) -> None:
    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(broken)
    with pytest.raises(BatchRefused, match="run again"):
        run([batch(file, compression="gzip"), closing("11.00")])
    assert file.exists()
    assert '"RECORD"' not in capsys.readouterr().out
