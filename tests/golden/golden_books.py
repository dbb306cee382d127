"""The books of the golden files: each file's marketplace is at home, its name says the choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from casebook import DE, UK, book, rule

from transforms.ledger.book import AccountRule, Book, Marketplace

# Marketplaces, each with the tax types of Xero's chart in its own country.
_PLACES = {
    "us": ("ATVPDKIKX0DER", "Amazon.com", "USD", "America/New_York"),
    "ca": ("A2EUQ1WTGCTBG2", "Amazon.ca", "CAD", "America/Toronto"),
    "au": ("A39IBJ37TRP1C6", "Amazon.com.au", "AUD", "Australia/Sydney"),
    "jp": ("A1VC38T7YXB528", "Amazon.co.jp", "JPY", "Asia/Tokyo"),
}
_SALES = (
    "sales",
    "shipping_income",
    "gift_wrap_income",
    "promo_discount",
    "other_income",
    "points",
    "refund",
    "goodwill",
    "chargeback",
    "a_to_z",
)
_FEES = (
    "referral_fee",
    "fba_fulfilment_fee",
    "shipping_chargeback",
    "closing_fee",
    "storage_fee",
    "aged_storage_fee",
    "removal_fee",
    "inbound_fee",
    "deal_coupon_fee",
    "service_fee",
    "fee_discount",
    "advertising",
)
_TAXES = {
    "uk": {"taxed": "OUTPUT2", "untaxed": "ZERORATEDOUTPUT", "facilitator": "NONE", "fees": "NONE"},
    "au": {"taxed": "OUTPUT", "untaxed": "EXEMPTOUTPUT", "facilitator": "NONE", "fees": "INPUT"},
}


def books_for(file: Path) -> Book:
    """Books for a file: `us_...` is Amazon.com, `..._summary_...` posts an invoice a settlement."""
    country = file.name[:2]
    if country == "de":
        return book(*_taxes("uk"), *_german_vat(file), marketplaces=(UK, DE), **_choices(file))
    style: Literal["orders", "settlements"]
    style = "settlements" if "_summary_" in file.name else "orders"
    home = replace(_home(country), posting=style)
    zone = _PLACES[country][3] if country in _PLACES else "Europe/London"
    return book(
        *_taxes(country if country in _TAXES else "uk"),
        marketplaces=(home,),
        base_currency=home.currency,
        time_zone=zone,
        **_choices(file),
    )


def _home(country: str) -> Marketplace:
    if country == "uk":
        return UK
    marketplace_id, name, currency, _ = _PLACES[country]
    return replace(
        UK,
        marketplace_id=marketplace_id,
        name=name,
        currency=currency,
        contact=f"Amazon {country.upper()}",
        tracking_option=country.upper(),
    )


def _choices(file: Path) -> dict[str, Any]:
    chosen = {}
    if "credit_notes" in file.name:
        chosen["refunds"] = "credit_notes"
    if "suspense" in file.name:
        chosen["unknown_rows"] = "suspense"
    return chosen


def _taxes(country: str) -> list[AccountRule]:
    types = _TAXES[country]
    sales = [
        rule(name, name, types[treatment], treatment=treatment)
        for name in _SALES
        for treatment in ("taxed", "untaxed", "facilitator")
    ]
    return [*sales, *(rule(name, name, types["fees"]) for name in _FEES)]


def _german_vat(file: Path) -> list[AccountRule]:
    """German VAT on an account of its own; with a VAT report, sales by country and rate."""
    if "destination" not in file.name:
        return [rule("tax_collected", "vat_de", marketplace="Amazon.de")]
    return [
        rule(name, f"{name}_{place}", tax_type, treatment=treatment, destination=destination)
        for name in ("sales", "shipping_income", "refund")
        for place, tax_type, treatment, destination in (
            ("de", "OUTPUTDE19", "taxed", "DE"),
            ("oss", "OSSFR20", "taxed", "FR"),
            ("oss", "OSSFR5.5", "taxed", "FR 5.5"),
            ("reverse", "ECACQUISITIONS", "untaxed", "IT"),
        )
    ]
