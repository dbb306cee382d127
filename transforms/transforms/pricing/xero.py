"""What Xero says of prices: its items, its tax rates, and the newest rate of each currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from transforms.pricing.figures import Figure


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the price list; unit_price is in the base currency, None where it has none.

    updated: when Xero last changed it, ISO 8601 in UTC.
    """

    item_id: str
    code: str
    name: str
    is_sold: bool
    is_tracked: bool
    unit_price: Figure | None
    tax_type: str
    on_hand: Figure | None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate of Xero, in percent."""

    tax_type: str
    name: str
    percent: Figure | None
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """The rate of the newest document in a currency: its units for one of the base currency."""

    currency: str
    base_currency: str
    rate: Figure | None
    document: str
    day: date | None


@dataclass(slots=True)
class Rates:
    """What prices.csv may ask Xero for."""

    taxes: dict[str, TaxRate] = field(default_factory=dict)
    exchange: dict[str, ExchangeRate] = field(default_factory=dict)
