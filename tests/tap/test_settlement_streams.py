from __future__ import annotations

from decimal import Decimal

from amazon_tap import (
    Deliver,
    Tap,
    catalog_without,
    never_ahead,
    settled,
    settlement_file,
)

from simulators.amazon_sp import Seller


def test_rows_come_before_their_settlement_and_state_after_both(
    empty_tap: Tap, deliver: Deliver
) -> None:
    deliver("902", settled("22222", "4.00", "6.00"), created="2026-11-02T00:00:00Z")
    deliver("901", settled("11111", "10.00"), created="2026-10-18T00:00:00Z")
    ran = empty_tap()
    assert ran.outline() == [
        "SCHEMA settlements",
        "SCHEMA settlement_rows",
        "RECORD settlement_rows",
        "RECORD settlements",
        "STATE",
        "RECORD settlement_rows",
        "RECORD settlements",
        "STATE",
    ]
    never_ahead(ran.messages)
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["11111", "22222"]
    assert ran.state == {
        "bookmarks": {
            "settlements": {
                "replication_key": "created",
                "replication_key_value": "2026-11-02T00:00:00Z",
            },
            "settlement_rows": {},
        }
    }


def test_the_sdk_too_writes_children_before_their_parent(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "4.00", "6.00"))
    ran = empty_tap(stream_maps={"settlement_rows": {"sku": "sku"}})
    kinds = [text for text in ran.outline() if text.startswith("RECORD")]
    assert kinds == ["RECORD settlement_rows", "RECORD settlements"]


def test_the_direct_path_writes_what_the_sdk_would(tap: Tap) -> None:
    direct = tap("settlements", "settlement_rows")
    by_sdk = tap("settlements", "settlement_rows", stream_maps={"settlement_rows": {"sku": "sku"}})
    assert direct.records("settlement_rows") == by_sdk.records("settlement_rows")
    assert len(direct.records("settlement_rows")) > 1500
    mapped = [m for m in by_sdk.messages if m["type"] == "RECORD"]
    assert {frozenset(m) for m in direct.messages if m["type"] == "RECORD"} == {
        frozenset(m) for m in mapped
    }


def test_fields_that_the_catalog_leaves_out_are_left_out(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "10.00"))
    catalog = catalog_without("sku", "currency", "order_id", "quantity")
    direct = empty_tap(catalog=catalog)
    (row,) = direct.records("settlement_rows")
    assert not {"sku", "currency", "order_id", "quantity"} & row.keys()
    assert (row["row"], row["amount"], row["report_id"]) == (3, "10.00", "901")
    by_sdk = empty_tap(catalog=catalog, stream_maps={"settlement_rows": {"amount": "amount"}})
    assert by_sdk.records("settlement_rows") == [row]
    (schema,) = (
        m for m in direct.messages if m["type"] == "SCHEMA" and m["stream"] == "settlement_rows"
    )
    assert "sku" not in schema["schema"]["properties"]


def test_rows_alone_can_be_selected(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "10.00"))
    ran = empty_tap("settlement_rows")
    assert len(ran.records("settlement_rows")) == 1
    assert ran.records("settlements") == []


def test_settlements_alone_can_be_selected(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "10.00"))
    ran = empty_tap("settlements")
    assert ran.records("settlement_rows") == []
    assert len(ran.records("settlements")) == 1


def test_texts_that_need_care_in_json_arrive_whole(empty_tap: Tap, deliver: Deliver) -> None:
    sku = 'A"\\ %s %d \u00dc \u2028 100%'
    text = settlement_file([{"sku": sku, "amount_description": "50% off {x}"}])
    deliver("901", text)
    (row,) = empty_tap().records("settlement_rows")
    assert (row["sku"], row["amount_description"]) == (sku, "50% off {x}")


def test_the_settlement_record_tells_where_it_came_from(empty_tap: Tap, deliver: Deliver) -> None:
    deliver("901", settled("11111", "10.00"))
    (record,) = empty_tap().records("settlements")
    checksum = record.pop("checksum")
    assert len(checksum) == 64
    assert record == {
        "settlement_id": "11111",
        "report_id": "901",
        "report_document_id": "amzn1.spdoc.1.4.eu.901",
        "created": "2026-10-18T00:00:00Z",
        "start": "2026-10-01T00:00:00Z",
        "end": "2026-10-15T00:00:00Z",
        "deposit": "2026-10-17T00:00:00Z",
        "currency": "GBP",
        "total_amount": "10.00",
        "row_count": 1,
        "source": "report",
        "fault": None,
        "fault_row": None,
    }


def test_a_file_that_cannot_be_read_is_a_fault_and_the_others_go_on(
    empty_tap: Tap, deliver: Deliver
) -> None:
    deliver("901", settled("11111", "10.00"), created="2026-10-01T00:00:00Z")
    deliver("902", settled("22222", "1,234.00", "1,00"), created="2026-10-02T00:00:00Z")
    deliver("903", "no settlement at all", created="2026-10-03T00:00:00Z")
    deliver("904", settled("44444", "10.00"), created="2026-10-04T00:00:00Z")
    ran = empty_tap()
    assert ran.error is None
    _, second, third, _ = ran.records("settlements")
    assert second["settlement_id"] == "22222"
    assert second["fault"] == (
        "Settlement report 902 (document amzn1.spdoc.1.4.eu.902) cannot be read: row 4: amount"
        " '1,00' and amount '10.00' in row 2 cannot both be read: one has a decimal comma, the"
        " other a decimal point."
    )
    assert second["fault_row"] == 4
    assert second["total_amount"] is second["checksum"] is second["row_count"] is None
    assert third["settlement_id"] == "report-903"
    assert "no settlement header: 'no settlement at all'" in third["fault"]
    with_rows = {row["settlement_id"] for row in ran.records("settlement_rows")}
    assert with_rows == {"11111", "44444"}
    assert ran.bookmark("settlements") == "2026-10-04T00:00:00Z"


def test_the_demo_sellers_settlements_add_up(tap: Tap, seller: Seller) -> None:
    ran = tap("settlements", "settlement_rows")
    never_ahead(ran.messages)
    stated = {each.settlement_id: each.total for each in seller.settlements.values()}
    sums = dict.fromkeys(stated, Decimal("0.00"))
    for row in ran.records("settlement_rows"):
        sums[row["settlement_id"]] += Decimal(row["amount"])
    assert sums == stated
    totals = {r["settlement_id"]: Decimal(r["total_amount"]) for r in ran.records("settlements")}
    assert totals == stated
    currencies = {row["currency"] for row in ran.records("settlement_rows")}
    assert currencies == {"GBP", "EUR"}
