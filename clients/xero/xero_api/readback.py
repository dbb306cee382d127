"""Reading documents back: what changed since, and the balances that Xero itself reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from xero_api.errors import NotFound
from xero_api.reads import Element, between, listed, pages
from xero_api.session import Session


def one(session: Session, resource: str, identity: str) -> Element | None:
    """One document of any resource; None when it is not there."""
    try:
        found = listed(session.read(f"{resource}/{identity}"), resource)
    except NotFound:
        return None
    return found[0] if found else None


def changed(
    session: Session, resource: str, since: datetime | None, first: date, last: date
) -> Iterator[Element]:
    """Documents of a resource, deleted ones too: what changed since, else those of a window.

    A person may have moved a document out of the window, so the two are not asked for together.
    By pages of 1,000 with their lines; bank transfers are not paged.
    """
    params: dict[str, str | int] = {} if since else {"where": between(first, last)}
    if resource == "BankTransfers":
        params["includeDeleted"] = "true"
        found = (
            session.read_changed(resource, params, since)
            if since
            else session.read(resource, params)
        )
        return iter(listed(found, resource))
    return pages(session, resource, params, since)


def trial_balance(session: Session, day: date) -> dict[str, Decimal]:
    """Balances at the end of a day by account id, in base currency, debits positive.

    Needs the scope accounting.reports.trialbalance.read, or the older accounting.reports.read.
    """
    answer = session.read("Reports/TrialBalance", {"date": day.isoformat()})
    found: dict[str, Decimal] = {}
    for report in listed(answer, "Reports"):
        for section in report.get("Rows") or ():
            for row in section.get("Rows") or ():
                cells = row.get("Cells") or ()
                account = _account_of(cells)
                if row.get("RowType") == "Row" and account:
                    debit, credit = (_figure(cell) for cell in cells[-2:])
                    found[account] = debit - credit
    return found


def _account_of(cells: Sequence[Element]) -> str:
    for attribute in (cells[0].get("Attributes") or ()) if cells else ():
        if attribute.get("Id") == "account":
            return str(attribute.get("Value") or "")
    return ""


def _figure(cell: Element) -> Decimal:
    return Decimal(str(cell.get("Value") or "0").replace(",", ""))
