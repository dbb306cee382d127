"""The demo seller's settlements hold what they promise, on any date: sums, story, special rows."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

REVENUE = {"ItemPrice", "Promotion", "ItemWithheldTax"}
ZERO = Decimal(0)


@pytest.fixture(scope="module")
def known_triples(root: Path) -> set[tuple[str, str, str]]:
    with (root / "transforms/transforms/data/catalogue.csv").open(encoding="utf-8") as file:
        return {
            (row["transaction_type"], row["amount_type"], row["amount_description"])
            for row in csv.DictReader(file)
        }


def test_every_settlement_sums_to_its_total(demo: Any) -> None:
    assert sorted(demo.files) == [
        *("DE-1", "DE-2", "DE-3", "UK-1", "UK-2", "UK-3", "UK-4", "UK-5"),
    ]
    for file in demo.files.values():
        assert sum(file.amount(row["amount"]) for row in file.rows) == file.total
        assert {row["settlement-id"] for row in file.rows} == {file.summary["settlement-id"]}


def test_every_settlement_has_one_closed_event_group_of_its_own(demo: Any) -> None:
    closed = Counter(
        (
            group["FinancialEventGroupStart"],
            group["FinancialEventGroupEnd"],
            group["OriginalTotal"]["CurrencyCode"],
            group["OriginalTotal"]["CurrencyAmount"],
        )
        for group in demo.seller.event_groups
        if group["ProcessingStatus"] == "Closed"
    )
    settled = Counter(
        (f"{file.start:%FT%TZ}", f"{file.end:%FT%TZ}", file.summary["currency"], file.total)
        for file in demo.files.values()
    )
    assert closed == settled
    assert len({file.summary["settlement-id"] for file in demo.files.values()}) == 8


def test_the_periods_follow_each_other_up_to_the_eighth_day_of_a_month(demo: Any) -> None:
    today = datetime.combine(demo.now, datetime.min.time(), UTC)
    month = (today - timedelta(days=8)).replace(day=1)
    days = {
        name: ((file.start - month) // timedelta(days=1), (file.end - month) // timedelta(days=1))
        for name, file in demo.files.items()
    }
    assert days == {
        "UK-1": (-40, -26),
        "UK-2": (-26, -12),
        "UK-3": (-12, 2),
        "UK-4": (2, 4),
        "UK-5": (4, 6),
        "DE-1": (-33, -19),
        "DE-2": (-19, -5),
        "DE-3": (-5, 5),
    }
    for country in ("UK", "DE"):
        chain = sorted(
            (file.start, file.end) for name, file in demo.files.items() if name[:2] == country
        )
        assert [end for _, end in chain[:-1]] == [start for start, _ in chain[1:]]


def test_rows_lie_in_their_period_and_deposits_in_the_past(demo: Any) -> None:
    for file in demo.files.values():
        for row in file.rows:
            assert file.start <= file.posted(row) <= file.end
            assert row["posted-date-time"].startswith(row["posted-date"])
        assert file.end < file.deposit < demo.now


def test_reports_are_younger_than_85_days(demo: Any) -> None:
    created = [datetime.fromisoformat(r["createdTime"]) for r in demo.seller.reports.values()]
    assert len(set(created)) == 8
    assert demo.now - timedelta(days=85) < min(created)
    assert max(created) < demo.now - timedelta(hours=3)


def test_uk_3_has_rows_on_both_sides_of_a_month_end(demo: Any) -> None:
    months = Counter(row["posted-date"][3:] for row in demo.files["UK-3"].rows)
    assert len(months) == 2
    assert min(months.values()) >= 20


def test_one_order_is_posted_so_late_that_summer_time_decides_its_month(demo: Any) -> None:
    file = demo.files["UK-3"]
    late = [
        file.posted(row)
        for row in file.rows
        if row["posted-date-time"].endswith("23:30:00 UTC") and row["transaction-type"] == "Order"
    ]
    assert len(set(late)) == 1
    assert (late[0] + timedelta(minutes=30)).day == 1
    london = late[0].astimezone(ZoneInfo("Europe/London"))
    assert (london.month != late[0].month) == bool(london.dst())


def test_uk_4_is_a_little_negative_and_uk_5_opens_with_its_debt(demo: Any) -> None:
    short, after = demo.files["UK-4"], demo.files["UK-5"]
    assert Decimal(-80) < short.total < ZERO
    assert [name for name, file in demo.files.items() if file.total < 0] == ["UK-4"]
    opening = after.rows[0]
    assert opening["amount-description"] == "Payable to Amazon"
    assert after.amount(opening["amount"]) == short.total
    assert after.posted(opening) == after.start
    assert after.total > ZERO
    assert not any(file.named("Successful charge") for file in demo.files.values())


def test_the_reserve_is_carried_from_uk_1_to_uk_3_and_gone(demo: Any) -> None:
    held = {n: sum(f.named("Current Reserve Amount")) for n, f in demo.files.items()}
    freed = {n: sum(f.named("Previous Reserve Amount Balance")) for n, f in demo.files.items()}
    assert held["UK-1"] < 0
    assert held["UK-2"] < 0
    assert (freed["UK-2"], freed["UK-3"]) == (-held["UK-1"], -held["UK-2"])
    assert sum(held.values()) + sum(freed.values()) == ZERO


def test_exactly_one_row_is_a_fee_that_nobody_knows(
    demo: Any, known_triples: set[tuple[str, str, str]]
) -> None:
    unknown = [
        (name, row["amount-description"])
        for name, file in demo.files.items()
        for row in file.rows
        if not {
            (row["transaction-type"], row["amount-type"], description)
            for description in (row["amount-description"], "*")
        }
        & known_triples
    ]
    assert unknown == [("DE-3", "Lithium Battery Surcharge")]


def test_exactly_one_order_has_the_sku_that_no_map_has(demo: Any) -> None:
    settled = {
        (name, row["order-id"])
        for name, file in demo.files.items()
        for row in file.rows
        if row["sku"] == "NEW-SKU-9"
    }
    known = {
        order["orderId"]
        for order in demo.seller.orders.values()
        for item in order["orderItems"]
        if item["product"]["sellerSku"] == "NEW-SKU-9"
    }
    ((name, order_id),) = settled
    assert (name, {order_id}) == ("UK-2", known)


def test_tax_is_a_fifth_in_the_uk_19_percent_in_germany_and_none_on_books(demo: Any) -> None:
    for name, file in demo.files.items():
        rate = Decimal("0.19") if name.startswith("DE") else Decimal("0.20")
        net: dict[tuple[str, str], Decimal] = {}
        tax: dict[tuple[str, str], Decimal] = {}
        for row in file.rows:
            key = (row["order-item-code"], row["transaction-type"])
            if row["amount-type"] == "ItemPrice":
                what = row["amount-description"]
                into = tax if what.endswith("Tax") else net
                base = what.removesuffix("Tax") or "Principal"
                into[*key, base] = file.amount(row["amount"])  # type: ignore[index]
                assert not (what.endswith("Tax") and row["sku"] == "BOOK-ABC")
        assert tax.keys() <= net.keys()
        for key, amount in tax.items():
            assert abs(amount - net[key] * rate) <= Decimal("0.01")


def test_refunds_are_of_orders_settled_before_and_never_exceed_them(demo: Any) -> None:
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    back: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    partial = 0
    for name in sorted(demo.files):
        file = demo.files[name]
        for row in file.rows:
            key = (row["order-id"], row["order-item-code"])
            if row["amount-type"] in REVENUE and row["transaction-type"] == "Order":
                sold[key] += file.amount(row["amount"])
            elif row["amount-type"] in REVENUE:
                back[key] -= file.amount(row["amount"])
                assert row["adjustment-id"]
    assert len(back) == 13
    for key, amount in back.items():
        assert ZERO < amount <= sold[key]
        partial += amount < sold[key]
    assert partial == 3


def test_two_damaged_units_are_two_rows_alike(demo: Any) -> None:
    alike = Counter(tuple(row.items()) for file in demo.files.values() for row in file.rows)
    assert [count for count in alike.values() if count > 1] == [2]


def test_account_rows_name_no_marketplace_and_order_rows_do(demo: Any) -> None:
    for name, file in demo.files.items():
        market = "Amazon.de" if name.startswith("DE") else "Amazon.co.uk"
        for row in file.rows:
            expected = market if row["order-item-code"] else ""
            assert row["marketplace-name"] in {expected, "Non-Amazon UK"}


def test_both_skus_that_are_hard_to_write_are_sold(demo: Any) -> None:
    for prefix in ("UK", "DE"):
        skus = {
            row["sku"]
            for name, file in demo.files.items()
            if name.startswith(prefix)
            for row in file.rows
        }
        assert {"MUG-BLÜ", "LAMP/OAK 01"} <= skus
