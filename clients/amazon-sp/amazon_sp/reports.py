"""Reports API 2021-06-30: which reports Amazon has made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from amazon_sp.session import Session

PATH = "/reports/2021-06-30/reports"
PAGE = 100
SETTLEMENTS = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"


def listed(
    session: Session, report_type: str, since: str, until: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give every report of a type made since an instant (ISO 8601, at most 90 days ago)."""
    asked = {"reportTypes": report_type, "pageSize": str(PAGE), "createdSince": since}
    if until:
        asked["createdUntil"] = until
    while True:
        body = session.read(PATH, asked)
        yield from body.get("reports") or []
        token = body.get("nextToken")
        if not token:
            return
        # "NextToken cannot be specified with other input parameters."
        asked = {"nextToken": token}


def one(session: Session, report_id: str) -> dict[str, Any]:
    """Give one report as Amazon lists it; raise NotFound when it is kept no longer."""
    return session.read(f"{PATH}/{quote(report_id, safe='')}")
