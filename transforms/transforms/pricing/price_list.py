"""The lines of prices.csv: how the price of an item becomes the price of a listing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from transforms.pricing.rounding import Rounding

XERO: Final = "xero"
Rate = Decimal | Literal["xero"]
"""A rate as the line gives it, or `xero` where Xero is to be asked."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of prices.csv; a blank item code or marketplace stands for all.

    source: `sales`, a price without tax to which tax_rate (percent) is added; `sales_with_tax`,
    one that includes it. exchange_rate: units of the marketplace's currency for one unit of the
    base currency. minimum and maximum are in the marketplace's currency; None for none.
    """

    line: int
    item_code: str
    marketplace: str
    source: Literal["sales", "sales_with_tax"]
    tax_rate: Rate
    exchange_rate: Rate
    rounding: Rounding
    minimum: Decimal | None
    maximum: Decimal | None
    valid_from: date = date.min

    @property
    def where(self) -> str:
        """Say where the line stands."""
        return f"prices.csv, line {self.line}"


@dataclass(frozen=True)
class PriceList:
    """prices.csv, already checked."""

    lines: tuple[PriceLine, ...]
    _by_place: dict[tuple[str, str], list[PriceLine]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        for line in sorted(self.lines, key=lambda line: line.valid_from, reverse=True):
            self._by_place.setdefault((line.item_code, line.marketplace), []).append(line)

    def line(self, item_code: str, marketplace: str, day: date) -> PriceLine | None:
        """Find the line that prices an item at a marketplace on a day: the most telling one.

        Of two lines with one cell filled the item's comes first; of equals the newest that has
        begun.
        """
        for place in places(item_code, marketplace):
            for line in self._by_place.get(place, ()):
                if line.valid_from <= day:
                    return line
        return None


def places(item_code: str, marketplace: str) -> Iterable[tuple[str, str]]:
    """Give the cells that price an item at a marketplace, the most telling first."""
    return dict.fromkeys(
        [(item_code, marketplace), (item_code, ""), ("", marketplace), ("", "")],
    )
