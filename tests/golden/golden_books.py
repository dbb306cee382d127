"""The books of the golden files: each file's marketplace is at home, its name says the choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from casebook import DE, UK, book, rule

from transforms.ledger.book import AccountRule, Book, Marketplace
from transforms.ledger.classes import JOINING_CLASSES, MAP_CLASSES

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
    "closing_fee",
    "refund_commission",
    "digital_services_fee",
    "payment_fee",
    "fba_fulfilment_fee",
    "shipping_chargeback",
    "storage_fee",
    "aged_storage_fee",
    "removal_fee",
    "inbound_fee",
    "advertising",
    "deal_coupon_fee",
    "subscription",
    "service_fee",
    "shipping_label",
    "liquidation_fee",
    "fee_adjustment",
    "fee_discount",
)
_TREATMENTS = ("taxed", "untaxed", "facilitator")
_UNTAXED = {**dict.fromkeys(_TREATMENTS, "NONE"), "fees": "NONE", "rest": "NONE"}
# As in the starter maps of each country; a British seller's German VAT is on no British return.
_TAXES = {
    "uk": _UNTAXED
    | {"taxed": "OUTPUT2", "untaxed": "ZERORATEDOUTPUT", "facilitator": "ZERORATEDOUTPUT"}
    | {"fees": "INPUT2"},
    "de": _UNTAXED,
    "us": _UNTAXED,
    "ca": _UNTAXED,
    "au": _UNTAXED
    | {"taxed": "OUTPUT", "untaxed": "EXEMPTOUTPUT", "facilitator": "EXEMPTOUTPUT"}
    | {"fees": "INPUT", "rest": "BASEXCLUDED"},
    "jp": _UNTAXED | {"taxed": "OUTPUT", "untaxed": "OUTPUT", "fees": "INPUT"},
}
# Tax that Amazon collects and does not withhold stays visible on an account of its own.
_MARKETPLACE_TAX = {"au", "jp"}


def books_for(file: Path) -> Book:
    """Books for a file: `us_...` is Amazon.com, `..._summary_...` posts an invoice a settlement."""
    country = file.name[:2]
    if country == "de":
        return book(*_taxes("de"), *_german_vat(file), marketplaces=(UK, DE), **_choices(file))
    style: Literal["orders", "settlements"]
    style = "settlements" if "_summary_" in file.name else "orders"
    home = replace(_home(country), posting=style)
    zone = _PLACES[country][3] if country in _PLACES else "Europe/London"
    return book(
        *_taxes(country),
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
        for treatment in _TREATMENTS
    ]
    # Points and liquidations name no treatment: they are sales whose prices have the tax inside.
    whole = [rule(name, name, types["taxed"]) for name in ("points", "liquidation")]
    fees = [rule(name, name, types["fees"]) for name in _FEES]
    given = {*_SALES, *_FEES, "liquidation"} | JOINING_CLASSES
    rest = [rule(name, name, types["rest"]) for name in sorted(MAP_CLASSES - given)]
    made = [*sales, *whole, *fees, *rest]
    if country in _MARKETPLACE_TAX:
        made.append(rule("tax_withheld", "marketplace_tax", types["rest"], treatment="facilitator"))
    return made


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
