"""Transactions of the Finances API (2024-06-19) as records: exact amounts, the tree laid flat."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tap_amazon_sp.records import Json, decimal_text, instant_text

# Fields of a record, each from the related identifier of that name.
RELATED = {
    "order_id": "ORDER_ID",
    "shipment_id": "SHIPMENT_ID",
    "refund_id": "REFUND_ID",
    "financial_event_group_id": "FINANCIAL_EVENT_GROUP_ID",
    "settlement_id": "SETTLEMENT_ID",
    "deferred_transaction_id": "DEFERRED_TRANSACTION_ID",
    "release_transaction_id": "RELEASE_TRANSACTION_ID",
}


class Reader:
    """Reads the transactions of one listing.

    Amazon's model does not promise an id. A transaction without one is named after its content,
    and the second of two alike after its place among them, so that both are kept.
    """

    def __init__(self) -> None:
        self._unnamed: Counter[str] = Counter()

    def transaction(self, given: Json) -> Json:
        """Read one transaction."""
        related = [
            {
                "name": each.get("relatedIdentifierName"),
                "value": each.get("relatedIdentifierValue"),
            }
            for each in given.get("relatedIdentifiers") or []
        ]
        by_name = {each["name"]: each["value"] for each in reversed(related)}
        items = given.get("items") or []
        place = given.get("marketplaceDetails") or {}
        deferred = _context(given, "DeferredContext") or next(
            filter(None, (_context(item, "DeferredContext") for item in items)), {}
        )
        seller = given.get("sellingPartnerMetadata") or {}
        return {
            "transaction_id": given.get("transactionId") or self._name(given),
            "transaction_status": given.get("transactionStatus"),
            "transaction_type": given.get("transactionType"),
            "description": given.get("description"),
            "posted_date": instant_text(given.get("postedDate")),
            "marketplace_id": place.get("marketplaceId") or seller.get("marketplaceId"),
            "marketplace_name": place.get("marketplaceName"),
            "currency": (given.get("totalAmount") or {}).get("currencyCode"),
            "total_amount": _amount(given.get("totalAmount")),
            **{field: by_name.get(name) for field, name in RELATED.items()},
            "related_identifiers": related,
            "deferral_reason": deferred.get("deferralReason"),
            "maturity_date": instant_text(deferred.get("maturityDate")),
            "items": [_item(item) for item in items],
            "breakdowns": list(_flat(given.get("breakdowns"))),
        }

    def _name(self, given: Json) -> str:
        """Name a transaction after what stays the same when it is released."""
        lasting = {key: part for key, part in given.items() if key != "transactionStatus"}
        text = json.dumps(lasting, sort_keys=True, default=str)
        name = f"unnamed-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        self._unnamed[name] += 1
        count = self._unnamed[name]
        return name if count == 1 else f"{name}-{count}"


def _item(given: Json) -> Json:
    product = _context(given, "ProductContext")
    return {
        "description": given.get("description"),
        "sku": product.get("sku"),
        "asin": product.get("asin"),
        "quantity_shipped": product.get("quantityShipped"),
        "fulfillment_network": product.get("fulfillmentNetwork"),
        "total_amount": _amount(given.get("totalAmount")),
        "breakdowns": list(_flat(given.get("breakdowns"))),
    }


def _flat(tree: list[Json] | None, above: str = "") -> Iterator[Json]:
    """Give every node of a breakdown, parents first; some of Amazon's trees are null."""
    for node in tree or []:
        kind = str(node.get("breakdownType") or "")
        path = f"{above}/{kind}" if above else kind
        below = node.get("breakdowns") or []
        yield {
            "path": path,
            "type": kind,
            "amount": _amount(node.get("breakdownAmount")),
            "leaf": not below,
        }
        yield from _flat(below, path)


def _context(given: Json, kind: str) -> Json:
    found: list[Json] = [
        each for each in given.get("contexts") or [] if each.get("contextType") == kind
    ]
    return found[0] if found else {}


def _amount(given: Any) -> str | None:
    return decimal_text(given.get("currencyAmount")) if given else None
