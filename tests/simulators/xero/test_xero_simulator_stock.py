"""Tracked inventory: quantity and cost pool move as Xero's help and guide say (facts: 3.7)."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, line

from simulators.xero import Organisation
from simulators.xero.stock import track

CODE = "LAMP-OAK"
BELOW_ZERO = "cannot fall below zero"


@pytest.fixture(autouse=True)
def tracked(org: Organisation) -> None:
    track(org, CODE)


def item_line(quantity: Any, unit: Any, **changes: Any) -> Json:
    more = {"AccountCode": "630", "TaxType": "NONE", "ItemCode": CODE, **changes}
    return line(Quantity=quantity, UnitAmount=unit, **more)


def sold(quantity: Any, **changes: Any) -> Json:
    return item_line(quantity, 20, AccountCode="200", TaxType="NONE", **changes)


def bill(xero: Caller, *lines: Json, **changes: Any) -> Json:
    return xero.invoice(Type="ACCPAY", LineItems=list(lines), **changes)


def bought(xero: Caller, quantity: Any, unit: Any) -> Json:
    return xero.put("Invoices", bill(xero, item_line(quantity, unit))).only("Invoices")


def credit(xero: Caller, *lines: Json, kind: str = "ACCPAYCREDIT") -> Any:
    note = xero.invoice(Type=kind, LineItems=list(lines), DueDate=None)
    return xero.put("CreditNotes", note)


def stock(xero: Caller) -> tuple[Any, Any]:
    item = xero.get(f"Items/{CODE}").only("Items")
    return item["QuantityOnHand"], item["TotalCostPool"]


def balance(org: Organisation, code: str) -> Any:
    return org.trial_balance().get(code, Decimal(0))


def test_a_bill_adds_units_and_their_cost(xero: Caller, org: Organisation) -> None:
    bought(xero, 3, "3.33")
    bought(xero, 2, 5)
    assert stock(xero) == (5, Decimal("19.99"))
    assert balance(org, "630") == Decimal("19.99")


def test_a_zero_total_bill_adjusts_upwards(xero: Caller, org: Organisation) -> None:
    """The example of Xero's guide: 2 refrigerators at 1,000 against the adjustment account."""
    lines = [
        item_line(2, 1000),
        line(Quantity=2, UnitAmount=-1000, AccountCode="401", TaxType="NONE"),
    ]
    posted = xero.put("Invoices", bill(xero, *lines, LineAmountTypes="NoTax")).only("Invoices")
    assert (posted["Total"], posted["Status"]) == (0, "PAID")
    assert stock(xero) == (2, 2000)
    assert (balance(org, "630"), balance(org, "401")) == (2000, -2000)


def test_a_suppliers_zero_total_credit_note_adjusts_downwards(
    xero: Caller, org: Organisation
) -> None:
    bought(xero, 3, 10)
    offset = line(UnitAmount=-10, AccountCode="401", TaxType="NONE")
    assert credit(xero, item_line(1, 10), offset).only("CreditNotes")["Total"] == 0
    assert stock(xero) == (2, 20)
    assert (balance(org, "630"), balance(org, "401")) == (20, 10)


def test_a_sale_takes_units_at_average_cost_and_books_the_cost_of_goods(
    xero: Caller, org: Organisation
) -> None:
    bought(xero, 3, "3.33")
    bought(xero, 1, "5.02")
    xero.posted(LineItems=[sold(3)])
    assert stock(xero) == (1, Decimal("3.75")), "15.01 less three quarters of it, 11.26"
    assert balance(org, "310") == Decimal("11.26")
    xero.posted(LineItems=[sold(1)])
    assert stock(xero) == (0, 0), "the last unit takes all that is left"
    assert balance(org, "630") == 0


def test_goods_that_a_customer_returns_come_back_at_average_cost(
    xero: Caller, org: Organisation
) -> None:
    bought(xero, 4, "2.50")
    xero.posted(LineItems=[sold(4)])
    credit(xero, sold(1), kind="ACCRECCREDIT")
    assert stock(xero) == (1, Decimal("2.50"))
    assert balance(org, "310") == Decimal("7.50")


def test_money_spent_and_received_move_stock_too(xero: Caller) -> None:
    spent = xero.receive(Type="SPEND", LineItems=[item_line(2, 4)])
    assert xero.put("BankTransactions", spent).only("BankTransactions")["Total"] == 8
    xero.put("BankTransactions", xero.receive(LineItems=[sold(1)]))
    assert stock(xero) == (1, 4)


def test_more_than_is_on_hand_is_neither_sold_nor_credited(xero: Caller) -> None:
    bought(xero, 2, 3)
    [said] = xero.put("Invoices", xero.invoice(LineItems=[sold(2), sold(1)])).messages
    assert BELOW_ZERO in said
    assert "2.0000 on hand, worth 6.00" in said
    assert BELOW_ZERO in credit(xero, item_line(3, 1)).messages[0]
    assert BELOW_ZERO in credit(xero, item_line(1, "6.01")).messages[0], "nor more than its value"
    assert stock(xero) == (2, 6)


def test_a_refused_document_leaves_the_stock_alone_and_its_neighbour_moves_it(
    xero: Caller,
) -> None:
    bought(xero, 2, 3)
    too_many, fits = (xero.invoice(LineItems=[sold(number)]) for number in (3, 1))
    answers = xero.put("Invoices", too_many, fits).json["Invoices"]
    assert [each["StatusAttributeString"] for each in answers] == ["ERROR", "OK"]
    assert stock(xero) == (1, 3)


def test_a_draft_moves_nothing_until_it_is_approved(xero: Caller) -> None:
    draft = xero.put("Invoices", bill(xero, item_line(2, 3), Status="DRAFT")).only("Invoices")
    assert stock(xero) == (0, 0)
    xero.post("Invoices", {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"})
    assert stock(xero) == (2, 6)


def test_voiding_takes_the_movement_back_unless_the_units_are_gone(xero: Caller) -> None:
    first, _ = bought(xero, 2, 3), bought(xero, 1, 3)
    xero.posted(LineItems=[sold(2)])
    gone = {"InvoiceID": first["InvoiceID"], "Status": "VOIDED"}
    assert BELOW_ZERO in xero.post("Invoices", gone).messages[0]
    bought(xero, 5, 3)
    assert xero.post("Invoices", gone).only("Invoices")["Status"] == "VOIDED"
    assert stock(xero) == (4, 12)


def test_a_changed_bill_moves_the_difference(xero: Caller) -> None:
    made = bought(xero, 3, 2)
    xero.posted(LineItems=[sold(2)])
    xero.post("Invoices", {"InvoiceID": made["InvoiceID"], "LineItems": [item_line(4, 2)]})
    assert stock(xero) == (2, 4)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line(AccountCode="630", TaxType="NONE")], "Account code '630' is not a valid code"),
        ([item_line(1, 2, ItemCode="MUG-BLUE")], "Account code '630' is not a valid code"),
        ([item_line(1, 2, AccountCode="401")], "it is bought on account '630'"),
        ([item_line(-1, 2)], "Quantity must not be less than zero"),
    ],
)
def test_lines_that_are_refused(xero: Caller, lines: list[Json], words: str) -> None:
    answer = xero.put("Invoices", bill(xero, *lines))
    assert words in answer.messages[0]
    assert stock(xero) == (0, 0)


def test_a_purchase_without_an_account_stands_on_the_asset_account(xero: Caller) -> None:
    made = xero.put("Invoices", bill(xero, item_line(1, 2, AccountCode=None))).only("Invoices")
    assert made["LineItems"][0]["AccountCode"] == "630"


def test_a_write_of_the_item_leaves_its_stock_alone(xero: Caller) -> None:
    bought(xero, 2, 3)
    xero.post("Items", {"Code": CODE, "Name": "Lamp", "QuantityOnHand": 9, "TotalCostPool": 1})
    assert stock(xero) == (2, 6)


def test_a_movement_changes_when_the_item_was_updated(xero: Caller, org: Organisation) -> None:
    org.clock.advance(hours=1)
    since = {
        "If_Modified_Since": datetime(2026, 5, 10, 13, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    }
    assert xero.get("Items", since).json["Items"] == []
    bought(xero, 1, 3)
    assert [each["Code"] for each in xero.get("Items", since).json["Items"]] == [CODE]


def test_a_foreign_bill_costs_what_it_is_in_base_currency(xero: Caller) -> None:
    foreign = bill(xero, item_line(1, "11.50"), CurrencyCode="EUR", CurrencyRate=1.15)
    xero.put("Invoices", foreign)
    assert stock(xero) == (1, 10)


@pytest.mark.parametrize("seed", range(5))
def test_the_pool_is_always_what_the_asset_account_says(
    xero: Caller, org: Organisation, seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        quantity, price = rng.randint(1, 5), rng.randint(1, 999) / 100
        match rng.randrange(4):
            case 0 | 1:
                bought(xero, quantity, price)
            case 2:
                xero.put("Invoices", xero.invoice(LineItems=[sold(quantity)]))
            case _:
                credit(xero, item_line(quantity, price))
        units, pool = stock(xero)
        assert min(units, pool) >= 0
        assert pool == balance(org, "630")
