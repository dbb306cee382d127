"""The story that `make demo` tells, from an empty Xero to books that tie out."""

from __future__ import annotations

import csv
import shutil
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from rich.console import Console

import books
from demo.processes import ROOT, Project, RunFailed, Simulators, simulators
from demo.proof import Tie, clearing_table, document_lines, held_lines, settlement_table, ties

FOLDER = ROOT / "data" / "demo"
FIX = ("NEW-SKU-9", "MUG-GREEN")
REAL = """\
  cp .env.example .env          # fill in Amazon's and Xero's credentials
  cp -r maps my-maps            # and edit the tables for your own accounts
  MAPS_DIR=my-maps .venv/bin/meltano --environment=prod run tap-amazon-sp mapper target-xero"""


def main() -> int:
    """Run the demo; 0 when everything ties out, 1 when anything does not."""
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        with simulators(FOLDER) as running:
            return _story(console, running)
    except RunFailed as failure:
        console.print(f"[bold red]The demo failed.[/] {failure}", markup=True)
        console.print(f"The logs are in {FOLDER.relative_to(ROOT)}.")
        return 1


def _story(console: Console, running: Simulators) -> int:
    project = Project(FOLDER, running)
    console.rule("1. meltano run tap-amazon-sp mapper target-xero")
    console.print("Amazon and Xero are simulators on this machine; Xero is empty.\n")
    project.run()
    _print_written(console, running, 0)
    first = _print_proof(console, project, running)

    console.rule("2. One SKU was not mapped: add its line to maps/skus.csv, run again")
    sku, item = FIX
    with (project.maps / "skus.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([sku, "", item, "", "", ""])
    console.print(f"  {sku},,{item},,,     <- the line added (to the demo's copy of maps/)\n")
    before = len(running.xero_calls())
    project.run()
    _print_written(console, running, before)
    second = _print_proof(console, project, running)

    console.rule("3. Run once more: nothing changes")
    before = len(running.xero_calls())
    project.run()
    writes = _print_written(console, running, before)

    console.rule("4. meltano invoke reconcile:verify, and the proof as a page")
    _print(console, project.invoke("reconcile:verify"))
    _print(console, project.invoke("reconcile:page", "--output", str(FOLDER / "reconcile.html")))

    console.rule("With real credentials")
    console.print(REAL, highlight=False)
    console.print(f"\nThe demo's books, maps and logs are in {_shown(FOLDER)}.")
    untied = [tie for tie in (*first, *second) if tie.difference]
    return 1 if untied or writes else 0


def _print(console: Console, text: str) -> None:
    for line in text.splitlines():
        console.print(line, soft_wrap=True, markup=False)


def _shown(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


def _print_written(console: Console, running: Simulators, since: int) -> Counter[str]:
    """Say what a run wrote to Xero: calls, and documents by endpoint."""
    calls = running.xero_calls()[since:]
    writes = [call for call in calls if call["method"] != "GET"]
    written = Counter(call["path"].rpartition("/")[2] for call in writes)
    said = ", ".join(f"{number} x {name}" for name, number in written.items()) or "none"
    console.print(f"Calls to Xero: {len(calls)}, of these write calls: {said}\n")
    return written


def _print_proof(console: Console, project: Project, running: Simulators) -> list[Tie]:
    with books.open_books(project.books_url) as kept:
        found = ties(kept)
        console.print(settlement_table(found))
        lines = [*document_lines(found), "", *held_lines(kept), ""]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    waits = sum(
        (tie.waits for tie in found if tie.proof["posting"] == "orders"),
        Decimal(0),
    )
    console.print(clearing_table(running.xero_state(), _clearing_accounts(project.maps), waits))
    console.print()
    return found


def _clearing_accounts(maps: Path) -> list[str]:
    with (maps / "marketplaces.csv").open(encoding="utf-8", newline="") as file:
        return [row["clearing_account"] for row in csv.DictReader(file)]


if __name__ == "__main__":
    sys.exit(main())
