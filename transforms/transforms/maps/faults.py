"""What is wrong with the maps: each fault with its file, line and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault; line 0 is the file as a whole."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.reason}"


class MapFaults(ValueError):
    """The maps cannot be used; every fault is listed at once."""

    def __init__(self, folder: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        number = len(self.faults)
        heading = f"{number} fault{'s' if number > 1 else ''} in the maps of {folder}:"
        super().__init__("\n".join([heading, *(f"  {fault}" for fault in self.faults)]))
