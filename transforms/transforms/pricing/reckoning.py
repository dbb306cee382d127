"""From an item's sales price to the price of one listing: tax, exchange, rounding, guards.

Floor and ceiling hold, they never clamp: a price pushed up to its floor would hide the wrong
decimal that put it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from transforms.ledger.book import Book
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO
from transforms.pricing.figures import (
    EXACT,
    Unreadable,
    fits,
    is_unit_price,
    plain,
    with_tax,
    written,
)
from transforms.pricing.listed import Listed
from transforms.pricing.price_list import XERO, PriceLine, PriceList
from transforms.pricing.rates import exchange_of, tax_of
from transforms.pricing.refusal import NotOffered
from transforms.pricing.xero import Item, Rates

_SOURCES = {"sales": "without tax", "sales_with_tax": "with tax"}


@dataclass(frozen=True, slots=True)
class Price:
    """What a listing is to cost, in its marketplace's currency, and how that came about."""

    listed: Listed
    item: Item
    amount: Decimal
    line: PriceLine
    explanation: str

    @property
    def document_id(self) -> str:
        """The same listing makes the same id."""
        return f"price:{self.listed.place}"


class Reckoner:
    """Prices listings, on a day, by what Xero and prices.csv say."""

    def __init__(self, book: Book, prices: PriceList, rates: Rates, day: date) -> None:
        self._prices, self._rates, self._day = prices, rates, day
        self._base = book.choices.base_currency

    def price(self, listed: Listed, item: Item) -> Price:
        """Price a listing of an item; raises NotOffered with the figures and the next step."""
        unit_price = self._unit_price(listed, item)
        line = self._line(listed)
        tax, taxed = tax_of(listed, item, line, self._rates)
        rate, exchanged = exchange_of(listed, line, self._rates, self._base, self._day)
        currency = listed.marketplace.currency
        exact = EXACT.multiply(with_tax(unit_price, tax), rate)
        amount = line.rounding.apply(exact, currency)
        steps = [f"{_money(unit_price, self._base)} {_SOURCES[line.source]} in Xero"]
        steps += [*taxed, *exchanged]
        if taxed or exchanged:
            steps.append(f"= {_money(exact, currency)}")
        if exact != amount:
            steps.append(f"{line.rounding}: {_money(amount, currency)}")
        explanation = f"{', '.join(steps)} ({line.where})"
        if amount <= ZERO:
            raise NotOffered(
                "price_not_positive",
                f"{listed.words}: {explanation}: a price of zero is never sent: correct the item's "
                "sales price in Xero, or that line's rounding",
            )
        _guard(listed, line, amount, explanation)
        return Price(listed, item, amount, line, explanation)

    def _unit_price(self, listed: Listed, item: Item) -> Decimal:
        price, reason = item.unit_price, "unreadable_price"
        if not item.is_sold or price is None:
            reason = "no_sales_price"
            fault = "has no sales price" if item.is_sold else "is not for sale"
        elif isinstance(price, Unreadable):
            fault = f"has {price.text!r} as its sales price, which is none"
        elif not is_unit_price(price):
            fault = f"sells at {price} {self._base}, which has more than four decimals"
        elif price <= ZERO:
            reason = "price_not_positive"
            fault = f"sells at {_money(price, self._base)}: zero or below is never sent"
        else:
            return price
        cure = "give it one" if reason == "no_sales_price" else "correct it"
        raise NotOffered(reason, f"{listed.words}: in Xero the item {fault}: {cure} there")

    def _line(self, listed: Listed) -> PriceLine:
        name, currency = listed.marketplace.name, listed.marketplace.currency
        line = self._prices.line(listed.item_code, name, self._day)
        if line is None:
            raise NotOffered(
                "no_price_line",
                f"{listed.words}: no line of prices.csv prices {name} on {self._day}: add a line "
                f"{price_line_to_add(name, currency, self._base)} to it",
            )
        return line


def _guard(listed: Listed, line: PriceLine, amount: Decimal, explanation: str) -> None:
    """Hold a price outside the line's floor and ceiling, with both figures."""
    if line.minimum is not None and amount < line.minimum:
        name, side, bound = "minimum", "below", line.minimum
    elif line.maximum is not None and amount > line.maximum:
        name, side, bound = "maximum", "above", line.maximum
    else:
        return
    currency = listed.marketplace.currency
    raise NotOffered(
        f"{side}_{name}",
        f"{listed.words}: {_money(amount, currency)} is {side} the {name} of "
        f"{_money(bound, currency)} in {line.where}: {explanation}: correct the item's sales price "
        f"in Xero, or that line's {name}",
    )


def price_line_to_add(marketplace: str, currency: str, base_currency: str) -> str:
    """Write a line of prices.csv for a marketplace that it lacks."""
    exchange = "" if currency == base_currency else XERO
    return line_to_add(marketplace, currency, "sales", "TAX_RATE", exchange, "minor", "", "")


def _money(amount: Decimal, currency: str) -> str:
    """Write an amount for a person: in the currency's decimals, or in all that it has."""
    figure = written(amount, currency) if fits(amount, currency) else plain(amount)
    return f"{figure} {currency}"
