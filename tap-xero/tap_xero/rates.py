"""The stream of exchange rates: Xero has no list of them, so they are read off documents.

CurrencyRate is units of the document's currency for one unit of the organisation's base currency,
so base currency is amount / CurrencyRate. Sources: developer.xero.com, best practices, data
integrity, multicurrency; and Xero's OpenAPI example of getQuotes, where an organisation in NZD has
a quote in AUD of 24 October 2019 with CurrencyRate 0.937053, when 1 NZD was 0.94 AUD.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tap_xero import scopes
from tap_xero.shapes import Json
from tap_xero.streams import XeroStream
from tap_xero.values import day_text, decimal_text, instant_text
from xero_api import reads


class ExchangeRates(XeroStream):
    """For each other currency, the rate of its newest approved document.

    Invoices and bills are looked at, and bank transactions where the run asks for their scope:
    one call or two for each currency. A currency without a document has no record.
    """

    name = "exchange_rates"
    primary_keys = ("currency_code",)
    resource = "Currencies"
    scopes = (scopes.SETTINGS, scopes.INVOICES)

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the newest rate of each currency but the organisation's own."""
        base = str(self._tap.organisation.get("BaseCurrency") or "")
        for currency in self._tap.currencies:
            code = str(currency["Code"])
            if code != base and (found := self._rate(code, base)):
                yield found

    def _rate(self, code: str, base: str) -> Json | None:
        """Read the newest document that has a rate; Xero leaves it out of some."""
        found = [each for each in self._newest(code) if each.get("CurrencyRate")]
        if not found:
            self.logger.info("Xero has no approved document in %s, so there is no rate", code)
            return None
        newest = max(found, key=_age)
        return {
            "currency_code": code,
            "base_currency": base,
            "rate": decimal_text(newest["CurrencyRate"]),
            "document_type": newest.get("Type"),
            "document_number": newest.get("InvoiceNumber") or newest.get("Reference") or None,
            "document_id": newest.get("InvoiceID") or newest.get("BankTransactionID"),
            "date": _day(newest),
        }

    def _newest(self, code: str) -> Iterator[Json]:
        yield from reads.newest_in(self.xero, "Invoices", code)
        if scopes.cover(self._tap.scopes, scopes.BANK):
            yield from reads.newest_in(self.xero, "BankTransactions", code)


def _age(document: Json) -> tuple[str, str]:
    return _day(document) or "", instant_text(document.get("UpdatedDateUTC")) or ""


def _day(document: Json) -> str | None:
    return day_text(document.get("Date"), document.get("DateString"))
