"""A made-up shop with any number of orders, and the plain loop over the Orders API."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from simulators.amazon_sp import Seller
from simulators.amazon_sp.demo import demo_seller

CREDENTIALS = {
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "amzn1.oa2-cs.v1.demo",
    "refresh_token": "Atzr|demo",
}
PATH = "/orders/2026-01-01/orders"
DATASETS = "PROCEEDS,PROMOTION,TAX,EXPENSE,FULFILLMENT,PACKAGES,CANCELLATION"
UNPACED = (100000.0, 100000)


class Shop:
    """A seller whose orders were all updated within the last 29 days."""

    def __init__(self, orders: int, now: datetime) -> None:
        demo = demo_seller(now)
        self.seller = Seller(participations=demo.participations)
        self.since = (now - timedelta(days=29)).isoformat(timespec="seconds")
        shipped = [each for each in demo.orders.values() if "proceeds" in each]
        for number in range(orders):
            at = now - timedelta(days=28) + timedelta(days=27) * number / orders
            self.seller.add_order(
                {
                    **shipped[number % len(shipped)],
                    "orderId": f"202-{number:07d}-0000000",
                    "lastUpdatedTime": at.isoformat(timespec="seconds"),
                }
            )
        # Amazon's pace is not what is measured.
        self.seller.plans["searchOrders"] = UNPACED

    def config(self, url: str, **settings: str) -> dict[str, Any]:
        """Give the tap's settings for this shop."""
        return {
            **CREDENTIALS,
            "region": "eu",
            "api_url": url,
            "auth_url": f"{url}/auth/o2/token",
            "start_date": self.since,
            "marketplace_ids": self.seller.marketplace_ids,
            **settings,
        }

    def written(self, out: Path) -> int:
        """Count the orders that were written with items."""
        with out.open("rb") as lines:
            return sum(b'"RECORD"' in line and b'"sku"' in line for line in lines)

    def calls(self) -> int:
        """Count the API's calls since the last time, without those for tokens and documents."""
        apart = ("/auth/", "/documents/")
        number = sum(not call.path.startswith(apart) for call in self.seller.calls)
        self.seller.calls.clear()
        return number


def orders_alone(discovered: Path, catalog: Path) -> Path:
    """Write a discovered catalog so that it selects orders and nothing else."""
    found = json.loads(discovered.read_text(encoding="utf-8"))
    for entry in found["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["tap_stream_id"] == "orders"
    catalog.write_text(json.dumps(found), encoding="utf-8")
    return catalog


def plain_orders(url: str, since: str, out: Path) -> None:
    """Read every order page by page and write it as a JSON line, with nothing else done."""
    form = {
        "grant_type": "refresh_token",
        **CREDENTIALS,
    }
    with requests.Session() as session, out.open("w", encoding="utf-8") as lines:
        token = session.post(f"{url}/auth/o2/token", data=form, timeout=60).json()["access_token"]
        session.headers.update(
            {"x-amz-access-token": token, "User-Agent": "loop/1.0 (Language=Python/3.11)"}
        )
        asked = {"lastUpdatedAfter": since, "includedData": DATASETS, "maxResultsPerPage": "100"}
        while True:
            page = session.get(url + PATH, params=asked, timeout=60).json()
            for order in page["orders"]:
                lines.write(json.dumps(order) + "\n")
            if "pagination" not in page:
                return
            asked["paginationToken"] = page["pagination"]["nextToken"]
