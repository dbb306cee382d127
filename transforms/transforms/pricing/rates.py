"""The tax and the exchange rate of a price: as prices.csv gives them, or as Xero does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from transforms.ledger.money import ZERO
from transforms.pricing.figures import Figure, Unreadable, plain
from transforms.pricing.listed import Listed
from transforms.pricing.price_list import PriceLine
from transforms.pricing.refusal import NotOffered
from transforms.pricing.xero import Item, Rates

# The rate of a document older than this says nothing of today's.
OLDEST_RATE_DAYS = 31
_MOST_TAX = Decimal(100)
_ACTIVE = "ACTIVE"

Step = tuple[Decimal, list[str]]
"""A rate, and its part of the explanation."""


def tax_of(listed: Listed, item: Item, line: PriceLine, rates: Rates) -> Step:
    """Find the tax that a price gets, in percent; raises NotOffered where Xero has none."""
    if isinstance(line.tax_rate, Decimal):
        return line.tax_rate, [f"+ {plain(line.tax_rate)}% tax"] if line.tax_rate else []
    known = rates.taxes.get(item.tax_type)
    percent = _number(known.percent) if known else None
    if not item.tax_type:
        fault = "the item has no tax rate for sales in Xero"
    elif known is None:
        fault = f"Xero gave no tax rate {item.tax_type}, which is the item's for sales"
    elif known.status != _ACTIVE:
        fault = f"the item's tax rate {item.tax_type} is {known.status} there"
    elif percent is None or not ZERO <= percent <= _MOST_TAX:
        fault = f"Xero gave {_said(known.percent)} as the percentage of {item.tax_type}"
    else:
        return percent, [f"+ {plain(percent)}% tax ({item.tax_type} in Xero)"]
    raise NotOffered(
        "no_tax_rate",
        f"{listed.words}: {line.where} asks Xero for the tax, but {fault}: put that right in Xero, "
        "or write the percentage into that line's tax_rate",
    )


def exchange_of(listed: Listed, line: PriceLine, rates: Rates, base: str, day: date) -> Step:
    """Find the marketplace's currency for one unit of the base currency, on a day.

    Raises NotOffered where Xero has no rate, or none that is new enough.
    """
    currency = listed.marketplace.currency
    if currency == base:
        return Decimal(1), []
    pair = f"{currency} for 1 {base}"
    if isinstance(line.exchange_rate, Decimal):
        return line.exchange_rate, [f"x {plain(line.exchange_rate)} {pair}"]
    known = rates.exchange.get(currency)
    rate = _number(known.rate) if known else None
    reason = "no_exchange_rate"
    if known is None:
        fault = f"Xero has no document in {currency}"
    elif known.base_currency != base:
        fault = f"Xero's rate is for {known.base_currency or 'no currency'}"
    elif rate is None or rate <= ZERO:
        fault = f"{known.document} gives {_said(known.rate)}"
    elif known.day is None:
        fault = f"{known.document}, which gives {plain(rate)}, has no date"
    elif (age := (day - known.day).days) > OLDEST_RATE_DAYS:
        reason = "old_exchange_rate"
        fault = (
            f"its newest, {plain(rate)} of {known.document}, is of {known.day}: {age} days old, "
            f"and more than {OLDEST_RATE_DAYS} are too many"
        )
    else:
        return rate, [f"x {plain(rate)} {pair} ({known.document} of {known.day})"]
    raise NotOffered(
        reason,
        f"{listed.words}: {line.where} asks Xero for {pair}, but {fault}: write a rate into that "
        f"line's exchange_rate, or post a document in {currency}",
    )


def _number(value: Figure | None) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _said(value: Figure | None) -> str:
    if value is None:
        return "nothing"
    return repr(value.text) if isinstance(value, Unreadable) else plain(value)
