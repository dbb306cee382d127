"""Items of the price list: one for each product, whatever number of listings sell it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from transforms.ledger.book import JOIN, Book, Marketplace
from transforms.ledger.documents import Source
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.unplaced import Unplaced

# What Xero keeps of an item's code, name and description.
CODE_LENGTH, NAME_LENGTH, DESCRIPTION_LENGTH = 30, 50, 4000
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing of a SKU at a marketplace; price in the marketplace's currency."""

    marketplace: Marketplace
    seller_sku: str
    title: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Item:
    """A product; the price is None where no listing in the base currency gives one."""

    document_id: str
    code: str
    name: str
    description: str
    sale_price: Decimal | None
    account: str
    tax_type: str | None
    source: Source


def item_code(seller_sku: str) -> str:
    """Make a code of at most 30 characters; a longer SKU ends in a digest of the whole of it.

    The same SKU always gives the same code, and two that begin alike give two.
    """
    if len(seller_sku) <= CODE_LENGTH:
        return seller_sku
    digest = hashlib.sha256(seller_sku.encode()).hexdigest()[:_DIGEST]
    return f"{seller_sku[: CODE_LENGTH - _DIGEST - 1]}-{digest}"


def code_of(listing: Listing, book: Book) -> str | None:
    """Give the item code of a listing: that of skus.csv, None where it says there is no item."""
    sku = book.sku(listing.seller_sku, listing.marketplace.name, date.max)
    if sku is None:
        return item_code(listing.seller_sku)
    return sku.item_code or None


def item_of(code: str, listings: Iterable[Listing], book: Book) -> Item:
    """Make the item of all listings of one code.

    The first marketplace of marketplaces.csv speaks for it, those in the base currency before
    others; of its listings the first SKU by name.
    """
    order = {each.name: place for place, each in enumerate(book.marketplaces)}
    base = book.choices.base_currency
    ordered = sorted(
        listings,
        key=lambda each: (
            each.marketplace.currency != base,
            order[each.marketplace.name],
            each.seller_sku,
        ),
    )
    first = ordered[0]
    title = next((each.title for each in ordered if each.title), first.seller_sku)
    priced = (
        each.price
        for each in ordered
        if each.price is not None and each.marketplace.currency == base
    )
    account, tax_type = _account(first, book)
    return Item(
        document_id=f"item:{code}",
        code=code,
        name=title[:NAME_LENGTH].rstrip(),
        description=title[:DESCRIPTION_LENGTH],
        sale_price=next(priced, None),
        account=account,
        tax_type=tax_type,
        source=Source(book.choices.organisation, first.marketplace.name),
    )


def _account(listing: Listing, book: Book) -> tuple[str, str | None]:
    """The SKU's own sales account, else that of class sales whatever the treatment."""
    name = listing.marketplace.name
    sku = book.sku(listing.seller_sku, name, date.max)
    rule = book.account("sales", name, date.max)
    if sku is not None and sku.account:
        return sku.account, sku.tax_type or None
    if rule is None or rule.account == JOIN:
        line = line_to_add("sales", name, "", "", "ACCOUNT", "TAX_TYPE")
        raise Unplaced(
            "no_account",
            [f"no account for class sales at {name}: add a line {line} to accounts.csv"],
        )
    return rule.account, (sku.tax_type if sku else "") or rule.tax_type
