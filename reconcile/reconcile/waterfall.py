"""From gross sales to the deposit, class by class; and where each class went."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from reconcile.settlements import ZERO, Settlement, amount

OTHER = "Other"


@dataclass(frozen=True)
class Destination:
    """Where rows of a class went: account, tax type, document; empty where there is none."""

    account: str
    tax_type: str
    document: str


@dataclass
class Step:
    """The rows of one class."""

    accounting_class: str
    amount: Decimal
    rows: int
    destinations: dict[Destination, Decimal] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The class in words."""
        return self.accounting_class.replace("_", " ").capitalize()


@dataclass
class Group:
    """The classes of one kind, as a bookkeeper reads a payout."""

    name: str
    steps: list[Step]

    @property
    def amount(self) -> Decimal:
        """Their sum."""
        return sum((step.amount for step in self.steps), ZERO)


@cache
def group_names() -> dict[str, str]:
    """Give the group of each class, in the order in which a payout is read."""
    text = files("reconcile").joinpath("data/groups.csv").read_text(encoding="utf-8")
    return {row["class"]: row["group"] for row in csv.DictReader(text.splitlines())}


def waterfall(settlement: Settlement) -> list[Group]:
    """Lay out a settlement's classes by group; the groups add up to its total."""
    steps = {
        str(each["class"]): Step(str(each["class"]), amount(each["amount"]), int(each["rows"]))
        for each in settlement.proof["classes"]
    }
    for posting in settlement.proof.get("postings") or ():
        step = steps.get(str(posting["class"]))
        if step is not None:
            _add(step, posting)
    groups: dict[str, Group] = {}
    names = group_names()
    order = {name: place for place, name in enumerate(names)}
    for name in sorted(steps, key=lambda each: order.get(each, len(order))):
        group = names.get(name, OTHER)
        groups.setdefault(group, Group(group, [])).steps.append(steps[name])
    return list(groups.values())


def total(groups: Sequence[Group]) -> Decimal:
    """Add the groups up: the settlement's total."""
    return sum((group.amount for group in groups), ZERO)


def _add(step: Step, posting: dict[str, Any]) -> None:
    document = posting["document_id"] or str(posting["stream"] or "").replace("_", " ")
    destination = Destination(
        str(posting["account"] or ""), str(posting["tax_type"] or ""), str(document)
    )
    before = step.destinations.get(destination, ZERO)
    step.destinations[destination] = before + amount(posting["amount"])
