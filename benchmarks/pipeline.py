"""Report to documents through `meltano run`, beside a plain loop over the same report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from benchmarks.files import plain_loop, write_settlement
from simulators import amazon_sp
from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo import demo_seller

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent
ROWS = int(os.environ.get("BENCH_PIPELINE_ROWS", "1000000"))


def report_to_documents(folder: Path, table: Table) -> None:
    """Measure the pipeline with rows in lines, and with rows in batch files."""
    if not (ROOT / ".meltano").is_dir() or not (BIN / "meltano").exists():
        table.add_row("settlement lines/s through meltano run", "-", "run `make install` first")
        return
    # The first run of all compiles and caches; it is no measure of start-up.
    idle = min(_run(folder, {}) for _ in range(3))
    for orders, prices in (("orders at 97 prices", 97), ("no two orders alike", ROWS)):
        report = folder / "large.txt"
        write_settlement(report, ROWS, prices=prices)
        start = time.perf_counter()
        with (folder / "plain.jsonl").open("w", encoding="utf-8") as out:
            plain_loop(report, out)
        plain = ROWS / (time.perf_counter() - start)
        (folder / "plain.jsonl").unlink()
        report_files = {"TAP_AMAZON_SP_SETTLEMENT_FILES": json.dumps([str(report)])}
        batches = {"TAP_AMAZON_SP_BATCH_CONFIG": json.dumps(_batches(folder))}
        for way, settings in (("RECORD lines", {}), ("BATCH files", batches)):
            seconds = _run(folder, report_files | settings)
            table.add_row(
                f"report lines/s to documents, meltano run, {way}, {orders}",
                f"{ROWS / (seconds - idle):,.0f}",
                f"{plain:,.0f}, plain csv + Decimal + json loop; wanted twice that",
            )
    table.add_row("seconds of a meltano run with nothing to do", f"{idle:,.1f}", "start-up")


def _batches(folder: Path) -> dict[str, object]:
    """Ask the tap for the SDK's batch files."""
    root = folder / "batches"
    root.mkdir(exist_ok=True)
    return {
        "encoding": {"format": "jsonl", "compression": "none"},
        "storage": {"root": root.as_uri()},
    }


def _run(folder: Path, settings: Mapping[str, str]) -> float:
    """Run the pipeline into files; gives its seconds, start-up and all.

    Each run has an Amazon of its own: a usage plan that the last one used up would slow it.
    """
    participations = demo_seller(datetime.now(UTC)).participations
    with amazon_sp.server(Seller(participations=participations)) as amazon:
        address = {
            "TAP_AMAZON_SP_API_URL": amazon.url,
            "TAP_AMAZON_SP_AUTH_URL": f"{amazon.url}/auth/o2/token",
        }
        return _timed(folder, {**address, **settings})


def _timed(folder: Path, settings: Mapping[str, str]) -> float:
    documents = folder / "documents"
    shutil.rmtree(documents, ignore_errors=True)
    documents.mkdir()
    environment = {
        **os.environ,
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "MAPS_DIR": str(ROOT / "maps"),
        "BOOKS_URL": f"sqlite:///{folder / 'none.db'}",
        "TARGET_JSONL_DESTINATION_PATH": str(documents),
        **settings,
    }
    command: list[str | Path] = [BIN / "meltano", "--environment=demo", "run", "--full-refresh"]
    # What others have written must not reach the disk while this one is timed.
    os.sync()
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own project
        [*command, "tap-amazon-sp", "mapper", "target-jsonl"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"meltano run failed:\n{done.stderr[-3000:]}")
    _check(documents / "settlements.jsonl", "TAP_AMAZON_SP_SETTLEMENT_FILES" in settings)
    return seconds


def _check(proofs: Path, expected: bool) -> None:
    """Refuse to praise a run that did not tie all rows to the deposit."""
    found = [json.loads(line) for line in proofs.open(encoding="utf-8")] if proofs.exists() else []
    if [(each["status"], each["rows"]) for each in found] != [("tied", ROWS)] * expected:
        raise AssertionError(f"wrong proofs: {[(e['status'], e['rows']) for e in found]}")
