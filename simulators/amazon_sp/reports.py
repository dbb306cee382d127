"""Reports API 2021-06-30: reports are listed and fetched, whether they came or were asked for.

Settlement reports come by themselves; the others are made in `requested`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from simulators.amazon_sp import instants, order_report, requested
from simulators.amazon_sp.documents import presigned
from simulators.amazon_sp.errors import denied, invalid_input, not_found
from simulators.amazon_sp.flatfile import REPORT_TYPE
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller
from simulators.wsgi import Request

KEPT = timedelta(days=90)
ORDERS_KEPT = timedelta(days=30)

LIST_PARAMETERS = {
    *("reportTypes", "processingStatuses", "marketplaceIds", "pageSize"),
    *("createdSince", "createdUntil", "nextToken"),
}
DOCUMENT_PARAMETERS = {"enableContentEncodingUrlHeader"}

_SETTLEMENT_ROLE = "Finance and Accounting"
_STATUSES = {"CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"}
_SETTLEMENT_TYPES = {
    REPORT_TYPE,
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE",
    "GET_V2_SETTLEMENT_REPORT_DATA_XML",
}
_REPORT_ID = re.compile(r"\d{4,20}")
_DOCUMENT_ID = re.compile(r"amzn1\.spdoc\.[\w.\-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def get_reports(seller: Seller, query: Query) -> Record:
    """Answer getReports, newest first; a next token goes alone."""
    requested.progress(seller)
    if "nextToken" in query:
        return _next_page(seller, query)
    if "reportTypes" not in query:
        raise invalid_input("Invalid Input", "Either reportTypes or nextToken is required.")
    types = query.listed("reportTypes", most=10)
    statuses = query.listed("processingStatuses", known=_STATUSES)
    marketplaces = query.listed("marketplaceIds", most=10)
    size = query.whole("pageSize", default=10, low=1, high=100)
    since, until = _window(seller, query)
    for report_type in types:
        _check_role(seller, report_type)
    found = [
        report["reportId"]
        for report in _newest_first(seller)
        if report["reportType"] in types
        and (not statuses or report["processingStatus"] in statuses)
        and _sold_in(report, marketplaces)
        and since <= instants.read(report["createdTime"]) <= until
    ]
    return _page(seller, found, size)


def _window(seller: Seller, query: Query) -> tuple[datetime, datetime]:
    now = seller.clock.now()
    since = query.instant("createdSince") or now - KEPT
    if since < now - KEPT:
        raise invalid_input(
            "Invalid Input", "createdSince must be within the last 90 days of the request."
        )
    until = query.instant("createdUntil") or now
    if until < since:
        raise invalid_input("Invalid Input", "createdUntil must not be before createdSince.")
    return since, until


def _newest_first(seller: Seller) -> list[Record]:
    return sorted(
        seller.reports.values(),
        key=lambda report: instants.read(report["createdTime"]),
        reverse=True,
    )


def _sold_in(report: Record, marketplaces: list[str]) -> bool:
    """Filter by marketplace; a settlement report is the account's, so the filter does nothing."""
    if not marketplaces or report["reportType"] in _SETTLEMENT_TYPES:
        return True
    return bool(set(marketplaces) & set(report.get("marketplaceIds", [])))


def _next_page(seller: Seller, query: Query) -> Record:
    if query.names() != {"nextToken"}:
        raise invalid_input("NextToken cannot be specified with other input parameters")
    place = seller.pages.redeem("getReports", query.text("nextToken"))
    if place is None:
        raise invalid_input("Invalid Input", "nextToken is not valid or has expired.")
    found, size = place.position
    return _page(seller, found, size)


def _page(seller: Seller, found: list[str], size: int) -> Record:
    answer: Record = {"reports": [seller.reports[report_id] for report_id in found[:size]]}
    if len(found) > size:
        answer["nextToken"] = seller.pages.issue("getReports", {}, (found[size:], size))
    return answer


def get_report(seller: Seller, _: Query, report_id: str) -> Record:
    """Answer getReport: 404 for one that is not there or over 90 days old."""
    requested.progress(seller)
    report = seller.reports.get(report_id)
    if report is None and not _REPORT_ID.fullmatch(report_id):
        raise invalid_input("Invalid Input", f"{report_id} is not a report id.")
    if report is None or not _kept(seller, report):
        raise not_found(f"Report {report_id} was not found.")
    _check_role(seller, report["reportType"])
    return report


def get_report_document(
    seller: Seller, query: Query, document_id: str, *, request: Request
) -> Record:
    """Answer getReportDocument: where the document lies for the next five minutes."""
    inflate = query.flag("enableContentEncodingUrlHeader")
    document = seller.documents.get(document_id)
    if document is None and not _DOCUMENT_ID.fullmatch(document_id):
        raise invalid_input("Invalid Input", f"{document_id} is not a report document id.")
    if document is None:
        raise not_found(f"Report document {document_id} was not found.")
    for report in seller.reports.values():
        if report.get("reportDocumentId") == document_id:
            if not _kept(seller, report):
                raise not_found(f"Report document {document_id} was not found.")
            _check_role(seller, report["reportType"])
    answer: Record = {
        "reportDocumentId": document_id,
        "url": presigned(seller, document_id, request, content_encoding=inflate),
    }
    if document.compressed:
        answer["compressionAlgorithm"] = "GZIP"
    return answer


def _kept(seller: Seller, report: Record) -> bool:
    """Tell whether a report is still there: 90 days, order reports 30."""
    kept = ORDERS_KEPT if report["reportType"] == order_report.REPORT_TYPE else KEPT
    return instants.read(report["createdTime"]) >= seller.clock.now() - kept


def _check_role(seller: Seller, report_type: str) -> None:
    kind = requested.KINDS.get(report_type)
    role = _SETTLEMENT_ROLE if report_type in _SETTLEMENT_TYPES else kind and kind.role
    if role and role not in seller.roles:
        raise denied()
