"""Contacts and items: found or made once, and only what differs is written."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import contact, invoice, invoice_line, item, order_id

from books import State
from target_xero.tally import Did
from xero_api import OutcomeUnknown


def items_of(desk: Desk, code: str) -> dict[str, Any]:
    (found,) = desk.organisation.items.named("Code", code)
    return dict(found)


def sent(desk: Desk, since: int = 0) -> list[dict[str, Any]]:
    bodies = [json.loads(each.body, parse_float=Decimal) for each in desk.writes(since)]
    return [element for body in bodies for element in body["Items"]]


def test_an_item_is_made_untracked_with_four_decimals(desk: Desk) -> None:
    purchase = {"price": "3.0001", "account": "310", "tax_type": "INPUT2"}
    tally = desk.post(item(purchase=purchase))
    assert tally.summary() == "posted 1 item"
    made = items_of(desk, "NEW-1")
    assert made["SalesDetails"] == {
        "UnitPrice": Decimal("7.1234"),
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
    }
    assert made["PurchaseDetails"]["UnitPrice"] == Decimal("3.0001")
    assert made["IsTrackedAsInventory"] is False


def test_items_are_posted_before_the_invoices_that_name_them(desk: Desk) -> None:
    lines = [invoice_line("12.00", item_code="NEW-1")]
    desk.post(invoice(order_id(1), lines=lines), item(), contact())
    assert [each.path.rpartition("/")[2] for each in desk.writes()] == [
        *("Contacts", "Items", "Contacts", "Invoices")
    ]


def test_unchanged_items_cost_no_call(desk: Desk) -> None:
    desk.post(item())
    mark = desk.mark
    tally = desk.post(item(), item(price="7.1234"))
    assert tally.count(Did.UNCHANGED) == 1
    assert [each.path for each in desk.calls(mark)] == ["/api.xro/2.0/Organisation"]


def test_the_price_list_is_read_once_and_only_what_differs_is_sent(desk: Desk) -> None:
    desk.post(item(), item("NEW-2"))
    mark = desk.mark
    tally = desk.post(item(price="8.00"), item("NEW-2", name="Renamed"))
    assert tally.count(Did.UPDATED) == 2
    assert [each.path.rpartition("/")[2] for each in desk.calls(mark) if each.method == "GET"] == [
        *("Organisation", "Items")
    ]
    assert sent(desk, mark) == [
        {
            "Code": "NEW-1",
            "SalesDetails": {
                "UnitPrice": Decimal("8.00"),
                "AccountCode": "200",
                "TaxType": "OUTPUT2",
            },
        },
        {"Code": "NEW-2", "Name": "Renamed"},
    ]


def test_an_item_that_is_there_keeps_what_the_mapper_does_not_say(desk: Desk) -> None:
    desk.post(item("WIDGET-S", "9.99", description=None, tax_type=None, name="Widget, small"))
    details = {"UnitPrice": Decimal("9.99"), "AccountCode": "200", "TaxType": "OUTPUT2"}
    assert sent(desk) == [{"Code": "WIDGET-S", "SalesDetails": details}]
    assert items_of(desk, "WIDGET-S")["Description"] == "Widget, small"


def test_an_item_that_says_the_same_already_is_not_written(desk: Desk) -> None:
    same = item("WIDGET-S", None, description=None, tax_type=None, name="Widget, small")
    tally = desk.post(same)
    assert desk.writes() == []
    assert tally.summary() == "already there 1 item"


def test_a_price_that_a_person_changed_is_left_alone(desk: Desk) -> None:
    desk.post(item())
    made = items_of(desk, "NEW-1")
    details = {**made["SalesDetails"], "UnitPrice": Decimal("6.5000")}
    desk.organisation.save(desk.organisation.items, {**made, "SalesDetails": details})
    mark = desk.mark
    tally = desk.post(item(price="8.00"))
    assert desk.writes(mark) == []
    assert tally.lines == [
        (
            "held: item:NEW-1: a person edited it in Xero: "
            "SalesDetails UnitPrice is 6.5000 in Xero, 8.00 here"
        )
    ]
    mark = desk.mark
    desk.post()
    assert desk.writes(mark) == [], "it stays so in the next run"


def test_a_tracked_item_keeps_its_accounts(desk: Desk) -> None:
    made = items_of(desk, "LAMP-OAK")
    cost = {"COGSAccountCode": "310", "UnitPrice": Decimal(3)}
    tracked = {"InventoryAssetAccountCode": "630", "IsTrackedAsInventory": True}
    tracked |= {"IsPurchased": True, "PurchaseDetails": cost}
    desk.organisation.save(desk.organisation.items, {**made, **tracked})
    purchase = {"price": "4.00", "account": "401", "tax_type": "INPUT2"}
    desk.post(item("LAMP-OAK", purchase=purchase))
    (body,) = sent(desk)
    assert body["PurchaseDetails"] == {"COGSAccountCode": "310", "UnitPrice": Decimal("4.00")}
    assert "InventoryAssetAccountCode" not in body


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (item("X" * 31), "has 31 characters, Xero takes 30: give a shorter one in skus.csv"),
        (item(price="1.00001"), "the price 1.00001 of NEW-1 has more than four decimals"),
        (item(account="777"), "Next: correct the account in accounts.csv, or add it in Xero."),
        (contact("Two  spaces"), "Next: correct contact in marketplaces.csv: no <, > or double"),
    ],
)
def test_a_bad_card_is_rejected_with_words_and_its_neighbour_posted(
    desk: Desk, bad: tuple[str, dict[str, Any]], words: str
) -> None:
    tally = desk.post(bad, item("NEW-9"))
    (line,) = tally.lines
    assert words in line
    assert tally.exit_code("rejected") == 1
    assert tally.count(Did.POSTED, "items") == 1


def test_a_rejected_item_is_tried_again_by_the_next_run(desk: Desk) -> None:
    desk.post(item(account="777"))
    desk.organisation.add_account("777", "More sales", "REVENUE")
    assert desk.post().summary() == "posted 1 item"


@pytest.mark.parametrize("fault", ["drop_response", "error_after_commit", "truncate"])
@pytest.mark.parametrize("resource", ["Contacts", "Items"])
def test_a_lost_answer_makes_nothing_twice(desk: Desk, fault: str, resource: str) -> None:
    arguments: dict[str, list[Any]] = {"error_after_commit": [500], "truncate": [40]}
    made = getattr(desk.organisation.faults, fault)
    made(*arguments.get(fault, []), method="PUT,POST", path=f"*/{resource}")
    desk.post(contact(), item())
    assert [each["Name"] for each in desk.organisation.contacts] == ["Amazon.de"]
    assert len(desk.organisation.items.named("Code", "NEW-1")) == 1
    assert {each.state for each in desk.postings()} == {State.POSTED}


def test_a_run_that_dies_over_items_is_taken_up_by_the_next(desk: Desk) -> None:
    lost = desk.organisation.faults.drop_response(method="POST", path="*/Items", times=2)
    with pytest.raises(OutcomeUnknown):
        desk.post(item())
    lost.times = 0
    mark = desk.mark
    tally = desk.post(item())
    assert desk.writes(mark) == []
    assert tally.summary() == "already there 1 item"


def test_lost_books_write_nothing_again(desk: Desk) -> None:
    desk.post(contact(), item())
    mark = desk.mark
    desk.lose_books()
    tally = desk.post(contact(), item())
    assert desk.writes(mark) == []
    assert tally.summary() == "already there 1 contact, 1 item"


def test_a_contact_keeps_the_number_that_is_given(desk: Desk) -> None:
    tally = desk.post(contact(), contact("Amazon.fr", None))
    assert tally.summary() == "posted 2 contacts"
    assert [each["ContactNumber"] for each in desk.organisation.contacts] == [
        *("amazon-de", "amz-amazon-fr")
    ]
    assert desk.post(contact()).summary() == "skipped unchanged 1 contact"
