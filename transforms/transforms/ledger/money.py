"""Exact money: decimal text in, decimal text out, and prices per unit that multiply back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
UNIT_PRICE = Decimal("0.0001")


def text(amount: Decimal) -> str:
    """Write an amount with at least two decimals, never in exponent form."""
    written = str(amount)
    if written[-3:-2] == ".":
        return written
    if amount == amount.quantize(CENT):
        amount = amount.quantize(CENT)
    return format(amount, "f")


def round_cents(amount: Decimal) -> Decimal:
    """Round half up to two decimals, as Xero rounds a line (Rounding in Xero guide)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def price_per_unit(amount: Decimal, quantity: int) -> tuple[Decimal, Decimal]:
    """Give quantity and unit price, four decimals at most, that multiply back to the amount.

    Where no price of four decimals does so, the line carries quantity 1 and the amount, as
    Xero's rounding guide advises for unit prices of more than four decimals.
    """
    if quantity > 1:
        price = (amount / quantity).quantize(UNIT_PRICE, rounding=ROUND_HALF_UP)
        if round_cents(price * quantity) == amount:
            return Decimal(quantity), price
    return Decimal(1), amount
