"""Fact 3.5: manual journals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, journal


def made(xero: Caller, element: Json) -> Json:
    return xero.put("ManualJournals", element).only("ManualJournals")


def refusals(xero: Caller, element: Json) -> list[str]:
    answer = xero.put("ManualJournals", element)
    assert answer.only("ManualJournals")["StatusAttributeString"] == "ERROR"
    assert len(xero.org.manual_journals) == 0
    return answer.messages


def test_a_posted_journal_puts_net_and_tax_on_the_ledger(xero: Caller) -> None:
    made(xero, journal())
    assert xero.org.trial_balance() == {"401": 10, "610": -12, "820": 2}


def test_a_journal_is_a_draft_without_tax_unless_it_says_otherwise(xero: Caller) -> None:
    element = made(xero, journal(Status=None, LineAmountTypes=None))
    assert (element["Status"], element["LineAmountTypes"]) == ("DRAFT", "NoTax")
    assert {each["TaxType"] for each in element["JournalLines"]} == {"NONE"}
    assert element["ShowOnCashBasisReports"] is True
    assert xero.org.trial_balance() == {}


def test_a_journal_that_does_not_balance_is_refused_with_both_figures(xero: Caller) -> None:
    lines = (
        {"AccountCode": "401", "LineAmount": 100, "TaxType": "NONE"},
        {"AccountCode": "610", "LineAmount": -10, "TaxType": "NONE"},
    )
    assert refusals(xero, journal(*lines)) == [
        "The total debits (100.00) must equal total credits (-10.00)"
    ]


def test_tax_on_top_counts_in_the_balance(xero: Caller) -> None:
    lines = (
        {"AccountCode": "401", "LineAmount": 10, "TaxType": "INPUT2"},
        {"AccountCode": "610", "LineAmount": -12, "TaxType": "NONE"},
    )
    element = made(xero, journal(*lines, LineAmountTypes="Exclusive"))
    assert element["StatusAttributeString"] == "OK"
    assert xero.org.trial_balance() == {"401": 10, "610": -12, "820": 2}
    unbalanced = made(xero, journal(*lines, LineAmountTypes="Inclusive"))
    assert unbalanced["StatusAttributeString"] == "ERROR"


@pytest.mark.parametrize("code", ["090", "120", "800", "960", "630", "777"])
def test_accounts_that_xero_keeps_are_forbidden(xero: Caller, code: str) -> None:
    lines = (
        {"AccountCode": code, "LineAmount": 12, "TaxType": "NONE"},
        {"AccountCode": "610", "LineAmount": -12, "TaxType": "NONE"},
    )
    assert refusals(xero, journal(*lines)) == [
        f"Account code '{code}' is not a valid code for this document."
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Narration": None}, "The narration must be specified"),
        ({"JournalLines": [{"AccountCode": "401", "LineAmount": 0}]}, "at least two lines"),
        ({"Status": "VOIDED"}, "not valid for creation"),
    ],
)
def test_a_journal_is_refused(xero: Caller, changes: dict[str, Any], message: str) -> None:
    assert message in " ".join(refusals(xero, journal(**changes)))


def test_the_tax_type_must_fit_the_account(xero: Caller) -> None:
    lines = (
        {"AccountCode": "401", "LineAmount": 12, "TaxType": "OUTPUT2"},
        {"AccountCode": "610", "LineAmount": -12, "TaxType": "NONE"},
    )
    assert refusals(xero, journal(*lines)) == [
        "The TaxType code 'OUTPUT2' cannot be used with account code '401'."
    ]


def test_an_unknown_account_is_taken_off_a_draft_with_a_warning(xero: Caller) -> None:
    lines = (
        {"AccountCode": "476", "LineAmount": 12},
        {"AccountCode": "610", "LineAmount": -12},
    )
    element = made(xero, journal(*lines, Status="DRAFT"))
    assert element["StatusAttributeString"] == "WARNING"
    assert element["Warnings"] == [
        {
            "Message": "Account code '476' has been removed as it does not match a recognised "
            "account."
        }
    ]
    assert "AccountCode" not in element["JournalLines"][0]
    path = f"ManualJournals/{element['ManualJournalID']}"
    answer = xero.post(path, {"Status": "POSTED"})
    assert answer.messages == ["Account code or ID must be specified"]


def test_a_journal_has_no_currency_of_its_own(xero: Caller) -> None:
    made(xero, journal(CurrencyCode="EUR"))
    assert xero.org.trial_balance(currency=True)["401", "GBP"] == 10


def test_tracking_reaches_the_ledger(xero: Caller) -> None:
    tracked = {"Tracking": [{"Name": "marketplace", "Option": "amazon.de"}]}
    lines = (
        {"AccountCode": "401", "LineAmount": 12, "TaxType": "NONE", **tracked},
        {"AccountCode": "610", "LineAmount": -12, "TaxType": "NONE"},
    )
    made(xero, journal(*lines))
    balance = xero.org.trial_balance(("account", "tracking"))
    assert balance == {("401", "Amazon.de"): 12, ("610", ""): -12}


def test_put_makes_another_each_time_and_post_changes_by_id(xero: Caller) -> None:
    first, second = made(xero, journal()), made(xero, journal())
    assert first["ManualJournalID"] != second["ManualJournalID"]
    path = f"ManualJournals/{first['ManualJournalID']}"
    changed = xero.post(path, {"Narration": "Other words", "JournalLines": []})
    element = changed.only("ManualJournals")
    assert (element["Narration"], len(element["JournalLines"])) == ("Other words", 2)
    assert xero.org.trial_balance()["401"] == 20


def test_a_posted_journal_is_voided_and_then_left_alone(xero: Caller) -> None:
    element = made(xero, journal())
    path = f"ManualJournals/{element['ManualJournalID']}"
    assert xero.post(path, {"Status": "DELETED"}).messages != []
    assert xero.post(path, {"Status": "VOIDED"}).only("ManualJournals")["Status"] == "VOIDED"
    assert xero.org.trial_balance() == {}
    assert xero.post(path, {"Narration": "x"}).messages != []


def test_a_journal_in_a_locked_period_is_refused(xero: Caller) -> None:
    xero.send("POST", "/__control__/lock-dates", '{"EndOfYearLockDate": "2026-05-03"}')
    assert refusals(xero, journal()) == [
        "The document date cannot be before the end of year lock date, currently set at 03-May-2026"
    ]


def test_cents_of_tax_are_rounded_away_from_zero_on_each_line(xero: Caller) -> None:
    lines = (
        {"AccountCode": "401", "LineAmount": 0.03, "TaxType": "INPUT2"},
        {"AccountCode": "401", "LineAmount": -0.03, "TaxType": "INPUT2"},
        {"AccountCode": "400", "LineAmount": 0.04, "TaxType": "INPUT2"},
        {"AccountCode": "610", "LineAmount": -0.04, "TaxType": "NONE"},
    )
    made(xero, journal(*lines))
    assert xero.org.trial_balance()["820"] == Decimal("0.01")
