"""The simulator's listings, feeds and product types against Amazon's published models.

Every answer validates against the model's response schema; the pairs of Amazon's static sandbox are
given back; processing reports are what the vendor's schema for them says.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from amazon_models import LATE_REFUSALS, LISTING_OPERATIONS, Ask, Model, caller
from jsonschema import Draft7Validator

from simulators.amazon_sp import Seller, application
from simulators.amazon_sp.demo import demo_seller
from simulators.amazon_sp.offers import Listing, offer
from simulators.amazon_sp.stored import Document
from simulators.clock import Clock
from simulators.wsgi import Request

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
US, CA, UK = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1F83G8C2ARO7P"
ALL_DATA = (
    "summaries,attributes,issues,offers,fulfillmentAvailability,procurement,relationships,"
    "productTypes"
)
ITEMS = {
    "getListingsItem": {"sku": "NONE"},
    "getFeed": {"feedId": "123456"},
    "cancelFeed": {"feedId": "123456"},
    "getFeedDocument": {"feedDocumentId": "amzn1.tortuga.none"},
    "getDefinitionsProductType": {"productType": "NONE"},
}
REFUSALS = [
    *((name, status) for name in LISTING_OPERATIONS for status in (400, 403, 429, 500, 503)),
    *((name, 404) for name in ITEMS),
]


@pytest.fixture(scope="module")
def models(shared: Path) -> dict[str, Model]:
    folder = shared / "specs" / "amazon"
    return {operation: Model(folder, operation) for operation in LISTING_OPERATIONS}


def in_america(as_of: datetime = NOW) -> Seller:
    """A seller with the marketplaces that the pairs name."""
    markets = ((US, "USD", "en_US"), (CA, "CAD", "en_CA"), (UK, "GBP", "en_GB"))
    return Seller(
        clock=Clock(at=as_of),
        participations=[
            {
                "marketplace": {
                    "id": place,
                    "defaultCurrencyCode": currency,
                    "defaultLanguageCode": language,
                }
            }
            for place, currency, language in markets
        ],
    )


def send(model: Model, ask: Ask, seller: Seller, **values: Any) -> Any:
    """Call an operation with a pair's parameters, and with the required ones it leaves out."""
    due = {"sellerId": seller.seller_id, "sku": "GM-ZDPI-9B4E", "productType": "LUGGAGE"}
    asked = {name: due[name] for name in due if "{" + name + "}" in model.path} | values
    body = asked.pop("body", None)
    return ask(model.method.upper(), model.target(asked), body)


# -- refusals and the demo ---------------------------------------------------------------------


@pytest.mark.parametrize(("operation", "status"), REFUSALS)
def test_refusals_have_the_shape_and_headers_of_the_model(
    models: dict[str, Model], operation: str, status: int
) -> None:
    model, seller = models[operation], in_america()
    ask = caller(seller)
    values: dict[str, Any] = dict(ITEMS.get(operation, {}))
    if "marketplaceIds" in json.dumps(model.operation["parameters"], default=str):
        values["marketplaceIds"] = US
    if status == 400:
        values["nonsense"] = "1"
    elif status == 403:
        seller.roles.clear()
    elif status == 429:
        seller.plans[operation] = (0.001, 0)
    elif status in LATE_REFUSALS:
        seller.fail(status)
    response = send(model, ask, seller, **values)
    assert response.status == status, response.content()
    model.validate(response)


def test_the_demo_sellers_listings_are_as_the_models_say(models: dict[str, Model]) -> None:
    seller = demo_seller(NOW, Clock(at=NOW))
    ask, model, seen = caller(seller), models["searchListingsItems"], []
    values = {"marketplaceIds": f"{UK},A1PA6795UKMFR9", "includedData": ALL_DATA, "pageSize": 4}
    for _ in range(5):
        page = model.validate(send(model, ask, seller, **values))
        seen += page["items"]
        if "nextToken" not in page.get("pagination", {}):
            break
        values["pageToken"] = page["pagination"]["nextToken"]
    assert len(seen) == page["numberOfResults"] == len({each.sku for each in seller.listings})
    one = models["getListingsItem"]
    for item in seen[:3]:
        values = {"sku": item["sku"], "marketplaceIds": f"{UK},A1PA6795UKMFR9"}
        got = one.validate(send(one, ask, seller, **values, includedData=ALL_DATA))
        assert got == item


def test_a_product_types_schema_lies_where_its_definition_says(models: dict[str, Model]) -> None:
    seller = in_america()
    model = models["getDefinitionsProductType"]
    values = {"marketplaceIds": US, "requirements": "LISTING_OFFER_ONLY"}
    found = model.validate(send(model, caller(seller), seller, **values))
    parts = urlsplit(found["schema"]["link"]["resource"])
    answer = application(seller)(Request.of("GET", f"{parts.path}?{parts.query}"))
    schema = json.loads(answer.content())
    Draft7Validator.check_schema({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    price = {"schedule": [{"value_with_tax": 19.99}]}
    good = {"purchasable_offer": [{"currency": "USD", "our_price": [price]}]}
    due = {"condition_type": [{"value": "new_new"}]}
    validator = Draft7Validator({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    assert validator.is_valid(due | good)
    assert not validator.is_valid(good)
    assert not validator.is_valid(due | {"purchasable_offer": [{"our_price": price}]})


# -- the sandbox's pairs -----------------------------------------------------------------------


def put_in(seller: Seller, item: dict[str, Any]) -> None:
    """Put an item of a pair into a seller's account, one listing for each of its summaries."""
    offers = {each["marketplaceId"]: each["price"] for each in item.get("offers", [])}
    for number, summary in enumerate(item["summaries"]):
        place = summary["marketplaceId"]
        price = offers[place]
        stock = [
            {"fulfillment_channel_code": each["fulfillmentChannelCode"], "quantity": 100}
            for each in item["fulfillmentAvailability"]
        ]
        seller.listings.append(
            Listing(
                marketplace_id=place,
                sku=item["sku"],
                currency=price["currencyCode"],
                asin=summary["asin"],
                title=summary["itemName"],
                product_type=summary["productType"],
                opened=datetime.fromisoformat(summary["createdDate"]),
                changed=datetime.fromisoformat(summary["lastUpdatedDate"]),
                image=summary["mainImage"],
                statuses=summary["status"],
                offers=[offer(place, price["currencyCode"], Decimal(price["amount"]))],
                availability=stock,
                issues=item["issues"] if number == 0 else [],
            )
        )


@pytest.mark.parametrize("operation", ["getListingsItem", "searchListingsItems"])
def test_amazons_own_items_are_given_back(models: dict[str, Model], operation: str) -> None:
    model = models[operation]
    [(_, _, values, response)] = [pair for pair in model.pairs() if pair[0] == "200"]
    seller = in_america()
    [theirs] = response.get("items", [response])
    put_in(seller, theirs)
    for sku in ("HW-ZDPI-9B4E", "TC-ZDPI-9B4E"):
        seller.add_listing(sku, "1.00", US, opened=datetime(2020, 1, 1, tzinfo=UTC))
    default = {"marketplaceIds": f"{US},{CA}", "includedData": "summaries,offers,issues"}
    default["includedData"] += ",fulfillmentAvailability"
    body = model.validate(send(model, caller(seller), seller, **(default | values)))
    if operation == "searchListingsItems":
        assert body["numberOfResults"] == response["numberOfResults"]
        assert "nextToken" in body["pagination"]
        [body] = body["items"]
        # The search's pair is older than the audience of an offer.
        for each in body["offers"]:
            assert each.pop("audience")["value"] == "ALL"
    assert body == theirs


def test_amazons_own_patches_are_answered_so(models: dict[str, Model]) -> None:
    model = models["patchListingsItem"]
    price = [{"schedule": [{"value_with_tax": 9}]}]
    good: dict[str, Any] = {"op": "replace", "path": "/attributes/purchasable_offer"}
    good["value"] = [{"our_price": price}]
    fake = {**good, "path": "/attributes/fake_attribute"}
    for status, _, values, response in model.pairs():
        if status != "200":
            continue
        seller = in_america()
        for sku in ("GM-ZDPI-9B4E", "VALIDATION_VALID", "VALIDATION_INVALID"):
            seller.add_listing(sku, "10.00", US, asin="B07N4M94X4", quantity=1)
        patch = fake if response["status"] == "INVALID" else good
        body = {"productType": "LUGGAGE", "patches": [patch]}
        asked = {"marketplaceIds": US, **values, "body": body}
        answer = model.validate(send(model, caller(seller), seller, **asked))
        assert len(answer.pop("submissionId")) == 32
        del response["submissionId"]
        assert answer == response


@pytest.mark.parametrize(
    "operation", ["getFeeds", "createFeed", "createFeedDocument", "getFeed", "getFeedDocument"]
)
def test_amazons_own_feeds_are_given_back(models: dict[str, Model], operation: str) -> None:
    model = models[operation]
    [(status, _, values, response)] = [p for p in model.pairs() if p[0].startswith("2")]
    seller = in_america(datetime(2024, 3, 12, tzinfo=UTC))
    for feed in response.get("feeds", []):
        seller.feeds[feed["feedId"]] = feed
    if operation == "getFeed":
        # The pair asks for feedId1 and is answered with FeedId1.
        seller.feeds[values["feedId"]] = response
    document_id = values.get("feedDocumentId") or values.get("body", {}).get("inputFeedDocumentId")
    seller.feed_documents[document_id] = Document(document_id, b"")
    answer = send(model, caller(seller), seller, **values)
    assert answer.status == int(status), answer.content()
    body = model.validate(answer)
    # Ids, addresses and page tokens are each server's own.
    own = {"nextToken", "url"} | ({"feedId", "feedDocumentId"} & body.keys() - values.keys())
    assert {k: v for k, v in body.items() if k not in own} == {
        k: v for k, v in response.items() if k not in own
    }
    if operation == "createFeed":
        made = seller.feeds[body["feedId"]]
        assert made["marketplaceIds"] == values["body"]["marketplaceIds"]


def test_amazons_own_cancellation_is_answered_so(models: dict[str, Model]) -> None:
    seller, model = in_america(), models["cancelFeed"]
    seller.feeds["ID1"] = {"feedId": "ID1", "createdTime": "2026-11-21T08:59:59Z"}
    seller.feeds["ID1"]["processingStatus"] = "IN_QUEUE"
    answer = send(model, caller(seller), seller, feedId="ID1")
    assert (answer.status, answer.content()) == (200, b"")
    assert seller.feeds["ID1"]["processingStatus"] == "CANCELLED"


def test_amazons_own_product_types_are_given_back(models: dict[str, Model]) -> None:
    seller = in_america()
    search, one = models["searchDefinitionsProductTypes"], models["getDefinitionsProductType"]
    [(_, _, _, response)] = [pair for pair in search.pairs() if pair[0] == "200"]
    answer = send(search, caller(seller), seller, marketplaceIds=US, keywords="luggage")
    assert search.validate(answer) == response
    [(_, _, _, response)] = [pair for pair in one.pairs() if pair[0] == "200"]
    body = one.validate(send(one, caller(seller), seller, marketplaceIds=US))
    ours = {"metaSchema", "schema", "propertyGroups"}  # each server's addresses, and a smaller type
    assert {k: v for k, v in body.items() if k not in ours} == {
        k: v for k, v in response.items() if k not in ours
    }
    assert body["propertyGroups"].keys() >= response["propertyGroups"].keys()


@pytest.mark.parametrize("operation", sorted(LISTING_OPERATIONS))
def test_what_amazons_examples_refuse_is_refused(models: dict[str, Model], operation: str) -> None:
    """Pairs name a magic word alone; without the marketplaces that are due, it is refused too."""
    model, seller = models[operation], in_america()
    refusals = [pair for pair in model.pairs() if pair[0] == "400"]
    assert refusals
    for _, _, values, response in refusals:
        answer = send(model, caller(seller), seller, **values)
        assert answer.status == 400, answer.content()
        ours, theirs = model.validate(answer)["errors"], response["errors"]
        assert len(ours) == len(theirs)
        assert set(theirs[0]) <= set(ours[0]) <= {"code", "message", "details"}


# -- processing reports ------------------------------------------------------------------------


def reported(seller: Seller, content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Process a document as a feed; gives the feed and its report."""
    ask = caller(seller)
    seller.feed_documents["amzn1.tortuga.1"] = Document("amzn1.tortuga.1", content)
    wanted = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US]}
    body = {**wanted, "inputFeedDocumentId": "amzn1.tortuga.1"}
    made = json.loads(ask("POST", "/feeds/2021-06-30/feeds", body).content())
    seller.clock.advance(timedelta(minutes=1))
    feed = json.loads(ask("GET", f"/feeds/2021-06-30/feeds/{made['feedId']}").content())
    document = seller.feed_documents[feed["resultFeedDocumentId"]]
    return feed, json.loads(gzip.decompress(document.content))


@pytest.fixture(scope="module")
def report_schema(shared: Path) -> Draft7Validator:
    path = shared / "specs" / "amazon" / "listings-feed-processing-report-schema-v2.json"
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def test_the_vendors_example_of_a_feed_makes_a_report_like_the_vendors(
    shared: Path, report_schema: Draft7Validator
) -> None:
    """It states a quantity of goods that Amazon keeps, which is refused; the rest goes through."""
    folder = shared / "specs" / "amazon"
    feed = json.loads((folder / "listings-feed-schema-v2.example.json").read_text("utf-8"))
    seller = in_america()
    feed["header"]["sellerId"] = seller.seller_id
    for sku in ("My-SKU-A", "My-SKU-B", "My-SKU-C"):
        seller.add_listing(sku, "30.0", US, quantity=1)
    _, report = reported(seller, json.dumps(feed).encode())
    report_schema.validate(report)
    theirs = json.loads(
        (folder / "listings-feed-processing-report-schema-v2.example.json").read_text("utf-8")
    )
    assert report.keys() == theirs.keys()
    assert report["summary"].keys() == theirs["summary"].keys()
    assert report["header"].keys() == theirs["header"].keys()
    assert report["summary"]["messagesProcessed"] == len(feed["messages"])
    refused = {each["messageId"] for each in report["issues"]}
    assert len(refused) == report["summary"]["messagesInvalid"]


@pytest.mark.parametrize(
    "content", [b"{", b'{"header":{"version":"2.0"}}', b"[]"], ids=["half", "nobody's", "list"]
)
def test_a_report_of_what_is_no_feed_is_as_the_schema_says(
    report_schema: Draft7Validator, content: bytes
) -> None:
    feed, report = reported(in_america(), content)
    assert feed["processingStatus"] == "FATAL"
    report_schema.validate(report)
    assert report["summary"]["errors"] == 1
