"""What a bookkeeper reads in the terminal: the settlements, and the waterfall of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group as Lines
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reconcile.settlements import ZERO, Settlement, Status, amount
from reconcile.waterfall import Group, total

BUCKETS = ("deferred", "timing", "rounding", "missing_in_events", "missing_in_report")
"""Where a difference between report and transactions can lie: design 4.6."""
_STYLES = {
    Status.TIED: "green",
    Status.LEFT_OUT: "dim",
    Status.WAITING: "yellow",
    Status.HELD: "yellow",
    Status.REJECTED: "bold red",
    Status.UNEXPLAINED: "bold red",
}


def money(value: Decimal) -> str:
    """Write an amount with its decimals, two at least, and thousands separators."""
    places = max(2, -int(value.as_tuple().exponent))
    return f"{value:,.{places}f}"


def overview(found: Iterable[Settlement]) -> Table:
    """Lay out the settlements, one line each."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Settlement", "Period", "Marketplace"):
        table.add_column(name, no_wrap=True)
    for name in ("Deposit", "", "Posted", "Waits", "Difference"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Bank", no_wrap=True)
    for each in found:
        table.add_row(
            each.settlement_id,
            each.period,
            each.marketplace,
            money(each.total),
            each.currency,
            money(each.posted),
            money(each.waits) if each.waits else "",
            Text(money(each.difference), style="bold red" if each.difference else "green"),
            Text(str(each.status), style=_STYLES[each.status]),
            str(each.bank),
        )
    return table


def summary(found: Sequence[Settlement]) -> str:
    """Count the settlements by status, in one sentence."""
    if not found:
        return "No settlement is in the books yet: run the pipeline first."
    counts = [
        f"{number} {status}"
        for status in Status
        if (number := sum(each.status is status for each in found))
    ]
    return f"{len(found)} settlements: {', '.join(counts)}."


def reasons(found: Iterable[Settlement]) -> list[str]:
    """Say why settlements do not tie, each cause on a line that can be copied."""
    lines = []
    for each in found:
        if not each.reasons:
            continue
        lines.append(f"{each.settlement_id}  {each.marketplace}  {each.period}")
        lines.extend(f"    {reason}" for reason in each.reasons)
        said = " ".join(each.reasons)
        lines.extend(f"    {held.details}" for held in each.held if held.details not in said)
    return lines


def one(settlement: Settlement, groups: Sequence[Group]) -> RenderableType:
    """Lay out one settlement: its waterfall, documents, Amazon's own events, differences."""
    parts: list[RenderableType] = [
        Text(
            f"Settlement {settlement.settlement_id}, {settlement.marketplace or 'no marketplace'}, "
            f"{settlement.period}: {settlement.status}",
            style="bold",
        ),
        _waterfall(settlement, groups),
        _documents(settlement),
    ]
    parts.extend(Text(f"waits: {held.details}") for held in settlement.held)
    parts.extend(_events(settlement.proof))
    return Lines(*parts)


def _waterfall(settlement: Settlement, groups: Sequence[Group]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="From sales to the deposit")
    table.title_justify = "left"
    table.add_column("Class")
    for name in ("Rows", "Amount", "Left"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("Account", "Tax type", "Document"):
        table.add_column(name)
    running = ZERO
    for group in groups:
        running += group.amount
        table.add_row(group.name, "", money(group.amount), money(running), style="bold")
        for step in group.steps:
            places = list(step.destinations)
            table.add_row(
                f"  {step.label}",
                str(step.rows),
                money(step.amount),
                "",
                *(
                    ", ".join(dict.fromkeys(getattr(place, name) for place in places))
                    for name in ("account", "tax_type", "document")
                ),
            )
    label = "Deposit" if settlement.total >= ZERO else "Owed to Amazon"
    table.add_row(label, "", money(total(groups)), settlement.currency, style="bold")
    if total(groups) != settlement.total:
        table.add_row("Amazon's total", "", money(settlement.total), style="bold red")
    return table


def _documents(settlement: Settlement) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Documents", title_justify="left")
    for name in ("Document", "Kind", "Number", "Date"):
        table.add_column(name)
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("State")
    for stream, number in settlement.of_orders.counts.items():
        table.add_row(f"{number} of single orders", stream.replace("_", " "), "", "", "", "posted")
    for each in settlement.documents:
        state = f"{each.state}: {each.why}" if each.why else each.state
        table.add_row(
            each.document_id,
            each.stream.replace("_", " ").removesuffix("s"),
            each.number,
            each.date,
            money(each.amount),
            state,
        )
    return table


def _compared(events: Iterable[dict[str, Any]]) -> Table:
    """Lay the report beside Amazon's transactions, class by class, where they differ."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.title = "The report beside Amazon's transactions: classes that differ"
    table.add_column("Class")
    for name in ("report", "events", *BUCKETS):
        table.add_column(name.replace("_", " ").capitalize(), justify="right", no_wrap=True)
    for each in events:
        if amount(each["report"]) != amount(each["events"]):
            figures = (amount(each[name]) for name in ("report", "events", *BUCKETS))
            table.add_row(
                each["class"].replace("_", " "), *(money(f) if f else "" for f in figures)
            )
    return table if table.row_count else Table(title="Amazon's transactions agree class by class.")


def _events(proof: dict[str, Any]) -> Iterable[RenderableType]:
    """Say what Amazon's finance events show, and every difference by its name."""
    group = proof["event_group"]
    if group is not None:
        converted = (
            f", paid out as {money(amount(group['converted_total']))} {group['converted_currency']}"
            if group["converted_total"] is not None
            and group["converted_currency"] != proof["currency"]
            else ""
        )
        yield Text(
            f"Amazon's event group {group['group_id']}: "
            f"{money(amount(group['original_total']))} {proof['currency']}{converted}, "
            f"transfer {group['fund_transfer_status'] or 'unknown'}, "
            f"trace {group['trace_id'] or 'none'}, account ending {group['account_tail'] or '?'}"
        )
    if proof.get("events"):
        yield _compared(proof["events"])
    for difference in proof["differences"]:
        figure = money(amount(difference["amount"])) if difference["amount"] is not None else ""
        name = str(difference["name"]).replace("_", " ")
        yield Text(f"{name}: {figure} {difference['details']}".replace("  ", " "))
    if not proof["differences"]:
        yield Text("No differences.")
