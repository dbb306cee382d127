"""The benchmarks; they measure and print, and fail only when a result is wrong."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from benchmarks.files import plain_loop, write_settlement
from benchmarks.mapping import rows_to_documents
from benchmarks.orders import Shop, orders_alone, plain_orders
from benchmarks.page import page_of_a_large_seller
from benchmarks.pipeline import report_to_documents
from benchmarks.reading import report_to_lines
from simulators import amazon_sp, xero
from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo import demo_seller
from simulators.xero.demo import demo_organisation

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ORDERS = int(os.environ.get("BENCH_ORDERS", "4000"))


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def run(
    executable: str,
    config: dict[str, Any],
    stdin: IO[bytes] | None,
    out: Path,
    options: Sequence[str | Path] = (),
) -> float:
    """Run a plugin over a stream; gives its seconds, start-up and all."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, out.open("wb") as stdout:
        json.dump(config, file)
        file.flush()
        command: Sequence[str | Path] = [BIN / executable, "--config", file.name, *options]
        start = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own plugins
            command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, check=True, cwd=ROOT
        )
        return time.perf_counter() - start


def settlement_lines(folder: Path, table: Table) -> None:
    """Report to Singer lines, and Singer lines to documents, against a plain loop."""
    report, lines, documents = folder / "report.txt", folder / "tap.jsonl", folder / "docs.jsonl"
    write_settlement(report, ROWS)
    start = time.perf_counter()
    with (folder / "plain.jsonl").open("w", encoding="utf-8") as out:
        rows = plain_loop(report, out)
    plain = time.perf_counter() - start
    with amazon_sp.server(Seller(participations=demo_seller(now()).participations)) as amazon:
        config = {
            "client_id": "amzn1.application-oa2-client.demo",
            "client_secret": "amzn1.oa2-cs.v1.demo",
            "refresh_token": "Atzr|demo",
            "region": "eu",
            "api_url": amazon.url,
            "auth_url": f"{amazon.url}/auth/o2/token",
        }
        idle = run("tap-amazon-sp", config, None, lines)
        tap = run("tap-amazon-sp", config | {"settlement_files": [str(report)]}, None, lines)
    maps = {"maps": str(ROOT / "maps"), "books": f"sqlite:///{folder / 'none.db'}"}
    with lines.open("rb") as source:
        mapper = run("mapper-amazon-xero", maps, source, documents)
    with (folder / "empty").open("wb+") as nothing:
        mapper_idle = run("mapper-amazon-xero", maps, nothing, documents.with_suffix(".idle"))
    yardstick = f"{rows / plain:,.0f} lines/s, plain csv + Decimal + json loop"
    table.add_row(
        "settlement lines/s, tap, start-up aside", f"{rows / (tap - idle):,.0f}", yardstick
    )
    table.add_row(
        "settlement lines/s, mapper, start-up aside",
        f"{rows / (mapper - mapper_idle):,.0f}",
        yardstick,
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    table.add_row("peak memory of any plugin, MB", f"{peak:,.0f}", f"{rows:,} rows")


def order_calls(folder: Path, table: Table) -> None:
    """Amazon calls for a thousand orders with items, by page and by report, and orders a second."""
    out = folder / "orders.jsonl"
    shop = Shop(1000, now())
    with amazon_sp.server(shop.seller) as amazon:
        run("tap-amazon-sp", shop.config(amazon.url), None, out, ["--discover"])
        orders: list[str | Path] = ["--catalog", orders_alone(out, folder / "catalog.json")]
        for source, yardstick in (("api", "at most 10"), ("report", "at most 4 for 30 days")):
            config = shop.config(amazon.url, order_source=source)
            run("tap-amazon-sp", config, None, out, orders)
            table.add_row(
                f"Amazon calls for {shop.written(out):,} orders with items, {source}",
                f"{shop.calls()}",
                yardstick,
            )
    shop = Shop(ORDERS, now())
    with amazon_sp.server(shop.seller) as amazon:
        start = time.perf_counter()
        plain_orders(amazon.url, shop.since, folder / "plain.jsonl")
        plain = time.perf_counter() - start
        seconds = run("tap-amazon-sp", shop.config(amazon.url), None, out, orders)
        later = shop.config(amazon.url, start_date=now().isoformat())
        idle = run("tap-amazon-sp", later, None, folder / "idle.jsonl", orders)
    if shop.written(out) != ORDERS:
        raise RuntimeError(f"{shop.written(out)} of {ORDERS} orders were written")
    yardstick = f"{ORDERS / plain:,.0f} orders/s, plain requests + json loop, same server"
    table.add_row("orders/s, tap, start-up aside", f"{ORDERS / (seconds - idle):,.0f}", yardstick)


def posting_calls(folder: Path, table: Table) -> None:
    """Xero calls for a thousand invoices, and for the same load again."""
    first, stream = folder / "first.jsonl", folder / "invoices.jsonl"
    _write_invoices(first, range(1))
    _write_invoices(stream, range(1, 1001))
    organisation = demo_organisation()
    with xero.server(organisation) as server:
        config = {
            "client_id": "DEMOXEROCLIENT",
            "client_secret": "demo-xero-secret",
            "api_url": f"{server.url}/api.xro/2.0",
            "identity_url": server.url,
            "books": f"sqlite:///{folder / 'books.db'}",
        }
        counts = []
        for load in (first, stream, stream):
            before = _api_calls(organisation)
            with load.open("rb") as source:
                run("target-xero", config, source, folder / "state.jsonl")
            counts.append(_api_calls(organisation) - before)
    table.add_row("Xero calls for 1,000 new invoices", f"{counts[1]}", "20 writes, 50 a call")
    table.add_row("Xero calls for the same load again", f"{counts[2]}", "at most 2")


def _write_invoices(stream: Path, numbers: range) -> None:
    schema = json.loads((ROOT / "transforms/transforms/schemas/invoices.json").read_text())
    head = {"type": "SCHEMA", "stream": "invoices", "schema": schema}
    with stream.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head | {"key_properties": ["document_id"]}) + "\n")
        for number in numbers:
            message = {"type": "RECORD", "stream": "invoices", "record": _invoice(number)}
            file.write(json.dumps(message) + "\n")


def _api_calls(organisation: xero.Organisation) -> int:
    return sum(call.path.startswith("/api.xro/") for call in organisation.calls)


def _invoice(number: int) -> dict[str, Any]:
    order = f"026-{number:07d}-0000000"
    line = {
        "description": "Widget",
        "quantity": "1",
        "unit_amount": "12.00",
        "amount": "12.00",
        "account": "200",
        "tax_type": "OUTPUT2",
        "item_code": "WIDGET-S",
        "tracking": [],
    }
    source = dict.fromkeys(("marketplace", "settlement_id", "month"))
    return {
        "document_id": f"invoice:{order}",
        "kind": "sale",
        "number": f"AMZ-{order}",
        "contact": "Amazon.co.uk",
        "date": "2026-09-05",
        "due_date": "2026-09-05",
        "currency": "GBP",
        "amounts_include_tax": True,
        "reference": f"Amazon.co.uk order {order}",
        "lines": [line],
        "total": "12.00",
        "status": "AUTHORISED",
        "if_absent": False,
        "source": source | {"organisation": "Demo Company (UK)", "order_id": order},
    }


def main() -> int:
    """Measure, print one table."""
    table = Table(title="Benchmarks", title_justify="left")
    table.add_column("figure")
    table.add_column("ours", justify="right")
    table.add_column("yardstick")
    with tempfile.TemporaryDirectory() as folder:
        report_to_lines(Path(folder), table)
        settlement_lines(Path(folder), table)
        order_calls(Path(folder), table)
        rows_to_documents(Path(folder), table)
        report_to_documents(Path(folder), table)
        posting_calls(Path(folder), table)
        page_of_a_large_seller(Path(folder), table)
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
