"""Orders from reports and v0, through mapper and target: never doubled, never flapping.

The demo seller's tap, the mapper and the target run in this process, against both simulators.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from amazon_tap import CREDENTIALS
from amazon_tap import run as run_tap
from source_records import closing, order, sale
from target.xero_desk import Desk
from target.xero_documents import Recorded

from simulators.amazon_sp import Seller
from simulators.amazon_sp import server as amazon_server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock
from simulators.xero import server as xero_server
from simulators.xero.demo import demo_organisation
from target_xero.tally import Tally

Message = dict[str, Any]
Run = Callable[..., list[Message]]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ID = "026-1111111-1111111"
FROM_REPORT = {
    "source": "report",
    "not_known": ["shipped"],
    "shipped": None,
    "grand_total": None,
    "packages": None,
    "programs": None,
    "associated_orders": None,
}


def documents(messages: list[Message]) -> list[Recorded]:
    return [(each["stream"], each["record"]) for each in messages if each["type"] == "RECORD"]


def from_report(price: str, tax: str, **changes: Any) -> Message:
    """Give the order of `source_records` as a report has it: tax inside the price."""
    message = order(price, **(FROM_REPORT | changes))
    (item,) = message["record"]["items"]
    details = [{"subtype": "ITEM", "amount": tax}]
    item |= {
        "order_item_id": None,
        "proceeds_total": None,
        "unit_price": None,
        "quantity_shipped": None,
        "breakdowns": [
            {"type": "ITEM", "subtotal": price, "details": []},
            {"type": "TAX", "subtotal": tax, "details": details},
        ],
    }
    return message


# -- the mapper -----------------------------------------------------------------------------------


def test_an_order_from_a_report_is_a_document_of_its_own_posted_only_if_absent(run: Run) -> None:
    ((_, invoice),) = documents(run([from_report("12.00", "2.00")]))
    assert invoice["document_id"] == f"invoice:{ID}:report"
    assert (invoice["number"], invoice["if_absent"]) == (f"AMZ-{ID}", True)
    assert invoice["total"] == "12.00"
    assert invoice["date"] == "2026-06-01", "the day of the purchase: a report knows no other"


def test_the_same_order_of_the_api_has_the_same_number_and_total(run: Run) -> None:
    (_, report), (_, api) = documents(run([from_report("12.00", "2.00"), order("10.00")]))
    for name in ("number", "total", "currency", "contact", "reference"):
        assert report[name] == api[name]
    assert [line["account"] for line in report["lines"]] == [
        line["account"] for line in api["lines"]
    ]


def test_an_order_that_does_not_tell_its_total_waits_for_its_settlement(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    message = from_report("12.00", "2.00")
    message["record"]["items"][0]["tax_models"] = ["MARKETPLACE_FACILITATOR"]
    with caplog.at_level(logging.WARNING):
        written = documents(run([message, *sale(3, "10.00"), closing("11.00")]))
    assert "1 shipped orders of Amazon.co.uk get their invoice from their settlement" in caplog.text
    assert [record["document_id"] for stream, record in written if stream == "invoices"] == [
        f"invoice:{ID}:7001"
    ]


def test_what_is_not_shipped_or_came_back_makes_no_invoice(run: Run) -> None:
    states = ("PENDING", "CANCELLED", "SHIPPED_RETURNED_TO_SELLER")
    assert documents(run([from_report("12.00", "2.00", status=each) for each in states])) == []


def test_an_unmapped_sku_holds_it_under_its_own_name_and_mapping_it_releases_it(
    run: Run, maps_folder: Path
) -> None:
    message = from_report("12.00", "2.00")
    message["record"]["items"][0]["sku"] = "NEW"
    ((stream, held),) = documents(run([message]))
    assert (stream, held["document_id"]) == ("held", f"invoice:{ID}:report")
    with (maps_folder / "skus.csv").open("a", encoding="utf-8") as skus:
        skus.write("NEW,,MUG-GREEN,,,\n")
    ((stream, invoice),) = documents(run([message]))
    assert (stream, invoice["if_absent"]) == ("invoices", True)


# -- the target -----------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    organisation = demo_organisation(Clock(datetime(2026, 11, 20, 13, tzinfo=UTC)))
    folder = tmp_path / "posted"
    folder.mkdir()
    with xero_server(organisation) as xero:
        yield Desk(organisation, xero.url, folder)


def numbers(desk: Desk) -> list[str]:
    return sorted(str(each["InvoiceNumber"]) for each in desk.organisation.invoices)


SETTLED = [*sale(3, "10.00"), closing("11.00")]
REPORT, API = [from_report("12.00", "2.00")], [order("10.00")]


@pytest.mark.parametrize(
    "runs",
    [
        (REPORT, API, SETTLED),
        (API, REPORT, SETTLED),
        (REPORT, SETTLED, API),
        (SETTLED, REPORT, API),
        (SETTLED, API, REPORT),
        (REPORT, SETTLED, REPORT),
        ([*REPORT, *SETTLED],),
        ([*SETTLED, *REPORT],),
        ([*REPORT, *API, *SETTLED],),
    ],
)
def test_however_they_come_there_is_one_invoice_and_clearing_is_as_it_was(
    run: Run, desk: Desk, runs: tuple[list[Message], ...]
) -> None:
    for messages in runs:
        tally = desk.post(*documents(run(messages)))
        assert tally.lines == []
    assert numbers(desk) == [f"AMZ-{ID}"]
    assert "610" not in desk.balance()
    mark = desk.mark
    for messages in runs:
        desk.post(*documents(run(messages)))
    assert desk.writes(mark) == []


def test_a_paid_invoice_is_not_doubled_when_its_order_comes_late_and_books_are_lost(
    run: Run, desk: Desk
) -> None:
    desk.post(*documents(run(SETTLED)))
    desk.lose_books()
    desk.post(*documents(run(REPORT)))
    assert numbers(desk) == [f"AMZ-{ID}"]


def test_another_total_from_the_api_is_held_and_says_where_the_first_came_from(
    run: Run, desk: Desk
) -> None:
    desk.post(*documents(run(REPORT)))
    desk.post(*documents(run([order("15.00")])))
    (held,) = (each for each in desk.postings() if each.reason == "number_taken")
    assert "is in the books with 12.00 GBP (from an order report), this says 18.00 GBP" in str(
        held.error
    )
    assert numbers(desk) == [f"AMZ-{ID}"]


# -- all of it: the demo seller --------------------------------------------------------------------


@contextmanager
def tap_of(seller: Seller) -> Iterator[Callable[..., list[Message]]]:
    with amazon_server(seller) as host:
        config = {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}

        def read(**settings: Any) -> list[Message]:
            ran = run_tap(
                {**config, "start_date": "2026-09-01T00:00:00Z", **settings}, clock=seller.clock
            )
            assert ran.error is None
            return ran.messages

        yield read


def posted(run: Run, folder: Path, *loads: list[Message]) -> tuple[Desk, Tally]:
    """Post loads one after the other, the last one twice: the second time writes nothing."""
    organisation = demo_organisation(Clock(datetime(2026, 11, 20, 13, tzinfo=UTC)))
    folder.mkdir()
    with xero_server(organisation) as xero:
        desk = Desk(organisation, xero.url, folder)
        for load in loads:
            tally = desk.post(*documents(run(load)))
        mark = desk.mark
        desk.post(*documents(run(loads[-1])))
        assert desk.writes(mark) == []
    return desk, tally


@pytest.mark.slow
def test_the_demo_sellers_books_are_the_same_from_reports_as_from_the_api(
    run: Run, tmp_path: Path
) -> None:
    with tap_of(demo_seller(NOON, Clock(at=NOON))) as read:
        api, report = read(), read(order_source="report")
    from_api, _ = posted(run, tmp_path / "api", api)
    from_reports, _ = posted(run, tmp_path / "report", report)
    then_api, _ = posted(run, tmp_path / "both", report, api)
    assert len(numbers(from_api)) > 150
    assert numbers(from_reports) == numbers(then_api) == numbers(from_api)
    assert from_reports.balance() == then_api.balance() == from_api.balance()
    assert {each.reason for each in then_api.postings() if each.state.value == "held"} <= {
        each.reason for each in from_api.postings() if each.state.value == "held"
    }


@pytest.mark.slow
def test_the_demo_sellers_books_are_the_same_through_v0(run: Run, tmp_path: Path) -> None:
    seller = demo_seller(NOON, Clock(at=NOON))
    with tap_of(seller) as read:
        api = read()
        seller.refuse("searchOrders")
        seller.plans.update(dict.fromkeys(("getOrders", "getOrderItems"), (1000.0, 1000)))
        old = read()
    assert {
        m["record"]["source"] for m in old if m.get("stream") == "orders" and "record" in m
    } == {"v0"}
    from_api, _ = posted(run, tmp_path / "api", api)
    through_v0, _ = posted(run, tmp_path / "v0", old, api)
    assert numbers(through_v0) == numbers(from_api)
    assert through_v0.balance() == from_api.balance()
