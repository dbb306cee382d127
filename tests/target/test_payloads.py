"""Documents as Xero's bodies, and Xero's answers compared with them; no network."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target.xero_desk import Desk
from target.xero_documents import (
    UK,
    Recorded,
    invoice,
    invoice_line,
    journal,
    order_id,
    payment,
    payout,
)

from target_xero import documents, payloads
from target_xero.agreement import by_account, differences, echo_faults, money_differences
from target_xero.contacts import contact_number
from target_xero.delivery import MAX_BODY, batches
from target_xero.desk import Pending
from target_xero.documents import BankTransaction, Invoice, Journal, Payment
from target_xero.fields import Unreadable
from target_xero.kinds import Ready
from target_xero.reading import read_document
from xero_api import writes

ORDER = order_id(1)


def document(recorded: Recorded) -> Any:
    return read_document(*recorded)


def test_an_invoice_in_full() -> None:
    made = payloads.invoice(cast(Invoice, document(invoice(ORDER))), "C1", f"AMZ-{ORDER}-2")
    assert made == {
        "Type": "ACCREC",
        "Contact": {"ContactID": "C1"},
        "Date": "2026-04-02",
        "DueDate": "2026-04-02",
        "LineAmountTypes": "Inclusive",
        "InvoiceNumber": f"AMZ-{ORDER}-2",
        "CurrencyCode": "GBP",
        "Status": "AUTHORISED",
        "Reference": f"Amazon.co.uk order {ORDER} [amz:invoice:{ORDER}]",
        "LineItems": [
            {
                "Description": "Widget, small",
                "Quantity": Decimal(1),
                "UnitAmount": Decimal("12.00"),
                "LineAmount": Decimal("12.00"),
                "AccountCode": "200",
                "ItemCode": "WIDGET-S",
                "TaxType": "OUTPUT2",
                "Tracking": [{"Name": "Marketplace", "Option": "Amazon.co.uk"}],
            }
        ],
    }


def test_a_bill_keeps_its_marker_in_its_number() -> None:
    """Xero drops the Reference of a bill."""
    bill = document(invoice(ORDER, document_id="bill:1", kind="bill", amounts_include_tax=False))
    made = payloads.invoice(bill, "C1", "ignored")
    assert made["Type"] == "ACCPAY"
    assert made["InvoiceNumber"] == f"AMZ-{ORDER} [amz:bill:1]"
    assert made["LineAmountTypes"] == "Exclusive"
    assert "Reference" not in made


def test_a_payment_in_full() -> None:
    made = payloads.payment(cast(Payment, document(payment(ORDER, "S1"))), "I1", Decimal("3.00"))
    assert made == {
        "Invoice": {"InvoiceID": "I1"},
        "Account": {"Code": "610"},
        "Date": "2026-04-14",
        "Amount": Decimal("3.00"),
        "Reference": f"Amazon.co.uk settlement S1 [amz:payment:S1:{ORDER}]",
    }


def test_a_journal_in_full() -> None:
    made = payloads.journal(cast(Journal, document(journal("S1"))))
    assert made == {
        "Narration": "Amazon.co.uk settlement S1: fees of 2026-04 [amz:journal:S1:2026-04]",
        "Date": "2026-04-14",
        "LineAmountTypes": "Inclusive",
        "Status": "POSTED",
        "JournalLines": [
            {
                "LineAmount": Decimal("2.40"),
                "AccountCode": "401",
                "Description": "Account 401",
                "TaxType": "INPUT2",
            },
            {
                "LineAmount": Decimal("-2.40"),
                "AccountCode": "610",
                "Description": "Account 610",
                "TaxType": "NONE",
            },
        ],
    }


@pytest.mark.parametrize("kind", ["receive", "spend"])
def test_a_bank_transaction_is_left_to_the_bank_feed(kind: str) -> None:
    transaction = cast(BankTransaction, document(payout("S1", kind=kind)))
    made = payloads.bank_transaction(transaction, "C1", "A1")
    assert made["Type"] == kind.upper()
    assert made["BankAccount"] == {"AccountID": "A1"}
    assert made["Status"] == "AUTHORISED"
    assert made["LineAmountTypes"] == "Inclusive"
    assert made["Reference"] == "Amazon.co.uk settlement S1 [amz:payout:S1]"
    assert "IsReconciled" not in made


@given(st.text(max_size=400), st.integers(min_value=60, max_value=255))
def test_the_marker_survives_words_of_any_length(words: str, limit: int) -> None:
    mark = documents.marker("payment:S1:026-0000001-0000001")
    made = payloads.marked(words, mark, limit)
    assert made.endswith(mark)
    assert len(made) <= limit
    assert made == made.strip()


# Reading


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        (("payments", payment(ORDER, "S1")[1] | {"amount": 1.5}), "`amount` is no exact amount"),
        (payment(ORDER, "S1", "twelve"), "`amount` is no amount: 'twelve'"),
        (payment(ORDER, "S1", "NaN"), "`amount` is no amount"),
        (invoice(ORDER, date="02/04/2026"), "`date` is no date"),
        (invoice(ORDER, lines="none"), "`lines` is no list"),
        (invoice(ORDER, lines=[{"description": "x"}]), "lines[0]: `amount` is missing"),
        (invoice(ORDER, if_absent="no"), "`if_absent` is neither true nor false"),
        (payment(ORDER, "S1", account=610), "`account` is int, not text"),
    ],
)
def test_a_record_that_is_no_such_document_is_named(recorded: Recorded, words: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        document(recorded)
    assert words in str(unreadable.value)
    assert recorded[1]["document_id"] in str(unreadable.value)


def hash_of(recorded: Recorded) -> str:
    return documents.content_hash(document(recorded))


def test_the_hash_is_of_what_a_document_says() -> None:
    base = invoice(ORDER)
    assert hash_of(base) == hash_of(invoice(ORDER, total="12.000"))
    assert hash_of(base) == hash_of(invoice(ORDER, source={"organisation": "Elsewhere"}))
    for change in (
        {"total": "12.01"},
        {"date": "2026-04-03"},
        {"contact": "Amazon.de"},
        {"lines": [invoice_line("12.00", tracking=[])]},
        {"lines": [invoice_line("12.00", tracking=[UK | {"option": "Amazon.de"}])]},
        {"lines": [invoice_line("12.00", quantity="2")]},
    ):
        assert hash_of(base) != hash_of(invoice(ORDER, **change)), change


def test_a_record_survives_being_kept_as_text() -> None:
    for recorded in (invoice(ORDER), payment(ORDER, "S1"), journal("S1"), payout("S1")):
        pending = Pending.of(*recorded)
        assert pending.content_hash == hash_of(recorded)
        assert Pending.of(recorded[0], json.loads(pending.text)).document == pending.document


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Amazon.co.uk", "amz-amazon-co-uk"),
        ("Amazon München GmbH", "amz-amazon-munchen-gmbh"),
        ("A" * 80, "amz-" + "a" * 46),
        ("Amazon   --  .de ", "amz-amazon-de"),
    ],
)
def test_a_contacts_number_is_a_slug_of_its_name(name: str, number: str) -> None:
    assert contact_number(name) == number
    assert len(number) <= 50


# Comparing


def as_answered(payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    lines = [{**line, "LineItemID": "L", "TaxAmount": 2} for line in payload["LineItems"]]
    head = {"Date": "/Date(1775088000000+0000)/", "DueDate": "/Date(1775088000000+0000)/"}
    contact = {"Contact": {"ContactID": "C1", "Name": "Amazon.co.uk"}}
    return payload | contact | head | {"LineItems": lines, "Total": Decimal("12.0")} | changes


@pytest.fixture
def payload() -> dict[str, Any]:
    return payloads.invoice(cast(Invoice, document(invoice(ORDER))), "C1", f"AMZ-{ORDER}")


def test_an_answer_that_says_the_same_has_no_difference(payload: dict[str, Any]) -> None:
    answer = as_answered(payload)
    assert differences(answer, payload) == []
    assert money_differences(answer, payload) == []
    assert echo_faults(answer, payload, Decimal("12.00")) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Reference": "mine"}, "Reference is mine in Xero"),
        ({"DueDate": "2026-05-01"}, "DueDate is 2026-05-01 in Xero, 2026-04-02 here"),
        ({"Contact": {"ContactID": "C2", "Name": "Bob"}}, "Contact is Bob in Xero"),
        ({"LineItems": []}, "0 lines in Xero, 1 here"),
        ({"LineAmountTypes": "NoTax"}, "LineAmountTypes is NoTax in Xero, Inclusive here"),
    ],
)
def test_each_difference_is_told(
    payload: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    assert any(words in each for each in differences(as_answered(payload, **changes), payload))


@pytest.mark.parametrize(
    "field", ["Description", "LineAmount", "AccountCode", "TaxType", "Tracking"]
)
def test_each_difference_of_a_line_is_told(payload: dict[str, Any], field: str) -> None:
    answer = as_answered(payload)
    answer["LineItems"][0][field] = [] if field == "Tracking" else Decimal(1)
    (told,) = differences(answer, payload)
    assert told.startswith(f"line 1: {field} is ")


def test_an_echo_with_another_total_or_without_a_line_is_a_fault(payload: dict[str, Any]) -> None:
    answer = as_answered(payload, Total=Decimal("12.01"))
    assert echo_faults(answer, payload, Decimal("12.00")) == [
        "Xero makes the total 12.01, the document says 12.00"
    ]
    assert echo_faults(answer, payload, None) == []
    assert echo_faults(as_answered(payload, LineItems=[]), payload, None) == [
        "Xero kept 0 of 1 lines",
        "Xero lost account 200",
    ]


def test_amounts_are_summed_by_account() -> None:
    lines = [{"AccountCode": code, "LineAmount": at} for code, at in (("1", 2), ("1", 3), ("2", 0))]
    assert by_account(lines) == {"1": Decimal(5)}


# Batches


@given(st.lists(st.integers(min_value=1, max_value=2_000_000), max_size=12), st.integers(1, 5))
def test_a_batch_keeps_within_its_number_and_its_bytes(sizes: list[int], most: int) -> None:
    pending = Pending.of(*journal("S1"))
    ready = [Ready(pending, {"Narration": "x" * size}) for size in sizes]
    made = list(batches(ready, most))
    assert [each for batch in made for each in batch] == ready
    for batch in made:
        assert 1 <= len(batch) <= most
        total = sum(writes.size(each.payload) for each in batch)
        assert len(batch) == 1 or total <= MAX_BODY


def test_a_total_that_xero_makes_otherwise_is_reported(desk: Desk) -> None:
    """The lines say 12.00 and the document 11.99: Xero's total is not what clearing needs."""
    tally = desk.post(invoice(ORDER, total="11.99", lines=[invoice_line("12.00")]))
    assert "Xero makes the total 12.00, the document says 11.99" in tally.lines[0]
