"""The VAT report as the mapper meets it: read in this run, or kept in the books by an earlier one.

It comes before the settlements of a run. What it says of an order is announced on the stream
`vat_lines`, which the target keeps in the books, because the order's settlement may come later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import books
from transforms import records
from transforms.ledger.settlement import Settlement
from transforms.ledger.vat import NO_REPORT, ORDER, VatLine, VatReport, by_order

Record = dict[str, Any]


class VatShelf:
    """What is known of orders from VAT reports. One for each run."""

    def __init__(self, kept: books.Books | None, organisation: str) -> None:
        self._kept = kept
        self._organisation = organisation
        self._read: list[VatLine] = []
        self._orders: dict[str, tuple[VatLine, ...]] = {}
        self._new: set[str] = set()
        self.unreadable: list[str] = []
        self._has_kept: bool | None = None

    def read(self, record: Record) -> None:
        """Take one line of a VAT report."""
        try:
            line = records.vat_line(record)
        except records.Unreadable as fault:
            self.unreadable.append(str(fault))
            return
        if line is not None:
            self._read.append(line)

    def announce(self) -> Iterator[Record]:
        """Give the records of orders of which the report said something new."""
        if not self._read:
            return
        read, self._read = by_order(self._read), []
        before = self._known(read)
        for order_id, lines in read.items():
            known = self._orders.get(order_id) or before.get(order_id, ())
            merged = by_order([*known, *lines])[order_id]
            self._orders[order_id] = merged
            if merged != known:
                self._new.add(order_id)
                yield records.vat_lines_record(order_id, merged, self._organisation)

    def of(self, settlement: Settlement) -> VatReport:
        """Give what is known of a settlement's orders; what it posts then says all there is."""
        if not (self._orders or self._keeps_any()):
            return NO_REPORT
        order_ids = settlement.order_ids
        self._new.difference_update(order_ids)
        return self.report(order_ids)

    def report(self, order_ids: Collection[str]) -> VatReport:
        """Give what is known of orders, from this run or an earlier one."""
        unread = [each for each in order_ids if each not in self._orders]
        known = self._known(unread)
        known.update({each: self._orders[each] for each in order_ids if each in self._orders})
        return VatReport(known) if known else NO_REPORT

    def _known(self, order_ids: Collection[str]) -> dict[str, tuple[VatLine, ...]]:
        if self._kept is None or not order_ids or not self._keeps_any():
            return {}
        found = self._kept.vat_lines.of(self._organisation, order_ids)
        return {name: tuple(records.kept_vat_lines(each)) for name, each in found.items()}

    def _keeps_any(self) -> bool:
        """Say whether the books know of any VAT report: most sellers supply none."""
        if self._has_kept is None and self._kept is not None:
            self._has_kept = self._kept.vat_lines.any(self._organisation)
        return bool(self._has_kept)

    def too_late(self) -> dict[str, list[VatLine]]:
        """Find, by settlement, what this run's report says of orders that were paid before."""
        if self._kept is None or not self._new:
            return {}
        found: dict[str, list[VatLine]] = {}
        for posting in self._kept.postings(order_ids=sorted(self._new), stream="payments"):
            lines = self._orders.get(posting.order_id or "", ())
            sold = [line for line in lines if line.item.kind == ORDER]
            found.setdefault(posting.settlement_id or "", []).extend(sold)
        return found
