"""Orders as they come: split, partial, replaced, promoted, wrapped, paid with points or cash."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from casebook import ORDER, OTHER_ORDER, balances, book, of_kind, rule, settlement

from transforms.ledger.documents import Invoice, Journal, Payment
from transforms.ledger.outcome import Outcome
from transforms.ledger.posting import settle

TAXES = (
    rule("sales", "sales", "OUTPUT2", treatment="taxed"),
    rule("sales", "sales", "ZERORATED", treatment="untaxed"),
)


def posted(rows: str, settlement_id: str = "7001") -> Outcome:
    """The outcome of a settlement of one order's rows: the day, the rest, `ORDER` filled in."""
    lines = [line for line in rows.splitlines() if line.strip()]
    filled = "\n".join(f"{line} order={ORDER}" for line in lines)
    return settle(settlement(filled, settlement_id=settlement_id), book(*TAXES))


def names(outcome: Outcome) -> list[str]:
    assert outcome.proof is not None
    return [each.name for each in outcome.proof.differences if each.name != "event_group_missing"]


def test_two_shipments_in_one_settlement_are_one_invoice_and_one_payment() -> None:
    outcome = posted(
        """
        2026-05-03 | Order | ItemPrice | Principal | 20.00 | sku=CUP qty=2 item=71
        2026-05-08 | Order | ItemPrice | Principal | 10.00 | sku=CUP qty=1 item=71
        2026-05-08 | Order | ItemPrice | Principal |  9.99 | sku=TOY qty=1 item=72
        """
    )
    [invoice] = of_kind(outcome, Invoice)
    assert [(each.quantity, each.amount) for each in invoice.lines] == [
        (Decimal(3), Decimal("30.00")),
        (Decimal(1), Decimal("9.99")),
    ]
    [payment] = of_kind(outcome, Payment)
    assert (payment.amount, payment.date) == (Decimal("39.99"), date(2026, 5, 8))


def test_shipments_in_two_settlements_are_two_payments_of_one_number() -> None:
    rows = "2026-05-03 | Order | ItemPrice | Principal | 20.00 | sku=CUP qty=2"
    outcomes = [posted(rows), posted(rows, "7002")]
    payments = [payment for each in outcomes for payment in of_kind(each, Payment)]
    assert {payment.pays for payment in payments} == {f"AMZ-{ORDER}"}
    assert len({payment.document_id for payment in payments}) == 2
    ids = {invoice.document_id for each in outcomes for invoice in of_kind(each, Invoice)}
    assert ids == {f"invoice:{ORDER}:7001", f"invoice:{ORDER}:7002"}


def test_part_of_an_order_refunded_in_its_own_settlement() -> None:
    outcome = posted(
        """
        2026-05-03 | Order  | ItemPrice | Principal |  30.00 | sku=CUP qty=3
        2026-05-09 | Refund | ItemPrice | Principal | -10.00 | sku=CUP qty=3
        """
    )
    [invoice] = of_kind(outcome, Invoice)
    assert (invoice.lines[0].quantity, invoice.total) == (Decimal(3), Decimal("30.00"))
    assert balances(outcome) == {
        "bank": Decimal("20.00"),
        "refund": Decimal("10.00"),
        "sales": Decimal("-30.00"),
    }


def test_a_price_that_does_not_divide_keeps_the_amount_and_says_how_many() -> None:
    outcome = posted("2026-05-03 | Order | ItemPrice | Principal | 10.00 | sku=CUP qty=7000")
    [line] = of_kind(outcome, Invoice)[0].lines
    assert (line.quantity, line.unit_amount, line.amount) == (Decimal(1), Decimal(10), Decimal(10))
    assert line.description == "7000 x CUP"


def test_a_replacement_at_nothing_makes_no_invoice_and_its_fee_is_booked() -> None:
    outcome = posted(
        """
        2026-05-03 | Order | ItemPrice | Principal | 0.00 | sku=CUP qty=1
        2026-05-03 | Order | ItemFees | FBAPerUnitFulfillmentFee | -2.50 | sku=CUP qty=1
        """
    )
    assert of_kind(outcome, Invoice) == []
    assert balances(outcome)["fba_fulfilment_fee"] == Decimal("2.50")
    assert names(outcome) == ["zero_order"]


def test_a_promotion_lowers_the_invoice_and_the_tax_on_it_joins_it() -> None:
    outcome = posted(
        """
        2026-05-03 | Order | ItemPrice | Principal   | 20.00 | sku=CUP qty=1
        2026-05-03 | Order | ItemPrice | Tax         |  4.00 | sku=CUP qty=1
        2026-05-03 | Order | Promotion | Principal   | -5.00 | sku=CUP qty=1
        2026-05-03 | Order | Promotion | TaxDiscount | -1.00 | sku=CUP qty=1
        """
    )
    [invoice] = of_kind(outcome, Invoice)
    assert [(each.account, each.amount) for each in invoice.lines] == [
        ("sales", Decimal("24.00")),
        ("promo_discount", Decimal("-6.00")),
    ]


def test_an_order_given_away_by_promotion_is_on_the_journal_not_on_an_invoice() -> None:
    outcome = posted(
        """
        2026-05-03 | Order | ItemPrice | Principal |  20.00 | sku=CUP qty=1
        2026-05-03 | Order | Promotion | Principal | -20.00 | sku=CUP qty=1
        """
    )
    assert of_kind(outcome, Invoice) == []
    assert balances(outcome) == {"promo_discount": Decimal(20), "sales": Decimal(-20)}
    assert names(outcome) == ["zero_order"]


def test_gift_wrap_and_cash_on_delivery_are_lines_with_their_own_tax() -> None:
    outcome = posted(
        """
        2026-05-03 | Order | ItemPrice | Principal   | 20.00 | sku=CUP qty=1
        2026-05-03 | Order | ItemPrice | GiftWrap    |  3.00 | sku=CUP qty=1
        2026-05-03 | Order | ItemPrice | GiftWrapTax |  0.60 | sku=CUP qty=1
        2026-05-03 | Order | ItemPrice | COD         |  2.00 | sku=CUP qty=1
        2026-05-03 | Order | ItemPrice | CODTax      |  0.40 | sku=CUP qty=1
        2026-05-03 | Order | ItemFees  | CODFee      | -1.00 | sku=CUP qty=1
        """
    )
    [invoice] = of_kind(outcome, Invoice)
    assert {each.account: each.amount for each in invoice.lines} == {
        "sales": Decimal("20.00"),
        "gift_wrap_income": Decimal("3.60"),
        "other_income": Decimal("2.40"),
    }
    assert balances(outcome)["payment_fee"] == 1


def test_points_are_the_sellers_cost_and_no_part_of_what_the_buyer_owes() -> None:
    outcome = posted(
        """
        2026-05-03 | Order  | ItemPrice | Principal      | 20.00 | sku=CUP qty=1
        2026-05-03 | Order  | Points    | PointsGranted  | -0.20 | sku=CUP
        2026-05-09 | Refund | Points    | PointsReturned |  0.05 | sku=CUP
        """
    )
    assert of_kind(outcome, Payment)[0].amount == Decimal("20.00")
    [journal] = of_kind(outcome, Journal)
    assert {each.account: each.amount for each in journal.lines} == {
        "points": Decimal("0.15"),
        "clearing": Decimal("-0.15"),
    }


def test_a_business_buyer_without_tax_beside_a_private_one_with_it() -> None:
    rows = f"""
    2026-05-03 | Order | ItemPrice | Principal | 20.00 | sku=CUP qty=1 order={ORDER}
    2026-05-03 | Order | ItemPrice | Tax       |  4.00 | sku=CUP qty=1 order={ORDER}
    2026-05-03 | Order | ItemPrice | Principal | 20.00 | sku=CUP qty=1 order={OTHER_ORDER}
    """
    private, business = of_kind(settle(settlement(rows), book(*TAXES)), Invoice)
    assert [each.tax_type for each in private.lines] == ["OUTPUT2"]
    assert [each.tax_type for each in business.lines] == ["ZERORATED"]


def test_an_order_from_before_the_books_that_is_settled_after_is_posted_by_its_settlement() -> None:
    """books_start is decided by the settlement's end: posted whole or left out whole."""
    rows = f"2026-04-30|Order|ItemPrice|Principal|20.00|sku=CUP qty=1 order={ORDER}"
    outcome = settle(settlement(rows), book(books_start=date(2026, 5, 10)))
    [invoice] = of_kind(outcome, Invoice)
    assert invoice.date == date(2026, 4, 30)
    assert balances(outcome)["bank"] == 20


def test_a_multi_channel_order_is_a_fee_and_no_sale() -> None:
    rows = """
    2026-05-03|Order|ShipmentFees|FBA transportation fee|-4.10|order=S01-1234567-1234567 market=Non-Amazon
    2026-05-03|Order|ItemPrice|Principal|30.00|order=026-9999999-9999999 sku=CUP qty=1
    """  # noqa: E501
    outcome = settle(settlement(rows), book())
    assert len(of_kind(outcome, Invoice)) == 1
    assert balances(outcome)["fba_fulfilment_fee"] == Decimal("4.10")
