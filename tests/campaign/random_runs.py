"""One run of the campaign: random documents, random faults, then undisturbed runs until quiet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from campaign.books_of_xero import Figures, figures, post_and_maybe_fail, post_until_quiet
from campaign.mortal import Act, Steps
from target.xero_desk import Desk, demo_desk
from target.xero_documents import (
    Recorded,
    invoice,
    invoice_line,
    journal,
    order_id,
    payment,
    payout,
    proof,
)

from simulators.faults import Faults

HTML = b"<html><body>502 Bad Gateway</body></html>"


@dataclass
class Outcome:
    """What one run met, and in what its books differ from the fault-free run's."""

    seed: int
    met: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    differs: dict[str, Any] = field(default_factory=dict)


def one_run(seed: int) -> Outcome:
    """Post the same loads once without and once with faults, and compare the books."""
    random = Random(seed)
    loads = random_loads(random)
    batch_size = random.randint(1, 4)
    outcome = Outcome(seed)
    evidence = random.random() < 0.5
    with TemporaryDirectory() as folder, demo_desk(Path(folder)) as desk:
        desk.evidence = evidence
        for load in loads:
            post_until_quiet(desk, load, batch_size)
        expected = figures(desk.organisation)
    with TemporaryDirectory() as folder, demo_desk(Path(folder)) as desk:
        desk.evidence = evidence
        for load in loads:
            for _ in range(random.randint(1, 4)):
                _disturbed(desk, load, random, batch_size, outcome.met)
                # What later changes becomes a held difference once the books are lost, and what
                # is dated over a month ahead is not looked for by books that were begun since.
                near = all(record.get("date", "") < "2026-05" for _, record in load)
                if len(loads) == 1 and near and random.random() < 0.3:
                    desk.lose_books()
                    outcome.met["books lost"] += 1
            desk.organisation.faults.clear()
            post_until_quiet(desk, load, batch_size)
        found = figures(desk.organisation)
        outcome.calls = len(desk.organisation.calls)
    outcome.differs = _differences(found, expected)
    return outcome


def _disturbed(
    desk: Desk, load: list[Recorded], random: Random, batch_size: int, met: Counter[str]
) -> None:
    """Run once with a few faults, and perhaps a death; time passes before the next run."""
    acts: dict[int, Act] = {}
    desk.organisation.faults.clear()
    for _ in range(random.randint(0, 3)):
        met[_add_fault(desk.organisation.faults, random)] += 1
    if random.random() < 0.2:
        acts[random.randrange(120)] = lambda: _expire_tokens(desk)
        met["token expired"] += 1
    die_at = random.randrange(160) if random.random() < 0.7 else None
    steps = Steps(acts, die_at)
    post_and_maybe_fail(desk, load, steps, batch_size)
    met["killed"] += steps.dead
    desk.organisation.clock.advance(minutes=random.choice([0, 0, 3, 10]))


def _expire_tokens(desk: Desk) -> None:
    desk.organisation.clock.advance(minutes=31)


def _add_fault(faults: Faults, random: Random) -> str:
    write: dict[str, Any] = {
        "method": "PUT,POST",
        "path": "/api.xro/*",
        "nth": random.randint(1, 8),
    }
    call: dict[str, Any] = {"method": "*", "path": "/api.xro/*", "nth": random.randint(1, 20)}
    storm = random.randint(1, 4)
    name = random.choice(
        ["answer lost", "500 after", "503 before", "429", "429 bare", "half an answer", "html"]
    )
    if name == "answer lost":
        faults.drop_response(**write, times=random.randint(1, 2))
    elif name == "500 after":
        faults.error_after_commit(random.choice([500, 503]), **write, times=random.randint(1, 2))
    elif name == "503 before":
        faults.respond(random.choice([500, 503]), **call, times=storm)
    elif name == "429":
        headers = {"Retry-After": "20", "X-Rate-Limit-Problem": "minute"}
        faults.respond(429, b"", headers, **call, times=storm)
    elif name == "429 bare":
        faults.respond(429, b"", **call, times=storm)
    elif name == "half an answer":
        faults.truncate(random.randrange(200), **call, times=1)
    else:
        faults.respond(random.choice([200, 502]), HTML, **call, times=1)
    return name


def _differences(found: Figures, expected: Figures) -> dict[str, Any]:
    return {
        name: {"found": found[name], "fault-free": expected[name]}
        for name in expected
        if found[name] != expected[name]
    }


# Documents


def random_loads(random: Random) -> list[list[Recorded]]:
    """Make one or two loads; the second says some of the first differently, and more."""
    orders = [order_id(number) for number in range(1, random.randint(2, 5))]
    settlements = ["S1", "S2"][: random.randint(1, 2)]
    first = _documents(random, orders, settlements)
    if random.random() < 0.3:
        return [first]
    more = _documents(random, [order_id(9)], ["S3"])
    return [first, [_changed(random, each) for each in first] + more]


def _documents(random: Random, orders: list[str], settlements: list[str]) -> list[Recorded]:
    totals = {order: random.choice(["12.00", "30.00", "7.49"]) for order in orders}
    loaded: list[Recorded] = []
    for order, total in totals.items():
        if random.random() < 0.5:
            lines = [invoice_line(total), *([_bare_line("2.00")] if random.random() < 0.3 else [])]
            amount = total if len(lines) == 1 else str(_sum(lines))
            loaded.append(invoice(order, amount, lines=lines))
            totals[order] = amount
    for name in settlements:
        for order, total in totals.items():
            if random.random() < 0.2:
                continue
            paid = total if random.random() < 0.7 else random.choice(["5.00", "40.00"])
            loaded += [invoice(order, total, name), payment(order, name, paid)]
        # Of what is dated far ahead only recovery can find what a dead run has sent.
        months = random.choice([(3, 4), (3,), (6, 7), (4, 6)])
        loaded += [journal(name, f"2026-0{month}") for month in months]
        loaded += [payout(name, date=random.choice(["2026-04-16", "2026-06-16"])), proof(name)]
    return loaded


def _bare_line(amount: str) -> dict[str, Any]:
    return invoice_line(amount, account="201", item_code=None, tracking=[])


def _sum(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


def _changed(random: Random, recorded: Recorded) -> Recorded:
    """Let some documents say something else."""
    stream, record = recorded
    if random.random() < 0.6 or stream not in ("invoices", "journals", "bank_transactions"):
        return recorded
    if stream == "invoices" and not record["if_absent"]:
        return stream, {**record, "total": "15.00", "lines": [invoice_line("15.00")]}
    if stream == "journals":
        _, other = journal(record["source"]["settlement_id"], record["source"]["month"], "3.10")
        return stream, other
    if stream == "bank_transactions":
        _, other = payout(record["source"]["settlement_id"], "9.05")
        return stream, other
    return recorded
