"""Orders API v0, for sellers whom the 2026-01-01 version refuses: orders, then each one's items.

Amazon removes it on 27 March 2027. An order's items take a call of their own (0.5 a second).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from amazon_sp.errors import Refused
from amazon_sp.orders import Page
from amazon_sp.paging import TokenExpired, pages
from amazon_sp.session import Session

PATH = "/orders/v0/orders"
PAGE = 100
_RESTARTS = 3


def search(
    session: Session, marketplace_ids: Sequence[str], since: str, until: str | None = None
) -> Iterator[Page]:
    """Give every page of the orders updated from one instant to another, both included.

    At most 50 marketplaces. A later page needs its token and the marketplaces; the token overrides
    all else. Raises TokenExpired when the search must begin anew.
    """
    places = {"MarketplaceIds": ",".join(marketplace_ids)}
    asked = {**places, "LastUpdatedAfter": since, "MaxResultsPerPage": str(PAGE)}
    if until:
        asked["LastUpdatedBefore"] = until
    for body in pages(
        session,
        PATH,
        asked,
        lambda token: {**places, "NextToken": token},
        lambda body: _payload(body).get("NextToken"),
    ):
        payload = _payload(body)
        found = payload.get("Orders")
        if not isinstance(found, list):
            raise Refused("Amazon answered getOrders without a list of orders; run again later")
        yield Page(found, payload.get("LastUpdatedBefore"))


def items(session: Session, order_id: str) -> list[dict[str, Any]]:
    """Give all items of an order, page after page, each once."""
    path = f"{PATH}/{quote(order_id, safe='')}/orderItems"
    lost: TokenExpired | None = None
    for _ in range(_RESTARTS):
        found: list[dict[str, Any]] = []
        try:
            for body in pages(
                session,
                path,
                {},
                lambda token: {"NextToken": token},
                lambda body: _payload(body).get("NextToken"),
            ):
                found += _payload(body).get("OrderItems") or []
        except TokenExpired as expired:
            lost = expired
        else:
            return found
    raise Refused(
        f"Amazon's page tokens for the items of order {order_id} lead nowhere; run again later"
    ) from lost


def _payload(body: dict[str, Any]) -> dict[str, Any]:
    payload = body.get("payload")
    return payload if isinstance(payload, dict) else {}
