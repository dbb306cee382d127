"""The log of changes: who changed which listing when, from what to what, and what came of it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import IO

from rich.console import Group
from rich.table import Table
from rich.text import Text

from books import Books, Held, Kind, PriceChange, Stage
from target_amazon_sp import guards

_STREAMS = {"prices", "quantities"}
_SHOWN = ("when (UTC)", "state", "marketplace", "SKU", "what", "from -> to", "change")
# States that something newer ends; `applied` and `refused` are ends themselves.
_PASSING = {"held", "intended", "sent", "pending"}
_STYLES = {"refused": "red", "held": "yellow", "pending": "cyan"}
_SHORT_RUN, _TO_THE_MINUTE = 8, 16
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One attempt in words and figures; instants are UTC, to the second."""

    when: str
    state: str
    marketplace: str
    sku: str
    kind: str
    old: str
    new: str
    currency: str
    change: str
    reason: str
    words: str
    explanation: str
    document: str
    confirmed: str
    seller: str
    submission: str
    feed: str
    message: str
    run: str
    created: str
    closed: str


HEADER = tuple(each.name for each in fields(Line))


def lines(books: Books, *, sku: str | None = None, since: datetime | None = None) -> list[Line]:
    """Read the log, oldest first; last what waits in the mapper and has no document yet."""
    found = [_line(row) for row in books.changes.history(sku=sku, since=since)]
    waiting = [
        _waiting(held)
        for held in books.held()
        if held.stream in _STREAMS
        and (sku is None or held.document_id.endswith(f":{sku}"))
        and (since is None or held.since >= since)
    ]
    return found + waiting


def write(file: IO[str], found: Iterable[Line]) -> int:
    """Write lines as CSV for a spreadsheet; give how many there were."""
    writer = csv.writer(file)
    writer.writerow(HEADER)
    number = 0
    for line in found:
        writer.writerow([_harmless(str(getattr(line, name))) for name in HEADER])
        number += 1
    return number


def shown(found: Sequence[Line]) -> Group:
    """Lay the log out for a screen: a line for each change, under it words, reckoning and run."""
    heads = [_head(line) for line in found]
    widths = [max(len(head[at]) for head in (_SHOWN, *heads)) for at in range(len(_SHOWN))]
    parts = [_joined(_SHOWN, widths, "bold")]
    for line, head in zip(found, heads, strict=True):
        parts.append(_joined(head, widths, _STYLES.get(head[1], "")))
        run = f"run {line.run[:_SHORT_RUN]}" if line.run else ""
        sent = "; ".join(filter(None, (line.feed and f"feed {line.feed}", run)))
        under = filter(None, (line.words, line.explanation, sent))
        parts += [Text(f"    {each}", overflow="fold") for each in under]
    states = Counter(head[1] for head in heads)
    parts.append(Text(", ".join(f"{number} {state}" for state, number in sorted(states.items()))))
    return Group(*parts)


def _head(line: Line) -> tuple[str, ...]:
    is_over = line.closed and line.state in _PASSING
    figures = f"{line.old or '-'} -> {line.new} {line.currency}".rstrip() if line.new else ""
    state = f"was {line.state}" if is_over else line.state
    return (
        line.when[:_TO_THE_MINUTE],
        state,
        line.marketplace,
        line.sku,
        line.kind,
        figures,
        line.change,
    )


def _joined(cells: Sequence[str], widths: Sequence[int], style: str) -> Text:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return Text("  ".join(padded).rstrip(), style=style, overflow="fold")


def waiting(rows: Iterable[PriceChange]) -> Table:
    """Lay out held changes that a person may confirm."""
    table = Table(title="Held", title_justify="left")
    for name in ("document id", "old", "new", "change", "why"):
        right = "right" if name in {"old", "new", "change"} else "left"
        table.add_column(name, justify=right, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        line = _line(row)
        table.add_row(
            Text(row.document_id), line.old, f"{line.new} {line.currency}", line.change, line.words
        )
    return table


def _line(row: PriceChange) -> Line:
    known = row.kind is Kind.PRICE and row.old and row.new is not None
    return Line(
        when=_instant(row.updated_at),
        state=f"{row.state}, confirmed" if _is_confirmed(row) else str(row.state),
        marketplace=row.marketplace,
        sku=row.sku,
        kind=str(row.kind),
        old="" if row.old is None else format(row.old, "f"),
        new="" if row.new is None else format(row.new, "f"),
        currency=row.currency or "",
        change=guards.spoken_percent(row.old, row.new) if known and row.new is not None else "",
        reason=row.reason or "",
        words=row.message or "",
        explanation=row.explanation or "",
        document=row.document_id,
        confirmed=_instant(row.confirmed_at),
        seller=row.seller_id,
        submission=row.submission_id or "",
        feed=row.feed_id or "",
        message="" if row.message_id is None else str(row.message_id),
        run=row.run_id or "",
        created=_instant(row.created_at),
        closed=_instant(row.closed_at),
    )


def _waiting(held: Held) -> Line:
    empty = dict.fromkeys(HEADER, "")
    # price:Amazon.co.uk:SKU, or price:item:CODE for an item that no listing sells
    kind, place, name = [*held.document_id.split(":", 2), "", ""][:3]
    is_item = place == "item"
    return Line(
        **{
            **empty,
            "when": _instant(held.since),
            "state": "held in maps",
            "kind": kind,
            "document": held.document_id,
            "marketplace": "" if is_item else place,
            "sku": f"item {name}" if is_item else name,
            "reason": held.reason,
            "words": held.details or held.reason,
        }
    )


def _is_confirmed(row: PriceChange) -> bool:
    return row.state is Stage.HELD and row.confirmed_at is not None and row.closed_at is None


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula; OWASP's page on CSV injection."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
