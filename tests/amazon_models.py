"""Amazon's published models as a contract: schemas, headers and sandbox pairs of an operation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jsonschema import Draft4Validator, FormatChecker

from simulators.amazon_sp import Seller, application
from simulators.wsgi import Request, Response

OPERATIONS = {
    "searchOrders": "orders_2026-01-01.json",
    "getOrder": "orders_2026-01-01.json",
    "getOrders": "ordersV0.json",
    "getOrderItems": "ordersV0.json",
    "getReports": "reports_2021-06-30.json",
    "createReport": "reports_2021-06-30.json",
    "getReport": "reports_2021-06-30.json",
    "getReportDocument": "reports_2021-06-30.json",
    "listFinancialEventGroups": "financesV0.json",
    "listTransactions": "finances_2024-06-19.json",
    "getInventorySummaries": "fbaInventory.json",
    "getMarketplaceParticipations": "sellers.json",
}
# Of listings and their feeds: checked in a file of their own, test_listings_simulator_vs_models.
LISTING_OPERATIONS = {
    "getListingsItem": "listingsItems_2021-08-01.json",
    "searchListingsItems": "listingsItems_2021-08-01.json",
    "patchListingsItem": "listingsItems_2021-08-01.json",
    "createFeedDocument": "feeds_2021-06-30.json",
    "createFeed": "feeds_2021-06-30.json",
    "getFeeds": "feeds_2021-06-30.json",
    "getFeed": "feeds_2021-06-30.json",
    "cancelFeed": "feeds_2021-06-30.json",
    "getFeedDocument": "feeds_2021-06-30.json",
    "searchDefinitionsProductTypes": "definitionsProductTypes_2020-09-01.json",
    "getDefinitionsProductType": "definitionsProductTypes_2020-09-01.json",
}
# Amazon's sandbox keeps a state for these, and has no pairs to give back.
DYNAMIC = {"getInventorySummaries"}
LATE_REFUSALS = {429, 500, 503}

Ask = Callable[..., Response]


class Model:
    """One operation of a published model."""

    def __init__(self, folder: Path, operation: str) -> None:
        files = OPERATIONS | LISTING_OPERATIONS
        text = (folder / files[operation]).read_text(encoding="utf-8")
        whole = json.loads(text, parse_float=Decimal)
        self.definitions = strict(merged(whole["definitions"], whole["definitions"]))
        self.path, self.method, self.operation = next(
            (path, method, each)
            for path, methods in whole["paths"].items()
            for method, each in methods.items()
            if method in {"get", "post", "patch", "delete"} and each["operationId"] == operation
        )

    def validate(self, response: Response) -> Any:
        """Check an answer against the schema and the headers of its status; give its body."""
        described = self.operation["responses"][str(response.status)]
        body = json.loads(response.content(), parse_float=Decimal)
        schema = {"definitions": self.definitions, **described["schema"]}
        Draft4Validator(schema, format_checker=instants()).validate(body)
        due = set(described["headers"])
        if response.status in LATE_REFUSALS:
            # Amazon gives the rate "when available"; callers report that it is missing here.
            due.discard("x-amzn-RateLimit-Limit")
        assert due <= set(response.headers)
        return body

    def pairs(self) -> Iterator[tuple[str, int, dict[str, Any], Any]]:
        """Give each pair: status, number, the request's parameters, the response."""
        for status, response in self.operation["responses"].items():
            sandbox = response.get("x-amzn-api-sandbox", {})
            for number, pair in enumerate(sandbox.get("static", [])):
                parameters = pair["request"].get("parameters", {})
                # Some pairs have a body of which they say nothing.
                values = {n: each["value"] for n, each in parameters.items() if "value" in each}
                yield status, number, values, pair.get("response")

    def target(self, values: Mapping[str, Any]) -> str:
        """Write a request's target; list values are joined by commas."""
        path, query = self.path, {}
        for name, value in values.items():
            if "{" + name + "}" in path:
                path = path.replace("{" + name + "}", quote(str(value), safe=""))
            elif name != "body":
                query[name] = ",".join(value) if isinstance(value, list) else str(value)
        return f"{path}?{urlencode(query)}" if query else path


def merged(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Make one object of what `allOf` puts together, so that it can be closed as a whole."""
    if isinstance(node, list):
        return [merged(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "allOf" not in node:
        return {name: merged(part, definitions) for name, part in node.items()}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in node["allOf"]:
        own = definitions[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        properties |= merged(own.get("properties", {}), definitions)
        required += own.get("required", [])
    return {"type": "object", "properties": properties, "required": required}


def strict(node: Any) -> Any:
    """Forbid every member that a definition does not list."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: strict(part) for name, part in node.items() if not name.startswith("x-")}
    if made.get("type") == "object" and isinstance(made.get("properties"), dict):
        made["additionalProperties"] = False
    return made


def instants() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checks("date-time", raises=ValueError)(
        lambda text: datetime.fromisoformat(text).tzinfo is not None
    )
    return checker


def caller(seller: Seller) -> Ask:
    """Give a way to send authorised calls to a seller, in process."""
    app = application(seller)
    form = urlencode(
        {
            "grant_type": "refresh_token",
            "refresh_token": seller.login.refresh_token,
            "client_id": seller.login.client_id,
            "client_secret": seller.login.client_secret,
        }
    )
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    granted = app(Request.of("POST", "/auth/o2/token", kind, form))
    headers = {
        "x-amz-access-token": json.loads(granted.content())["access_token"],
        "User-Agent": "books-tests/1.0 (Language=Python/3.11)",
        "Content-Type": "application/json",
    }

    def ask(method: str, target: str, body: Any = None, **more: str) -> Response:
        content = b"" if body is None else json.dumps(body).encode()
        return app(Request.of(method, target, headers | more, content))

    return ask
