"""The hot path of settlement rows gives what the plain way gives, whatever the rows."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_records import closing, sale, schema
from source_records import row as source_row

from transforms.days import day_in
from transforms.ledger.catalogue import Triple
from transforms.ledger.settlement import Row, Settlement
from transforms.rows import PREFIX, Rows

Record = dict[str, Any]
ZONES = ["Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "UTC"]


def plainly(records: Iterable[Record], zone: ZoneInfo) -> Settlement:
    """Row by row, each value made for itself: nothing remembered, nothing shared."""
    settlement = Settlement("7001")
    for record in records:
        triple = ("transaction_type", "amount_type", "amount_description")
        settlement.add(
            Row(
                number=record["row"],
                triple=Triple(*(record[name] or "" for name in triple)),
                order_id=record["order_id"] or "",
                item=record["order_item_code"] or "",
                sku=record["sku"] or "",
                marketplace=record["marketplace_name"] or "",
                day=day_in(zone, record["posted"]),
                amount=Decimal(record["amount"]),
                quantity=record["quantity"] or 0,
            )
        )
    return settlement


def fast(records: Iterable[Record], zone: ZoneInfo, *, in_blocks: bool = False) -> Settlement:
    """As the mapper takes them from the tap's lines, or from a batch's file."""
    settlement = Settlement("7001")
    rows = Rows(zone, lambda _: settlement, pytest.fail)
    if in_blocks:
        rows.block(b"".join(compact(record) + b"\n" for record in records))
    else:
        for record in records:
            line = PREFIX + b'"record":' + compact(record) + b',"time_extracted":"now"}\n'
            assert rows.lines(line) == 1
    rows.forget()
    return settlement


def compact(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


blank = st.none() | st.just("")
INSTANTS = st.datetimes().flatmap(
    lambda at: (
        st.sampled_from(
            [
                f"{at:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0"),
                at.replace(year=2024).isoformat(timespec="milliseconds") + "Z",
                at.replace(year=2024).isoformat(timespec="seconds") + "+09:30",
                at.replace(year=2024).isoformat(timespec="seconds"),
            ]
        )
        if at.year > 1
        else st.just("2026-10-25T00:30:00Z")
    )
)
RECORDS = st.builds(
    lambda number, triple, amount, cells: source_row(number, triple, amount, **cells)["record"],
    st.integers(3, 10**6),
    st.sampled_from(
        ["Order/ItemPrice/Principal", "Order/ItemFees/Commission", "other-transaction/x/Größe"]
    ),
    st.decimals(-(10**6), 10**6, places=2).map(str) | st.sampled_from(["-0.000001", "7", "0.00"]),
    st.fixed_dictionaries(
        {
            "order_id": blank | st.sampled_from(["026-1111111-1111111", "FBA1", "026-2"]),
            "order_item_code": blank | st.sampled_from(["71", "72"]),
            "sku": blank | st.sampled_from(["CUP", "Täße"]),
            "marketplace_name": blank | st.just("Amazon.co.uk"),
            "quantity": st.none() | st.integers(0, 5),
            "posted": INSTANTS,
        }
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORDS, max_size=30), st.sampled_from(ZONES), st.booleans())
def test_rows_fold_into_the_sums_that_the_plain_way_gives(
    records: list[Record], zone: str, in_blocks: bool
) -> None:
    for number, record in enumerate(records, start=3):
        record["row"] = number
    expected = plainly(records, ZoneInfo(zone))
    assert fast(records, ZoneInfo(zone), in_blocks=in_blocks) == expected
    assert expected.row_count == len(records)
    assert expected.rows_total == sum((Decimal(each["amount"]) for each in records), Decimal(0))


def test_two_settlements_whose_rows_alternate_are_kept_apart() -> None:
    kept: dict[str, Settlement] = {}
    rows = Rows(ZoneInfo("UTC"), lambda each: kept.setdefault(each, Settlement(each)), pytest.fail)
    for number in range(3, 9):
        record = source_row(number, "Order/ItemPrice/Principal", "1.00")["record"]
        rows.record(record | {"settlement_id": f"700{number % 2}"})
    rows.forget()
    assert {name: each.row_count for name, each in kept.items()} == {"7001": 3, "7000": 3}


@pytest.mark.parametrize(
    "line",
    [
        PREFIX + b'"record":{"row":3}}',
        PREFIX + b'"record":',
        PREFIX + compact({"record": source_row(3, "a/b/c", "1.00", quantity="x")["record"]})[1:],
    ],
)
def test_a_line_that_is_not_the_taps_is_left_to_the_sdk(line: bytes) -> None:
    assert not Rows(ZoneInfo("UTC"), Settlement, pytest.fail).lines(line)


def test_a_spelling_of_json_that_is_not_the_taps_makes_the_same_documents(
    run: Callable[..., list[Record]],
) -> None:
    messages = [schema("settlement_rows"), *sale(3, "10.00"), closing("11.00")]
    as_the_tap = run(messages, separators=(",", ":"))
    assert run(messages) == as_the_tap
    assert [each["type"] for each in as_the_tap].count("RECORD") == 6


@pytest.mark.parametrize(
    "cells",
    [
        {"amount": "ten"},
        {"amount": "NaN"},
        {"amount": ""},
        {"amount": None},
        {"posted": None},
        {"posted": "yesterday"},
        {"posted": "2026-13-01T00:00:00Z"},
    ],
)
def test_a_row_whose_figures_cannot_be_read_holds_its_settlement(
    cells: Record, run: Callable[..., list[Record]]
) -> None:
    first, second, *rest = sale(3, "10.00")
    first["record"].update(cells)
    made = run([schema("settlement_rows"), first, second, *rest, closing("11.00")])
    records = [each for each in made if each["type"] == "RECORD"]
    assert [each["stream"] for each in records] == ["held", "settlements"]
    assert records[0]["record"]["reason"] == "unreadable"
    assert "settlement 7001, row 3: " in records[0]["record"]["details"]


@pytest.mark.parametrize("prices", [97, 5000], ids=["alike", "no two alike"])
def test_memory_grows_with_orders_and_not_with_their_rows(prices: int) -> None:
    orders = 5000
    once, twice = (bytes_an_order(orders, prices, times) for times in (1, 2))
    assert once < 1024
    assert twice < 1.05 * once


def bytes_an_order(orders: int, prices: int, times: int) -> float:
    """What a folded settlement of orders of four kinds of rows holds, each `times` times."""
    record = source_row(3, "Order/ItemPrice/Principal", "1.00")["record"]
    triples = [(kind, f"line {number}") for kind in ("ItemPrice", "ItemFees") for number in (1, 2)]
    lines = [
        compact(
            record
            | {
                "amount_type": amount_type,
                "amount_description": description,
                "amount": f"{order % prices}.{len(amount_type) + int(description[-1])}0",
                "order_id": f"026-1234567-{order:07d}",
                "order_item_code": f"{order:014d}",
                "sku": "CUP",
                "posted": f"2026-06-{order % 14 + 1:02d}T10:00:00Z",
            }
        )
        for order in range(orders)
        for amount_type, description in triples * times
    ]
    gc.collect()
    tracemalloc.start()
    try:
        settlement = Settlement("7001")
        rows = Rows(ZoneInfo("UTC"), lambda _: settlement, pytest.fail)
        before, _ = tracemalloc.get_traced_memory()
        for line in lines:
            rows.block(line)
        rows.forget()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert settlement.row_count == orders * len(triples) * times
    return (after - before) / orders
