"""The general ledger: what every authorised document does to the accounts.

Amounts are kept twice, in the organisation's base currency and in the document's own; debits are
positive. A document that does not balance in base currency cannot be posted at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from simulators.xero.records import Changes
from simulators.xero.values import money

Aspect = Literal["account", "month", "tracking"]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger; `account` is the code that reports show, debit positive."""

    account: str
    date: date
    base: Decimal
    currency: str
    amount: Decimal
    tracking: tuple[str, ...] = ()

    def aspect(self, aspect: Aspect) -> str:
        """Give what a trial balance groups by: the account, the month or the tracking option."""
        if aspect == "account":
            return self.account
        if aspect == "month":
            return f"{self.date:%Y-%m}"
        return ", ".join(self.tracking)


class Unbalanced(AssertionError):
    """Entries that do not sum to zero: a fault of the simulator, never of its caller."""


class GeneralLedger:
    """Entries by the document that made them."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._entries: dict[str, tuple[Entry, ...]] = {}

    def __iter__(self) -> Iterator[Entry]:
        for entries in self._entries.values():
            yield from entries

    def of(self, document_id: str) -> tuple[Entry, ...]:
        """List the entries of one document."""
        return self._entries.get(document_id, ())

    def post(self, document_id: str, entries: Iterable[Entry]) -> None:
        """Post a document's entries in place of those it had; none takes it off the ledger."""
        posted = tuple(entry for entry in entries if entry.base or entry.amount)
        if sum((entry.base for entry in posted), Decimal(0)) != 0:
            raise Unbalanced(f"document {document_id} does not balance: {posted}")
        old = self._entries.get(document_id)
        self._set(document_id, posted or None)
        self._changes.note(lambda: self._set(document_id, old))

    def _set(self, document_id: str, entries: tuple[Entry, ...] | None) -> None:
        if entries is None:
            self._entries.pop(document_id, None)
        else:
            self._entries[document_id] = entries

    def trial_balance(
        self, by: Sequence[Aspect] = ("account",), *, currency: bool = False
    ) -> dict[str | tuple[str, ...], Decimal]:
        """Sum the ledger by some aspects, and by document currency when `currency` is set.

        One aspect alone gives plain keys, several give tuples; with `currency` the amounts are in
        the documents' currencies and the currency is the last part of the key.
        """
        sums: defaultdict[str | tuple[str, ...], Decimal] = defaultdict(Decimal)
        for entry in self:
            key = tuple(entry.aspect(each) for each in by)
            if currency:
                sums[(*key, entry.currency)] += entry.amount
            else:
                sums[key if len(key) > 1 else key[0]] += entry.base
        return {key: money(total) for key, total in sorted(sums.items(), key=lambda kv: str(kv[0]))}
