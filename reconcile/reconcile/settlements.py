"""Each settlement as its bookkeeper asks: what the bank saw, what is posted, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from books import Became, Books, Held, Seen, State

ZERO = Decimal("0.00")
_BANK_STREAMS = frozenset({"bank_transactions", "bank_transfers"})
_OF_AN_ORDER = frozenset({"payments", "credit_notes"})
_PAID = "PAID"


class Status(StrEnum):
    """What is to be said of a settlement, the most urgent first."""

    UNEXPLAINED = "unexplained"
    REJECTED = "rejected"
    HELD = "held"
    WAITING = "waiting"
    TIED = "tied"
    LEFT_OUT = "left out"


class Bank(StrEnum):
    """Whether the bank statement was matched with the payout, as Xero last said."""

    MATCHED = "matched"
    WAITING = "waiting"
    UNREAD = "not read"
    NONE = "none due"
    UNPOSTED = "not posted"


@dataclass(frozen=True)
class Document:
    """One document of a settlement: its share of the deposit and what became of it."""

    document_id: str
    stream: str
    number: str
    date: str
    amount: Decimal
    is_held: bool
    became: Became | None
    seen: Seen | None = None

    @property
    def is_posted(self) -> bool:
        """Whether it is in the accounting system as it should be."""
        return self.became is not None and self.became.state is State.POSTED

    @property
    def is_bank(self) -> bool:
        """Whether it moves money at the bank: it repeats the deposit, it is no part of it."""
        return self.stream in _BANK_STREAMS

    @property
    def may_pay_out(self) -> bool:
        """Whether a line of the bank statement may be matched with it."""
        return self.is_bank or (self.stream == "invoices" and self.amount != ZERO)

    @property
    def share(self) -> Decimal:
        """What it contributes to the deposit."""
        return ZERO if self.is_bank else self.amount

    @property
    def state(self) -> str:
        """What became of it, in a word."""
        if self.became is not None:
            return str(self.became.state)
        return "held" if self.is_held else "not posted"

    @property
    def why(self) -> str:
        """Why it is not posted; empty when it is."""
        if self.is_posted:
            return ""
        if self.became is not None:
            return self.became.error or self.became.reason or "sent, answer not known yet"
        return "it waits for the maps" if self.is_held else "no run has posted it yet"


@dataclass(frozen=True)
class OfOrders:
    """The posted documents of single orders, counted and summed: there may be thousands."""

    counts: dict[str, int]
    share: Decimal


@dataclass(frozen=True)
class Settlement:
    """One settlement: the mapper's proof beside what became of each of its documents.

    documents: all but those of single orders that are posted.
    """

    proof: dict[str, Any]
    documents: tuple[Document, ...]
    of_orders: OfOrders
    held: tuple[Held, ...] = ()

    @property
    def settlement_id(self) -> str:
        """Amazon's settlement id."""
        return str(self.proof["settlement_id"])

    @property
    def marketplace(self) -> str:
        """The marketplace, as the maps name it; empty when it is unclear."""
        return str(self.proof["marketplace"] or "")

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return str(self.proof["currency"] or "")

    @property
    def organisation(self) -> str:
        """The set of books it belongs to."""
        return str(self.proof["organisation"])

    @property
    def posting(self) -> str:
        """The style in which it is posted: orders or settlements; empty when unclear."""
        return str(self.proof["posting"] or "")

    @property
    def period(self) -> str:
        """Its first and its last day, as Amazon states them (UTC)."""
        return f"{_day(self.proof['start'])} to {_day(self.proof['end'])}"

    @property
    def month(self) -> str:
        """The month that it closes in, YYYY-MM."""
        return (self.proof["deposit_date"] or _day(self.proof["end"]))[:7]

    @property
    def total(self) -> Decimal:
        """Total-amount of the report."""
        return amount(self.proof["deposit"])

    @cached_property
    def expected(self) -> Decimal:
        """What its documents add up to when it ties.

        The deposit; zero where nothing reached the bank: a debt carried on, or a failed transfer.
        """
        if self.proof["status"] == "left_out":
            return ZERO
        if self.proof["status"] == "held":
            return max(self.total, ZERO)
        whole = sum((each.share for each in self.documents), self.of_orders.share)
        return whole + amount(self.proof["difference"])

    @cached_property
    def posted(self) -> Decimal:
        """What the posted documents add up to."""
        posted = (each.share for each in self.documents if each.is_posted)
        return sum(posted, self.of_orders.share)

    @cached_property
    def waits(self) -> Decimal:
        """What waits, with a reason: held, rejected, or not posted yet."""
        if self.proof["status"] == "held":
            return self.expected
        return sum((each.share for each in self.documents if not each.is_posted), ZERO)

    @property
    def difference(self) -> Decimal:
        """What neither a posted document nor a waiting one explains; 0.00 or an error."""
        return self.expected - self.posted - self.waits

    @cached_property
    def status(self) -> Status:
        """The most urgent thing to say of it."""
        if self.proof["status"] == "left_out":
            return Status.LEFT_OUT
        states = Counter(each.state for each in self.documents)
        if self.difference != ZERO:
            return Status.UNEXPLAINED
        if states["rejected"]:
            return Status.REJECTED
        if self.proof["status"] == "held" or states["held"]:
            return Status.HELD
        if any(not each.is_posted for each in self.documents):
            return Status.WAITING
        return Status.TIED

    @cached_property
    def bank(self) -> Bank:
        """Whether the payout is matched with the bank statement, as Xero was last read."""
        payouts = [each for each in self.documents if each.is_bank and each.amount > ZERO]
        if not payouts:
            payouts = [
                each
                for each in self.documents
                if each.stream == "invoices" and each.share and each.share == self.expected
            ]
        if self.expected == ZERO:
            return Bank.NONE
        if not payouts or not all(each.is_posted for each in payouts):
            return Bank.UNPOSTED
        said = [each.seen for each in payouts if each.seen is not None]
        if not said:
            return Bank.UNREAD
        matched = all(each.is_reconciled or each.status == _PAID for each in said)
        return Bank.MATCHED if matched and len(said) == len(payouts) else Bank.WAITING

    def places(self, order_id: str, accounting_class: str, day: str) -> tuple[str, str, str]:
        """Tell where rows of an order went: accounts, tax types, document.

        Several accounts where the maps part a class by treatment; the document is the order's own
        payment, else that of the month.
        """
        accounts, tax_types, documents = self._by_class.get(accounting_class, ("", "", {}))
        if "" in documents and order_id:
            return accounts, tax_types, f"payment:{self.settlement_id}:{order_id}"
        return accounts, tax_types, documents.get(day[:7], "")

    @cached_property
    def _by_class(self) -> dict[str, tuple[str, str, dict[str, str]]]:
        """Accounts and tax types of each class, and its documents by month ("": the orders')."""
        found: dict[str, tuple[list[str], list[str], dict[str, str]]] = {}
        for posting in self.proof.get("postings") or ():
            accounts, tax_types, documents = found.setdefault(posting["class"], ([], [], {}))
            accounts.append(posting["account"] or "")
            tax_types.append(posting["tax_type"] or "")
            document_id = posting["document_id"] or ""
            documents[document_id.rpartition(":")[2] if document_id else ""] = document_id
        return {
            name: (_listed(accounts), _listed(tax_types), documents)
            for name, (accounts, tax_types, documents) in found.items()
        }

    @property
    def reasons(self) -> list[str]:
        """Why it does not tie yet, one line for each cause."""
        found = []
        if self.proof["status"] != "tied":
            found.append(str(self.proof["reason"] or self.proof["status"]))
        found.extend(
            f"{each.document_id}: {each.why}" for each in self.documents if not each.is_posted
        )
        return found


def settlements(books: Books, organisation: str | None = None) -> list[Settlement]:
    """Read every settlement's proof and what became of its documents, by currency and period."""
    waiting: dict[str, list[Held]] = {}
    for held in books.held(organisation):
        waiting.setdefault(held.settlement_id or "", []).append(held)
    found = []
    for proof in books.each_proof(organisation):
        settlement_id = str(proof["settlement_id"])
        own, of_orders = _parted(proof.pop("documents"), books.posted_ids(settlement_id))
        documents = _documents(
            own, books.became(settlement_id, [each["document_id"] for each in own])
        )
        seen = books.seen([each.document_id for each in documents if each.may_pay_out])
        found.append(
            Settlement(
                proof,
                tuple(replace(each, seen=seen.get(each.document_id)) for each in documents),
                of_orders,
                tuple(waiting.get(settlement_id, ())),
            )
        )
    return sorted(found, key=lambda each: (each.currency, each.proof["start"] or ""))


def amount(value: Any) -> Decimal:
    """Read an amount of a record; a missing one is zero."""
    return ZERO if value is None else Decimal(str(value))


def _parted(
    records: Iterable[dict[str, Any]], posted: Container[str]
) -> tuple[list[dict[str, Any]], OfOrders]:
    """Part the documents to look at from those of orders that are posted, which are counted."""
    own: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    share = ZERO
    for record in records:
        stream = record["stream"]
        is_of_an_order = stream in _OF_AN_ORDER or (
            stream == "invoices" and not amount(record["amount"])
        )
        if is_of_an_order and record["document_id"] in posted:
            counts[stream] = counts.get(stream, 0) + 1
            share += amount(record["amount"])
        else:
            own.append(record)
    return own, OfOrders(counts, share)


def _documents(records: Iterable[dict[str, Any]], became: dict[str, Became]) -> list[Document]:
    found = []
    for record in records:
        document_id = record["document_id"]
        known = became.get(document_id)
        number = (known and known.number) or record["number"] or ""
        share = amount(record["amount"])
        stream, held = record["stream"], record["held"]
        found.append(Document(document_id, stream, number, record["date"], share, held, known))
    return found


def _listed(values: list[str]) -> str:
    return ", ".join(dict.fromkeys(each for each in values if each))


def _day(instant: str | None) -> str:
    return (instant or "")[:10]
