"""Finances API v0: the groups of money movements, each of which is one settlement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amazon_sp.session import Session

PATH = "/finances/v0/financialEventGroups"
PAGE = 100


def event_groups(
    session: Session, since: str, until: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give the groups that opened at or after `since` and before `until`.

    ISO 8601; at most 180 days apart, else Amazon answers nothing and says nothing; both more than
    two minutes ago. A page may be empty and still have a next one.
    """
    asked = {"MaxResultsPerPage": str(PAGE), "FinancialEventGroupStartedAfter": since}
    if until:
        asked["FinancialEventGroupStartedBefore"] = until
    token: str | None = None
    while True:
        body = session.read(PATH, {**asked, "NextToken": token} if token else asked)
        payload = body.get("payload") or {}
        yield from payload.get("FinancialEventGroupList") or []
        token = payload.get("NextToken")
        if not token:
            return
