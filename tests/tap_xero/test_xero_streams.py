"""What the streams give, by change and whole, from pages and not."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from xero_caller import line
from xero_tap import ALL, NOON, Json, XeroDesk, bookmarked, catalog_of, fill, xero_desk

from simulators.clock import Clock
from simulators.xero.values import Document
from xero_api import Unavailable, reads

BY_DEFAULT = ALL[:7]
BY_CHANGE = ("accounts", *ALL[6:])
HOUR = timedelta(hours=1)


def spelled(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def test_the_default_run_reads_what_prices_are_made_by_in_order(desk: XeroDesk) -> None:
    ran = desk.run()
    assert ran.error is None
    assert tuple(ran.streams) == BY_DEFAULT
    assert desk.paths() == [
        *("Organisation", "Accounts", "TaxRates", "TrackingCategories", "Currencies"),
        *("Invoices", "Items"),
    ]


def test_every_stream_is_read_in_the_order_of_the_contract(desk: XeroDesk) -> None:
    fill(desk)
    ran = desk.run(*ALL)
    assert ran.error is None
    assert tuple(ran.streams) == ALL
    assert all(ran.records(stream) for stream in ALL)


def test_the_records_that_prices_are_made_by(desk: XeroDesk) -> None:
    fill(desk)
    desk.caller.put("Items", {"Code": "NO", "IsSold": False, "IsPurchased": False})
    ran = desk.run()
    (organisation,) = ran.records("organisation")
    assert organisation["base_currency"] == "GBP"
    rates = {each["tax_type"]: each for each in ran.records("tax_rates")}
    assert (rates["OUTPUT2"]["effective_rate"], rates["OUTPUT2"]["status"]) == ("20", "ACTIVE")
    items = {each["code"]: each for each in ran.records("items")}
    box = items["BOX"]
    assert box["sales_details"] == {
        "unit_price": "9.9875",
        "account_code": "200",
        "tax_type": "OUTPUT2",
    }
    assert box["purchase_details"] == {
        "unit_price": "4.2500",
        "account_code": None,
        "cogs_account_code": "310",
        "tax_type": None,
    }
    assert (box["is_tracked_as_inventory"], box["inventory_asset_account_code"]) == (True, "630")
    assert [Decimal(box[name]) for name in ("quantity_on_hand", "total_cost_pool")] == [0, 0]
    assert box["updated_date_utc"] == spelled(NOON)
    assert items["NO"]["is_sold"] is False
    assert set(items["NO"]["sales_details"].values()) == {None}
    # Xero sends no quantity of an item whose stock it does not keep.
    assert items["NO"]["quantity_on_hand"] is None


def test_documents_come_with_their_lines_and_exact_amounts(desk: XeroDesk) -> None:
    tracked = line(
        UnitAmount=1.2345,
        Quantity=3,
        Tracking=[{"Name": "Marketplace", "Option": "Amazon.de"}],
    )
    desk.caller.posted(InvoiceNumber="A", LineItems=[tracked])
    ran = desk.run("invoices")
    (invoice,) = ran.records("invoices")
    (only,) = invoice["line_items"]
    assert only["unit_amount"] == "1.2345"
    assert Decimal(only["quantity"]) == Decimal(3)
    assert (only["line_amount"], only["tax_amount"]) == ("3.70", "0.62")
    assert only["tracking"][0]["option"] == "Amazon.de"
    assert (invoice["date"], invoice["due_date"]) == ("2026-05-01", "2026-05-01")
    assert (invoice["total"], invoice["total_tax"]) == ("3.70", "0.62")


def aged(desk: XeroDesk) -> Json:
    """Fill the books, read them all, and let an hour pass; give the state."""
    fill(desk)
    ran = desk.run(*ALL)
    assert ran.error is None
    desk.later(hours=1)
    return ran.state


def test_the_next_run_reads_only_what_changed(desk: XeroDesk) -> None:
    state = aged(desk)
    # What lies on the bookmark comes again: let something newer be the bookmark.
    desk.caller.post("Items", {"Code": "BOX", "Name": "Newer"})
    desk.caller.posted(InvoiceNumber="INV-3")
    second = desk.run(*ALL, state=state)
    desk.later(hours=1)
    desk.caller.post("Items", {"Code": "BOX", "Name": "Newest"})
    desk.caller.post("Items", {"Code": "BAG", "Name": "Bag"})
    third = desk.run("items", "invoices", state=second.state)
    desk.later(hours=1)
    desk.caller.post("Items", {"Code": "BAG", "Name": "Blue bag"})
    fourth = desk.run("items", "invoices", state=third.state)
    assert [each["code"] for each in third.records("items")] == ["BOX", "BAG"]
    assert [each["name"] for each in fourth.records("items")] == ["Newest", "Blue bag"]
    assert [each["invoice_number"] for each in fourth.records("invoices")] == ["INV-3"]
    assert fourth.bookmark("items") == spelled(NOON + 3 * HOUR)
    assert fourth.bookmark("invoices") == spelled(NOON + HOUR)


@pytest.mark.parametrize("stream", BY_CHANGE)
def test_the_question_names_the_instant_before_the_bookmark(desk: XeroDesk, stream: str) -> None:
    state, since = aged(desk), len(desk.org.calls)
    desk.run(stream, state=state)
    headers = [each.headers.get("If-Modified-Since") for each in desk.calls(since)]
    assert headers == ["2026-05-10T11:55:00"]


def test_lists_that_xero_does_not_give_by_change_are_read_whole(desk: XeroDesk) -> None:
    state, since = aged(desk), len(desk.org.calls)
    whole = [each for each in ALL if each not in BY_CHANGE]
    ran = desk.run(*whole, state=state)
    assert all(ran.records(stream) for stream in whole)
    assert not any(each.headers.get("If-Modified-Since") for each in desk.calls(since))


@pytest.mark.parametrize("stream", BY_CHANGE)
def test_full_table_in_the_catalog_reads_all_and_leaves_the_bookmark(
    desk: XeroDesk, stream: str
) -> None:
    state = aged(desk)
    first = desk.run(stream).records(stream)
    since = desk.mark
    catalog = catalog_of([stream], **{stream: "FULL_TABLE"})
    ran = desk.run(catalog=catalog, state=state, start_date="2026-05-10T12:30:00Z")
    assert ran.records(stream) == first
    assert not any(each.headers.get("If-Modified-Since") for each in desk.calls(since))
    assert ran.bookmark(stream) == state["bookmarks"][stream]["replication_key_value"]


def test_start_date_bounds_the_first_run_alone(desk: XeroDesk) -> None:
    fill(desk)
    later = desk.run("items", start_date="2026-05-10T12:00:01Z")
    assert later.records("items") == []
    assert later.bookmark("items") is None
    assert len(desk.run("items", start_date="2026-05-10T12:00:00Z").records("items")) == 10
    state = bookmarked("items", "2026-06-01T00:00:00.000Z")
    since = desk.mark
    desk.run("items", start_date="2026-05-01", state=state)
    (call,) = desk.calls(since)
    assert call.headers["If-Modified-Since"] == "2026-05-31T23:55:00"


def test_the_bookmark_never_goes_back(desk: XeroDesk) -> None:
    fill(desk)
    bookmark = "2026-05-10T12:04:00.000Z"
    state = bookmarked("items", bookmark)
    ran = desk.run("items", state=state)
    assert ran.records("items")
    assert ran.bookmark("items") == bookmark


def invoices(desk: XeroDesk, count: int) -> Document:
    posted = desk.caller.posted(InvoiceNumber="FIRST")
    known = desk.org.invoices.get(posted["InvoiceID"])
    assert known is not None
    desk.copies(known, count - 1)
    return known


def test_five_thousand_invoices_take_six_calls_at_most(desk: XeroDesk) -> None:
    invoices(desk, 5000)
    since = desk.mark
    ran = desk.run("invoices")
    assert len({each["invoice_id"] for each in ran.records("invoices")}) == 5000
    calls = desk.calls(since)
    assert len(calls) <= 6
    assert [each.query["page"] for each in calls] == [[str(page)] for page in range(1, 6)]
    assert not any("order" in each.query for each in calls)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "PAGE_SIZE", 3)


class Moving:
    """Does something to the books when a page is asked for."""

    def __init__(self, desk: XeroDesk, page: int, times: int, act: Any) -> None:
        self.desk, self.page, self.left, self.act = desk, page, times, act
        self.take = desk.org.faults.take
        desk.org.faults.take = self  # type: ignore[method-assign]

    def __call__(self, request: Any) -> Any:
        asked = request.query.get("page")
        if asked == [str(self.page)] and self.left:
            self.left -= 1
            self.act()
        return self.take(request)


def touch(desk: XeroDesk) -> None:
    """Move the oldest invoice to the end of the list, as a change does in Xero."""
    desk.org.clock.advance(minutes=1)
    oldest = next(iter(desk.org.invoices))
    desk.org.invoices._by_id.pop(oldest["InvoiceID"])
    desk.org.save(desk.org.invoices, oldest | {"Reference": "moved"})


@pytest.mark.usefixtures("small_pages")
def test_pages_that_move_while_they_are_read_lose_no_invoice(desk: XeroDesk) -> None:
    invoices(desk, 8)
    Moving(desk, page=2, times=1, act=lambda: touch(desk))
    ran = desk.run("invoices")
    found = {each["invoice_id"]: each for each in ran.records("invoices")}
    assert len(found) == 8
    # What changed after reading began is asked for again, though the newest record has it.
    assert max(each["updated_date_utc"] for each in found.values()) > spelled(NOON)
    assert ran.bookmark("invoices") == spelled(NOON)


@pytest.mark.usefixtures("small_pages")
def test_pages_that_never_stand_still_leave_the_bookmark(desk: XeroDesk) -> None:
    state = bookmarked("invoices", "2026-05-01T00:00:00.000Z")
    invoices(desk, 8)
    Moving(desk, page=2, times=9, act=lambda: touch(desk))
    ran = desk.run("invoices", state=state)
    assert isinstance(ran.error, Unavailable)
    assert "its pages change faster than they can be read" in str(ran.error)
    assert ran.bookmark("invoices") == "2026-05-01T00:00:00.000Z"


def test_a_clock_that_is_wrong_by_minutes_loses_nothing(tmp_path: Path) -> None:
    books = f"sqlite:///{tmp_path / 'books.db'}"
    with xero_desk(books, ours=Clock(NOON + timedelta(minutes=4))) as desk:
        desk.caller.post("Items", {"Code": "BOX", "Name": "Before"})
        first = desk.run("items")
        desk.caller.post("Items", {"Code": "BOX", "Name": "After"})
        second = desk.run("items", state=first.state)
    assert "After" in [each["name"] for each in second.records("items")]


def test_archived_contacts_and_options_are_seen(desk: XeroDesk) -> None:
    contact = desk.caller.put("Contacts", {"Name": "Gone"}).only("Contacts")
    known = desk.org.contacts.get(contact["ContactID"])
    assert known is not None
    desk.org.save(desk.org.contacts, known | {"ContactStatus": "ARCHIVED"})
    for category in desk.org.tracking:
        desk.org.tracking.put(category | {"Status": "ARCHIVED"})
    ran = desk.run("contacts", "tracking_categories")
    assert [each["contact_status"] for each in ran.records("contacts")] == ["ARCHIVED"]
    assert [each["status"] for each in ran.records("tracking_categories")] == ["ARCHIVED"]


def test_a_value_that_cannot_be_read_names_stream_element_and_field(desk: XeroDesk) -> None:
    item = next(iter(desk.org.items))
    desk.org.items.put(item | {"IsSold": "perhaps"})
    ran = desk.run("items")
    assert str(ran.error) == f"items {item['ItemID']}: Xero's is_sold: 'perhaps' is no boolean"
    assert ran.bookmark("items") is None
