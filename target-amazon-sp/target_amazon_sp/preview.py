"""The preview: a table of old and new with Amazon's own word on each; nothing is changed there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from amazon_sp import Session, listings
from amazon_sp.errors import Refused
from books import Kind
from target_amazon_sp import bodies, guards
from target_amazon_sp.bodies import Sending
from target_amazon_sp.patching import refusal
from target_amazon_sp.verdicts import Did, Verdict

# Amazon is asked about so many changes; at five a second that is 40 seconds.
ASKED = 200
SHOWN = 500
_WIDE = 160
_STYLES = {Did.REFUSED: "red", Did.HELD: "yellow", Did.PENDING: "cyan"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one listing, and what would become of it."""

    verdict: Verdict
    did: Did
    words: str


def ask(
    session: Session,
    seller_id: str,
    sendings: Sequence[Sending],
    said: dict[str, tuple[Did, str]],
) -> None:
    """Ask Amazon what it would say to the first changes; nothing is changed there.

    said: takes its answers, by the id of each row.
    """
    for sending in sendings[:ASKED]:
        try:
            answer = listings.patch(
                session,
                seller_id,
                sending.place.marketplace_id,
                sending.sku,
                bodies.patch(sending),
                preview=True,
            )
        except Refused as refused:
            found = Did.REFUSED, str(refused)
        else:
            found = _heard(answer)
        said |= {row.change_id: found for row in sending.rows}


def _heard(answer: listings.Submission) -> tuple[Did, str]:
    if answer.status == listings.VALID:
        return Did.WOULD_SEND, "Amazon would take it"
    return Did.REFUSED, refusal(answer)


def show(lines: Sequence[Line], notes: Iterable[str], file: IO[str] | None = None) -> None:
    """Print the table to standard error: standard output belongs to Singer."""
    seen = (file or sys.stderr).isatty()
    console = Console(file=file or sys.stderr, width=None if seen else _WIDE)
    if lines:
        console.print(_table(lines[:SHOWN]))
    if (more := len(lines) - SHOWN) > 0:
        console.print(f"{more:,} more are not shown")
    for note in notes:
        console.print(Text(note))


def _table(lines: Sequence[Line]) -> Table:
    table = Table(title="Preview: nothing is changed at Amazon", title_justify="left")
    for name, justify in (
        ("marketplace", "left"),
        ("SKU", "left"),
        ("what", "left"),
        ("old", "right"),
        ("new", "right"),
        ("change", "right"),
        ("verdict", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for line in lines:
        wish, old = line.verdict.wish, line.verdict.old
        unit = f" {wish.place.currency}" if wish.kind is Kind.PRICE else ""
        verdict = f"{line.did}: {line.words}" if line.words else str(line.did)
        table.add_row(
            wish.place.name,
            Text(wish.sku),
            str(wish.kind),
            "-" if old is None else f"{old}",
            f"{wish.figure}{unit}",
            guards.spoken_percent(old, wish.figure),
            Text(verdict, style=_STYLES.get(line.did, "")),
        )
    return table
