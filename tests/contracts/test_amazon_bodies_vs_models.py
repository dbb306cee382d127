"""Every body that the target sends to Amazon fits the vendor's own models and schemas."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from amazon_models import merged, strict
from jsonschema import Draft4Validator, Draft7Validator
from target_amazon.price_desk import PriceDesk, opened_desk, price, quantity

from amazon_sp import exact
from books import Kind, PriceChange, Stage
from books.changes import new_id
from target_amazon_sp import bodies
from target_amazon_sp.bodies import Sending
from target_amazon_sp.places import PLACES

UK = "A1F83G8C2ARO7P"


@pytest.fixture
def models(shared: Path) -> Path:
    return shared / "specs" / "amazon"


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    with opened_desk(tmp_path) as opened:
        yield opened


def definition(models: Path, file: str, name: str) -> Draft4Validator:
    whole = json.loads((models / file).read_text(encoding="utf-8"))["definitions"]
    definitions = strict(merged(whole, whole))
    return Draft4Validator({"definitions": definitions, **definitions[name]})


def row(kind: Kind, new: str, sku: str = "A") -> PriceChange:
    return PriceChange(
        change_id=new_id(),
        seller_id="S1",
        marketplace_id=UK,
        marketplace="Amazon.co.uk",
        sku=sku,
        kind=kind,
        document_id="d",
        currency="GBP" if kind is Kind.PRICE else None,
        new=Decimal(new),
        state=Stage.INTENDED,
    )


def sending(sku: str = "A") -> Sending:
    rows = (row(Kind.PRICE, "19.99", sku), row(Kind.QUANTITY, "0", sku))
    return Sending(PLACES[UK], sku, "LUGGAGE", rows)


def test_a_patch_fits_the_model(models: Path) -> None:
    body = json.loads(exact.written(bodies.patch(sending())))
    definition(models, "listingsItems_2021-08-01.json", "ListingsItemPatchRequest").validate(body)


def test_a_feed_fits_its_schema_and_its_messages_theirs(models: Path) -> None:
    ((content, _),) = bodies.parts("S1", [sending(f"S{number}") for number in range(3)])
    feed = json.loads(content)
    whole = json.loads((models / "listings-feed-schema-v2.json").read_text(encoding="utf-8"))
    Draft7Validator(whole).validate(feed)
    text = (models / "listings-feed-message-schema-v2.json").read_text(encoding="utf-8")
    for message in feed["messages"]:
        Draft7Validator(json.loads(text)).validate(message)
    assert [message["messageId"] for message in feed["messages"]] == [1, 2, 3]


def test_every_body_of_a_run_fits_the_models(models: Path, desk: PriceDesk) -> None:
    for number in range(8):
        desk.seller.add_listing(f"S{number}", "10.00", quantity=1)
    documents = [price(f"S{number}", "11.00") for number in range(8)]
    documents += [quantity(f"S{number}", 3) for number in range(8)]
    desk.run(documents, mode="preview")
    desk.run(documents[:3])
    desk.run(documents, few=5)
    feeds = "feeds_2021-06-30.json"
    checks = {
        "/feeds/2021-06-30/documents": definition(models, feeds, "CreateFeedDocumentSpecification"),
        "/feeds/2021-06-30/feeds": definition(models, feeds, "CreateFeedSpecification"),
    }
    patches = definition(models, "listingsItems_2021-08-01.json", "ListingsItemPatchRequest")
    seen = set()
    for call in desk.seller.calls:
        if call.method == "PATCH":
            patches.validate(json.loads(call.body))
        elif call.method == "POST" and call.path in checks:
            checks[call.path].validate(json.loads(call.body))
        seen.add((call.method, call.path))
    assert {("POST", path) for path in checks} <= seen
    assert any(method == "PATCH" for method, _ in seen)


def test_query_parameters_are_those_of_the_model(models: Path, desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "11.00")], mode="preview")
    text = (models / "listingsItems_2021-08-01.json").read_text(encoding="utf-8")
    paths = json.loads(text)["paths"]
    known = {
        "GET": paths["/listings/2021-08-01/items/{sellerId}"]["get"],
        "PATCH": paths["/listings/2021-08-01/items/{sellerId}/{sku}"]["patch"],
    }
    for call in desk.seller.calls:
        if not call.path.startswith("/listings/"):
            continue
        parameters = {each.get("name"): each for each in known[call.method]["parameters"]}
        for name, (value,) in call.query.items():
            allowed = (parameters[name].get("items") or parameters[name]).get("enum")
            assert allowed is None or set(value.split(",")) <= set(allowed)


def test_a_feed_is_cut_by_messages_and_by_bytes() -> None:
    sendings = [sending(f"S{number}") for number in range(7)]
    cut = list(bodies.parts("S1", sendings, most_messages=3))
    assert [len(part) for _, part in cut] == [3, 3, 1]
    assert [json.loads(content)["messages"][0]["messageId"] for content, _ in cut] == [1, 1, 1]
    small = list(bodies.parts("S1", sendings, most_bytes=900))
    assert all(len(content) <= 900 for content, _ in small)
    assert [each for _, part in small for each in part] == sendings
    assert len(small) > 1
