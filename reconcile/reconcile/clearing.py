"""The clearing accounts: what Xero says is on each, and what explains it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from books import Books
from reconcile.ledger import Chart, transactions
from reconcile.settlements import ZERO, Settlement
from xero_api import AccessDenied, Session, readback, reads


@dataclass(frozen=True)
class ClearingBalance:
    """The balance of one clearing account in Xero beside what explains it, debits positive.

    ours: what the documents of these books leave on it; waiting: what documents that wait will put
    there. actual is None where the connection may not read the trial balance, or where the account
    is in another currency than the reports.
    """

    account: str
    name: str
    ours: Decimal
    waiting: Decimal
    reasons: tuple[str, ...]
    actual: Decimal | None

    @property
    def others(self) -> Decimal | None:
        """What no document of these books put there."""
        return None if self.actual is None else self.actual - self.ours

    @property
    def unexplained(self) -> Decimal:
        """What our own documents leave there although nothing waits."""
        return self.ours + self.waiting


def clearing(
    session: Session, books: Books, tenant: str, found: Iterable[Settlement], today: date
) -> list[ClearingBalance]:
    """Explain the balance of each clearing account that journals and payments name.

    Raises Unread where the books lack Xero's figures.
    """
    marketplaces = _accounts(books, tenant)
    chart = books.chart(tenant)
    names = Chart(chart)
    ours, foreign = _ours(books, tenant, _base_currency(session))
    try:
        actual = readback.trial_balance(session, today)
    except AccessDenied:
        actual = None
    settlements = list(found)
    balances = []
    for code, markets in sorted(marketplaces.items()):
        account = names.find(code)
        waiting = [
            each
            for each in settlements
            if each.marketplace in markets and each.posting == "orders" and _waits(each)
        ]
        balance = None
        if actual is not None and account is not None and code not in foreign:
            balance = actual.get(account.account_id, ZERO)
        balances.append(
            ClearingBalance(
                account=code,
                name=account.name if account else "",
                ours=ours.get(code, ZERO),
                waiting=sum((_waits(each) for each in waiting), ZERO),
                reasons=tuple(f"settlement {each.settlement_id} waits" for each in waiting),
                actual=balance,
            )
        )
    return balances


def _waits(settlement: Settlement) -> Decimal:
    """What a settlement that is partly posted still owes its clearing account."""
    return ZERO if settlement.proof["status"] == "held" else settlement.waits


def _accounts(books: Books, tenant: str) -> dict[str, set[str]]:
    """Find the clearing accounts, and the marketplaces whose documents name each."""
    found: dict[str, set[str]] = {}
    for stream, name in (("journals", "clearing_account"), ("payments", "account")):
        for posting in books.postings(tenant, stream=stream):
            document = json.loads(posting.document)
            if code := document.get(name):
                market = (document.get("source") or {}).get("marketplace")
                found.setdefault(str(code), set()).add(str(market or ""))
    return found


def _ours(books: Books, tenant: str, base: str) -> tuple[dict[str, Decimal], set[str]]:
    """Sum what our documents leave on each account, and name those in another currency."""
    sums: dict[str, Decimal] = {}
    foreign: set[str] = set()
    for transaction in transactions(books, tenant):
        for entry in transaction.entries:
            sums[entry.account] = sums.get(entry.account, ZERO) + entry.amount
            if entry.currency != base:
                foreign.add(entry.account)
    return sums, foreign


def _base_currency(session: Session) -> str:
    return str(reads.organisation(session).get("BaseCurrency") or "")
