from __future__ import annotations

from decimal import Decimal
from typing import Any

from amazon_tap import Tap

from simulators.amazon_sp import Seller

PATH = "/finances/v0/financialEventGroups"


def group(name: str, start: str, status: str = "Closed") -> dict[str, Any]:
    return {
        "FinancialEventGroupId": name,
        "ProcessingStatus": status,
        "OriginalTotal": {"CurrencyCode": "GBP", "CurrencyAmount": Decimal("10.30")},
        "FinancialEventGroupStart": start,
    }


def asked(seller: Seller) -> list[tuple[str, str | None]]:
    return [
        (
            call.query["FinancialEventGroupStartedAfter"][0],
            call.query.get("FinancialEventGroupStartedBefore", [None])[0],
        )
        for call in seller.calls
        if call.path == PATH
    ]


def test_a_group_is_a_record_with_exact_amounts(tap: Tap) -> None:
    closed = [
        each
        for each in tap("financial_event_groups").records("financial_event_groups")
        if each["fund_transfer_status"] == "Succeeded"
    ]
    assert len(closed) >= 6
    for each in closed:
        assert each["account_tail"] in {"090", "095"}
        assert each["original_total"] == str(Decimal(each["original_total"]))
        assert each["start"] < each["end"] < each["fund_transfer_date"]


def test_the_bookmark_is_the_start_of_the_oldest_open_group(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.event_groups += [
        group("closed", "2026-11-01T00:00:00Z"),
        group("open", "2026-10-20T00:00:00Z", "Open"),
        group("newer", "2026-11-05T00:00:00Z", "Open"),
    ]
    ran = empty_tap("financial_event_groups")
    assert ran.bookmark("financial_event_groups") == "2026-10-20T00:00:00Z"
    order = [each["group_id"] for each in ran.records("financial_event_groups")]
    assert order == ["open", "closed", "newer"]


def test_without_an_open_group_it_is_the_start_of_the_newest(
    empty_tap: Tap, empty_seller: Seller
) -> None:
    empty_seller.event_groups += [
        group("a", "2026-11-01T00:00:00Z"),
        group("b", "2026-10-20T00:00:00Z"),
    ]
    ran = empty_tap("financial_event_groups")
    assert ran.bookmark("financial_event_groups") == "2026-11-01T00:00:00Z"


def test_each_run_looks_back_forty_five_days(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.event_groups.append(group("a", "2026-11-01T00:00:00Z"))
    first = empty_tap("financial_event_groups")
    empty_seller.calls.clear()
    empty_seller.event_groups[0]["FundTransferStatus"] = "Failed"
    second = empty_tap("financial_event_groups", state=first.state)
    assert asked(empty_seller) == [("2026-09-17T00:00:00Z", None)]
    (changed,) = second.records("financial_event_groups")
    assert changed["fund_transfer_status"] == "Failed"


def test_no_window_is_wider_than_amazon_answers(empty_tap: Tap, empty_seller: Seller) -> None:
    empty_seller.event_groups += [
        group("old", "2025-03-01T00:00:00Z"),
        group("new", "2026-11-01T00:00:00Z"),
    ]
    ran = empty_tap("financial_event_groups", start_date="2025-01-01", end_date="2026-11-15")
    assert len(asked(empty_seller)) == 5
    assert [each["group_id"] for each in ran.records("financial_event_groups")] == ["old", "new"]


def test_an_account_without_groups_has_no_bookmark(empty_tap: Tap) -> None:
    ran = empty_tap("financial_event_groups")
    assert ran.error is None
    assert ran.bookmark("financial_event_groups") is None


def test_marketplaces_are_read_whole(tap: Tap) -> None:
    assert tap("marketplaces").records("marketplaces")[1] == {
        "marketplace_id": "A1PA6795UKMFR9",
        "name": "Amazon.de",
        "country_code": "DE",
        "currency": "EUR",
        "language": "de_DE",
        "domain": "www.amazon.de",
        "is_participating": True,
        "has_suspended_listings": False,
    }
