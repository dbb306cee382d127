"""Facts 2.6 and 4.5: filters, sort orders and pages."""

from __future__ import annotations

from typing import Any

import pytest
from xero_caller import Caller, Json, journal, payment


@pytest.fixture
def three(xero: Caller) -> list[Json]:
    """Three invoices, a minute apart: A of May, B of June, C of July for somebody else."""
    answers = []
    for number, day, contact in (
        ("A", "2026-05-01", xero.contact()),
        ("B", "2026-06-01", xero.contact()),
        ("C", "2026-07-01", xero.contact("Amazon.de")),
    ):
        changes = {
            "InvoiceNumber": number,
            "Date": day,
            "Reference": f"order {number} [amz:{number}]",
        }
        answers.append(xero.posted(**changes, Contact=contact))
        xero.org.clock.advance(minutes=1)
    xero.put("Payments", payment(answers[1], 12, Reference="[amz:payment:B]"))
    return answers


def numbers(xero: Caller, headers: dict[str, str] | None = None, **query: Any) -> str:
    answer = xero.get("Invoices", headers, **query)
    assert answer.status == 200, answer.body
    return "".join(each["InvoiceNumber"] for each in answer.json["Invoices"])


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('InvoiceNumber=="A"', "A"),
        ('InvoiceNumber="A"', "A"),
        ('Type=="ACCREC" AND Status=="PAID"', "B"),
        ('type=="ACCREC" && status!="PAID"', "AC"),
        ('InvoiceNumber=="A" OR InvoiceNumber=="C"', "AC"),
        ('InvoiceNumber=="A" || InvoiceNumber=="C"', "AC"),
        ('InvoiceNumber=="A" OR InvoiceNumber=="B" AND Status=="AUTHORISED"', "A"),
        ('(InvoiceNumber=="A" OR InvoiceNumber=="B") AND Status=="PAID"', "B"),
        ("Date>=DateTime(2026,6,1)", "BC"),
        ("Date > DateTime(2026, 06, 01)", "C"),
        ("Date<=DateTime(2026,6,1) AND Date!=DateTime(2026,5,1)", "B"),
        ("Date<DateTime(2026,6,1,0,0,0)", "A"),
        ("UpdatedDateUTC>=DateTime(2026,5,10,12,2,0)", "BC"),
        ("AmountDue==0", "B"),
        ("AmountDue>11.99", "AC"),
        ("Total=12.00", "ABC"),
        ("AmountDue<>0", "AC"),
        ('Contact.Name=="Amazon.de"', "C"),
        ('Reference.Contains("[amz:B]")', "B"),
        ('Reference.StartsWith("order")', "ABC"),
        ('Reference.EndsWith("C]")', "C"),
        ('Reference!=null AND Reference.Contains("amz:A")', "A"),
        ('Contact.Name.ToLower()=="amazon.de"', "C"),
        ('Contact.Name.ToUpper().StartsWith("AMAZON.CO")', "AB"),
        ("FullyPaidOnDate==null", "AC"),
        ("FullyPaidOnDate!=null", "B"),
        ("FullyPaidOnDate>=DateTime(2026,1,1)", "B"),
        ("SentToContact==false", "ABC"),
        (r'Reference=="say \"yes\""', ""),
    ],
)
def test_a_filter_selects(xero: Caller, where: str, expected: str) -> None:
    assert numbers(xero, where=where) == expected


@pytest.mark.parametrize(
    "where",
    [
        "InvoiceNumber",
        'InvoiceNumber=="A',
        "InvoiceNumber==A",
        "InvoiceNumber=='A'",
        'InvoiceNumber=="A" AND',
        'InvoiceNumber=="A")',
        '(InvoiceNumber=="A"',
        'InvoiceNumber=="A" XOR Status=="PAID"',
        'Number=="A"',
        'Contact.Nickname=="A"',
        'Contact=="A"',
        'InvoiceID=="11111111-1111-1111-1111-111111111111"',
        'InvoiceID==guid("1")',
        'Date>="2026-06-01"',
        "Date>=DateTime(2026,13,1)",
        "Date>=DateTime(2026)",
        'Total=="12"',
        'Total.Contains("1")',
        'Reference.Matches("x")',
        "Reference.Contains(x)",
        'SentToContact=="false"',
        'Reference=="a"; DROP',
        "==",
    ],
)
def test_what_cannot_be_parsed_is_refused(xero: Caller, where: str) -> None:
    answer = xero.get("Invoices", where=where)
    assert answer.status == 400
    assert (answer.json["ErrorNumber"], answer.json["Type"]) == (16, "QueryParseException")
    assert answer.json["Message"]


def test_ids_are_found_with_guid_in_dotted_names(xero: Caller, three: list[Json]) -> None:
    identity = three[1]["InvoiceID"]
    found = xero.get("Payments", where=f'Invoice.InvoiceID==guid("{identity.upper()}")')
    (paid,) = found.json["Payments"]
    assert paid["Invoice"]["InvoiceNumber"] == "B"
    assert numbers(xero, where=f'InvoiceID==Guid("{identity}")') == "B"
    wanted = f'Reference=="[amz:payment:B]" AND Account.Code=="{610}"'
    assert len(xero.get("Payments", where=wanted).json["Payments"]) == 1


def test_a_bank_transaction_is_found_by_reference_and_account(xero: Caller) -> None:
    made = xero.put("BankTransactions", xero.receive(Reference="R 1")).only("BankTransactions")
    account = made["BankAccount"]["AccountID"]
    where = f'Reference=="R 1" AND BankAccount.AccountID==guid("{account}") AND Total==10'
    found = xero.get("BankTransactions", where=where, page=1).only("BankTransactions")
    assert found["BankTransactionID"] == made["BankTransactionID"]


def test_a_journal_is_found_by_its_narration(xero: Caller) -> None:
    xero.put("ManualJournals", journal(Narration="Fees [amz:journal:1]"))
    for where, count in (
        ('Narration.Contains("[amz:journal:1]")', 1),
        ('Narration.Contains("[amz:journal:2]")', 0),
        ("Date>=DateTime(2026,5,4)", 0),
    ):
        found = xero.get("ManualJournals", where=where, page=1).json["ManualJournals"]
        assert len(found) == count


def test_lists_of_numbers_ids_statuses_and_contacts(xero: Caller, three: list[Json]) -> None:
    assert numbers(xero, InvoiceNumbers="a,C,unknown") == "AC"
    ids = ",".join(each["InvoiceID"] for each in three[:2])
    assert numbers(xero, IDs=ids) == "AB"
    assert numbers(xero, Statuses="PAID,DRAFT") == "B"
    assert numbers(xero, ContactIDs=three[2]["Contact"]["ContactID"]) == "C"
    assert numbers(xero, InvoiceNumbers="A,B", Statuses="PAID") == "B"
    assert numbers(xero, searchTerm="AMAZON.DE") == "C"
    assert xero.get("Invoices", IDs="1,2").json["Type"] == "QueryParseException"


def test_a_list_without_page_leaves_lines_out(xero: Caller, three: list[Json]) -> None:
    for query, lines in (({}, 0), ({"page": 1}, 1), ({"page": 1, "summaryOnly": "true"}, 0)):
        first = xero.get("Invoices", **query).json["Invoices"][0]
        assert len(first.get("LineItems", [])) == lines
    one = xero.get(f"Invoices/{three[0]['InvoiceID']}").only("Invoices")
    assert len(one["LineItems"]) == 1
    assert xero.get("Invoices/A").only("Invoices")["InvoiceID"] == three[0]["InvoiceID"]


@pytest.mark.usefixtures("three")
def test_pages_say_how_many_there_are(xero: Caller) -> None:
    answer = xero.get("Invoices", page=2, pageSize=2).json
    assert [each["InvoiceNumber"] for each in answer["Invoices"]] == ["C"]
    assert answer["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 2, "itemCount": 3}
    beyond = xero.get("Invoices", page=3, pageSize=2).json
    assert beyond["Invoices"] == []
    assert xero.get("Invoices", page=1).json["pagination"]["pageSize"] == 100
    assert "pagination" not in xero.get("Invoices").json


@pytest.mark.parametrize("query", [{"page": 0}, {"page": "x"}, {"page": 1, "pageSize": 1001}])
def test_a_page_that_makes_no_sense_is_refused(xero: Caller, query: dict[str, Any]) -> None:
    assert xero.get("Invoices", **query).status == 400


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("InvoiceNumber DESC", "CBA"),
        ("invoicenumber", "ABC"),
        ("AmountDue ASC, InvoiceNumber DESC", "BCA"),
        ("Contact.Name DESC,Date", "CAB"),
        ("FullyPaidOnDate DESC", "BAC"),
    ],
)
def test_an_order_sorts(xero: Caller, order: str, expected: str) -> None:
    assert numbers(xero, order=order) == expected


@pytest.mark.parametrize("order", ["Nothing", "Date UP", "Date ASC DESC", ","])
def test_an_order_that_cannot_be_parsed_is_refused(xero: Caller, order: str) -> None:
    assert xero.get("Invoices", order=order).json["Type"] == "QueryParseException"


def test_journals_ordered_by_change_lose_their_page(xero: Caller) -> None:
    xero.put("ManualJournals", *[journal()] * 3)
    paged = xero.get("ManualJournals", page=1, pageSize=2, order="Date").json
    assert len(paged["ManualJournals"]) == 2
    whole = xero.get("ManualJournals", page=1, pageSize=2, order="UpdatedDateUTC ASC").json
    assert len(whole["ManualJournals"]) == 3


@pytest.mark.usefixtures("three")
def test_if_modified_since_selects_what_changed_at_or_after(xero: Caller) -> None:
    since = {"If_Modified_Since": "2026-05-10T12:02:00"}
    assert numbers(xero, since) == "BC"
    assert len(xero.get("TaxRates", since).json["TaxRates"]) == 10
    assert xero.get("Items", since).json["Items"] == []
    assert xero.get("Invoices", {"If_Modified_Since": "yesterday"}).status == 400


def test_an_address_above_two_kilobytes_is_refused(xero: Caller, three: list[Json]) -> None:
    ids = [three[0]["InvoiceID"]] * 40
    assert numbers(xero, IDs=",".join(ids)) == "A"
    assert xero.get("Invoices", IDs=",".join(ids * 2)).status == 414


def test_created_by_my_app_is_said_not_to_be_imitated(xero: Caller) -> None:
    assert xero.get("Invoices", createdByMyApp="true").status == 501
