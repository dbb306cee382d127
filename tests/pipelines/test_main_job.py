"""`meltano run tap-amazon-sp mapper target-xero`, asked as its users would ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pipelines.settlement_sums import Sums, by_type, read

import books
from demo.proof import Tie, ties
from simulators.amazon_sp.demo import demo_seller

NewProject = Callable[[], Any]
HELD_SKU = "NEW-SKU-9"


@pytest.fixture(scope="module")
def files(project: Any) -> list[bytes]:
    """The seller's settlement files, but the one that is held for its unknown fee."""
    now = datetime.fromisoformat(project.control(project.amazon, "state")["now"])
    seller = demo_seller(now)
    return [
        file for file in seller.settlement_files().values() if b"Lithium" not in plain_text(file)
    ]


def plain_text(file: bytes) -> bytes:
    return repr(read(file)).encode()


@pytest.fixture(scope="module")
def held_order(files: list[bytes]) -> str:
    [order] = {row["order-id"] for file in files for row in read(file) if row["sku"] == HELD_SKU}
    return order


@pytest.fixture(scope="module")
def found(project: Any) -> list[Tie]:
    with books.open_books(project.books_url) as kept:
        return ties(kept)


@pytest.fixture(scope="module")
def balances(project: Any) -> dict[tuple[str, str], Decimal]:
    lines = project.control(project.xero, "state")["trial_balance_by_currency"]
    return {(account, currency): Decimal(balance) for account, currency, balance in lines}


def total(sums: Sums, *names: str) -> Decimal:
    """Sum what a `type/name` or a `type/*` names."""
    found = Decimal(0)
    for name in names:
        kind, _, what = name.partition("/")
        found += sum(
            (amount for (k, w), amount in sums.items() if k == kind and what in (w, "*")),
            Decimal(0),
        )
    return found


def test_each_settlements_documents_equal_its_deposit(found: list[Tie]) -> None:
    assert len(found) == 8
    assert [tie.difference for tie in found] == [0] * 8
    waiting = {tie.proof["settlement_id"]: tie.why for tie in found if tie.waits}
    assert len(waiting) == 2


def test_the_bank_has_every_deposit_and_clearing_shows_only_what_waits(
    files: list[bytes], held_order: str, balances: dict[tuple[str, str], Decimal]
) -> None:
    _, deposits = by_type(files, "GBP", set())
    everything, _ = by_type(files, "GBP", set())
    without, _ = by_type(files, "GBP", {held_order})
    waits = sum(everything.values()) - sum(without.values())
    assert waits > 0
    assert balances["090", "GBP"] == deposits
    assert balances["610", "GBP"] == -waits


def test_balance_sheet_accounts_equal_sums_taken_straight_from_the_files(
    files: list[bytes], balances: dict[tuple[str, str], Decimal]
) -> None:
    sums, _ = by_type(files, "GBP", set())
    reserves = total(
        sums,
        "other-transaction/Current Reserve Amount",
        "other-transaction/Previous Reserve Amount Balance",
    )
    assert balances["612", "GBP"] == -reserves
    reimbursed = total(sums, "other-transaction/FBA Inventory Reimbursement")
    assert balances["270", "GBP"] == -reimbursed
    assert balances["830", "GBP"] == 0


def test_fees_equal_the_files_less_the_vat_that_xero_takes_out_of_them(
    files: list[bytes], balances: dict[tuple[str, str], Decimal]
) -> None:
    sums, _ = by_type(files, "GBP", set())
    advertising = total(sums, "ServiceFee/Cost of Advertising", "CouponRedemptionFee/*")
    storage = total(sums, "other-transaction/Storage Fee", "FBAFees/FBA Inventory Storage Fee")
    for account, gross in (("400", advertising), ("403", storage)):
        assert gross < 0
        # A cent for each journal line that Xero rounds: one per settlement and month.
        assert abs(balances[account, "GBP"] * Decimal("1.2") + gross) <= Decimal("0.07")


def test_income_fees_and_vat_together_equal_the_files_to_the_cent(
    files: list[bytes], held_order: str, balances: dict[tuple[str, str], Decimal]
) -> None:
    sums, _ = by_type(files, "GBP", {held_order})
    outside = total(
        sums,
        "other-transaction/Current Reserve Amount",
        "other-transaction/Previous Reserve Amount Balance",
        "other-transaction/FBA Inventory Reimbursement",
        "other-transaction/Payable to Amazon",
    )
    in_accounts = sum(
        amount
        for (account, currency), amount in balances.items()
        if currency == "GBP"
        and account
        in {*["200", "201", "202", "203", "204", "271", "400", "401", "402", "403", "405"]}
    )
    vat, not_yet_settled = balances["820", "GBP"], balances["120", "GBP"]
    assert in_accounts + vat == -(sum(sums.values()) - outside) - not_yet_settled


def test_germany_equals_its_files_account_by_account(
    files: list[bytes], balances: dict[tuple[str, str], Decimal]
) -> None:
    sums, deposits = by_type(files, "EUR", set())
    assert balances["120", "EUR"] == deposits
    kinds = ("Tax", "ShippingTax", "GiftWrapTax", "TaxDiscount", "ItemWithheldTax")
    taxes = total(sums, *(f"{event}/{kind}" for event in ("Order", "Refund") for kind in kinds))
    assert balances["825", "EUR"] == -taxes
    advertising = total(sums, "ServiceFee/Cost of Advertising")
    assert balances["400", "EUR"] == -advertising
    assert balances.get(("613", "EUR"), Decimal(0)) == 0


def test_the_books_know_every_document_that_xero_has(project: Any) -> None:
    with books.open_books(project.books_url) as kept:
        posted = [p for p in kept.postings() if p.state == books.State.POSTED]
    posted = [p for p in posted if p.stream != "contacts"]
    assert not [p for p in posted if not p.vendor_id]
    distinct = {p.vendor_id for p in posted}
    documents = project.control(project.xero, "state")["documents"]
    assert len(distinct) == sum(sum(states.values()) for states in documents.values())


def test_a_second_run_makes_no_write_call_and_at_most_two_calls(project: Any) -> None:
    before = len(project.xero_calls())
    done = project.run()
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Lithium Battery Surcharge,CLASS" in said, "what waits is told by every run"
    assert "NEW-SKU-9,Amazon.co.uk,ITEM_CODE" in said
    calls = project.xero_calls()[before:]
    assert [call for call in calls if call["method"] != "GET"] == []
    assert len(calls) <= 2


def test_mapping_the_sku_posts_exactly_that_order_and_clearing_is_zero(
    project: Any, held_order: str
) -> None:
    with (project.folder / "maps" / "skus.csv").open("a", encoding="utf-8") as skus:
        skus.write(f"{HELD_SKU},,MUG-GREEN,,,\n")
    before = len(project.xero_writes())
    assert project.run().returncode == 0
    writes = project.xero_writes()[before:]
    assert Counter(call["path"].rpartition("/")[2] for call in writes) == {
        "Invoices": 1,
        "Payments": 1,
    }
    assert all(held_order in call["body"] for call in writes)
    balance = project.control(project.xero, "state")["trial_balance"]
    assert Decimal(balance["610"]) == 0


def test_fail_on_held_fails_as_long_as_anything_waits(project: Any) -> None:
    assert project.run(TARGET_XERO_FAIL_ON="held").returncode == 1


def test_the_same_documents_arrive_at_another_target(project: Any) -> None:
    output = project.folder / "preview"
    output.mkdir()
    project.let_usage_plans_refill()
    done = project.meltano(
        "run",
        "tap-amazon-sp",
        "mapper",
        "target-jsonl",
        TARGET_JSONL_DESTINATION_PATH=str(output),
    )
    assert done.returncode == 0, done.stderr
    files = {file.name for file in output.iterdir()}
    assert {"invoices.jsonl", "payments.jsonl", "journals.jsonl", "settlements.jsonl"} <= files
