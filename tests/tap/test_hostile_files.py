"""Files that are no settlement, or mean harm: bounded memory, a clear reason, nothing of them."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from amazon_tap import CREDENTIALS, Deliver, Json, Tap, settled, settlement_file

from benchmarks.files import write_settlement
from tap_amazon_sp import guard
from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import examine, fields, rows
from tap_amazon_sp.sources import Archived

MEGABYTE = 2**20


def spreadsheet() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return file.getvalue()


FOREIGN = {
    "a web page": (b"\n<!DOCTYPE html><html>Sign in</html>", "a web page, most likely one that"),
    "a web page without doctype": (b"<HTML><body>", "a web page"),
    "XML": (b"\xef\xbb\xbf<?xml version='1.0'?><AmazonEnvelope/>", "XML, which Amazon no longer"),
    "a spreadsheet": (spreadsheet(), "a spreadsheet (or a ZIP archive)"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "(.xls)"),
    "a PDF": (b"%PDF-1.7\n", "a PDF"),
    "an error of Amazon's": (b'{"errors":[{"code":"Unauthorized"}]}', "JSON, most likely an error"),
    "packed twice": (gzip.compress(gzip.compress(b"x")), "packed twice"),
    "a comma-separated file": (
        settlement_file().replace("\t", ",").encode(),
        "its columns are separated by commas, as a spreadsheet saves them",
    ),
    "semicolons": (settlement_file().replace("\t", ";").encode(), "separated by semicolons"),
    "quotes around names": (
        settlement_file().replace("settlement-id", '"settlement-id"').encode(),
        "1 of the 15 columns needed are missing: settlement-id",
    ),
}


@pytest.mark.parametrize("archived", [True, False], ids=["archived", "report"])
@pytest.mark.parametrize(("content", "words"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_settlement_says_what_it_is(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path, archived: bool, content: bytes, words: str
) -> None:
    settings: Json = {}
    if archived:
        (tmp_path / "a.txt").write_bytes(content)
        settings["settlement_files"] = [str(tmp_path / "a.txt")]
    else:
        packed = content[:2] == b"\x1f\x8b"
        deliver("901", content, compressed=packed, content_type=None)
    deliver("902", settled("22222", "10.00"), created="2026-10-19T00:00:00Z")
    ran = empty_tap(**settings)
    assert ran.error is None
    refused, good = ran.records("settlements")
    assert words in refused["fault"]
    assert refused["settlement_id"] == ("file-a.txt" if archived else "report-901")
    assert refused["total_amount"] is refused["row_count"] is None
    assert [row["settlement_id"] for row in ran.records("settlement_rows")] == ["22222"]
    assert good["settlement_id"] == "22222"


def hostile() -> Iterator[tuple[str, bytes, str]]:
    head = settlement_file().encode()
    yield "a bomb of zeros", gzip.compress(bytes(16 * MEGABYTE)), "holds NUL characters"
    line = gzip.compress(head + b"x" * 16 * MEGABYTE)
    yield "one long line", line, "a line of the file has more than 1,048,576 bytes"
    yield "a long first line", gzip.compress(b"y" * 16 * MEGABYTE), "a line of the file has more"
    # Nearly the longest that the guard lets pass.
    wide = b"\t".join([head.split(b"\n")[0], *(b"c" for _ in range(500_000))])
    yield "many columns", gzip.compress(wide + b"\n"), "the header names a column twice"
    tabs = gzip.compress(head + b"11111" + b"\t" * 1_000_000 + b"\n")
    yield "many fields", tabs, "the row has more than 262,144 characters"
    yield "a NUL", gzip.compress(head.replace(b"WID", b"W\0D")), "holds NUL characters"
    blank = gzip.compress(head + b"\n" * 8 * MEGABYTE + head.split(b"\n")[2])
    yield "a flood of blank lines", blank, "row 4: the row is empty, and rows follow it"
    flood = gzip.compress(b"\n" * 8 * MEGABYTE)
    yield "blank lines alone", flood, "the file has no header line"


CASES = {name: (content, words) for name, content, words in hostile()}


@pytest.mark.parametrize("archived", [True, False], ids=["archived", "report"])
@pytest.mark.parametrize(("content", "words"), CASES.values(), ids=CASES)
def test_a_hostile_file_costs_bounded_memory_and_a_clear_error(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path, archived: bool, content: bytes, words: str
) -> None:
    settings: Json = {}
    if archived:
        (tmp_path / "a.txt.gz").write_bytes(content)
        settings["settlement_files"] = [str(tmp_path / "a.txt.gz")]
    else:
        deliver("901", content, compressed=True)
    tracemalloc.start()
    try:
        ran = empty_tap(**settings)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ran.error is None
    (refused,) = ran.records("settlements")
    assert words in refused["fault"]
    assert len(refused["fault"]) < 400
    assert ran.records("settlement_rows") == []
    assert peak < 30 * MEGABYTE


def test_a_file_of_more_than_the_most_is_stopped(
    empty_tap: Tap, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST", MEGABYTE)
    text = settled("11111", *(["1.00"] * 10_000))
    deliver("901", gzip.compress(text.encode()), compressed=True)
    (refused,) = empty_tap().records("settlements")
    assert "the file has more than 1,048,576 bytes; no settlement report has" in refused["fault"]


# Texts that a spreadsheet, a shell, a path or a database would take for more than they are.
SKUS = [
    *('=HYPERLINK("http://example.com","x")', "=1+1", "+1", "-2+3", "@SUM(A1)", "'x", '"'),
    *("../../etc/passwd", "/dev/null", "C:\\x", "$(id)", "`id`", "%s%n", "{0}", "'; DROP TABLE"),
    *("NULL", "null", "\ufeffx", "\u202eabc", "\U0001f600", "\x7f", "1e5", "#1", "<script>"),
]


def test_texts_that_look_like_more_than_texts_are_kept_as_they_are(
    empty_tap: Tap, deliver: Deliver
) -> None:
    deliver("901", settlement_file([{"sku": sku} for sku in SKUS]))
    ran = empty_tap()
    assert [row["sku"] for row in ran.records("settlement_rows")] == SKUS


@pytest.mark.parametrize("settlement_id", ["../../x", "/etc/passwd", "1; DROP", "1" * 21, "-1"])
def test_a_settlement_id_is_a_number_of_at_most_twenty_digits(settlement_id: str) -> None:
    content = settlement_file([{"settlement_id": settlement_id}], {"settlement_id": settlement_id})
    with pytest.raises(Unreadable, match="is not a number of at most 20 digits"):
        examine(io.BytesIO(content.encode()))


@pytest.mark.parametrize(
    "charset",
    ["hex", "zlib", "rot13", "unicode_escape", "punycode", "utf-7", "idna", "\x00", "x" * 9],
)
def test_a_charset_that_is_none_of_files_is_passed_over(charset: str) -> None:
    file = io.BytesIO(settlement_file([{"sku": "\u00dc+AGE-\\n"}]).encode())
    settlement = examine(file, charset)
    assert [fields(row)["sku"] for row in rows(file, settlement)] == ["\u00dc+AGE-\\n"]


def test_a_files_odd_name_is_only_its_name(empty_tap: Tap, tmp_path: Path) -> None:
    name = "=cmd|' '!A0 \u202e$(id) settlement.txt"
    (tmp_path / name).write_text(settled("11111", "10.00"))
    (record,) = empty_tap(settlement_files=[str(tmp_path / "*.txt")]).records("settlements")
    assert record["source"] == name


def test_a_folder_or_a_broken_link_is_no_file(empty_tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere")
    ran = empty_tap(settlement_files=[str(tmp_path / "*.txt")])
    assert ran.error is None
    assert ran.records("settlements") == []


def test_an_archive_that_is_cut_short_is_refused_before_its_rows_count(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(settled("11111", *(["1.00"] * 5000)).encode())[:-9])
    with pytest.raises(Unreadable, match="cut short or broken"), Archived(path).open():
        pass


MEASURED = """
import sys
from tap_amazon_sp.tap import TapAmazonSP
try:
    TapAmazonSP.cli()
finally:
    sys.stdout.flush()
    # Not getrusage: its figure counts the process that this one was forked from.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(status["VmHWM"].split()[0]) // 1024, file=sys.stderr)
"""


def peak_of(config: Json, out: Path, *, address_space: int | None = None) -> int:
    """Run the tap as a process; give its peak RSS in MB."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({address_space},) * 2)\n"
    with out.open("wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-c", (limit if address_space else "") + MEASURED, "--config", "ENV"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={
                **os.environ,
                **{
                    f"TAP_AMAZON_SP_{name.upper()}": it if isinstance(it, str) else json.dumps(it)
                    for name, it in config.items()
                },
            },
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stderr.splitlines()[-1])


@pytest.mark.slow
def test_memory_is_flat_from_100_000_rows_to_1_000_000(empty_config: Json, tmp_path: Path) -> None:
    peaks = {}
    for count in (100_000, 1_000_000):
        plain, packed = tmp_path / "rows.txt", tmp_path / f"{count}.txt.gz"
        write_settlement(plain, count)
        with plain.open("rb") as source, gzip.open(packed, "wb", 1) as made:
            made.writelines(source)
        config = {**CREDENTIALS, **empty_config, "settlement_files": [str(packed)]}
        peaks[count] = peak_of(config, tmp_path / "out.jsonl")
        packed.unlink()
        with (tmp_path / "out.jsonl").open("rb") as out:
            assert sum(line.startswith(b'{"type":"RECORD"') for line in out) == count + 1
    assert max(peaks.values()) < 120
    assert abs(peaks[1_000_000] - peaks[100_000]) < 15


def a_gigabyte_of(character: bytes) -> bytes:
    packing = zlib.compressobj(1, zlib.DEFLATED, 31)
    piece = character * MEGABYTE
    return b"".join([*(packing.compress(piece) for _ in range(1024)), packing.flush()])


@pytest.mark.slow
def test_bombs_of_gigabytes_fit_into_little_memory(
    empty_config: Json, deliver: Deliver, tmp_path: Path
) -> None:
    deliver("901", a_gigabyte_of(b"\0") * 100, compressed=True, created="2026-10-18T00:00:00Z")
    line = gzip.compress(settlement_file().encode()) + a_gigabyte_of(b"x")
    deliver("902", line, compressed=True, created="2026-10-19T00:00:00Z")
    out = tmp_path / "out.jsonl"
    peak = peak_of({**CREDENTIALS, **empty_config}, out, address_space=2**30)
    found = [json.loads(text) for text in out.read_text().splitlines()]
    of_zeros, of_one_line = (
        message["record"]["fault"]
        for message in found
        if message["type"] == "RECORD" and message["stream"] == "settlements"
    )
    assert "NUL" in of_zeros
    assert "a line of the file" in of_one_line
    assert peak < 120
