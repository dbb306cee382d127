"""The trial balance as Xero reports it: rows of cells, accounts by section, debits and credits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from simulators.wsgi import Request
from simulators.xero.documents import label
from simulators.xero.errors import BadQuery
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money

SCOPES = ("accounting.reports.read", "accounting.reports.trialbalance")
_SECTIONS = {
    "REVENUE": "Revenue",
    "EXPENSE": "Expenses",
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
}
_ZERO = Decimal("0.00")


def trial_balance(org: Organisation, request: Request) -> Document:
    """Answer GET /Reports/TrialBalance: balances at the end of a day, today unless `date` is given.

    The demo's year began before its first document, so the month and the year columns are the same.
    """
    day = _day(org, request.arg("date"))
    balances = _balances(org, day)
    rows: list[Document] = [_header()]
    for account_class, title in _SECTIONS.items():
        found = [
            _row(account, balances[label(account)])
            for account in org.accounts
            if account["Class"] == account_class and balances.get(label(account))
        ]
        if found:
            rows.append({"RowType": "Section", "Title": title, "Rows": found})
    debits = sum((each for each in balances.values() if each > 0), _ZERO)
    total = [{"Value": "Total"}, *({"Value": f"{debits:.2f}"} for _ in range(4))]
    rows.append({"RowType": "Section", "Title": "", "Rows": [_total(total)]})
    report = {
        "ReportName": "Trial Balance",
        "ReportType": "TrialBalance",
        "ReportTitles": ["Trial Balance", org.name, f"As at {day:%-d %B %Y}"],
        "ReportDate": f"{day:%-d %B %Y}",
        "UpdatedDateUTC": org.clock.now(),
        "Fields": [],
        "Rows": rows,
    }
    return {"Reports": [report]}


def _day(org: Organisation, text: str) -> date:
    if not text:
        return org.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(f"'{text}' is not a valid value for date") from error


def _balances(org: Organisation, day: date) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in org.ledger:
        if entry.date <= day:
            sums[entry.account] = sums.get(entry.account, _ZERO) + entry.base
    return {account: money(total) for account, total in sums.items()}


def _header() -> Document:
    names = ("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")
    return {"RowType": "Header", "Cells": [{"Value": name} for name in names]}


def _total(cells: list[Document]) -> Document:
    return {"RowType": "SummaryRow", "Cells": cells}


def _row(account: Document, balance: Decimal) -> Document:
    code = account.get("Code")
    name = f"{account['Name']} ({code})" if code else account["Name"]
    debit, credit = (balance, _ZERO) if balance > 0 else (_ZERO, -balance)
    figures = [f"{each:.2f}" if each else "" for each in (debit, credit)]
    attributes = [{"Value": account["AccountID"], "Id": "account"}]
    cells = [{"Value": text, "Attributes": attributes} for text in (name, *figures, *figures)]
    return {"RowType": "Row", "Cells": cells}
