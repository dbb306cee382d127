"""Facts 3.3 and 3.4: payments and credit notes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, line, payment

NOBODY = "11111111-1111-1111-1111-111111111111"


def pay(xero: Caller, invoice: Json, amount: Any, **changes: Any) -> Json:
    return xero.put("Payments", payment(invoice, amount, **changes)).only("Payments")


def refusal(xero: Caller, element: Json) -> str:
    answer = xero.put("Payments", element)
    assert answer.only("Payments")["HasValidationErrors"] is True
    return " ".join(answer.messages)


def test_a_payment_in_full_makes_the_invoice_paid_on_its_date(xero: Caller) -> None:
    invoice = xero.posted()
    paid = pay(xero, invoice, 12, Reference="marker")
    assert paid["PaymentType"] == "ACCRECPAYMENT"
    assert (paid["Status"], paid["Reference"]) == ("AUTHORISED", "marker")
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (after["Status"], after["AmountDue"], after["AmountPaid"]) == ("PAID", 0, 12)
    assert after["FullyPaidOnDate"] == "/Date(1777766400000+0000)/"
    assert [each["PaymentID"] for each in after["Payments"]] == [paid["PaymentID"]]
    assert xero.org.trial_balance()["610"] == 12
    assert xero.org.trial_balance()["120"] == 0


def test_payments_in_one_call_see_each_other(xero: Caller) -> None:
    invoice = xero.posted()
    answer = xero.put("Payments", payment(invoice, 7), payment(invoice, 7), payment(invoice, 5))
    assert [each["StatusAttributeString"] for each in answer.json["Payments"]] == [
        "OK",
        "ERROR",
        "OK",
    ]
    assert answer.messages == ["Payment amount exceeds the amount outstanding on this document"]


def test_an_invoice_may_be_named_by_its_number(xero: Caller) -> None:
    xero.posted(InvoiceNumber="AMZ-1")
    element = {
        "Invoice": {"InvoiceNumber": "AMZ-1"},
        "Account": {"Code": "090"},
        "Date": "2026-05-03",
        "Amount": 12,
    }
    assert xero.put("Payments", element).only("Payments")["StatusAttributeString"] == "OK"


def test_a_second_identical_payment_is_another_payment(xero: Caller) -> None:
    invoice = xero.posted()
    assert pay(xero, invoice, 5)["PaymentID"] != pay(xero, invoice, 5)["PaymentID"]


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED"])
def test_only_authorised_documents_are_paid(xero: Caller, status: str) -> None:
    invoice = xero.posted(Status="AUTHORISED" if status == "VOIDED" else status)
    if status == "VOIDED":
        xero.post(f"Invoices/{invoice['InvoiceID']}", {"Status": status})
    message = refusal(xero, payment(invoice, 1))
    assert message == "Payments can only be made against Authorised documents"


def test_what_is_paid_in_full_takes_no_more(xero: Caller) -> None:
    invoice = xero.posted()
    pay(xero, invoice, 12)
    message = refusal(xero, payment(invoice, 0.01))
    assert message == "Payment amount exceeds the amount outstanding on this document"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Amount": 0}, "must be greater than zero"),
        ({"Amount": -1}, "must be greater than zero"),
        ({"Amount": 1.001}, "two decimals at most"),
        ({"CurrencyRate": 0}, "must be greater than zero"),
        ({"BankAmount": -1}, "must be greater than zero"),
        ({"Invoice": {"InvoiceID": NOBODY}}, "An existing invoice with the specified ID"),
        ({"Invoice": {"InvoiceNumber": "X"}}, "An existing invoice with the specified ID"),
        ({"Account": {"Code": "612"}}, "Payments are not enabled to account code '612'"),
        ({"Account": {"Code": "777"}}, "Account code '777' is not a valid code"),
        ({"Account": {"Code": "999"}}, "has been archived"),
        ({"Account": {}}, "The account of the payment must be specified"),
        ({"Account": {"Code": "095"}}, "is neither that of the document (GBP)"),
    ],
)
def test_a_payment_is_refused(xero: Caller, change: Json, message: str) -> None:
    invoice = xero.posted()
    assert message in refusal(xero, payment(invoice, 1) | change)
    assert len(xero.org.payments) == 0


def test_an_account_takes_payments_once_they_are_enabled(xero: Caller) -> None:
    invoice = xero.posted()
    (account,) = xero.get("Accounts", where='Code=="612"').json["Accounts"]
    change = {"Accounts": [{"EnablePaymentsToAccount": True}]}
    answer = xero.call("POST", f"Accounts/{account['AccountID']}", change)
    assert answer.only("Accounts")["EnablePaymentsToAccount"] is True
    assert pay(xero, invoice, 12, Account={"Code": "612"})["StatusAttributeString"] == "OK"


def test_a_payment_on_a_locked_date_is_refused(xero: Caller) -> None:
    invoice = xero.posted()
    xero.send("POST", "/__control__/lock-dates", '{"PeriodLockDate": "2026-05-03"}')
    assert "period lock date" in refusal(xero, payment(invoice, 1))


def test_a_deleted_payment_makes_the_invoice_due_again(xero: Caller) -> None:
    invoice = xero.posted()
    paid = pay(xero, invoice, 12)
    path = f"Payments/{paid['PaymentID']}"
    answer = xero.call("POST", path, {"Payments": [{"Status": "DELETED"}]})
    assert answer.only("Payments")["Status"] == "DELETED"
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (after["Status"], after["AmountDue"], after["Payments"]) == ("AUTHORISED", 12, [])
    assert "FullyPaidOnDate" not in after
    assert "610" not in xero.org.trial_balance()
    again = xero.call("POST", path, {"Payments": [{"Status": "DELETED"}]})
    assert again.status == 400


def test_a_payment_is_never_changed_nor_deleted_once_reconciled(xero: Caller) -> None:
    invoice = xero.posted()
    paid = pay(xero, invoice, 5, IsReconciled=True)
    path = f"Payments/{paid['PaymentID']}"
    changed = xero.call("POST", path, {"Payments": [{"Amount": 4}]})
    assert (changed.status, changed.messages) == (
        400,
        ["Payments cannot be updated, only deleted"],
    )
    deleted = xero.call("POST", path, {"Payments": [{"Status": "DELETED"}]})
    assert deleted.messages == ["The payment has been reconciled and cannot be deleted"]


def test_one_payment_may_be_posted_bare(xero: Caller) -> None:
    answer = xero.call("POST", "Payments", payment(xero.posted(), 12))
    assert answer.only("Payments")["Amount"] == 12


def test_a_euro_invoice_is_paid_in_euro_or_base_currency(xero: Caller) -> None:
    invoice = xero.posted(CurrencyCode="EUR", CurrencyRate=1.2)
    pay(xero, invoice, 6, Account={"Code": "095"}, CurrencyRate=1.25)
    pay(xero, invoice, 6, Account={"Code": "090"}, BankAmount=4.90)
    balance = xero.org.trial_balance()
    assert balance["095"] == Decimal("4.80")
    assert balance["090"] == Decimal("4.90")
    assert balance["120"] == 0
    assert balance["499"] == Decimal("0.30")
    in_currency = xero.org.trial_balance(currency=True)
    assert in_currency["095", "EUR"] == 6
    assert in_currency["090", "GBP"] == Decimal("4.90")
    assert in_currency["120", "EUR"] == 0


def test_the_last_payment_clears_the_receivable_to_the_cent(xero: Caller) -> None:
    cents = {"LineAmountTypes": "NoTax", "LineItems": [line(UnitAmount=0.10)]}
    invoice = xero.posted(CurrencyCode="EUR", **cents)
    assert xero.org.trial_balance()["120"] == Decimal("0.09")
    for _ in range(2):
        pay(xero, invoice, 0.05, Account={"Code": "095"})
    balance = xero.org.trial_balance()
    assert [balance[code] for code in ("120", "095")] == [0, Decimal("0.08")]
    assert balance["499"] == Decimal("0.01")


def test_a_deleted_payment_puts_back_what_it_took_from_the_receivable(xero: Caller) -> None:
    invoice = xero.posted(CurrencyCode="EUR", CurrencyRate=1.2)
    first = pay(xero, invoice, 5, Account={"Code": "095"}, CurrencyRate=1.25)
    body = {"Payments": [{"Status": "DELETED"}]}
    assert xero.call("POST", f"Payments/{first['PaymentID']}", body).status == 200
    pay(xero, invoice, 12, Account={"Code": "095"})
    balance = xero.org.trial_balance()
    assert [balance[code] for code in ("120", "095")] == [0, 10]
    assert "499" not in balance


def note(xero: Caller, **changes: Any) -> Json:
    element = xero.invoice(**{"Type": "ACCRECCREDIT", "DueDate": None, **changes})
    return xero.put("CreditNotes", element).only("CreditNotes")


def test_a_credit_note_is_refunded_by_a_payment_from_clearing(xero: Caller) -> None:
    credit = note(xero, CreditNoteNumber="AMZ-1-R1")
    assert (credit["RemainingCredit"], credit["CreditNoteNumber"]) == (12, "AMZ-1-R1")
    refund = {
        "CreditNote": {"CreditNoteID": credit["CreditNoteID"]},
        "Account": {"Code": "610"},
        "Date": "2026-05-03",
        "Amount": 12,
    }
    paid = xero.put("Payments", refund).only("Payments")
    assert paid["PaymentType"] == "ARCREDITPAYMENT"
    after = xero.get(f"CreditNotes/{credit['CreditNoteID']}").only("CreditNotes")
    assert (after["Status"], after["RemainingCredit"]) == ("PAID", 0)
    balance = xero.org.trial_balance()
    assert [balance[code] for code in ("610", "120", "200")] == [-12, 0, 10]


def test_a_credit_note_number_is_taken_once(xero: Caller) -> None:
    note(xero, CreditNoteNumber="R")
    assert note(xero, CreditNoteNumber="R")["ValidationErrors"] == [
        {"Message": "Credit note # must be unique."}
    ]


def test_an_unknown_credit_note_id_is_refused(xero: Caller) -> None:
    answer = xero.post("CreditNotes", {"CreditNoteID": NOBODY})
    assert answer.messages == [
        "An existing Credit Note with the specified CreditNoteID could not be found"
    ]


def test_a_credit_note_is_allocated_to_an_invoice_of_its_contact(xero: Caller) -> None:
    invoice, credit = xero.posted(), note(xero)
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    element = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 5, "Date": "2026-05-03"}
    allocated = xero.call("PUT", path, {"Allocations": [element]}).only("Allocations")
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (after["AmountDue"], after["AmountCredited"]) == (7, 5)
    too_much = xero.call("PUT", path, {"Allocations": [element | {"Amount": 7.01}]})
    assert too_much.messages == ["Payment amount exceeds the amount outstanding on this document"]
    other = xero.posted(Contact={"Name": "Somebody else"})
    strange = element | {"Invoice": {"InvoiceID": other["InvoiceID"]}}
    refused = xero.call("PUT", path, {"Allocations": [strange]})
    assert refused.messages == ["The credit note and the invoice must have the same contact"]
    gone = xero.call("DELETE", f"{path}/{allocated['AllocationID']}")
    assert gone.only("Allocations")["IsDeleted"] is True
    restored = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (restored["AmountDue"], restored["AmountCredited"]) == (12, 0)


def test_allocations_never_exceed_the_invoice_and_are_made_all_or_none(xero: Caller) -> None:
    invoice, credit = xero.posted(), note(xero, LineItems=[line(UnitAmount=24)])
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    element = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 7, "Date": "2026-05-03"}
    answer = xero.call("PUT", path, {"Allocations": [element, element]})
    assert answer.status == 400
    assert answer.messages == ["Payment amount exceeds the amount outstanding on this document"]
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert (after["AmountDue"], after["AmountCredited"]) == (12, 0)


def test_allocation_at_another_rate_books_the_difference(xero: Caller) -> None:
    invoice = xero.posted(CurrencyCode="EUR", CurrencyRate=1.2)
    credit = note(xero, CurrencyCode="EUR", CurrencyRate=1.25)
    element = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 12, "Date": "2026-05-03"}
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    assert xero.call("PUT", path, {"Allocations": [element]}).status == 200
    balance = xero.org.trial_balance()
    assert balance["120"] == 0
    assert balance["499"] == Decimal("0.40")
    assert sum(balance.values()) == 0


def test_a_credit_note_has_no_discounts_and_is_voided_off_the_ledger(xero: Caller) -> None:
    assert note(xero, LineItems=[line(DiscountRate=5)])["HasErrors"] is True
    credit = note(xero)
    answer = xero.post(f"CreditNotes/{credit['CreditNoteID']}", {"Status": "VOIDED"})
    assert answer.only("CreditNotes")["Status"] == "VOIDED"
    assert xero.org.trial_balance() == {}


def test_a_credit_note_changes_what_the_update_names_and_keeps_the_rest(xero: Caller) -> None:
    credit = note(xero, LineItems=[line(Quantity=3, UnitAmount=3.3333, Description=None)])
    path = f"CreditNotes/{credit['CreditNoteID']}"
    changed = xero.post(path, {"Reference": "new"}, unitdp=2).only("CreditNotes")
    assert (changed["Reference"], changed["Total"]) == ("new", credit["Total"])
    again = xero.post(path, {"LineAmountTypes": "Exclusive"}).only("CreditNotes")
    assert (again["SubTotal"], again["TotalTax"]) == (10, 2)
