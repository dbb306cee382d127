"""One Xero organisation: its settings, registers and ledger, and the rules they share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from simulators.clock import Clock
from simulators.faults import Faults
from simulators.wsgi import Call
from simulators.xero.chart import CLASSES
from simulators.xero.errors import PLAN_IS_FULL, Invalid, account_not_valid, not_subscribed
from simulators.xero.idempotency import IdempotencyKeys
from simulators.xero.identity import Identity
from simulators.xero.ledger import Aspect, GeneralLedger
from simulators.xero.limits import Limits
from simulators.xero.records import Changes, Register
from simulators.xero.values import Document, new_id


class Organisation:
    """The state of one organisation, and of the identity service in front of it.

    `invoices_a_month` is what the plan lets approve; `forbidden_actions` what an app may not do;
    `refusals` are Xero's words for elements that contain a text, where its reason is not imitated.
    `scope_refusal` is the status for a token without the scope: 403 by the vendor's table, 401 as
    some apps have seen it. `lock` is held for each request's work, never while a fault hangs.
    """

    def __init__(
        self,
        name: str,
        *,
        base_currency: str = "GBP",
        country: str = "GB",
        timezone: str = "GMTSTANDARDTIME",
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.organisation_id = new_id()
        self.base_currency = base_currency
        self.country = country
        self.timezone = timezone
        self.clock = clock or Clock()
        self.created = self.clock.now()
        self.lock_dates: dict[str, date] = {}
        self.invoices_a_month: int | None = None
        self.forbidden_actions: set[str] = set()
        self.refusals: dict[str, str] = {}
        self.lock = threading.RLock()
        self.faults = Faults()
        self.calls: list[Call] = []
        self.scope_refusal = 403
        self.ignored_fields: Counter[str] = Counter()
        self.identity = Identity(self.clock, self.name, self.organisation_id)
        self.limits = Limits(self.clock)
        self.idempotency = IdempotencyKeys(self.clock)
        self.changes = Changes()
        self.ledger = GeneralLedger(self.changes)
        self.currencies: dict[str, Document] = {}
        self.rates: dict[str, Decimal] = {}
        self._open_registers()
        self.enable_currency(base_currency, Decimal(1))

    def _open_registers(self) -> None:
        changes = self.changes
        self.accounts = Register(changes, "AccountID", "Code", "Name")
        self.tax_rates = Register(changes, "TaxType")
        self.tracking = Register(changes, "TrackingCategoryID", "Name")
        self.contacts = Register(changes, "ContactID", "Name", "ContactNumber")
        self.items = Register(changes, "ItemID", "Code")
        self.invoices = Register(changes, "InvoiceID", "InvoiceNumber")
        self.credit_notes = Register(changes, "CreditNoteID", "CreditNoteNumber")
        self.payments = Register(changes, "PaymentID")
        self.manual_journals = Register(changes, "ManualJournalID")
        self.bank_transactions = Register(changes, "BankTransactionID")
        self.bank_transfers = Register(changes, "BankTransferID")
        self.history: dict[str, list[Document]] = {}
        self.stock_moves: dict[str, tuple[Any, ...]] = {}
        self.attachments: dict[str, list[Document]] = {}

    # Setting up

    def enable_currency(self, code: str, rate: Decimal, description: str = "") -> None:
        """Subscribe to a currency; `rate` is how much of it one unit of base currency buys."""
        self.currencies[code] = {"Code": code, "Description": description or code}
        self.rates[code] = rate

    def add_account(self, code: str, name: str, kind: str, **more: Any) -> Document:
        """Add an account of the chart; `more` takes further fields under Xero's names."""
        account: Document = {
            "AccountID": new_id(),
            "Code": code,
            "Name": name,
            "Status": "ACTIVE",
            "Type": kind,
            "TaxType": "NONE",
            "Class": CLASSES[kind],
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
            "SystemAccount": "",
        }
        if kind == "BANK":
            account |= {"BankAccountType": "BANK", "CurrencyCode": self.base_currency}
        return self.save(self.accounts, account | more)

    def add_tax_rate(
        self, tax_type: str, name: str, rate: str, applies_to: str, report: str = "NONE"
    ) -> Document:
        """Add a tax rate in percent; `applies_to` names the account classes by a letter each."""
        percent = Decimal(rate)
        document: Document = {
            "Name": name,
            "TaxType": tax_type,
            "ReportTaxType": report,
            "CanApplyToAssets": "A" in applies_to,
            "CanApplyToEquity": "Q" in applies_to,
            "CanApplyToExpenses": "E" in applies_to,
            "CanApplyToLiabilities": "L" in applies_to,
            "CanApplyToRevenue": "R" in applies_to,
            "DisplayTaxRate": percent,
            "EffectiveRate": percent,
            "Status": "ACTIVE",
            "TaxComponents": [
                {"Name": "VAT", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}
            ],
        }
        self.tax_rates.put(document)
        return document

    def add_tracking_category(self, name: str, options: Sequence[str]) -> Document:
        """Add a tracking category with its options."""
        document: Document = {
            "TrackingCategoryID": new_id(),
            "Name": name,
            "Status": "ACTIVE",
            "Options": [
                {"TrackingOptionID": new_id(), "Name": option, "Status": "ACTIVE"}
                for option in options
            ],
        }
        self.tracking.put(document)
        return document

    def add_item(self, code: str, name: str, sales_account: str, **sales: Any) -> Document:
        """Add an untracked item that is sold on an account; sales: UnitPrice, TaxType."""
        document: Document = {
            "ItemID": new_id(),
            "Code": code,
            "Name": name,
            "Description": name,
            "PurchaseDescription": "",
            "IsSold": True,
            "IsPurchased": False,
            "IsTrackedAsInventory": False,
            "SalesDetails": {"AccountCode": sales_account, **sales},
            "PurchaseDetails": {},
        }
        return self.save(self.items, document)

    # Rules that several endpoints share

    def save(self, register: Register, document: Document) -> Document:
        """Put a document with the instant of its change."""
        saved = {**document, "UpdatedDateUTC": self.clock.now()}
        register.put(saved)
        return saved

    def today(self) -> date:
        """Give the date that a document without one gets."""
        return self.clock.now().date()

    def check_date(self, day: date) -> None:
        """Refuse a date on or before a lock date."""
        for field, words in (
            ("EndOfYearLockDate", "end of year lock date"),
            ("PeriodLockDate", "period lock date"),
        ):
            locked = self.lock_dates.get(field)
            if locked and day <= locked:
                raise Invalid(
                    f"The document date cannot be before the {words}, "
                    f"currently set at {locked:%d-%b-%Y}"
                )

    def check_planned(self, element: Document) -> None:
        """Refuse an element that contains the text of a planned refusal, in its words."""
        for text, words in self.refusals.items():
            if text in str(element):
                raise Invalid(words)

    def check_plan(self, day: date) -> None:
        """Refuse to approve one sales invoice more than the plan has for a month."""
        month = (day.year, day.month)
        approved = [
            each
            for each in self.invoices
            if each["Type"] == "ACCREC"
            and each["Status"] in ("AUTHORISED", "PAID")
            and (each["Date"].year, each["Date"].month) == month
        ]
        if self.invoices_a_month is not None and len(approved) >= self.invoices_a_month:
            raise Invalid(PLAN_IS_FULL)

    def check_currency(self, currency: str) -> None:
        """Refuse a currency that the organisation has not enabled."""
        if currency not in self.currencies:
            raise Invalid(not_subscribed(currency))

    def account(self, reference: Document) -> Document | None:
        """Find an account by AccountID, else by Code or AccountCode; None when none is named."""
        identity = reference.get("AccountID")
        code = reference.get("Code") or reference.get("AccountCode")
        if not identity and not code:
            return None
        found = self.accounts.get(identity) if identity else None
        if not identity and code:
            found = next(iter(self.accounts.named("Code", code)), None)
        if found is None:
            raise Invalid(account_not_valid(code or identity or ""))
        return found

    def system_account(self, system: str) -> Document:
        """Find the account that Xero itself keeps for a purpose; LookupError when there is none."""
        for account in self.accounts:
            if account["SystemAccount"] == system:
                return account
        raise LookupError(f"{self.name} has no account with SystemAccount {system}")

    def tracking_option(self, reference: Document) -> Document:
        """Find a tracking option by names or ids; an unknown one is refused, never created."""
        for category in self.tracking:
            if category["Status"] != "ACTIVE" or not _names(
                reference, category, ("TrackingCategoryID", "TrackingCategoryID"), ("Name", "Name")
            ):
                continue
            for option in category["Options"]:
                if option["Status"] == "ACTIVE" and _names(
                    reference, option, ("TrackingOptionID", "TrackingOptionID"), ("Option", "Name")
                ):
                    return {
                        "Name": category["Name"],
                        "Option": option["Name"],
                        "TrackingCategoryID": category["TrackingCategoryID"],
                        "TrackingOptionID": option["TrackingOptionID"],
                    }
        category_name = reference.get("Name") or reference.get("TrackingCategoryID", "")
        option_name = reference.get("Option") or reference.get("TrackingOptionID", "")
        raise Invalid(
            f"The tracking option '{option_name}' of category '{category_name}' could not be found"
        )

    # Looking in from outside

    def trial_balance(
        self, by: Sequence[Aspect] = ("account",), *, currency: bool = False
    ) -> dict[str | tuple[str, ...], Decimal]:
        """Sum the ledger by account, month or tracking; debits positive, all of it always zero."""
        with self.lock:
            return self.ledger.trial_balance(by, currency=currency)

    def documents(self) -> dict[str, dict[str, int]]:
        """Count the documents of each kind by status."""
        with self.lock:
            return {
                name: dict(Counter(each["Status"] for each in register))
                for name, register in (
                    ("Invoices", self.invoices),
                    ("CreditNotes", self.credit_notes),
                    ("Payments", self.payments),
                    ("ManualJournals", self.manual_journals),
                    ("BankTransactions", self.bank_transactions),
                    ("BankTransfers", self.bank_transfers),
                )
            }

    def reconcile(self, bank_transaction_id: str) -> None:
        """Mark a bank transaction reconciled, as its owner does in Xero's own pages."""
        with self.lock:
            document = self.bank_transactions.get(bank_transaction_id)
            if document is None:
                raise LookupError(f"no bank transaction {bank_transaction_id}")
            self.save(self.bank_transactions, document | {"IsReconciled": True})


def _names(reference: Document, thing: Document, *fields: tuple[str, str]) -> bool:
    """Tell whether a reference names a thing: by its first field if given, else by the second."""
    for ours, theirs in fields:
        if ours in reference:
            return bool(str(reference[ours]).lower() == thing[theirs].lower())
    return False
