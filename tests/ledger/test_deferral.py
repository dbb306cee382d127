"""Month ends of money that Amazon holds back: recognised, and taken back on release."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from casebook import DE, ORDER, UK, book, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ledger.book import Book
from transforms.ledger.deferral import SIDES, Deferral, Side, accrual, last_day
from transforms.ledger.documents import Invoice, Journal
from transforms.ledger.transactions import Part
from transforms.ledger.unplaced import Unplaced

SUMMED = replace(UK, posting="settlements")
PARTS = {
    "ProductCharges/OurPricePrincipal": "20.00",
    "Tax/OurPriceTax": "4.00",
    "AmazonFees/Commission/Base": "-3.00",
    "AmazonFees/Commission/Tax": "-0.60",
}


def deferral(
    posted: str, released: str | None = None, parts: dict[str, str] | None = None, **more: object
) -> Deferral:
    made = Deferral(
        transaction_id="T1",
        transaction_type="Shipment",
        marketplace="Amazon.co.uk",
        currency="GBP",
        posted=date.fromisoformat(posted),
        released=date.fromisoformat(released) if released else None,
        was_released=released is not None,
        order_id=ORDER,
        reason="DD7",
        parts=tuple(
            Part("CUP", path, Decimal(amount)) for path, amount in (parts or PARTS).items()
        ),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def lines(
    *deferrals: Deferral,
    month: str = "2026-05",
    side: Side = "deferred",
    books: Book | None = None,
) -> dict[str, Decimal]:
    """What a side of a month books, debit positive."""
    made = accrual(deferrals, side, month, books or book(), SUMMED)
    assert made is None or isinstance(made, Journal)
    return {line.account: line.amount for line in made.lines} if made else {}


def test_what_waits_at_the_month_end_is_recognised_against_the_deferred_balance() -> None:
    assert lines(deferral("2026-05-28")) == {
        "sales": Decimal("-24.00"),
        "referral_fee": Decimal("3.60"),
        "deferred_balance": Decimal("20.40"),
    }
    made = accrual([deferral("2026-05-28")], "deferred", "2026-05", book(), SUMMED)
    assert isinstance(made, Journal)
    assert (made.document_id, made.date) == ("deferred:Amazon.co.uk:2026-05", date(2026, 5, 31))
    assert made.narration == ("Amazon.co.uk: 1 transaction (DD7 1) deferred at the end of 2026-05")
    assert made.clearing_account is None


def test_the_release_takes_exactly_that_back_on_its_own_day() -> None:
    made = accrual([deferral("2026-05-28", "2026-06-04")], "released", "2026-06", book(), SUMMED)
    assert isinstance(made, Journal)
    assert {line.account: -line.amount for line in made.lines} == lines(deferral("2026-05-28"))
    assert (made.document_id, made.date) == ("released:Amazon.co.uk:2026-06", date(2026, 6, 4))


def test_posted_and_released_within_a_month_makes_no_document() -> None:
    assert lines(deferral("2026-05-03", "2026-05-10")) == {}
    assert lines(deferral("2026-05-03", "2026-05-10"), side="released") == {}


def test_the_month_end_in_between_leaves_the_balance_as_it_is() -> None:
    invoiced = deferral("2026-05-28", "2026-07-10")
    for side in SIDES:
        assert lines(invoiced, month="2026-06", side=side) == {}


def test_the_reversal_uses_the_accounts_of_the_day_of_posting() -> None:
    books = book()
    moved = replace(rule("sales", "sales_new"), valid_from=date(2026, 6, 1))
    books = replace(books, accounts=(*books.accounts, moved))
    released = deferral("2026-05-28", "2026-06-04")
    assert lines(released, month="2026-06", side="released", books=books)["sales"] == 24


def test_in_style_orders_the_orders_invoice_shows_the_revenue_already() -> None:
    made = accrual([deferral("2026-05-28")], "deferred", "2026-05", book(), UK)
    assert isinstance(made, Journal)
    assert {line.account: line.amount for line in made.lines} == {
        "referral_fee": Decimal("3.60"),
        "deferred_balance": Decimal("-3.60"),
    }


def test_a_deferred_refund_is_recognised_in_both_styles() -> None:
    refund = deferral(
        "2026-05-28",
        parts={"ProductCharges/OurPricePrincipal": "-20.00", "AmazonFees/Commission": "3.00"},
        transaction_type="Refund",
    )
    for marketplace in (UK, SUMMED):
        made = accrual([refund], "deferred", "2026-05", book(), marketplace)
        assert isinstance(made, Journal)
        assert {line.account for line in made.lines} == {
            "refund",
            "referral_fee",
            "deferred_balance",
        }


def test_facilitator_tax_that_nets_to_zero_stands_on_no_line() -> None:
    parts = PARTS | {"TaxWithheld/MarketplaceFacilitatorVAT-Principal": "-4.00"}
    assert lines(deferral("2026-05-28", parts=parts)) == {
        "sales": Decimal("-20.00"),
        "referral_fee": Decimal("3.60"),
        "deferred_balance": Decimal("16.40"),
    }


def test_in_another_currency_it_is_an_invoice_of_zero() -> None:
    german = deferral("2026-05-28", marketplace="Amazon.de", currency="EUR")
    made = accrual([german], "deferred", "2026-05", book(), DE)
    assert isinstance(made, Invoice)
    assert made.total == 0
    assert (made.currency, made.number) == ("EUR", "AMZ-Amazon.de-2026-05-deferred")
    assert {line.account: line.amount for line in made.lines}["deferred_balance"] == Decimal(
        "-20.40"
    )


def test_a_line_finer_than_its_currency_refuses_the_month() -> None:
    thirds = {"ProductCharges": "20.00", "AmazonFees/Commission": "-0.333"}
    finer = r"of -0\.333 GBP on account referral_fee is finer than 0\.01"
    with pytest.raises(Unplaced, match=finer):
        lines(deferral("2026-05-28", parts=thirds))
    halves = {"AmazonFees/Commission/Base": "-0.335", "AmazonFees/Commission/Tax": "-0.065"}
    assert lines(deferral("2026-05-28", parts=halves))["referral_fee"] == Decimal("0.40")


def test_a_month_before_books_start_was_never_recognised_and_is_not_taken_back() -> None:
    early = deferral("2026-03-28", "2026-04-04")
    assert lines(early, month="2026-03") == {}
    assert lines(early, month="2026-04", side="released") == {}


def test_an_unknown_label_refuses_the_month_with_the_line_to_add() -> None:
    with pytest.raises(Unplaced) as refused:
        lines(deferral("2026-05-28", parts={"AmazonFees/Novelty": "-1.00"}))
    assert "`Shipment,AmazonFees/Novelty,CLASS` to breakdowns.csv" in str(refused.value)


def test_all_that_a_month_lacks_is_said_at_once_with_its_transactions() -> None:
    strange = {"AmazonFees/Novelty": "-1.00", "AmazonFees/Other Novelty": "-0.50"}
    waiting = [
        deferral("2026-05-28", parts={"AmazonFees/Novelty": "-2.00"}),
        deferral("2026-05-29", parts=strange, transaction_id="T2"),
    ]
    with pytest.raises(Unplaced) as refused:
        lines(*waiting)
    first, second = refused.value.lines
    assert first.startswith("unknown breakdown Shipment / AmazonFees/Novelty of -3.00: add a line")
    assert first.endswith("(transaction T1 of 2026-05-28 and 1 more)")
    assert "AmazonFees/Other Novelty of -0.50" in second
    assert second.endswith("(transaction T2 of 2026-05-29)")


def test_every_class_without_an_account_is_said_at_once_with_its_transactions() -> None:
    books = book()
    lacking = ("referral_fee", "storage_fee")
    accounts = tuple(a for a in books.accounts if a.accounting_class not in lacking)
    waiting = [
        deferral("2026-05-28"),
        deferral("2026-05-29", parts={"FBAStorageFee": "-1.00"}, transaction_id="T2"),
        deferral("2026-05-30", transaction_id="T3"),
    ]
    with pytest.raises(Unplaced) as refused:
        lines(*waiting, books=replace(books, accounts=accounts))
    said = {line.partition(" at ")[0]: line.rpartition(" (")[2] for line in refused.value.lines}
    assert said == {
        "no account for class referral_fee": "transaction T1 of 2026-05-28 and 1 more)",
        "no account for class storage_fee": "transaction T2 of 2026-05-29)",
    }


def test_a_release_without_a_known_day_refuses_the_month() -> None:
    with pytest.raises(Unplaced, match="T1 of 2026-05-28 was released"):
        lines(deferral("2026-05-28", was_released=True))


def test_a_missing_balance_account_refuses_the_month_with_the_line_to_add() -> None:
    books = book()
    accounts = tuple(a for a in books.accounts if a.accounting_class != "deferred_balance")
    with pytest.raises(Unplaced, match="deferred_balance,,,,ACCOUNT,NONE"):
        lines(deferral("2026-05-28"), books=replace(books, accounts=accounts))


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2026-02", date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 31)),
    ],
)
def test_the_last_day_of_a_month(month: str, day: date) -> None:
    assert last_day(month) == day


DAYS = st.dates(date(2026, 4, 1), date(2026, 7, 31))


@settings(deadline=None)
@given(st.lists(st.tuples(DAYS, st.none() | DAYS, st.sampled_from(["9.99", "-3.50"])), max_size=8))
def test_over_all_months_what_was_recognised_and_not_released_is_what_amazon_holds(
    drawn: list[tuple[date, date | None, str]],
) -> None:
    made = [
        replace(
            deferral(posted.isoformat(), parts={"ProductCharges": amount}),
            transaction_id=f"T{number}",
            released=max(posted, released) if released else None,
        )
        for number, (posted, released, amount) in enumerate(drawn)
    ]
    months = [f"2026-{number:02}" for number in range(4, 8)]
    for count, month in enumerate(months, start=1):
        balance = sum(
            (
                lines(*made, month=each, side=side).get("deferred_balance", Decimal(0))
                for each in months[:count]
                for side in SIDES
            ),
            Decimal(0),
        )
        held = sum(
            (
                each.parts[0].amount
                for each in made
                if each.posted <= last_day(month)
                and (each.released is None or each.released > last_day(month))
            ),
            Decimal(0),
        )
        assert balance == held, month
