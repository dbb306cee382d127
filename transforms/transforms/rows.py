"""Settlement rows straight from Singer's lines into sums: the mapper's hot path.

A settlement has ten rows and more for each order, and whole months of a large seller a million.
So only the fields that posting needs are decoded, and what many rows share is looked up, not made
anew: the day of a minute, the kind of a row, its amount and units. The plain way to the same sums
is `Settlement.add`, row by row; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from transforms.days import day_in
from transforms.ledger.catalogue import Triple
from transforms.ledger.contents import Shelf
from transforms.ledger.settlement import Kind, Settlement

STREAM = "settlement_rows"
# As the tap writes a row. Lines of another form are read the SDK's way.
PREFIX = b'{"type":"RECORD","stream":"settlement_rows",'
# Rows of one reference that are added together at most; an order has ten or so.
_LONG = 1000
_MINUTE, _SECOND = len("2026-11-21T09:30"), len("2026-11-21T09:30:00Z")


class SettlementRow(msgspec.Struct, gc=False):
    """What posting needs of a row; what a line leaves out is null."""

    settlement_id: str
    row: int
    transaction_type: str | None = None
    order_id: str | None = None
    marketplace_name: str | None = None
    amount_type: str | None = None
    amount_description: str | None = None
    amount: str | None = None
    posted: str | None = None
    order_item_code: str | None = None
    sku: str | None = None
    quantity: int | None = None


class _Message(msgspec.Struct, gc=False):
    type: Literal["RECORD"]
    stream: Literal["settlement_rows"]
    record: SettlementRow


_message = msgspec.json.Decoder(_Message)
_bare = msgspec.json.Decoder(SettlementRow)

KindKey = tuple[str | None, str | None, str | None, str | None, int | None]
"""What rows of one day are told apart by: triple, marketplace and units."""


class Rows:
    """Adds rows to their settlements. One for each run.

    The rows of an order's item follow one another as a rule: they are added together, once a row
    of another comes.
    """

    def __init__(
        self, zone: ZoneInfo, opened: Callable[[str], Settlement], unreadable: Callable[..., None]
    ) -> None:
        self._zone = zone
        self._opened = opened
        self._unreadable = unreadable
        self._settlement: Settlement | None = None
        self._first: SettlementRow | None = None
        self._same: tuple[str | None, str | None, str | None] = (None, None, None)
        self._run: list[int] = []
        self._amounts: list[str] = []
        self._minutes: dict[str, dict[KindKey, int]] = {}
        self._days: dict[date, dict[KindKey, int]] = {}

    def forget(self) -> None:
        """Let go of the settlement: it is closed, or another begins."""
        self._add_run()
        self._settlement = None
        self._minutes.clear()
        self._days.clear()

    def lines(self, lines: bytes) -> int:
        """Take RECORD lines; gives their number, 0 where one of them is no row: none is taken."""
        try:
            messages = _message.decode_lines(lines)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return 0
        self.take([message.record for message in messages])
        return len(messages)

    def block(self, lines: bytes) -> None:
        """Take lines of a batch file, each of which is a record alone."""
        self.take(_bare.decode_lines(lines))

    def record(self, record: dict[str, Any]) -> None:
        """Take a row that the SDK has decoded."""
        self.take([msgspec.convert(record, SettlementRow)])

    def take(self, rows: Iterable[SettlementRow]) -> None:
        """Add rows to their settlements, each of which is open from its first row on."""
        before: str | None = None
        kinds: dict[KindKey, int] | None = {}
        settlement = self._settlement
        order_id, item, sku = self._same
        run, amounts = self._run, self._amounts
        texts = settlement.shelf.texts if settlement else {}
        for row in rows:
            if settlement is None or row.settlement_id != settlement.settlement_id:
                settlement = self._begin(row.settlement_id)
                texts = settlement.shelf.texts
                before = order_id = None
            posted, amount = row.posted, row.amount
            if posted is None or amount is None:
                self._unreadable(row.settlement_id, row.row)
                continue
            # The rows of an order follow one another, posted at the same instant.
            if posted != before:
                before, kinds = posted, self._kinds(posted)
            text = texts.get(amount) or _text(settlement.shelf, amount)
            if text is None or kinds is None:
                self._unreadable(row.settlement_id, row.row)
                continue
            key = (
                row.transaction_type,
                row.amount_type,
                row.amount_description,
                row.marketplace_name,
                row.quantity,
            )
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = self._kind(row, settlement)
            if (
                row.order_id != order_id
                or row.order_item_code != item
                or row.sku != sku
                or not order_id
            ):
                self._add_run()
                self._first = row
                order_id, item, sku = row.order_id, row.order_item_code, row.sku
            run.append(kind)
            amounts.append(text)
        self._same = order_id, item, sku
        if len(run) > _LONG:
            self._add_run()
            self._same = None, None, None

    def _begin(self, settlement_id: str) -> Settlement:
        self.forget()
        settlement = self._settlement = self._opened(settlement_id)
        return settlement

    def _add_run(self) -> None:
        """Add the rows that followed one another."""
        first, settlement = self._first, self._settlement
        if first is None or settlement is None:
            return
        order_id, item, sku = first.order_id or "", first.order_item_code or "", first.sku or ""
        if not (order_id or sku):
            item = settlement.item_alone(settlement.triple(self._run[0]), first.row)
        settlement.add_run(order_id, item, sku, self._run, self._amounts, first.row)
        self._first = None
        self._run.clear()
        self._amounts.clear()

    def _kinds(self, posted: str) -> dict[KindKey, int] | None:
        """Give the kinds of the instant's day, None if it is none; a minute is of one day."""
        if len(posted) != _SECOND or posted[-1] != "Z":
            return self._of_day(posted)
        minute = posted[:_MINUTE]
        kinds = self._minutes.get(minute)
        if kinds is None:
            kinds = self._of_day(posted)
            if kinds is not None:
                self._minutes[minute] = kinds
        return kinds

    def _of_day(self, posted: str) -> dict[KindKey, int] | None:
        try:
            return self._days.setdefault(day_in(self._zone, posted), {})
        except ValueError:
            return None

    def _kind(self, row: SettlementRow, settlement: Settlement) -> int:
        triple = Triple(
            row.transaction_type or "", row.amount_type or "", row.amount_description or ""
        )
        day = day_in(self._zone, row.posted or "")
        kind = Kind(triple, row.marketplace_name or "", day)
        return settlement.line(kind, row.quantity or 0, row.row)


def _text(shelf: Shelf, amount: str) -> str | None:
    """Write an amount as Decimal does; None if it is no number."""
    try:
        return shelf.text(amount)
    except InvalidOperation:
        return None
