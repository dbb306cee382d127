"""A transaction of the Finances API: its parts, and whether its money is released."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.book import Book
from transforms.ledger.catalogue import Triple, fold
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.placing import Classified
from transforms.ledger.settlement import Entry, Group
from transforms.ledger.unplaced import Unplaced

NO_BREAKDOWN = "(no breakdown)"
_KINDS = {"shipment": "Order", "refund": "Refund"}


class Part(NamedTuple):
    """A part that has no parts: the SKU it belongs to, its path of labels, its amount."""

    sku: str
    path: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction; days are in the organisation's time zone, `posted` is UTC to the second."""

    transaction_id: str
    transaction_type: str
    status: str
    posted: str
    day: date
    marketplace_id: str
    marketplace: str
    currency: str
    total: Decimal
    order_id: str
    deferred_id: str
    release_id: str
    maturity: date | None
    reason: str
    parts: tuple[Part, ...]

    @property
    def was_deferred(self) -> bool:
        """Whether its money was held back, whatever became of it since."""
        return self.status in ("DEFERRED", "DEFERRED_RELEASED")


def entries(
    transaction_type: str, order_id: str, day: date, parts: Iterable[Part], book: Book
) -> Iterator[Classified]:
    """Give each part as a row of a settlement would show it, with its class.

    Raises Unplaced with the line to add for every part that no line of breakdowns.csv knows.
    """
    unknown: list[str] = []
    found: list[Classified] = []
    for part in parts:
        if not part.amount:
            continue
        name = book.breakdowns.classify(transaction_type, part.path)
        if name is None:
            unknown.append(unknown_breakdown(transaction_type, part.path, part.amount))
            continue
        kind = _KINDS.get(fold(transaction_type), transaction_type)
        group = Group(kind, order_id, "", part.sku, "")
        triple = _triple(kind, part.path, name)
        found.append(Classified(Entry(group, triple, day, part.amount, 1, 0), name))
    if unknown:
        raise Unplaced("unknown_breakdown", unknown)
    yield from found


def unknown_breakdown(transaction_type: str, path: str, amount: Decimal) -> str:
    """Name a part that no line knows, with the line to add."""
    if path == NO_BREAKDOWN:
        return (
            f"{transaction_type} of {amount}: its breakdowns do not add up to its total; run "
            "again, and ask Seller Support when Amazon says the same"
        )
    line = line_to_add(transaction_type, path, "CLASS")
    return (
        f"unknown breakdown {transaction_type} / {path} of {amount}: "
        f"add a line {line} to breakdowns.csv"
    )


def _triple(kind: str, path: str, accounting_class: str) -> Triple:
    """Write a part as the report's triple: it decides which line a tax joins."""
    label = path.rpartition("/")[2]
    folded = fold(label)
    if accounting_class == "tax_withheld":
        return Triple(kind, "ItemWithheldTax", label)
    if accounting_class == "tax_discount":
        return Triple(kind, "Promotion", "TaxDiscount")
    if accounting_class == "tax_collected":
        on = next((name for name in ("Shipping", "GiftWrap") if fold(name) in folded), "")
        return Triple(kind, "ItemPrice", f"{on}Tax")
    return Triple(kind, "Finances", path)
