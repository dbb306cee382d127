"""Rows to documents: what the mapper needs for a million, beside a plain loop over the lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import msgspec
from rich.table import Table

from benchmarks.files import LINES, settlement_messages

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent
ROWS = int(os.environ.get("BENCH_MAPPED_ROWS", "1000000"))
ORDERS = ROWS // len(LINES)
STYLES = {"settlements": ("Amazon.de", "EUR"), "orders": ("Amazon.co.uk", "GBP")}


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds of a processor, kilobytes at its peak."""

    cpu: float
    peak: int


def mapped(lines: Path, documents: Path) -> Spent:
    """Run the mapper over Singer lines."""
    config = {"maps": str(ROOT / "maps"), "books": f"sqlite:///{documents.parent / 'none.db'}"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        command: list[str | Path] = [BIN / "mapper-amazon-xero", "--config", file.name]
        with lines.open("rb") as source, documents.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own plugin
                command, stdin=source, stdout=out, stderr=subprocess.DEVNULL, cwd=ROOT
            )
            _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "mapper-amazon-xero")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def plain_sums(lines: Path) -> tuple[float, dict[tuple[str, ...], Decimal]]:
    """Do what any script would: json.loads each line, sum Decimals by triple."""
    sums: dict[tuple[str, ...], Decimal] = {}
    start = time.process_time()
    with lines.open(encoding="utf-8") as source:
        for line in source:
            message = json.loads(line)
            if message.get("stream") != "settlement_rows" or message["type"] != "RECORD":
                continue
            row = message["record"]
            key = (row["transaction_type"], row["amount_type"], row["amount_description"])
            sums[key] = sums.get(key, Decimal(0)) + Decimal(row["amount"])
    return time.process_time() - start, sums


def rows_to_documents(folder: Path, table: Table) -> None:
    """Measure both posting styles, and what twice the rows of the same orders add.

    Orders that are alike cost least. `no two alike` is the far end: no amount stands twice in it.
    """
    nothing = folder / "nothing.jsonl"
    nothing.write_text("")
    idle = mapped(nothing, folder / "idle.jsonl")
    for style, (marketplace, currency) in STYLES.items():
        lines, documents = folder / "rows.jsonl", folder / "documents.jsonl"
        settlement_messages(lines, ROWS, marketplace, currency)
        plain, sums = plain_sums(lines)
        spent = mapped(lines, documents)
        _check(documents, sum(sums.values(), Decimal(0)))
        table.add_row(
            f"rows/s of CPU, {ROWS:,} rows to documents, style {style}",
            f"{ROWS / (spent.cpu - idle.cpu):,.0f}",
            f"{ROWS / plain:,.0f}, plain json.loads + Decimal sums by triple",
        )
        settlement_messages(lines, ROWS, marketplace, currency, prices=ORDERS)
        unlike = mapped(lines, documents)
        table.add_row(
            f"the same, no two orders alike, style {style}",
            f"{ROWS / (unlike.cpu - idle.cpu):,.0f}",
            f"{ROWS / plain_sums(lines)[0]:,.0f}",
        )
        settlement_messages(lines, ROWS, marketplace, currency, times=2)
        doubled = mapped(lines, documents)
        table.add_row(
            f"memory, bytes an order, style {style}",
            f"{(spent.peak - idle.peak) * 1024 / ORDERS:,.0f}",
            f"1,024; with twice the rows {(doubled.peak - idle.peak) * 1024 / ORDERS:,.0f}, "
            f"no two alike {(unlike.peak - idle.peak) * 1024 / ORDERS:,.0f}",
        )


class _Proof(msgspec.Struct):
    status: str
    deposit: str


class _Proven(msgspec.Struct):
    record: _Proof


def _check(documents: Path, total: Decimal) -> None:
    """Refuse to praise a wrong result: the proof must tie to the plain loop's total.

    Decoded in part: a process started from one that has grown seems as large from its start.
    """
    mark = b'{"type":"RECORD","stream":"settlements"'
    with documents.open("rb") as made:
        [proof] = [
            msgspec.json.decode(line, type=_Proven).record for line in made if line.startswith(mark)
        ]
    if proof.status != "tied" or Decimal(proof.deposit) != total:
        raise AssertionError(f"wrong: {proof.status} {proof.deposit}, {total} expected")
