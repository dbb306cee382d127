"""The look-ups that make posting safe: find what is there before anything is created."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from xero_api.errors import NotFound, Unavailable
from xero_api.session import Session

Element = dict[str, Any]

NUMBERS_PER_CALL = 40
"""More numbers or ids make an address longer than Xero takes."""
PAGE_SIZE = 1000
_NUMBERS_PER_FILTER = 15
_NEWEST = 5


def organisation(session: Session) -> Element:
    """The organisation behind the connection: name, base currency, lock dates."""
    found = listed(session.read("Organisation"), "Organisations")
    if not found:
        raise Unavailable("GET Organisation: Xero's answer names no organisation")
    return found[0]


def accounts(session: Session) -> list[Element]:
    """The chart of accounts; Xero does not page it."""
    return listed(session.read("Accounts"), "Accounts")


def tax_rates(session: Session) -> list[Element]:
    """The tax rates, with the classes of accounts that each may be used with."""
    return listed(session.read("TaxRates"), "TaxRates")


def tracking_categories(session: Session) -> list[Element]:
    """The tracking categories in use, with their options."""
    return listed(session.read("TrackingCategories"), "TrackingCategories")


def currencies(session: Session) -> list[str]:
    """The codes of the currencies that the organisation has enabled."""
    return [str(each["Code"]) for each in listed(session.read("Currencies"), "Currencies")]


def actions(session: Session) -> dict[str, bool]:
    """The key actions that plan and user have: name -> whether it is allowed."""
    found = listed(session.read("Organisation/Actions"), "Actions")
    return {str(each.get("Name")): each.get("Status") != "NOT-ALLOWED" for each in found}


def invoices_mentioning(session: Session, term: str, since: date) -> Iterator[Element]:
    """Invoices dated on a day or later with a term in their number, reference or contact."""
    return pages(session, "Invoices", {"searchTerm": term, "where": f"Date>={_moment(since)}"})


def receipts_since(session: Session, day: date) -> Iterator[Element]:
    """Money received on a day or later."""
    where = f'Type=="RECEIVE" AND Date>={_moment(day)}'
    return pages(session, "BankTransactions", {"where": where})


def one_of(session: Session, resource: str) -> list[Element]:
    """At most one element of a resource: asks only whether it may be read."""
    return listed(session.read(resource, {"page": 1, "pageSize": 1}), resource)


def contact_by_name(session: Session, name: str) -> Element | None:
    """The contact of exactly this name; an active one rather than an archived one."""
    return _contact(session, f'Name=="{quoted(name)}"')


def contact_by_number(session: Session, number: str) -> Element | None:
    """The contact of this ContactNumber; an active one rather than an archived one."""
    return _contact(session, f'ContactNumber=="{quoted(number)}"')


def _contact(session: Session, where: str) -> Element | None:
    found = listed(
        session.read("Contacts", {"where": where, "includeArchived": "true"}), "Contacts"
    )
    return min(found, key=lambda each: each.get("ContactStatus") != "ACTIVE", default=None)


def invoices_by_number(session: Session, numbers: Iterable[str]) -> list[Element]:
    """Sales invoices (and voided ones) with these numbers, with their lines and payments.

    A number with a comma cannot stand in Xero's list and is looked up alone.
    """
    wanted = list(dict.fromkeys(numbers))
    plain = [number for number in wanted if "," not in number]
    found = _by_list(session, "InvoiceNumbers", plain)
    for number in set(wanted) - set(plain):
        found.extend(pages(session, "Invoices", {"where": f'InvoiceNumber=="{quoted(number)}"'}))
    return [invoice for invoice in found if invoice.get("Type") == "ACCREC"]


def sales_invoices_between(
    session: Session, first: date, last: date, most_calls: int
) -> list[Element] | None:
    """Sales invoices dated in a window, or None where they take more calls than that.

    Both days are included. Costs one call where it gives None.
    """
    params: dict[str, str | int] = {"where": f'Type=="ACCREC" AND {between(first, last)}'}
    found: list[Element] = []
    for page, pages in _paged(session, "Invoices", params):
        if pages is None or pages > most_calls:
            return None
        found.extend(page)
    return found


def invoices_by_id(session: Session, ids: Iterable[str]) -> list[Element]:
    """Invoices and bills with these ids, with their lines and payments."""
    return _by_list(session, "IDs", list(dict.fromkeys(ids)))


def bill_by_number(session: Session, number: str) -> list[Element]:
    """Bills with this InvoiceNumber: Xero lets several have the same."""
    where = f'Type=="ACCPAY" AND InvoiceNumber=="{quoted(number)}"'
    return list(pages(session, "Invoices", {"where": where}))


def payments_of(session: Session, invoice_id: str) -> list[Element]:
    """The payments of one invoice, deleted ones too."""
    where = f'Invoice.InvoiceID==guid("{invoice_id}")'
    return list(pages(session, "Payments", {"where": where}))


def payments_between(session: Session, first: date, last: date) -> Iterator[Element]:
    """Payments of any document dated in a window, both days included, deleted ones too."""
    return pages(session, "Payments", {"where": between(first, last)})


def journals_between(session: Session, first: date, last: date) -> Iterator[Element]:
    """Manual journals dated in a window, both days included, with their lines."""
    return pages(session, "ManualJournals", {"where": between(first, last)})


def journal(session: Session, journal_id: str) -> Element | None:
    """One manual journal; None when it is not there."""
    return _one(session, "ManualJournals", journal_id)


def bank_transactions_between(session: Session, first: date, last: date) -> Iterator[Element]:
    """Bank transactions of all accounts dated in a window, both days included."""
    return pages(session, "BankTransactions", {"where": between(first, last)})


def bank_transaction(session: Session, transaction_id: str) -> Element | None:
    """One bank transaction; None when it is not there."""
    return _one(session, "BankTransactions", transaction_id)


def credit_notes_by_number(session: Session, numbers: Iterable[str]) -> list[Element]:
    """Credit notes with these numbers, with their lines, refunds and allocations."""
    wanted = list(dict.fromkeys(numbers))
    found: list[Element] = []
    for start in range(0, len(wanted), _NUMBERS_PER_FILTER):
        chunk = wanted[start : start + _NUMBERS_PER_FILTER]
        where = " OR ".join(f'CreditNoteNumber=="{quoted(number)}"' for number in chunk)
        found.extend(pages(session, "CreditNotes", {"where": where}))
    return found


def credit_note(session: Session, note_id: str) -> Element | None:
    """One credit note; None when it is not there."""
    return _one(session, "CreditNotes", note_id)


def payment(session: Session, payment_id: str) -> Element | None:
    """One payment; None when it is not there."""
    return _one(session, "Payments", payment_id)


def bank_transfers_between(session: Session, first: date, last: date) -> list[Element]:
    """Bank transfers dated in a window, both days included, deleted ones too; not paged."""
    params = {"where": between(first, last), "includeDeleted": "true"}
    return listed(session.read("BankTransfers", params), "BankTransfers")


def items(session: Session) -> list[Element]:
    """The whole price list with four decimals; Xero does not page it."""
    return listed(session.read("Items", {"unitdp": 4}), "Items")


def whole(
    session: Session,
    resource: str,
    params: Mapping[str, str | int] | None = None,
    since: datetime | None = None,
) -> list[Element]:
    """A list that Xero does not page; since: only what changed at that instant or later.

    Accounts, items and bank transfers are given by change; tax rates, tracking categories and
    currencies are not.
    """
    answer = session.read_changed(resource, params or {}, since) if since else None
    return listed(session.read(resource, params) if answer is None else answer, resource)


def newest_in(session: Session, resource: str, currency: str) -> list[Element]:
    """The few newest approved invoices or bank transactions in a currency, by date; one call."""
    where = f'CurrencyCode=="{quoted(currency)}"'
    params: dict[str, str | int] = {"order": "Date DESC", "page": 1, "pageSize": _NEWEST}
    if resource == "Invoices":
        # Xero asks for this rather than OR in a filter (OpenAPI, getInvoices).
        params["Statuses"] = "AUTHORISED,PAID"
    else:
        where += ' AND Status=="AUTHORISED"'
    return listed(session.read(resource, {**params, "where": where}), resource)


def quoted(text: str) -> str:
    """Write text for the inside of a quoted filter value."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def between(first: date, last: date) -> str:
    """Filter by date, both days included."""
    return f"Date>={_moment(first)} AND Date<={_moment(last)}"


def _moment(day: date) -> str:
    return f"DateTime({day.year},{day.month},{day.day})"


def _by_list(session: Session, name: str, values: Sequence[str]) -> list[Element]:
    found: list[Element] = []
    for start in range(0, len(values), NUMBERS_PER_CALL):
        chunk = ",".join(values[start : start + NUMBERS_PER_CALL])
        found.extend(pages(session, "Invoices", {name: chunk}))
    return found


def _one(session: Session, resource: str, identity: str) -> Element | None:
    try:
        found = listed(session.read(f"{resource}/{identity}"), resource)
    except NotFound:
        return None
    return found[0] if found else None


def pages(
    session: Session,
    resource: str,
    params: dict[str, str | int],
    since: datetime | None = None,
) -> Iterator[Element]:
    """Read all pages of 1,000; since: only what changed at that instant or later."""
    for page, _ in _paged(session, resource, params, since):
        yield from page


def _paged(
    session: Session,
    resource: str,
    params: dict[str, str | int],
    since: datetime | None = None,
) -> Iterator[tuple[list[Element], int | None]]:
    """Read page after page, with the number of pages; without `page` Xero leaves the lines out.

    What a person changes meanwhile can move an element to a page that was read already: where
    Xero counts more than were seen, all are read once more, so that one may come twice.
    """
    identity = f"{resource.removesuffix('s')}ID"
    for _ in range(2):
        seen: set[str] = set()
        page = 1
        while True:
            window = {**params, "page": page, "pageSize": PAGE_SIZE}
            answer = (
                session.read_changed(resource, window, since)
                if since
                else session.read(resource, window)
            )
            found = listed(answer, resource)
            told: Element = answer.get("pagination") or {}
            pages = told.get("pageCount") if isinstance(told.get("pageCount"), int) else None
            yield found, pages
            seen.update(str(each.get(identity)) for each in found)
            if len(found) < PAGE_SIZE if pages is None else page >= pages:
                break
            page += 1
        if page == 1 or len(seen) >= int(told.get("itemCount") or 0):
            return
    raise Unavailable(f"GET {resource}: its pages change faster than they can be read; run again")


def listed(answer: dict[str, Any], name: str) -> list[Element]:
    """Give the elements of an answer."""
    found = answer.get(name) or []
    return [each for each in found if isinstance(each, dict)]
