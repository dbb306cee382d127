from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from amazon_tap import Deliver, Run, Tap, settled

from simulators.amazon_sp import Seller

WANTED = ("settlements", "settlement_rows", "settlement_transactions")
GROUPS = "/finances/v0/financialEventGroups"
TRANSACTIONS = "/finances/2024-06-19/transactions"


@pytest.fixture
def ran(tap: Tap) -> Run:
    return tap(*WANTED)


def test_the_transactions_of_each_settlement_come_to_its_total(ran: Run) -> None:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in ran.records("settlement_transactions"):
        totals[each["settlement_id"]] += Decimal(each["total_amount"])
    settlements = ran.records("settlements")
    assert len(settlements) == 8
    assert dict(totals) == {s["settlement_id"]: Decimal(s["total_amount"]) for s in settlements}


def test_they_come_before_the_closing_record_and_are_announced_once(ran: Run) -> None:
    closed: set[str] = set()
    for message in ran.messages:
        if message["type"] == "RECORD" and message["stream"] == "settlements":
            closed.add(message["record"]["settlement_id"])
        elif message["type"] == "RECORD":
            assert message["record"]["settlement_id"] not in closed
    schemas = [m["stream"] for m in ran.messages if m["type"] == "SCHEMA"]
    assert schemas.count("settlement_transactions") == 1


def test_nothing_deferred_is_among_them(ran: Run) -> None:
    found = ran.records("settlement_transactions")
    assert {each["transaction_status"] for each in found} == {"RELEASED"}


def test_they_cost_two_calls_a_settlement(tap: Tap, seller: Seller) -> None:
    tap(*WANTED)
    paths = [call.path for call in seller.calls]
    assert paths.count(GROUPS) == 8
    assert paths.count(TRANSACTIONS) == 8


def test_unless_selected_they_cost_none(seller: Seller, config: dict[str, str]) -> None:
    from amazon_tap import run

    ran = run(config, clock=seller.clock)
    assert ran.records("settlement_transactions") == []
    assert ran.records("transactions") == []
    assert not [call for call in seller.calls if call.path == TRANSACTIONS]


def test_a_settlement_without_its_group_is_told_and_goes_on(
    empty_tap: Tap, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    deliver("1", settled("11111", "10.00"))
    ran = empty_tap(*WANTED)
    assert ran.error is None
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["11111"]
    assert "Settlement 11111: no event groups from 2026-10-01" in caplog.text


def group(
    name: str, total: str, currency: str = "GBP", end: str = "2026-10-15"
) -> dict[str, object]:
    return {
        "FinancialEventGroupId": name,
        "ProcessingStatus": "Closed",
        "OriginalTotal": {"CurrencyCode": currency, "CurrencyAmount": Decimal(total)},
        "FinancialEventGroupStart": "2026-10-01T00:00:00.417Z",
        "FinancialEventGroupEnd": f"{end}T00:00:00Z",
    }


def test_of_groups_at_the_same_time_the_total_tells_which(
    empty_tap: Tap, empty_seller: Seller, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    deliver("1", settled("11111", "10.00"))
    empty_seller.event_groups += [
        group("euro", "10.00", "EUR"),
        group("longer", "10.00", end="2026-10-16"),
        group("invoiced", "3.00"),
        group("ours", "10.00"),
    ]
    empty_tap(*WANTED)
    (asked,) = [call.query for call in empty_seller.calls if call.path == TRANSACTIONS]
    assert asked["relatedIdentifierValue"] == ["ours"]
    empty_seller.event_groups.append(group("twin", "10.00"))
    empty_seller.calls.clear()
    empty_tap(*WANTED)
    assert not [call for call in empty_seller.calls if call.path == TRANSACTIONS]
    assert "Settlement 11111: 2 event groups" in caplog.text


def test_a_refusal_leaves_the_settlement_open_and_the_bookmark_before_it(
    tap: Tap, seller: Seller
) -> None:
    seller.faults.respond(500, b"", path=TRANSACTIONS, nth=3, times=None)
    ran = tap(*WANTED)
    assert ran.error is not None
    written = ran.records("settlements")
    assert len(written) < 8
    assert ran.bookmark("settlements") == max(each["created"] for each in written)
