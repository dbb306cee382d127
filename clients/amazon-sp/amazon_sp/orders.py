"""Orders API 2026-01-01: orders with their items, a hundred a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from amazon_sp.errors import Refused
from amazon_sp.paging import pages
from amazon_sp.session import Session

PATH = "/orders/2026-01-01/orders"
PAGE = 100
# Amazon's token lives 24 hours; an hour less leaves time for the wait before the call.
TOKEN_LIFE = 23 * 3600


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders as Amazon sent them, and the bound up to which they are complete."""

    orders: list[dict[str, Any]]
    before: str | None


def search(session: Session, criteria: dict[str, str]) -> Iterator[Page]:
    """Give every page of a search; later pages repeat all criteria, as Amazon demands.

    criteria: the operation's own query parameters, lists joined with commas. `before` is what
    Amazon echoes as `lastUpdatedBefore` (or `createdBefore`): the next search starts there. Raises
    ListingBroken when paging took longer than the token lives: ask for a shorter window then.
    """
    asked = {"maxResultsPerPage": str(PAGE), **criteria}

    def read(token: str | None) -> dict[str, Any]:
        return session.read(PATH, {**asked, "paginationToken": token} if token else asked)

    for body in pages(read, _token, clock=session.limits.clock, life=TOKEN_LIFE):
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


def _token(body: dict[str, Any]) -> str | None:
    return (body.get("pagination") or {}).get("nextToken")
