"""Refunds as credit notes: what the buyer gets back, linked to the order, paid out of clearing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from casebook import ORDER, OTHER_ORDER, balances, book, of_kind, rule, settlement

from transforms.ledger.documents import CreditNote, DoesNotTie, Invoice, Journal, Payment, Refund
from transforms.ledger.posting import settle

REFUND = f"""
2026-05-04 | Refund | ItemPrice | Principal   | -10.00 | order={ORDER} sku=CUP qty=1
2026-05-04 | Refund | ItemPrice | Tax         |  -2.00 | order={ORDER} sku=CUP qty=1
2026-05-04 | Refund | ItemPrice | Shipping    |  -1.50 | order={ORDER} sku=CUP qty=1
2026-05-05 | Refund | Promotion | Shipping    |   1.50 | order={ORDER} sku=CUP qty=1
2026-05-04 | Refund | ItemFees  | Commission  |   1.80 | order={ORDER} sku=CUP qty=1
2026-05-04 | Refund | ItemFees  | RefundCommission | -0.36 | order={ORDER} sku=CUP qty=1
"""
SALE = f"""
2026-05-03 | Order  | ItemPrice | Principal   |  20.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order  | ItemPrice | Tax         |   4.00 | order={ORDER} sku=CUP qty=2
"""
NOTES: dict[str, Any] = {"refunds": "credit_notes"}


def test_a_refund_is_a_credit_note_paid_back_out_of_clearing() -> None:
    outcome = settle(settlement(SALE + REFUND), book(**NOTES))
    [note] = of_kind(outcome, CreditNote)
    assert note.number == f"AMZ-{ORDER}-CN-7001"
    assert note.reference == f"Amazon.co.uk refund of order {ORDER}, invoice AMZ-{ORDER}"
    assert note.refunds == f"AMZ-{ORDER}"
    assert (note.date, note.total) == (date(2026, 5, 5), Decimal("12.00"))
    assert note.refund == Refund("clearing", date(2026, 5, 5), Decimal("12.00"))
    assert [(line.description, line.account, line.amount) for line in note.lines] == [
        ("Refund: CUP", "refund", Decimal("13.50")),
        ("Discount: CUP", "promo_discount", Decimal("-1.50")),
    ]
    assert all(line.item_code is None for line in note.lines)


def test_fees_on_refunds_stay_on_the_journal_and_clearing_ties_out() -> None:
    outcome = settle(settlement(SALE + REFUND), book(**NOTES))
    [journal] = of_kind(outcome, Journal)
    assert {line.account for line in journal.lines} == {
        "referral_fee",
        "refund_commission",
        "clearing",
    }
    left = balances(outcome)
    assert "clearing" not in left
    assert "receivable" not in left
    assert left["bank"] == Decimal("13.44")
    assert outcome.proof is not None
    assert outcome.proof.difference == 0
    [line] = [each for each in outcome.proof.documents if each.stream == "credit_notes"]
    assert (line.number, line.amount) == (f"AMZ-{ORDER}-CN-7001", Decimal("-12.00"))


def test_journal_and_credit_notes_leave_the_same_balances() -> None:
    rows = SALE + REFUND
    assert balances(settle(settlement(rows), book(**NOTES))) == balances(
        settle(settlement(rows), book())
    )


def test_the_refund_of_an_order_from_before_books_start_needs_no_invoice() -> None:
    """Its settlement ended before the books began: nothing of it but the refund is here."""
    outcome = settle(
        settlement(
            REFUND + "2026-05-01|other-transaction|other-transaction|"
            "Previous Reserve Amount Balance|50.00"
        ),
        book(**NOTES),
    )
    assert not of_kind(outcome, Invoice)
    assert not of_kind(outcome, Payment)
    [note] = of_kind(outcome, CreditNote)
    assert note.refund is not None
    assert note.refund.amount == note.total, "nothing is left to set against an invoice"
    assert "clearing" not in balances(outcome)


def test_partial_refunds_in_several_settlements_are_several_credit_notes() -> None:
    first = settle(settlement(REFUND), book(**NOTES))
    second = settle(settlement(REFUND, settlement_id="7002"), book(**NOTES))
    numbers = [note.number for each in (first, second) for note in of_kind(each, CreditNote)]
    assert numbers == [f"AMZ-{ORDER}-CN-7001", f"AMZ-{ORDER}-CN-7002"]
    ids = [note.document_id for each in (second, first) for note in of_kind(each, CreditNote)]
    assert ids == [f"credit_note:7002:{ORDER}", f"credit_note:7001:{ORDER}"]


def test_refund_claim_and_chargeback_of_one_order_are_one_credit_note() -> None:
    rows = f"""
    2026-05-04 | Refund | ItemPrice | Principal | -1.00 | order={ORDER} sku=CUP
    2026-05-04 | A-to-z Guarantee Refund | ItemPrice | Principal | -2.00 | order={ORDER} sku=CUP
    2026-05-06 | Chargeback Refund | ItemPrice | Principal | -3.00 | order={ORDER} sku=CUP
    2026-05-06 | Refund | ItemPrice | Goodwill | -4.00 | order={ORDER} sku=CUP
    """
    [note] = of_kind(settle(settlement(rows), book(**NOTES)), CreditNote)
    assert {line.account: line.amount for line in note.lines} == {
        "refund": Decimal(1),
        "a_to_z": Decimal(2),
        "chargeback": Decimal(3),
        "goodwill": Decimal(4),
    }


def test_a_restocking_fee_that_is_kept_lowers_the_credit_note() -> None:
    rows = REFUND + f"2026-05-04|Refund|ItemPrice|RestockingFee|2.50|order={ORDER} sku=CUP"
    [note] = of_kind(settle(settlement(rows), book(**NOTES)), CreditNote)
    assert note.total == Decimal("9.50")
    assert note.lines[-1].amount == Decimal("-2.50")


@pytest.mark.parametrize(
    ("amount", "name"), [("12.00", "zero_refund"), ("13.00", "negative_refund")]
)
def test_refund_rows_that_give_nothing_back_go_to_the_journal_and_are_named(
    amount: str, name: str
) -> None:
    back = f"2026-05-06|Refund|ItemPrice|RestockingFee|{amount}|order={ORDER} sku=CUP"
    outcome = settle(settlement(SALE + REFUND + back), book(**NOTES))
    assert of_kind(outcome, CreditNote) == []
    assert name in [each.name for each in outcome.differences]
    assert balances(outcome)["other_income"] == -Decimal(amount)
    assert "clearing" not in balances(outcome)


def test_withheld_tax_given_back_is_left_out_where_it_nets_and_credited_where_not() -> None:
    rows = f"""
    2026-05-04 | Refund | ItemPrice | Principal | -10.00 | order={ORDER} sku=CUP
    2026-05-04 | Refund | ItemPrice | Tax | -2.00 | order={ORDER} sku=CUP
    2026-05-04 | Refund | ItemWithheldTax | MarketplaceFacilitatorTax-Other | WITHHELD | order={ORDER} sku=CUP
    """  # noqa: E501
    books = book(rule("tax_collected", "vat"), rule("tax_withheld", "vat"), **NOTES)
    [whole] = of_kind(settle(settlement(rows.replace("WITHHELD", "2.00")), books), CreditNote)
    assert {line.account: line.amount for line in whole.lines} == {"refund": Decimal(10)}
    part = settle(settlement(rows.replace("WITHHELD", "1.50")), books)
    [note] = of_kind(part, CreditNote)
    assert note.total == Decimal("10.50")
    assert balances(part)["vat"] == Decimal("0.50")


def test_a_refund_without_a_real_order_id_and_points_given_back_stay_on_the_journal() -> None:
    rows = f"""
    2026-05-04 | Refund | ItemPrice | Principal | -3.00 | order=S01-1234567-1234567 sku=CUP
    2026-05-04 | Refund | Points | PointsReturned | 0.60 | order={OTHER_ORDER} sku=CUP
    2026-05-04 | other-transaction | other-transaction | BuyerRecharge | 1.00 | order={OTHER_ORDER}
    """
    outcome = settle(settlement(rows), book(**NOTES))
    assert of_kind(outcome, CreditNote) == []
    assert balances(outcome)["points"] == Decimal("-0.60")
    assert balances(outcome)["refund"] == Decimal("2.00")


def test_an_unmapped_sku_does_not_hold_a_refund() -> None:
    outcome = settle(settlement(REFUND), book(skus=(), **NOTES))
    assert len(of_kind(outcome, CreditNote)) == 1
    assert outcome.held == []


def test_a_sale_that_waits_beside_a_refund_that_does_not() -> None:
    """The order's invoice waits for its SKU, its credit note does not: clearing shows the sale."""
    outcome = settle(settlement(SALE + REFUND), book(skus=(), **NOTES))
    assert len(of_kind(outcome, CreditNote)) == 1
    [held] = outcome.held
    assert held.amount == Decimal("24.00")
    assert balances(outcome)["clearing"] == Decimal("-24.00")
    assert outcome.proof is not None
    assert {each.place.stream for each in outcome.proof.postings} == {
        "held",
        "credit_notes",
        "journals",
    }


def test_a_draft_organisation_gets_draft_credit_notes() -> None:
    books = book(invoice_status="DRAFT", **NOTES)
    [note] = of_kind(settle(settlement(REFUND), books), CreditNote)
    assert note.status == "DRAFT"


def test_in_style_settlements_refunds_stay_lines_of_the_one_invoice() -> None:
    rows = REFUND.replace("sku=CUP", "sku=CUP market=Amazon.de")
    outcome = settle(settlement(rows, currency="EUR"), book(**NOTES))
    assert of_kind(outcome, CreditNote) == []


def test_a_credit_note_that_does_not_add_up_cannot_be_built() -> None:
    [note] = of_kind(settle(settlement(REFUND), book(**NOTES)), CreditNote)
    with pytest.raises(DoesNotTie):
        replace(note, total=Decimal("12.01"))
    with pytest.raises(DoesNotTie):
        replace(note, refund=Refund("clearing", note.date, Decimal("12.01")))
