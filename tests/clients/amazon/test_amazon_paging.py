from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from amazon_stub import Stub, Time

from amazon_sp import Session, finances, orders, sellers
from amazon_sp.errors import Refused
from amazon_sp.paging import TokenExpired
from simulators.amazon_sp import Seller
from simulators.wsgi import Response

SINCE = {"lastUpdatedAfter": "2026-09-01T00:00:00Z", "includedData": "PROCEEDS,FULFILLMENT"}


def test_later_pages_of_orders_repeat_every_parameter(
    amazon_account: Session, seller: Seller
) -> None:
    pages = list(orders.search(amazon_account, SINCE))
    ids = [order["orderId"] for page in pages for order in page.orders]
    assert sorted(ids) == sorted(seller.orders)
    assert len(pages) == 3
    calls = [call.query for call in seller.calls if call.path == orders.PATH]
    assert "paginationToken" not in calls[0]
    for later in calls[1:]:
        assert {k: v for k, v in later.items() if k != "paginationToken"} == calls[0]


def test_the_bound_that_amazon_echoes_is_told(amazon_account: Session) -> None:
    bounds = {page.before for page in orders.search(amazon_account, SINCE)}
    assert bounds == {"2026-11-20T11:58:00Z"}


def test_paging_stops_before_the_token_dies(amazon_account: Session, time: Time) -> None:
    pages = orders.search(amazon_account, SINCE)
    next(pages)
    time.pass_by(23 * 3600 + 1)
    with pytest.raises(TokenExpired):
        next(pages)


def test_event_groups_are_paged_with_their_arguments_and_empty_pages_passed(
    amazon: Session, stub: Stub
) -> None:
    first = {"payload": {"FinancialEventGroupList": [], "NextToken": "n1"}}
    second = {"payload": {"FinancialEventGroupList": [{"FinancialEventGroupId": "g"}]}}
    stub.answer(finances.PATH, Response(200, first), Response(200, second))
    found = list(finances.event_groups(amazon, "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"))
    assert found == [{"FinancialEventGroupId": "g"}]
    one, two = (request.query for request in stub.asked(finances.PATH))
    assert two == {**one, "NextToken": ["n1"]}


def test_the_sellers_marketplaces(amazon_account: Session) -> None:
    names = [each["marketplace"]["name"] for each in sellers.participations(amazon_account)]
    assert names == ["Amazon.co.uk", "Amazon.de"]


LISTINGS: dict[str, tuple[str, Callable[[Session], Iterator[object]]]] = {
    "orders": (orders.PATH, lambda amazon: orders.search(amazon, SINCE)),
    "groups": (finances.PATH, lambda amazon: finances.event_groups(amazon, "2026-09-01")),
    "transactions": (
        finances.TRANSACTIONS,
        lambda amazon: finances.transactions(amazon, {"postedAfter": "2026-09-01"}),
    ),
}


@pytest.mark.parametrize("listing", LISTINGS)
def test_a_token_that_comes_twice_breaks_the_listing(
    amazon: Session, stub: Stub, listing: str
) -> None:
    path, call = LISTINGS[listing]
    same: dict[str, Any] = {"orders": [], "pagination": {"nextToken": "n"}}
    stub.answer(path, Response(200, {**same, "payload": {"NextToken": "n", "nextToken": "n"}}))
    with pytest.raises(TokenExpired, match="same page token twice"):
        list(call(amazon))
    assert len(stub.asked(path)) == 2


def test_a_refusal_of_the_first_page_is_just_that(amazon: Session, stub: Stub) -> None:
    stub.answer(finances.TRANSACTIONS, Response(400, {"errors": []}))
    with pytest.raises(Refused) as caught:
        list(finances.transactions(amazon, {}))
    assert type(caught.value) is Refused
