"""Every body that the target posts fits Xero's own OpenAPI model of the request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from target.stock_records import level
from target.xero_desk import Desk, demo_desk
from target.xero_documents import (
    contact,
    credit_note,
    invoice,
    invoice_line,
    item,
    journal,
    order_id,
    payment,
    payout,
    settlement,
    transfer,
)

from simulators.wsgi import Call
from simulators.xero.stock import track

Schema = dict[str, Any]
FORMATS = jsonschema.FormatChecker(("uuid",))


@pytest.fixture(scope="module")
def model(shared: Path) -> Schema:
    text = (shared / "specs" / "xero" / "xero_accounting.yaml").read_text(encoding="utf-8")
    loaded: Schema = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as made:
        yield made


@pytest.fixture
def sent(desk: Desk) -> list[Call]:
    """The writes of runs that touch every kind of document, created and updated."""
    orders = [order_id(number) for number in range(1, 4)]
    bill = invoice(orders[0], document_id="bill:1", kind="bill", number="FEES-1")
    bill[1]["lines"] = [invoice_line("12.00", account="401", tax_type="INPUT2", item_code=None)]
    later = [*settlement("S2", orders[:1], "7.1234"), *settlement("S2", orders[:1], "7.12")]
    summary = invoice(
        orders[0],
        document_id="settlement:S9:2026-04",
        kind="settlement",
        number="AMZ-S9-2026-04",
        currency="EUR",
        amounts_include_tax=False,
        status="DRAFT",
    )
    desk.post(*settlement("S1", orders), bill, summary)
    desk.post(*later, payment(orders[1], "S3", "0.01"), invoice(order_id(8)))
    moved = [invoice_line("12.00", quantity="4", unit_amount="3.0000", account="201")]
    desk.post(invoice(order_id(8), lines=moved), journal("S1", fees="2.41"))
    desk.post(payout("S1", date="2026-04-17"))
    refunded = credit_note(order_id(8), "S4", refund="2.00")
    bought = item(purchase={"price": "3.1234", "account": "310", "tax_type": "INPUT2"})
    desk.post(refunded, transfer(), contact(), bought)
    plain = credit_note(order_id(8), "S5", refund=None, refunds=None, number="R2")
    desk.post(plain)
    moved = [invoice_line("5.00", account="200")]
    plain[1]["lines"] = moved
    desk.post(plain, item(price="8.00"))
    offset = [invoice_line("3.00", account="310", tax_type="NONE", item_code=None)]
    offset += [invoice_line("-3.00", account="310", tax_type="NONE", item_code=None)]
    less = credit_note(order_id(8), "S6", "0.00", None, refunds=None, kind="bill", lines=offset)
    desk.organisation.lock_dates["PeriodLockDate"] = date(2026, 4, 18)
    late = [journal("S7"), payout("S7"), invoice(order_id(9)), payment(order_id(9), "S7"), less]
    desk.post(*((stream, record | {"lock_dates": "next_open_day"}) for stream, record in late))
    desk.organisation.lock_dates.clear()
    track(desk.organisation, "LAMP-OAK")
    desk.post(level(7))
    desk.organisation.clock.advance(hours=1)
    desk.post(level(3))
    return desk.writes()


def test_the_runs_send_every_kind_of_body(sent: list[Call]) -> None:
    assert {(each.method, each.path.rpartition("/")[2]) for each in sent} == {
        ("PUT", "CreditNotes"),
        ("PUT", "Allocations"),
        ("PUT", "BankTransfers"),
        ("POST", "CreditNotes"),
        ("POST", "Items"),
        ("PUT", "Contacts"),
        ("PUT", "Invoices"),
        ("PUT", "Payments"),
        ("PUT", "ManualJournals"),
        ("PUT", "BankTransactions"),
        ("POST", "Invoices"),
        ("POST", "ManualJournals"),
        ("POST", "BankTransactions"),
    }


def test_every_body_fits_the_model_of_its_request(sent: list[Call], model: Schema) -> None:
    for call in sent:
        operation = operation_of(model, call)
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        closed = {**strict(model, schema), "components": {"schemas": all_strict(model)}}
        body = json.loads(call.body)
        jsonschema.Draft7Validator(closed, format_checker=FORMATS).validate(body)


def test_no_body_sets_what_xero_computes(sent: list[Call], model: Schema) -> None:
    read_only = {
        (name, field)
        for name, schema in model["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
        if part.get("readOnly")
    } | {("BankTransaction", field) for field in ("SubTotal", "TotalTax", "Total", "IsReconciled")}
    for call in sent:
        name = {
            "Invoices": "Invoice",
            "Payments": "Payment",
            "ManualJournals": "ManualJournal",
            "BankTransactions": "BankTransaction",
            "Contacts": "Contact",
            "CreditNotes": "CreditNote",
            "Allocations": "Allocation",
            "BankTransfers": "BankTransfer",
            "Items": "Item",
        }[call.path.rpartition("/")[2]]
        for element in next(iter(json.loads(call.body).values())):
            assert not {(name, field) for field in element} & read_only


def test_every_parameter_and_header_is_one_that_the_operation_knows(
    desk: Desk, sent: list[Call], model: Schema
) -> None:
    assert sent
    desk.lose_books()
    lost = [credit_note(order_id(8), "S4", refund="2.00"), transfer(), contact(), item()]
    desk.post(*settlement("S1", [order_id(1)]), *lost)
    for call in desk.calls():
        known = {each["name"] for each in parameters(model, call)}
        assert set(call.query) <= known, f"{call.method} {call.path}"
        if "Idempotency-Key" in call.headers:
            assert "Idempotency-Key" in known
            assert len(call.headers["Idempotency-Key"]) <= 128


def test_amounts_are_json_numbers_with_every_digit(desk: Desk) -> None:
    thirds = invoice_line("0.10", quantity="3", unit_amount="0.0333")
    desk.post(invoice(order_id(1), "0.10", lines=[thirds]))
    (call,) = [each for each in desk.writes() if "Invoices" in each.path]
    (line,) = json.loads(call.body, parse_float=Decimal)["Invoices"][0]["LineItems"]
    assert b'"UnitAmount":0.0333,' in call.body
    assert b'"LineAmount":0.10,' in call.body
    assert line["Quantity"] == 3


def operation_of(model: Schema, call: Call) -> Schema:
    path = call.path.removeprefix("/api.xro/2.0")
    if path not in model["paths"]:
        resource, _, rest = path.strip("/").partition("/")
        end = rest.partition("/")[2]
        (path,) = [
            each
            for each in model["paths"]
            if each.startswith(f"/{resource}/{{") and each.partition("}")[2].strip("/") == end
        ]
    found: Schema = model["paths"][path][call.method.lower()]
    return {**found, "shared": model["paths"][path].get("parameters", [])}


def parameters(model: Schema, call: Call) -> Iterator[Schema]:
    operation = operation_of(model, call)
    for each in (*operation.get("parameters", ()), *operation["shared"]):
        if "$ref" in each:
            yield model["components"]["parameters"][each["$ref"].rpartition("/")[2]]
        else:
            yield each


def all_strict(model: Schema) -> Schema:
    return {name: strict(model, each) for name, each in model["components"]["schemas"].items()}


def strict(model: Schema, schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema, in which an unknown field is a fault."""
    if isinstance(schema, list):
        return [strict(model, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: {name: strict(model, part) for name, part in value.items()}
        if key == "properties"
        else strict(model, value)
        for key, value in schema.items()
        if key not in ("example", "externalDocs", "nullable", "readOnly")
    }
    if "properties" in schema:
        made["additionalProperties"] = False
    if schema.get("nullable") and "type" in schema:
        made["type"] = [schema["type"], "null"]
    return made
