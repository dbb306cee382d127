"""Fact 2.3: many elements in one request."""

from __future__ import annotations

import pytest
from xero_caller import Caller, Json, payment


def two_good_one_bad(xero: Caller) -> list[Json]:
    return [
        xero.invoice(InvoiceNumber="A"),
        xero.invoice(InvoiceNumber="B", CurrencyCode="USD", Contact={"Name": "New"}),
        xero.invoice(InvoiceNumber="C"),
    ]


def test_each_element_answers_for_itself_in_the_order_of_the_request(xero: Caller) -> None:
    answer = xero.put("Invoices", *two_good_one_bad(xero))
    assert answer.status == 200
    elements = answer.json["Invoices"]
    assert [each["InvoiceNumber"] for each in elements] == ["A", "B", "C"]
    assert [each["StatusAttributeString"] for each in elements] == ["OK", "ERROR", "OK"]
    assert len(xero.org.invoices) == 2


@pytest.mark.parametrize("query", [{}, {"summarizeErrors": "true"}])
def test_one_bad_element_refuses_the_whole_batch_and_only_it_is_listed(
    xero: Caller, query: dict[str, str]
) -> None:
    body = {"Invoices": two_good_one_bad(xero)}
    answer = xero.call("PUT", "Invoices", body, query)
    assert answer.status == 400
    assert answer.json["ErrorNumber"] == 10
    assert answer.json["Type"] == "ValidationException"
    assert answer.json["Message"] == "A validation exception occurred"
    (element,) = answer.json["Elements"]
    assert element["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert answer.messages == ["Organisation is not subscribed to currency USD"]
    assert len(xero.org.invoices) == 0
    assert xero.org.trial_balance() == {}
    assert [each["Name"] for each in xero.org.contacts] == ["Amazon.co.uk"]
    again = xero.put("Invoices", xero.invoice(InvoiceNumber="A"))
    assert again.messages == []


def test_the_parameter_is_found_in_any_case(xero: Caller) -> None:
    body = {"Invoices": two_good_one_bad(xero)}
    answer = xero.call("PUT", "Invoices", body, {"SummarizeErrors": "false"})
    assert answer.status == 200


def test_a_number_twice_in_one_request_is_taken_once(xero: Caller) -> None:
    answer = xero.put("Invoices", *[xero.invoice(InvoiceNumber="A")] * 2)
    assert answer.messages == ["Invoice # must be unique."]
    assert len(xero.org.invoices) == 1


def test_a_refused_batch_of_payments_leaves_the_invoice_due(xero: Caller) -> None:
    invoice = xero.posted()
    body = {"Payments": [payment(invoice, 7), payment(invoice, 7)]}
    assert xero.call("PUT", "Payments", body).status == 400
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (after["AmountDue"], after["Payments"]) == (12, [])


def test_good_elements_carry_a_status_only_when_asked_for(xero: Caller) -> None:
    summed = xero.call("PUT", "Invoices", {"Invoices": [xero.invoice()]}).only("Invoices")
    assert "StatusAttributeString" not in summed
    assert xero.posted()["StatusAttributeString"] == "OK"
