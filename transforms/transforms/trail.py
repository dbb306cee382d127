"""The rows behind a settlement, order by order: the way back from a deposit to a single row.

Written for the books alone (stream `settlement_orders`), in parts of many orders; what rows of many
orders share stands once in each part. The orders are JSON text: no target but the books has use for
their many values, and each would decode, check and encode them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from transforms.ledger.book import Book
from transforms.ledger.contents import Content
from transforms.ledger.placing import classify
from transforms.ledger.settlement import Settlement
from transforms.wire import Line

ORDERS_IN_A_PART = 500
"""About 150 kB; Meltano passes lines of 5 MB."""
_MEMORY = 4096
_encode = msgspec.json.Encoder().encode


def trail(settlement: Settlement, book: Book) -> Iterator[Line]:
    """Write a settlement's sums of rows, 500 orders a part."""
    kinds = _kinds(settlement, book)
    orders = ((order_id, settlement.filed(order_id).content) for order_id in settlement.orders)
    forms: dict[tuple[object, ...], bytes] = {}
    part = 0
    while chosen := list(islice(orders, ORDERS_IN_A_PART)):
        record = {
            "document_id": f"rows:{settlement.settlement_id}:{part}",
            "organisation": book.choices.organisation,
            "settlement_id": settlement.settlement_id,
            "part": part,
            "kinds": kinds,
            "orders": _encode(
                [[order_id, _written(content, forms)] for order_id, content in chosen]
            ).decode(),
        }
        yield Line({"type": "RECORD", "stream": "settlement_orders", "record": record})
        part += 1


def _written(content: Content, forms: dict[tuple[object, ...], bytes]) -> msgspec.Raw:
    """Write what an order holds: the amounts into what many orders have in common."""
    key = (content.layout, content.skus)
    form = forms.get(key)
    if form is None:
        if len(forms) >= _MEMORY:
            forms.clear()
        form = forms[key] = _form(content)
    return msgspec.Raw(form % tuple(map(str.encode, content.amounts)))


def _form(content: Content) -> bytes:
    skus = [_encode(sku).replace(b"%", b"%%") for sku in content.skus]
    sums = [
        b'[%d,%b,"%%b",%d,%d]' % (kind, skus[item], rows, quantity)
        for kind, item, rows, quantity in content.layout.parts
    ]
    return b"[" + b",".join(sums) + b"]"


def _kinds(settlement: Settlement, book: Book) -> list[list[Any]]:
    """Describe each kind of rows, with its class."""
    classes = {
        (entry.triple, entry.group.marketplace, entry.day): accounting_class
        for entry, accounting_class in classify(settlement.by_kind(), book)[0]
    }
    return [
        [*kind.triple, kind.marketplace, kind.day.isoformat(), classes.get(kind, "")]
        for kind in settlement.kinds
    ]
