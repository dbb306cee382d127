"""A small seller's books, items and prices, in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from transforms.ledger.book import Book, Choices, Marketplace, Sku
from transforms.ledger.catalogue import Catalogue
from transforms.pricing.figures import figure
from transforms.pricing.offering import Offers, offer
from transforms.pricing.price_list import PriceLine, PriceList
from transforms.pricing.rounding import Rounding
from transforms.pricing.xero import ExchangeRate, Item, Rates, TaxRate

TODAY = date(2026, 6, 15)


def marketplace(name: str, currency: str) -> Marketplace:
    return Marketplace(f"ID-{name}", name, currency, name, "", "610", "090", "orders")


UK, DE, FR = (
    marketplace("Amazon.co.uk", "GBP"),
    marketplace("Amazon.de", "EUR"),
    marketplace("Amazon.fr", "EUR"),
)
US, JP = marketplace("Amazon.com", "USD"), marketplace("Amazon.co.jp", "JPY")

CHOICES = Choices(
    organisation="Shop Ltd",
    base_currency="GBP",
    time_zone="Europe/London",
    document_prefix="AMZ",
    unmapped_sku="hold",
    unknown_rows="hold",
    refunds="journal",
    invoice_status="AUTHORISED",
    tracking_category="",
    books_start=date(2026, 4, 1),
)


def book(
    skus: Iterable[Sku],
    marketplaces: Iterable[Marketplace] = (UK, DE),
    **choices: Any,
) -> Book:
    return Book(
        choices=replace(CHOICES, **choices),
        marketplaces=tuple(marketplaces),
        accounts=(),
        skus=tuple(skus),
        catalogue=Catalogue((), []),
    )


def sku(
    seller_sku: str,
    item_code: str = "CUP",
    marketplace: str = "",
    valid_from: date = date.min,
    line: int = 2,
) -> Sku:
    return Sku(seller_sku, marketplace, item_code, "", "", valid_from, line=line)


def line(**cells: Any) -> PriceLine:
    """A line of prices.csv: by default 20% on top, rounded to the cent, everywhere."""
    rounding = Rounding.read(cells.pop("rounding", "minor"))
    assert rounding is not None
    for name in ("tax_rate", "exchange_rate", "minimum", "maximum"):
        if cells.get(name) not in (None, "xero"):
            cells[name] = Decimal(cells[name])
    values: dict[str, Any] = {
        "line": 2,
        "item_code": "",
        "marketplace": "",
        "source": "sales",
        "tax_rate": Decimal(20),
        "exchange_rate": Decimal(1),
        "minimum": None,
        "maximum": None,
    }
    return PriceLine(**values | cells, rounding=rounding)


def item(code: str = "CUP", price: object = "10.0000", **values: Any) -> Item:
    made = Item(
        item_id=f"id-{code}",
        code=code,
        name=code.title(),
        is_sold=True,
        is_tracked=False,
        unit_price=figure(price),
        tax_type="OUTPUT2",
        on_hand=None,
    )
    return replace(made, **values)


def rates(exchange: Iterable[ExchangeRate] = (), taxes: Iterable[TaxRate] | None = None) -> Rates:
    if taxes is None:
        taxes = (
            TaxRate("OUTPUT2", "20%", Decimal("20.0000")),
            TaxRate("ZERORATEDOUTPUT", "Zero", Decimal(0)),
        )
    return Rates(
        {each.tax_type: each for each in taxes}, {each.currency: each for each in exchange}
    )


def euro(rate: object = "1.15", day: date | None = TODAY, base: str = "GBP") -> ExchangeRate:
    return ExchangeRate("EUR", base, figure(rate), "invoice INV-7", day)


def offered(
    lines: PriceLine | Iterable[PriceLine],
    items: Item | Iterable[Item] = (),
    skus: Iterable[Sku] = (),
    known: Rates | None = None,
    marketplaces: Iterable[Marketplace] = (UK, DE),
    day: date = TODAY,
    **choices: Any,
) -> Offers:
    """Price a shop: by default one cup, listed as CUP-1 wherever it is priced."""
    lines = (lines,) if isinstance(lines, PriceLine) else tuple(lines)
    items = (items,) if isinstance(items, Item) else tuple(items) or (item(),)
    skus = tuple(skus) or (sku("CUP-1"),)
    books = book(skus, marketplaces, **choices)
    return offer(items, known or rates(), books, PriceList(lines), day)


def prices(made: Offers) -> dict[str, str]:
    """What listings cost, by the place that their document ids name."""
    return {each.listed.place: format(each.amount, "f") for each in made.prices}


def held(made: Offers) -> dict[str, str]:
    """Why documents wait, by id."""
    return {each.document_id: each.reason for each in made.held}
