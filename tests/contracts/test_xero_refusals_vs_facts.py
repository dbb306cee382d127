"""Every validation message that the fact sheet knows: refused, told, and no neighbour lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from target.xero_desk import Desk, demo_desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    item,
    journal,
    order_id,
    payment,
    payout,
)

from books import State
from target_xero.advice import next_step
from target_xero.tally import Did

ORDERS = [order_id(number) for number in range(1, 4)]
SHEET = "facts/xero-qbo.md"
_QUOTED = re.compile(r"`([^`]+)`")
# What stands in quotation marks there without being a message.
_NO_MESSAGES = ("Error", "Element", "Warnings", "period lock date", "OAS", "BRZ-W05")


def catalogue(text: str) -> list[str]:
    """The messages of the list under `Message catalogue`, as the sheet writes them."""
    section = text.split("Message catalogue", 1)[1].split("\n### ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("  - ")]
    found = [each.strip() for line in lines for each in _QUOTED.findall(line)]
    return [each for each in found if " " in each and not each.startswith(_NO_MESSAGES)]


@pytest.fixture(scope="session")
def messages(shared: Path) -> list[str]:
    file = shared / SHEET
    if not file.is_file():
        pytest.skip(f"{SHEET} is not beside the project")
    return catalogue(file.read_text(encoding="utf-8"))


def batch(words: str) -> tuple[list[Recorded], str]:
    """Three documents of the kind that Xero says this about; the one in the middle is planted."""
    if "debits" in words:
        made = [journal(f"S{number}") for number in range(3)]
        planted = "settlement S1:"
    elif "money transactions" in words:
        made = [payout(f"S{number}") for number in range(3)]
        planted = "amz:payout:S1]"
    elif "Price List" in words:
        made = [item(f"NEW-{number}") for number in range(3)]
        planted = "NEW-1"
    elif words.startswith("Payment"):
        made = [payment(each, "S1") for each in ORDERS]
        planted = f"payment:S1:{ORDERS[1]}"
    elif "Credit Note with" in words:
        made = [credit_note(each, "S1", refund=None, refunds=None) for each in ORDERS]
        planted = f"{ORDERS[1]}-R1"
    else:
        made = [invoice(each) for each in ORDERS]
        planted = f"AMZ-{ORDERS[1]}"
    return made, planted


def test_the_sheet_is_read_whole(messages: list[str]) -> None:
    assert len(messages) >= 22
    assert "Invoice # must be unique." in messages
    assert any("lock date" in each for each in messages)
    assert any("does not match the expected line total" in each for each in messages)


def test_each_message_has_its_advice(messages: list[str]) -> None:
    assert [each for each in messages if next_step(each) is None] == []


def test_each_refused_document_is_told_with_its_next_step_and_its_neighbours_are_posted(
    messages: list[str], tmp_path: Path
) -> None:
    """Whatever Xero says about one of three, the two beside it are posted."""
    for number, words in enumerate(messages):
        folder = tmp_path / str(number)
        folder.mkdir()
        with demo_desk(folder) as desk:
            _refused_and_told(desk, words)


def _refused_and_told(desk: Desk, words: str) -> None:
    documents, planted = batch(words)
    stream = documents[0][0]
    if stream == "payments":
        desk.post(*(invoice(each) for each in ORDERS))
    desk.organisation.refusals = {planted: words}
    tally = desk.post(*documents)
    assert tally.count(Did.POSTED, stream) == 2, (words, tally.lines)
    (line,) = tally.lines
    assert words.rstrip(".") in line
    assert "Next: " in line, line
    state = State.HELD if "lock date" in words else State.REJECTED
    (row,) = desk.postings(state)
    assert "Next: " in str(row.error)
    desk.organisation.refusals = {}
    assert desk.post().count(Did.POSTED, stream) == 1, f"once Xero takes it: {words}"
