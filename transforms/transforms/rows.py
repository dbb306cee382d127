"""Settlement rows straight from Singer's lines into sums: the mapper's hot path.

A settlement has ten rows and more for each order, and whole months of a large seller a million.
So only the fields that posting needs are decoded, and what many rows share is looked up, not made
anew: the day of a minute, the kind of a row, its amount and units. The plain way to the same sums
is `Settlement.add`, row by row; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from transforms.days import day_in
from transforms.ledger.catalogue import Triple
from transforms.ledger.settlement import Kind, Settlement, Sum

STREAM = "settlement_rows"
# As the tap writes a row. Lines of another form are read the SDK's way.
PREFIX = b'{"type":"RECORD","stream":"settlement_rows",'
_MEMORY = 2**16
_MINUTE, _SECOND = len("2026-11-21T09:30"), len("2026-11-21T09:30:00Z")


class SettlementRow(msgspec.Struct, gc=False):
    """What posting needs of a row."""

    settlement_id: str
    row: int
    transaction_type: str | None
    order_id: str | None
    marketplace_name: str | None
    amount_type: str | None
    amount_description: str | None
    amount: str | None
    posted: str | None
    order_item_code: str | None
    sku: str | None
    quantity: int | None


class _Message(msgspec.Struct, gc=False):
    record: SettlementRow


_message = msgspec.json.Decoder(_Message)
_bare = msgspec.json.Decoder(SettlementRow)

KindKey = tuple[str | None, str | None, str | None, str | None]


class Rows:
    """Adds rows to their settlements. One for each run."""

    def __init__(
        self, zone: ZoneInfo, opened: Callable[[str], Settlement], unreadable: Callable[..., None]
    ) -> None:
        self._zone = zone
        self._opened = opened
        self._unreadable = unreadable
        self._settlement: Settlement | None = None
        self._minutes: dict[str, dict[KindKey, int]] = {}
        self._days: dict[date, dict[KindKey, int]] = {}
        self._single: dict[tuple[str, int | None], Sum] = {}
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        """Let go of the settlement: it is closed, or another begins."""
        self._settlement = None
        self._minutes.clear()
        self._days.clear()

    def line(self, lines: bytes) -> bool:
        """Take a RECORD line, or many; False where one is not of the tap's form: none is taken."""
        try:
            messages = _message.decode_lines(lines)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return False
        self.take([message.record for message in messages])
        return True

    def block(self, lines: bytes) -> None:
        """Take lines of a batch file, each of which is a record alone."""
        self.take(_bare.decode_lines(lines))

    def record(self, record: dict[str, Any]) -> None:
        """Take a row that the SDK has decoded."""
        self.take([msgspec.convert(record, SettlementRow)])

    def take(self, rows: Iterable[SettlementRow]) -> None:
        """Add rows to their settlements, each of which is open from its first row on."""
        before: str | None = None
        kinds: dict[KindKey, int] = {}
        for row in rows:
            settlement = self._settlement
            if settlement is None or settlement.settlement_id != row.settlement_id:
                before, settlement = None, self._begun(row.settlement_id)
            posted, amount = row.posted, row.amount
            if posted is None or amount is None:
                self._unreadable(row.settlement_id, row.row)
                continue
            # The rows of an order follow one another, posted at the same instant.
            if posted != before:
                before, kinds = posted, self._kinds(posted)
            key = (
                row.transaction_type,
                row.amount_type,
                row.amount_description,
                row.marketplace_name,
            )
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = self._kind(settlement, row)
            value = self._single.get((amount, row.quantity))
            if value is None:
                value = self._sum(amount, row.quantity)
            order_id, sku = row.order_id or "", row.sku
            if order_id or sku:
                item = row.order_item_code or ""
                sku = self._texts.setdefault(sku, sku) if sku else ""
            else:
                item, sku = settlement.item_alone(settlement.kinds[kind].triple, row.row), ""
            settlement.add_sum(order_id, item, sku, kind, value, row.row)

    def _begun(self, settlement_id: str) -> Settlement:
        self.forget()
        self._settlement = self._opened(settlement_id)
        return self._settlement

    def _kinds(self, posted: str) -> dict[KindKey, int]:
        """Give the kinds of the instant's day; within one minute the day never changes."""
        if len(posted) != _SECOND or posted[-1] != "Z":
            return self._of_day(posted)
        minute = posted[:_MINUTE]
        kinds = self._minutes.get(minute)
        if kinds is None:
            kinds = self._minutes[minute] = self._of_day(posted)
        return kinds

    def _of_day(self, posted: str) -> dict[KindKey, int]:
        return self._days.setdefault(day_in(self._zone, posted), {})

    def _kind(self, settlement: Settlement, row: SettlementRow) -> int:
        triple = Triple(
            row.transaction_type or "", row.amount_type or "", row.amount_description or ""
        )
        day = day_in(self._zone, row.posted or "")
        return settlement.number(Kind(triple, row.marketplace_name or "", day), row.row)

    def _sum(self, amount: str, quantity: int | None) -> Sum:
        if len(self._single) > _MEMORY:
            self._single.clear()
        if len(self._texts) > _MEMORY:
            self._texts.clear()
        value = self._single[amount, quantity] = Sum(Decimal(amount), 1, quantity or 0)
        return value
