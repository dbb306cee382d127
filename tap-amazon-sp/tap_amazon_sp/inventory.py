"""The stream of stock in Amazon's warehouses, marketplace by marketplace.

Source: FBA Inventory API v1, getInventorySummaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from amazon_sp import inventory
from tap_amazon_sp import records
from tap_amazon_sp.records import Json
from tap_amazon_sp.relisting import anew
from tap_amazon_sp.streams import SETTLING, SellingPartnerStream

KEY = ("marketplace_id", "seller_sku", "condition", "fnsku")


class Inventory(SellingPartnerStream):
    """Stock in Amazon's warehouses, read whole.

    Read by change (replication method INCREMENTAL), inbound quantities may be old: Amazon does not
    count them as a change.
    """

    name = "inventory"
    primary_keys = KEY
    selected_by_default = False

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the stock of every marketplace; all that changed since, when asked by change."""
        begun = self.now()
        since = self.stream_state.get("replication_key_value") if self._by_change else None
        self.begin_whole()
        marketplaces = self._marketplaces()
        for marketplace_id in marketplaces:
            yield from self._of(marketplace_id, since)
        if self._by_change:
            self.bookmark(begun - SETTLING)
        else:
            self.read_whole(begun, marketplaces, marketplaces)

    def look(self) -> str:
        """Ask for the first marketplace's first page."""
        marketplace_id = next(iter(self._marketplaces()), None)
        if marketplace_id is None:
            return "no marketplace to ask for"
        found = next(inventory.summaries(self.amazon, marketplace_id))
        return f"{len(found)} SKUs on the first page of marketplace {marketplace_id}"

    @property
    def _by_change(self) -> bool:
        return self.replication_method == "INCREMENTAL"

    def _of(self, marketplace_id: str, since: str | None) -> Iterator[Json]:
        def listing() -> Iterator[Json]:
            for page in inventory.summaries(self.amazon, marketplace_id, since):
                for each in page:
                    yield records.stock(each, marketplace_id)

        return anew(listing, lambda record: tuple(record[name] for name in KEY), self)

    def _marketplaces(self) -> list[str]:
        """Give the marketplaces to ask for: those of the settings, else all that sell."""
        chosen: list[str] = self.config.get("marketplace_ids") or []
        return chosen or [
            place["marketplace_id"]
            for place in map(records.marketplace, self._tap.places.participations)
            # Amazon lists places beside its stores too, such as "Non-Amazon UK": no stock there.
            if place["is_participating"] and (place["name"] or "").startswith("Amazon")
        ]
