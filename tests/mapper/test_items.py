from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from source_records import listing, schema, state

import books
from transforms import messages
from transforms.ledger.items import CODE_LENGTH, item_code

Message = dict[str, Any]
Run = Callable[..., list[Message]]
GERMAN = {"marketplace_id": "A1PA6795UKMFR9", "marketplace": "Amazon.de"}


@pytest.fixture(autouse=True)
def listings(maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "refunds:", "items: listings\nrefunds:")


def edit(folder: Path, table: str, old: str, new: str) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8")


def items(written: list[Message]) -> list[dict[str, Any]]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == "items"
    ]


def held_records(written: list[Message]) -> list[dict[str, Any]]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == "held"
    ]


def test_a_listing_is_an_item_by_the_code_of_skus_csv(run: Run) -> None:
    [item] = items(run([schema("listings"), listing("WID-S-UK", "Widget, small", "12.50")]))
    assert item == {
        "document_id": "item:WIDGET-S",
        "code": "WIDGET-S",
        "name": "Widget, small",
        "description": "Widget, small",
        "sale_price": "12.50",
        "account": "200",
        "tax_type": "OUTPUT2",
        "source": item["source"],
    }
    assert item["source"]["marketplace"] == "Amazon.co.uk"
    assert list(Draft202012Validator(messages.schema("items")).iter_errors(item)) == []


def test_one_item_for_all_marketplaces_priced_in_the_base_currency(run: Run) -> None:
    german = listing("WID-S-UK", "Ding, klein", "14.00", **GERMAN)
    british = listing("WID-S-UK", "Widget, small", "12.50")
    for order in ([german, british], [british, german]):
        [item] = items(run(order))
        assert (item["name"], item["sale_price"]) == ("Widget, small", "12.50")


def test_a_listing_in_another_currency_alone_leaves_the_price_alone(run: Run) -> None:
    [item] = items(run([listing("ONLY-DE", "Ding", "14.00", **GERMAN)]))
    assert (item["code"], item["sale_price"], item["account"]) == ("ONLY-DE", None, "210")


def test_two_skus_of_one_item_make_one_item(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WID-L-UK,,WIDGET-L", "WID-L-UK,,WIDGET-S")
    made = items(run([listing("WID-S-UK", "Small", "1.00"), listing("WID-L-UK", "Large", "2.00")]))
    assert [(item["code"], item["name"]) for item in made] == [("WIDGET-S", "Large")]


def test_a_sku_without_item_code_makes_none(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WID-S-UK,,WIDGET-S", "WID-S-UK,,")
    assert items(run([listing("WID-S-UK", "Small", "1.00")])) == []


def test_a_long_title_is_cut_to_what_xero_keeps_and_a_missing_one_is_the_sku(run: Run) -> None:
    long, bare = items(run([listing("B", "x" * 49 + " y" * 3000, None), listing("C", None, "1")]))
    assert (long["name"], len(long["description"]), long["sale_price"]) == ("x" * 49, 4000, None)
    assert bare["name"] == "C"


def test_a_sales_account_of_the_sku_is_the_items(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WIDGET-S,,", "WIDGET-S,205,ZERORATEDOUTPUT")
    [item] = items(run([listing("WID-S-UK", "Small", "1.00")]))
    assert (item["account"], item["tax_type"]) == ("205", "ZERORATEDOUTPUT")


def test_a_tax_type_of_the_sku_without_an_account_is_the_items(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "skus.csv", "WIDGET-S,,", "WIDGET-S,,ZERORATEDOUTPUT")
    [item] = items(run([listing("WID-S-UK", "Small", "1.00")]))
    assert (item["account"], item["tax_type"]) == ("200", "ZERORATEDOUTPUT")


def test_items_come_before_the_state_behind_them(run: Run) -> None:
    written = run([schema("listings"), listing("A", "A", "1"), state("end")])
    assert [each["type"] for each in written][-2:] == ["RECORD", "STATE"]


def test_a_marketplace_that_the_maps_lack_is_counted_aloud(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    french = {"marketplace_id": "A13V1IB3VIYZZH", "marketplace": "Amazon.fr"}
    assert items(run([listing("A", "A", "1", **french)])) == []
    assert "1 listings of Amazon.fr make no items" in caplog.text


def test_an_item_without_a_sales_account_waits_with_the_line_to_add(
    run: Run, maps_folder: Path
) -> None:
    edit(maps_folder, "accounts.csv", "\nsales,,,,200,OUTPUT2", "")
    written = run([listing("A", "A", "1"), listing("B", "B", "1", **GERMAN)])
    assert [item["code"] for item in items(written)] == ["B"]
    [held] = [
        each["record"] for each in written if each.get("stream") == "held" and "record" in each
    ]
    assert (held["document_id"], held["reason"]) == ("item:A", "no_account")
    assert "add a line `sales,Amazon.co.uk,,,ACCOUNT,TAX_TYPE` to accounts.csv" in held["details"]


def test_codes_that_differ_only_in_case_wait_for_codes_of_their_own(
    run: Run, maps_folder: Path, books_url: str
) -> None:
    offered = [listing("ab-1", "Small", "1.00"), listing("AB-1", "Large", "2.00")]
    written = run([*offered, listing("B", "B", "1.00")])
    assert [item["code"] for item in items(written)] == ["B"]
    held = held_records(written)
    assert [each["document_id"] for each in held] == ["item_code:AB-1", "item_code:ab-1"]
    assert "differ only in case" in held[1]["details"]
    assert "add a line `ab-1,,ITEM_CODE,,,` to skus.csv" in held[1]["details"]
    with books.open_books(books_url) as kept:
        for each in held:
            kept.record_held(each)
    edit(maps_folder, "skus.csv", "GAD-1,", "ab-1,,SMALL-1,,,\nGAD-1,")
    again = run(offered)
    assert [item["code"] for item in items(again)] == ["AB-1", "SMALL-1"]
    said = held_records(again)
    assert {each["document_id"]: each["state"] for each in said[-2:]} == {
        "item_code:AB-1": "resolved",
        "item_code:ab-1": "resolved",
    }


def test_off_by_default(run: Run, maps_folder: Path) -> None:
    edit(maps_folder, "books.yml", "items: listings\n", "")
    written = run([schema("listings"), listing("A", "A", "1")])
    assert "items" not in {each.get("stream") for each in written}


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_a_code_fits_is_stable_and_differs_where_the_skus_differ(one: str, other: str) -> None:
    assert len(item_code(one)) <= CODE_LENGTH
    assert item_code(one) == item_code(str(one))
    assert (item_code(one) == item_code(other)) == (one == other)


def test_a_long_sku_keeps_its_beginning() -> None:
    made = item_code("SEASONAL-GIFT-BOX-RED-LARGE-2026-UK")
    assert made == "SEASONAL-GIFT-BOX-RED-c52b45a9"
