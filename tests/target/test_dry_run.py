"""A dry run shows what would be posted and leaves no trace."""

from __future__ import annotations

import io
import json
import logging
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from target.stock_records import level
from target.xero_desk import Desk
from target.xero_documents import (
    contact,
    credit_note,
    invoice,
    invoice_line,
    item,
    journal,
    lines,
    order_id,
    payment,
    payout,
    settlement,
    transfer,
)

from simulators.xero.stock import track
from target_xero.preview import WOULD
from target_xero.tally import counted
from target_xero.target import TargetXero
from xero_api import Session, writes

ORDER = order_id(1)


@pytest.fixture
def preview(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Any:
    def run(text: str) -> list[str]:
        config = {
            "client_id": "DEMOXEROCLIENT",
            "client_secret": "demo-xero-secret",
            "api_url": f"{desk.url}/api.xro/2.0",
            "identity_url": desk.url,
            "books": desk.books_url,
            "dry_run": True,
        }
        caplog.clear()
        with caplog.at_level(logging.INFO, "target-xero"):
            TargetXero(config=config).listen(io.StringIO(text))
        assert capsys.readouterr().out == "", "no state: what was shown is still to be posted"
        return [each.message for each in caplog.records if each.name == "target-xero"]

    return run


def test_a_dry_run_writes_nothing_anywhere(desk: Desk, preview: Any) -> None:
    told = preview(lines(settlement("S1", [ORDER]), {"bookmarks": {}}))
    assert desk.writes() == []
    assert not list(desk.folder.glob("books.db*"))
    assert told[-4:] == [
        "post: 1 bank transaction, 9.60 GBP",
        "post: 1 invoice, 12.00 GBP",
        "post: 1 journal, 2.40 GBP",
        "post: 1 payment, 12.00 GBP",
    ]


def test_a_dry_run_tells_each_document_that_would_not_simply_be_posted(
    desk: Desk, preview: Any
) -> None:
    changed = invoice(ORDER, lines=[invoice_line("12.00", account="201")])
    desk.post(invoice(ORDER), invoice(order_id(2)), payment(ORDER, "S1"))
    mark = desk.mark
    told = preview(
        lines(
            [
                changed,
                invoice(order_id(2)),
                invoice(order_id(2), settlement="S1"),
                invoice(order_id(3), document_id="other", number=f"AMZ-{ORDER}", total="9.00"),
                payment(ORDER, "S1", "11.00"),
                journal("S1", currency="EUR"),
                payout("S1", bank_account="none"),
            ]
        )
    )
    table = "\n".join(told)
    for words in (
        "hold       invoices",
        "it is paid, so Xero lets nobody change it",
        f"invoice AMZ-{order_id(2)} is in Xero",
        f"AMZ-{ORDER} is in the books with 12.00 GBP, this says 9.00 GBP",
        "Xero never changes a payment",
        "a manual journal is in the base currency, GBP",
        "no bank account with the code or name `none`",
        "unchanged: 1 invoice, 12.00 GBP",
    ):
        assert words in table
    assert desk.writes(mark) == []


def test_an_empty_dry_run_makes_no_call(desk: Desk, preview: Any) -> None:
    assert preview("")[-1] == "dry run: nothing to post"
    assert desk.calls() == []


def test_a_dry_run_shows_what_a_lock_date_stops(desk: Desk, preview: Any) -> None:
    desk.organisation.lock_dates["PeriodLockDate"] = desk.organisation.today()
    assert "hold: 1 journal, 2.40 GBP" in preview(lines([journal("S1")]))


def would(told: list[str], document_id: str) -> str:
    (line,) = [each for each in told if f" {document_id} " in each]
    return line


def test_an_orders_own_invoice_in_the_same_run_is_counted_once(desk: Desk, preview: Any) -> None:
    """The settlement's rows of an order make no second invoice, in whichever order they come."""
    told = preview(lines([*settlement("S1", [ORDER]), invoice(ORDER)]))
    assert "post: 1 invoice, 12.00 GBP" in told
    assert f"invoice AMZ-{ORDER} comes from this run" in would(told, f"invoice:{ORDER}:S1")
    desk.post(*settlement("S1", [ORDER]), invoice(ORDER))
    assert desk.documents()["Invoices"] == {"PAID": 1}


def test_an_invoice_that_is_in_xero_by_its_number_is_left_and_not_counted(
    desk: Desk, preview: Any
) -> None:
    desk.post(invoice(ORDER))
    desk.lose_books()
    told = preview(lines(settlement("S1", [ORDER])))
    assert "leave: 1 invoice, 12.00 GBP" in told
    assert not [each for each in told if each.startswith("post: 1 invoice")]


def test_a_further_shipment_is_shown_under_the_number_it_will_have(
    desk: Desk, preview: Any
) -> None:
    desk.post(*settlement("S1", [ORDER]))
    told = preview(lines(settlement("S2", [ORDER])))
    assert f"as AMZ-{ORDER}-2" in would(told, f"invoice:{ORDER}:S2")
    desk.post(*settlement("S2", [ORDER]))
    assert desk.posting(f"invoice:{ORDER}:S2").number == f"AMZ-{ORDER}-2"


def test_two_settlements_in_one_dry_run_are_two_shipments_as_in_a_run(
    desk: Desk, preview: Any
) -> None:
    both = [*settlement("S1", [ORDER]), *settlement("S2", [ORDER])]
    told = preview(lines(both))
    assert "post: 2 invoices, 24.00 GBP" in told
    desk.post(*both)
    assert desk.documents()["Invoices"] == {"PAID": 2}


def test_what_earlier_runs_left_is_shown_with_what_arrives(desk: Desk, preview: Any) -> None:
    desk.post(invoice(ORDER, lines=[invoice_line("12.00", account="777")]))
    told = preview(lines([invoice(order_id(2))]))
    assert "post: 2 invoices, 24.00 GBP" in told


@pytest.mark.parametrize(("has_arrived", "would"), [(False, "post"), (True, "adopt")])
def test_what_a_killed_run_was_sending_is_looked_up(
    desk: Desk, preview: Any, monkeypatch: pytest.MonkeyPatch, has_arrived: bool, would: str
) -> None:
    """Kills it before the call, or before the answer is written down."""
    with desk.running() as run, monkeypatch.context() as patched:
        send = writes.create

        def die(session: Session, resource: str, *rest: Any) -> Any:
            if has_arrived or resource != "Invoices":
                send(session, resource, *rest)
            if resource == "Invoices":
                raise KeyboardInterrupt
            return send(session, resource, *rest)

        patched.setattr(writes, "create", die)
        run.add(*invoice(ORDER))
        with pytest.raises(KeyboardInterrupt):
            run.drain()
    mark = desk.mark
    told = preview("")
    assert f"{would}: 1 invoice, 12.00 GBP" in told
    assert desk.writes(mark) == []


def test_a_dry_run_tells_of_every_stream_and_what_a_bank_clearing_makes_of_it(
    desk: Desk, preview: Any
) -> None:
    desk.organisation.add_account("098", "Amazon Clearing", "BANK", BankAccountNumber="1")
    on_bank = journal("S1", clearing_account="098")
    on_bank[1]["lines"][1]["account"] = "098"
    told = preview(
        lines(
            [
                *(contact(), item(), item("X" * 31), item("MUG-BLUE", name="Mug")),
                *(invoice(ORDER), credit_note(ORDER, "S1", refund="2.00"), on_bank, transfer()),
                transfer("T2", to_account="610"),
            ]
        )
    )
    assert desk.writes() == []
    table = "\n".join(told)
    for words in (
        "post       contacts contact:Amazon.de",
        "post       items item:NEW-1",
        "characters, Xero takes 30",
        "update     items item:MUG-BLUE",
        "post: 1 credit note, 5.00 GBP",
        "post: 1 refund, 2.00 GBP",
        "post: 1 allocation, 3.00 GBP",
        "post: 1 bank transaction, 2.40 GBP",
        "post: 1 bank transfer, 5.00 GBP",
        "no bank account with the code or name `610`",
    ):
        assert words in table


def test_a_dry_run_shows_what_goes_on_each_tracking_option(desk: Desk, preview: Any) -> None:
    both = [
        {"category": "Marketplace", "option": "Amazon.co.uk"},
        {"category": "Product", "option": "Toys"},
    ]
    fees = journal("S1")
    fees[1]["lines"][0]["tracking"] = both[:1]
    told = preview(lines([invoice(ORDER, lines=[invoice_line("12.00", tracking=both)]), fees]))
    assert "tracking Marketplace: Amazon.co.uk: 2 lines, 9.60 GBP" in told
    assert "tracking Product: Toys: 1 line, 12.00 GBP" in told
    assert desk.writes() == []


# The same documents as would be posted, with totals: each scene is shown, then run for real.

OTHER, THIRD = order_id(2), order_id(3)


def nothing(desk: Desk) -> None:
    """Xero as the demo begins."""


def sold(desk: Desk) -> None:
    desk.post(*settlement("S1", [ORDER]), invoice(OTHER))


def sold_and_lost(desk: Desk) -> None:
    sold(desk)
    desk.lose_books()


def by_another(desk: Desk) -> None:
    """An invoice of the same number, and one that a person paid in part, are there already."""
    desk.post(invoice(ORDER, "9.00"), invoice(OTHER), payment(OTHER, "S0", "5.00"))
    desk.lose_books()


def locked(desk: Desk) -> None:
    desk.organisation.lock_dates["PeriodLockDate"] = date(2026, 4, 15)


def waiting(desk: Desk) -> None:
    desk.post(payment(THIRD, "S9"), invoice(OTHER, currency="EUR"), payment(OTHER, "S9"))


MOVED = {"lock_dates": "next_open_day"}
SCENES = {
    "a settlement": settlement("S1", [ORDER, OTHER]),
    "twice the same order": [
        *settlement("S1", [ORDER]),
        *settlement("S2", [ORDER]),
        invoice(ORDER),
    ],
    "more than is due": [invoice(ORDER), payment(ORDER, "S1", "15.00"), payment(OTHER, "S1")],
    "paid by two": [invoice(ORDER), payment(ORDER, "S1", "5.00"), payment(ORDER, "S2", "9.00")],
    "credited": [
        *settlement("S1", [ORDER, OTHER]),
        credit_note(ORDER, "S1", refund="2.00"),
        credit_note(OTHER, "S1", refunds=None, refund=None),
        payment(OTHER, "S1", "4.00", pays=f"AMZ-{OTHER}-R1", document_id="back"),
        payment(OTHER, "S1", "4.00", pays=f"AMZ-{OTHER}-R1", document_id="back too"),
    ],
    "changed": [
        invoice(ORDER, "13.00"),
        invoice(OTHER, "13.00"),
        payment(ORDER, "S1", "11.00"),
        journal("S1", fees="3.00"),
        payout("S1", "8.00"),
    ],
    "of no use": [journal("S1", currency="EUR"), payout("S1", bank_account="none"), transfer()],
    "moved": [
        *((stream, {**record, **MOVED}) for stream, record in settlement("S1", [THIRD])[:-1]),
        journal("S2"),
    ],
}


BEFORE = (nothing, sold, sold_and_lost, by_another, locked, waiting)
EVERY = [
    pytest.param(before, scene, marks=[pytest.mark.slow] if (one + two) % 4 else [])
    for one, before in enumerate(BEFORE)
    for two, scene in enumerate(SCENES)
]


@pytest.mark.parametrize(("before", "scene"), EVERY)
def test_a_dry_run_comes_to_the_same_documents_and_totals_as_the_run(
    desk: Desk, preview: Any, before: Any, scene: str
) -> None:
    before(desk)
    mark = desk.mark
    told = preview(lines(SCENES[scene]))
    assert desk.writes(mark) == []
    shown = {each for each in told if re.match(r"\w+: \d+ ", each)}
    tally = desk.post(*SCENES[scene])
    rows = {row.document_id: row for row in desk.postings()}
    sums: Counter[tuple[str, str, str]] = Counter()
    totals: dict[tuple[str, str, str], Decimal] = {}
    for document_id, (did, stream, _) in tally.documents.items():
        row = rows[document_id]
        key = (WOULD[did], stream, str(row.currency))
        lines_of = json.loads(row.document).get("lines", [])
        debits = sum(max(Decimal(each["amount"]), Decimal(0)) for each in lines_of)
        sums[key] += 1
        totals[key] = totals.get(key, Decimal(0)) + (debits if row.amount is None else row.amount)
    real = {
        f"{key[0]}: {counted(number, key[1])}, {totals[key]:,.2f} {key[2]}"
        for key, number in sums.items()
    }
    assert shown == real
    numbers = {row.number for row in rows.values() if row.stream == "invoices"}
    assert {each.rpartition(" as ")[2] for each in told if " as AMZ-" in each} <= numbers


def test_a_dry_run_shows_how_stock_would_move_and_what_it_cannot(desk: Desk, preview: Any) -> None:
    for code in ("LAMP-OAK", "MUG-BLUE", "TOY-CAR"):
        track(desk.organisation, code)
    desk.post(level(9, "MUG-BLUE"), level(1, "TOY-CAR"))
    desk.organisation.clock.advance(hours=1)
    mark = desk.mark
    levels = [level(3), level(4, "MUG-BLUE"), level(1, "TOY-CAR"), level(2, "NO-SUCH")]
    told = preview(lines(levels))
    assert desk.writes(mark) == []
    rows = [line for line in told if re.match(r"(post|hold) +stock_levels", line)]
    assert [line.split()[2] for line in rows] == [
        "stock:NO-SUCH",
        "stock:LAMP-OAK",
        "stock:MUG-BLUE",
    ]
    assert "LAMP-OAK: 0 -> 3 on hand, +3 at average cost, +9.00 GBP of stock" in rows[1]
    assert "MUG-BLUE: 9 -> 4 on hand, -5 at average cost, -15.00 GBP of stock" in rows[2]
    assert "post: 2 stock levels, 24.00 GBP" in told
    assert not any("TOY-CAR" in line for line in told)
    assert [each.document_id for each in desk.postings() if "LAMP-OAK" in each.document_id] == []
