"""Facts 2.3, 3.1: the statuses an invoice goes through, and bodies that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from xero_caller import Caller, line, payment


@pytest.mark.parametrize(
    ("first", "then", "taken"),
    [
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "DRAFT", False),
        ("DRAFT", "VOIDED", False),
    ],
)
def test_statuses_go_one_way(xero: Caller, first: str, then: str, *, taken: bool) -> None:
    invoice = xero.posted(Status=first)
    answer = xero.post(f"Invoices/{invoice['InvoiceID']}", {"Status": then})
    element = answer.only("Invoices")
    if taken:
        assert element["Status"] == then
        on_ledger = xero.org.trial_balance().get("120", 0)
        assert on_ledger == (12 if then == "AUTHORISED" else 0)
    else:
        assert answer.messages == ["Invoice not of valid status for modification"]


def test_a_deleted_invoice_frees_its_number_and_a_voided_one_does_not(xero: Caller) -> None:
    draft = xero.posted(InvoiceNumber="A", Status="DRAFT")
    xero.post(f"Invoices/{draft['InvoiceID']}", {"Status": "DELETED"})
    second = xero.posted(InvoiceNumber="A")
    xero.post(f"Invoices/{second['InvoiceID']}", {"Status": "VOIDED"})
    again = xero.put("Invoices", xero.invoice(InvoiceNumber="A"))
    assert again.messages == ["Invoice # must be unique."]


@pytest.mark.parametrize("amount", [12, 5])
@pytest.mark.parametrize("change", [{"Status": "VOIDED"}, {"LineItems": [line(UnitAmount=24)]}])
def test_what_is_paid_cannot_be_voided_nor_change_its_lines(
    xero: Caller, amount: int, change: dict[str, Any]
) -> None:
    invoice = xero.posted()
    xero.put("Payments", payment(invoice, amount))
    answer = xero.post(f"Invoices/{invoice['InvoiceID']}", change)
    assert answer.messages == [
        "This document cannot be edited as it has a payment or credit note allocated to it"
    ]


def test_a_part_paid_invoice_still_takes_a_due_date(xero: Caller) -> None:
    invoice = xero.posted()
    xero.put("Payments", payment(invoice, 5))
    answer = xero.post(f"Invoices/{invoice['InvoiceID']}", {"DueDate": "2026-06-01"})
    assert answer.only("Invoices")["DueDateString"] == "2026-06-01T00:00:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Contact", {"ContactID": "not-a-guid"}),
        ("Date", "1 May 2026"),
        ("LineItems", [{"UnitAmount": "twelve"}]),
        ("LineItems", [{"Quantity": True}]),
        ("LineItems", [{"Quantity": "1e99"}]),
        ("LineItems", [{"Quantity": "NaN"}]),
        ("SentToContact", "maybe"),
        ("Contact", "Amazon"),
        ("Reference", {"a": 1}),
    ],
)
def test_a_value_of_the_wrong_kind_makes_the_whole_body_unreadable(
    xero: Caller, field: str, value: Any
) -> None:
    good = xero.invoice()
    answer = xero.put("Invoices", good, good | {field: value})
    assert answer.status == 400
    assert (answer.json["ErrorNumber"], answer.json["Type"]) == (14, "PostDataInvalidException")
    assert len(xero.org.invoices) == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}x", b'"text"', b'{"Invoices": []}', b"\xff"])
def test_a_body_that_is_no_json_of_the_endpoint_is_unreadable(xero: Caller, body: bytes) -> None:
    answer = xero.call("PUT", "Invoices", body)
    assert (answer.status, answer.json["Type"]) == (400, "PostDataInvalidException")


def test_names_may_be_in_any_case_and_numbers_in_quotes(xero: Caller) -> None:
    body = {"invoices": [xero.invoice(LineItems=[line(UnitAmount="12.00")])]}
    body["invoices"][0] = {name.lower(): value for name, value in body["invoices"][0].items()}
    answer = xero.call("PUT", "Invoices", body)
    assert answer.only("Invoices")["Total"] == 12


def test_a_field_that_xero_does_not_know_is_dropped_and_counted(xero: Caller) -> None:
    xero.posted(InvoiceNo="typo")
    assert xero.org.ignored_fields == {"Invoices.InvoiceNo": 1}
