"""What a run did, figure by figure; the last word on each counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from target_amazon_sp.verdicts import Did

# So many of a kind are named in the log; the books have them all.
SHOWN = 50
_NAMED = (Did.REFUSED, Did.HELD, Did.PENDING)
_ORDER = (
    Did.UNCHANGED,
    Did.WOULD_SEND,
    Did.APPLIED,
    Did.PENDING,
    Did.REFUSED,
    Did.HELD,
    Did.NOT_LISTED,
    Did.LEFT_ALONE,
)
_CONFIRM = "meltano invoke target-amazon-sp:confirm"
CHANGES = "meltano invoke target-amazon-sp:changes"


@dataclass
class Tally:
    """Counts and names what became of every document.

    liftable: document ids that a person may confirm. fault: what ended the run before its end.
    """

    told: dict[Any, tuple[Did, str, str]] = field(default_factory=dict)
    liftable: dict[Any, str] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)
    fault: str | None = None

    def note(self, key: Any, name: str, did: Did, words: str = "") -> None:
        """Note what became of a figure; name: its document."""
        self.told[key] = (did, name, words)

    def count(self, did: Did) -> int:
        """How many figures came to this."""
        return sum(each[0] is did for each in self.told.values())

    @property
    def exit_code(self) -> int:
        """1 when Amazon, or the document itself, refused something, or the run was cut short."""
        return int(self.fault is not None or self.count(Did.REFUSED) > 0)

    @property
    def lines(self) -> list[str]:
        """Name what was refused, held and is pending, with the line to run."""
        found = []
        for did in _NAMED:
            named = [(name, words) for each, name, words in self.told.values() if each is did]
            found += [f"{did}: {name}: {words}" for name, words in named[:SHOWN]]
            if more := len(named) - SHOWN:
                found += [f"{did}: {more} more, see {CHANGES}"] if more > 0 else []
        still = [name for key, name in self.liftable.items() if self.told[key][0] is Did.HELD]
        if len(still) == 1:
            found.append(f"to confirm it: {_CONFIRM} '{still[0]}'")
        elif still:
            found.append(
                f"to confirm {len(still)} of the held: {_CONFIRM} <document id>..., or all with"
                f" {_CONFIRM} --all"
            )
        found += [
            f"left alone: {number} for {name}, which is not among this seller's marketplaces here"
            for name, number in self.elsewhere.items()
        ]
        return found

    def summary(self) -> str:
        """Say it in one line: 9,700 unchanged, 300 applied, ..."""
        counts = Counter(each[0] for each in self.told.values())
        always = (Did.UNCHANGED, Did.APPLIED, Did.PENDING, Did.REFUSED, Did.HELD, Did.NOT_LISTED)
        return ", ".join(f"{counts[did]:,} {did}" for did in _ORDER if counts[did] or did in always)
