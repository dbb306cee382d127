"""The page of `reconcile` over a large seller: how long it takes, and how large it is."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import create_engine, insert

import books
from books import schema, traces
from reconcile.page import build
from reconcile.settlements import settlements

SETTLEMENTS, ORDERS = 200, 5000
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_KINDS = [
    ["Order", "ItemPrice", "Principal", "Amazon.co.uk", "2026-11-01", "sales"],
    ["Order", "ItemPrice", "Tax", "Amazon.co.uk", "2026-11-01", "tax_collected"],
    ["Order", "ItemFees", "Commission", "Amazon.co.uk", "2026-11-01", "referral_fee"],
    [
        "Order",
        "ItemFees",
        "FBAPerUnitFulfillmentFee",
        "Amazon.co.uk",
        "2026-11-01",
        "fba_fulfilment_fee",
    ],
]


def page_of_a_large_seller(folder: Path, table: Table) -> None:
    """Write the page over 200 settlements of 5,000 orders each, every order with an invoice."""
    url = f"sqlite:///{folder / 'large.db'}"
    with books.open_books(url) as kept:
        _fill(url)
        began = time.perf_counter()
        page = build(kept, settlements(kept), _NOW)
        (folder / "page.html").write_text(page.html, encoding="utf-8")
        took = time.perf_counter() - began
    size = (folder / "page.html").stat().st_size
    name = f"page over {SETTLEMENTS} settlements of {ORDERS:,} orders"
    table.add_row(f"{name}, seconds", f"{took:,.0f}", "60")
    table.add_row(f"{name}, MB", f"{size / 1e6:.1f}", "5")


def _fill(url: str) -> None:
    engine = create_engine(url)
    for number in range(SETTLEMENTS):
        orders = [f"026-{number:07d}-{order:07d}" for order in range(ORDERS)]
        settlement_id = f"{10_000_000_000 + number}"
        with engine.begin() as connection:
            connection.execute(insert(schema.settlements), [_proof(settlement_id, number, orders)])
            connection.execute(insert(schema.postings), _postings(settlement_id, orders))
            connection.execute(insert(traces.settlement_orders), _parts(settlement_id, orders))
    engine.dispose()


def _documents(settlement_id: str, orders: list[str]) -> list[dict[str, Any]]:
    common = {"number": None, "date": "2026-11-01", "held": False}
    found = [
        {
            "document_id": f"journal:{settlement_id}:2026-11",
            "stream": "journals",
            "amount": f"-{4 * len(orders)}.00",
            **common,
        }
    ]
    for order in orders:
        found.append(
            {
                "document_id": f"invoice:{order}:{settlement_id}",
                "stream": "invoices",
                "amount": "0.00",
                **common,
            }
        )
        found.append(
            {
                "document_id": f"payment:{settlement_id}:{order}",
                "stream": "payments",
                "amount": "12.00",
                **common,
            }
        )
    return found


def _proof(settlement_id: str, number: int, orders: list[str]) -> dict[str, Any]:
    start = date(2019, 1, 1) + timedelta(days=14 * number)
    total = f"{8 * len(orders)}.00"
    names = (("sales", "10.00"), ("tax_collected", "2.00"), ("referral_fee", "-4.00"))
    record = {
        "document_id": f"settlement:{settlement_id}",
        "organisation": "Large Seller",
        "settlement_id": settlement_id,
        "marketplace": "Amazon.co.uk",
        "posting": "orders",
        "currency": "GBP",
        "start": f"{start}T00:00:00Z",
        "end": f"{start + timedelta(days=14)}T00:00:00Z",
        "deposit_date": f"{start + timedelta(days=16)}",
        "deposit": total,
        "rows": 4 * len(orders),
        "rows_total": total,
        "difference": "0.00",
        "status": "tied",
        "reason": None,
        "classes": [
            {"class": name, "amount": str(Decimal(each) * len(orders)), "rows": len(orders)}
            for name, each in names
        ],
        "documents": _documents(settlement_id, orders),
        "postings": [],
        "differences": [],
        "event_group": None,
        "report_id": "1",
        "checksum": "0",
    }
    return {
        "organisation": "Large Seller",
        "settlement_id": settlement_id,
        "record": json.dumps(record),
        "written_at": _NOW,
    }


def _postings(settlement_id: str, orders: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "tenant": "T",
            "document_id": each["document_id"],
            "stream": each["stream"],
            "state": "posted",
            "content_hash": "h",
            "document": '{"document_id": "x"}',
            "vendor_id": each["document_id"],
            "settlement_id": settlement_id,
            "date": each["date"],
            "attempts": 1,
            "adopted": False,
            "created_at": _NOW,
            "updated_at": _NOW,
        }
        for each in _documents(settlement_id, orders)
    ]


def _parts(settlement_id: str, orders: list[str]) -> list[dict[str, Any]]:
    amounts = ("10.00", "2.00", "-3.00", "-1.00")
    rows = [[kind, "SKU-1", amount, 1, 1] for kind, amount in enumerate(amounts)]
    return [
        {
            "organisation": "Large Seller",
            "settlement_id": settlement_id,
            "part": part,
            "record": json.dumps(
                {"kinds": _KINDS, "orders": [[each, rows] for each in orders[start : start + 500]]}
            ),
        }
        for part, start in enumerate(range(0, len(orders), 500))
    ]
