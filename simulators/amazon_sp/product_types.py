"""Product Type Definitions API 2020-09-01: which product types there are, and their schemas.

A definition names a document on this host with the JSON Schema of its attributes: the sales terms
that an offer-only submission may carry, and for a whole listing some facts of the product.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from simulators.amazon_sp import attributes
from simulators.amazon_sp.attributes import OFFER, SELECTORS, STOCK
from simulators.amazon_sp.documents import presigned
from simulators.amazon_sp.errors import Refusal, denied, invalid_input
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.regions import check_marketplaces
from simulators.amazon_sp.seller import Record, Seller
from simulators.amazon_sp.stored import Document
from simulators.wsgi import Request

SEARCH_PARAMETERS = {"keywords", "marketplaceIds", "itemName", "locale", "searchLocale"}
GET_PARAMETERS = {
    *("sellerId", "marketplaceIds", "productTypeVersion", "requirements"),
    *("requirementsEnforced", "locale", "parentageLevel"),
}
VERSION = "UHqSqmb4FNUk="

_REQUIREMENTS = {"LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"}
_FACTS = ("brand", "item_name", "product_description")
_META = "https://schemas.amazon.com/selling-partners/definitions/product-types/meta-schema/v1"
_PRICE = {"type": "number", "exclusiveMinimum": 0}


def search_definitions_product_types(seller: Seller, query: Query) -> Record:
    """Answer searchDefinitionsProductTypes: by keywords, by an item's name, or all."""
    places = _marketplaces(seller, query)
    if "keywords" in query and "itemName" in query:
        raise invalid_input("Invalid Input", "keywords cannot be used with itemName.")
    words = query.text("itemName").split() if "itemName" in query else query.listed("keywords")
    wanted = {word.lower() for word in words}
    return {
        "productTypes": [
            {"name": name, "displayName": shown, "marketplaceIds": places}
            for name, shown in seller.product_types.items()
            if not wanted or any(word in f"{name} {shown}".lower() for word in wanted)
        ],
        "productTypeVersion": VERSION,
    }


def get_definitions_product_type(
    seller: Seller, query: Query, product_type: str, *, request: Request
) -> Record:
    """Answer getDefinitionsProductType: 404 for a type that Amazon does not know."""
    places = _marketplaces(seller, query)
    if len(places) > 1:
        raise invalid_input("Invalid Input", "marketplaceIds is limited to one marketplace.")
    if "sellerId" in query and query.text("sellerId") != seller.seller_id:
        raise denied()
    wanted = (query.listed("requirements", known=_REQUIREMENTS, most=1) or ["LISTING"])[0]
    levels = {"ENFORCED", "NOT_ENFORCED"}
    enforced = (query.listed("requirementsEnforced", known=levels, most=1) or ["ENFORCED"])[0]
    query.listed("productTypeVersion", known={"LATEST", "RELEASE_CANDIDATE", VERSION}, most=1)
    query.listed("parentageLevel", known={"NONE", "CHILD", "PARENT"}, most=1)
    if product_type not in seller.product_types:
        raise Refusal(404, "NOT_FOUND", f"Product type '{product_type}' was not found.")
    schema = schema_of(product_type, wanted, enforced=enforced == "ENFORCED")
    groups = {"offer": _group("Offer", *(SELECTORS | dict.fromkeys(sorted(attributes.PLAIN))))}
    if wanted != "LISTING_OFFER_ONLY":
        groups["product_identity"] = _group("Product Identity", *_FACTS)
    return {
        "metaSchema": _link(seller, "meta-schema", {"$id": _META, "type": "object"}, request),
        "schema": _link(seller, f"{product_type}.{wanted}.{enforced}", schema, request),
        "requirements": wanted,
        "requirementsEnforced": enforced,
        "propertyGroups": groups,
        "locale": query.text("locale") if "locale" in query else _language(seller, places[0]),
        "marketplaceIds": places,
        "productType": product_type,
        "displayName": seller.product_types[product_type],
        "productTypeVersion": {"version": VERSION, "latest": True, "releaseCandidate": False},
    }


def _marketplaces(seller: Seller, query: Query) -> list[str]:
    if "marketplaceIds" not in query:
        raise invalid_input("Invalid Input", "marketplaceIds is required.")
    places = query.listed("marketplaceIds")
    check_marketplaces(seller, places)
    return places


def _language(seller: Seller, marketplace_id: str) -> str:
    return next(
        str(each["marketplace"]["defaultLanguageCode"])
        for each in seller.participations
        if each["marketplace"]["id"] == marketplace_id
    )


def _group(title: str, *names: str) -> Record:
    return {"title": title, "description": title, "propertyNames": list(names)}


def _link(seller: Seller, name: str, schema: Record, request: Request) -> Record:
    """Put a schema into storage and tell where it lies, with its MD5."""
    content = json.dumps(schema, sort_keys=True).encode()
    document_id = f"schemas.{name}.json"
    kind = "application/json"
    seller.schemas[document_id] = Document(document_id, content, content_type=kind)
    checksum = hashlib.md5(content, usedforsecurity=False).digest()
    where = presigned(seller, document_id, request, content_encoding=False)
    return {
        "link": {"resource": where, "verb": "GET"},
        "checksum": base64.b64encode(checksum).decode(),
    }


def schema_of(product_type: str, requirements: str, *, enforced: bool) -> Record:
    """Write the JSON Schema of a product type's attributes."""
    plain = {name: _array({"value": {}}, ()) for name in sorted(attributes.PLAIN)}
    properties: Record = {OFFER: _offer_schema(), STOCK: _stock_schema(), **plain}
    due = ["condition_type", OFFER]
    if requirements != "LISTING_OFFER_ONLY":
        properties |= {name: _array({"value": {"type": "string"}}, ()) for name in _FACTS}
        due = list(_FACTS) + (due if requirements == "LISTING" else [])
    return {
        "$schema": _META,
        "$id": f"{_META}#{product_type}",
        "type": "object",
        "properties": properties,
        "required": due if enforced else [],
        "additionalProperties": False,
    }


def _array(members: dict[str, Any], selectors: tuple[str, ...]) -> Record:
    names = {name: {"type": "string"} for name in ("marketplace_id", "language_tag")}
    return {
        "type": "array",
        "minItems": 1,
        "selectors": list(selectors),
        "items": {"type": "object", "properties": names | members, "additionalProperties": False},
    }


def _scheduled(members: dict[str, Any], required: list[str]) -> Record:
    time: Record = {"type": "object", "properties": members, "required": required}
    time["additionalProperties"] = False
    schedule = {"schedule": {"type": "array", "minItems": 1, "items": time}}
    each = {"type": "object", "properties": schedule, "required": ["schedule"]}
    return {"type": "array", "minItems": 1, "items": each}


def _offer_schema() -> Record:
    price = _scheduled({"value_with_tax": _PRICE}, ["value_with_tax"])
    instant = {"type": "string"}
    discount = {"value_with_tax": _PRICE, "start_at": instant, "end_at": instant}
    level = {"lower_bound": {"type": "integer", "minimum": 2}, "value": _PRICE}
    plan = {
        "discount_type": {"enum": ["fixed", "percent"]},
        "levels": {"type": "array", "items": {"type": "object", "properties": level}},
    }
    once = {"type": "object", "properties": {"value": {"type": ["string", "null"]}}}
    return _array(
        {
            "currency": {"type": "string"},
            "audience": {"enum": sorted(attributes.AUDIENCES)},
            "our_price": price,
            "map_price": price,
            "minimum_seller_allowed_price": price,
            "maximum_seller_allowed_price": price,
            "discounted_price": _scheduled(discount, sorted(discount)),
            "quantity_discount_plan": _scheduled(plan, sorted(plan)),
            "start_at": once,
            "end_at": once,
        },
        SELECTORS[OFFER],
    )


def _stock_schema() -> Record:
    whole = {"type": "integer", "minimum": 0}
    return _array(
        {
            "fulfillment_channel_code": {"enum": sorted(attributes.CHANNELS)},
            "quantity": whole,
            "lead_time_to_ship_max_days": whole,
            "restock_date": {"type": "string"},
            "is_inventory_available": {"type": "boolean"},
        },
        SELECTORS[STOCK],
    )
