"""A run that dies just before or just after any of its calls and commits, and is run again.

The points are not chosen: one undisturbed run lists every HTTP call and every commit, and each of
them is tried. docs/posting.md says for each why it is safe, and names no other.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from campaign.books_of_xero import Figures, figures, post, post_until_quiet
from campaign.mortal import Killed, Steps
from target.xero_desk import Desk, demo_desk
from target.xero_documents import (
    Recorded,
    held,
    invoice,
    invoice_line,
    journal,
    order_id,
    payment,
    payout,
    proof,
    settlement,
)

# Dated so far ahead that only recovery looks for them: no lost books can have posted them.
LATER = [journal("S2", "2026-06"), payout("S2", date="2026-06-16")]
A, B, C = (order_id(number) for number in (1, 2, 3))
FIRST = [
    invoice(A),
    invoice(B),
    *settlement("S1", [A, C], "12.00"),
    *LATER,
    held("invoice:9"),
]
CHANGED = [
    invoice(A),
    invoice(B, "15.00", lines=[invoice_line("15.00")]),
    invoice(A, settlement="S1"),
    payment(A, "S1"),
    invoice(C, settlement="S1"),
    payment(C, "S1"),
    journal("S1", fees="3.00"),
    payout("S1", "9.00"),
    *LATER,
    proof("S1", deposit="9.00"),
    held("invoice:9", state="resolved"),
]
LOADS: list[list[Recorded]] = [FIRST, CHANGED]


def run_all(desk: Desk, steps: Steps, minutes: int = 0) -> None:
    """Post load after load; what dies is run again, `minutes` later."""
    desk.evidence = True
    for load in LOADS:
        try:
            post(desk, load, steps, batch_size=2)
        except Killed:
            desk.organisation.clock.advance(minutes=minutes)
            steps.dead = False
            post(desk, load, batch_size=2)
    post_until_quiet(desk, LOADS[-1])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, list[str]]:
    with demo_desk(tmp_path_factory.mktemp("undisturbed")) as desk:
        steps = Steps()
        run_all(desk, steps)
        return figures(desk.organisation), steps.names


@pytest.mark.slow
@pytest.mark.parametrize(
    "minutes",
    [pytest.param(0, id="xero remembers the key"), pytest.param(10, id="xero forgot the key")],
)
def test_every_crash_point_ends_in_the_same_books(
    undisturbed: tuple[Figures, list[str]], minutes: int, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, names = undisturbed
    wrong: dict[str, Any] = {}
    for point, name in enumerate(names):
        with TemporaryDirectory() as folder, demo_desk(Path(folder)) as desk:
            run_all(desk, Steps(die_at=point), minutes)
            if (found := figures(desk.organisation)) != expected:
                wrong[f"{point}: {name}"] = found
    with capsys.disabled():
        print(  # noqa: T201 - the figures are for whoever runs it
            f"\n{len(names)} crash points, {len(set(names))} different; {len(wrong)} wrong"
        )
    assert len(names) > 100
    assert wrong == {}


def test_the_page_on_posting_names_every_crash_point(
    root: Path, undisturbed: tuple[Figures, list[str]]
) -> None:
    _, names = undisturbed
    page = (root / "docs" / "posting.md").read_text(encoding="utf-8")
    table = page.split("## Every crash point")[1].split("\n## ")[0]
    steps = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    told = {words for step in steps for words in re.findall(r"`([^`]+)`", step)}
    assert told == {name.split(" ", 1)[1] for name in names}
