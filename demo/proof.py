"""What a bookkeeper reads after a run: each settlement's proof, what waits, and clearing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

import books

ZERO = Decimal(0)
SINGULAR = {
    "invoices": "invoice",
    "payments": "payment",
    "journals": "journal",
    "bank_transactions": "bank transaction",
}


@dataclass
class Tie:
    """One settlement: what the bank should see, what is in the books, what waits."""

    proof: dict[str, Any]
    posted: Decimal = ZERO
    waits: Decimal = ZERO
    documents: Counter[str] = field(default_factory=Counter)
    why: list[str] = field(default_factory=list)

    @property
    def deposit(self) -> Decimal:
        """The deposit; a negative total is carried on as debt, so that the bank sees nothing."""
        return max(Decimal(self.proof["deposit"]), ZERO)

    @property
    def difference(self) -> Decimal:
        """What no document and no waiting amount explains; anything but 0.00 is an error."""
        return self.deposit - self.posted - self.waits


def ties(kept: books.Books) -> list[Tie]:
    """Compare every settlement with what became of its documents."""
    states = {posting.document_id: posting for posting in kept.postings()}
    found = []
    for proof in sorted(kept.proofs(), key=lambda proof: (proof["currency"], proof["start"])):
        tie = Tie(proof)
        if proof["status"] != "tied":
            tie.why.append(str(proof["reason"]).partition(":")[0].replace("_", " "))
            tie.waits = tie.deposit
        for document in proof["documents"]:
            _add(tie, document, states.get(document["document_id"]))
        found.append(tie)
    return found


def _add(tie: Tie, document: dict[str, Any], posting: books.Posting | None) -> None:
    counts = document["stream"] != "bank_transactions"
    amount = Decimal(document["amount"]) if counts else ZERO
    if posting is not None and posting.state == books.State.POSTED:
        tie.posted += amount
        tie.documents[document["stream"]] += 1
        return
    tie.waits += amount
    if document["held"]:
        order_id = document["document_id"].rpartition(":")[2]
        tie.why.append(f"order {order_id}: SKU not mapped")
    else:
        reason = posting.error or posting.reason if posting else "not posted yet"
        tie.why.append(f"{document['document_id']}: {reason}")


def settlement_table(found: Iterable[Tie]) -> Table:
    """Lay out the settlements' figures; fits a terminal of 80 columns."""
    table = Table(title="Settlements", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in ("Settlement", "Marketplace"):
        table.add_column(name, no_wrap=True)
    for name in ("Deposit", "", "Posted", "Waits", "Difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for tie in found:
        table.add_row(
            tie.proof["settlement_id"],
            tie.proof["marketplace"] or "",
            money(tie.deposit),
            tie.proof["currency"],
            money(tie.posted),
            money(tie.waits) if tie.waits else "",
            Text(money(tie.difference), style="green" if not tie.difference else "bold red"),
        )
    return table


def document_lines(found: Iterable[Tie]) -> list[str]:
    """Say of each settlement its period, what of it is in Xero, and what is held and why."""
    lines = []
    for tie in found:
        proof = tie.proof
        held = [f"held: {reason}" for reason in tie.why]
        said = "; ".join(filter(None, [_counted(tie), _note(proof), *held]))
        period = f"{proof['start'][:10]} to {proof['end'][:10]}"
        lines.append(f"{proof['settlement_id']}  {period}: {said}")
    return lines


def money(amount: Decimal) -> str:
    """Write an amount with two decimals and thousands separators."""
    return f"{amount:,.2f}"


def _counted(tie: Tie) -> str:
    return ", ".join(
        f"{number} {SINGULAR[stream]}{'s' if number > 1 else ''}"
        for stream, number in tie.documents.items()
    )


def _note(proof: dict[str, Any]) -> str:
    total = Decimal(proof["deposit"])
    return f"total {money(total)}: carried on as debt to Amazon" if total < ZERO else ""


def held_lines(kept: books.Books) -> list[str]:
    """Say what waits and why, with the line to add; each on lines that can be copied."""
    proofs = kept.proofs()
    waiting = list(kept.held(proofs[0]["organisation"])) if proofs else []
    lines = ["Held"] if waiting else []
    for held in waiting:
        lines.append(f"- {held.document_id}")
        lines += [f"    {line}" for line in held.details.splitlines()]
    return lines


def clearing_table(state: dict[str, Any], accounts: Iterable[str], waits: Decimal) -> Table:
    """Lay out the trial balance of the clearing accounts, and what explains it."""
    table = Table(
        title="Trial balance of the clearing accounts in Xero",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("Account", "Name"):
        table.add_column(name)
    table.add_column("Balance", justify="right")
    table.add_column("Explained by")
    for code in accounts:
        balance = Decimal(state["trial_balance"].get(code, "0.00"))
        explained = f"orders that wait: {money(waits)}" if balance else "nothing is left in it"
        table.add_row(code, state["accounts"].get(code, ""), money(balance), explained)
    return table
