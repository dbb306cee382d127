"""Levels of tracked items, and the zero-total documents that bring Xero to them; pure.

More on hand   a bill:                    the units on the item's asset account, and an offset
Less on hand   a supplier's credit note:  the same, taking away

Units move at the item's average cost, TotalCostPool by QuantityOnHand. The last units take all that
is left of the pool, so that no value stays where nothing is (developer.xero.com: tracked
inventory guide; that a credit note lowers stock is marked unverified in the facts, 3.7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from target_xero.documents import as_text
from target_xero.fields import Fields
from xero_api.exact import amount

STOCK_LEVELS = "stock_levels"

Record = dict[str, Any]
Element = Mapping[str, Any]

_CENT, _UNIT = Decimal("0.01"), Decimal("0.0001")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What an item is to have on hand; unit_cost: where Xero has no average cost."""

    document_id: str
    item_code: str
    quantity: Decimal
    date: date
    contact: str
    account: str
    tax_type: str
    currency: str
    unit_cost: Decimal | None
    organisation: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why an item is left alone: reason is a word for the books, words say what to do."""

    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Units that are to come or go, and the value that moves with them.

    lines: quantity and unit price, which multiply to `value` together.
    """

    level: StockLevel
    on_hand: Decimal
    units: Decimal
    value: Decimal
    lines: tuple[tuple[Decimal, Decimal], ...]
    asset_account: str
    name: str

    @property
    def is_increase(self) -> bool:
        """Whether units come."""
        return self.level.quantity > self.on_hand

    @property
    def step(self) -> str:
        """From what is on hand to what is to be."""
        return f"{plain(self.on_hand)}-to-{plain(self.level.quantity)}"

    @property
    def words(self) -> str:
        """What moves, for a bookkeeper."""
        sign = "+" if self.is_increase else "-"
        return (
            f"{self.level.item_code}: {plain(self.on_hand)} -> {plain(self.level.quantity)} on "
            f"hand, {sign}{plain(self.units)} at average cost, {sign}{self.value:,.2f} "
            f"{self.level.currency} of stock (account {self.asset_account}) against account "
            f"{self.level.account}"
        )


def read_level(record: Mapping[str, Any]) -> StockLevel:
    """Make a level of its record; raises fields.Unreadable when the record is none."""
    fields = Fields(STOCK_LEVELS, record)
    source = fields.maybe_part("source")
    return StockLevel(
        document_id=fields.text("document_id"),
        item_code=fields.text("item_code"),
        quantity=fields.money("quantity"),
        date=fields.day("date"),
        contact=fields.text("contact"),
        account=fields.text("account"),
        tax_type=fields.maybe_text("tax_type") or "",
        currency=fields.text("currency"),
        unit_cost=fields.maybe_money("unit_cost"),
        organisation=(source.maybe_text("organisation") if source else None) or "",
        text=as_text(record),
    )


def verdict(
    level: StockLevel, items: Sequence[Element], base_currency: str
) -> Adjustment | Conflict | None:
    """Say how an item comes to its level, or why it cannot; None where it has it.

    items: those in Xero with its code.
    """
    if conflict := _conflict(level, items, base_currency):
        return conflict
    if not items or not _is_tracked(items[0]):
        return None
    (item,) = items
    on_hand, pool = amount(item["QuantityOnHand"]), amount(item.get("TotalCostPool"))
    units = abs(level.quantity - on_hand)
    if not units:
        return None
    if level.quantity > on_hand:
        cost = _unit_cost(level, item, on_hand, pool)
        if cost is None:
            return _no_cost(level)
        value = _round(units * cost)
    else:
        value = pool if not level.quantity else _round(units * pool / on_hand)
        value = max(value, _ZERO)
    return Adjustment(
        level=level,
        on_hand=on_hand,
        units=units,
        value=value,
        lines=priced(units, value),
        asset_account=str(item["InventoryAssetAccountCode"]),
        name=str(item.get("Name") or level.item_code),
    )


def _conflict(level: StockLevel, items: Sequence[Element], base_currency: str) -> Conflict | None:
    return _fault_of_level(level, base_currency) or _fault_of_item(level, items)


def _fault_of_level(level: StockLevel, base_currency: str) -> Conflict | None:
    if level.quantity < 0:
        return Conflict("negative", f"Amazon counts {plain(level.quantity)} of it: see the listing")
    if level.quantity != level.quantity.to_integral_value():
        return Conflict("not_whole", f"{level.quantity} is no number of units")
    if level.currency != base_currency:
        words = f"its costs are in {level.currency}, the organisation's books in {base_currency}"
        return Conflict("currency", f"{words}: correct base_currency in books.yml")
    return None


def _fault_of_item(level: StockLevel, items: Sequence[Element]) -> Conflict | None:
    """Say what keeps an item in Xero from being adjusted; nothing where both have none of it."""
    code = level.item_code
    if len(items) > 1:
        return Conflict("duplicate", f"Xero has {len(items)} items of the code {code}: rename one")
    if not items and level.quantity:
        words = "make it there, tracked as inventory, or correct skus.csv"
        return Conflict("missing_item", f"Xero has no item {code}: {words}")
    if items and not _is_tracked(items[0]) and level.quantity:
        words = "track it there, or leave its SKUs without item code in skus.csv"
        return Conflict("untracked", f"Xero does not track item {code} as inventory: {words}")
    if items and _is_tracked(items[0]) and items[0].get("QuantityOnHand") is None:
        return Conflict("no_quantity", f"Xero does not say how many of {code} are on hand")
    return None


def _is_tracked(item: Element) -> bool:
    return item.get("IsTrackedAsInventory") is True


def _unit_cost(level: StockLevel, item: Element, on_hand: Decimal, pool: Decimal) -> Decimal | None:
    """Xero's average cost; else that of skus.csv; else the price at which the item is bought."""
    bought = (item.get("PurchaseDetails") or {}).get("UnitPrice")
    average = pool / on_hand if on_hand > 0 else _ZERO
    return next(
        (
            cost
            for cost in (average, level.unit_cost, amount(bought))
            if cost is not None and cost > 0
        ),
        None,
    )


def _no_cost(level: StockLevel) -> Conflict:
    words = (
        f"nobody says what a unit of {level.item_code} costs: Xero has none on hand, skus.csv "
        "gives no unit_cost (or several), the item in Xero no purchase price: give one of them"
    )
    return Conflict("no_cost", words)


def priced(units: Decimal, value: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
    """Cut units into one line or two, whose quantities and four-decimal prices make the value.

    Xero takes a line's amount as quantity by unit price, rounded to two decimals.
    """
    price = (value / units).quantize(_UNIT, ROUND_HALF_UP)
    if _round(price * units) == value or units <= 1:
        return ((units, price),)
    price = (
        price
        if _round(price * (units - 1)) <= value
        else (value / units).quantize(_UNIT, ROUND_DOWN)
    )
    rest = value - _round(price * (units - 1))
    return ((units - 1, price), (Decimal(1), rest))


def _round(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """Write a number of units without decimals that say nothing."""
    return format(number.normalize(), "f")


def document_record(adjustment: Adjustment, number: str, document_id: str) -> Record:
    """Write the bill or the supplier's credit note of an adjustment, as a record of its stream.

    Its lines sum to 0.00: each line of units, and one that takes their value to the account of
    adjustments.
    """
    level = adjustment.level
    lines = [_line(adjustment, quantity, unit) for quantity, unit in adjustment.lines]
    total = sum((Decimal(line["amount"]) for line in lines), _ZERO)
    offset: Record = {
        "description": f"Inventory adjustment: {level.item_code}",
        "quantity": "1",
        "unit_amount": format(-total, "f"),
        "amount": format(-total, "f"),
        "account": level.account,
        "tax_type": level.tax_type,
        "item_code": None,
        "tracking": [],
    }
    head = {
        "document_id": document_id,
        "kind": "bill",
        "number": number,
        "contact": level.contact,
        "date": level.date.isoformat(),
        "currency": level.currency,
        "amounts_include_tax": True,
        "reference": adjustment.words,
        "lines": [*lines, offset],
        "total": "0.00",
        "status": "AUTHORISED",
        "source": {"organisation": level.organisation},
    }
    if adjustment.is_increase:
        return {**head, "due_date": level.date.isoformat(), "if_absent": False}
    return {**head, "refunds": None}


def _line(adjustment: Adjustment, quantity: Decimal, unit: Decimal) -> Record:
    return {
        "description": f"{adjustment.name}: stock as Amazon counts it",
        "quantity": plain(quantity),
        "unit_amount": format(unit, "f"),
        "amount": format(_round(unit * quantity), "f"),
        "account": adjustment.asset_account,
        "tax_type": adjustment.level.tax_type,
        "item_code": adjustment.level.item_code,
        "tracking": [],
    }
