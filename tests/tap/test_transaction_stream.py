from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from amazon_tap import Json, Tap, catalog_with

from simulators.amazon_sp import Seller

PATH = "/finances/2024-06-19/transactions"


def movement(name: str, posted: str, status: str = "RELEASED", **related: str) -> dict[str, Any]:
    return {
        "transactionId": name,
        "transactionStatus": status,
        "transactionType": "Shipment",
        "postedDate": posted,
        "totalAmount": {"currencyAmount": Decimal("10.30"), "currencyCode": "GBP"},
        "relatedIdentifiers": [
            {"relatedIdentifierName": key, "relatedIdentifierValue": value}
            for key, value in related.items()
        ],
    }


def asked(seller: Seller) -> list[tuple[str, str]]:
    calls = [call.query for call in seller.calls if call.path == PATH]
    return [(call["postedAfter"][0], call["postedBefore"][0]) for call in calls]


def names(records: list[Json]) -> list[str]:
    return [each["transaction_id"] for each in records]


def leaves(breakdowns: list[Json]) -> Decimal:
    return sum((Decimal(each["amount"]) for each in breakdowns if each["leaf"]), Decimal(0))


def test_every_transaction_of_the_account_comes_once_and_sums_up(tap: Tap, seller: Seller) -> None:
    ran = tap("transactions", start_date="2026-08-20")
    found = ran.records("transactions")
    assert sorted(names(found)) == sorted(each["transactionId"] for each in seller.transactions)
    for each in found:
        assert leaves(each["breakdowns"]) == Decimal(each["total_amount"])
        for item in each["items"]:
            if item["breakdowns"]:
                assert leaves(item["breakdowns"]) == Decimal(item["total_amount"])


def test_a_tree_is_laid_flat_with_its_paths(tap: Tap) -> None:
    found = tap("transactions", start_date="2026-08-20").records("transactions")
    sale = next(each for each in found if each["transaction_type"] == "Shipment")
    paths = [each["path"] for each in sale["breakdowns"]]
    assert paths[0] == "Sales"
    assert {"Sales/ProductCharges", "Sales/Tax", "Expenses", "Expenses/AmazonFees"} <= set(paths)
    inner = [each["path"] for each in sale["items"][0]["breakdowns"]]
    assert "AmazonFees/Commission/Base" in inner
    storage = "FBA Inventory Storage Fee"
    fee = next(each for each in found if f"AmazonFees/{storage}" in str(each["breakdowns"]))
    assert [each["type"] for each in fee["breakdowns"] if each["leaf"]] == ["Base", "Tax"]


def test_a_reimbursement_has_items_without_breakdowns(tap: Tap) -> None:
    found = tap("transactions", start_date="2026-08-20").records("transactions")
    kinds = [each for each in found if each["transaction_type"] == "FBAInventoryReimbursement"]
    assert kinds
    assert all(item["breakdowns"] == [] for each in kinds for item in each["items"])


def test_deferred_and_released_name_one_another(tap: Tap) -> None:
    found = tap("transactions", start_date="2026-08-20").records("transactions")
    by_id = {each["transaction_id"]: each for each in found}
    pairs = [each for each in found if each["deferred_transaction_id"]]
    assert pairs
    for release in pairs:
        deferred = by_id[release["deferred_transaction_id"]]
        assert deferred["transaction_status"] == "DEFERRED_RELEASED"
        assert deferred["release_transaction_id"] == release["transaction_id"]
        assert deferred["total_amount"] == release["total_amount"]
        assert deferred["deferral_reason"] == "DD7"
        assert deferred["financial_event_group_id"] is None
    waiting = [each for each in found if each["transaction_status"] == "DEFERRED"]
    assert waiting
    assert all(each["maturity_date"] > each["posted_date"] for each in waiting)


def test_the_bookmark_is_the_bound_that_was_asked_for(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.transactions.append(movement("a", "2026-11-01T00:00:00Z"))
    ran = empty_tap("transactions", start_date="2026-10-25")
    assert ran.bookmark("transactions") == "2026-11-20T11:45:00Z"
    assert asked(empty_seller) == [("2026-10-25T00:00:00Z", "2026-11-20T11:45:00Z")]


def test_each_run_reads_three_days_again(empty_tap: Tap, empty_seller: Seller) -> None:
    first = empty_tap("transactions", start_date="2026-11-01")
    late = movement("late", "2026-11-18T12:00:00Z")
    empty_seller.transactions.append(late)
    empty_seller.calls.clear()
    second = empty_tap("transactions", start_date="2026-11-01", state=first.state)
    assert asked(empty_seller)[0][0] == "2026-11-17T11:45:00Z"
    assert names(second.records("transactions")) == ["late"]


def test_a_release_is_seen_weeks_later_in_place(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.transactions += [
        movement("held", "2026-10-02T08:00:00Z", "DEFERRED", ORDER_ID="202-1-1"),
        movement("paid", "2026-10-03T08:00:00Z"),
    ]
    first = empty_tap("transactions", start_date="2026-09-01")
    state = first.state["bookmarks"]["transactions"]
    assert state["deferred_since"] == "2026-10-02T08:00:00Z"
    empty_seller.clock.advance(days=20)
    release = movement(
        "release", "2026-12-01T08:00:00Z", ORDER_ID="202-1-1", DEFERRED_TRANSACTION_ID="held"
    )
    empty_seller.release("held", release)
    second = empty_tap("transactions", start_date="2026-09-01", state=first.state)
    found = {each["transaction_id"]: each for each in second.records("transactions")}
    assert found["held"]["transaction_status"] == "DEFERRED_RELEASED"
    assert found["held"]["release_transaction_id"] == "release"
    assert found["release"]["transaction_status"] == "RELEASED"
    assert "deferred_since" not in second.state["bookmarks"]["transactions"]
    assert second.bookmark("transactions") == "2026-12-10T11:45:00Z"


def test_a_deferral_older_than_amazon_tells_of_is_given_up_aloud(
    empty_tap: Tap, empty_seller: Seller, caplog: pytest.LogCaptureFixture
) -> None:
    state = {
        "bookmarks": {
            "transactions": {
                "replication_key": "posted_date",
                "replication_key_value": "2026-11-19T00:00:00Z",
                "deferred_since": "2026-01-05T00:00:00Z",
            }
        }
    }
    empty_tap("transactions", state=state)
    assert asked(empty_seller)[0][0] == "2026-05-23T00:00:00Z"
    assert "deferred since 2026-01-05T00:00:00Z are not looked up again" in caplog.text


def test_windows_are_thirty_days_and_meet_without_overlap(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.transactions += [
        movement("first", "2025-01-01T00:00:00Z"),
        movement("edge", "2025-01-31T00:00:00Z"),
        movement("last", "2026-11-20T11:44:59Z"),
    ]
    ran = empty_tap("transactions", start_date="2025-01-01")
    windows = asked(empty_seller)
    assert [since for since, _ in windows[1:]] == [until for _, until in windows[:-1]]
    assert names(ran.records("transactions")) == ["first", "edge", "last"]
    assert len([m for m in ran.messages if m["type"] == "STATE"]) >= len(windows)


def test_arguments_are_repeated_with_the_token_and_empty_pages_passed(
    tap: Tap, seller: Seller
) -> None:
    seller.transactions_per_page, seller.empty_pages = 40, True
    found = tap("transactions", start_date="2026-08-20").records("transactions")
    assert len(found) == len(seller.transactions)
    calls = [call.query for call in seller.calls if call.path == PATH]
    assert all({"postedAfter", "postedBefore"} <= call.keys() for call in calls)
    assert sum("nextToken" in call for call in calls) > 10


def test_no_marketplace_is_asked_for(tap: Tap, seller: Seller) -> None:
    tap("transactions", marketplace_ids=["A1PA6795UKMFR9"])
    assert not [c for c in seller.calls if c.path == PATH and "marketplaceId" in c.query]


def test_a_refused_token_lets_the_listing_begin_again_without_doubles(
    tap: Tap, seller: Seller
) -> None:
    seller.transactions_per_page = 40
    refusal = {"errors": [{"code": "InvalidInput", "message": "$errorResponse.Message"}]}
    seller.faults.respond(400, refusal, path=PATH, nth=3, times=1)
    ran = tap("transactions", start_date="2026-08-20")
    assert ran.error is None
    found = names(ran.records("transactions"))
    assert sorted(found) == sorted(each["transactionId"] for each in seller.transactions)


def test_a_listing_that_always_breaks_ends_the_run(tap: Tap, seller: Seller) -> None:
    seller.transactions_per_page = 40
    refusal = {"errors": [{"code": "InvalidInput", "message": "no such token"}]}
    for nth in range(2, 7):
        seller.faults.respond(400, refusal, path=PATH, nth=nth, times=1)
    seller.faults.respond(400, refusal, path=PATH, nth=2, times=None)
    ran = tap("transactions", start_date="2026-11-01")
    assert ran.error is not None
    assert ran.bookmark("transactions") is None


def test_a_full_read_takes_no_notice_of_the_bookmark(empty_tap: Tap, empty_seller: Seller) -> None:
    catalog = catalog_with("transactions", "FULL_TABLE")
    state = {"bookmarks": {"transactions": {"replication_key_value": "2026-11-19T00:00:00Z"}}}
    empty_tap(catalog=catalog, state=state, start_date="2026-11-10")
    assert asked(empty_seller)[0][0] == "2026-11-10T00:00:00Z"
