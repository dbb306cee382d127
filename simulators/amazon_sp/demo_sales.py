"""The demo seller's sales: the one model from which orders and settlement rows are both cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from simulators.amazon_sp.demo_goods import Market, Product

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

Status = Literal["SHIPPED", "UNSHIPPED", "PENDING", "CANCELLED"]


def to_cent(amount: Decimal) -> Decimal:
    """Round to the cent, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Price:
    """An amount and the VAT on it."""

    net: Decimal
    tax: Decimal

    @classmethod
    def of(cls, gross: Decimal, rate: Decimal) -> Price:
        """Take the VAT out of an amount that includes it."""
        net = to_cent(gross / (1 + rate))
        return cls(net, gross - net)

    @property
    def gross(self) -> Decimal:
        """The amount with its VAT."""
        return self.net + self.tax

    def part(self, fraction: Decimal) -> Price:
        """Give a part of it, each figure to the cent."""
        return Price(to_cent(self.net * fraction), to_cent(self.tax * fraction))


NOTHING = Price(ZERO, ZERO)


@dataclass(frozen=True)
class Discount:
    """What a promotion takes off an item or its shipping; a positive amount."""

    on: Literal["ITEM", "SHIPPING"]
    price: Price
    promotion_id: str


@dataclass(frozen=True)
class Item:
    """One item of a sale; prices are of the whole line. Facilitator: Amazon keeps the VAT."""

    item_id: str
    product: Product
    quantity: int
    price: Price
    shipping: Price = NOTHING
    wrap: Price = NOTHING
    discounts: tuple[Discount, ...] = ()
    facilitator: bool = False

    @property
    def discount(self) -> Price:
        """All discounts together."""
        return Price(
            sum((each.price.net for each in self.discounts), ZERO),
            sum((each.price.tax for each in self.discounts), ZERO),
        )

    @property
    def tax(self) -> Decimal:
        """The VAT the buyer pays, after discounts."""
        return self.price.tax + self.shipping.tax + self.wrap.tax - self.discount.tax

    @property
    def paid(self) -> Decimal:
        """What the buyer pays, VAT included."""
        return self.price.gross + self.shipping.gross + self.wrap.gross - self.discount.gross

    @property
    def proceeds(self) -> Decimal:
        """What the seller gets before fees: what was paid, less VAT that Amazon keeps."""
        return self.paid - (self.tax if self.facilitator else ZERO)


@dataclass(frozen=True)
class Shipment:
    """What left together and was settled together; not settled yet when there is no period."""

    shipment_id: str
    items: tuple[Item, ...]
    shipped: datetime | None
    posted: datetime | None = None
    period: str | None = None


@dataclass(frozen=True)
class Sale:
    """One order: `listed` is False for those that the Orders API no longer gives."""

    order_id: str
    market: Market
    purchased: datetime
    updated: datetime
    fulfilled_by: Literal["AMAZON", "MERCHANT"]
    shipments: tuple[Shipment, ...]
    status: Status = "SHIPPED"
    listed: bool = True
    channel: Literal["AMAZON", "NON_AMAZON"] = "AMAZON"
    replaces: str | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in shipment order."""
        return tuple(item for shipment in self.shipments for item in shipment.items)


@dataclass(frozen=True)
class Refund:
    """Money given back for one item of a settled sale; the fraction is of the item's price."""

    sale: Sale
    item: Item
    adjustment_id: str
    posted: datetime
    period: str
    fraction: Decimal = Decimal(1)
    kind: Literal["Refund", "A-to-z Guarantee Refund"] = "Refund"

    @property
    def full(self) -> bool:
        """Whether everything is given back, shipping and wrapping too."""
        return self.fraction == 1
