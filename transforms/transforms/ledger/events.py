"""A settlement compared with the transactions that Finances lists for it, class by class.

The settlement stays authoritative: whatever differs gets a name, and nothing is corrected. The
names and their causes are those of the settlement fact sheet, section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.book import Book
from transforms.ledger.classes import SALES_TAX_CLASSES, label
from transforms.ledger.difference import Difference
from transforms.ledger.money import ZERO, minor_unit, text
from transforms.ledger.placing import Classified
from transforms.ledger.settlement import Header, is_order_id
from transforms.ledger.transactions import Transaction, unknown_breakdown

# Rows of the settlement that are no transaction of an order or a fee.
NOT_COMPARED = frozenset(
    [
        "reserve_current",
        "reserve_previous",
        "carried_debt",
        "debt_payment",
        "cross_account_debt",
        "transfer",
        "failed_transfer",
        "suspense",
    ]
)
BUCKETS = ("deferred", "timing", "rounding", "missing_in_events", "missing_in_report")
_WORDS = {
    "deferred": "Finances lists it as deferred, Amazon has not released it yet",
    "timing": "Finances posts it outside the settlement's days",
    "rounding": "less than the smallest amount of the currency for each",
    "missing_in_events": "the report has it, Finances lists less or nothing",
    "missing_in_report": "Finances lists it, the report has less or nothing",
}


class Key(NamedTuple):
    """What is compared: an order, blank for what names none, and a class."""

    order_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ClassComparison:
    """A class in the report and in Finances, and the differences by bucket."""

    name: str
    report: Decimal
    events: Decimal
    buckets: dict[str, Decimal]


@dataclass(slots=True)
class Events:
    """Transactions of one settlement, folded as they are read."""

    book: Book
    sums: dict[Key, list[tuple[str, Decimal]]] = field(default_factory=dict)
    waiting: dict[Key, Decimal] = field(default_factory=dict)
    unknown: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    _superseded: set[str] = field(default_factory=set)
    _originals: list[Transaction] = field(default_factory=list)

    def add(self, transaction: Transaction) -> None:
        """Take a transaction; of a deferral and its release only the release counts."""
        if transaction.deferred_id:
            self._superseded.add(transaction.deferred_id)
        if transaction.status == "DEFERRED_RELEASED":
            self._originals.append(transaction)
        else:
            self._fold(transaction)

    def _fold(self, transaction: Transaction) -> None:
        kind = transaction.transaction_type
        order_id = transaction.order_id if is_order_id(transaction.order_id) else ""
        for part in transaction.parts:
            if not part.amount:
                continue
            name = self.book.breakdowns.classify(kind, part.path)
            if name is None:
                where = (kind, part.path)
                self.unknown[where] = self.unknown.get(where, ZERO) + part.amount
            elif name not in NOT_COMPARED:
                key = Key(order_id, _comparable(name))
                if transaction.status == "DEFERRED":
                    self.waiting[key] = self.waiting.get(key, ZERO) + part.amount
                else:
                    self.sums.setdefault(key, []).append((transaction.posted, part.amount))

    def finish(self) -> None:
        """Count a released deferral whose release was not listed."""
        for original in self._originals:
            if original.transaction_id not in self._superseded:
                self._fold(original)
        self._originals.clear()


def _comparable(name: str) -> str:
    """Sum what the two divide differently.

    Tax columns differ from report to report, their sum does not; Finances gives a claim and a
    chargeback no type of their own: they are refunds there.
    """
    if name in SALES_TAX_CLASSES:
        return "tax"
    return "refund" if name in ("chargeback", "a_to_z") else name


def compare(
    classified: Iterable[Classified], events: Events, header: Header
) -> tuple[tuple[ClassComparison, ...], list[Difference]]:
    """Compare order by order and class by class; each difference gets its bucket."""
    events.finish()
    report = _report(classified, events.book)
    found = _Found(minor_unit(header.currency))
    for key in [*report, *(key for key in {**events.sums, **events.waiting} if key not in report)]:
        listed = events.sums.get(key, [])
        inside = sum((a for day, a in listed if header.start <= day < header.end), ZERO)
        total = sum((amount for _, amount in listed), ZERO)
        found.add(key, report.get(key), inside, total, bool(listed), events.waiting.get(key, ZERO))
    differences = found.differences(header.currency)
    differences.extend(
        Difference("unknown_breakdown", amount, unknown_breakdown(*where, amount))
        for where, amount in events.unknown.items()
    )
    differences.extend(Difference("unreadable", None, fault) for fault in events.unreadable)
    return tuple(found.classes.values()), differences


def _report(classified: Iterable[Classified], book: Book) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = {}
    for line in classified:
        name, entry = line.accounting_class, line.entry
        if name in NOT_COMPARED or not entry.amount:
            continue
        if name in ("fee_tax", "fee_discount"):
            # Finances shows a fee with its tax and discount below it: one figure.
            name = book.catalogue.joins(entry.triple, "fee_tax") or name
        order_id = entry.group.order_id if is_order_id(entry.group.order_id) else ""
        key = Key(order_id, _comparable(name))
        sums[key] = sums.get(key, ZERO) + entry.amount
    return sums


@dataclass(slots=True)
class _Found:
    """Differences as they are found, by class and bucket, with the orders they are of."""

    unit: Decimal
    classes: dict[str, ClassComparison] = field(default_factory=dict)
    orders: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(
        self,
        key: Key,
        stated: Decimal | None,
        inside: Decimal,
        total: Decimal,
        is_listed: bool,
        waiting: Decimal,
    ) -> None:
        """Name what differs: stated by the report, listed inside and outside its days, waiting."""
        report = stated or ZERO
        self._count(key.name, report, total + waiting)
        if waiting:
            self._name(key, "deferred", -waiting)
        if total not in (report, inside):
            # What is posted on other days is timing, unless the report has it all the same.
            self._name(key, "timing", inside - total)
            total = inside
        if left := report - total:
            self._name(key, self._bucket(report, total, stated is not None and is_listed), left)

    def _bucket(self, report: Decimal, events: Decimal, are_both: bool) -> str:
        if are_both and abs(report - events) < self.unit:
            return "rounding"
        return "missing_in_events" if abs(report) > abs(events) else "missing_in_report"

    def _count(self, name: str, report: Decimal, events: Decimal) -> None:
        before = self.classes.get(name)
        buckets = before.buckets if before else dict.fromkeys(BUCKETS, ZERO)
        if before:
            report, events = report + before.report, events + before.events
        self.classes[name] = ClassComparison(name, report, events, buckets)

    def _name(self, key: Key, bucket: str, amount: Decimal) -> None:
        buckets = self.classes[key.name].buckets
        buckets[bucket] += amount
        self.orders.setdefault((key.name, bucket), []).append(key.order_id)

    def differences(self, currency: str) -> list[Difference]:
        """Write each bucket of each class as a named difference, with an order to look at."""
        return [
            Difference(
                bucket,
                self.classes[name].buckets[bucket],
                f"{label(name)}, {text(self.classes[name].buckets[bucket])} {currency}: "
                f"{_WORDS[bucket]} ({_whose(orders)})",
            )
            for (name, bucket), orders in self.orders.items()
        ]


def _whose(orders: list[str]) -> str:
    named = [order for order in orders if order]
    if not named:
        return "no order"
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f"order {named[0]}{more}"
