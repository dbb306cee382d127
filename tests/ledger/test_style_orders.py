from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from casebook import DE, ORDER, OTHER_ORDER, UK, balances, book, of_kind, rule, settlement

from transforms.ledger.book import Sku
from transforms.ledger.documents import BankTransaction, Invoice, Journal, Payment, Tracking
from transforms.ledger.posting import settle
from transforms.ledger.proof import EventGroup, Proof

SALE = f"""
2026-05-03 | Order | ItemPrice | Principal | 20.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemPrice | Tax       |  4.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemPrice | Shipping  |  2.50 | order={ORDER} sku=CUP qty=2
2026-05-04 | Order | Promotion | Shipping  | -0.50 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemFees  | Commission| -3.60 | order={ORDER} sku=CUP qty=2
"""


def group(**changes: object) -> EventGroup:
    made = EventGroup(
        group_id="G1",
        start="2026-05-01T00:00:00Z",
        end="2026-05-15T00:00:00Z",
        currency="GBP",
        original_total=Decimal("22.40"),
        converted_total=None,
        converted_currency=None,
        fund_transfer_status="Succeeded",
        trace_id="TRACE9",
        account_tail="001",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def proof_of(outcome: object) -> Proof:
    proof: Proof | None = outcome.proof  # type: ignore[attr-defined]
    assert proof is not None
    return proof


def test_clearing_is_back_where_it_was_and_the_bank_has_the_deposit() -> None:
    outcome = settle(settlement(SALE, "22.40"), book())
    assert balances(outcome) == {
        "bank": Decimal("22.40"),
        "promo_discount": Decimal("0.50"),
        "referral_fee": Decimal("3.60"),
        "sales": Decimal("-24.00"),
        "shipping_income": Decimal("-2.50"),
    }
    assert proof_of(outcome).status == "tied"
    assert proof_of(outcome).difference == 0


def test_the_invoice_has_a_line_per_item_and_component_and_is_made_only_if_absent() -> None:
    [invoice] = of_kind(settle(settlement(SALE), book()), Invoice)
    assert invoice.number == f"AMZ-{ORDER}"
    assert invoice.if_absent
    assert invoice.date == date(2026, 5, 3)
    assert [
        (line.description, line.quantity, line.unit_amount, line.amount, line.item_code)
        for line in invoice.lines
    ] == [
        ("CUP", Decimal(2), Decimal("12.0000"), Decimal("24.00"), "ITEM-CUP"),
        ("Shipping", Decimal(1), Decimal("2.50"), Decimal("2.50"), None),
        ("Discount", Decimal(1), Decimal("-0.50"), Decimal("-0.50"), None),
    ]
    assert invoice.lines[0].tracking == (Tracking("Marketplace", "UK"),)


def test_the_payment_is_the_orders_revenue_dated_with_its_last_row() -> None:
    [payment] = of_kind(settle(settlement(SALE), book()), Payment)
    assert payment.amount == Decimal("26.00")
    assert payment.date == date(2026, 5, 4)
    assert payment.pays == f"AMZ-{ORDER}"
    assert payment.account == "clearing"


def test_the_payout_is_dated_on_the_deposit_date_and_carries_the_trace_id() -> None:
    outcome = settle(settlement(SALE), book(), group())
    [payout] = of_kind(outcome, BankTransaction)
    assert (payout.kind, payout.date, payout.total) == (
        "receive",
        date(2026, 5, 20),
        Decimal("22.40"),
    )
    assert "TRACE9" in payout.reference


def test_fees_refunds_and_reserves_go_to_one_journal_per_month() -> None:
    outcome = settle(
        settlement(
            f"""
            2026-04-29 | Order | ItemPrice | Principal | 50.00 | order={ORDER} sku=CUP qty=1
            2026-04-29 | Order | ItemFees  | Commission| -7.50 | order={ORDER} sku=CUP qty=1
            2026-04-30 | Refund| ItemPrice | Principal | -5.00 | order={OTHER_ORDER} sku=CUP qty=1
            2026-05-02 | ServiceFee | Cost of Advertising | TransactionTotalAmount | -4.00
            2026-05-12 | other-transaction | other-transaction | Current Reserve Amount | -10.00
            """
        ),
        book(),
    )
    april, may = of_kind(outcome, Journal)
    assert (april.document_id, april.date) == ("journal:7001:2026-04", date(2026, 4, 30))
    assert (may.document_id, may.date) == ("journal:7001:2026-05", date(2026, 5, 12))
    assert {line.account: line.amount for line in april.lines} == {
        "referral_fee": Decimal("7.50"),
        "refund": Decimal("5.00"),
        "clearing": Decimal("-12.50"),
    }
    assert {line.account: line.amount for line in may.lines} == {
        "advertising": Decimal("4.00"),
        "reserve_current": Decimal("10.00"),
        "clearing": Decimal("-14.00"),
    }
    assert "clearing" not in balances(outcome)


def test_a_reserve_held_by_one_settlement_and_released_by_the_next_ends_at_zero() -> None:
    held = settle(
        settlement(
            f"""
            2026-05-03 | Order | ItemPrice | Principal | 50.00 | order={ORDER} sku=CUP qty=1
            2026-05-12 | other-transaction | other-transaction | Current Reserve Amount | -50.00
            """
        ),
        book(rule("reserve_current", "reserve"), rule("reserve_previous", "reserve")),
    )
    released = settle(
        settlement(
            "2026-05-16|other-transaction|other-transaction|Previous Reserve Amount Balance|50.00",
            settlement_id="7002",
        ),
        book(rule("reserve_current", "reserve"), rule("reserve_previous", "reserve")),
    )
    assert balances(held)["reserve"] == 50
    assert balances(released)["reserve"] == -50
    assert of_kind(held, BankTransaction) == []


def test_a_negative_settlement_is_carried_as_debt_and_the_next_one_reverses_it() -> None:
    debt = settle(
        settlement("2026-05-02 | other-transaction | other-transaction | Storage Fee | -30.00"),
        book(),
    )
    assert balances(debt) == {"carried_debt": Decimal(-30), "storage_fee": Decimal(30)}
    after = settle(
        settlement(
            f"""
            2026-05-15 | other-transaction | other-transaction | Payable to Amazon | -30.00
            2026-05-17 | Order | ItemPrice | Principal | 80.00 | order={ORDER} sku=CUP qty=1
            """,
            settlement_id="7002",
        ),
        book(),
    )
    assert balances(after) == {
        "bank": Decimal(50),
        "carried_debt": Decimal(30),
        "sales": Decimal(-80),
    }


def test_each_successful_charge_is_spent_at_the_bank_on_its_own_day() -> None:
    outcome = settle(
        settlement(
            """
            2026-05-01 | other-transaction | other-transaction | Payable to Amazon | -60.00
            2026-05-04 | other-transaction | other-transaction | Successful charge | 30.00
            2026-05-04 | other-transaction | other-transaction | Successful charge | 30.00
            """
        ),
        book(),
    )
    charges = of_kind(outcome, BankTransaction)
    assert [(each.kind, each.date, each.total) for each in charges] == [
        ("spend", date(2026, 5, 4), Decimal(30)),
        ("spend", date(2026, 5, 4), Decimal(30)),
    ]
    assert len({each.document_id for each in charges}) == 2
    assert balances(outcome) == {"bank": Decimal(-60), "carried_debt": Decimal(60)}


@pytest.mark.parametrize("posting", ["orders", "settlements"])
def test_a_charge_that_is_given_back_is_received_at_the_bank(
    posting: Literal["orders", "settlements"],
) -> None:
    """Finances calls it ChargeRefund: class debt_payment, the other way round."""
    outcome = settle(
        settlement(
            """
            2026-05-04 | other-transaction | other-transaction | Successful charge | 30.00
            2026-05-06 | other-transaction | other-transaction | Successful charge | -30.00
            2026-05-07 | other-transaction | other-transaction | Subscription Fee | -25.00
            """
        ),
        book(marketplaces=(replace(UK, posting=posting),)),
    )
    charges = of_kind(outcome, BankTransaction)
    assert [(each.kind, each.date, each.total) for each in charges] == [
        ("spend", date(2026, 5, 4), Decimal(30)),
        ("receive", date(2026, 5, 6), Decimal(30)),
    ]
    assert balances(outcome) == {"carried_debt": Decimal(-25), "subscription": Decimal(25)}


def test_a_payout_that_failed_is_booked_to_failed_transfer_not_to_the_bank() -> None:
    outcome = settle(settlement(SALE), book(), group(fund_transfer_status="Failed"))
    assert of_kind(outcome, BankTransaction) == []
    assert balances(outcome)["failed_transfer"] == Decimal("22.40")
    assert "clearing" not in balances(outcome)


def test_a_deposit_of_zero_makes_no_bank_transaction() -> None:
    outcome = settle(
        settlement(
            f"""
            2026-05-03 | Order | ItemPrice | Principal | 5.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemFees | Commission | -5.00 | order={ORDER} sku=CUP qty=1
            """
        ),
        book(),
    )
    assert of_kind(outcome, BankTransaction) == []
    assert "clearing" not in balances(outcome)


def test_facilitator_tax_that_nets_to_zero_is_left_out_of_the_invoice() -> None:
    outcome = settle(
        settlement(
            f"""
            2026-05-03 | Order | ItemPrice | Principal | 20.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemPrice | Tax | 4.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemWithheldTax | MarketplaceFacilitatorVAT-Principal | -4.00 | order={ORDER} sku=CUP qty=1
            """  # noqa: E501
        ),
        book(rule("sales", "export_sales", "ZERO", treatment="facilitator")),
    )
    [invoice] = of_kind(outcome, Invoice)
    assert [(line.account, line.tax_type, line.amount) for line in invoice.lines] == [
        ("export_sales", "ZERO", Decimal("20.00"))
    ]


def test_tax_withheld_below_tax_collected_stays_with_the_seller() -> None:
    outcome = settle(
        settlement(
            f"""
            2026-05-03 | Order | ItemPrice | Principal | 20.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemPrice | Tax | 4.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemWithheldTax | LowValueGoodsTax-Principal | -3.00 | order={ORDER} sku=CUP qty=1
            """  # noqa: E501
        ),
        book(rule("tax_collected", "gst"), rule("tax_withheld", "gst")),
    )
    assert balances(outcome) == {
        "bank": Decimal(21),
        "gst": Decimal(-1),
        "sales": Decimal(-20),
    }


def test_the_treatment_of_each_item_chooses_its_account() -> None:
    outcome = settle(
        settlement(
            f"""
            2026-05-03 | Order | ItemPrice | Principal | 20.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemPrice | Tax | 4.00 | order={ORDER} sku=CUP qty=1
            2026-05-03 | Order | ItemPrice | Principal | 10.00 | order={ORDER} sku=TOY qty=1
            2026-05-03 | Order | ItemPrice | Tax | 0.00 | order={ORDER} sku=TOY qty=1
            """
        ),
        book(
            rule("sales", "sales", "OUTPUT2", treatment="taxed"),
            rule("sales", "sales", "ZERORATED", treatment="untaxed"),
        ),
    )
    [invoice] = of_kind(outcome, Invoice)
    assert [(line.item_code, line.tax_type, line.amount) for line in invoice.lines] == [
        ("ITEM-CUP", "OUTPUT2", Decimal("24.00")),
        ("ITEM-TOY", "ZERORATED", Decimal("10.00")),
    ]


def test_tax_on_a_fee_joins_its_fee() -> None:
    outcome = settle(
        settlement(
            """
            2026-05-03 | FBAFees | FBA Inventory Storage Fee | Base fee | -10.00
            2026-05-03 | FBAFees | FBA Inventory Storage Fee | Tax on fee | -2.00
            """
        ),
        book(),
    )
    assert balances(outcome)["storage_fee"] == 12


def test_an_unmapped_sku_holds_its_order_and_clearing_shows_exactly_that() -> None:
    rows = SALE + f"2026-05-05|Order|ItemPrice|Principal|9.99|order={OTHER_ORDER} sku=NEW qty=1"
    outcome = settle(settlement(rows), book())
    [held] = outcome.held
    assert (held.stream, held.reason, held.amount) == (
        "payments",
        "unmapped_sku",
        Decimal("9.99"),
    )
    assert "`NEW,Amazon.co.uk,ITEM_CODE,,,`" in held.details
    assert balances(outcome)["clearing"] == Decimal("-9.99")
    assert balances(outcome)["bank"] == Decimal("32.39")
    assert [line.document_id for line in proof_of(outcome).documents if line.held] == [
        f"payment:7001:{OTHER_ORDER}"
    ]


def test_no_item_posts_an_unmapped_sku_without_item_code() -> None:
    [invoice] = of_kind(
        settle(settlement(SALE), book(skus=(), unmapped_sku="no_item")),
        Invoice,
    )
    assert invoice.lines[0].item_code is None


def test_a_sku_may_have_a_sales_account_of_its_own() -> None:
    books = book()
    own = Sku("CUP", "Amazon.co.uk", "CUP1", "sales_mugs", "REDUCED")
    [invoice] = of_kind(settle(settlement(SALE), replace(books, skus=(*books.skus, own))), Invoice)
    assert (invoice.lines[0].account, invoice.lines[0].tax_type) == ("sales_mugs", "REDUCED")
    assert invoice.lines[1].account == "shipping_income"


def test_a_sku_may_have_a_tax_type_of_its_own_without_an_account() -> None:
    books = replace(book(), skus=(Sku("CUP", "", "CUP1", "", "ZERORATEDOUTPUT"),))
    [invoice] = of_kind(settle(settlement(SALE), books), Invoice)
    assert (invoice.lines[0].account, invoice.lines[0].tax_type) == ("sales", "ZERORATEDOUTPUT")
    assert invoice.lines[1].tax_type == "NONE"


def test_the_tax_type_of_a_sku_does_not_count_where_amazon_collects_the_tax() -> None:
    books = book(rule("sales", "sales", "ZERORATEDOUTPUT", treatment="facilitator"))
    own = Sku("CUP", "", "CUP1", "sales_mugs", "OUTPUT2")
    withheld = f"""
    2026-05-03 | Order | ItemPrice | Principal | 20.00 | order={ORDER} sku=CUP qty=2
    2026-05-03 | Order | ItemPrice | Tax       |  4.00 | order={ORDER} sku=CUP qty=2
    2026-05-03 | Order | ItemWithheldTax | MarketplaceFacilitatorVAT-Principal | -4.00 \
| order={ORDER} sku=CUP qty=2
    """.replace("\\\n", "")
    [invoice] = of_kind(settle(settlement(withheld), replace(books, skus=(own,))), Invoice)
    [line] = invoice.lines
    assert (line.account, line.tax_type, line.amount) == (
        "sales_mugs",
        "ZERORATEDOUTPUT",
        Decimal(20),
    )


def test_a_zero_total_order_makes_no_document_and_is_listed() -> None:
    outcome = settle(
        settlement(
            SALE + f"2026-05-05|Order|ItemPrice|Principal|0.00|order={OTHER_ORDER} sku=CUP qty=1"
        ),
        book(),
    )
    assert len(of_kind(outcome, Invoice)) == 1
    assert [each.name for each in proof_of(outcome).differences] == [
        "zero_order",
        "event_group_missing",
    ]


def test_rows_of_an_order_below_zero_go_to_the_journal_and_are_named() -> None:
    outcome = settle(
        settlement(
            SALE + f"2026-05-05|Order|Promotion|Principal|-1.00|order={OTHER_ORDER} sku=CUP qty=1"
        ),
        book(),
    )
    assert "negative_order" in [each.name for each in proof_of(outcome).differences]
    assert balances(outcome)["promo_discount"] == Decimal("1.50")
    assert "clearing" not in balances(outcome)


def test_revenue_without_a_real_order_id_goes_to_the_journal() -> None:
    outcome = settle(
        settlement(
            SALE + "2026-05-05 | Order | ItemPrice | Shipping | 3.00 | order=S01-1234567-1234567"
        ),
        book(),
    )
    assert len(of_kind(outcome, Payment)) == 1
    assert balances(outcome)["shipping_income"] == Decimal("-5.50")


def test_rows_that_do_not_sum_to_the_total_hold_the_settlement_with_both_figures() -> None:
    outcome = settle(settlement(SALE, "22.41"), book())
    assert outcome.documents == []
    [held] = outcome.held
    assert held.reason == "gate"
    for figure in ("22.41", "22.40", "0.01"):
        assert figure in held.details
    assert proof_of(outcome).status == "held"


def test_an_unknown_row_holds_the_whole_settlement_with_the_line_to_add() -> None:
    rows = SALE + "2026-05-06 | other-transaction | other-transaction | Battery Fee | -1.00"
    outcome = settle(settlement(rows), book())
    assert outcome.documents == []
    [held] = outcome.held
    assert held.reason == "unknown_rows"
    assert "`other-transaction,other-transaction,Battery Fee,CLASS`" in held.details
    assert "-1.00" in held.details


@pytest.mark.parametrize("description", ["Battery Fee", "BalanceAdjustment"])
def test_by_choice_unknown_rows_go_to_suspense(description: str) -> None:
    rows = SALE + f"2026-05-06 | other-transaction | other-transaction | {description} | -1.00"
    outcome = settle(settlement(rows), book(unknown_rows="suspense"))
    assert balances(outcome)["suspense"] == 1
    assert proof_of(outcome).status == "tied"


def test_a_missing_account_holds_the_settlement_and_lists_all_that_is_missing() -> None:
    books = book()
    lacking = replace(
        books,
        accounts=tuple(
            each
            for each in books.accounts
            if each.accounting_class not in {"referral_fee", "promo_discount"}
        ),
    )
    [held] = settle(settlement(SALE), lacking).held
    assert held.reason == "no_account"
    assert "`promo_discount,Amazon.co.uk,untaxed,,ACCOUNT,TAX_TYPE`" not in held.details
    assert "promo_discount,Amazon.co.uk,taxed" in held.details
    assert "referral_fee,Amazon.co.uk" in held.details


def test_a_settlement_that_ends_before_books_start_is_left_out_whole() -> None:
    outcome = settle(settlement(SALE), book(books_start=date(2026, 5, 16)))
    assert outcome.documents == []
    assert outcome.held == []
    assert proof_of(outcome).status == "left_out"


def test_a_row_of_another_marketplace_keeps_its_tracking_and_this_clearing_account() -> None:
    irish = replace(UK, marketplace_id="A28R8C7NBKEWEA", name="Amazon.ie", tracking_option="IE")
    outcome = settle(
        settlement(
            SALE + f"2026-05-05|Refund|ItemPrice|Principal|-2.00|order={ORDER} market=Amazon.ie"
        ),
        book(marketplaces=(UK, irish)),
    )
    [journal] = of_kind(outcome, Journal)
    refund = next(line for line in journal.lines if line.account == "refund")
    assert refund.tracking == (Tracking("Marketplace", "IE"),)
    assert journal.clearing_account == "clearing"


def test_non_amazon_rows_stay_with_the_settlements_marketplace() -> None:
    outcome = settle(
        settlement(
            SALE + "2026-05-05|Order|ShipmentFees|FBA transportation fee|-2.00|"
            "order=S01-1234567-1234567 market=Non-Amazon"
        ),
        book(),
    )
    assert balances(outcome)["fba_fulfilment_fee"] == 2


def test_a_settlement_that_names_no_marketplace_is_placed_by_its_currency_if_only_one_has_it() -> (
    None
):
    rows = "2026-05-02 | other-transaction | other-transaction | Storage Fee | -30.00 | market="
    assert proof_of(settle(settlement(rows), book())).marketplace == "Amazon.co.uk"
    twin = replace(UK, marketplace_id="A2", name="Amazon.ie")
    [held] = settle(settlement(rows), book(marketplaces=(UK, twin, DE))).held
    assert held.reason == "unclear_marketplace"


def test_a_settlement_of_a_marketplace_that_the_maps_lack_is_held() -> None:
    rows = SALE.replace("sku=CUP", "sku=CUP market=Amazon.ie")
    [held] = settle(settlement(rows), book()).held
    assert held.reason == "unclear_marketplace"
    assert "its rows name Amazon.ie" in held.details
    assert "`MARKETPLACE_ID,Amazon.ie,GBP,Amazon.ie,,CLEARING,BANK,`" in held.details
    assert "22.40 GBP" in held.details


def test_a_payout_without_a_deposit_date_is_held() -> None:
    [held] = settle(settlement(SALE, deposit=None), book()).held
    assert (held.reason, "deposit date" in held.details) == ("unreadable", True)


def test_a_difference_from_the_event_group_is_named_with_its_amount() -> None:
    outcome = settle(settlement(SALE), book(), group(original_total=Decimal("22.00")))
    [difference] = proof_of(outcome).differences
    assert (difference.name, difference.amount) == ("event_group_total", Decimal("0.40"))


def test_the_line_to_add_can_be_pasted_even_if_amazons_text_holds_a_comma() -> None:
    rows = SALE + "2026-05-06 | other-transaction | other-transaction | Fee, new | -1.00"
    [held] = settle(settlement(rows), book()).held
    assert '`other-transaction,other-transaction,"Fee, new",CLASS`' in held.details


def test_rows_take_the_account_that_is_valid_on_their_own_day() -> None:
    rows = """
        2026-05-03 | ServiceFee | Cost of Advertising | TransactionTotalAmount | -1.00
        2026-05-10 | ServiceFee | Cost of Advertising | TransactionTotalAmount | -2.00
        """
    changed = replace(rule("advertising", "ads_new"), valid_from=date(2026, 5, 10))
    books = book()
    outcome = settle(settlement(rows), replace(books, accounts=(*books.accounts, changed)))
    assert balances(outcome)["advertising"] == 1
    assert balances(outcome)["ads_new"] == 2
