"""Reports made on request: createReport, the time it takes, and the ways in which it ends.

    IN_QUEUE, 5 s -> IN_PROGRESS -> DONE, with a document        at Amazon one to several minutes
                                 -> CANCELLED: no data, or one of the kind came shortly before
                                 -> FATAL, with or without a document that gives the reason

Which reports may be asked for how often, Amazon tells nowhere; sellers find out by CANCELLED.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.amazon_sp import flatfile, instants, listings, order_report
from simulators.amazon_sp.errors import denied, invalid_input
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller, Spoiled
from simulators.amazon_sp.stored import Document
from simulators.wsgi import Request

QUEUED = timedelta(seconds=5)
# "Date range exceeded. Report can be requested only upto 30 days": selling-partner-api-models 2591
WIDEST = timedelta(days=30)

_SETTLEMENT_TYPES = {
    flatfile.REPORT_TYPE,
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE",
    "GET_V2_SETTLEMENT_REPORT_DATA_XML",
}
_MOST_MARKETPLACES = 25
_SPECIFICATION = {"reportType", "marketplaceIds", "dataStartTime", "dataEndTime", "reportOptions"}


@dataclass(frozen=True)
class Kind:
    """A report type that can be asked for: its role, its text, how far apart it is made anew.

    limited: no wider than 30 days. apart: zero for the "All Orders" reports, which are exempt.
    """

    role: str
    text: Callable[[Seller, Record], str]
    limited: bool = False
    apart: timedelta = timedelta(0)


KINDS = {
    order_report.REPORT_TYPE: Kind("Inventory and Order Tracking", order_report.text, limited=True),
    listings.REPORT_TYPE: Kind("Product Listing", listings.text, apart=timedelta(minutes=30)),
}


def create_report(seller: Seller, _: Query, *, request: Request) -> Record:
    """Answer createReport (202): the id of a report that is now in the queue.

    Settlement reports cannot be asked for (report type 1118).
    """
    body = _specification(request)
    report_type = body["reportType"]
    if report_type in _SETTLEMENT_TYPES:
        if "Finance and Accounting" not in seller.roles:
            raise denied()
        raise invalid_input("Request for report type 1118 is not allowed at this time")
    kind = KINDS.get(report_type)
    if kind is None:
        raise invalid_input("Invalid Input", f"Report type {report_type} cannot be requested.")
    if kind.role not in seller.roles:
        raise denied()
    report = _queued(seller, body)
    seller.add_report(report)
    seller.making[report["reportId"]] = seller.spoiled.pop(0) if seller.spoiled else None
    return {"reportId": report["reportId"]}


def _specification(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise invalid_input("Invalid Input", "The body is not JSON.") from None
    if not isinstance(body, dict) or body.keys() - _SPECIFICATION:
        raise invalid_input("Invalid Input", "The body is not a report specification.")
    marketplaces = body.get("marketplaceIds")
    if not isinstance(body.get("reportType"), str):
        raise invalid_input("Invalid Input", "reportType is required.")
    if not isinstance(marketplaces, list) or not 1 <= len(marketplaces) <= _MOST_MARKETPLACES:
        raise invalid_input("Invalid Input", "marketplaceIds takes 1 to 25 marketplaces.")
    return body


def _queued(seller: Seller, body: dict[str, Any]) -> Record:
    now = seller.clock.now()
    start, end = (_bound(body, name, now) for name in ("dataStartTime", "dataEndTime"))
    if end < start:
        raise invalid_input("Invalid Input", "dataEndTime must not be before dataStartTime.")
    return {
        "reportId": str(700000000000 + len(seller.making)),
        "reportType": body["reportType"],
        "dataStartTime": instants.written(start),
        "dataEndTime": instants.written(end),
        "createdTime": instants.written(now),
        "processingStatus": "IN_QUEUE",
        "marketplaceIds": body["marketplaceIds"],
    }


def _bound(body: dict[str, Any], name: str, now: datetime) -> datetime:
    """Read a bound; the default is now, and nothing may lie in the future."""
    try:
        at = instants.read(body[name]) if name in body else now
    except (TypeError, ValueError):
        raise invalid_input("Invalid Input", f"{name} must be an ISO 8601 instant.") from None
    if at > now:
        raise invalid_input("Invalid Input", f"{name} must not be in the future.")
    return at


def progress(seller: Seller) -> None:
    """Bring every requested report to where it is by now."""
    now, queued = seller.clock.now(), min(QUEUED, seller.report_time)
    for report_id, spoiled in list(seller.making.items()):
        report = seller.reports[report_id]
        created = instants.read(report["createdTime"])
        if report["processingStatus"] in {"DONE", "CANCELLED", "FATAL"} or now < created + queued:
            continue
        report["processingStartTime"] = instants.written(created + queued)
        if now < created + seller.report_time:
            report["processingStatus"] = "IN_PROGRESS"
            continue
        report["processingEndTime"] = instants.written(created + seller.report_time)
        _finish(seller, report, spoiled)


def _finish(seller: Seller, report: Record, spoiled: Spoiled | None) -> None:
    kind = KINDS[report["reportType"]]
    start, end = (instants.read(report[name]) for name in ("dataStartTime", "dataEndTime"))
    if spoiled is None and kind.limited and end - start > WIDEST:
        spoiled = Spoiled("FATAL", "Date range exceeded. Report can be requested only upto 30 days")
    if spoiled is None and _too_soon(seller, report, kind.apart):
        spoiled = Spoiled("CANCELLED")
    text = kind.text(seller, report) if spoiled is None else spoiled.reason
    if spoiled is None and text.count("\n") < 2:  # noqa: PLR2004 - a header and nothing else
        spoiled = Spoiled("CANCELLED")
    report["processingStatus"] = spoiled.status if spoiled else "DONE"
    if text and (spoiled is None or spoiled.reason):
        _deliver(seller, report, text)


def _too_soon(seller: Seller, report: Record, apart: timedelta) -> bool:
    """Tell whether one of the same kind and marketplaces was asked for shortly before."""
    created = instants.read(report["createdTime"])
    return any(
        other["reportType"] == report["reportType"]
        and other["marketplaceIds"] == report["marketplaceIds"]
        and other["reportId"] != report["reportId"]
        and timedelta(0) <= created - instants.read(other["createdTime"]) < apart
        for other in seller.reports.values()
    )


def _deliver(seller: Seller, report: Record, text: str) -> None:
    """Store a report's document: cp1252 and GZIP, as Amazon serves Europe."""
    document_id = f"amzn1.spdoc.1.4.eu.{report['reportId']}.R1"
    content = flatfile.compress(text.encode("cp1252", "replace"))
    kind = "text/plain; charset=Cp1252"
    seller.add_document(Document(document_id, content, compressed=True, content_type=kind))
    report["reportDocumentId"] = document_id
