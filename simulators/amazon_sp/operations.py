"""The operations that are served: where they are asked for, by what parameters, with what role."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from simulators.amazon_sp import (
    feeds,
    finances,
    inventory,
    listing_items,
    listing_search,
    orders,
    orders_v0,
    product_types,
    reports,
    requested,
    transactions,
)
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Record, Seller


@dataclass(frozen=True)
class Operation:
    """One operation of a model: its name, the parameters it knows, the roles of which one is due.

    `takes_request`: its answer needs the body, or the host that was asked.
    """

    name: str
    answer: Callable[..., Record | None]
    parameters: Collection[str] = ()
    roles: Collection[str] = ()
    takes_request: bool = False
    status: int = 200


def _participations(seller: Seller, _: Query) -> Record:
    return {"payload": seller.participations}


_FINANCE = ("Finance and Accounting",)
_LISTING = ("Product Listing",)
_STOCK = ("Amazon Fulfillment", "Product Listing")
_ORDERS = ("Inventory and Order Tracking", "Finance and Accounting")

_ACCOUNT = (
    (
        "GET /sellers/v1/marketplaceParticipations",
        Operation("getMarketplaceParticipations", _participations),
    ),
    (
        "GET /finances/v0/financialEventGroups",
        Operation(
            "listFinancialEventGroups",
            finances.list_financial_event_groups,
            finances.PARAMETERS,
            _FINANCE,
        ),
    ),
    (
        "GET /finances/2024-06-19/transactions",
        Operation(
            "listTransactions", transactions.list_transactions, transactions.PARAMETERS, _FINANCE
        ),
    ),
    (
        "GET /fba/inventory/v1/summaries",
        Operation(
            "getInventorySummaries", inventory.get_inventory_summaries, inventory.PARAMETERS, _STOCK
        ),
    ),
)
_SALES = (
    (
        "GET /orders/2026-01-01/orders",
        Operation("searchOrders", orders.search_orders, orders.SEARCH_PARAMETERS, _ORDERS),
    ),
    (
        "GET /orders/2026-01-01/orders/{order_id}",
        Operation("getOrder", orders.get_order, orders.GET_PARAMETERS, _ORDERS),
    ),
    (
        "GET /orders/v0/orders",
        Operation("getOrders", orders_v0.get_orders, orders_v0.ORDERS_PARAMETERS, _ORDERS),
    ),
    (
        "GET /orders/v0/orders/{order_id}/orderItems",
        Operation("getOrderItems", orders_v0.get_order_items, orders_v0.ITEMS_PARAMETERS, _ORDERS),
    ),
)
_REPORTS = (
    (
        "GET /reports/2021-06-30/reports",
        Operation("getReports", reports.get_reports, reports.LIST_PARAMETERS),
    ),
    (
        "POST /reports/2021-06-30/reports",
        Operation("createReport", requested.create_report, takes_request=True, status=202),
    ),
    (
        "GET /reports/2021-06-30/reports/{report_id}",
        Operation("getReport", reports.get_report),
    ),
    (
        "GET /reports/2021-06-30/documents/{document_id}",
        Operation(
            "getReportDocument",
            reports.get_report_document,
            reports.DOCUMENT_PARAMETERS,
            takes_request=True,
        ),
    ),
)
_LISTINGS = (
    (
        "GET /listings/2021-08-01/items/{seller_id}",
        Operation(
            "searchListingsItems",
            listing_search.search_listings_items,
            listing_search.PARAMETERS,
            _LISTING,
        ),
    ),
    (
        "GET /listings/2021-08-01/items/{seller_id}/{sku}",
        Operation(
            "getListingsItem",
            listing_items.get_listings_item,
            listing_items.GET_PARAMETERS,
            _LISTING,
        ),
    ),
    (
        "PATCH /listings/2021-08-01/items/{seller_id}/{sku}",
        Operation(
            "patchListingsItem",
            listing_items.patch_listings_item,
            listing_items.PATCH_PARAMETERS,
            _LISTING,
            takes_request=True,
        ),
    ),
    (
        "GET /definitions/2020-09-01/productTypes",
        Operation(
            "searchDefinitionsProductTypes",
            product_types.search_definitions_product_types,
            product_types.SEARCH_PARAMETERS,
            _LISTING,
        ),
    ),
    (
        "GET /definitions/2020-09-01/productTypes/{product_type}",
        Operation(
            "getDefinitionsProductType",
            product_types.get_definitions_product_type,
            product_types.GET_PARAMETERS,
            _LISTING,
            takes_request=True,
        ),
    ),
)
_FEEDS = (
    (
        "POST /feeds/2021-06-30/documents",
        Operation(
            "createFeedDocument",
            feeds.create_feed_document,
            roles=_LISTING,
            takes_request=True,
            status=201,
        ),
    ),
    (
        "GET /feeds/2021-06-30/documents/{document_id}",
        Operation(
            "getFeedDocument",
            feeds.get_feed_document,
            feeds.DOCUMENT_PARAMETERS,
            _LISTING,
            takes_request=True,
        ),
    ),
    (
        "POST /feeds/2021-06-30/feeds",
        Operation("createFeed", feeds.create_feed, roles=_LISTING, takes_request=True, status=202),
    ),
    (
        "GET /feeds/2021-06-30/feeds",
        Operation("getFeeds", feeds.get_feeds, feeds.LIST_PARAMETERS, _LISTING),
    ),
    (
        "GET /feeds/2021-06-30/feeds/{feed_id}",
        Operation("getFeed", feeds.get_feed, roles=_LISTING),
    ),
    (
        "DELETE /feeds/2021-06-30/feeds/{feed_id}",
        Operation("cancelFeed", feeds.cancel_feed, roles=_LISTING),
    ),
)

ROUTES = (*_ACCOUNT, *_SALES, *_REPORTS, *_LISTINGS, *_FEEDS)
