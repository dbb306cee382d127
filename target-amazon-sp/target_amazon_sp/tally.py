"""What a run did, figure by figure; the last word on each counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
_IN_MAPPER = "held by the mapper"
_CONFIRM = "meltano invoke target-amazon-sp:confirm"
CHANGES = "meltano invoke target-amazon-sp:changes"


@dataclass
class Tally:
    """Counts and names what became of every document.

    liftable: document ids that a person may confirm. in_mapper: what the mapper made no document
    of, and why. fault: what ended the run before its end.
    """

    told: dict[Any, tuple[Did, str, str]] = field(default_factory=dict)
    liftable: dict[Any, str] = field(default_factory=dict)
    in_mapper: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)
    fault: str | None = None

    def note(self, key: Any, name: str, did: Did, words: str = "") -> None:
        """Note what became of a figure; name: its document."""
        self.told[key] = (did, name, words)

    def waits_in_mapper(self, record: Mapping[str, Any]) -> None:
        """Note a document that the mapper holds; the word that it no longer does ends that."""
        name = str(record["document_id"])
        self.in_mapper.pop(name, None)
        if record["state"] == "held":
            self.in_mapper[name] = str(record["details"] or record["reason"])

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
            found += _named(did, named)
        found += _named(_IN_MAPPER, list(self.in_mapper.items()))
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
        said = [f"{counts[did]:,} {did}" for did in _ORDER if counts[did] or did in always]
        if self.in_mapper:
            said.append(f"{len(self.in_mapper):,} {_IN_MAPPER}")
        return ", ".join(said)


def _named(what: str, named: Sequence[tuple[str, str]]) -> list[str]:
    """Name so many that a log can be read, and say how many more there are."""
    found = [f"{what}: {name}: {words}" for name, words in named[:SHOWN]]
    if len(named) > SHOWN:
        found.append(f"{what}: {len(named) - SHOWN} more, see {CHANGES}")
    return found
