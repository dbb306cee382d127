"""Records of tap-xero against its schema files, and Xero's own examples as records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi import OpenApi
from xero_tap import ALL, Json, Run, fill, xero_desk

from tap_xero.shapes import record

# Xero's list of each stream; exchange rates are no list of Xero's.
LISTS = {
    "organisation": ("/Organisation", "Organisations"),
    "accounts": ("/Accounts", "Accounts"),
    "tax_rates": ("/TaxRates", "TaxRates"),
    "tracking_categories": ("/TrackingCategories", "TrackingCategories"),
    "currencies": ("/Currencies", "Currencies"),
    "items": ("/Items", "Items"),
    "contacts": ("/Contacts", "Contacts"),
    "invoices": ("/Invoices", "Invoices"),
    "credit_notes": ("/CreditNotes", "CreditNotes"),
    "payments": ("/Payments", "Payments"),
    "manual_journals": ("/ManualJournals", "ManualJournals"),
    "bank_transactions": ("/BankTransactions", "BankTransactions"),
}
MODELS = {
    "organisation": "Organisation",
    "accounts": "Account",
    "tax_rates": "TaxRate",
    "tracking_categories": "TrackingCategory",
    "currencies": "Currency",
    "items": "Item",
    "contacts": "Contact",
    "invoices": "Invoice",
    "credit_notes": "CreditNote",
    "payments": "Payment",
    "manual_journals": "ManualJournal",
    "bank_transactions": "BankTransaction",
}
# How the OpenAPI document says what ours say by format.
FORMATS = {"number": "singer.decimal"}


def schema(root: Path, stream: str) -> Json:
    folder = root / "tap-xero" / "tap_xero" / "schemas"
    return dict(json.loads((folder / f"{stream}.json").read_text(encoding="utf-8")))


def validator(root: Path, stream: str) -> Draft202012Validator:
    return Draft202012Validator(
        schema(root, stream), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def objects(node: Any, place: str = "") -> Iterator[tuple[str, Json]]:
    """Give every object schema within a schema, with its place."""
    if "properties" in node:
        yield place, node
        for name, child in node["properties"].items():
            yield from objects(child, f"{place}/{name}")
    if "items" in node:
        yield from objects(node["items"], f"{place}[]")


@pytest.fixture(scope="module")
def ran() -> Run:
    with xero_desk("sqlite:///nowhere/books.db") as desk:
        fill(desk)
        found = desk.run(*ALL)
    assert found.error is None
    return found


@pytest.fixture(scope="module")
def api(shared: Path) -> OpenApi:
    return OpenApi(shared / "specs" / "xero" / "xero_accounting.yaml")


@pytest.fixture(scope="module")
def examples(shared: Path) -> Json:
    """Xero's own answers to GET, numbers exact."""

    class Exact(yaml.SafeLoader):
        """Reads fractions as they are written, and dates as text."""

    def number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
        return Decimal(str(loader.construct_scalar(node)))

    def text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
        return str(loader.construct_scalar(node))

    Exact.add_constructor("tag:yaml.org,2002:float", number)
    Exact.add_constructor("tag:yaml.org,2002:timestamp", text)
    file = shared / "specs" / "xero" / "xero_accounting.yaml"
    document: Json = yaml.load(file.read_text(encoding="utf-8"), Exact)
    return {
        stream: document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"][
            "example"
        ][name]
        for stream, (path, name) in LISTS.items()
    }


@pytest.mark.parametrize("stream", ALL)
def test_every_record_fits_its_schema(root: Path, ran: Run, stream: str) -> None:
    found = ran.records(stream)
    assert found
    checker = validator(root, stream)
    assert [error.message for each in found for error in checker.iter_errors(each)] == []
    fields = set(schema(root, stream)["properties"])
    assert all(set(each) == fields for each in found)


@pytest.mark.parametrize("stream", ALL)
def test_schemas_are_closed_and_every_property_is_described(root: Path, stream: str) -> None:
    Draft202012Validator.check_schema(schema(root, stream))
    for place, node in objects(schema(root, stream)):
        assert node["additionalProperties"] is False, place
        for name, child in node["properties"].items():
            assert child.get("description", "").endswith("."), f"{place}/{name}"


@pytest.mark.parametrize("stream", ALL)
def test_the_schema_message_is_the_file(root: Path, ran: Run, stream: str) -> None:
    (message,) = (m for m in ran.messages if m["type"] == "SCHEMA" and m["stream"] == stream)
    assert message["schema"]["properties"] == schema(root, stream)["properties"]
    assert message["key_properties"] == schema(root, stream)["required"][:1]


def test_the_fields_that_prices_are_made_by(root: Path) -> None:
    def fields(stream: str, *path: str) -> set[str]:
        node = schema(root, stream)
        for name in path:
            node = node["properties"][name]
        return set(node["properties"])

    assert fields("organisation") >= {"organisation_id", "name", "base_currency"}
    assert fields("tax_rates") >= {"tax_type", "name", "status", "effective_rate"}
    assert fields("exchange_rates") >= {
        *("currency_code", "base_currency", "rate", "document_type", "document_number", "date"),
    }
    assert fields("items") == {
        *("item_id", "code", "name", "description", "purchase_description", "is_sold"),
        *("is_purchased", "is_tracked_as_inventory", "inventory_asset_account_code"),
        *("total_cost_pool", "quantity_on_hand", "sales_details", "purchase_details"),
        "updated_date_utc",
    }
    sales = {"unit_price", "account_code", "tax_type"}
    assert fields("items", "sales_details") == sales
    assert fields("items", "purchase_details") == {*sales, "cogs_account_code"}


@pytest.mark.parametrize("stream", LISTS)
def test_every_property_is_a_field_of_xeros_of_the_same_kind(
    root: Path, api: OpenApi, stream: str
) -> None:
    strangers = list(_strangers(schema(root, stream), api, {"$ref": f"#/x/{MODELS[stream]}"}))
    assert strangers == []


def _strangers(ours: Json, api: OpenApi, theirs: Json, place: str = "") -> Iterator[str]:
    fields = _model(api, theirs)["properties"]
    known = {name.casefold(): each for name, each in fields.items()}
    for name, kind in ours["properties"].items():
        path, field = f"{place}/{name}", known.get(name.replace("_", ""))
        if field is None:
            yield f"{path} is no field of Xero's"
        elif "items" in kind:
            yield from _strangers(kind["items"], api, field["items"], path)
        elif "properties" in kind:
            yield from _strangers(kind, api, field, path)
        elif kind.get("format") != _format(_model(api, field)):
            yield f"{path} is {_format(_model(api, field))} with Xero"


def _model(api: OpenApi, node: Json) -> Json:
    while "$ref" in node:
        node = api.document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node


def _format(field: Json) -> str | None:
    if field.get("x-is-msdate"):
        return "date"
    if field.get("x-is-msdate-time"):
        return "date-time"
    return FORMATS.get(field.get("type", ""))


@pytest.mark.parametrize("stream", LISTS)
def test_xeros_own_answers_become_records(root: Path, examples: Json, stream: str) -> None:
    checker, made = validator(root, stream), []
    for element in examples[stream]:
        made.append(record(schema(root, stream), element))
        assert [error.message for error in checker.iter_errors(made[-1])] == []
    assert made
    assert all(each[schema(root, stream)["required"][0]] for each in made)


def test_xeros_own_values_are_kept(root: Path, examples: Json) -> None:
    item = record(schema(root, "items"), examples["items"][0])
    given = examples["items"][0]
    assert item["code"] == given["Code"]
    assert item["sales_details"]["unit_price"] == str(given["SalesDetails"]["UnitPrice"])
    rate = record(schema(root, "tax_rates"), examples["tax_rates"][0])
    assert rate["effective_rate"] == str(examples["tax_rates"][0]["EffectiveRate"])
    for element in examples["invoices"]:
        invoice = record(schema(root, "invoices"), element)
        assert invoice["total"] == str(element["Total"])
        if "DateString" in element:
            assert invoice["date"] == element["DateString"][:10]


def test_the_rate_of_a_document_is_its_currency_for_one_of_base_currency(api: OpenApi) -> None:
    """Xero's example: a quote in AUD, in NZD books, when 1 NZD was 0.94 AUD (and not 1.07)."""
    operation = api.operation(("GET", "/Quotes"))
    quotes = api.example(operation["responses"]["200"])["Quotes"]
    (quote,) = (each for each in quotes if each["CurrencyCode"] == "AUD")
    assert Decimal(str(quote["CurrencyRate"])) == Decimal("0.937053")
