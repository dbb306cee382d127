"""What Amazon's product types say of the attributes of an offer, and the issues it answers.

A value that does not fit its schema is the issue 4000001, whatever is wrong with it; an attribute
that a product type does not have is 90000900 (selling-partner-api-models 3001,
jlevers/selling-partner-api 675). Neither tells which part is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from simulators.amazon_sp import instants
from simulators.amazon_sp.offers import Record, decimals

OFFER, STOCK = "purchasable_offer", "fulfillment_availability"
# What an offer-only submission may carry besides: sales terms, and what identifies the goods.
PLAIN = {
    *("condition_type", "condition_note", "gift_options", "item_name", "list_price"),
    *("max_order_quantity", "merchant_release_date", "merchant_shipping_group"),
    *("merchant_suggested_asin", "product_tax_code", "skip_offer"),
}
SELECTORS = {
    OFFER: ("marketplace_id", "currency", "audience"),
    STOCK: ("fulfillment_channel_code",),
}
AUDIENCES = {"ALL", "B2B", "B2B_EDUCATION", "B2B_GOVERNMENT", "B2B_HEALTHCARE"}
CHANNELS = {"DEFAULT", "AMAZON_EU", "AMAZON_NA", "AMAZON_JP", "AMAZON_IN"}

_SUPPRESSED = {
    "actions": [{"action": "ATTRIBUTE_SUPPRESSED"}],
    "exemption": {"status": "NOT_EXEMPT"},
}
_MOST_LEAD_DAYS = 30
_FEWEST_FOR_DISCOUNT = 2


def issue(code: str, message: str, attribute: str, *categories: str, **more: Any) -> Record:
    """Write an error as the Listings Items API answers it."""
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": list(categories),
        **more,
    }


def invalid_value(attribute: str) -> Record:
    """Refuse a value that does not fit the schema of its attribute."""
    message = f"The provided value for '{attribute}' is invalid."
    return issue("4000001", message, attribute, "INVALID_ATTRIBUTE")


def unknown_attribute(attribute: str) -> Record:
    """Refuse an attribute that the product type does not have."""
    return issue(
        "90000900",
        "The attributes are invalid.",
        attribute,
        "INVALID_ATTRIBUTE",
        enforcements=_SUPPRESSED,
    )


def missing(name: str, attribute: str) -> Record:
    """Refuse a submission for want of something that is required."""
    message = f"'{name}' is required but not supplied."
    return issue("90220", message, attribute, "MISSING_ATTRIBUTE")


def unknown_product_type() -> Record:
    """Refuse a product type that Amazon does not know."""
    message = "The Amazon product type specified is invalid or not supported."
    return {"code": "4000003", "message": message, "severity": "ERROR", "categories": []}


def products_need_a_type() -> Record:
    """Refuse to make a product of no particular type (selling-partner-api-models 2427)."""
    message = (
        'Creating products is not supported with the "PRODUCT" Amazon product type. Either specify '
        "a specific Amazon product type or specify an offer-only requirements set."
    )
    return {"code": "4000004", "message": message, "severity": "ERROR", "categories": []}


def known(attribute: str) -> bool:
    """Tell whether an offer may have an attribute."""
    return attribute in {OFFER, STOCK, *PLAIN}


def fits(attribute: str, value: Record, currencies: dict[str, str], *, emptied: bool) -> bool:
    """Tell whether one element of an attribute fits its schema.

    currencies: of the marketplaces that it may name. emptied: whether null clears a member.
    """
    if attribute == OFFER:
        return _members_fit(value, _OFFER, emptied=emptied) and _in_currency(value, currencies)
    if attribute == STOCK:
        return _members_fit(value, _STOCK, emptied=emptied) and (
            value.get("marketplace_id", next(iter(currencies))) in currencies
        )
    return bool(value)


def _in_currency(value: Record, currencies: dict[str, str]) -> bool:
    """Check the currency to be the marketplace's, and every price to have its decimals."""
    currency = currencies.get(value["marketplace_id"])
    if currency is None or value["currency"] != currency:
        return False
    return all(
        time["value_with_tax"] == round(Decimal(time["value_with_tax"]), decimals(currency))
        for name in _PRICES
        for each in value.get(name) or []
        for time in each["schedule"]
    )


def _members_fit(value: Any, known_members: Mapping[str, Check], *, emptied: bool = False) -> bool:
    return isinstance(value, dict) and all(
        name in known_members and ((emptied and member is None) or known_members[name](member))
        for name, member in value.items()
    )


Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _price(value: Any) -> bool:
    return _number(value) and value > 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _instant(value: Any) -> bool:
    try:
        instants.read(value)
    except (TypeError, ValueError):
        return False
    return True


def _wrapped_instant(value: Any) -> bool:
    """Check an instant as offers have it; null is no end: selling-partner-api-models 2562."""
    if not isinstance(value, dict) or value.keys() != {"value"}:
        return False
    return value["value"] is None or _instant(value["value"])


def _objects(members: Mapping[str, Check], required: set[str], most: int | None = None) -> Check:
    """Check an array of one object or more, each with these members and no others."""

    def check(value: Any) -> bool:
        if not isinstance(value, list) or not value or len(value) > (most or len(value)):
            return False
        return all(_members_fit(each, members) and required <= each.keys() for each in value)

    return check


def _scheduled(members: Mapping[str, Check], required: set[str], most: int | None = 1) -> Check:
    return _objects({"schedule": _objects(members, required, most)}, {"schedule"}, 1)


_FIXED_PRICE = _scheduled({"value_with_tax": _price}, {"value_with_tax"})
_DISCOUNT = {"value_with_tax": _price, "start_at": _instant, "end_at": _instant}
_LEVELS = _objects(
    {
        "lower_bound": lambda value: _count(value) and value >= _FEWEST_FOR_DISCOUNT,
        "value": _price,
    },
    {"lower_bound", "value"},
    5,
)
_PLAN: dict[str, Check] = {
    "discount_type": lambda value: value in ("fixed", "percent"),
    "levels": _LEVELS,
}
_PRICES = (
    *("our_price", "discounted_price", "map_price"),
    *("minimum_seller_allowed_price", "maximum_seller_allowed_price"),
)
_OFFER: dict[str, Check] = {
    "marketplace_id": _text,
    "currency": _text,
    "audience": lambda value: value in AUDIENCES,
    "our_price": _FIXED_PRICE,
    "map_price": _FIXED_PRICE,
    "minimum_seller_allowed_price": _FIXED_PRICE,
    "maximum_seller_allowed_price": _FIXED_PRICE,
    "discounted_price": _scheduled(_DISCOUNT, set(_DISCOUNT), None),
    "quantity_discount_plan": _scheduled(_PLAN, set(_PLAN)),
    "start_at": _wrapped_instant,
    "end_at": _wrapped_instant,
}
_STOCK: dict[str, Check] = {
    "fulfillment_channel_code": lambda value: value in CHANNELS,
    "quantity": _count,
    "lead_time_to_ship_max_days": lambda value: _count(value) and value <= _MOST_LEAD_DAYS,
    "restock_date": _instant,
    "is_inventory_available": lambda value: isinstance(value, bool),
    "marketplace_id": _text,
}
