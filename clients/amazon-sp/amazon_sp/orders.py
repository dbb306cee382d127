"""Orders API 2026-01-01: orders with their items, a hundred a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from amazon_sp.errors import Refused
from amazon_sp.paging import TokenExpired, pages
from amazon_sp.session import Session

__all__ = ["PAGE", "PATH", "REFUSED_FOR_SELLER", "Page", "TokenExpired", "one", "search"]

PATH = "/orders/2026-01-01/orders"
PAGE = 100
# What some sellers get on searchOrders whatever is asked for, while v0 works for them.
# github.com/amzn/selling-partner-api-models/issues/5319
REFUSED_FOR_SELLER = "AccessDeniedException"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders as Amazon sent them, and the bound up to which they are complete."""

    orders: list[dict[str, Any]]
    before: str | None


def search(session: Session, criteria: dict[str, str]) -> Iterator[Page]:
    """Give every page of a search; later pages repeat all criteria, as Amazon demands.

    criteria: the operation's own query parameters, lists joined with commas. `before` is what
    Amazon echoes as `lastUpdatedBefore` (or `createdBefore`): the next search starts there.
    Raises TokenExpired when the search must begin anew.
    """
    asked = {"maxResultsPerPage": str(PAGE), **criteria}
    for body in pages(
        session,
        PATH,
        asked,
        lambda token: {**asked, "paginationToken": token},
        lambda body: (body.get("pagination") or {}).get("nextToken"),
    ):
        orders = body.get("orders")
        if not isinstance(orders, list):
            raise Refused("Amazon answered searchOrders without a list of orders; run again later")
        yield Page(orders, body.get("lastUpdatedBefore") or body.get("createdBefore"))


def one(session: Session, order_id: str, datasets: str) -> dict[str, Any]:
    """Give one order as it stands now; raise NotFound when Amazon does not know it.

    datasets: `includedData`, joined with commas.
    """
    body = session.read(f"{PATH}/{quote(order_id, safe='')}", {"includedData": datasets})
    order = body.get("order")
    if not isinstance(order, dict):
        raise Refused("Amazon answered getOrder without an order; run again later")
    return order
