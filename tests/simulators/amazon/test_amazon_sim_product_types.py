"""Product types: found by keywords, described by a schema that lies on this host."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulators.amazon_sp import Seller

Ask = Callable[..., Any]
UK = "A1F83G8C2ARO7P"
TYPES = "/definitions/2020-09-01/productTypes"
OFFER_ONLY = {"marketplaceIds": UK, "requirements": "LISTING_OFFER_ONLY"}


def test_the_schema_is_where_the_link_says_and_is_the_one_of_the_checksum(
    call: Ask, ask: Ask
) -> None:
    found = call(f"{TYPES}/PRODUCT", OFFER_ONLY).json()
    parts = urlsplit(found["schema"]["link"]["resource"])
    document = ask(f"{parts.path}?{parts.query}")
    digest = hashlib.md5(document.body).digest()
    assert found["schema"]["checksum"] == base64.b64encode(digest).decode()
    schema = json.loads(document.body)
    offer = schema["properties"]["purchasable_offer"]
    assert offer["selectors"] == ["marketplace_id", "currency", "audience"]
    assert schema["properties"]["fulfillment_availability"]["selectors"] == [
        "fulfillment_channel_code"
    ]
    assert schema["required"] == ["condition_type", "purchasable_offer"]
    assert (found["productType"], found["locale"]) == ("PRODUCT", "en_GB")


def test_requirements_are_left_out_when_they_are_not_enforced(call: Ask, ask: Ask) -> None:
    query = {**OFFER_ONLY, "requirementsEnforced": "NOT_ENFORCED"}
    parts = urlsplit(call(f"{TYPES}/LAMP", query).json()["schema"]["link"]["resource"])
    assert json.loads(ask(f"{parts.path}?{parts.query}").body)["required"] == []


@pytest.mark.parametrize(
    ("product_type", "query", "status"),
    [
        ("PRODUCT", {}, 400),
        ("PRODUCT", {"marketplaceIds": f"{UK},{UK}"}, 400),
        ("PRODUCT", {"marketplaceIds": UK, "requirements": "ALL"}, 400),
        ("PRODUCT", {"marketplaceIds": UK, "sellerId": "ANOTHER"}, 403),
        ("FERMENTER", {"marketplaceIds": UK}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(
    call: Ask, product_type: str, query: dict[str, str], status: int
) -> None:
    assert call(f"{TYPES}/{product_type}", query).status == status


def test_a_search_is_by_keywords_or_by_a_name_and_not_by_both(call: Ask) -> None:
    def names(**query: str) -> set[str]:
        found = call(TYPES, {"marketplaceIds": UK, **query}).json()
        return {each["name"] for each in found["productTypes"]}

    assert names(keywords="cable,book") == {"ABIS_BOOK", "ELECTRONIC_CABLE"}
    assert "SCALE" in names(itemName="Kitchen Scale Spoon")
    both = {"marketplaceIds": UK, "keywords": "lamp", "itemName": "lamp"}
    assert call(TYPES, both).status == 400


def test_a_forgotten_type_is_unknown(call: Ask, seller: Seller) -> None:
    assert call(f"{TYPES}/LAMP", {"marketplaceIds": UK}).status == 200
    seller.forget_product_type("LAMP")
    assert call(f"{TYPES}/LAMP", {"marketplaceIds": UK}).status == 404
