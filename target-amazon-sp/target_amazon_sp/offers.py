"""What Amazon says of a listing, read into values: its offer, its stock, its issues.

Source: Listings Items API 2021-08-01; `purchasable_offer` has one offer for each marketplace,
currency and audience. `attributes` is what the seller gave, `offers` what buyers see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from books import Kind

MERCHANT = "DEFAULT"
AMAZON = "AMAZON"
ATTRIBUTES = {Kind.PRICE: "purchasable_offer", Kind.QUANTITY: "fulfillment_availability"}
_EVERYBODY = {None, "ALL"}
_PRICE_CATEGORIES = {"INVALID_PRICE", "MISSING_PRICE"}

Item = Mapping[str, Any]
Issue = Mapping[str, Any]


class Unclear(ValueError):
    """An offer that cannot be read without guessing; reason is its name in the books."""

    def __init__(self, reason: str, words: str) -> None:
        self.reason = reason
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Discount:
    """A price for a time; start, end: None where Amazon gives none that can be read."""

    price: Decimal
    start: datetime | None
    end: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it has ended."""
        return self.end is not None and self.end <= now

    def runs(self, now: datetime) -> bool:
        """Tell whether it is what buyers pay now."""
        return not self.is_over(now) and (self.start is None or self.start <= now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The offer to everybody in one marketplace.

    given: the seller's own price. shown: what buyers see, None where nothing is for sale.
    """

    given: Decimal | None
    shown: Decimal | None
    currencies: frozenset[str]
    lowest: Decimal | None
    highest: Decimal | None
    discounts: tuple[Discount, ...]

    def regular(self, now: datetime) -> Decimal | None:
        """Give the price that is changed: what buyers see, unless that is a discount that runs."""
        if self.shown is None or any(
            each.runs(now) and each.price == self.shown for each in self.discounts
        ):
            return self.given if self.given is not None else self.shown
        return self.shown

    def has(self, price: Decimal, now: datetime) -> bool:
        """Tell whether the listing has a price already, as given and as shown."""
        return self.regular(now) == price and self.given in {None, price}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is needed of a listing in one marketplace; the rest of what Amazon says is let go.

    offer: or why it cannot be read. channel: AMAZON, DEFAULT (the merchant), or None. errors: the
    issues of severity ERROR that concern a figure, by code and message.
    """

    is_listed: bool
    product_type: str | None
    offer: Offer | Unclear
    channel: str | None
    stock: Decimal | None
    errors: Mapping[Kind, Mapping[tuple[str, str], str]]


def listing(item: Item, marketplace_id: str) -> Listing:
    """Read an item as Listings Items gives it."""
    found: Offer | Unclear
    try:
        found = offer(item, marketplace_id)
    except Unclear as unclear:
        found = unclear
    return Listing(
        is_listed=_is_listed(item, marketplace_id),
        product_type=product_type(item, marketplace_id),
        offer=found,
        channel=channel(item),
        stock=stock(item),
        errors={kind: errors(item, marketplace_id, kind) for kind in Kind},
    )


def _is_listed(item: Item, marketplace_id: str) -> bool:
    """Tell whether a listing is there and has not ended: an ended one has no status at all.

    One that Amazon took down for its price has none either, and a new price is its cure.
    """
    summaries = _here(item.get("summaries"), marketplace_id)
    if any(each.get("status", ["unknown"]) for each in summaries):
        return True
    return bool(summaries) and bool(errors(item, marketplace_id, Kind.PRICE))


def product_type(item: Item, marketplace_id: str) -> str | None:
    """Give the listing's product type in a marketplace; None where Amazon names none."""
    for summary in _here(item.get("summaries"), marketplace_id):
        if found := summary.get("productType"):
            return str(found)
    return None


def offer(item: Item, marketplace_id: str) -> Offer:
    """Read the offer to everybody; Unclear where there are several, or one that is odd."""
    attributes = item.get("attributes")
    if not isinstance(attributes, Mapping):
        raise Unclear("unclear_offer", "Amazon does not give the listing's attributes")
    given = [
        each
        for each in attributes.get(ATTRIBUTES[Kind.PRICE]) or ()
        if each.get("marketplace_id") in {None, marketplace_id}
        and each.get("audience") in _EVERYBODY
    ]
    shown = [
        each
        for each in _here(item.get("offers"), marketplace_id)
        if each.get("offerType") == "B2C"
        and (each.get("audience") or {}).get("value") in _EVERYBODY
    ]
    if len(given) > 1 or len(shown) > 1:
        raise Unclear(
            "several_offers",
            f"the listing has {max(len(given), len(shown))} offers to everybody in this"
            " marketplace: leave one in Seller Central",
        )
    own: Mapping[str, Any] = given[0] if given else {}
    seen: Mapping[str, Any] = shown[0].get("price") or {} if shown else {}
    currencies = (own.get("currency"), seen.get("currencyCode"))
    return Offer(
        given=_one(own, "our_price"),
        shown=_decimal(seen["amount"]) if "amount" in seen else None,
        currencies=frozenset(str(each) for each in currencies if each),
        lowest=_one(own, "minimum_seller_allowed_price"),
        highest=_one(own, "maximum_seller_allowed_price"),
        discounts=tuple(_discounts(own)),
    )


def channel(item: Item) -> str | None:
    """Tell who fulfils: AMAZON, the merchant (DEFAULT), or None where Amazon does not say."""
    codes = {str(each.get("fulfillmentChannelCode") or "") for each in _stock(item)}
    attributes = item.get("attributes") or {}
    codes |= {
        str(each.get("fulfillment_channel_code") or "")
        for each in attributes.get(ATTRIBUTES[Kind.QUANTITY]) or ()
    }
    if any(code.upper().startswith(AMAZON) for code in codes):
        return AMAZON
    return MERCHANT if MERCHANT in codes else None


def stock(item: Item) -> Decimal | None:
    """Give the merchant's quantity; None where the listing has none yet."""
    for each in _stock(item):
        if each.get("fulfillmentChannelCode") == MERCHANT and each.get("quantity") is not None:
            return Decimal(int(each["quantity"]))
    return None


def errors(item: Item, marketplace_id: str, kind: Kind) -> dict[tuple[str, str], str]:
    """Give the issues of severity ERROR that concern a figure, by code and message."""
    return {
        (str(each.get("code")), str(each.get("message"))): words([each])
        for each in item.get("issues") or ()
        if each.get("severity") == "ERROR"
        and marketplace_id in (each.get("marketplaceIds") or [marketplace_id])
        and concerns(each, kind)
    }


def concerns(issue: Issue, kind: Kind) -> bool:
    """Tell whether an issue is about a figure; one that names no attribute and no category is."""
    names = issue.get("attributeNames") or [issue.get("attributeName")]
    named = [str(name) for name in names if name]
    if any(name.startswith(ATTRIBUTES[kind]) for name in named):
        return True
    categories = set(issue.get("categories") or ())
    if kind is Kind.PRICE and categories & _PRICE_CATEGORIES:
        return True
    return not named and not categories


def words(issues: Iterable[Issue]) -> str:
    """Say issues in Amazon's words: code and message of each."""
    said = (
        ": ".join(str(each[part]) for part in ("code", "message") if each.get(part))
        for each in issues
    )
    return "; ".join(dict.fromkeys(said))


def _here(parts: Any, marketplace_id: str) -> list[Mapping[str, Any]]:
    return [each for each in parts or () if each.get("marketplaceId") == marketplace_id]


def _stock(item: Item) -> list[Mapping[str, Any]]:
    return list(item.get("fulfillmentAvailability") or ())


def _one(own: Mapping[str, Any], name: str) -> Decimal | None:
    """Read a price that has one schedule, and one figure in it."""
    found = list(_schedules(own, name))
    if not found:
        return None
    if len(found) > 1 or found[0].get("value_with_tax") is None:
        raise Unclear("unclear_offer", f"the offer's {name} is not one figure: see Seller Central")
    return _decimal(found[0]["value_with_tax"])


def _discounts(own: Mapping[str, Any]) -> Iterable[Discount]:
    for each in _schedules(own, "discounted_price"):
        if each.get("value_with_tax") is not None:
            yield Discount(
                _decimal(each["value_with_tax"]),
                _instant(each.get("start_at")),
                _instant(each.get("end_at")),
            )


def _schedules(own: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    for part in own.get(name) or ():
        yield from part.get("schedule") or ()


def _decimal(value: Any) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Unclear("unclear_offer", f"Amazon gives {value!r} where a price belongs")
    return found


def _instant(value: Any) -> datetime | None:
    """Read when a discount begins or ends, date or instant; None where it cannot be told."""
    text = value.get("value") if isinstance(value, Mapping) else value
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
