"""The story that `make demo-prices` tells: item prices from Xero to Amazon's listings."""

from __future__ import annotations

import re
import shutil
import sys
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from demo.offers import Offered, correct_item, offers
from demo.processes import PRICES, ROOT, Project, RunFailed, Simulators, simulators

FOLDER = ROOT / "data" / "demo-prices"
SLIP = ("LAMP-OAK", Decimal("3.5417"), Decimal("35.4167"))
REAL = """\
  cp .env.example .env          # Amazon's and Xero's credentials, and your seller id
  cp -r maps my-maps            # and edit skus.csv and prices.csv
  .venv/bin/meltano --environment=prod run tap-xero price-mapper target-amazon-sp
  # and when the preview is right:
  export TARGET_AMAZON_SP_MODE=apply
  .venv/bin/meltano --environment=prod run tap-xero price-mapper target-amazon-sp"""
# What the log of a run says of the prices, without the plugins' own news of themselves.
_SAID = re.compile(r"target-amazon-sp ((?:held|refused|to confirm|Amazon listings|\W).*)")

Listings = dict[tuple[str, str], Offered]


def main() -> int:
    """Run the demo; 0 when every price is where it should be and nothing else has moved."""
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
    before = offers(running)
    console.rule("1. meltano run tap-xero price-mapper target-amazon-sp: a preview")
    console.print("Xero and Amazon are simulators on this machine.\n")
    previewed = _run(console, project, running, mode="preview")
    moved = _changed(before, offers(running))

    console.rule("2. TARGET_AMAZON_SP_MODE=apply: what the preview showed is sent and read back")
    _run(console, project, running, mode="apply")
    after = offers(running)
    console.print(_table(before, after))

    console.rule("3. Run once more: nothing is sent")
    again = _run(console, project, running, mode="apply")

    code, wrong, right = SLIP
    console.rule(f"4. The slip is put right in Xero: {code} costs {right}, not {wrong}; run again")
    correct_item(running, code, right)
    _run(console, project, running, mode="apply")
    last = offers(running)
    console.print(_table(after, last))

    console.rule("Who changed what: meltano invoke target-amazon-sp:changes")
    console.print(project.invoke("target-amazon-sp:changes"), soft_wrap=True, markup=False)
    console.rule("With real credentials")
    console.print(REAL, highlight=False)
    lost = [key for key in before if before[key].kept != last[key].kept]
    return int(bool(moved or previewed or again or lost or not _changed(before, after)))


def _run(console: Console, project: Project, running: Simulators, *, mode: str) -> int:
    """Run the price job; print what it says, and give how many changes Amazon was sent."""
    seen = len(running.amazon_calls())
    log = project.run(*PRICES, TARGET_AMAZON_SP_MODE=mode)
    for line in log.splitlines():
        if said := _SAID.search(line):
            console.print(said[1], soft_wrap=True, markup=False)
    calls = running.amazon_calls()[seen:]
    sent = sum(map(_is_change, calls))
    console.print(f"\nCalls to Amazon: {len(calls)}, of these changes: {sent}\n")
    return sent


def _is_change(call: dict[str, Any]) -> bool:
    patch = call["method"] == "PATCH" and "mode" not in call["query"]
    return patch or (call["method"] == "POST" and call["path"].endswith("/feeds"))


def _changed(before: Listings, after: Listings) -> list[tuple[str, str]]:
    return [key for key, offered in before.items() if after[key] != offered]


def _table(before: Listings, after: Listings) -> Table:
    """Show what the listings that changed offered before and offer now, by Amazon's own API."""
    table = Table(box=box.SIMPLE_HEAD, title="What Amazon shows", title_justify="left")
    for name in ("Marketplace", "SKU"):
        table.add_column(name)
    for name in ("Before", "Now", "", "Business price", "Discount"):
        table.add_column(name, justify="right")
    for key in _changed(before, after):
        was, now = before[key], after[key]
        table.add_row(
            *key,
            str(was.price),
            str(now.price),
            now.currency,
            _kept(was.business, now.business),
            _kept(was.discounted, now.discounted),
        )
    return table


def _kept(was: Decimal | None, now: Decimal | None) -> str:
    if was == now:
        return "" if now is None else f"{now}, as before"
    return f"{was} -> {now}"


if __name__ == "__main__":
    sys.exit(main())
