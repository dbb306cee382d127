"""What an order's item costs, for the older ways of showing it: order reports and Orders v0.

Orders v2026-01-01 states prices without tax here and tax beside them. The older ways show prices
as the store does: with VAT in Europe, tax on top elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from simulators.amazon_sp.seller import Record

_CENT = Decimal("0.01")
_WITH_VAT = {
    *("A1F83G8C2ARO7P", "A28R8C7NBKEWEA", "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "APJ6JRA9NG5V4"),
    *("A1RKKUPIHCS9HS", "A1805IZSGTT6HS", "AMEN7PMS3EDWL", "A2NODRKZP88ZB9", "A1C3SOZRARQ6R3"),
}


@dataclass(frozen=True)
class ItemMoney:
    """An item's prices and discounts without tax, the taxes on them, and how the store shows it."""

    currency: str
    prices: dict[str, Decimal]
    taxes: dict[str, Decimal]
    discounts: dict[str, Decimal]
    with_tax: bool

    def shown(self, part: str) -> Decimal:
        """Give a price as the store shows it."""
        tax = self.taxes.get(part, Decimal(0)) if self.with_tax else Decimal(0)
        return self.prices.get(part, Decimal(0)) + tax

    def discounted(self, part: str) -> Decimal:
        """Give the discount on the item or its shipping as the store shows it."""
        tax = self.discount_taxes().get(part, Decimal(0)) if self.with_tax else Decimal(0)
        return self.discounts.get(part, Decimal(0)) + tax

    def discount_taxes(self) -> dict[str, Decimal]:
        """Part the tax on all discounts by what they are on: shipping's by its share, the rest."""
        whole = self.taxes.get("DISCOUNT", Decimal(0))
        if "ITEM" not in self.discounts:
            return {"SHIPPING": whole} if "SHIPPING" in self.discounts else {}
        shipping = self.prices.get("SHIPPING", Decimal(0))
        share = self.discounts.get("SHIPPING", Decimal(0)) / shipping if shipping else Decimal(0)
        on_shipping = self.taxes.get("SHIPPING", Decimal(0)) * share
        on_shipping = on_shipping.quantize(_CENT, ROUND_HALF_UP)
        return {"SHIPPING": on_shipping, "ITEM": whole - on_shipping}

    @property
    def charged(self) -> Decimal:
        """What the buyer pays for the item, tax included, whoever keeps the tax."""
        taxes = sum(self.taxes.values(), Decimal(0)) - 2 * self.taxes.get("DISCOUNT", Decimal(0))
        return (
            sum(self.prices.values(), Decimal(0)) + taxes - sum(self.discounts.values(), Decimal(0))
        )


def item_money(order: Record, item: Record) -> ItemMoney | None:
    """Read an item's proceeds; None where the order states none."""
    proceeds = item.get("proceeds")
    if not proceeds:
        return None
    whole = {"type": "ITEM", "subtotal": proceeds["proceedsTotal"]}
    by_type = {part["type"]: part for part in proceeds.get("breakdowns") or [whole]}
    return ItemMoney(
        currency=proceeds["proceedsTotal"]["currencyCode"],
        prices={
            name: Decimal(part["subtotal"]["amount"])
            for name, part in by_type.items()
            if name not in {"TAX", "DISCOUNT"}
        },
        taxes=_details(by_type.get("TAX")),
        discounts=_details(by_type.get("DISCOUNT")),
        with_tax=order["salesChannel"].get("marketplaceId") in _WITH_VAT,
    )


def _details(part: Record | None) -> dict[str, Decimal]:
    return {
        detail["subtype"]: Decimal(detail["value"]["amount"])
        for detail in (part or {}).get("detailedBreakdowns", [])
    }
