"""What a listing may offer of an item that Xero tracks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from transforms.ledger.money import ZERO
from transforms.pricing.figures import EXACT, Unreadable, plain
from transforms.pricing.listed import Listed
from transforms.pricing.refusal import NotOffered
from transforms.pricing.xero import Item


@dataclass(frozen=True, slots=True)
class Quantity:
    """Whole units that a listing is to offer, and how they came about."""

    listed: Listed
    item: Item
    units: int
    explanation: str

    @property
    def document_id(self) -> str:
        """The same listing makes the same id."""
        return f"quantity:{self.listed.place}"


def quantity(listed: Listed, item: Item, buffer: int) -> Quantity:
    """Offer what Xero has on hand less the safety buffer: whole units, never below zero.

    Raises NotOffered for an item whose stock Xero does not know.
    """
    on_hand = item.on_hand
    if not item.is_tracked:
        raise NotOffered(
            "not_tracked",
            f"{listed.words}: Xero does not track the item's stock, so there is no quantity to "
            "offer: track it there, or leave stock_to_amazon out of books.yml",
        )
    if on_hand is None or isinstance(on_hand, Unreadable):
        said = "no quantity" if on_hand is None else f"{on_hand.text!r} as the quantity"
        raise NotOffered(
            "no_quantity",
            f"{listed.words}: Xero gave {said} on hand for the item: look at its stock in Xero",
        )
    left = EXACT.subtract(on_hand, Decimal(buffer)).to_integral_value(rounding=ROUND_FLOOR)
    units = int(max(left, ZERO))
    explanation = (
        f"{plain(on_hand)} on hand in Xero, less the buffer of {buffer} in books.yml: {units}"
    )
    return Quantity(listed, item, units, explanation)
