"""The Amazon simulator against Amazon's published models.

Every answer of every operation used validates against the model's response schema, with no member
that the model lacks; and the request/response pairs of Amazon's static sandbox, which the models
carry, are given back by the simulator.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from amazon_models import DYNAMIC, LATE_REFUSALS, OPERATIONS, Ask, Model, caller

from simulators.amazon_sp import Document, Seller
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock

ROLES = {
    *("Inventory and Order Tracking", "Finance and Accounting", "Product Listing"),
    *("Tax Invoicing (Restricted)", "Direct-to-Consumer Delivery (Restricted)"),
    "Amazon Fulfillment",
}
DATASETS = (
    "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"
)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)

ITEMS = {
    "getOrder": "026-0000000-0000000",
    "getOrderItems": "026-0000000-0000000",
    "getReport": "123456",
    "getReportDocument": "amzn1.spdoc.none",
}
REFUSALS = [
    *((operation, status) for operation in OPERATIONS for status in (400, 403, 429, 500, 503)),
    *((operation, 404) for operation in ITEMS),
]

# Pairs that are not given back as they stand, and why.
LEFT_OUT = {
    ("getOrders", "200", 1): "its one order is the page that its own token, the next pair, gives",
}


@pytest.fixture(scope="module")
def models(shared: Path) -> dict[str, Model]:
    folder = shared / "specs" / "amazon"
    return {operation: Model(folder, operation) for operation in OPERATIONS}


@pytest.fixture(scope="module")
def demo() -> Seller:
    seller = demo_seller(NOW, Clock(at=NOW))
    seller.roles |= ROLES
    return seller


@pytest.fixture
def ask_demo(demo: Seller) -> Ask:
    return caller(demo)


def test_every_page_of_the_demo_sellers_orders_is_as_the_model_says(
    models: dict[str, Model], demo: Seller, ask_demo: Ask
) -> None:
    model = models["searchOrders"]
    values = {"lastUpdatedAfter": "2026-08-20T00:00:00Z", "includedData": DATASETS}
    seen = []
    while True:
        page = model.validate(ask_demo("GET", model.target(values)))
        seen += page["orders"]
        if "pagination" not in page:
            break
        values["paginationToken"] = page["pagination"]["nextToken"]
    assert {order["orderId"]: order for order in seen} == demo.orders
    one = models["getOrder"]
    target = one.target({"orderId": seen[0]["orderId"], "includedData": DATASETS})
    assert one.validate(ask_demo("GET", target)) == {"order": seen[0]}


def test_the_demo_sellers_reports_and_groups_are_as_the_models_say(
    models: dict[str, Model], demo: Seller, ask_demo: Ask
) -> None:
    report_type = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
    listing = models["getReports"]
    listed = listing.validate(
        ask_demo("GET", listing.target({"reportTypes": report_type, "pageSize": 5}))
    )
    assert "nextToken" in listed
    for report in listed["reports"]:
        one = models["getReport"]
        got = one.validate(ask_demo("GET", one.target({"reportId": report["reportId"]})))
        assert got == report
        where = models["getReportDocument"]
        target = where.target({"reportDocumentId": report["reportDocumentId"]})
        document = where.validate(ask_demo("GET", target))
        assert urlsplit(document["url"]).path.endswith(report["reportDocumentId"])
    groups = models["listFinancialEventGroups"]
    target = groups.target({"FinancialEventGroupStartedAfter": "2026-08-20T00:00:00Z"})
    answer = groups.validate(ask_demo("GET", target))
    assert len(answer["payload"]["FinancialEventGroupList"]) == len(demo.event_groups)
    movements = models["listTransactions"]
    demo.transactions_per_page = 1000
    target = movements.target({"postedAfter": "2026-08-20T00:00:00Z"})
    answer = movements.validate(ask_demo("GET", target))
    assert len(answer["payload"]["transactions"]) == len(demo.transactions)
    stock = models["getInventorySummaries"]
    for place, held in demo.inventory.items():
        asked = {"granularityType": "Marketplace", "granularityId": place}
        target = stock.target({**asked, "marketplaceIds": place, "details": "true"})
        answer = stock.validate(ask_demo("GET", target))
        assert len(answer["payload"]["inventorySummaries"]) == len(held)
    sold = models["getMarketplaceParticipations"]
    assert len(sold.validate(ask_demo("GET", sold.path))["payload"]) == 2


@pytest.mark.parametrize(("operation", "status"), REFUSALS)
def test_refusals_have_the_shape_and_headers_of_the_model(
    models: dict[str, Model], operation: str, status: int
) -> None:
    model = models[operation]
    seller = Seller(clock=Clock(at=NOW))
    ask = caller(seller)
    parameter = model.path.partition("{")[2].partition("}")[0]
    target = model.target({parameter: ITEMS[operation]} if parameter else {})
    extra = {}
    if status == 400:
        target += "?nonsense=1"
    elif status == 403:
        extra = {"x-amz-access-token": "Atza|none"}
    elif status == 429:
        seller.plans[operation] = (0.001, 0)
    elif status in LATE_REFUSALS:
        seller.fail(status)
    response = ask(model.method.upper(), target, **extra)
    assert response.status == status
    model.validate(response)


def load(seller: Seller, operation: str, values: dict[str, Any], response: Any) -> None:
    """Put what a pair answers into a seller's account."""
    match operation:
        case "searchOrders":
            seller.orders |= {order["orderId"]: order for order in response["orders"]}
        case "getOrder":
            seller.add_order(response["order"])
        case "getOrders" | "getOrderItems":
            payload = response["payload"]
            orders = payload.get("Orders", [payload])
            seller.orders_v0 |= {order["AmazonOrderId"]: order for order in orders}
        case "getReports":
            seller.reports |= {report["reportId"]: report for report in response["reports"]}
        case "getReport":
            # The pair asks for ID323 and is answered with ReportId1.
            seller.reports[values["reportId"]] = response
        case "getReportDocument":
            seller.add_document(Document(response["reportDocumentId"], b""))
        case "listFinancialEventGroups":
            seller.event_groups += response["payload"]["FinancialEventGroupList"]
        case "listTransactions":
            seller.transactions += response["payload"]["transactions"]
        case "getMarketplaceParticipations":
            seller.participations += response["payload"]


# When a pair was answered, where that shows in it.
AS_OF = {
    "getReports": datetime(2024, 3, 12, 14, tzinfo=UTC),
    "getReport": datetime(2024, 3, 12, 14, tzinfo=UTC),
    "listFinancialEventGroups": datetime(2020, 3, 1, tzinfo=UTC),
}


def as_of(operation: str, response: Any) -> datetime:
    """Find when a pair was answered: the bound that searchOrders echoes lies two minutes back."""
    if operation == "searchOrders":
        return datetime.fromisoformat(response["createdBefore"]) + timedelta(minutes=2)
    if operation == "getOrders":
        newest = response["payload"]["Orders"][0]["LastUpdateDate"]
        return datetime.fromisoformat(newest) + timedelta(hours=1)
    return AS_OF.get(operation, NOW)


def adapted(operation: str, values: dict[str, Any], response: Any) -> dict[str, Any]:
    """Change in a request what only Amazon's own server could answer."""
    asked = dict(values)
    if operation == "searchOrders":
        # The token was given out by Amazon, for a page that the pair does not show.
        asked.pop("paginationToken", None)
    if operation == "listTransactions":
        # The token was given out by Amazon; the pair's transaction is older than its window.
        asked.pop("nextToken", None)
        asked["postedAfter"], asked["postedBefore"] = "2020-07-14", "2020-07-15"
    if operation == "getOrders":
        # TEST_CASE_200 stands for an instant, and the token was given out by Amazon.
        asked["CreatedAfter"] = response["payload"]["Orders"][0]["PurchaseDate"]
        asked.pop("NextToken", None)
    if operation == "getOrderItems":
        asked["orderId"] = response["payload"]["AmazonOrderId"]
    if operation == "listFinancialEventGroups":
        # The pair's group starts three months after the pair's window.
        start = response["payload"]["FinancialEventGroupList"][0]["FinancialEventGroupStart"]
        asked["FinancialEventGroupStartedAfter"] = start
        asked["FinancialEventGroupStartedBefore"] = "2020-02-08"
    return asked


def comparable(body: Any) -> Any:
    """Leave out what is each server's own: page tokens, and where a document lies."""
    own = {"pagination", "nextToken", "NextToken", "url", "CreatedBefore"}
    kept = {name: part for name, part in body.items() if name not in own}
    if isinstance(kept.get("payload"), dict):
        kept["payload"] = comparable(kept["payload"])
    return kept


DECOY = {
    "orderId": "026-0000000-0000000",
    "createdTime": "2024-12-24T14:00:00Z",
    "lastUpdatedTime": "2024-12-24T14:00:00Z",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
    "orderItems": [],
}


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - DYNAMIC))
def test_amazons_own_examples_are_given_back(models: dict[str, Model], operation: str) -> None:
    model = models[operation]
    checked = 0
    for status, number, values, response in model.pairs():
        if not status.startswith("2") or (operation, status, number) in LEFT_OUT:
            continue
        seller = Seller(clock=Clock(at=as_of(operation, response)), roles=set(ROLES))
        seller.add_order(DECOY)
        load(seller, operation, values, response)
        target = model.target(adapted(operation, values, response))
        answer = caller(seller)(model.method.upper(), target, values.get("body"))
        assert answer.status == int(status), answer.content()
        body = model.validate(answer)
        if operation == "createReport":
            # The id is each server's own; what was asked for is the report that is there then.
            assert body.keys() == response.keys()
            made = seller.reports[body["reportId"]]
            assert {name: made[name] for name in ("reportType", "marketplaceIds")} == {
                name: values["body"][name] for name in ("reportType", "marketplaceIds")
            }
            assert made["dataStartTime"] == "2024-03-10T20:11:24Z"
        else:
            assert comparable(body) == comparable(response)
        checked += 1
    left_out = [key for key in LEFT_OUT if key[0] == operation]
    assert checked + len(left_out) == sum(
        1 for status, *_ in model.pairs() if status.startswith("2")
    )
    assert checked or left_out


@pytest.mark.parametrize(
    "operation", sorted(set(OPERATIONS) - DYNAMIC - {"getMarketplaceParticipations"})
)
def test_what_amazons_examples_refuse_is_refused(models: dict[str, Model], operation: str) -> None:
    model = models[operation]
    refusals = [pair for pair in model.pairs() if not pair[0].startswith("2")]
    assert refusals
    for status, _, values, response in refusals:
        seller = Seller(clock=Clock(at=NOW), roles=set(ROLES))
        answer = caller(seller)(model.method.upper(), model.target(values), values.get("body"))
        assert answer.status == int(status) == 400
        ours, theirs = model.validate(answer)["errors"], response["errors"]
        assert len(ours) == len(theirs)
        assert set(theirs[0]) <= set(ours[0]) <= {"code", "message", "details"}
