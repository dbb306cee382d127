"""Fact 3.6: money received, spent and moved between bank accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, line


def received(xero: Caller, **changes: Any) -> Json:
    return xero.put("BankTransactions", xero.receive(**changes)).only("BankTransactions")


def refusals(xero: Caller, **changes: Any) -> str:
    answer = xero.put("BankTransactions", xero.receive(**changes))
    assert answer.only("BankTransactions")["StatusAttributeString"] == "ERROR"
    assert len(xero.org.bank_transactions) == 0
    return " ".join(answer.messages)


def test_money_received_goes_into_the_bank_from_the_account_of_its_line(xero: Caller) -> None:
    element = received(xero, Reference="settlement 1")
    assert (element["Status"], element["Total"], element["CurrencyCode"]) == (
        "AUTHORISED",
        10,
        "GBP",
    )
    assert (element["Reference"], element["IsReconciled"]) == ("settlement 1", False)
    assert xero.org.trial_balance() == {"090": 10, "610": -10}


def test_money_spent_goes_the_other_way_with_its_tax(xero: Caller) -> None:
    received(
        xero,
        Type="SPEND",
        BankAccount={"Code": "097"},
        LineAmountTypes="Inclusive",
        LineItems=[line(AccountCode="400", TaxType="INPUT2")],
    )
    assert xero.org.trial_balance() == {"097": -12, "400": 10, "820": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"BankAccount": {"Code": "610"}}, "The account is not a bank account"),
        ({"BankAccount": {"Code": "777"}}, "Account code '777' is not a valid code"),
        ({"BankAccount": None}, "The bank account must be specified"),
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        ({"LineItems": []}, "One or more line items must be specified"),
        (
            {"LineItems": [line(AccountCode="095", TaxType="NONE")]},
            "Account code '095' is not a valid code for this document.",
        ),
        ({"CurrencyCode": "EUR"}, "Setting currency is only supported on overpayments"),
        ({"Status": "DRAFT"}, "not valid for creation"),
        ({"Type": "GIVE"}, "Bank transaction type 'GIVE' is not valid"),
        (
            {"LineItems": [line(AccountCode="610", UnitAmount=-1, TaxType="NONE")]},
            "The Total for this document must be greater than or equal to zero.",
        ),
    ],
)
def test_a_bank_transaction_is_refused(xero: Caller, changes: dict[str, Any], message: str) -> None:
    assert message in refusals(xero, **changes)


def test_the_currency_is_that_of_the_bank_account(xero: Caller) -> None:
    element = received(xero, BankAccount={"Code": "095"})
    assert (element["CurrencyCode"], element["CurrencyRate"]) == ("EUR", Decimal("1.15"))
    assert xero.org.trial_balance(currency=True) == {("095", "EUR"): 10, ("610", "EUR"): -10}
    assert xero.org.trial_balance()["095"] == Decimal("8.70")


def test_a_locked_date_is_refused(xero: Caller) -> None:
    xero.send("POST", "/__control__/lock-dates", '{"PeriodLockDate": "2026-05-05"}')
    assert "period lock date" in refusals(xero)


def test_put_makes_another_each_time_and_post_changes_by_id(xero: Caller) -> None:
    first, second = received(xero), received(xero)
    assert first["BankTransactionID"] != second["BankTransactionID"]
    path = f"BankTransactions/{first['BankTransactionID']}"
    changed = xero.post(path, {"Reference": "new"}).only("BankTransactions")
    assert (changed["Reference"], changed["Total"]) == ("new", 10)


def test_lines_that_an_update_leaves_out_stay(xero: Caller) -> None:
    fine = line(Quantity=3, UnitAmount=3.3333, AccountCode="200", Description=None)
    first = received(xero, LineAmountTypes="Inclusive", LineItems=[fine])
    path = f"BankTransactions/{first['BankTransactionID']}"
    changed = xero.post(path, {"Reference": "new"}, unitdp=2).only("BankTransactions")
    assert changed["Total"] == first["Total"] == 10
    assert changed["LineItems"][0]["LineItemID"] == first["LineItems"][0]["LineItemID"]


def test_a_deleted_transaction_leaves_the_ledger(xero: Caller) -> None:
    element = received(xero)
    identity = {"BankTransactionID": element["BankTransactionID"], "Status": "DELETED"}
    gone = xero.post("BankTransactions", identity).only("BankTransactions")
    assert gone["Status"] == "DELETED"
    assert xero.org.trial_balance() == {}


def test_what_the_owner_reconciled_is_left_alone(xero: Caller) -> None:
    element = received(xero)
    xero.org.reconcile(element["BankTransactionID"])
    path = f"BankTransactions/{element['BankTransactionID']}"
    answer = xero.post(path, {"Status": "DELETED"})
    assert answer.messages == ["Receive money transactions cannot be updated"]


def test_overpayments_are_said_not_to_be_imitated(xero: Caller) -> None:
    answer = xero.put("BankTransactions", xero.receive(Type="RECEIVE-OVERPAYMENT"))
    assert answer.status == 501
    assert b"RECEIVE-OVERPAYMENT" in answer.body


def transfer(source: str = "090", target: str = "097", amount: Any = 5) -> Json:
    return {
        "FromBankAccount": {"Code": source},
        "ToBankAccount": {"Code": target},
        "Amount": amount,
        "Date": "2026-05-05",
    }


def test_a_transfer_moves_money_between_bank_accounts(xero: Caller) -> None:
    element = xero.put("BankTransfers", transfer(amount="5.00")).only("BankTransfers")
    assert (element["Amount"], element["Status"]) == (5, "AUTHORISED")
    assert xero.org.trial_balance() == {"090": -5, "097": 5}


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (transfer(target="610"), "The account is not a bank account"),
        (transfer(target="090"), "two different bank accounts"),
        (transfer(amount=0), "greater than zero"),
    ],
)
def test_a_transfer_is_refused(xero: Caller, element: Json, message: str) -> None:
    assert message in " ".join(xero.put("BankTransfers", element).messages)
    assert len(xero.org.bank_transfers) == 0


def test_a_transfer_between_currencies_is_said_not_to_be_imitated(xero: Caller) -> None:
    assert xero.put("BankTransfers", transfer(target="095")).status == 501


def test_a_transfer_is_deleted_by_post_and_hidden_unless_asked_for(xero: Caller) -> None:
    element = xero.put("BankTransfers", transfer()).only("BankTransfers")
    identity = {"BankTransferID": element["BankTransferID"], "Status": "DELETED"}
    assert xero.post("BankTransfers", identity).only("BankTransfers")["Status"] == "DELETED"
    assert xero.org.trial_balance() == {}
    assert xero.get("BankTransfers").json["BankTransfers"] == []
    assert len(xero.get("BankTransfers", includeDeleted="true").json["BankTransfers"]) == 1
