"""Lists: filters, sorting and pages of an endpoint's documents.

A list without `page` holds everything, but leaves lines out; a page has at most 1,000 documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from simulators.wsgi import Request, Response
from simulators.xero.endpoints import Endpoint
from simulators.xero.errors import BadQuery, BadRequest, NotImitated, Refusal
from simulators.xero.organisation import Organisation
from simulators.xero.query import parse_order, parse_where
from simulators.xero.values import Document, is_guid

LARGEST_PAGE = 1000
_LONGEST_QUERY = 2048
_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_ARCHIVED = {"Contacts": "ContactStatus", "TrackingCategories": "Status"}
_LEFT_OUT_OF_SUMMARY = ("LineItems", "Payments", "CreditNotes", "Prepayments", "Overpayments")


def asked(request: Request, name: str, default: str = "") -> str:
    """Give a query parameter, whatever the case of its name."""
    for known, values in request.query.items():
        if known.lower() == name.lower():
            return values[0]
    return default


def whole(request: Request, name: str, default: int) -> int:
    """Give a query parameter that is a whole number from 1."""
    text = asked(request, name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BadQuery(f"'{text}' is not a valid value for {name}")
    return int(text)


def listed(
    org: Organisation, endpoint: Endpoint, request: Request
) -> tuple[list[Document], Document, bool]:
    """Select the documents of a list; the pagination object; and whether lines are left out."""
    if len(request.target.partition("?")[2]) > _LONGEST_QUERY:
        raise Refusal(Response(414, "The request URL is too long."))
    if asked(request, "createdByMyApp"):
        raise NotImitated("createdByMyApp")
    documents: Iterable[Document] = endpoint.register(org)
    for keep in _filters(endpoint, request):
        documents = filter(keep, documents)
    found = list(documents)
    order = asked(request, "order")
    if order:
        found = parse_order(order, endpoint.fields)(found)
    paged = endpoint.paged and bool(asked(request, "page") or asked(request, "pageSize"))
    if not paged:
        return found, {}, True
    if endpoint.name == "ManualJournals" and order.lower().startswith("updateddateutc"):
        # Xero loses the page with this order and gives all of them (singer-io/tap-xero, 104).
        return found, {}, False
    return *_page(found, request), False


def without_details(endpoint: Endpoint, request: Request, document: Document) -> Document:
    """Leave out what a list without `page`, or a summary, does not carry."""
    if asked(request, "summaryOnly").lower() == "true":
        return {k: v for k, v in document.items() if k not in _LEFT_OUT_OF_SUMMARY}
    return document | {name: [] for name in endpoint.light}


def _page(found: list[Document], request: Request) -> tuple[list[Document], Document]:
    page = whole(request, "page", 1)
    size = whole(request, "pageSize", 100)
    if size > LARGEST_PAGE:
        raise BadQuery(f"pageSize cannot be more than {LARGEST_PAGE}")
    pagination = {
        "page": page,
        "pageSize": size,
        "pageCount": -(-len(found) // size),
        "itemCount": len(found),
    }
    return found[(page - 1) * size : page * size], pagination


def _filters(endpoint: Endpoint, request: Request) -> list[Callable[[Document], bool]]:
    filters: list[Callable[[Document], bool]] = []
    for parameter, field, of in (
        ("IDs", endpoint.id_field, ("Invoices", "Contacts")),
        ("InvoiceNumbers", "InvoiceNumber", ("Invoices",)),
        ("Statuses", "Status", ("Invoices",)),
        ("ContactIDs", "Contact.ContactID", ("Invoices",)),
    ):
        text = asked(request, parameter)
        if text and endpoint.name in of:
            filters.append(_one_of(parameter, field, text))
    archived = _ARCHIVED.get(endpoint.name)
    if archived and asked(request, "includeArchived").lower() != "true":
        filters.append(lambda each: each[archived] != "ARCHIVED")
    if endpoint.name == "BankTransfers" and asked(request, "includeDeleted").lower() != "true":
        filters.append(lambda each: each["Status"] != "DELETED")
    if text := asked(request, "searchTerm"):
        filters.append(lambda each: text.lower() in _searched(each))
    since = request.headers.get("If-Modified-Since")
    if since and endpoint.dated:
        moment = _instant(since)
        filters.append(lambda each: each["UpdatedDateUTC"] >= moment)
    if where := asked(request, "where"):
        filters.append(parse_where(where, endpoint.fields))
    return filters


def _one_of(parameter: str, field: str, text: str) -> Callable[[Document], bool]:
    wanted = {each.strip().lower() for each in text.split(",")}
    if parameter.endswith("IDs") and not all(map(is_guid, wanted)):
        raise BadQuery(f"{parameter} must be Guids, separated by commas")
    outer, _, inner = field.partition(".")

    def keeps(document: Document) -> bool:
        value: Any = document[outer]
        return str(value[inner] if inner else value).lower() in wanted

    return keeps


def _searched(document: Document) -> str:
    contact = document.get("Contact", {})
    parts = [contact.get("Name"), *(document.get(name) for name in _SEARCHED)]
    return "\n".join(str(each) for each in parts if each).lower()


_SEARCHED = ("InvoiceNumber", "Reference", "Name", "FirstName", "LastName", "EmailAddress")


def _instant(text: str) -> datetime:
    if not _SINCE.match(text):
        raise BadRequest(f"If-Modified-Since '{text}' is not yyyy-mm-ddThh:mm:ss")
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
