"""A run over stock that dies just before or just after any of its calls and commits, run again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from campaign.books_of_xero import post, post_until_quiet
from campaign.mortal import Killed, Steps
from campaign.quick_desk import QuickDesk, quick_desk
from target.stock_records import level
from target.xero_documents import Recorded

from simulators.xero.stock import track

CODES = ("LAMP-OAK", "MUG-BLUE", "TOY-CAR")
FIRST = [level(3), level(9, "MUG-BLUE"), level(4, "TOY-CAR")]
SECOND = [level(5), level(2, "MUG-BLUE"), level(4, "TOY-CAR")]


def stock_of(desk: QuickDesk) -> dict[str, Any]:
    """Quantities and values, and the documents that made them."""
    found: dict[str, Any] = {
        each["Code"]: (each["QuantityOnHand"], each["TotalCostPool"])
        for each in desk.organisation.items
        if each["Code"] in CODES
    }
    return {**found, "documents": desk.organisation.documents()}


def run_all(
    desk: QuickDesk,
    steps: Steps,
    minutes: int = 0,
    loads: Sequence[list[Recorded]] = (FIRST, SECOND),
    *,
    loses_books: bool = False,
) -> None:
    for code in CODES:
        track(desk.organisation, code)
    for load in loads:
        try:
            post(desk, load, steps, batch_size=1)
        except Killed:
            desk.organisation.clock.advance(minutes=minutes)
            steps.dead = False
            if loses_books:
                desk.lose_books()
            post(desk, load, batch_size=1)
        desk.organisation.clock.advance(minutes=30)
    post_until_quiet(desk, loads[-1])


@pytest.mark.slow
@pytest.mark.parametrize("loses_books", [False, True], ids=["books kept", "books lost"])
@pytest.mark.parametrize(
    "minutes",
    [pytest.param(0, id="xero remembers the key"), pytest.param(10, id="xero forgot the key")],
)
def test_every_crash_point_ends_in_the_same_stock_by_the_same_documents(
    minutes: int, loses_books: bool
) -> None:
    with quick_desk() as desk:
        steps = Steps()
        run_all(desk, steps)
        expected, names = stock_of(desk), steps.names
    assert expected["LAMP-OAK"] == (5, 15)
    assert expected["MUG-BLUE"] == (2, 6)
    wrong: dict[str, Any] = {}
    for point, name in enumerate(names):
        with quick_desk() as desk:
            run_all(desk, Steps(die_at=point), minutes, loses_books=loses_books)
            if (found := stock_of(desk)) != expected:
                wrong[f"{point}: {name}"] = found
    assert len(names) > 40
    assert wrong == {}
