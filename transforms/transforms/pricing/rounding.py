"""The one rounding of a price: to the currency's decimals, or to an ending such as `.99`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, Inexact

from transforms.ledger.money import minor_unit
from transforms.pricing.figures import EXACT, decimals

_WAYS = {"minor": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_ENDING = re.compile(r"[0-9]{1,6}|[0-9]{0,6}\.[0-9]{1,3}")
_ROUNDS = EXACT.copy()
_ROUNDS.traps[Inexact] = False


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a price is rounded.

    minor: half up to the currency's decimals; up and down: to them, always that way. Else an
    ending: the nearest price that, written out in the currency's decimals, ends in exactly these
    characters; half way between two the higher, and never zero or below.
    """

    way: str

    @classmethod
    def read(cls, cell: str) -> Rounding | None:
        """Read a cell of prices.csv; blank is `minor`, None for what is no rounding."""
        if cell in _WAYS or _ENDING.fullmatch(cell):
            return cls(cell)
        return None if cell else cls("minor")

    def refuses(self, currency: str) -> str:
        """Say why no price of a currency has this ending; blank when prices have it."""
        if self.way in _WAYS:
            return ""
        places = decimals(minor_unit(currency))
        point, fraction = self._parts
        if not point and len(fraction) > places > 0:
            wanted = f"{fraction[:-places]}.{fraction[-places:]}"
            return f"no price in {currency} ends in {self.way}: write {wanted}"
        if point and places == 0:
            return f"no price in {currency} ends in {self.way}: it has no decimals"
        if point and len(fraction) != places:
            wanted = f"{self.way}{'0' * (places - len(fraction))}"
            cure = f": write {wanted}" if len(fraction) < places else ""
            return f"no price in {currency} ends in {self.way}: it has {places} decimals{cure}"
        return ""

    @property
    def _parts(self) -> tuple[bool, str]:
        """Give whether the ending has a point, and the digits behind it (or all of them)."""
        _, point, fraction = self.way.rpartition(".")
        return bool(point), fraction

    def apply(self, amount: Decimal, currency: str) -> Decimal:
        """Round an amount above zero; to zero only where its currency has nothing nearer."""
        unit = minor_unit(currency)
        if self.way in _WAYS:
            return amount.quantize(unit, rounding=_WAYS[self.way], context=_ROUNDS)
        digits = self.way.replace(".", "")
        ending = EXACT.multiply(Decimal(digits), unit)
        step = EXACT.multiply(EXACT.scaleb(Decimal(1), len(digits)), unit)
        steps = EXACT.divide(EXACT.subtract(amount, ending), step)
        whole = steps.to_integral_value(rounding=ROUND_FLOOR)
        lower = EXACT.add(EXACT.multiply(whole, step), ending)
        upper = EXACT.add(lower, step)
        is_nearer = EXACT.subtract(amount, lower) < EXACT.subtract(upper, amount)
        return lower if is_nearer and lower > 0 else upper

    def __str__(self) -> str:
        """Say what was done, for the explanation of a price."""
        if self.way in _WAYS:
            return {"minor": "rounded half up", "up": "rounded up", "down": "rounded down"}[
                self.way
            ]
        return f"nearest price that ends in {self.way}"
