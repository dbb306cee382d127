"""Exact figures: what Xero wrote as a number, and sums of them without a rounding in between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from transforms.ledger.money import minor_unit

# Longest product: a price of 38 digits, a rate of 38, a tax of 40. Nothing is rounded on the way,
# or it is an error; the one rounding of a price is that of its line of prices.csv.
EXACT = Context(prec=200, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

_PLAIN = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,20})?")
_LARGEST, _FINEST = 17, -20
_UNIT_PRICE_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A figure that is none, as it was written."""

    text: str


Figure = Decimal | Unreadable
"""A figure as it came: a number, or what stood in its place."""


def figure(value: object) -> Figure | None:
    """Read decimal text or a JSON number; None for none, never a binary fraction."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() and _is_sound(value) else Unreadable(str(value))
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    return Unreadable(str(value))


def _is_sound(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return value.adjusted() <= _LARGEST and isinstance(exponent, int) and exponent >= _FINEST


def decimals(value: Decimal) -> int:
    """Count the decimals that a figure needs: 12.5000 needs one."""
    exponent = EXACT.normalize(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def is_unit_price(value: Decimal) -> bool:
    """Whether a price per unit has at most the four decimals that Xero keeps."""
    return decimals(value) <= _UNIT_PRICE_DECIMALS


def with_tax(amount: Decimal, percent: Decimal) -> Decimal:
    """Add a tax to an amount, exactly."""
    return EXACT.multiply(amount, EXACT.scaleb(EXACT.add(Decimal(100), percent), -2))


def fits(amount: Decimal, currency: str) -> bool:
    """Whether an amount is no finer than its currency: no tenth of a cent, no half yen."""
    return decimals(amount) <= decimals(minor_unit(currency))


def written(amount: Decimal, currency: str) -> str:
    """Write an amount of a currency in that currency's decimals; it must be no finer."""
    return format(EXACT.quantize(amount, minor_unit(currency)), "f")


def plain(value: Decimal) -> str:
    """Write a figure without needless zeros, never in exponent form."""
    return format(EXACT.normalize(value), "f")
