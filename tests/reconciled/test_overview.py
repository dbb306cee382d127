"""What the terminal says of settlements: tied, held, rejected, waiting, unexplained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from target.xero_desk import NOW, Desk, demo_desk
from target.xero_documents import held, invoice, journal, order_id, payment, payout, proof

from books import open_books
from reconcile.commands import main
from reconcile.page import build
from reconcile.settlements import Bank, Settlement, Status, settlements
from reconcile.waterfall import group_names, total, waterfall
from transforms.ledger.classes import SETTLEMENT_CLASSES

ORDER = order_id(1)
# 12.00 paid, 2.40 fees, so 9.60 to the bank.
DOCUMENTS = [
    ("payments", f"payment:S1:{ORDER}", "12.00"),
    ("journals", "journal:S1:2026-04", "-2.40"),
    ("bank_transactions", "payout:S1", "9.60"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as desk:
        yield desk


def record(**more: Any) -> tuple[str, dict[str, Any]]:
    listed = [
        {
            "document_id": document_id,
            "stream": stream,
            "number": None,
            "date": "2026-04-14",
            "amount": amount,
            "held": False,
        }
        for stream, document_id, amount in DOCUMENTS
    ]
    classes = [
        {"class": "sales", "amount": "12.00", "rows": 1},
        {"class": "referral_fee", "amount": "-2.40", "rows": 1},
    ]
    values: dict[str, Any] = {
        "deposit": "9.60",
        "rows_total": "9.60",
        "difference": "0.00",
        "currency": "GBP",
        "marketplace": "Amazon.co.uk",
        "posting": "orders",
        "start": "2026-04-01T00:00:00Z",
        "end": "2026-04-15T00:00:00Z",
        "status": "tied",
        "rows": 2,
        "documents": listed,
        "classes": classes,
    }
    return proof("S1", **{**values, **more})


def posted(desk: Desk, *more: Any) -> Settlement:
    desk.post(
        invoice(ORDER, "12.00"),
        payment(ORDER, "S1", "12.00"),
        journal("S1", fees="2.40"),
        payout("S1", "9.60"),
        record(),
        *more,
    )
    return only(desk)


def only(desk: Desk) -> Settlement:
    with open_books(desk.books_url) as books:
        [found] = settlements(books)
    return found


def said(desk: Desk, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--books", desk.books_url, *arguments])
    return done.exit_code, done.output


def test_a_settlement_whose_documents_are_all_posted_ties(desk: Desk) -> None:
    found = posted(desk)
    assert (found.status, found.expected, found.posted) == (
        Status.TIED,
        Decimal("9.60"),
        Decimal("9.60"),
    )
    assert (found.waits, found.difference) == (Decimal(0), Decimal(0))
    assert found.bank is Bank.WAITING
    code, text = said(desk)
    assert code == 0
    assert "1 settlements: 1 tied." in text


def test_a_document_that_xero_refuses_makes_it_rejected_with_xeros_words(desk: Desk) -> None:
    desk.post(
        invoice(ORDER, "12.00"),
        payment(ORDER, "S1", "12.00"),
        journal(
            "S1",
            fees="2.40",
            lines=[
                {
                    "account": "9999",
                    "amount": "2.40",
                    "tax_type": "NONE",
                    "tracking": [],
                    "description": "x",
                },
                {
                    "account": "610",
                    "amount": "-2.40",
                    "tax_type": "NONE",
                    "tracking": [],
                    "description": "x",
                },
            ],
        ),
        payout("S1", "9.60"),
        record(),
    )
    found = only(desk)
    assert found.status is Status.REJECTED
    assert (found.posted, found.waits) == (Decimal("12.00"), Decimal("-2.40"))
    assert found.difference == Decimal(0)
    code, text = said(desk)
    assert code == 0
    assert "9999" in text


def test_a_document_that_was_never_posted_waits(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00"), payment(ORDER, "S1", "12.00"), record())
    assert only(desk).status is Status.WAITING
    assert only(desk).bank is Bank.UNPOSTED


def test_an_amount_that_nothing_explains_is_said_and_fails(desk: Desk) -> None:
    posted(desk, record(difference="0.01"))
    found = only(desk)
    assert (found.status, found.difference) == (Status.UNEXPLAINED, Decimal("0.01"))
    code, text = said(desk)
    assert code == 1
    assert "unexplained" in text


def test_a_held_settlement_says_its_line_once(desk: Desk) -> None:
    details = "unknown rows: add a line `a,b,c,CLASS` to rules.csv"
    desk.post(
        record(status="held", reason=f"unknown_rows: {details}", documents=[], difference=None),
        held("settlement:S1", settlement_id="S1", details=details),
    )
    found = only(desk)
    assert (found.status, found.waits) == (Status.HELD, Decimal("9.60"))
    assert found.difference == Decimal(0)
    assert said(desk)[1].count("a,b,c,CLASS") == 1


def test_a_matched_payout_is_seen_in_the_overview(desk: Desk) -> None:
    posted(desk)
    with open_books(desk.books_url) as books:
        [reading] = [
            each for name, each in books.readings(tenant(desk)).items() if name == "payout:S1"
        ]
        from dataclasses import replace

        books.keep_readings([replace(reading, is_reconciled=True)])
    assert only(desk).bank is Bank.MATCHED


def tenant(desk: Desk) -> str:
    return desk.organisation.organisation_id


def test_the_waterfall_goes_from_sales_to_the_deposit(desk: Desk) -> None:
    groups = waterfall(posted(desk))
    assert [(group.name, group.amount) for group in groups] == [
        ("Sales", Decimal("12.00")),
        ("Selling fees", Decimal("-2.40")),
    ]
    assert total(groups) == Decimal("9.60")
    code, text = said(desk, "--settlement", "S1")
    assert code == 0
    assert "Referral fee" in text
    assert "Deposit" in text
    assert said(desk, "--settlement", "S2")[0] == 1


def test_every_class_has_its_place_in_the_waterfall() -> None:
    assert set(group_names()) == SETTLEMENT_CLASSES


def test_without_books_it_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--books", f"sqlite:///{tmp_path / 'none.db'}"])
    assert done.exit_code == 1
    assert "run the pipeline first" in done.output
    assert not (tmp_path / "none.db").exists()


def test_exports_say_the_same_as_the_books(desk: Desk) -> None:
    posted(desk)
    code, text = said(desk, "export", "--format", "csv")
    assert code == 0
    assert "S1,Amazon.co.uk,GBP" in text
    assert ",Selling fees,referral_fee,1,-2.40" in text
    code, text = said(desk, "export", "--format", "json")
    loaded = json.loads(text)
    assert loaded["settlements"][0]["became"] == "tied"
    assert {each["account"] for each in loaded["balances"]} >= {"200", "401"}


def test_a_formula_in_a_report_is_text_in_the_export(desk: Desk) -> None:
    posted(desk, record(marketplace="=HYPERLINK(1)"))
    assert "'=HYPERLINK(1)" in said(desk, "export")[1]


EVENTS = [
    {
        "class": "sales",
        "report": "12.00",
        "events": "10.00",
        "deferred": "2.00",
        "timing": "0.00",
        "rounding": "0.00",
        "missing_in_events": "0.00",
        "missing_in_report": "0.00",
    }
]


def test_amazons_transactions_stand_beside_the_report_with_the_difference_named(
    desk: Desk,
) -> None:
    posted(desk, record(events=EVENTS))
    text = said(desk, "--settlement", "S1")[1]
    assert "classes that differ" in text
    line = next(each for each in text.splitlines() if each.strip().startswith("sales "))
    assert line.split() == ["sales", "12.00", "10.00", "2.00"]


def trace(number: int, orders: int) -> tuple[str, dict[str, Any]]:
    kind = ["Order", "ItemPrice", "Principal", "Amazon.co.uk", "2026-04-14", "sales"]
    rows = [
        [order_id(number * 1000 + each), [[0, f"<script>{each}</script>", "12.00", 1, 1]]]
        for each in range(orders)
    ]
    return "settlement_orders", {
        "document_id": f"rows:S{number}:0",
        "organisation": "Demo Company (UK)",
        "settlement_id": f"S{number}",
        "part": 0,
        "kinds": [kind],
        "orders": rows,
    }


def test_a_page_holds_its_limit_and_names_what_it_left_out(desk: Desk) -> None:
    posted(desk, trace(1, 400))
    with open_books(desk.books_url) as books:
        found = settlements(books)
        whole = build(books, found, NOW)
        assert whole.without_orders == []
        limit = len(whole.html.encode()) - 1000
        less = build(books, found, NOW, limit)
    assert less.without_orders == ["S1"]
    assert len(less.html.encode()) <= limit


def test_nothing_of_a_report_stands_in_the_page_as_markup(desk: Desk) -> None:
    hostile = "<script>alert(1)</script>"
    posted(desk, trace(1, 3), record(marketplace=hostile))
    with open_books(desk.books_url) as books:
        html = build(books, settlements(books), NOW).html
    assert hostile not in html
    assert html.count("<script") == html.count("</script")
