"""Facts 2.5, 3.1 and 3.2: invoices and bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, line

NOBODY = "11111111-1111-1111-1111-111111111111"


def refused(xero: Caller, **changes: Any) -> list[str]:
    answer = xero.put("Invoices", xero.invoice(**changes))
    element = answer.only("Invoices")
    assert answer.status == 200
    assert element["HasErrors"] is True
    assert element["StatusAttributeString"] == "ERROR"
    assert element["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert len(xero.org.invoices) == 0
    return answer.messages


def test_an_invoice_comes_back_with_its_sums_dates_and_ids(xero: Caller) -> None:
    invoice = xero.posted(InvoiceNumber="AMZ-1", Reference="settlement 1", Date="2026-05-01")
    assert invoice["StatusAttributeString"] == "OK"
    assert invoice["HasErrors"] is False
    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (10, 2, 12)
    assert (invoice["AmountDue"], invoice["AmountPaid"]) == (12, 0)
    assert invoice["Date"] == "/Date(1777593600000+0000)/"
    assert invoice["DateString"] == "2026-05-01T00:00:00"
    assert invoice["UpdatedDateUTC"] == "/Date(1778414400000+0000)/"
    assert invoice["UpdatedDateUTCString"] == "2026-05-10T12:00:00+00:00"
    assert (invoice["CurrencyCode"], invoice["Reference"]) == ("GBP", "settlement 1")
    assert invoice["Contact"]["Name"] == "Amazon.co.uk"


def test_put_ignores_an_id_of_the_caller(xero: Caller) -> None:
    assert xero.posted(InvoiceID=NOBODY)["InvoiceID"] != NOBODY


def test_put_refuses_a_sales_number_that_is_taken(xero: Caller) -> None:
    xero.posted(InvoiceNumber="AMZ-1")
    answer = xero.put("Invoices", xero.invoice(InvoiceNumber="AMZ-1"))
    assert answer.messages == ["Invoice # must be unique."]


def test_put_takes_a_bill_number_twice_and_drops_its_reference(xero: Caller) -> None:
    bill = {
        "Type": "ACCPAY",
        "InvoiceNumber": "B-1",
        "Reference": "lost",
        "LineItems": [line(AccountCode="401", TaxType="INPUT2")],
    }
    first, second = xero.posted(**bill), xero.posted(**bill)
    assert first["InvoiceID"] != second["InvoiceID"]
    assert first["Reference"] == ""


def test_a_sales_invoice_without_a_number_gets_one(xero: Caller) -> None:
    assert xero.posted()["InvoiceNumber"] == "INV-0001"


def test_post_by_number_overwrites_the_sales_invoice(xero: Caller) -> None:
    first = xero.posted(InvoiceNumber="AMZ-1")
    changed = xero.invoice(InvoiceNumber="AMZ-1", LineItems=[line(UnitAmount=24)])
    second = xero.post("Invoices", changed).only("Invoices")
    assert second["InvoiceID"] == first["InvoiceID"]
    assert second["Total"] == 24
    assert xero.org.trial_balance()["120"] == 24


def test_post_by_number_does_not_find_a_bill(xero: Caller) -> None:
    bill = {"Type": "ACCPAY", "InvoiceNumber": "B-1"}
    bill_lines = {"LineItems": [line(AccountCode="401", TaxType="INPUT2")]}
    first = xero.posted(**bill, **bill_lines)
    second = xero.post("Invoices", xero.invoice(**bill, **bill_lines)).only("Invoices")
    assert second["InvoiceID"] != first["InvoiceID"]


def test_post_with_an_unknown_id_is_refused(xero: Caller) -> None:
    answer = xero.post("Invoices", xero.invoice(InvoiceID=NOBODY))
    assert answer.messages == ["An existing invoice with the specified ID could not be found"]


def test_post_by_id_changes_what_it_names_and_keeps_the_rest(xero: Caller) -> None:
    first = xero.posted(InvoiceNumber="AMZ-1", LineItems=[line(Quantity=3, UnitAmount=3.3333)])
    answer = xero.post(
        f"Invoices/{first['InvoiceID']}", {"Reference": "new", "Contact": {}, "LineItems": []}
    )
    second = answer.only("Invoices")
    assert (second["Reference"], second["Total"]) == ("new", first["Total"])
    assert second["LineItems"][0]["LineItemID"] == first["LineItems"][0]["LineItemID"]


def test_sums_of_an_earlier_answer_sent_back_do_not_fit_new_lines(xero: Caller) -> None:
    first = xero.posted()
    echoed = xero.invoice(
        InvoiceID=first["InvoiceID"], SubTotal=10, LineItems=[line(UnitAmount=24)]
    )
    assert xero.post("Invoices", echoed).messages == [
        "The document sub total does not equal the sub total of the lines"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        (
            {"Contact": {"EmailAddress": "a@example.com"}},
            (
                "The Contact must contain at least 1 of the following elements to identify the "
                "contact: Name, ContactID, ContactNumber"
            ),
        ),
        (
            {"Contact": {"ContactID": NOBODY}},
            "The document with the supplied id was not found for this endpoint.",
        ),
        ({"CurrencyCode": "USD"}, "Organisation is not subscribed to currency USD"),
        ({"DueDate": None}, "The document due date must be specified"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"LineAmountTypes": "Gross"}, "LineAmountTypes 'Gross' is not valid"),
    ],
)
def test_an_invoice_is_refused_for_its_head(
    xero: Caller, change: dict[str, Any], message: str
) -> None:
    assert message in refused(xero, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
        ({"AccountCode": "120"}, "Account code '120' is not a valid code for this document."),
        ({"AccountCode": "800"}, "Account code '800' is not a valid code for this document."),
        ({"AccountCode": "960"}, "Account code '960' is not a valid code for this document."),
        ({"AccountCode": "630"}, "Account code '630' is not a valid code for this document."),
        ({"AccountCode": "777"}, "Account code '777' is not a valid code for this document."),
        ({"AccountCode": "999"}, "Account code '999' has been archived or has been deleted"),
        ({"AccountCode": None}, "Account code or ID must be specified"),
        (
            {"TaxType": "INPUT2"},
            "The TaxType code 'INPUT2' cannot be used with account code '200'.",
        ),
        (
            {"AccountCode": "401", "TaxType": "OUTPUT2"},
            "The TaxType code 'OUTPUT2' cannot be used with account code '401'.",
        ),
        (
            {"TaxType": "OUTPUT"},
            (
                "The TaxType code OUTPUT does not exist or cannot be used for this type of "
                "transaction."
            ),
        ),
        ({"ItemCode": "NO-SUCH"}, "Item code 'NO-SUCH' is not valid"),
        (
            {"LineAmount": 12.01},
            "The line total 12.01 does not match the expected line total 12.00",
        ),
        ({"TaxAmount": 12.01}, "The tax amount cannot be greater than the line amount"),
        (
            {"Tracking": [{"Name": "Marketplace", "Option": "Amazon.fr"}]},
            "The tracking option 'Amazon.fr' of category 'Marketplace' could not be found",
        ),
        (
            {"Tracking": [{"Name": "Region", "Option": "North"}]},
            "The tracking option 'North' of category 'Region' could not be found",
        ),
        (
            {"Tracking": [{"Name": "Marketplace", "Option": "Amazon.de"}] * 3},
            "A line can have 2 tracking categories at most",
        ),
        ({"Quantity": 1e9, "UnitAmount": 1e9}, "The line total cannot be more than 9999999999.99"),
        ({"Description": "x" * 4001}, "Description exceeds 4000 characters"),
        (
            {"UnitAmount": -12},
            "The Total for this document must be greater than or equal to zero.",
        ),
    ],
)
def test_an_invoice_is_refused_for_a_line(
    xero: Caller, change: dict[str, Any], message: str
) -> None:
    assert message in refused(xero, LineItems=[line(**change)])


def test_a_tax_rate_that_was_deleted_is_unknown(xero: Caller) -> None:
    rate = xero.org.tax_rates.get("RROUTPUT")
    assert rate is not None
    xero.org.tax_rates.put(rate | {"Status": "DELETED"})
    messages = refused(xero, LineItems=[line(TaxType="RROUTPUT")])
    assert messages[0].startswith("The TaxType code RROUTPUT does not exist")


def test_all_faults_are_said_at_once(xero: Caller) -> None:
    messages = refused(
        xero,
        CurrencyCode="USD",
        DueDate=None,
        LineItems=[line(AccountCode="777"), line(ItemCode="NO-SUCH")],
    )
    assert len(messages) == 4


def test_a_refused_invoice_leaves_no_contact_of_its_name(xero: Caller) -> None:
    xero.put("Invoices", xero.invoice(Contact={"Name": "New"}, CurrencyCode="USD"))
    assert len(xero.org.contacts) == 0


def test_a_name_nobody_has_makes_a_contact(xero: Caller) -> None:
    invoice = xero.posted(Contact={"Name": "New"})
    assert xero.posted(Contact={"Name": "New"})["Contact"] == invoice["Contact"]


def test_fields_beside_the_contact_id_change_the_contact(xero: Caller) -> None:
    xero.posted(Contact=xero.contact() | {"Name": "Renamed"})
    assert [each["Name"] for each in xero.org.contacts] == ["Renamed"]


def test_a_draft_needs_neither_due_date_nor_account_and_stays_off_the_ledger(
    xero: Caller,
) -> None:
    draft = xero.posted(Status="DRAFT", DueDate=None, LineItems=[line(AccountCode=None)])
    assert draft["Status"] == "DRAFT"
    assert xero.org.trial_balance() == {}


def test_an_authorised_invoice_of_zero_is_paid_at_once(xero: Caller) -> None:
    invoice = xero.posted(LineItems=[line(), line(UnitAmount=-12)])
    assert invoice["Status"] == "PAID"
    assert invoice["FullyPaidOnDate"] == invoice["Date"]


def test_an_invoice_in_another_currency_is_kept_in_both(xero: Caller) -> None:
    invoice = xero.posted(CurrencyCode="EUR", CurrencyRate=1.2)
    assert (invoice["Total"], invoice["CurrencyRate"]) == (12, Decimal("1.2"))
    assert xero.org.trial_balance()["120"] == 10
    assert xero.org.trial_balance(currency=True)["120", "EUR"] == 12


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("PeriodLockDate", "period lock date"),
        ("EndOfYearLockDate", "end of year lock date"),
    ],
)
def test_a_date_on_or_before_a_lock_date_is_refused(xero: Caller, field: str, words: str) -> None:
    xero.send("POST", "/__control__/lock-dates", f'{{"{field}": "2026-04-30"}}')
    assert xero.get("Organisation").only("Organisations")[field] == "/Date(1777507200000+0000)/"
    answer = xero.put("Invoices", xero.invoice(Date="2026-04-30"))
    assert answer.messages == [
        f"The document date cannot be before the {words}, currently set at 30-Apr-2026"
    ]
    assert xero.posted(Date="2026-05-01")["Status"] == "AUTHORISED"
    xero.send("POST", "/__control__/lock-dates", f'{{"{field}": null}}')
    assert xero.posted(Date="2026-04-30")["Status"] == "AUTHORISED"
