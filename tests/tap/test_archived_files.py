from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from amazon_tap import (
    Deliver,
    Tap,
    settled,
    settlement_file,
)


def test_archived_files_are_read_as_if_amazon_had_served_them(
    empty_tap: Tap, tmp_path: Path
) -> None:
    (tmp_path / "b.txt").write_bytes(settled("22222", "10.00").encode("utf-8-sig"))
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(settled("11111", "10.00").encode()))
    ran = empty_tap(settlement_files=[str(tmp_path / "*.txt*"), str(tmp_path / "b.txt")])
    found = [
        (each["settlement_id"], each["source"], each["report_id"], each["created"])
        for each in ran.records("settlements")
    ]
    assert found == [
        ("11111", "a.txt.gz", None, "2026-10-15T00:00:00Z"),
        ("22222", "b.txt", None, "2026-10-15T00:00:00Z"),
    ]
    assert [row["report_id"] for row in ran.records("settlement_rows")] == [None, None]


def test_archived_files_once_written_are_not_written_again(empty_tap: Tap, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(settled("11111", "10.00"))
    first = empty_tap(settlement_files=[str(file)])
    second = empty_tap(settlement_files=[str(file)], state=first.state)
    assert second.records("settlements") == []
    file.write_text(settled("11111", "9.00", "1.00"))
    third = empty_tap(settlement_files=[str(file)], state=second.state)
    assert len(third.records("settlement_rows")) == 2


def test_an_archived_settlement_that_amazon_serves_too_is_written_once(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(settled("11111", "10.00"))
    deliver("901", settled("11111", "10.00"))
    ran = empty_tap(settlement_files=[str(tmp_path / "a.txt")])
    assert [each["source"] for each in ran.records("settlements")] == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Settlement file a.txt cannot be read: the file has no header line."),
        (gzip.compress(b"settlement-id")[:-4], "the GZIP file is cut short or broken"),
        (settlement_file().replace("amount-type", "kind").encode(), "missing: amount-type"),
    ],
    ids=["empty", "short GZIP", "a column missing"],
)
def test_an_archived_file_that_cannot_be_read_is_a_fault(
    empty_tap: Tap, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    ran = empty_tap(settlement_files=[str(tmp_path / "a.txt")])
    (record,) = ran.records("settlements")
    assert words in record["fault"]
    assert record["settlement_id"] == "file-a.txt"
    assert record["created"] is None
    assert ran.error is None


def test_a_pattern_that_matches_nothing_is_said(
    empty_tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    empty_tap(settlement_files=["/nowhere/*.txt"])
    assert "no file matches /nowhere/*.txt" in caplog.text
