"""One set of books as the maps describe it: choices, marketplaces, accounts and SKUs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from transforms.ledger.breakdowns import Breakdowns
from transforms.ledger.catalogue import Catalogue
from transforms.ledger.classes import Treatment

JOIN = "="
NO_TAX = "NONE"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """A line of marketplaces.csv: where its money is posted and in which style."""

    marketplace_id: str
    name: str
    currency: str
    contact: str
    tracking_option: str
    clearing_account: str
    bank_account: str
    posting: Literal["orders", "settlements"]
    clearing_type: Literal["current", "bank"] = "current"
    bank_currency: str = ""
    stock_pool: str = ""

    @property
    def is_converted(self) -> bool:
        """Whether Amazon pays its deposits out in another currency than it settles in."""
        return self.bank_currency not in ("", self.currency)


@dataclass(frozen=True, slots=True)
class AccountRule:
    """A line of accounts.csv; a blank cell stands for all.

    destination: a country (`FR`), or a country and a rate in percent (`FR 5.5`).
    """

    accounting_class: str
    marketplace: str
    treatment: str
    destination: str
    account: str
    tax_type: str
    valid_from: date = date.min
    line: int = 0

    def matches(self, marketplace: str, treatment: str, destination: str, day: date) -> bool:
        """Say whether the line applies on a day: every filled cell is equal.

        A destination is given with its rate; a line that names the country is for all its rates.
        """
        return (
            self.valid_from <= day
            and self.marketplace in ("", marketplace)
            and self.treatment in ("", treatment)
            and self.destination in ("", destination, destination.partition(" ")[0])
        )

    @property
    def rank(self) -> tuple[int, bool, bool, bool, bool, date]:
        """Rank of the line: most cells filled, marketplace before treatment, newest of equals.

        Of two that name a destination, the one that names its rate comes first.
        """
        filled = (bool(self.marketplace), bool(self.treatment), bool(self.destination))
        return (sum(filled), *filled, " " in self.destination, self.valid_from)


@dataclass(frozen=True, slots=True)
class Sku:
    """A line of skus.csv: what a seller SKU is in the books; its cost in the base currency."""

    seller_sku: str
    marketplace: str
    item_code: str
    account: str
    tax_type: str
    valid_from: date = date.min
    unit_cost: Decimal | None = None
    product_group: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of books.yml."""

    organisation: str
    base_currency: str
    time_zone: str
    document_prefix: str
    unmapped_sku: Literal["hold", "no_item"]
    unknown_rows: Literal["hold", "suspense"]
    refunds: Literal["journal", "credit_notes"]
    invoice_status: Literal["AUTHORISED", "DRAFT"]
    tracking_category: str
    books_start: date
    product_tracking_category: str = ""
    refunded_units: Literal["expensed", "restocked"] = "expensed"
    deferred: Literal["ignore", "accrue"] = "ignore"
    items: Literal["none", "listings", "offered"] = "none"
    lock_dates: Literal["hold", "next_open_day"] = "hold"
    trail: Literal["orders", "none"] = "orders"
    stock_to_xero: Literal["none", "tracked_items"] = "none"
    stock_to_amazon: Literal["none", "merchant_listings"] = "none"
    stock_buffer: int = 0


@dataclass(frozen=True)
class Book:
    """Everything the posting looks up; built by the maps' loader, already checked.

    homes: the marketplace of each settlement whose report does not tell it.
    """

    choices: Choices
    marketplaces: tuple[Marketplace, ...]
    accounts: tuple[AccountRule, ...]
    skus: tuple[Sku, ...]
    catalogue: Catalogue
    breakdowns: Breakdowns = field(default_factory=Breakdowns)
    homes: Mapping[str, str] = field(default_factory=dict)
    _rules: dict[str, list[AccountRule]] = field(default_factory=dict, init=False, repr=False)
    _skus: dict[tuple[str, str], list[Sku]] = field(default_factory=dict, init=False, repr=False)
    _beginnings: list[date] = field(default_factory=list, init=False, repr=False)
    _marketplaces: dict[str, Marketplace] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for rule in sorted(self.accounts, key=lambda rule: rule.rank, reverse=True):
            self._rules.setdefault(rule.accounting_class, []).append(rule)
        self._beginnings.extend(sorted({rule.valid_from for rule in self.accounts}))
        for marketplace in self.marketplaces:
            self._marketplaces.setdefault(marketplace.name.casefold(), marketplace)
        for sku in sorted(self.skus, key=lambda sku: sku.valid_from, reverse=True):
            self._skus.setdefault((sku.seller_sku, sku.marketplace), []).append(sku)

    def account(
        self,
        accounting_class: str,
        marketplace: str,
        day: date,
        treatment: Treatment = Treatment.NONE,
        destination: str = "",
    ) -> AccountRule | None:
        """Find the most specific line of accounts.csv that is valid for a class on a day."""
        for rule in self._rules.get(accounting_class, ()):
            if rule.matches(marketplace, treatment, destination, day):
                return rule
        return None

    def era(self, day: date) -> int:
        """Count the days on which a line of accounts.csv began to be valid, up to this one.

        Within one era every look-up has one answer.
        """
        return bisect_right(self._beginnings, day)

    def sku(self, seller_sku: str, marketplace: str, day: date) -> Sku | None:
        """Find what a SKU is in the books on a day; the marketplace's own line comes first."""
        return next(self._lines_of(seller_sku, marketplace, day), None)

    def unit_cost(self, seller_sku: str, marketplace: str, day: date) -> Decimal | None:
        """Find what one unit cost on a day, in the base currency; None when nothing says so."""
        costs = (sku.unit_cost for sku in self._lines_of(seller_sku, marketplace, day))
        return next((cost for cost in costs if cost is not None), None)

    def product_group(self, seller_sku: str, marketplace: str, day: date) -> str:
        """Find the product group of a SKU on a day; blank when nothing says so."""
        groups = (sku.product_group for sku in self._lines_of(seller_sku, marketplace, day))
        return next(filter(None, groups), "")

    def _lines_of(self, seller_sku: str, marketplace: str, day: date) -> Iterator[Sku]:
        """Give the lines of a SKU that are valid on a day, the most telling first."""
        for where in (marketplace, ""):
            for sku in self._skus.get((seller_sku, where), ()):
                if sku.valid_from <= day:
                    yield sku

    @property
    def has_costs(self) -> bool:
        """Whether skus.csv gives any unit cost: cost of goods is booked.

        Not where the accounting system tracks stock: it books the cost of what it tracks itself.
        """
        return self.choices.stock_to_xero == "none" and any(
            sku.unit_cost is not None for sku in self.skus
        )

    @cached_property
    def places_by_sku(self) -> bool:
        """Whether a SKU may change where its rows are placed.

        One has an account or a tax type of its own, or its product group is tracked.
        """
        return any(sku.account or sku.tax_type for sku in self.skus) or self.tracks_products

    @cached_property
    def tracks_products(self) -> bool:
        """Whether lines are tracked by the product group of their SKU."""
        return bool(self.choices.product_tracking_category) and any(
            sku.product_group for sku in self.skus
        )

    def marketplace(self, name: str) -> Marketplace | None:
        """Find a marketplace by Amazon's name, whatever its case."""
        return self._marketplaces.get(name.casefold())

    def marketplace_by_id(self, marketplace_id: str) -> Marketplace | None:
        """Find a marketplace by Amazon's id."""
        return next((m for m in self.marketplaces if m.marketplace_id == marketplace_id), None)

    def in_currency(self, currency: str) -> Iterable[Marketplace]:
        """List the marketplaces that settle in a currency."""
        return [m for m in self.marketplaces if m.currency == currency]

    def no_tax(self, marketplace: str, day: date) -> str:
        """Give the tax type of lines that are not taxed: NONE, or what class clearing says."""
        rule = self.account("clearing", marketplace, day)
        return rule.tax_type if rule and rule.tax_type else NO_TAX
