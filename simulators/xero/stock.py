"""Tracked inventory: what documents do to an item's quantity on hand and its cost pool.

A bill and money spent add a line's quantity and amount; a supplier's credit note takes both away.
A sale takes units at average cost, and books that cost from the inventory asset account to the
cost of goods; a customer's credit note puts units back at average cost. Neither quantity nor value
may fall below zero, and quantities count when a document is approved, whatever its date
(help.xero.com: Inventory_AdjGS, Inventory_TSUpdate; developer.xero.com: tracked inventory guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulators.xero.errors import Invalid, below_zero
from simulators.xero.ledger import Entry
from simulators.xero.lines import net_of
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money

_BOUGHT = {"ACCPAY": 1, "SPEND": 1, "ACCPAYCREDIT": -1}
_SOLD = {"ACCREC": -1, "RECEIVE": -1, "ACCRECCREDIT": 1}
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class _Movement:
    """What one line of a document did to an item."""

    item_id: str
    quantity: Decimal
    cost: Decimal
    is_sale: bool


def track(org: Organisation, code: str, asset: str = "630", cost_of_goods: str = "310") -> Document:
    """Track an item as stock, as its owner does in Xero's own pages; it begins with none."""
    (item,) = org.items.named("Code", code)
    purchase = {**item["PurchaseDetails"], "COGSAccountCode": cost_of_goods}
    tracked = {
        "InventoryAssetAccountCode": asset,
        "IsTrackedAsInventory": True,
        "IsPurchased": True,
        "PurchaseDetails": purchase,
    }
    return org.save(org.items, {**item, **tracked, **nothing_on_hand()})


def nothing_on_hand() -> Document:
    """Give the quantities of an item that is not in stock."""
    return {"QuantityOnHand": Decimal("0.0000"), "TotalCostPool": _ZERO}


def on_hand(item: Document) -> Document:
    """Give an item's quantity and the value of it all."""
    return {name: item.get(name, none) for name, none in nothing_on_hand().items()}


def move(org: Organisation, document: Document, identity: str) -> list[Entry]:
    """Let an approved document move the stock, in place of what it moved before.

    Gives the ledger entries of the cost of what is sold. Raises Invalid where an item would fall
    below zero.
    """
    before = _undo(org, identity)
    moved: list[_Movement] = []
    for line in document["LineItems"]:
        item = _tracked(org, line)
        if item is not None:
            before.setdefault(item["ItemID"], item)
            movement = _movement(document, line, item)
            _apply(org, item, movement, 1)
            moved.append(movement)
    _remember(org, identity, moved)
    _check(org, before)
    return list(_costs(org, moved, document["Date"]))


def take_back(org: Organisation, identity: str) -> None:
    """Undo what a document did to the stock: it is voided. Raises Invalid as `move` does."""
    touched = _undo(org, identity)
    _remember(org, identity, [])
    _check(org, touched)


def _undo(org: Organisation, identity: str) -> dict[str, Document | None]:
    """Take movements back, the last first; gives the items as they were before."""
    before: dict[str, Document | None] = {}
    for movement in reversed(org.stock_moves.get(identity, ())):
        item = org.items.get(movement.item_id)
        before.setdefault(movement.item_id, item)
        if item is not None:
            _apply(org, item, movement, -1)
    return before


def _check(org: Organisation, before: dict[str, Document | None]) -> None:
    for item_id, was in before.items():
        item = org.items.get(item_id)
        if item is not None and was is not None and min(on_hand(item).values()) < 0:
            raise Invalid(below_zero(item["Code"], *on_hand(was).values()))


def _tracked(org: Organisation, line: Document) -> Document | None:
    found = org.items.named("Code", line["ItemCode"]) if line.get("ItemCode") else []
    return found[0] if found and found[0]["IsTrackedAsInventory"] else None


def _movement(document: Document, line: Document, item: Document) -> _Movement:
    kind, quantity = document["Type"], line["Quantity"]
    if kind in _BOUGHT:
        sign = _BOUGHT[kind]
        net = money(net_of(line, document["LineAmountTypes"]) / document["CurrencyRate"])
        return _Movement(item["ItemID"], sign * quantity, sign * net, is_sale=False)
    sign = _SOLD[kind]
    cost = _average_cost(item, quantity)
    return _Movement(item["ItemID"], sign * quantity, sign * cost, is_sale=True)


def _average_cost(item: Document, quantity: Decimal) -> Decimal:
    """Give what units cost on average; the last of them take all that is left of the pool.

    Where none is on hand, goods come back at the average that the last had.
    """
    units, pool = on_hand(item).values()
    average: Decimal = pool / units if units else item.get("_average", _ZERO)
    return money(pool if quantity == units else quantity * average)


def _apply(org: Organisation, item: Document, movement: _Movement, sign: int) -> None:
    units, pool = on_hand(item).values()
    quantity, cost = units + sign * movement.quantity, pool + sign * movement.cost
    average = cost / quantity if quantity else pool / units if units else _ZERO
    changes = {"QuantityOnHand": quantity, "TotalCostPool": cost, "_average": average}
    org.save(org.items, item | changes)


def _remember(org: Organisation, identity: str, moved: list[_Movement]) -> None:
    before = org.stock_moves.get(identity, ())
    org.stock_moves[identity] = tuple(moved)
    org.changes.note(lambda: org.stock_moves.update({identity: before}))


def _costs(org: Organisation, moved: list[_Movement], day: date) -> Iterator[Entry]:
    """Move the cost of what was sold from the asset account to the cost of goods."""
    for movement in moved:
        item = org.items.get(movement.item_id)
        if movement.is_sale and movement.cost and item is not None:
            cost, base = movement.cost, org.base_currency
            yield Entry(item["InventoryAssetAccountCode"], day, cost, base, cost)
            goods = item["PurchaseDetails"]["COGSAccountCode"]
            yield Entry(goods, day, -cost, base, -cost)
