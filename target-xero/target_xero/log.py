"""The log: what was posted, when, by which run, from which source; read from the books alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from rich.console import Group
from rich.text import Text

from books import Books, Entry, Held
from xero_api.links import link

_SHOWN = ("when (UTC)", "state", "document", "number", "date", "amount")
_AMOUNT_AT = _SHOWN.index("amount")
_SHORT_RUN = 8
_STYLES = {"rejected": "red", "held": "yellow", "held by the mapper": "yellow"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One document in words and figures; when is UTC, to the second."""

    when: str
    state: str
    stream: str
    document: str
    number: str
    date: str
    amount: str
    currency: str
    marketplace: str
    settlement: str
    order: str
    month: str
    run: str
    run_by: str
    run_started: str
    words: str
    xero_id: str
    xero: str

    @property
    def source(self) -> str:
        """What the document was made from, in short."""
        parts = (self.settlement and f"settlement {self.settlement}", self.order, self.month)
        return ", ".join(part for part in parts if part)


HEADER = tuple(each.name for each in fields(Line))


def lines(
    books: Books,
    *,
    settlement_id: str | None = None,
    order_id: str | None = None,
    since: datetime | None = None,
) -> list[Line]:
    """Read the log, oldest change first; last what waits in the mapper and has no document yet."""
    found = [
        _posted(entry)
        for entry in books.trail(settlement_id=settlement_id, order_id=order_id, since=since)
    ]
    waiting = [
        _waiting(held)
        for held in books.held()
        if settlement_id in (None, held.settlement_id)
        and order_id in (None, held.order_id)
        and (since is None or held.since >= since)
    ]
    return found + waiting


def row(line: Line) -> list[str]:
    """Give the cells of a line, in the order of HEADER."""
    return [str(getattr(line, name)) for name in HEADER]


def shown(found: Sequence[Line]) -> Group:
    """Lay the log out for a screen: a line for each document, under it trace, words, address.

    An address stands on a line of its own, however long, so that it can be followed.
    """
    heads = [_head(line) for line in found]
    widths = [max(len(head[at]) for head in heads) for at in range(len(_SHOWN))]
    parts: list[Text] = [_joined(_SHOWN, widths, "bold")] if heads else []
    for line, head in zip(found, heads, strict=True):
        parts.append(_joined(head, widths, _STYLES.get(line.state, "")))
        made_from = f"from {line.source}" if line.source else ""
        by_run = f"run {line.run[:_SHORT_RUN]}" if line.run else ""
        if trace := "; ".join(part for part in (made_from, by_run) if part):
            parts.append(Text(f"    {trace}", overflow="fold"))
        if line.words:
            parts.append(Text(f"    {line.words}", overflow="fold"))
        if line.xero:
            parts.append(Text(f"    {line.xero}", no_wrap=True, overflow="ignore"))
    parts.append(Text(_counted(found)))
    return Group(*parts)


def _head(line: Line) -> tuple[str, ...]:
    return (
        line.when,
        line.state,
        line.document,
        line.number,
        line.date,
        f"{line.amount} {line.currency}".strip(),
    )


def _joined(cells: Sequence[str], widths: Sequence[int], style: str) -> Text:
    padded = [
        cell.rjust(width) if at == _AMOUNT_AT else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return Text("  ".join(padded).rstrip(), style=style, overflow="fold")


def _counted(found: Sequence[Line]) -> str:
    """How many documents there are of each state: 12 posted, 2 held."""
    states = Counter(line.state for line in found)
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))


def _posted(entry: Entry) -> Line:
    posting, run = entry.posting, entry.run
    document: dict[str, Any] = json.loads(posting.document)
    source = document.get("source") or {}
    words = [
        "found in Xero and adopted" if posting.adopted else "",
        f"dated {moved}, which Xero had locked" if (moved := document.get("moved_from")) else "",
        posting.error or "",
        posting.warnings or "",
    ]
    return Line(
        when=_instant(posting.updated_at),
        state=str(posting.state),
        stream=posting.stream,
        document=posting.document_id,
        number=posting.number or "",
        date=posting.date or "",
        amount="" if posting.amount is None else format(posting.amount, "f"),
        currency=posting.currency or "",
        marketplace=source.get("marketplace") or "",
        settlement=posting.settlement_id or "",
        order=posting.order_id or "",
        month=source.get("month") or "",
        run=posting.run_id or "",
        run_by=run.who if run else "",
        run_started=_instant(run.started_at) if run else "",
        words="; ".join(part for part in words if part),
        xero_id=posting.vendor_id or "",
        xero=link(posting.stream, posting.vendor_id, document.get("kind")),
    )


def _waiting(held: Held) -> Line:
    empty = dict.fromkeys(HEADER, "")
    return Line(
        **{
            **empty,
            "when": _instant(held.since),
            "state": "held by the mapper",
            "stream": held.stream,
            "document": held.document_id,
            "amount": "" if held.amount is None else format(held.amount, "f"),
            "currency": held.currency or "",
            "settlement": held.settlement_id or "",
            "order": held.order_id or "",
            "words": held.details or held.reason,
        }
    )


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
