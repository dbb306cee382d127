"""What reading back found, as a bookkeeper reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from reconcile.clearing import ClearingBalance
from reconcile.table import money
from reconcile.verify import Finding, Verdict

_BAD = frozenset({Verdict.MISSING, Verdict.VOIDED, Verdict.EDITED})


def findings(found: Iterable[Finding]) -> Table:
    """List the documents that are not as they were posted; the others are only counted."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Document", "Number", "Date", "Now", "What changed"):
        table.add_column(name, overflow="fold")
    for each in found:
        if each.verdict in _BAD:
            posting = each.posting
            table.add_row(
                posting.document_id,
                posting.number or "",
                posting.date or "",
                Text(str(each.verdict), style="bold red"),
                each.words,
            )
    return table if table.row_count else Table(box=None)


def clearing(balances: Iterable[ClearingBalance]) -> Table:
    """Lay out the clearing accounts: Xero's balance, what our documents leave, the rest."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title="Clearing accounts", title_justify="left"
    )
    table.add_column("Account")
    table.add_column("Name")
    for name in ("In Xero", "Ours", "Waits", "Unexplained", "Others'"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Explained by")
    for each in balances:
        table.add_row(
            each.account,
            each.name,
            "not allowed" if each.actual is None else money(each.actual),
            money(each.ours),
            money(each.waiting) if each.waiting else "",
            Text(money(each.unexplained), style="bold red" if each.unexplained else "green"),
            "" if each.others is None else money(each.others),
            "; ".join(each.reasons) or ("nothing is left in it" if not each.ours else ""),
        )
    return table


def summary(found: Sequence[Finding]) -> str:
    """Count the documents by verdict, in one sentence."""
    counts = Counter(each.verdict for each in found)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    return f"{len(found)} documents read back: {said}." if found else "Nothing is posted yet."


def is_bad(found: Iterable[Finding], balances: Iterable[ClearingBalance]) -> bool:
    """Whether a person has to look."""
    return any(each.verdict in _BAD for each in found) or any(each.unexplained for each in balances)
