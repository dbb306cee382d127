"""Reports API 2021-06-30: which reports Amazon has made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from amazon_sp.errors import Refused
from amazon_sp.paging import TokenExpired, pages
from amazon_sp.session import Session

PATH = "/reports/2021-06-30/reports"
PAGE = 100
SETTLEMENTS = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
UNFINISHED = frozenset({"IN_QUEUE", "IN_PROGRESS"})
_RESTARTS = 3


def listed(
    session: Session, report_type: str, since: str, until: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give every report of a type made since an instant (ISO 8601, at most 90 days ago), once."""
    asked = {"reportTypes": report_type, "pageSize": str(PAGE), "createdSince": since}
    if until:
        asked["createdUntil"] = until
    given = set[str]()
    lost: TokenExpired | None = None
    for _ in range(_RESTARTS):
        try:
            # "NextToken cannot be specified with other input parameters."
            for body in pages(
                session,
                PATH,
                asked,
                lambda token: {"nextToken": token},
                lambda body: body.get("nextToken"),
            ):
                for report in body.get("reports") or []:
                    if report["reportId"] not in given:
                        given.add(report["reportId"])
                        yield report
        except TokenExpired as expired:
            lost = expired
        else:
            return
    raise Refused("Amazon's page tokens for its reports lead nowhere; run again later") from lost


def one(session: Session, report_id: str) -> dict[str, Any]:
    """Give one report as Amazon lists it; raise NotFound when it is kept no longer."""
    return session.read(f"{PATH}/{quote(report_id, safe='')}")
