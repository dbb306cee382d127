"""The posted documents as double entries, each from what Xero itself said of it.

Xero derives the tax of a line and rounds it its own way, so nothing is computed here: net and tax
come from Xero's answers. Amounts are in each document's own currency, debits positive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from books import Account, Books, Posting, Reading, State

ZERO = Decimal("0.00")
# Contacts, items and allocations move nothing between accounts.
_STREAMS = frozenset(
    {
        "invoices",
        "credit_notes",
        "payments",
        "refunds",
        "journals",
        "bank_transactions",
        "bank_transfers",
    }
)
_WITHOUT_EFFECT = frozenset({"DRAFT", "SUBMITTED", "VOIDED", "DELETED"})
# The control account of a document, and +1 where the document debits it.
_DOCUMENTS = {
    "ACCREC": ("DEBTORS", 1),
    "ACCRECCREDIT": ("DEBTORS", -1),
    "ACCPAY": ("CREDITORS", -1),
    "ACCPAYCREDIT": ("CREDITORS", 1),
}
# The control account of a payment, and +1 where the payment debits its bank or clearing account.
_PAYMENTS = {
    "ACCRECPAYMENT": ("DEBTORS", 1),
    "ARCREDITPAYMENT": ("DEBTORS", -1),
    "ACCPAYPAYMENT": ("CREDITORS", -1),
    "APCREDITPAYMENT": ("CREDITORS", 1),
}
_AT_THE_BANK = {"RECEIVE": 1, "SPEND": -1}
_TAX = "GST"
_NAMES = {"DEBTORS": "Accounts Receivable", "CREDITORS": "Accounts Payable", _TAX: "Tax"}


class Unread(Exception):
    """Documents of which the books do not know what Xero made of them."""

    def __init__(self, document_ids: Iterable[str]) -> None:
        self.document_ids = tuple(document_ids)
        first, *others = self.document_ids
        more = f" and {len(others)} more" if others else ""
        super().__init__(
            f"Xero's own figures of {first}{more} are not in the books: "
            "run `meltano invoke reconcile:verify` first"
        )


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, debit positive."""

    account: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Transaction:
    """One document in the ledger; its entries add up to zero."""

    document_id: str
    stream: str
    vendor_id: str
    date: str
    number: str
    settlement_id: str
    order_id: str
    entries: tuple[Entry, ...]


class Chart:
    """The names of accounts, by code or id; plain codes where the chart was never read."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._by_key: dict[str, Account] = {}
        self._system: dict[str, Account] = {}
        for account in accounts:
            self._by_key[account.account_id] = account
            if account.code:
                self._by_key[account.code] = account
            if account.system_account:
                self._system[account.system_account] = account

    def label(self, key: str) -> str:
        """The account's code, or its name where it has none."""
        account = self._by_key.get(key)
        return key if account is None else account.code or account.name

    def system(self, name: str) -> str:
        """The account that Xero keeps itself: receivables, payables, tax."""
        account = self._system.get(name)
        return _NAMES[name] if account is None else account.code or account.name

    def find(self, label: str) -> Account | None:
        """The account of a label; None when the chart does not know it."""
        by_name = (each for each in self._by_key.values() if each.name == label and not each.code)
        return self._by_key.get(label) or next(by_name, None)


def transactions(books: Books, tenant: str) -> list[Transaction]:
    """Write every posted document of an organisation as double entries, oldest first.

    A journal has no currency at Xero: its posting knows. Raises Unread where the books lack
    Xero's figures of a document.
    """
    chart = Chart(books.chart(tenant))
    readings = books.readings(tenant)
    posted = _once((each for each in books.postings(tenant) if _has_entries(each)), readings.keys())
    unread = [each.document_id for each in posted if each.document_id not in readings]
    if unread:
        raise Unread(unread)
    found = [
        _transaction(each, readings[each.document_id], chart)
        for each in posted
        if readings[each.document_id].status not in _WITHOUT_EFFECT
    ]
    return sorted(found, key=lambda each: (each.date, each.document_id))


def balances(found: Iterable[Transaction]) -> dict[tuple[str, str], Decimal]:
    """Sum the entries by account and currency, leaving out what is zero."""
    sums: dict[tuple[str, str], Decimal] = {}
    for transaction in found:
        for entry in transaction.entries:
            key = (entry.account, entry.currency)
            sums[key] = sums.get(key, ZERO) + entry.amount
    return {key: total for key, total in sorted(sums.items()) if total}


def _once(postings: Iterable[Posting], read: Collection[str]) -> list[Posting]:
    """Give each document of Xero once: two of ours can name one invoice; the one read stands."""
    found: dict[str, Posting] = {}
    for posting in postings:
        before = found.get(str(posting.vendor_id))
        if before is None or before.document_id not in read:
            found[str(posting.vendor_id)] = posting
    return list(found.values())


def _has_entries(posting: Posting) -> bool:
    return (
        posting.vendor_id is not None
        and posting.stream in _STREAMS
        and posting.state is not State.INTENDED
    )


def _transaction(posting: Posting, reading: Reading, chart: Chart) -> Transaction:
    currency = reading.currency or posting.currency or ""
    entries = tuple(
        Entry(account, amount, currency)
        for account, amount in _summed(_sides(reading, chart)).items()
        if amount
    )
    rest = sum((entry.amount for entry in entries), ZERO)
    if rest:
        raise ArithmeticError(f"{posting.document_id} does not balance as Xero states it: {rest}")
    return Transaction(
        document_id=posting.document_id,
        stream=posting.stream,
        vendor_id=posting.vendor_id or "",
        date=reading.date or posting.date or "",
        number=posting.number or "",
        settlement_id=posting.settlement_id or "",
        order_id=posting.order_id or "",
        entries=entries,
    )


def _summed(sides: Iterator[tuple[str, Decimal]]) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for account, amount in sides:
        sums[account] = sums.get(account, ZERO) + amount
    return sums


def _sides(reading: Reading, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    """Give what a document debits (positive) and credits."""
    kind, total = reading.kind, reading.total
    if kind in _PAYMENTS:
        control, direction = _PAYMENTS[kind]
        yield chart.label(reading.account), direction * total
        yield chart.system(control), -direction * total
        return
    if kind == "TRANSFER":
        yield chart.label(reading.other_account), total
        yield chart.label(reading.account), -total
        return
    direction = -1  # what a journal's lines say is already debit positive
    if kind in _DOCUMENTS:
        control, direction = _DOCUMENTS[kind]
        yield chart.system(control), direction * total
    elif kind in _AT_THE_BANK:
        direction = _AT_THE_BANK[kind]
        yield chart.label(reading.account), direction * total
    elif kind != "MANUALJOURNAL":
        raise ValueError(f"{reading.document_id}: {kind} has no entries that are known")
    for line in reading.lines:
        yield chart.label(line.account), -direction * line.net
        yield chart.system(_TAX), -direction * line.tax
