"""A difference that has a name: the proof lists it, and it does not stop the posting."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, by how much if it is an amount, and one sentence of why."""

    name: str
    amount: Decimal | None
    details: str
