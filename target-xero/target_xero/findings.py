"""What a check found: one line each, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rich.table import Table
from rich.text import Text


class Verdict(StrEnum):
    """How a finding is to be taken; only a fault keeps documents from being posted."""

    GOOD = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


_STYLES = {
    Verdict.GOOD: "green",
    Verdict.NOTE: "cyan",
    Verdict.WARNING: "yellow",
    Verdict.FAULT: "bold red",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, what was found, and what to do about it."""

    subject: str
    verdict: Verdict
    found: str
    do: str = ""


def good(subject: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, Verdict.GOOD, found)


def note(subject: str, found: str) -> Finding:
    """It is worth knowing."""
    return Finding(subject, Verdict.NOTE, found)


def warning(subject: str, found: str, do: str) -> Finding:
    """It will be posted, but perhaps not as meant."""
    return Finding(subject, Verdict.WARNING, found, do)


def fault(subject: str, found: str, do: str) -> Finding:
    """Xero, or the target, would refuse documents."""
    return Finding(subject, Verdict.FAULT, found, do)


def table(findings: Iterable[Finding]) -> Table:
    """Lay the findings out for a screen."""
    shown = Table("", "looked at", "found", "what to do", box=None, pad_edge=False)
    for each in findings:
        style = _STYLES[each.verdict]
        shown.add_row(
            Text(each.verdict, style=style), Text(each.subject), Text(each.found), Text(each.do)
        )
    for column in shown.columns:
        column.overflow = "fold"
    return shown


def summary(findings: Iterable[Finding]) -> str:
    """Say in one line whether a run may be started."""
    counts = dict.fromkeys(Verdict, 0)
    for each in findings:
        counts[each.verdict] += 1
    faults, warnings = counts[Verdict.FAULT], counts[Verdict.WARNING]
    said = f"{faults} fault{'s' * (faults != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    return f"{said}: {'put the faults right first' if faults else 'a run may be started'}"
