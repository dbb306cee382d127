"""Where an order's goods went and at which rate: what the VAT report adds to a settlement.

A settlement does not name a buyer's country (settlement fact sheet, tax notes of section 2). The
VAT transactions report does, for each order and SKU: arrival country, rate, and who collects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.catalogue import fold
from transforms.ledger.classes import REFUND_TRANSACTIONS, Treatment
from transforms.ledger.money import ZERO
from transforms.ledger.settlement import Group

ORDER, REFUND = "order", "refund"
MARKETPLACE = "MARKETPLACE"


class VatItem(NamedTuple):
    """What one line of the VAT report is about: a sale or a refund of a SKU of an order."""

    order_id: str
    kind: str
    sku: str


@dataclass(frozen=True, slots=True)
class VatLine:
    """One sale or refund of the VAT report; refunds are negative, rate is in percent."""

    activity: str
    item: VatItem
    country: str
    rate: Decimal
    responsibility: str
    gross: Decimal
    vat: Decimal
    currency: str

    @property
    def destination(self) -> Destination:
        """Where the goods went, and how the sale is taxed there."""
        if self.responsibility == MARKETPLACE:
            treatment = Treatment.FACILITATOR
        else:
            treatment = Treatment.TAXED if self.rate else Treatment.UNTAXED
        return Destination(self.country, format(self.rate.normalize(), "f"), treatment)


@dataclass(frozen=True, slots=True)
class Destination:
    """A country, a rate in percent as text, and the treatment that they mean."""

    country: str
    rate: str
    treatment: Treatment

    @property
    def code(self) -> str:
        """How accounts.csv is asked: the country and the rate."""
        return f"{self.country} {self.rate}"

    def treats(self, by_rows: Treatment) -> Treatment:
        """Refine what the rows say: prices with tax inside show no tax rows."""
        return self.treatment if by_rows is Treatment.UNTAXED else by_rows


@dataclass(frozen=True, slots=True)
class DestinationSum:
    """Sales less refunds of one destination, with tax, and the items that they are of."""

    destination: Destination
    amount: Decimal
    items: tuple[VatItem, ...]


@dataclass(frozen=True, slots=True)
class VatReport:
    """The lines of the VAT report by order; for what was posted, the destinations used then."""

    lines: Mapping[str, tuple[VatLine, ...]] = field(default_factory=dict)
    posted: Mapping[str, Mapping[VatItem, Destination]] | None = None

    def knows(self, order_id: str) -> bool:
        """Say whether an order is of the report, or was posted by one."""
        return order_id in self.lines or bool(self.posted and order_id in self.posted)

    def destination(self, group: Group) -> Destination | None:
        """Give the destination of the item that a group of rows is about; None if unclear."""
        item = vat_item(group)
        return None if item is None else self.of(item)

    def of(self, item: VatItem) -> Destination | None:
        """Give an item's destination; a refund went where its sale did."""
        if self.posted is not None:
            return self.posted.get(item.order_id, {}).get(item)
        return self.said(item)

    def said(self, item: VatItem) -> Destination | None:
        """Give an item's destination by the lines, whatever was posted."""
        for kind in (item.kind, ORDER):
            found = {line.destination for line in self.of_item(item._replace(kind=kind))}
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    def of_item(self, item: VatItem) -> list[VatLine]:
        """Give the lines of an item."""
        return [line for line in self.lines.get(item.order_id, ()) if line.item == item]


NO_REPORT = VatReport()


def vat_item(group: Group) -> VatItem | None:
    """Name the item of the VAT report that a group of rows is about; None where there is none."""
    transaction = fold(group.transaction_type)
    if not (group.order_id and group.sku):
        return None
    if transaction == ORDER:
        return VatItem(group.order_id, ORDER, group.sku)
    if transaction in REFUND_TRANSACTIONS:
        return VatItem(group.order_id, REFUND, group.sku)
    return None


def by_order(lines: Iterable[VatLine]) -> dict[str, tuple[VatLine, ...]]:
    """Part lines by order; of two with one activity id, the later is the one."""
    found: dict[str, dict[tuple[str, VatItem], VatLine]] = {}
    for line in lines:
        found.setdefault(line.item.order_id, {})[line.activity, line.item] = line
    return {order_id: tuple(each.values()) for order_id, each in found.items()}


def totals(lines: Iterable[VatLine]) -> tuple[Decimal, Decimal]:
    """Sum lines: with VAT, and the VAT."""
    gross = vat = ZERO
    for line in lines:
        gross += line.gross
        vat += line.vat
    return gross, vat
