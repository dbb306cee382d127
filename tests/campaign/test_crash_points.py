"""A run that dies just before or just after any of its calls and commits, and is run again.

The points are not chosen: one undisturbed run lists every HTTP call and every commit, and each of
them is tried. docs/posting.md says for each why it is safe, and names no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from campaign.books_of_xero import Figures, figures, post, post_until_quiet
from campaign.mortal import Killed, Steps
from campaign.quick_desk import QuickDesk, quick_desk
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

# Dated far from the day on which they are posted.
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


def run_all(
    desk: QuickDesk,
    steps: Steps,
    minutes: int = 0,
    loads: Sequence[list[Recorded]] = LOADS,
    *,
    loses_books: bool = False,
) -> None:
    """Post load after load; what dies is run again, `minutes` later, perhaps with new books."""
    for load in loads:
        try:
            post(desk, load, steps, batch_size=2)
        except Killed:
            desk.organisation.clock.advance(minutes=minutes)
            steps.dead = False
            if loses_books:
                desk.lose_books()
            post(desk, load, batch_size=2)
    post_until_quiet(desk, loads[-1])


def undisturbed_run(loads: Sequence[list[Recorded]] = LOADS) -> tuple[Figures, list[str]]:
    with quick_desk(evidence=True) as desk:
        steps = Steps()
        run_all(desk, steps, loads=loads)
        return figures(desk.organisation), steps.names


@pytest.fixture(scope="module")
def undisturbed() -> tuple[Figures, list[str]]:
    return undisturbed_run()


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
        with quick_desk(evidence=True) as desk:
            run_all(desk, Steps(die_at=point), minutes)
            if (found := figures(desk.organisation)) != expected:
                wrong[f"{point}: {name}"] = found
    with capsys.disabled():
        print(  # noqa: T201 - the figures are for whoever runs it
            f"\n{len(names)} crash points, {len(set(names))} different; {len(wrong)} wrong"
        )
    assert len(names) > 100
    assert wrong == {}


@pytest.mark.slow
def test_every_crash_point_with_the_books_lost_as_well_ends_in_the_same_books(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The machine is gone, and the books with it; and the run that adopts can die again."""
    expected, names = undisturbed_run([FIRST])
    wrong: dict[str, Any] = {}
    adopting = len(names) // 2
    for point, name in enumerate(names):
        with quick_desk(evidence=True) as desk:
            run_all(desk, Steps(die_at=point), loads=[FIRST, FIRST], loses_books=True)
            desk.lose_books()
            steps = Steps(die_at=point % adopting)
            run_all(desk, steps, loads=[FIRST])
            if (found := figures(desk.organisation)) != expected:
                wrong[f"{point}: {name}"] = found
    with capsys.disabled():
        print(  # noqa: T201 - the figures are for whoever runs it
            f"\n{len(names)} crash points with the books lost twice; {len(wrong)} wrong"
        )
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
