"""One run of the campaign: random documents, random faults, then undisturbed runs until quiet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from campaign.books_of_xero import (
    Figures,
    figures,
    post,
    post_and_maybe_fail,
    post_until_quiet,
)
from campaign.mortal import Act, Steps
from campaign.quick_desk import QuickDesk, quick_desk
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

from books import AtWork
from simulators.faults import Faults
from xero_api import ConsentEnded, XeroError

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
    ways = {"evidence": random.random() < 0.5, "oauth": random.random() < 0.4}
    with quick_desk(**ways) as desk:
        for load in loads:
            post_until_quiet(desk, load, batch_size)
        expected = figures(desk.organisation)
    with quick_desk(**ways) as desk:
        for load in loads:
            for _ in range(random.randint(1, 4)):
                _disturbed(desk, load, random, batch_size, outcome.met)
                # What later changes becomes a held difference once the books are lost.
                if load is loads[-1]:
                    _perhaps_lose_books(desk, random, outcome.met, whole=len(loads) == 1)
            desk.organisation.faults.clear()
            post_until_quiet(desk, load, batch_size)
        found = figures(desk.organisation)
        outcome.calls = len(desk.organisation.calls)
    outcome.differs = _differences(found, expected)
    return outcome


def _perhaps_lose_books(desk: QuickDesk, random: Random, met: Counter[str], *, whole: bool) -> None:
    """Lose the books altogether, or keep a copy of them, or put the copy back in their place."""
    chance = random.random()
    if chance < 0.15 and whole:
        desk.lose_books()
        met["books lost"] += 1
    elif chance < 0.35:
        desk.copy_books()
    elif chance < 0.6 and desk.has_copy:
        desk.restore_books()
        met["old books restored"] += 1


def _disturbed(
    desk: QuickDesk, load: list[Recorded], random: Random, batch_size: int, met: Counter[str]
) -> None:
    """Run once with a few faults, and perhaps a death; time passes before the next run."""
    acts: dict[int, Act] = {}
    desk.organisation.faults.clear()
    for _ in range(random.randint(0, 3)):
        met[_add_fault(desk.organisation.faults, random, oauth=desk.oauth)] += 1
    if random.random() < 0.2:
        acts[random.randrange(120)] = lambda: _expire_tokens(desk)
        met["token expired"] += 1
    if random.random() < 0.3:
        acts[random.randrange(120)] = lambda: _run_beside(desk, load, batch_size, met)
    die_at = random.randrange(160) if random.random() < 0.7 else None
    steps = Steps(acts, die_at)
    try:
        post_and_maybe_fail(desk, load, steps, batch_size)
    except ConsentEnded:
        desk.agree_again()  # what only a person can put right
        met["consent ended"] += 1
    met["killed"] += steps.dead
    desk.organisation.clock.advance(minutes=random.choice([0, 0, 3, 10]))


def _expire_tokens(desk: QuickDesk) -> None:
    desk.organisation.clock.advance(minutes=31)


def _run_beside(desk: QuickDesk, load: list[Recorded], batch_size: int, met: Counter[str]) -> None:
    """Start a second run of the same documents while the first is between two steps."""
    desk.process = 1
    try:
        post(desk, load, batch_size=batch_size)
        met["second run came first"] += 1
    except AtWork:
        met["second run left it"] += 1
    except XeroError:
        met["second run failed"] += 1
    finally:
        desk.process = 0


def _add_fault(faults: Faults, random: Random, *, oauth: bool) -> str:
    write: dict[str, Any] = {
        "method": "PUT,POST",
        "path": "/api.xro/*",
        "nth": random.randint(1, 8),
    }
    call: dict[str, Any] = {"method": "*", "path": "/api.xro/*", "nth": random.randint(1, 20)}
    storm = random.randint(1, 4)
    names = ["answer lost", "500 after", "503 before", "429", "429 bare", "half an answer", "html"]
    name = random.choice([*names, *(["rotated token lost"] if oauth else [])])
    if name == "answer lost":
        faults.drop_response(**write, times=random.randint(1, 2))
    elif name == "500 after":
        faults.error_after_commit(random.choice([500, 503]), **write, times=random.randint(1, 2))
    elif name == "503 before":
        faults.respond(random.choice([500, 503]), **call, times=storm)
    elif name == "rotated token lost":
        faults.drop_response(method="POST", path="/connect/token", nth=1, times=storm)
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
