"""What a seller has listed: a listing for each SKU and marketplace, with its offers and stock.

The listings report and the Listings Items API show this one state. Offers and stock are kept as the
attributes `purchasable_offer` and `fulfillment_availability` have them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import instants

Record = dict[str, Any]

CONSUMERS, BUSINESSES = "ALL", "B2B"
MERCHANT = "DEFAULT"

_WITHOUT_MINOR_UNITS = {"JPY"}


def decimals(currency: str) -> int:
    """Tell how many decimals a currency's prices have at most."""
    return 0 if currency in _WITHOUT_MINOR_UNITS else 2


def in_units(amount: Decimal | int, currency: str) -> Decimal:
    """Write an amount out to the currency's minor units."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-decimals(currency)))


def offer(marketplace_id: str, currency: str, price: Decimal, **more: Any) -> Record:
    """Write a purchasable offer at a price for consumers, unless `audience` says otherwise."""
    return {
        "marketplace_id": marketplace_id,
        "currency": currency,
        "audience": CONSUMERS,
        "our_price": scheduled({"value_with_tax": price}),
        **more,
    }


def scheduled(*times: Record) -> list[Record]:
    """Put prices or discounts into the schedule that Amazon wraps around them."""
    return [{"schedule": list(times)}]


def prices(offered: Record, name: str) -> list[Record]:
    """List the entries of an offer's schedule, such as `our_price`; none when it has none."""
    return [time for each in offered.get(name) or [] for time in each.get("schedule", [])]


def price_of(offered: Record, name: str = "our_price") -> Decimal | None:
    """Give an offer's price of a name, as it was sent."""
    times = prices(offered, name)
    return Decimal(times[0]["value_with_tax"]) if times else None


def price_at(offered: Record, now: datetime) -> Decimal | None:
    """Give what buyers pay: the discounted price while its schedule runs, else the price."""
    for time in prices(offered, "discounted_price"):
        if instants.read(time["start_at"]) <= now < instants.read(time["end_at"]):
            return Decimal(time["value_with_tax"])
    return price_of(offered)


@dataclass(kw_only=True, eq=False)
class Listing:
    """One SKU in one marketplace. Prices are as buyers see them.

    Without an ASIN it is incomplete: an offer of nothing, which no report and no buyer sees.
    statuses: what Amazon shows where it does not follow from the offers. attributes: all others.
    """

    marketplace_id: str
    sku: str
    currency: str
    opened: datetime
    asin: str = ""
    listing_id: str = ""
    title: str = ""
    product_type: str = "PRODUCT"
    condition: str = "new_new"
    changed: datetime | None = None
    offers: list[Record] = field(default_factory=list)
    availability: list[Record] = field(default_factory=list)
    attributes: dict[str, list[Record]] = field(default_factory=dict)
    issues: list[Record] = field(default_factory=list)
    image: Record | None = None
    ended: bool = False
    statuses: list[str] | None = None

    @property
    def updated(self) -> datetime:
        """When the listing was last changed."""
        return self.changed or self.opened

    def offer_to(self, audience: str = CONSUMERS) -> Record | None:
        """Find the offer to an audience."""
        return next((each for each in self.offers if each["audience"] == audience), None)

    def price(self, audience: str = CONSUMERS) -> Decimal | None:
        """Give the current `our_price` to an audience, in minor units."""
        offered = self.offer_to(audience)
        price = price_of(offered) if offered is not None else None
        return None if price is None else in_units(price, self.currency)

    @property
    def channel(self) -> str:
        """Who keeps the stock: DEFAULT is the merchant, AMAZON_EU and the like are Amazon."""
        return next((str(each["fulfillment_channel_code"]) for each in self.availability), MERCHANT)

    @property
    def by_amazon(self) -> bool:
        """Whether Amazon keeps the stock."""
        return self.channel != MERCHANT

    @property
    def quantity(self) -> int | None:
        """The merchant's stock; Amazon states none of its own."""
        if self.by_amazon:
            return None
        return next((each.get("quantity", 0) for each in self.availability), 0)

    def status(self) -> list[str]:
        """Tell what buyers can do: find the listing, buy from it."""
        if self.statuses is not None:
            return self.statuses
        if self.ended or not self.asin:
            return []
        buyable = self.price() is not None and (self.by_amazon or self.quantity)
        return ["BUYABLE", "DISCOVERABLE"] if buyable else ["DISCOVERABLE"]

    @property
    def active(self) -> bool:
        """Whether the report calls it Active."""
        return "BUYABLE" in self.status()
