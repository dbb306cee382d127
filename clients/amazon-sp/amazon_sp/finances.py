"""Finances APIs: v0 for the groups that are settlements, 2024-06-19 for what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amazon_sp.paging import pages
from amazon_sp.session import Session

PATH = "/finances/v0/financialEventGroups"
TRANSACTIONS = "/finances/2024-06-19/transactions"
PAGE = 100
# How long the tokens of these two live is documented nowhere; a listing is never this slow.
TOKEN_LIFE = 3600


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
    for payload in _payloads(session, PATH, asked, "NextToken"):
        yield from payload.get("FinancialEventGroupList") or []


def transactions(session: Session, criteria: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Give every page of transactions; some are empty.

    criteria: the operation's own parameters. `postedAfter` and `postedBefore` at most 180 days
    apart, else Amazon answers nothing and says nothing; or `relatedIdentifierName`
    (FINANCIAL_EVENT_GROUP_ID, ORDER_ID) with its value, and no dates. Raises TokenExpired when
    the listing has to begin again.
    """
    for payload in _payloads(session, TRANSACTIONS, criteria, "nextToken"):
        yield list(payload.get("transactions") or [])


def _payloads(
    session: Session, path: str, asked: dict[str, str], token_name: str
) -> Iterator[dict[str, Any]]:
    """Give the payload of every page; later pages repeat all arguments beside the token."""
    for body in pages(
        session,
        path,
        asked,
        lambda token: {**asked, token_name: token},
        lambda body: (body.get("payload") or {}).get(token_name),
        TOKEN_LIFE,
    ):
        yield dict(body.get("payload") or {})
