"""What a run did, counted, and told to the bookkeeper at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Did(StrEnum):
    """What became of one document in this run, in the order a summary tells it."""

    POSTED = "posted"
    UPDATED = "updated"
    ADOPTED = "found in Xero and adopted"
    ALREADY_THERE = "already there"
    UNCHANGED = "skipped unchanged"
    HELD = "held"
    REJECTED = "rejected"


# Named in a proof so that it is complete; nobody has to do anything about them.
_HARMLESS = frozenset({"event_group_missing", "rounding", "zero_order", "zero_refund"})

_NAMES = {
    "contacts": ("contact", "contacts"),
    "items": ("item", "items"),
    "invoices": ("invoice", "invoices"),
    "credit_notes": ("credit note", "credit notes"),
    "payments": ("payment", "payments"),
    "refunds": ("refund", "refunds"),
    "allocations": ("allocation", "allocations"),
    "journals": ("journal", "journals"),
    "bank_transactions": ("bank transaction", "bank transactions"),
    "bank_transfers": ("bank transfer", "bank transfers"),
    "stock_levels": ("stock level", "stock levels"),
    "settlements": ("settlement proof", "settlement proofs"),
    "evidence": ("evidence file", "evidence files"),
}


def counted(number: int, stream: str) -> str:
    """Say how many of a stream: 1 bank transaction, 2 bank transactions."""
    return f"{number} {_NAMES[stream][number != 1]}"


@dataclass
class Tally:
    """What was done with each document in this run; a later word replaces an earlier one.

    waiting_in_mapper: what the mapper holds, and why; differences: of settlements, in words;
    moved: the first open day of documents whose own date Xero has locked; stock: what came or
    went, and the value that moved with it; drafts: items that are new and wait for a person's word.
    """

    documents: dict[str, tuple[Did, str, str]] = field(default_factory=dict)
    waiting_in_mapper: dict[str, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    moved: dict[str, date] = field(default_factory=dict)
    stock: list[str] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    proofs: int = 0
    day_limit: str = ""
    left_for_tomorrow: int = 0

    def add(self, document_id: str, did: Did, stream: str, words: str = "") -> None:
        """Count one document; words say why it is held or rejected."""
        self.documents[document_id] = (did, stream, words)

    def count(self, did: Did, stream: str | None = None) -> int:
        """How many documents, of one stream or of any."""
        return sum(
            what is did and stream in (None, where) for what, where, _ in self.documents.values()
        )

    def add_proof(self, record: dict[str, Any], known: dict[str, Any] | None) -> None:
        """Count a settlement's proof, and keep its differences that the books do not know yet."""
        self.proofs += 1
        told = differences_of(known) if known else []
        self.differences += [each for each in differences_of(record) if each not in told]

    @property
    def lines(self) -> list[str]:
        """A line for each document held or rejected, here or by the mapper, with its next step."""
        here = [
            f"{did}: {document_id}: {words}"
            for document_id, (did, _, words) in self.documents.items()
            if did in (Did.HELD, Did.REJECTED)
            and document_id not in self.drafts
            and not (words and words == self.day_limit)
        ]
        waiting = [f"held: {name}: {why}" for name, why in self.waiting_in_mapper.items()]
        return [*here, *waiting, *self._draft_list()]

    def _draft_list(self) -> Iterator[str]:
        """List the items that are new: code, name, price and account, and how to post them."""
        if self.drafts:
            yield (
                f"draft list: {counted(len(self.drafts), 'items')} new to Xero, held until you "
                "confirm: meltano invoke target-xero:confirm CODE ... (or --all)"
            )
        yield from (f"draft: {words}" for words in self.drafts.values())

    @property
    def end_of_day(self) -> str:
        """Say that the day's calls are used up, and how much is left."""
        left = self.left_for_tomorrow
        words = "1 document is" if left == 1 else f"{left} documents are"
        return f"{self.day_limit}; {words} left, kept in the books, for the next run"

    def summary(self) -> str:
        """One sentence: posted 3 invoices, 2 payments; skipped unchanged 40; held 1 payment."""
        parts = []
        for did in Did:
            found = [
                counted(number, stream) for stream in _NAMES if (number := self.count(did, stream))
            ]
            if found:
                parts.append(f"{did} {', '.join(found)}")
        if moved := [
            str(day)
            for document_id, day in self.moved.items()
            if self.documents.get(document_id, (None,))[0] is Did.POSTED
        ]:
            days = " and ".join(dict.fromkeys(moved))
            parts.append(f"{len(moved)} of them out of a locked period, on {days}")
        if self.waiting_in_mapper:
            parts.append(f"{len(self.waiting_in_mapper)} held by the mapper")
        if self.proofs:
            parts.append(f"kept {counted(self.proofs, 'settlements')}")
        return "; ".join(parts) or "nothing to post"

    def exit_code(self, fail_on: str) -> int:
        """1 when the run must not look like a success: see the setting fail_on."""
        if self.day_limit:
            return 1
        rejected = bool(self.count(Did.REJECTED))
        waiting = bool(self.count(Did.HELD) or self.waiting_in_mapper)
        failed = {
            "never": False,
            "rejected": rejected,
            "held": rejected or waiting,
        }
        return int(failed[fail_on])


def differences_of(proof: dict[str, Any]) -> list[str]:
    """Say what in a settlement's proof a person should look at."""
    where, found = f"settlement {proof['settlement_id']}", []
    if proof["status"] == "tied" and Decimal(str(proof.get("difference") or 0)):
        currency = proof.get("currency") or ""
        words = f"{where}: its documents differ from the deposit by {proof['difference']}"
        found.append(f"{words} {currency}".rstrip())
    found.extend(
        f"{where}: {each['details']}"
        for each in proof.get("differences") or ()
        if each["name"] not in _HARMLESS
    )
    return found
