"""Records of the tap against its schema files, and Amazon's own examples as records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from amazon_tap import CREDENTIALS, Json, Run, run
from jsonschema import Draft202012Validator
from vat_files import vat_file

from simulators.amazon_sp import server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock
from tap_amazon_sp import notices, order_shapes, records
from tap_amazon_sp.movements import Reader

STREAMS = (
    "financial_event_groups",
    "inventory",
    "listings",
    "marketplaces",
    "order_report_lines",
    "orders",
    "settlement_rows",
    "settlement_transactions",
    "settlements",
    "transactions",
    "vat_transactions",
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def schema(root: Path, stream: str) -> Json:
    folder = root / "tap-amazon-sp" / "tap_amazon_sp" / "schemas"
    return dict(json.loads((folder / f"{stream}.json").read_text(encoding="utf-8")))


def validator(root: Path, stream: str) -> Draft202012Validator:
    return Draft202012Validator(
        schema(root, stream), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def objects(node: Any, place: str = "") -> Iterator[tuple[str, Json]]:
    """Give every object schema and property schema within a schema, with its place."""
    if "properties" in node:
        yield place, node
        for name, child in node["properties"].items():
            yield from objects(child, f"{place}/{name}")
    if "items" in node:
        yield from objects(node["items"], f"{place}[]")


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    seller = demo_seller(NOON, Clock(at=NOON))
    file = tmp_path_factory.mktemp("vat") / "october.txt"
    file.write_text(vat_file({}, {"TAX_CALCULATION_DATE": "", "QTY": ""}), encoding="utf-8")
    with server(seller) as host:
        config = {
            **CREDENTIALS,
            "api_url": host.url,
            "auth_url": f"{host.url}/auth/o2/token",
            "start_date": "2026-08-25",
            "vat_report_files": [str(file)],
        }
        return run(config, clock=seller.clock, streams=STREAMS)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_record_of_the_demo_seller_fits_its_schema(
    root: Path, demo_run: Run, stream: str
) -> None:
    found = demo_run.records(stream)
    assert found
    checker = validator(root, stream)
    assert [error.message for record in found for error in checker.iter_errors(record)] == []


@pytest.mark.parametrize("stream", [*STREAMS, "notifications"])
def test_schemas_are_closed_and_every_property_is_described(root: Path, stream: str) -> None:
    Draft202012Validator.check_schema(schema(root, stream))
    for place, node in objects(schema(root, stream)):
        assert node["additionalProperties"] is False, place
        for name, child in node["properties"].items():
            assert child.get("description", "").endswith("."), f"{place}/{name}"


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_of_a_schema_is_in_every_record(root: Path, demo_run: Run, stream: str) -> None:
    fields = set(schema(root, stream)["properties"])
    assert all(set(record) == fields for record in demo_run.records(stream))


@pytest.mark.parametrize("stream", STREAMS)
def test_the_schema_message_is_the_file(root: Path, demo_run: Run, stream: str) -> None:
    (message,) = (m for m in demo_run.messages if m["type"] == "SCHEMA" and m["stream"] == stream)
    assert message["schema"]["properties"] == schema(root, stream)["properties"]
    assert message["schema"]["additionalProperties"] is False


def pairs(shared: Path, file: str, path: str) -> list[Json]:
    """Give the answers of Amazon's static sandbox for a GET operation, fractions as Decimal."""
    model = json.loads(
        (shared / "specs" / "amazon" / file).read_text(encoding="utf-8"), parse_float=Decimal
    )
    answer = model["paths"][path]["get"]["responses"]["200"]
    return [pair["response"] for pair in answer["x-amzn-api-sandbox"]["static"]]


def test_amazons_own_orders_fit_the_schema(root: Path, shared: Path) -> None:
    answers = pairs(shared, "orders_2026-01-01.json", "/orders/2026-01-01/orders")
    given = [order for answer in answers for order in answer["orders"]]
    single = pairs(shared, "orders_2026-01-01.json", "/orders/2026-01-01/orders/{orderId}")
    given += [answer["order"] for answer in single]
    assert len(given) >= 5
    checker = validator(root, "orders")
    for order in given:
        for include_pii in (False, True):
            record = records.order(order, include_pii=include_pii)
            assert [error.message for error in checker.iter_errors(record)] == []
            assert (record["buyer"] is None) or include_pii
            total = (order.get("proceeds") or {}).get("grandTotal")
            assert record["grand_total"] == (total["amount"] if total else None)


def test_amazons_own_old_orders_fit_the_same_schema(root: Path, shared: Path) -> None:
    answers = pairs(shared, "ordersV0.json", "/orders/v0/orders")
    given = [order for answer in answers for order in answer["payload"]["Orders"]]
    (answer,) = pairs(shared, "ordersV0.json", "/orders/v0/orders/{orderId}/orderItems")
    items = answer["payload"]["OrderItems"]
    assert len(given) >= 3
    checker = validator(root, "orders")
    fields = set(schema(root, "orders")["properties"])
    for order in given:
        record = order_shapes.from_v0(order, items)
        assert [error.message for error in checker.iter_errors(record)] == []
        assert set(record) == fields
        total = order.get("OrderTotal")
        assert record["grand_total"] == (total["Amount"] if total else None)
    (item,) = record["items"]
    assert item["breakdowns"] == [
        {"type": "ITEM", "subtotal": "10.00", "details": []},
        {
            "type": "TAX",
            "subtotal": "1.01",
            "details": [{"subtype": "ITEM", "amount": "1.01"}],
        },
    ]


def test_orders_of_reports_fit_the_same_schema(root: Path) -> None:
    seller = demo_seller(NOON, Clock(at=NOON))
    with server(seller) as host:
        config = {
            **CREDENTIALS,
            "api_url": host.url,
            "auth_url": f"{host.url}/auth/o2/token",
            "start_date": "2026-08-25",
            "order_source": "report",
        }
        found = run(config, clock=seller.clock, streams=["orders"]).records("orders")
    checker = validator(root, "orders")
    assert len(found) > 250
    assert [error.message for record in found for error in checker.iter_errors(record)] == []
    assert {frozenset(record) for record in found} == {
        frozenset(schema(root, "orders")["properties"])
    }


def test_amazons_own_event_groups_fit_the_schema(root: Path, shared: Path) -> None:
    (answer,) = pairs(shared, "financesV0.json", "/finances/v0/financialEventGroups")
    checker = validator(root, "financial_event_groups")
    for group in answer["payload"]["FinancialEventGroupList"]:
        record = records.event_group(group)
        assert [error.message for error in checker.iter_errors(record)] == []
        assert (record["original_total"], record["converted_total"]) == ("10.34", "39.43")


def test_amazons_own_transactions_fit_the_schema(root: Path, shared: Path) -> None:
    (answer,) = pairs(shared, "finances_2024-06-19.json", "/finances/2024-06-19/transactions")
    checker = validator(root, "transactions")
    reader = Reader()
    for given in [*answer["payload"]["transactions"], *answer["payload"]["transactions"]]:
        record = reader.transaction(given)
        assert [error.message for error in checker.iter_errors(record)] == []
        assert (record["total_amount"], record["order_id"]) == ("10", "8129762527551")
    # Amazon's own example has no id: two alike stay two.
    assert record["transaction_id"].startswith("unnamed-")
    assert record["transaction_id"].endswith("-2")


def test_a_notification_of_each_kind_fits_the_schema(root: Path, shared: Path) -> None:
    checker = validator(root, "notifications")
    for name in ("OrderChange", "ReportProcessingFinished", "TransactionUpdate"):
        file = shared / "specs" / "amazon" / f"{name}Notification.json"
        for example in json.loads(file.read_text(encoding="utf-8"))["examples"]:
            record = notices.read(json.dumps(example), "m-1")
            assert [error.message for error in checker.iter_errors(record)] == []
            assert set(record) == set(schema(root, "notifications")["properties"])
    fault = notices.unread("m-1", "it is not JSON")
    assert [error.message for error in checker.iter_errors(fault)] == []


def test_amazons_own_marketplaces_fit_the_schema(root: Path, shared: Path) -> None:
    answers = pairs(shared, "sellers.json", "/sellers/v1/marketplaceParticipations")
    checker = validator(root, "marketplaces")
    given = [each for answer in answers for each in answer["payload"]]
    assert given
    for each in given:
        assert [e.message for e in checker.iter_errors(records.marketplace(each))] == []
