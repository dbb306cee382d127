"""The simulator beside Xero's own OpenAPI documents: answers, example requests, example errors."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openapi import Key, OpenApi
from xero_caller import Answer, Caller, Json, journal, payment

from simulators.clock import Clock
from simulators.xero import server
from simulators.xero.demo import demo_organisation


@pytest.fixture(scope="module")
def api(shared: Path) -> OpenApi:
    return OpenApi(shared / "specs" / "xero" / "xero_accounting.yaml")


@pytest.fixture
def xero() -> Iterator[Caller]:
    org = demo_organisation(Clock(datetime(2026, 5, 10, 12, tzinfo=UTC)))
    org.limits.per_minute = 1000
    with server(org) as running:
        caller = Caller(running.url, org)
        yield caller
        caller.close()


def answers_of(xero: Caller) -> dict[Key, Answer]:
    """Call every operation that the project uses once, with success."""
    invoice = xero.posted(InvoiceNumber="AMZ-1", Reference="r")
    note_body = xero.invoice(Type="ACCRECCREDIT")
    note = xero.put("CreditNotes", note_body)
    note_id = note.only("CreditNotes")["CreditNoteID"]
    paid = xero.put("Payments", payment(invoice, 5))
    paid_id = paid.only("Payments")["PaymentID"]
    posted = xero.put("ManualJournals", journal())
    posted_id = posted.only("ManualJournals")["ManualJournalID"]
    transfer = {
        "FromBankAccount": {"Code": "090"},
        "ToBankAccount": {"Code": "097"},
        "Amount": 5,
        "Date": "2026-05-05",
    }
    (account,) = xero.get("Accounts", where='Code=="612"').json["Accounts"]
    invoice_path = f"Invoices/{invoice['InvoiceID']}"
    allocation = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 2, "Date": "2026-05-05"}
    bank = xero.put("BankTransactions", xero.receive())
    bank_id = bank.only("BankTransactions")["BankTransactionID"]
    answers = {
        ("PUT", "/Accounts"): xero.call(
            "PUT", "Accounts", {"Code": "7", "Name": "S", "Type": "SALES"}
        ),
        ("POST", "/Accounts/{AccountID}"): xero.call(
            "POST", f"Accounts/{account['AccountID']}", {"EnablePaymentsToAccount": True}
        ),
        ("PUT", "/Contacts"): xero.put("Contacts", {"Name": "A", "ContactNumber": "1"}),
        ("POST", "/Contacts"): xero.post("Contacts", {"Name": "A", "EmailAddress": "a@b.example"}),
        ("PUT", "/Items"): xero.put("Items", {"Code": "NEW", "SalesDetails": {"UnitPrice": 1.5}}),
        ("POST", "/Items"): xero.post("Items", {"Code": "NEW", "Name": "New"}),
        ("PUT", "/Invoices"): xero.put("Invoices", xero.invoice(CurrencyCode="EUR")),
        ("POST", "/Invoices"): xero.post("Invoices", xero.invoice(InvoiceNumber="AMZ-2")),
        ("POST", "/Invoices/{InvoiceID}"): xero.post(invoice_path, {"DueDate": "2026-06-01"}),
        ("PUT", "/CreditNotes"): note,
        ("POST", "/CreditNotes"): xero.post("CreditNotes", note_body),
        ("PUT", "/CreditNotes/{CreditNoteID}/Allocations"): xero.call(
            "PUT", f"CreditNotes/{note_id}/Allocations", {"Allocations": [allocation]}
        ),
        ("PUT", "/Payments"): paid,
        ("POST", "/Payments"): xero.call("POST", "Payments", payment(invoice, 1)),
        ("PUT", "/ManualJournals"): posted,
        ("POST", "/ManualJournals"): xero.post("ManualJournals", journal(Status="DRAFT")),
        ("PUT", "/BankTransactions"): bank,
        ("POST", "/BankTransactions"): xero.post("BankTransactions", xero.receive()),
        ("PUT", "/BankTransfers"): xero.put("BankTransfers", transfer),
        ("PUT", "/Invoices/{InvoiceID}/History"): xero.call(
            "PUT", f"{invoice_path}/History", {"HistoryRecords": [{"Details": "note"}]}
        ),
        ("PUT", "/Invoices/{InvoiceID}/Attachments/{FileName}"): xero.call(
            "PUT", f"{invoice_path}/Attachments/a.txt", b"text", Content_Type="text/plain"
        ),
    }
    category = xero.call("PUT", "TrackingCategories", {"Name": "Region"})
    category_id = category.only("TrackingCategories")["TrackingCategoryID"]
    answers["PUT", "/TrackingCategories"] = category
    answers["PUT", "/TrackingCategories/{TrackingCategoryID}/Options"] = xero.call(
        "PUT", f"TrackingCategories/{category_id}/Options", {"Name": "North"}
    )
    answers["GET", "/Organisation/Actions"] = xero.get("Organisation/Actions")
    for name in _LISTS:
        answers["GET", f"/{name}"] = xero.get(name, page=1)
    for name, field, identity in (
        ("Invoices", "InvoiceID", invoice["InvoiceID"]),
        ("CreditNotes", "CreditNoteID", note_id),
        ("Payments", "PaymentID", paid_id),
        ("ManualJournals", "ManualJournalID", posted_id),
        ("BankTransactions", "BankTransactionID", bank_id),
    ):
        answers["GET", f"/{name}/{{{field}}}"] = xero.get(f"{name}/{identity}")
    deleted = xero.call("POST", f"Payments/{paid_id}", {"Payments": [{"Status": "DELETED"}]})
    answers["POST", "/Payments/{PaymentID}"] = deleted
    return answers


_LISTS = (
    *("Organisation", "Accounts", "TaxRates", "TrackingCategories", "Currencies", "Contacts"),
    *("Items", "Invoices", "CreditNotes", "Payments", "ManualJournals", "BankTransactions"),
    "BankTransfers",
)


def test_every_answer_follows_its_documented_schema(api: OpenApi, xero: Caller) -> None:
    answers = answers_of(xero)
    faults = {}
    for key, answer in answers.items():
        assert (answer.status, answer.json.get("Elements", [])) == (200, []), key
        assert answer.messages == [], key
        schema = api.content(api.operation(key)["responses"]["200"])["schema"]
        if found := api.faults(schema, _floats(answer.json)):
            faults[key] = found
    assert len(answers) == 43
    assert faults == {}


def test_a_departure_from_the_schema_would_be_seen(api: OpenApi) -> None:
    schema = {"$ref": "#/components/schemas/Invoices"}
    wrong = {"Invoices": [{"Type": "SALE", "Total": "12", "InvoiceID": "1", "InvoiceNo": "A"}]}
    assert len(api.faults(schema, wrong)) == 4


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_floats(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


EXAMPLES = [
    (method, f"/{name}")
    for name in (
        *("Accounts", "Contacts", "Items", "Invoices", "CreditNotes", "Payments"),
        *("ManualJournals", "BankTransactions", "BankTransfers"),
    )
    for method in ("PUT", "POST")
    if (method, name) not in {("POST", "Accounts"), ("POST", "BankTransfers")}
]


def told(xero: Caller, example: Json) -> Json:
    """Put ids of this organisation in the place of those in an example."""
    invoice = xero.posted()
    (category, *_) = xero.get("TrackingCategories").json["TrackingCategories"]
    codes = {a["Code"]: a["AccountID"] for a in xero.get("Accounts").json["Accounts"]}
    ids = {
        "contactid": xero.contact()["ContactID"],
        "invoiceid": invoice["InvoiceID"],
        "trackingcategoryid": category["TrackingCategoryID"],
        "trackingoptionid": category["Options"][0]["TrackingOptionID"],
    }

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            return [replaced(each) for each in value]
        if not isinstance(value, dict):
            # A class name of an SDK has slipped into one example.
            return "SPEND" if value == "BankTransaction.TypeEnum.SPEND" else value
        new = {name: ids.get(name.lower(), replaced(each)) for name, each in value.items()}
        if "AccountID" in new:
            new["AccountID"] = codes[new["Code"]]
        return new

    answer: Json = replaced(copy.deepcopy(example))
    return answer


@pytest.mark.parametrize("key", EXAMPLES)
def test_the_documented_example_of_a_request_is_taken(api: OpenApi, xero: Caller, key: Key) -> None:
    org = xero.org
    for code, kind in (("000", "EXPENSE"), ("970", "CURRENT"), ("140", "INVENTORY")):
        org.add_account(code, f"Example {code}", kind, EnablePaymentsToAccount=True)
    org.add_account("500", "Cost of Sales", "DIRECTCOSTS")
    org.add_account("088", "Business Wells Fargo", "BANK")
    org.add_tracking_category("North", ["Region"])
    example = told(xero, api.example(api.operation(key)["requestBody"]))
    if key == ("PUT", "/BankTransactions"):
        example["bankTransactions"][0]["bankAccount"]["code"] = "088"
    method, path = key
    answer = xero.call(method, path.removeprefix("/"), example)
    assert answer.status == 200, answer.body
    assert answer.messages == []
    schema = api.content(api.operation(key)["responses"]["200"])["schema"]
    assert api.faults(schema, _floats(answer.json)) == []


def test_the_documented_errors_have_the_shape_and_the_words_of_ours(
    api: OpenApi, xero: Caller
) -> None:
    xero.put("Contacts", {"Name": "Buzz Lightyear"})
    account = {"Code": "1", "Name": "Foobar", "Type": "EXPENSE"}
    xero.call("PUT", "Accounts", account)
    ours = {
        ("PUT", "/Contacts"): xero.call("PUT", "Contacts", {"Name": "Buzz Lightyear"}),
        ("PUT", "/Accounts"): xero.call("PUT", "Accounts", account | {"Code": "2"}),
    }
    for key, answer in ours.items():
        theirs = api.example(api.operation(key)["responses"]["400"])
        assert answer.status == 400
        assert answer.json.keys() == theirs.keys()
        head = ("ErrorNumber", "Type", "Message")
        assert [answer.json[name] for name in head] == [theirs[name] for name in head]
        wanted = [
            fault["Message"] for each in theirs["Elements"] for fault in each["ValidationErrors"]
        ]
        assert answer.messages == wanted
        schema = api.content(api.operation(key)["responses"]["400"])["schema"]
        assert api.faults(schema, _floats(answer.json)) == []


def test_the_errors_inside_documented_answers_are_worded_like_ours(
    api: OpenApi, xero: Caller
) -> None:
    invoice = xero.posted()
    lines = [
        {"AccountCode": "401", "LineAmount": 100, "TaxType": "NONE"},
        {"AccountCode": "610", "LineAmount": -10, "TaxType": "NONE"},
    ]
    nobody = {"CreditNoteID": "11111111-1111-1111-1111-111111111111"}
    xero.put("Items", {"Code": "abc"})
    ours = {
        ("PUT", "/Payments"): xero.put("Payments", payment(invoice, 99)),
        ("PUT", "/ManualJournals"): xero.put("ManualJournals", journal(*lines)),
        ("PUT", "/BankTransactions"): xero.put("BankTransactions", xero.receive(Contact={})),
        ("PUT", "/Items"): xero.put("Items", {"Code": "abc"}),
        ("PUT", "/CreditNotes"): xero.post("CreditNotes", nobody),
    }
    for key, answer in ours.items():
        example = api.example(api.operation(key)["responses"]["200"])
        theirs = next(value for value in example.values() if isinstance(value, list))[0]
        # YAML's doubled quotes stand inside plain text in the document and stay doubled.
        wanted = [fault["Message"].replace("''", "'") for fault in theirs["ValidationErrors"]]
        assert answer.messages == wanted


def test_token_and_connections_follow_the_identity_document(shared: Path, xero: Caller) -> None:
    identity = OpenApi(shared / "specs" / "xero" / "xero-identity.yaml")
    token = xero.sign_in().json
    known = token | {"scope": None}
    del known["scope"]  # RFC 6749, 5.1; the document leaves it out
    assert identity.faults({"$ref": "#/components/schemas/AccessToken"}, known) == []
    answer = xero.send("GET", "/connections", Authorization=f"Bearer {xero.token}")
    operation = identity.operation(("GET", "/Connections"))
    schema = identity.content(operation["responses"]["200"])["schema"]
    assert identity.faults(schema, answer.json) == []
