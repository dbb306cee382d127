"""Stock of all marketplaces becomes levels at the end of a run, and only when it was read whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from source_records import listing, record, schema

from books import open_books
from transforms import maps, messages

Message = dict[str, Any]
Run = Callable[..., list[Message]]
UK, DE, FR = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
GERMAN: dict[str, Any] = {"marketplace_id": DE, "marketplace": "Amazon.de"}
LINE = "stock_adjustment,,,,320,NONE\n"


@pytest.fixture(autouse=True)
def tracked(maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "refunds:", "stock_to_xero: tracked_items\nrefunds:")
    edit(maps_folder, "accounts.csv", "rollover,", f"{LINE}rollover,")


def edit(folder: Path, table: str, old: str, new: str) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8")


def fba(
    sku: str = "WID-S-UK", quantity: int | None = 5, place: str = UK, **changes: Any
) -> Message:
    values = {
        "marketplace_id": place,
        "seller_sku": sku,
        "condition": "NewItem",
        "fnsku": "X001",
        "asin": None,
        "product_name": None,
        "total_quantity": 99,
        "fulfillable_quantity": quantity,
        "reserved_quantity": 0,
        "unfulfillable_quantity": 40,
        "researching_quantity": 0,
        "inbound_working_quantity": 20,
        "inbound_shipped_quantity": 20,
        "inbound_receiving_quantity": 20,
        "last_updated": None,
    }
    return record("inventory", values | changes)


def merchant(sku: str = "WID-S-UK", quantity: int | None = 2, **changes: Any) -> Message:
    more = {"quantity": quantity, "fulfillment_channel": "MERCHANT", **changes}
    return listing(sku, "Widget", "1.00", **more)


def whole(*streams: str, places: tuple[str, ...] = (UK, DE), everywhere: bool = True) -> Message:
    """The state in which the tap says what it read from end to end, late in the evening in UTC."""
    told = {"at": "2026-04-20T23:30:00Z", "marketplaces": list(places), "all": everywhere}
    return {"type": "STATE", "value": {"bookmarks": {each: {"whole": told} for each in streams}}}


def read(*records: Message) -> list[Message]:
    """A run that reads both streams to their end."""
    of = {
        name: [each for each in records if each["stream"] == name]
        for name in ("inventory", "listings")
    }
    return [
        schema("inventory"),
        *of["inventory"],
        whole("inventory"),
        schema("listings"),
        *of["listings"],
        whole("inventory", "listings"),
    ]


def of_stream(written: list[Message], stream: str) -> list[dict[str, Any]]:
    return [each["record"] for each in written if each.get("stream") == stream and "record" in each]


def levels(written: list[Message]) -> dict[str, int]:
    return {each["item_code"]: each["quantity"] for each in of_stream(written, "stock_levels")}


def held(written: list[Message]) -> dict[str, tuple[str, str | None]]:
    return {
        each["document_id"]: (each["state"], each["reason"]) for each in of_stream(written, "held")
    }


def test_a_level_for_each_item_as_its_schema_has_it(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WID-S-UK,,WIDGET-S,,,", "WID-S-UK,,WIDGET-S,,,2.5")
    [level] = of_stream(run(read(fba(quantity=5), merchant(quantity=2))), "stock_levels")
    part = {"marketplace": "Amazon.co.uk", "seller_sku": "WID-S-UK", "pool": None}
    assert level == {
        "document_id": "stock:WIDGET-S",
        "item_code": "WIDGET-S",
        "quantity": 7,
        "parts": [
            {**part, "channel": "fba", "quantity": 5},
            {**part, "channel": "merchant", "quantity": 2},
        ],
        "date": "2026-04-21",
        "contact": "Inventory Adjustments",
        "account": "320",
        "tax_type": "NONE",
        "currency": "GBP",
        "unit_cost": "2.50",
        "source": {"organisation": "Demo Company (UK)"},
    }
    checked = Draft202012Validator(messages.schema("stock_levels"), format_checker=FormatChecker())
    assert list(checked.iter_errors(level)) == []


def test_what_is_on_its_way_or_cannot_be_sold_is_no_stock(run: Run) -> None:
    one = fba(quantity=5, reserved_quantity=2, researching_quantity=1)
    assert levels(run(read(one))) == {"WIDGET-S": 8}


def test_conditions_and_labels_of_one_sku_add_up_and_a_repeated_record_replaces(run: Run) -> None:
    records = fba(quantity=5), fba(quantity=1, fnsku="X002"), fba(quantity=4)
    assert levels(run(read(*records))) == {"WIDGET-S": 5}


def test_what_amazon_fulfils_is_no_merchant_stock(run: Run) -> None:
    blank = merchant(quantity=None, fulfillment_channel="AMAZON")
    stated = merchant("WID-L-UK", 9, fulfillment_channel="AMAZON")
    assert levels(run(read(fba(quantity=5), blank, stated))) == {"WIDGET-S": 5}


def test_a_listing_that_does_not_say_who_holds_the_units_holds_its_item(run: Run) -> None:
    written = run(read(fba(quantity=5), merchant(fulfillment_channel=None)))
    assert levels(written) == {}
    assert held(written) == {"stock:WIDGET-S": ("held", "stock_conflict")}


def test_one_pool_of_merchant_stock_counts_once(run: Run, maps_folder: Path) -> None:
    header = "bank_account,posting"
    edit(maps_folder, "marketplaces.csv", header, f"{header},stock_pool")
    edit(maps_folder, "marketplaces.csv", "090,orders", "090,orders,Home")
    edit(maps_folder, "marketplaces.csv", "095,settlements", "095,settlements,Home")
    assert levels(run(read(merchant(quantity=6), merchant(quantity=6, **GERMAN)))) == {
        "WIDGET-S": 6
    }
    apart = run(read(merchant(quantity=6), merchant(quantity=5, **GERMAN)))
    assert levels(apart) == {}
    assert held(apart) == {"stock:WIDGET-S": ("held", "stock_conflict")}


def test_the_stream_is_announced_last_and_no_state_passes_before_the_levels(run: Run) -> None:
    written = run(read(fba(), merchant()))
    announced = [each["stream"] for each in written if each["type"] == "SCHEMA"]
    assert announced[-1] == "stock_levels"
    assert [each["type"] for each in written[len(announced) :]] == ["RECORD", "STATE"]
    assert written[-1] == whole("inventory", "listings")


def test_off_by_default(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "stock_to_xero: tracked_items\n", "")
    written = run(read(fba(), merchant()))
    assert "stock_levels" not in {each.get("stream") for each in written}


def test_a_run_that_reads_no_stock_says_nothing_of_it(run: Run) -> None:
    written = run([schema("orders"), whole("inventory", "listings")])
    assert levels(written) == {}
    assert held(written) == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([schema("inventory"), fba()], "the stream inventory was not read from end to end"),
        ([*read(fba())[:-1]], "the stream listings was not read from end to end"),
        ([schema("inventory"), fba(), whole("inventory")], "the stream listings was not read"),
        ([schema("listings"), merchant(), whole("listings")], "the stream inventory was not read"),
        (
            [whole("inventory", "listings"), schema("inventory"), fba(), schema("listings")],
            "the stream inventory was not read",
        ),
        (
            [
                schema("inventory"),
                fba(),
                schema("listings"),
                whole("inventory", "listings", places=(UK,), everywhere=False),
            ],
            "inventory of Amazon.de was not read: see marketplace_ids",
        ),
    ],
    ids=["died", "put off", "not begun", "not selected", "said of an earlier run", "not all"],
)
def test_a_partial_read_makes_no_sums(run: Run, given: list[Message], words: str) -> None:
    written = run(given)
    assert levels(written) == {}
    assert held(written) == {"stock:levels": ("held", "partial_read")}
    assert words in of_stream(written, "held")[0]["details"]


def test_marketplaces_that_the_seller_is_no_longer_in_are_not_waited_for(run: Run) -> None:
    given = read(fba())
    given[-1] = whole("inventory", "listings", places=(UK,), everywhere=True)
    assert levels(run(given)) == {"WIDGET-S": 5}


def test_what_waited_is_resolved_by_the_first_run_that_can_tell(
    run: Run, books_url: str, maps_folder: Path
) -> None:
    first = run(read(fba("NEW-9", 3), fba("WID-S-UK", -1)))
    assert set(held(first)) == {"stock:sku:NEW-9", "stock:WIDGET-S"}
    with open_books(books_url) as books:
        for each in of_stream(first, "held"):
            books.record_held(each)
    partial = run([schema("inventory"), fba()])
    assert {state for state, _ in held(partial).values()} == {"held"}
    assert len(held(partial)) == 3, "a run that cannot tell lets them wait"
    edit(maps_folder, "skus.csv", "GAD-1,,", "NEW-9,,GADGET-1,,,\nGAD-1,,")
    second = run(read(fba("NEW-9", 3), fba("WID-S-UK", 1)))
    assert levels(second) == {"GADGET-1": 3, "WIDGET-S": 1}
    said = {each["document_id"]: each["state"] for each in of_stream(second, "held")}
    assert said == {"stock:sku:NEW-9": "resolved", "stock:WIDGET-S": "resolved"}


def test_the_account_is_asked_for_when_the_maps_are_read(maps_folder: Path) -> None:
    edit(maps_folder, "accounts.csv", LINE, "")
    with pytest.raises(maps.MapFaults, match=r"add a line `stock_adjustment,,,,ACCOUNT,NONE`"):
        maps.load(maps_folder)


def test_unit_costs_need_no_cost_of_goods_where_xero_books_it(maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WID-S-UK,,WIDGET-S,,,", "WID-S-UK,,WIDGET-S,,,2.5")
    assert not maps.load(maps_folder).has_costs


# Items that are offered


@pytest.mark.parametrize("choice", ["listings", "offered"])
def test_offered_items_are_those_of_listings_and_wait_for_a_word(
    run: Run, maps_folder: Path, choice: str
) -> None:
    edit(maps_folder, "books.yml", "stock_to_xero: tracked_items\n", f"items: {choice}\n")
    british, german = merchant("WID-S-UK"), merchant("WID-S-UK", **GERMAN)
    written = run([schema("listings"), british, german, merchant("SKU-" + "9" * 36)])
    assert "items" in {each["stream"] for each in written if each["type"] == "SCHEMA"}
    items = of_stream(written, "items")
    assert [len(each["code"]) for each in items] == [30, 8], "one for both marketplaces"
    assert [each.get("confirm") for each in items] == [True if choice == "offered" else None] * 2
    for each in items:
        assert list(Draft202012Validator(messages.schema("items")).iter_errors(each)) == []


def test_listings_may_make_items_and_levels_in_one_run(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "refunds:", "items: offered\nrefunds:")
    written = run(read(fba(), merchant()))
    assert [each["code"] for each in of_stream(written, "items")] == ["WIDGET-S"]
    assert levels(written) == {"WIDGET-S": 7}
    assert json.dumps(written).index('"items"') < json.dumps(written).index('"stock_levels"')
