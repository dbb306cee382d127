"""The streams that are lists of Xero's, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tap_xero import scopes
from tap_xero.shapes import Json
from tap_xero.streams import ChangedStream, PagedStream, XeroStream

FOUR_DECIMALS = {"unitdp": 4}


class Organisation(XeroStream):
    """The organisation behind the connection."""

    name = "organisation"
    primary_keys = ("organisation_id",)
    resource = "Organisation"

    def elements(self, since: datetime | None) -> Iterable[Json]:
        """Give the one organisation, which other streams ask for too."""
        del since
        return [self._tap.organisation]


class Accounts(ChangedStream):
    """The chart of accounts."""

    name = "accounts"
    primary_keys = ("account_id",)
    resource = "Accounts"


class TaxRates(XeroStream):
    """Tax rates, with the classes of accounts that each may be used with."""

    name = "tax_rates"
    primary_keys = ("tax_type",)
    resource = "TaxRates"


class TrackingCategories(XeroStream):
    """Tracking categories with their options."""

    name = "tracking_categories"
    primary_keys = ("tracking_category_id",)
    resource = "TrackingCategories"
    params = {"includeArchived": "true"}  # noqa: RUF012


class Currencies(XeroStream):
    """Currencies that the organisation has enabled."""

    name = "currencies"
    primary_keys = ("code",)
    resource = "Currencies"

    def elements(self, since: datetime | None) -> Iterable[Json]:
        """Give the currencies, which exchange rates are looked for by."""
        del since
        return self._tap.currencies


class Items(ChangedStream):
    """The price list; Xero does not page it."""

    name = "items"
    primary_keys = ("item_id",)
    resource = "Items"
    params = FOUR_DECIMALS


class Contacts(PagedStream):
    """Customers and suppliers, archived ones too: else their archiving would not be seen."""

    name = "contacts"
    primary_keys = ("contact_id",)
    resource = "Contacts"
    scopes = (scopes.CONTACTS,)
    params = {"includeArchived": "true"}  # noqa: RUF012
    selected_by_default = False


class Invoices(PagedStream):
    """Sales invoices and bills with their lines."""

    name = "invoices"
    primary_keys = ("invoice_id",)
    resource = "Invoices"
    scopes = (scopes.INVOICES,)
    params = {**FOUR_DECIMALS, "includeArchived": "true"}  # noqa: RUF012
    selected_by_default = False


class CreditNotes(PagedStream):
    """Credit notes with their lines and allocations."""

    name = "credit_notes"
    primary_keys = ("credit_note_id",)
    resource = "CreditNotes"
    scopes = (scopes.INVOICES,)
    params = FOUR_DECIMALS
    selected_by_default = False


class Payments(PagedStream):
    """Payments of invoices, bills and credit notes."""

    name = "payments"
    primary_keys = ("payment_id",)
    resource = "Payments"
    scopes = (scopes.PAYMENTS,)
    selected_by_default = False


class ManualJournals(PagedStream):
    """Manual journals with their lines."""

    name = "manual_journals"
    primary_keys = ("manual_journal_id",)
    resource = "ManualJournals"
    scopes = (scopes.JOURNALS,)
    selected_by_default = False


class BankTransactions(PagedStream):
    """Money received and spent at the bank."""

    name = "bank_transactions"
    primary_keys = ("bank_transaction_id",)
    resource = "BankTransactions"
    scopes = (scopes.BANK,)
    params = FOUR_DECIMALS
    selected_by_default = False
