"""A preview asks Amazon and shows a table of old and new; it changes nothing but the books."""

from __future__ import annotations

from decimal import Decimal

import pytest
from target_amazon.price_desk import PriceDesk, price, quantity

from books import Stage
from target_amazon_sp import preview
from target_amazon_sp.verdicts import Did


def test_a_preview_changes_nothing_and_writes_down_nothing_sent(
    desk: PriceDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.seller.add_listing("A", "10.00", quantity=2)
    desk.seller.add_listing("B", "10.00")
    documents = [price("A", "11.00"), quantity("A", 5), price("B", "10.00")]
    run = desk.run(documents, mode="preview")
    desk.time.pass_by(3600)
    desk.seller.catch_up()
    assert (desk.price("A"), desk.seller.listing("A").quantity) == (Decimal("10.00"), 2)
    assert desk.real_patches() == []
    assert desk.calls() == {"search": 1, "PATCH item": 1}
    assert desk.history() == []
    assert run.tally.summary() == (
        "1 unchanged, 2 would be sent, 0 applied, 0 pending, 0 refused, 0 held, 0 not listed"
    )
    out, err = capsys.readouterr()
    assert out == ""
    (shown,) = [line for line in err.splitlines() if "price" in line and "│" in line]
    cells = [cell.strip() for cell in shown.strip("│").split("│")]
    assert cells == [
        "Amazon.co.uk",
        "A",
        "price",
        "10.00",
        "11.00 GBP",
        "+10.0 %",
        "would be sent: Amazon would take it",
    ]


def test_a_preview_says_in_amazon_s_words_what_it_would_refuse(
    desk: PriceDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.seller.add_listing("A", "10.00", product_type="GONE")
    run = desk.run([price("A", "11.00")], mode="preview")
    assert run.tally.exit_code == 1
    assert run.tally.lines[0].split(": ", 2)[2]
    assert "refused" in capsys.readouterr().err


def test_what_a_preview_holds_can_be_confirmed(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "20.00")], mode="preview")
    assert run.tally.lines[-1] == (
        "to confirm it: meltano invoke target-amazon-sp:confirm 'price:Amazon.co.uk:A'"
    )
    assert [row.state for row in desk.history()] == [Stage.HELD]
    desk.confirm("price:Amazon.co.uk:A")
    again = desk.run([price("A", "20.00")], mode="preview")
    assert again.tally.count(Did.WOULD_SEND) == 1
    assert desk.price("A") == Decimal("10.00")
    desk.run([price("A", "20.00")])
    assert desk.price("A") == Decimal("20.00")


def test_amazon_is_asked_about_the_first_two_hundred(
    desk: PriceDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    number = preview.ASKED + 5
    for each in range(number):
        desk.seller.add_listing(f"S{each}", "10.00")
    run = desk.run([price(f"S{each}", "11.00") for each in range(number)], mode="preview")
    assert desk.calls()["PATCH item"] == preview.ASKED
    assert "5 were not asked" in capsys.readouterr().err
    assert run.tally.count(Did.WOULD_SEND) == number
    assert desk.seller.feeds == {}


def test_a_preview_loses_nothing_that_is_under_way(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    desk.run([price("A", "11.00")])
    desk.run([price("A", "20.00")], mode="preview")
    (row,) = desk.history()
    assert (row.state, row.closed_at) == (Stage.PENDING, None)


def test_a_preview_that_is_throttled_shows_what_it_has(
    desk: PriceDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.throttle(times=None, method="PATCH")
    run = desk.run([price("A", "11.00")], mode="preview", max_wait=300)
    assert run.tally.exit_code == 1
    assert "Amazon was not asked" in capsys.readouterr().err
