"""Xero's tracked items come to Amazon's counts by zero-total documents, each exactly once."""

from __future__ import annotations

import json
import logging
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target.stock_records import CODE, TODAY, level
from target.xero_desk import Desk
from target.xero_documents import Recorded, invoice, invoice_line, order_id

from books import State
from simulators.xero.stock import track
from target_xero.stock import Adjustment, Conflict, priced, read_level, verdict
from target_xero.tally import Did
from xero_api import OutcomeUnknown


@pytest.fixture(autouse=True)
def tracked(desk: Desk) -> None:
    for code in (CODE, "MUG-BLUE", "TOY-CAR"):
        track(desk.organisation, code)


def on_hand(desk: Desk, code: str = CODE) -> tuple[Any, Any]:
    (item,) = desk.organisation.items.named("Code", code)
    return item["QuantityOnHand"], item["TotalCostPool"]


def later(desk: Desk) -> None:
    """Let an hour go by: Xero forgets its idempotency keys."""
    desk.organisation.clock.advance(hours=1)


def count(desk: Desk) -> int:
    return len(desk.organisation.invoices) + len(desk.organisation.credit_notes)


# Both directions, to the cent


def test_more_at_amazon_is_a_zero_total_bill_at_the_unit_cost(desk: Desk) -> None:
    tally = desk.post(level(3))
    assert tally.summary() == "posted 1 stock level"
    (bill,) = desk.organisation.invoices
    assert (bill["Type"], bill["Total"], bill["Status"]) == ("ACCPAY", 0, "PAID")
    assert bill["LineAmountTypes"] == "NoTax"
    assert bill["InvoiceNumber"] == f"Stock {CODE} {TODAY} 0-to-3 [amz:stock:{CODE}]"
    assert bill["Date"] == date(2026, 4, 20)
    assert bill["Contact"]["Name"] == "Inventory Adjustments"
    assert [(x["ItemCode"], x["AccountCode"], x["LineAmount"]) for x in bill["LineItems"]] == [
        (CODE, "630", Decimal("9.00")),
        (None, "401", Decimal("-9.00")),
    ]
    assert on_hand(desk) == (3, 9)
    assert desk.balance() == {"630": Decimal("9.00"), "401": Decimal("-9.00")}


def test_less_at_amazon_is_a_suppliers_zero_total_credit_note_at_average_cost(desk: Desk) -> None:
    desk.post(level(3))
    later(desk)
    desk.post(level(1, cost="99"))
    (note,) = desk.organisation.credit_notes
    assert (note["Type"], note["Total"], note["Status"]) == ("ACCPAYCREDIT", 0, "PAID")
    assert note["CreditNoteNumber"] == f"Stock {CODE} {TODAY} 3-to-1 [amz:stock:{CODE}]"
    assert on_hand(desk) == (1, 3)
    assert desk.balance() == {"630": Decimal("3.00"), "401": Decimal("-3.00")}


def test_the_average_cost_comes_before_the_unit_cost_of_the_maps(desk: Desk) -> None:
    desk.post(level(3, cost="3.00"))
    later(desk)
    desk.post(level(5, cost="99"))
    assert on_hand(desk) == (5, 15)


def bought(amount: str, quantity: int, **more: Any) -> dict[str, Any]:
    """A line of a person's own bill, at a whole price for each unit."""
    unit = str(Decimal(amount) / quantity)
    given = {"account": "630", "tax_type": "NONE", "item_code": CODE, "quantity": str(quantity)}
    return invoice_line(amount, unit_amount=unit, **given, **more)


def test_odd_cents_stay_exact(desk: Desk) -> None:
    """10.00 for 3: an average that no number of decimals writes."""
    lines = [bought("3.33", 1), bought("6.67", 2)]
    desk.post(invoice(order_id(1), "10.00", kind="bill", number="MINE", lines=lines))
    assert on_hand(desk) == (3, 10)
    desk.post(level(5))
    assert on_hand(desk) == (5, Decimal("16.67"))
    later(desk)
    desk.post(level(0))
    assert on_hand(desk) == (0, 0), "the last units take all that is left of the pool"
    assert desk.balance().get("630") is None


def test_the_purchase_price_is_taken_where_nothing_else_is_known(desk: Desk) -> None:
    (item,) = desk.organisation.items.named("Code", CODE)
    details = {**item["PurchaseDetails"], "UnitPrice": Decimal("4.5678")}
    desk.organisation.save(desk.organisation.items, {**item, "PurchaseDetails": details})
    desk.post(level(2, cost=None))
    assert on_hand(desk) == (2, Decimal("9.14"))


def test_the_value_that_moves_is_named(desk: Desk) -> None:
    (told,) = desk.post(level(3)).stock
    assert told == (
        f"{CODE}: 0 -> 3 on hand, +3 at average cost, +9.00 GBP of stock (account 630) against "
        "account 401"
    )


def test_stock_is_compared_after_the_sales_of_the_same_run(desk: Desk) -> None:
    desk.post(level(5))
    later(desk)
    sale = invoice(order_id(1), lines=[invoice_line("12.00", item_code=CODE)])
    desk.post(level(4), sale)
    assert on_hand(desk) == (4, 12)
    assert count(desk) == 2, "the sale alone brought it to its level"


def test_a_sale_refused_for_want_of_stock_is_posted_once_the_count_has_raised_it(
    desk: Desk,
) -> None:
    sale = invoice(order_id(1), lines=[invoice_line("12.00", item_code=CODE)])
    tally = desk.post(sale, level(4))
    assert tally.count(Did.REJECTED, "invoices") == 1
    assert "Next: Xero has fewer on hand: the next count of stock decides" in tally.lines[0]
    later(desk)
    tally = desk.post(level(4))
    assert tally.count(Did.POSTED, "invoices") == 1
    assert on_hand(desk) == (4, 12)


# Nothing to do, nothing written


def test_a_second_run_writes_nothing_and_makes_two_calls(desk: Desk) -> None:
    levels = [level(3), level(7, "MUG-BLUE"), level(0, "TOY-CAR")]
    desk.post(*levels)
    later(desk)
    mark = desk.mark
    tally = desk.post(*levels)
    assert desk.writes(mark) == []
    assert [each.path.rpartition("/")[2] for each in desk.calls(mark)] == ["Organisation", "Items"]
    assert tally.summary() == "skipped unchanged 3 stock levels"


def test_books_that_are_lost_change_nothing(desk: Desk) -> None:
    desk.post(level(3))
    desk.lose_books()
    mark = desk.mark
    assert desk.post(level(3)).count(Did.UNCHANGED) == 1
    assert desk.writes(mark) == []


def test_fifty_items_take_one_call(desk: Desk) -> None:
    for number in range(60):
        desk.organisation.add_item(f"N-{number}", "N", "200")
        track(desk.organisation, f"N-{number}")
    mark = desk.mark
    desk.post(*(level(number + 1, f"N-{number}") for number in range(60)))
    assert sum("Invoices" in each.path for each in desk.writes(mark)) == 2
    assert all(on_hand(desk, f"N-{number}")[0] == number + 1 for number in range(60))


def test_the_same_step_twice_on_one_day_is_two_documents(desk: Desk) -> None:
    for quantity in (3, 5, 3, 5, 3, 5):
        desk.post(level(quantity))
        assert on_hand(desk)[0] == quantity
        later(desk)
    numbers = [each["InvoiceNumber"].partition(" [")[0] for each in desk.organisation.invoices]
    assert numbers == [
        f"Stock {CODE} {TODAY} {step}" for step in ("0-to-3", "3-to-5", "3-to-5-2", "3-to-5-3")
    ]


def test_a_persons_own_adjustment_counts(desk: Desk) -> None:
    desk.post(level(3))
    later(desk)
    own = invoice(order_id(2), "6.00", kind="bill", number="MINE", lines=[bought("6.00", 2)])
    desk.post(own)
    mark = desk.mark
    desk.post(level(5))
    assert desk.writes(mark) == [], "Xero has 5 already"


def test_xero_that_has_not_counted_yet_is_not_told_twice(desk: Desk) -> None:
    """Minutes after an adjustment the former quantity may be an old answer."""
    desk.post(level(3))
    (item,) = desk.organisation.items.named("Code", CODE)
    stale = {"QuantityOnHand": Decimal(0), "TotalCostPool": Decimal("0.00")}
    desk.organisation.save(desk.organisation.items, {**item, **stale})
    tally = desk.post(level(3))
    assert tally.count(Did.HELD) == 1
    assert desk.posting(f"stock:{CODE}").reason == "settling"
    later(desk)
    desk.post(level(3))
    assert on_hand(desk)[0] == 3


# Conflicts


class Told(logging.Handler):
    """Keeps what is told, each with the number of documents that Xero has by then."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(logging.WARNING)
        self._desk = desk
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((count(self._desk), record.getMessage()))


def test_conflicts_are_told_before_anything_is_posted_and_others_are_posted(desk: Desk) -> None:
    told, logger = Told(desk), logging.getLogger("target-xero")
    logger.addHandler(told)
    try:
        bad = level(2, "NO-SUCH"), level(2, "GADGET-1"), level(-1, "MUG-BLUE")
        tally = desk.post(level(3), *bad)
    finally:
        logger.removeHandler(told)
    assert [number for number, _ in told.lines] == [0, 0, 0]
    assert all(line.startswith("stock not adjusted: stock:") for _, line in told.lines)
    assert tally.summary() == "posted 1 stock level; held 3 stock levels"
    assert {each.document_id: each.reason for each in desk.postings(State.HELD)} == {
        "stock:NO-SUCH": "missing_item",
        "stock:GADGET-1": "untracked",
        "stock:MUG-BLUE": "negative",
    }


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        (level(2, cost=None), "no_cost", "nobody says what a unit of LAMP-OAK costs"),
        (
            level(2, currency="EUR"),
            "currency",
            "its costs are in EUR, the organisation's books in GBP",
        ),
        (level(2, "NO-SUCH"), "missing_item", "make it there, tracked as inventory"),
        (level(2, "GADGET-1"), "untracked", "track it there, or leave its SKUs without item code"),
    ],
)
def test_what_cannot_be_adjusted_is_held_with_the_next_step(
    desk: Desk, given: Recorded, reason: str, words: str
) -> None:
    tally = desk.post(given)
    assert count(desk) == 0
    (held,) = desk.postings(State.HELD)
    assert held.reason == reason
    assert words in tally.lines[0]


def test_codes_that_come_twice_are_held(desk: Desk) -> None:
    desk.post(level(3), level(4, CODE.lower()))
    assert {each.reason for each in desk.postings(State.HELD)} == {"duplicate"}
    assert on_hand(desk)[0] == 0


def test_none_here_and_none_there_is_no_conflict(desk: Desk) -> None:
    assert desk.post(level(0, "NO-SUCH"), level(0, "GADGET-1")).count(Did.HELD) == 0


def test_what_was_held_is_over_when_it_is_put_right(desk: Desk) -> None:
    desk.post(level(3, "GADGET-1"))
    track(desk.organisation, "GADGET-1")
    later(desk)
    desk.post(level(3, "GADGET-1"))
    assert desk.postings(State.HELD) == []
    desk.post(level(-1))
    later(desk)
    desk.post(level(0))
    assert desk.postings(State.HELD) == []


def test_a_locked_day_waits_and_the_next_count_is_posted(desk: Desk) -> None:
    desk.organisation.lock_dates["PeriodLockDate"] = date(2026, 4, 20)
    tally = desk.post(level(3))
    assert "Xero is locked up to 2026-04-20" in tally.lines[0]
    later(desk)
    desk.post(level(4, date="2026-04-21"))
    assert on_hand(desk)[0] == 4
    assert desk.postings(State.HELD) == []


def test_a_refusal_costs_its_own_item_only_and_is_decided_anew(desk: Desk) -> None:
    desk.organisation.refusals["MUG-BLUE"] = "The item is on a stocktake"
    tally = desk.post(level(3), level(7, "MUG-BLUE"))
    assert tally.count(Did.REJECTED) == 1
    assert "The item is on a stocktake" in tally.lines[0]
    assert on_hand(desk)[0] == 3
    desk.organisation.refusals.clear()
    desk.post(level(3), level(6, "MUG-BLUE"))
    assert on_hand(desk, "MUG-BLUE")[0] == 6
    assert desk.postings(State.REJECTED) == []


# Lost answers and killed runs


@pytest.mark.parametrize("resource", ["Invoices", "CreditNotes"])
def test_a_lost_answer_is_not_sent_twice(desk: Desk, resource: str) -> None:
    desk.post(level(9, "MUG-BLUE"))
    later(desk)
    desk.organisation.faults.drop_response(method="PUT", path=f"*/{resource}")
    desk.post(level(3), level(4, "MUG-BLUE"))
    assert on_hand(desk) == (3, 9)
    assert on_hand(desk, "MUG-BLUE") == (4, 12)
    assert count(desk) == 3


def test_a_contact_whose_answer_is_lost_is_made_once(desk: Desk) -> None:
    desk.organisation.faults.drop_response(method="PUT", path="*/Contacts")
    desk.post(level(3))
    assert on_hand(desk) == (3, 9)
    assert len(desk.organisation.contacts) == 1


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("minutes", [0, 60])
@pytest.mark.parametrize("now", [3, 5, 0])
def test_a_killed_run_is_settled_before_stock_is_read(
    desk: Desk, committed: bool, minutes: int, now: int
) -> None:
    """Its call may have come through or not, be over or not; Amazon may have changed since."""
    if committed:
        fault = desk.organisation.faults.error_after_commit(
            500, method="PUT", path="*/Invoices", times=None
        )
    else:
        fault = desk.organisation.faults.respond(500, method="PUT", path="*/Invoices", times=None)
    look_up = desk.organisation.faults.respond(503, method="GET", path="*/Invoices", times=None)
    with pytest.raises(Exception):  # noqa: B017,PT011 - whichever call fails first
        desk.post(level(3))
    assert desk.posting(f"stock:{CODE}").state is State.INTENDED
    fault.times = look_up.times = 0
    desk.organisation.clock.advance(minutes=minutes)
    desk.post(level(now))
    later(desk)
    desk.post(level(now))
    assert on_hand(desk) == (now, 3 * now)
    assert desk.postings(State.INTENDED, State.HELD, State.REJECTED) == []


def test_what_was_never_sent_is_not_sent_later_over_a_persons_own_adjustment(desk: Desk) -> None:
    fault = desk.organisation.faults.respond(500, method="PUT", path="*/Invoices", times=None)
    with pytest.raises(OutcomeUnknown):
        desk.post(level(3))
    fault.times = 0
    later(desk)
    own = invoice(order_id(2), "9.00", kind="bill", number="MINE", lines=[bought("9.00", 3)])
    desk.post(own)
    desk.post(level(3))
    assert on_hand(desk) == (3, 9)
    assert len(desk.organisation.invoices) == 1, "the person's alone"
    assert desk.postings(State.INTENDED) == []


# The books, and the dry run


def test_each_adjustment_is_in_the_audit_trail(desk: Desk) -> None:
    desk.post(level(3))
    later(desk)
    desk.post(level(1))
    rows = {each.document_id: each for each in desk.postings()}
    assert set(rows) == {
        f"stock:{CODE}",
        f"stock:{CODE}:{TODAY}:0-to-3",
        f"stock:{CODE}:{TODAY}:3-to-1",
    }
    assert rows[f"stock:{CODE}"].amount == 6
    assert rows[f"stock:{CODE}:{TODAY}:0-to-3"].stream == "invoices"
    assert rows[f"stock:{CODE}:{TODAY}:3-to-1"].stream == "credit_notes"
    (note,) = desk.organisation.credit_notes
    assert rows[f"stock:{CODE}:{TODAY}:3-to-1"].vendor_id == note["CreditNoteID"]
    assert json.loads(rows[f"stock:{CODE}"].document)["reference"].startswith(f"{CODE}: 3 -> 1")


# The sums themselves


@given(st.integers(1, 50_000), st.integers(0, 10_000_000))
def test_lines_always_multiply_to_the_value(units: int, cents: int) -> None:
    value = Decimal(cents) / 100
    lines = priced(Decimal(units), value)
    assert sum(quantity for quantity, _ in lines) == units
    amounts = [
        (quantity * unit).quantize(Decimal("0.01"), "ROUND_HALF_UP") for quantity, unit in lines
    ]
    assert sum(amounts) == value
    assert all(unit >= 0 and unit == unit.quantize(Decimal("0.0001")) for _, unit in lines)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 1_000_000))
def test_value_never_falls_below_zero_nor_outlives_the_units(
    has: int, wants: int, cents: int
) -> None:
    pool = Decimal(cents if has else 0) / 100
    item = {
        "Code": CODE,
        "IsTrackedAsInventory": True,
        "QuantityOnHand": Decimal(has),
        "TotalCostPool": pool,
        "InventoryAssetAccountCode": "630",
    }
    said = verdict(read_level(level(wants)[1]), [item], "GBP")
    assert not isinstance(said, Conflict)
    if said is None:
        assert has == wants
        return
    assert isinstance(said, Adjustment)
    left = pool + said.value if said.is_increase else pool - said.value
    assert left >= 0
    assert wants or left == 0
    if has and wants:
        cent_a_unit = abs(left / wants - pool / has) * max(wants, has)
        assert cent_a_unit <= Decimal("0.01") * max(wants, has) / min(wants, has)
