"""What a run must leave behind, whatever happened on the way: the figures that are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from campaign.mortal import Killed, Steps, mortal
from target.xero_desk import Desk
from target.xero_documents import Recorded

from simulators.xero import Organisation
from target_xero.tally import Tally
from xero_api import ConsentEnded, XeroError

Figures = dict[str, Any]


def figures(organisation: Organisation) -> Figures:
    """The trial balance by account, month and tracking, documents by status, and each marker."""
    balance = organisation.trial_balance(("account", "month", "tracking"))
    marks: Counter[str] = Counter()
    for register, field in (
        (organisation.invoices, "Reference"),
        (organisation.payments, "Reference"),
        (organisation.manual_journals, "Narration"),
        (organisation.bank_transactions, "Reference"),
    ):
        marks.update(
            f"{words[words.rfind('[amz:') :]} {each['Status']}"
            for each in register
            if "[amz:" in (words := each.get(field) or "")
        )
    return {
        "balance": {key: amount for key, amount in balance.items() if amount},
        "documents": organisation.documents(),
        "contacts": len(organisation.contacts),
        "marks": dict(marks),
        "attachments": sorted(
            (each["FileName"], each["_content"])
            for kept in organisation.attachments.values()
            for each in kept
        ),
        "notes": sum(len(kept) for kept in organisation.history.values()),
    }


def post(
    desk: Desk, recorded: Sequence[Recorded], steps: Steps | None = None, batch_size: int = 50
) -> Tally:
    """Run the target once, over all of these documents; it can die if steps say so."""
    with desk.running(batch_size) as run, mortal(steps or Steps(), run.books):
        for stream, record in recorded:
            add: Callable[[Any], None] | None = {
                "settlements": run.add_proof,
                "held": run.add_held,
            }.get(stream)
            if add:
                add(record)
            else:
                run.add(stream, record)
        run.drain()
        run.close()
        return run.tally


def post_and_maybe_fail(
    desk: Desk, recorded: Sequence[Recorded], steps: Steps, batch_size: int = 50
) -> None:
    """Run the target once; it may be killed, or give up in one of the ways that it may.

    Raises ConsentEnded where a person has to agree again.
    """
    try:
        post(desk, recorded, steps, batch_size)
    except ConsentEnded:
        raise
    except (Killed, XeroError):
        return


def post_until_quiet(desk: Desk, recorded: Sequence[Recorded], batch_size: int = 50) -> int:
    """Run the target undisturbed until a run writes nothing to Xero; give the number of runs."""
    for runs in range(1, 6):
        mark = desk.mark
        post(desk, recorded, batch_size=batch_size)
        if not desk.writes(mark):
            return runs
    raise AssertionError("five undisturbed runs, and still something is written")
