"""Report to Singer lines: what the tap needs for a settlement, beside a plain loop over its file.

Both read the same packed report, in the same process: CPU seconds of one thread, so that neither
the machine's other work nor the simulator that serves the report counts.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.files import COLUMNS, write_settlement
from simulators.amazon_sp import Document, Seller, server
from tap_amazon_sp.tap import TapAmazonSP

ROWS = int(os.environ.get("BENCH_READ_ROWS", "200000"))
PEAKS = (100_000, 1_000_000)
PEAK_BOUND = 120
CREDENTIALS = {
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "amzn1.oa2-cs.v1.demo",
    "refresh_token": "Atzr|demo",
}
MEASURED = """
import sys
from tap_amazon_sp.tap import TapAmazonSP
try:
    TapAmazonSP.cli()
finally:
    sys.stdout.flush()
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(status["VmHWM"].split()[0], file=sys.stderr)
"""


def report_to_lines(folder: Path, table: Table) -> None:
    """Measure an ordinary report, one whose rows have nothing in common, batches, and memory."""
    kinds: dict[str, Callable[[Path, int], None]] = {
        "four rows an order": write_settlement,
        "nothing repeated": _write_unlike,
    }
    for kind, write in kinds.items():
        packed = _packed(folder, ROWS, write)
        plain = _plain(packed, folder / "plain.jsonl")
        for way in ("RECORD lines", "batch file"):
            ours = _tap(packed, folder, in_batch=way == "batch file")
            table.add_row(
                f"us of CPU a row, report to {way}, {kind}",
                f"{ours / ROWS * 1e6:.2f}",
                f"{plain / ROWS * 1e6:.2f}, plain gunzip + csv + json loop; ours is"
                f" {ours / plain:.0%} of it, 50% at most",
            )
    for rows in PEAKS:
        packed = _packed(folder, rows, write_settlement)
        table.add_row(
            f"peak memory of the tap, MB, {rows:,} rows",
            f"{_peak(packed, folder) / 1024:,.0f}",
            f"below {PEAK_BOUND}, and the same for every length",
        )


def _packed(folder: Path, rows: int, write: Callable[[Path, int], None]) -> Path:
    plain, packed = folder / "read.txt", folder / "read.txt.gz"
    write(plain, rows)
    with plain.open("rb") as source, gzip.open(packed, "wb", 6) as out:
        out.writelines(source)
    plain.unlink()
    return packed


def _write_unlike(path: Path, rows: int) -> None:
    """Write a settlement in which no row shares its order, item, instant or SKU with another."""
    total = sum((_amount(number) for number in range(rows)), Decimal(0))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\n")
        summary = ["900100200300", *("2026-09-01 00:00:00 UTC", "2026-09-15 00:00:00 UTC")]
        summary += ["2026-09-17 00:00:00 UTC", str(total), "EUR"]
        file.write("\t".join(summary + [""] * (len(COLUMNS) - len(summary))) + "\n")
        file.writelines("\t".join(cells) + "\n" for cells in _unlike(rows))


def _amount(number: int) -> Decimal:
    return Decimal(number * 7919 % 100_000 + 1) / 100


def _unlike(rows: int) -> Iterator[list[str]]:
    for number in range(rows):
        mixed = number * 2_654_435_761 % 2**32
        day = f"2026-09-{number % 14 + 1:02d}"
        second = mixed % 86400
        time_of_day = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        cells = {
            "settlement-id": "900100200300",
            "transaction-type": "Order",
            "order-id": f"302-{number:07d}-{mixed % 10**7:07d}",
            "shipment-id": f"D{mixed:x}",
            "marketplace-name": "Amazon.de",
            "amount-type": "ItemPrice",
            "amount-description": "Principal",
            "amount": f"{_amount(number):.2f}",
            "posted-date": day,
            "posted-date-time": f"{day} {time_of_day} UTC",
            "order-item-code": f"{7 * 10**13 + mixed}",
            "sku": f"SKU-{mixed % 1_000_003}",
            "quantity-purchased": "1",
        }
        yield [cells.get(column, "") for column in COLUMNS]


def _plain(packed: Path, out: Path) -> float:
    """Do what any script would; gives the seconds."""
    start = time.thread_time()
    with (
        gzip.open(packed, "rt", encoding="utf-8", newline="") as source,
        out.open("w", encoding="utf-8") as lines,
    ):
        for row in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            lines.write(json.dumps(row) + "\n")
    return time.thread_time() - start


def _tap(packed: Path, folder: Path, *, in_batch: bool) -> float:
    """Run the tap over the report as Amazon serves it; gives the seconds, start-up aside."""
    seller = Seller()
    document = Document("amzn1.spdoc.1.4.eu.bench", packed.read_bytes(), compressed=True)
    spent = []
    for there in (False, True):
        if there:
            seller.add_document(document)
            seller.add_report(_report(seller, document.document_id))
        with server(seller) as amazon, (folder / "lines.jsonl").open("w") as out:
            config: dict[str, Any] = {**CREDENTIALS, **_addresses(amazon.url)}
            if in_batch:
                storage = {"root": (folder / "batches").as_uri()}
                config["batch_config"] = {"encoding": {"format": "jsonl"}, "storage": storage}
            start = time.thread_time()
            with redirect_stdout(out):
                tap = TapAmazonSP(config=config, catalog=_settlements_alone(config))
                tap.sync_all()
            spent.append(time.thread_time() - start)
            tap.session.close()
    _check(folder, in_batch=in_batch)
    return spent[1] - spent[0]


def _report(seller: Seller, document_id: str) -> dict[str, Any]:
    return {
        "reportId": "901",
        "reportType": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
        "createdTime": seller.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "processingStatus": "DONE",
        "reportDocumentId": document_id,
    }


def _addresses(url: str) -> dict[str, str]:
    return {"api_url": url, "auth_url": f"{url}/auth/o2/token"}


def _settlements_alone(config: dict[str, Any]) -> dict[str, Any]:
    catalog: dict[str, Any] = TapAmazonSP(config=config).catalog_dict
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["stream"].startswith("settlement")
    return catalog


def _check(folder: Path, *, in_batch: bool) -> None:
    """Refuse to praise a wrong result: every row must be there, once."""
    written = [folder / "lines.jsonl"]
    if in_batch:
        written = list((folder / "batches").iterdir())
    mark = b'{"row":' if in_batch else b'{"type":"RECORD","stream":"settlement_rows"'
    found = 0
    for path in written:
        with path.open("rb") as lines:
            found += sum(line.startswith(mark) for line in lines)
        path.unlink()
    if found != ROWS:
        raise AssertionError(f"wrong: {found} rows, {ROWS} expected")


def _peak(packed: Path, folder: Path) -> int:
    """Run the tap as a process over an archived report; gives kilobytes at its peak."""
    with server(Seller()) as amazon:
        config = {**CREDENTIALS, **_addresses(amazon.url), "settlement_files": [str(packed)]}
        path = folder / "tap.json"
        path.write_text(json.dumps(config))
        with (folder / "lines.jsonl").open("wb") as out:
            done = subprocess.run(  # noqa: S603 - our own plugin
                [sys.executable, "-c", MEASURED, "--config", str(path)],
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                check=True,
            )
    return int(done.stderr.splitlines()[-1])
