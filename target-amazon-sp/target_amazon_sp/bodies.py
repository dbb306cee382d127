"""What Amazon is sent: a patch for a listing, or many as the messages of a feed. Pure.

`merge` (Listings Items 2021-08-01, since June 2025) changes only what it names: discounts,
business prices, quantity prices and dates of the same listing stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from amazon_sp import exact, feeds
from books import Kind, PriceChange
from target_amazon_sp.offers import ATTRIBUTES, MERCHANT
from target_amazon_sp.places import Place

_CLOSE = b"]}"


@dataclass(frozen=True, slots=True)
class Sending:
    """All that is to change of one listing: its price, its quantity, or both at once."""

    place: Place
    sku: str
    product_type: str
    rows: tuple[PriceChange, ...]


def joined(changes: Iterable[tuple[Place, str, PriceChange]]) -> list[Sending]:
    """Put what changes of one listing together: place, product type and row of each."""
    found: dict[tuple[str, str], Sending] = {}
    for place, product_type, row in changes:
        key = row.marketplace_id, row.sku
        others = found[key].rows if key in found else ()
        found[key] = Sending(place, row.sku, product_type, (*others, row))
    return list(found.values())


def patch(sending: Sending) -> dict[str, Any]:
    """Write the body of patchListingsItem."""
    return {"productType": sending.product_type, "patches": [*map(_operation, sending.rows)]}


def message(sending: Sending, number: int) -> bytes:
    """Write one message of a feed."""
    return exact.written(
        {"messageId": number, "sku": sending.sku, "operationType": "PATCH", **patch(sending)}
    ).encode()


def parts(
    seller_id: str,
    sendings: Sequence[Sending],
    most_messages: int = feeds.MOST_MESSAGES,
    most_bytes: int = feeds.MOST_BYTES,
) -> Iterator[tuple[bytes, list[Sending]]]:
    """Cut what is to be sent into feeds of the size that Amazon takes; messages count from 1."""
    header = exact.written({"sellerId": seller_id, "version": "2.0"})
    opening = f'{{"header":{header},"messages":['.encode()
    written, taken, size = list[bytes](), list[Sending](), len(opening) + len(_CLOSE)
    for sending in sendings:
        text = message(sending, len(taken) + 1)
        if taken and (len(taken) == most_messages or size + len(text) + 1 > most_bytes):
            yield opening + b",".join(written) + _CLOSE, taken
            written, taken, size = [], [], len(opening) + len(_CLOSE)
            text = message(sending, 1)
        written.append(text)
        taken.append(sending)
        size += len(text) + 1
    if taken:
        yield opening + b",".join(written) + _CLOSE, taken


def _operation(row: PriceChange) -> dict[str, Any]:
    value = _price(row) if row.kind is Kind.PRICE else _quantity(row)
    return {"op": "merge", "path": f"/attributes/{ATTRIBUTES[row.kind]}", "value": [value]}


def _price(row: PriceChange) -> dict[str, Any]:
    return {
        "marketplace_id": row.marketplace_id,
        "currency": row.currency,
        "audience": "ALL",
        "our_price": [{"schedule": [{"value_with_tax": row.new}]}],
    }


def _quantity(row: PriceChange) -> dict[str, Any]:
    return {"fulfillment_channel_code": MERCHANT, "quantity": int(row.new or 0)}
