"""The VAT report in a settlement's proof: sales by destination and rate, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.classes import REFUND_CLASSES, REVENUE_CLASSES
from transforms.ledger.difference import Difference
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Classified
from transforms.ledger.vat import (
    ORDER,
    Destination,
    DestinationSum,
    VatItem,
    VatLine,
    VatReport,
    totals,
    vat_item,
)

# What a buyer paid or got back; tax that Amazon keeps is part of it.
_PRICE = (REVENUE_CLASSES | REFUND_CLASSES) - {"tax_withheld"}
_TAX = frozenset({"tax_collected", "tax_discount"})


@dataclass(slots=True)
class _Paid:
    gross: Decimal = ZERO
    tax: Decimal = ZERO


def paid(classified: Iterable[Classified]) -> dict[VatItem, _Paid]:
    """Sum what the settlement says that buyers paid, and got back, for each item."""
    found: dict[VatItem, _Paid] = {}
    for line in classified:
        item = vat_item(line.entry.group)
        if item is None or line.accounting_class not in _PRICE:
            continue
        each = found.setdefault(item, _Paid())
        each.gross += line.entry.amount
        if line.accounting_class in _TAX:
            each.tax += line.entry.amount
    return found


class VatProof:
    """What the VAT report says of a settlement, gathered order by order."""

    def __init__(self, report: VatReport, currency: str) -> None:
        self._report = report
        self._currency = currency
        self._sums: dict[Destination, tuple[Decimal, list[VatItem]]] = {}
        self._named: list[Difference] = []
        self._missed: list[tuple[Destination, Decimal]] = []

    def add(self, classified: Iterable[Classified]) -> None:
        """Take the rows of one order."""
        items, report = paid(classified), self._report
        for item, each in items.items():
            destination = report.of(item)
            if destination is not None:
                amount, before = self._sums.get(destination, (ZERO, []))
                self._sums[destination] = (amount + each.gross, [*before, item])
            if report.posted is None:
                continue
            said = report.said(item)
            if said is not None and said != destination:
                self._missed.append((said, each.gross))
        self._named += vat_differences(items, report, self._currency)

    def destinations(self) -> tuple[DestinationSum, ...]:
        """Sum sales and refunds by destination and rate, where they are known."""
        return tuple(DestinationSum(key, sold, tuple(i)) for key, (sold, i) in self._sums.items())

    def differences(self) -> list[Difference]:
        """Name what the report says otherwise, and what it said too late."""
        return [*self._named, *_late(self._missed)]


def vat_differences(
    items: Mapping[VatItem, _Paid], report: VatReport, currency: str
) -> list[Difference]:
    """Name what the VAT report says otherwise of an order, its price or its tax.

    By order and kind of transaction, over the SKUs that the settlement has; orders that the
    report does not know are no difference: it may be of another period.
    """
    orders: dict[tuple[str, str], tuple[_Paid, list[VatLine]]] = {}
    found: list[Difference] = []
    for item, each in items.items():
        lines = report.of_item(item)
        if not lines:
            found.extend(_not_told(item, each, report))
            continue
        if len({line.destination for line in lines}) > 1:
            found.append(_unclear(item, lines))
        whole, all_lines = orders.setdefault(item[:2], (_Paid(), []))
        whole.gross += each.gross
        whole.tax += each.tax
        all_lines.extend(lines)
    for (order_id, kind), (whole, lines) in orders.items():
        found.extend(_difference(order_id, kind, whole, lines, currency))
    return found


def _not_told(item: VatItem, sold: _Paid, report: VatReport) -> Iterator[Difference]:
    """Name a sale that the report passes over although it knows others of the same order.

    Refunds are not: theirs may be in the report of a later month.
    """
    others = report.lines.get(item.order_id, ())
    if sold.gross and item.kind == ORDER and any(line.item.kind == ORDER for line in others):
        words = "the VAT report knows the order and not this SKU: it is posted without destination"
        yield Difference(
            "vat_report", sold.gross, f"order {item.order_id}, SKU {item.sku}: {words}"
        )


def _unclear(item: VatItem, lines: list[VatLine]) -> Difference:
    places = " and ".join(sorted({line.destination.code for line in lines}))
    return Difference(
        "vat_report_unclear",
        None,
        f"order {item.order_id}, SKU {item.sku}: the VAT report sends it to {places} %: it is "
        "posted without destination",
    )


def _difference(
    order_id: str, kind: str, whole: _Paid, lines: list[VatLine], currency: str
) -> list[Difference]:
    gross, vat = totals(lines)
    what = "order" if kind == ORDER else "the refund of order"
    others = sorted({line.currency for line in lines} - {currency})
    if others:
        words = f"{what} {order_id}: the VAT report is in {', '.join(others)}, the settlement in "
        return [Difference("vat_report", None, f"{words}{currency}: its amounts are not compared")]
    if whole.gross != gross:
        words = f"{what} {order_id}: the settlement says {whole.gross}, the VAT report {gross} "
        return [Difference("vat_report", whole.gross - gross, f"{words}{currency} with VAT")]
    if whole.tax and whole.tax != vat:
        words = f"{what} {order_id}: tax of {whole.tax} in the settlement, {vat} in the VAT report"
        return [Difference("vat_report", whole.tax - vat, words)]
    return []


def late_lines(lines: Iterable[VatLine], used: VatReport) -> list[Difference]:
    """Name what came too late for a settlement that is not read again, by the report's amounts."""
    return _late(
        [(line.destination, line.gross) for line in lines if used.of(line.item) != line.destination]
    )


def _late(missed: Iterable[tuple[Destination, Decimal]]) -> list[Difference]:
    sums: dict[str, tuple[Decimal, int]] = {}
    for destination, gross in missed:
        amount, items = sums.get(destination.code, (ZERO, 0))
        sums[destination.code] = (amount + gross, items + 1)
    return [
        Difference(
            "vat_report_late",
            amount,
            f"the VAT report came after this was posted: {items} items to {code} %, {amount} with "
            "VAT, are posted without it; nothing was changed",
        )
        for code, (amount, items) in sums.items()
    ]
