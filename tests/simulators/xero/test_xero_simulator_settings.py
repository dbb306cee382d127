"""Facts 2.5, 2.7, 3.7 and 3.8: contacts, items, accounts, tracking, notes, attachments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, line

NOBODY = "11111111-1111-1111-1111-111111111111"


def test_put_contact_ignores_an_id_and_refuses_a_taken_name(xero: Caller) -> None:
    first = xero.put("Contacts", {"ContactID": NOBODY, "Name": "Amazon UK"}).only("Contacts")
    assert first["ContactID"] != NOBODY
    assert first["ContactStatus"] == "ACTIVE"
    assert xero.put("Contacts", {"Name": "amazon uk"}).messages == [
        (
            "The contact name amazon uk is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    ]


def test_put_contact_refuses_a_taken_number(xero: Caller) -> None:
    xero.put("Contacts", {"Name": "A", "ContactNumber": "amz-uk"})
    assert xero.put("Contacts", {"Name": "B", "ContactNumber": "amz-uk"}).messages == [
        (
            "The contact number amz-uk is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )
    ]


def test_post_contact_matches_id_then_number_then_name(xero: Caller) -> None:
    first = xero.put("Contacts", {"Name": "A", "ContactNumber": "1"}).only("Contacts")
    same = {"ContactID": first["ContactID"]}
    for element in (
        {"ContactID": first["ContactID"], "Name": "B"},
        {"ContactNumber": "1", "Name": "C"},
        {"Name": "C", "EmailAddress": "c@example.com"},
    ):
        answer = xero.post("Contacts", element).only("Contacts")
        assert same.items() <= answer.items()
    assert len(xero.org.contacts) == 1
    assert xero.post("Contacts", {"Name": "D"}).only("Contacts")["ContactID"] != NOBODY
    unknown = xero.post("Contacts", {"ContactID": NOBODY, "Name": "E"})
    assert unknown.messages == [
        "The document with the supplied id was not found for this endpoint."
    ]


@pytest.mark.parametrize("name", ["", " Amazon", "Amazon ", "Amazon  UK", "Amazon <UK>", "x" * 256])
def test_a_contact_name_is_refused(xero: Caller, name: str) -> None:
    answer = xero.put("Contacts", {"Name": name}).only("Contacts")
    assert answer["HasValidationErrors"] is True


def test_an_archived_contact_is_hidden_frees_its_name_and_takes_no_documents(
    xero: Caller,
) -> None:
    contact = xero.contact()
    xero.post("Contacts", {**contact, "ContactStatus": "ARCHIVED"})
    assert xero.get("Contacts").json["Contacts"] == []
    assert len(xero.get("Contacts", includeArchived="true").json["Contacts"]) == 1
    refused = xero.put("Invoices", xero.invoice(Contact=contact))
    assert refused.messages == ["The contact Amazon.co.uk is archived"]
    assert xero.put("Contacts", {"Name": "Amazon.co.uk"}).messages == []


def test_one_contact_is_read_by_id_or_number(xero: Caller) -> None:
    made = xero.put("Contacts", {"Name": "A", "ContactNumber": "amz"}).only("Contacts")
    for path in (f"Contacts/{made['ContactID']}", "Contacts/amz"):
        assert xero.get(path).only("Contacts")["Name"] == "A"


def test_put_item_refuses_a_taken_code_and_post_updates_by_code(xero: Caller) -> None:
    assert xero.put("Items", {"Code": "widget-s"}).messages == [
        "Price List Item with Code 'widget-s' already exists"
    ]
    price = {"Code": "WIDGET-S", "SalesDetails": {"UnitPrice": 9.9999, "AccountCode": "200"}}
    answer = xero.post("Items", price).only("Items")
    assert (answer["Name"], answer["SalesDetails"]["UnitPrice"]) == (
        "Widget, small",
        Decimal("9.9999"),
    )
    coarse = xero.post("Items", price, unitdp=2).only("Items")
    assert coarse["SalesDetails"]["UnitPrice"] == 10


@pytest.mark.parametrize(
    "element",
    [
        {"Name": "no code"},
        {"Code": "x" * 31},
        {"Code": "N", "Name": "x" * 51},
        {"Code": "N", "SalesDetails": {"AccountCode": "777"}},
        {"Code": "N", "SalesDetails": {"TaxType": "OUTPUT9"}},
        {"Code": "N", "InventoryAssetAccountCode": "610"},
        {"Code": "N", "InventoryAssetAccountCode": "630"},
    ],
)
def test_an_item_is_refused(xero: Caller, element: Json) -> None:
    answer = xero.put("Items", element).only("Items")
    assert answer["StatusAttributeString"] == "ERROR"


def test_an_item_is_tracked_with_an_inventory_and_a_cost_account(xero: Caller) -> None:
    element = {
        "Code": "TRACKED",
        "InventoryAssetAccountCode": "630",
        "PurchaseDetails": {"COGSAccountCode": "310"},
    }
    assert xero.put("Items", element).only("Items")["IsTrackedAsInventory"] is True
    adjusted = xero.invoice(
        Type="ACCPAY",
        LineItems=[
            line(ItemCode="TRACKED", AccountCode="630", TaxType="NONE"),
            line(UnitAmount=-12, AccountCode="310", TaxType="NONE"),
        ],
    )
    assert xero.put("Invoices", adjusted).only("Invoices")["Total"] == 0


def test_items_are_not_paged_and_one_is_read_by_code(xero: Caller) -> None:
    answer = xero.get("Items", page=1, pageSize=1).json
    assert len(answer["Items"]) == 9
    assert "pagination" not in answer
    assert xero.get("Items/MUG-BLUE").only("Items")["Name"] == "Mug, blue"


def test_only_the_first_account_of_a_request_is_made(xero: Caller) -> None:
    body = {
        "Accounts": [
            {"Code": "701", "Name": "One", "Type": "CURRENT"},
            {"Code": "702", "Name": "Two", "Type": "CURRENT"},
        ]
    }
    answer = xero.call("PUT", "Accounts", body).only("Accounts")
    assert (answer["Code"], answer["Class"], answer["Status"]) == ("701", "ASSET", "ACTIVE")
    assert xero.get("Accounts", where='Code=="702"').json["Accounts"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Name": "amazon sales"}, "Please enter a unique Name."),
        ({"Code": "200"}, "Please enter a unique Code."),
        ({"Code": "x" * 11}, "The Code field cannot have more than 10 characters"),
        ({"Name": ""}, "The account name must be specified"),
        ({"Type": "THING"}, "Account type 'THING' is not valid"),
        ({"Type": "BANK"}, "The bank account number must be specified"),
        ({"TaxType": "OUTPUT9"}, "The TaxType code OUTPUT9 does not exist"),
        (
            {"Type": "BANK", "BankAccountNumber": "1", "CurrencyCode": "USD"},
            "Organisation is not subscribed to currency USD",
        ),
    ],
)
def test_an_account_is_refused(xero: Caller, change: Json, message: str) -> None:
    element = {"Code": "701", "Name": "New", "Type": "CURRENT", **change}
    answer = xero.call("PUT", "Accounts", element, {"summarizeErrors": "false"})
    assert answer.status == 400
    assert answer.messages == [message]


def test_an_account_is_archived_but_not_one_that_xero_keeps(xero: Caller) -> None:
    found = xero.get("Accounts", where='Code=="405" OR Code=="820"').json["Accounts"]
    answers = [
        xero.call("POST", f"Accounts/{each['AccountID']}", {"Status": "ARCHIVED"}) for each in found
    ]
    by_code = {each["Code"]: answer for each, answer in zip(found, answers, strict=True)}
    assert by_code["405"].only("Accounts")["Status"] == "ARCHIVED"
    assert by_code["820"].messages == ["System accounts cannot be archived or deleted"]


def test_a_bank_account_stays_one(xero: Caller) -> None:
    (bank,) = xero.get("Accounts", where='Code=="097"').json["Accounts"]
    answer = xero.call("POST", f"Accounts/{bank['AccountID']}", {"Type": "CURRENT"})
    assert answer.messages == ["The type of a bank account cannot be changed"]


def test_the_demo_chart_has_what_the_example_maps_name(xero: Caller) -> None:
    accounts = {each["Code"]: each for each in xero.get("Accounts").json["Accounts"]}
    assert len(accounts) == 34
    assert accounts["095"]["CurrencyCode"] == "EUR"
    assert accounts["097"]["BankAccountType"] == "CREDITCARD"
    assert accounts["610"]["EnablePaymentsToAccount"] is True
    assert accounts["612"]["EnablePaymentsToAccount"] is False
    assert accounts["860"]["SystemAccount"] == "ROUNDING"
    assert accounts["999"]["Status"] == "ARCHIVED"
    rates = {each["TaxType"]: each for each in xero.get("TaxRates").json["TaxRates"]}
    assert rates["OUTPUT2"]["EffectiveRate"] == 20
    assert rates["OUTPUT2"]["CanApplyToRevenue"] is True
    assert rates["OUTPUT2"]["CanApplyToExpenses"] is False
    (tracking,) = xero.get("TrackingCategories").json["TrackingCategories"]
    assert [each["Name"] for each in tracking["Options"]] == ["Amazon.co.uk", "Amazon.de"]
    codes = [each["Code"] for each in xero.get("Currencies").json["Currencies"]]
    assert codes == ["GBP", "EUR"]
    organisation = xero.get("Organisation").only("Organisations")
    assert organisation["Name"] == "Demo Company (UK)"
    assert (organisation["BaseCurrency"], organisation["CountryCode"]) == ("GBP", "GB")
    assert organisation["Timezone"] == "GMTSTANDARDTIME"
    assert "PeriodLockDate" not in organisation


def test_notes_are_added_to_a_document(xero: Caller) -> None:
    path = f"Invoices/{xero.posted()['InvoiceID']}/History"
    note = {"HistoryRecords": [{"Details": "posted from settlement 1"}]}
    answer = xero.call("PUT", path, note).only("HistoryRecords")
    assert (answer["Details"], answer["User"]) == (
        "posted from settlement 1",
        "System Generated",
    )
    assert len(xero.get(path).json["HistoryRecords"]) == 1
    long = xero.call("PUT", path, {"HistoryRecords": [{"Details": "x" * 2501}]})
    assert long.status == 400


def test_at_most_ten_files_are_attached_to_a_document(xero: Caller) -> None:
    invoice = xero.posted()
    path = f"Invoices/{invoice['InvoiceID']}/Attachments"
    answers = [
        xero.call("PUT", f"{path}/file-{each}.txt", b"text", Content_Type="text/plain")
        for each in range(11)
    ]
    assert [answer.status for answer in answers] == [200] * 10 + [400]
    attached = answers[0].only("Attachments")
    assert (attached["FileName"], attached["ContentLength"]) == ("file-0.txt", 4)
    assert len(xero.get(path).json["Attachments"]) == 10
    after = xero.get(f"Invoices/{invoice['InvoiceID']}").only("Invoices")
    assert after["HasAttachments"] is True


@pytest.mark.parametrize("name", ["a%3Fb.csv", "a%2Ab.csv", "%3Cb%3E.csv", "a%0Ab.csv", "nothing"])
def test_a_name_that_no_file_can_have_is_refused(xero: Caller, name: str) -> None:
    path = f"Invoices/{xero.posted()['InvoiceID']}/Attachments"
    assert xero.call("PUT", f"{path}/{name}", b"text", Content_Type="text/csv").status == 400
    assert xero.get(path).json["Attachments"] == []


def test_a_file_of_more_than_ten_megabytes_is_refused(xero: Caller) -> None:
    path = f"Invoices/{xero.posted()['InvoiceID']}/Attachments"
    largest, larger = (b"x" * 10_000_000, b"x" * 10_000_001)
    sizes = {"a.csv": largest, "b.csv": larger}
    assert [
        xero.call("PUT", f"{path}/{name}", content, Content_Type="text/csv").status
        for name, content in sizes.items()
    ] == [200, 413]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"Invoices/{NOBODY}", 404),
        ("GET", "Invoices/nothing", 404),
        ("GET", "Quotes", 404),
        ("PUT", f"Invoices/{NOBODY}/History", 404),
        ("PUT", "Organisation", 405),
        ("DELETE", "Invoices", 405),
    ],
)
def test_what_is_not_there_is_not_found(xero: Caller, method: str, path: str, status: int) -> None:
    body: Any = {"HistoryRecords": [{"Details": "x"}]} if method == "PUT" else None
    answer = xero.call(method, path, body)
    assert answer.status == status
    if status == 404:
        assert answer.body == b"The resource you're looking for cannot be found"


def test_a_tracking_category_and_its_options_can_be_made(xero: Caller) -> None:
    made = xero.call("PUT", "TrackingCategories", {"Name": "Region"}).only("TrackingCategories")
    options = f"TrackingCategories/{made['TrackingCategoryID']}/Options"
    assert xero.call("PUT", options, {"Name": "North"}).only("Options")["Name"] == "North"
    listed = xero.get("TrackingCategories").json["TrackingCategories"]
    assert [each["Name"] for each in listed] == ["Marketplace", "Region"]
    assert [each["Name"] for each in listed[1]["Options"]] == ["North"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("marketplace", "already exists"),
        ("", "must be specified"),
        ("x" * 101, "longer than 100 characters"),
    ],
)
def test_a_tracking_category_needs_a_name_of_its_own(xero: Caller, name: str, words: str) -> None:
    refused = xero.call("PUT", "TrackingCategories", {"Name": name})
    assert refused.status == 400
    assert words in refused.messages[0]


def test_an_organisation_has_two_tracking_categories_in_use_at_most(xero: Caller) -> None:
    assert xero.call("PUT", "TrackingCategories", {"Name": "Region"}).status == 200
    third = xero.call("PUT", "TrackingCategories", {"Name": "Shop"})
    assert "already has 2 active tracking categories" in third.messages[0]


def test_a_tracking_option_stands_once_in_its_category(xero: Caller) -> None:
    (category,) = xero.get("TrackingCategories").json["TrackingCategories"]
    options = f"TrackingCategories/{category['TrackingCategoryID']}/Options"
    refused = xero.call("PUT", options, {"Name": "amazon.de"})
    assert refused.status == 400
    assert "already exists" in refused.messages[0]
