"""Orders from order reports: the same orders as from the API, in at most four calls a window."""

from __future__ import annotations

import io
import logging
import tracemalloc
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from amazon_tap import Json, Run, Tap
from hypothesis import given, settings
from hypothesis import strategies as st

from amazon_sp import Document, Session
from amazon_sp.errors import ReportCancelled, ReportFailed, Unavailable
from simulators.amazon_sp import Document as Stored
from simulators.amazon_sp import Seller
from simulators.amazon_sp.order_report import COLUMNS, REPORT_TYPE
from tap_amazon_sp.faults import ReportUnreadable
from tap_amazon_sp.order_lines import OrderLines
from tap_amazon_sp.order_shapes import status
from tap_amazon_sp.places import Places

START = "2026-09-01T00:00:00Z"


def calls(seller: Seller) -> list[str]:
    """Give the calls of the API, without those for tokens and documents."""
    apart = ("/auth/", "/documents/", "/sellers/")
    return [call.path for call in seller.calls if not call.path.startswith(apart)]


def windows(seller: Seller) -> list[tuple[datetime, datetime]]:
    return [
        (
            datetime.fromisoformat(seller.reports[each]["dataStartTime"]),
            datetime.fromisoformat(seller.reports[each]["dataEndTime"]),
        )
        for each in seller.making
    ]


@pytest.fixture
def both(tap: Tap) -> tuple[dict[str, Json], dict[str, Json]]:
    """The demo seller's orders from the API and from reports, by id."""
    api = {each["order_id"]: each for each in tap("orders", start_date=START).records("orders")}
    ran = tap("orders", start_date=START, order_source="report")
    assert ran.error is None
    return api, {each["order_id"]: each for each in ran.records("orders")}


def test_reports_give_the_orders_that_the_api_gives(
    both: tuple[dict[str, Json], dict[str, Json]],
) -> None:
    api, report = both
    assert report.keys() == api.keys()
    same = ("last_updated", "status", "fulfilled_by", "channel", "marketplace_id")
    for order_id, order in report.items():
        known = api[order_id]
        assert [order[name] for name in same] == [
            (known[name] or "").split(".")[0].rstrip("Z") + "Z"
            if name == "last_updated"
            else known[name]
            for name in same
        ]
        assert [item["sku"] for item in order["items"]] == [item["sku"] for item in known["items"]]
        assert order.keys() == known.keys()


def test_what_a_report_cannot_know_is_null_and_named(
    both: tuple[dict[str, Json], dict[str, Json]],
) -> None:
    api, report = both
    assert {each["source"] for each in report.values()} == {"report"}
    assert all(each["not_known"] == [] for each in api.values())
    for order in report.values():
        for name in order["not_known"]:
            stem, _, field = name.partition(".")
            found = [item[field] for item in order["items"]] if field else [order[stem]]
            assert (
                set(found) <= {None, 0}
                if field == "quantity_shipped"
                else found == [None] * len(found)
            ), name
        unnamed = {name for name, value in order.items() if value is None} - set(order["not_known"])
        assert unnamed <= {"currency", "marketplace_id", "fulfilled_by"}


def test_a_reports_amounts_are_what_the_store_shows(
    both: tuple[dict[str, Json], dict[str, Json]],
) -> None:
    from decimal import Decimal

    api, report = both
    checked = 0
    for order_id, order in report.items():
        if order["status"] != "SHIPPED" or order["channel"] != "AMAZON":
            continue
        total = Decimal(0)
        for item in order["items"]:
            for part in item["breakdowns"]:
                sign = {"DISCOUNT": -1, "TAX": 0}.get(part["type"], 1)
                total += sign * Decimal(part["subtotal"])
        facilitated = any(item["tax_models"] for item in api[order_id]["items"])
        if not facilitated:
            assert total == Decimal(api[order_id]["grand_total"])
            checked += 1
    assert checked > 250


@pytest.mark.parametrize(("start", "count"), [("2026-10-22", 1), ("2026-09-01", 3)])
def test_a_window_costs_at_most_four_calls(
    tap: Tap, seller: Seller, start: str, count: int
) -> None:
    ran = tap("orders", start_date=start, order_source="report")
    assert ran.error is None
    assert len(windows(seller)) == count
    assert len(calls(seller)) <= 4 * count


def test_a_thousand_orders_cost_at_most_ten_calls_from_the_api(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    for number in range(1000):
        at = datetime.fromisoformat("2026-11-01T00:00:00Z") + timedelta(minutes=number)
        empty_seller.add_order(
            {
                "orderId": f"202-{number:07d}-0000000",
                "createdTime": at.isoformat(),
                "lastUpdatedTime": at.isoformat(),
                "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"},
                "orderItems": [{"orderItemId": "1", "quantityOrdered": 1}],
            }
        )
    ran = empty_tap("orders", start_date="2026-10-31")
    assert len(ran.records("orders")) == 1000
    assert all(order["items"] for order in ran.records("orders"))
    assert len(calls(empty_seller)) <= 10


def test_windows_meet_and_are_thirty_days_at_most(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START, order_source="report")
    found = windows(seller)
    assert found[0][0] == datetime.fromisoformat(START)
    assert found[-1][1] == datetime.fromisoformat("2026-11-20T11:30:00Z")
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert max(until - since for since, until in found) == timedelta(days=30)
    assert ran.bookmark("orders") == "2026-11-20T11:30:00Z"


def test_the_next_windows_are_asked_for_while_one_is_read(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", start_date=START, order_source="report")
    kinds = [call.method + " " + call.path.split("/")[3] for call in seller.calls
             if call.path.startswith("/reports")]  # fmt: skip
    assert kinds.index("GET documents") > max(
        at for at, kind in enumerate(kinds) if kind == "POST reports"
    )
    assert [wait for wait in ran.waits if wait > 5] == [45.0]


def test_the_bookmark_follows_each_window(tap: Tap, seller: Seller) -> None:
    seller.faults.respond(503, path="/reports/2021-06-30/documents/*", nth=2, times=None)
    ran = tap("orders", start_date=START, order_source="report")
    assert isinstance(ran.error, Unavailable)
    assert ran.bookmark("orders") == "2026-10-01T00:00:00Z"
    seller.faults.clear()
    asked = len(seller.making)
    resumed = tap("orders", state=ran.state, order_source="report")
    assert resumed.error is None
    assert len(seller.making) == asked, "what the first run asked for is used"
    written = {each["order_id"] for each in ran.records("orders") + resumed.records("orders")}
    assert written == set(seller.orders)


def test_an_order_on_the_edge_of_two_windows_is_written_once(tap: Tap, seller: Seller) -> None:
    order = dict(next(iter(seller.orders.values())))
    edge = order | {"orderId": "202-1111111-1111111", "lastUpdatedTime": "2026-10-01T00:00:00Z"}
    seller.add_order(edge)
    ran = tap("orders", start_date=START, order_source="report")
    ids = [each["order_id"] for each in ran.records("orders")]
    assert ids.count("202-1111111-1111111") == 1


def test_only_the_chosen_marketplaces_orders_are_given_and_the_rest_is_said(
    tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        ran = tap(
            "orders",
            start_date=START,
            order_source="report",
            marketplace_ids=["A1PA6795UKMFR9"],
        )
    assert {each["marketplace_name"] for each in ran.records("orders")} == {"Amazon.de"}
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert "covers every marketplace of the region" in told[0]
    assert "of Amazon.co.uk" in told[0]
    assert any("1 of Non-Amazon UK" in line for line in told)


def test_a_window_without_orders_is_checked_with_the_orders_api(
    empty_tap: Tap, empty_seller: Seller, seller: Seller
) -> None:
    empty_seller.participations = seller.participations
    ran = empty_tap("orders", start_date="2026-11-01", order_source="report")
    assert ran.error is None
    assert ran.records("orders") == []
    assert ran.bookmark("orders") == "2026-11-20T11:30:00Z"
    assert len(calls(empty_seller)) <= 4


def test_a_cancelled_report_of_a_window_with_orders_is_an_error(tap: Tap, seller: Seller) -> None:
    seller.spoil_report("CANCELLED")
    ran = tap("orders", start_date="2026-10-22", order_source="report")
    assert isinstance(ran.error, ReportCancelled)
    assert ran.records("orders") == []
    assert ran.bookmark("orders") is None


def test_a_fatal_report_ends_the_run_with_its_reason(tap: Tap, seller: Seller) -> None:
    seller.spoil_report("FATAL", "Internal Error. Please try again.")
    ran = tap("orders", start_date="2026-10-22", order_source="report")
    assert isinstance(ran.error, ReportFailed)
    assert "Internal Error. Please try again" in str(ran.error)


def test_lines_and_orders_share_a_report(tap: Tap, seller: Seller) -> None:
    ran = tap("orders", "order_report_lines", start_date=START, order_source="report")
    assert len(windows(seller)) == 3
    lines = ran.records("order_report_lines")
    assert {each["order_id"] for each in lines} == {e["order_id"] for e in ran.records("orders")}
    keys = [(each["order_id"], each["line"]) for each in lines]
    assert len(keys) == len(set(keys))
    assert ran.bookmark("order_report_lines") == ran.bookmark("orders")


def test_addresses_are_given_only_when_asked_for(tap: Tap) -> None:
    plain = tap("order_report_lines", start_date="2026-10-22").records("order_report_lines")
    assert {each["ship_postal_code"] for each in plain} == {None}
    told = tap("order_report_lines", start_date="2026-10-22", include_pii=True)
    assert {each["ship_postal_code"] for each in told.records("order_report_lines")} == {
        "EX1 1EX",
        "00000",
    }


def test_reports_are_read_only_when_they_are_asked_for(tap: Tap, seller: Seller) -> None:
    ran: Run = tap(start_date=START)
    assert ran.error is None
    assert seller.making == {}
    assert {"orders", "settlements"} <= {m.get("stream") for m in ran.messages}
    assert not {"listings", "order_report_lines", "vat_transactions"} & {
        m.get("stream") for m in ran.messages
    }


# -- files that Amazon might serve ----------------------------------------------------------------

ROW = {
    "amazon-order-id": "202-1111111-1111111",
    "purchase-date": "2026-11-01T10:00:00+00:00",
    "last-updated-date": "2026-11-02T10:00:00+00:00",
    "order-status": "Shipped",
    "fulfillment-channel": "Amazon",
    "sales-channel": "Amazon.co.uk",
    "sku": "A",
    "quantity": "1",
    "currency": "GBP",
    "item-price": "10.00",
}


@pytest.fixture
def served(empty_seller: Seller, empty_tap: Tap, seller: Seller) -> Any:
    """Run the tap with an order report of these rows lying ready."""
    empty_seller.participations = seller.participations

    def run(*rows: dict[str, str], text: str | None = None) -> Run:
        content = text or "\n".join(
            "\t".join({**ROW, **row}.get(name, "") for name in COLUMNS) if row is not None else ""
            for row in rows
        )
        document = Stored("amzn1.spdoc.x", ("\t".join(COLUMNS) + "\n" + content).encode())
        empty_seller.add_document(document)
        empty_seller.add_report(
            {
                "reportId": "8001",
                "reportType": REPORT_TYPE,
                "dataStartTime": "2026-11-01T00:00:00Z",
                "dataEndTime": "2026-11-20T11:30:00Z",
                "createdTime": "2026-11-20T11:59:00Z",
                "processingStatus": "DONE",
                "reportDocumentId": "amzn1.spdoc.x",
                "marketplaceIds": ["A1F83G8C2ARO7P", "A1PA6795UKMFR9"],
            }
        )
        return empty_tap("orders", start_date="2026-11-01", order_source="report")

    return run


def test_lines_of_an_order_may_stand_apart(served: Any) -> None:
    ran = served(
        {"sku": "A"},
        {"amazon-order-id": "202-2222222-2222222", "sku": "B"},
        {"sku": "C"},
        {"sku": "A", "item-price": "3.00"},
    )
    first, second = ran.records("orders")
    assert [item["sku"] for item in first["items"]] == ["A", "C", "A"]
    assert [item["sku"] for item in second["items"]] == ["B"]


def test_a_cancelled_line_of_a_shipped_order_has_no_money(served: Any) -> None:
    (order,) = served({}, {"item-status": "Cancelled", "quantity": "0", "item-price": ""}).records(
        "orders"
    )
    assert [item["quantity_shipped"] for item in order["items"]] == [None, 0]
    assert order["items"][1]["breakdowns"] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"item-price": "10,00"}, "row 3: item-price '10,00' is no amount with a decimal point"),
        ({"quantity": "1.5"}, "row 3: quantity '1.5' is not a whole number"),
        ({"last-updated-date": "02/11/26"}, "row 3: last-updated-date '02/11/26' does not show"),
        ({"amazon-order-id": ""}, "row 3: the row names no order"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused_with_its_row(
    served: Any, changes: dict[str, str], words: str
) -> None:
    ran = served({}, changes)
    assert isinstance(ran.error, ReportUnreadable)
    assert words in str(ran.error)
    assert ran.records("orders") == []
    assert ran.bookmark("orders") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\t".join(["x"] * 8), "8 fields, where the header has 35"),
        ("x" * 200_000, "longer than 131072 characters"),
        ("a\0b\n", "NUL"),
    ],
)
def test_broken_files_are_refused(served: Any, text: str, words: str) -> None:
    ran = served(text=text)
    assert isinstance(ran.error, ReportUnreadable)
    assert words in str(ran.error)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=30))
def test_however_lines_are_mixed_each_order_has_its_own_in_file_order(numbers: list[int]) -> None:
    rows = [
        ROW | {"amazon-order-id": f"202-000000{number}-0000000", "sku": str(at)}
        for at, number in enumerate(numbers)
    ]
    text = "\n".join("\t".join(row.get(name, "") for name in COLUMNS) for row in [
        dict(zip(COLUMNS, COLUMNS, strict=True)), *rows])  # fmt: skip
    lines = OrderLines(Places(cast(Session, None), []), "1", include_pii=False)
    found = list(lines.orders(Document(io.BytesIO(text.encode()), None)))
    assert [[int(line["sku"]) for line in order] for order in found] == [
        [at for at, other in enumerate(numbers) if other == number]
        for number in sorted(set(numbers))
    ]
    assert all(
        [line["line"] for line in order] == list(range(1, len(order) + 1)) for order in found
    )


def test_memory_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.txt"
        with path.open("w", encoding="utf-8") as file:
            file.write("\t".join(COLUMNS) + "\n")
            for number in range(count):
                # The two lines of an order stand far apart.
                row = ROW | {"amazon-order-id": f"202-{number % (count // 2):07d}-0000000"}
                row["product-name"] = "A clamp " * 50  # a file of many chunks
                file.write("\t".join(row.get(name, "") for name in COLUMNS) + "\n")
        lines = OrderLines(Places(cast(Session, None), []), "1", include_pii=False)
        tracemalloc.start()
        try:
            with path.open("rb") as file:
                orders = lines.orders(Document(file, None))
                assert sum(len(order) == 2 for order in orders) == count // 2
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)  # what is imported and remembered once
    few, many = peak(1_000), peak(3_000)
    assert many < 1.1 * few


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Shipped", "SHIPPED"),
        ("Canceled", "CANCELLED"),
        ("Cancelled", "CANCELLED"),
        ("PartiallyShipped", "PARTIALLY_SHIPPED"),
        ("InvoiceUnconfirmed", "INVOICE_UNCONFIRMED"),
        ("Pending - Waiting for Pick Up", "PENDING"),
        ("Shipped - Delivered to Buyer", "SHIPPED"),
        ("Shipped - Returned to Seller", "SHIPPED_RETURNED_TO_SELLER"),
        ("Shipped - Lost in Transit", "SHIPPED_LOST_IN_TRANSIT"),
        (None, None),
    ],
)
def test_statuses_are_read_in_the_newer_words(given: str | None, read: str | None) -> None:
    assert status(given) == read
