from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from casebook import DE, ORDER, UK, balances, book, of_kind, rule, settlement

from transforms.ledger.documents import BankTransaction, Invoice, Journal, Payment
from transforms.ledger.posting import settle

TWO_MONTHS = f"""
2026-04-28 | Order | ItemPrice | Principal | 100.00 | order={ORDER} sku=CUP qty=4 market=Amazon.de
2026-04-28 | Order | ItemPrice | Tax       |  19.00 | order={ORDER} sku=CUP qty=4 market=Amazon.de
2026-04-28 | Order | ItemFees  | Commission| -15.00 | order={ORDER} sku=CUP qty=4 market=Amazon.de
2026-05-02 | Order | ItemPrice | Principal |  40.00 | order={ORDER} sku=NEW qty=1 market=Amazon.de
2026-05-03 | ServiceFee | Cost of Advertising | TransactionTotalAmount | -4.00 | market=Amazon.de
"""


def test_one_invoice_whose_total_is_the_deposit() -> None:
    rows = "\n".join(TWO_MONTHS.splitlines()[:4])
    [invoice] = of_kind(settle(settlement(rows, currency="EUR"), book()), Invoice)
    assert invoice.number == "AMZ-7001-2026-04"
    assert invoice.total == Decimal("104.00")
    assert invoice.due_date == date(2026, 5, 20)
    assert {line.account: line.amount for line in invoice.lines} == {
        "sales": Decimal("119.00"),
        "referral_fee": Decimal("-15.00"),
    }


def test_across_a_month_end_the_earlier_part_is_zero_and_the_last_is_the_deposit() -> None:
    outcome = settle(settlement(TWO_MONTHS, "140.00", currency="EUR"), book())
    april, may = of_kind(outcome, Invoice)
    assert (april.total, may.total) == (Decimal("0.00"), Decimal("140.00"))
    assert (april.date, may.date) == (date(2026, 4, 28), date(2026, 5, 3))
    assert [line.amount for line in april.lines if line.account == "rollover"] == [
        Decimal("-104.00")
    ]
    assert [line.amount for line in may.lines if line.account == "rollover"] == [Decimal("104.00")]
    assert "rollover" not in balances(outcome)
    assert outcome.proof is not None
    assert outcome.proof.difference == 0


def test_the_rollover_line_is_untaxed_and_carries_the_settlements_tracking() -> None:
    april, _ = of_kind(settle(settlement(TWO_MONTHS, currency="EUR"), book()), Invoice)
    [line] = [line for line in april.lines if line.account == "rollover"]
    assert line.tax_type == "NONE"
    assert [each.option for each in line.tracking] == ["DE"]


def test_an_unmapped_sku_takes_its_classs_account() -> None:
    outcome = settle(settlement(TWO_MONTHS, currency="EUR"), book(skus=()))
    assert outcome.held == []
    assert balances(outcome)["sales"] == Decimal("-159.00")


def test_no_payment_no_journal_no_payout_is_made() -> None:
    outcome = settle(settlement(TWO_MONTHS, currency="EUR"), book())
    for kind in (Payment, Journal, BankTransaction):
        assert of_kind(outcome, kind) == []


def test_a_negative_settlement_totals_zero_and_carries_its_debt() -> None:
    outcome = settle(
        settlement(
            "2026-05-02|ServiceFee|Cost of Advertising|TransactionTotalAmount|-9.00|"
            "market=Amazon.de",
            currency="EUR",
        ),
        book(),
    )
    [invoice] = of_kind(outcome, Invoice)
    assert invoice.total == 0
    assert balances(outcome) == {"advertising": Decimal(9), "carried_debt": Decimal(-9)}


def test_a_successful_charge_is_spent_beside_the_invoice() -> None:
    outcome = settle(
        settlement(
            """
            2026-05-01|other-transaction|other-transaction|Payable to Amazon|-60.00|market=Amazon.de
            2026-05-04|other-transaction|other-transaction|Successful charge|60.00|market=Amazon.de
            """,
            currency="EUR",
        ),
        book(rule("debt_payment", "830")),
    )
    [charge] = of_kind(outcome, BankTransaction)
    assert (charge.kind, charge.bank_account, charge.total) == ("spend", "bank_de", Decimal(60))
    assert "830" not in balances(outcome)


CHARGED = "2026-05-04|other-transaction|other-transaction|Successful charge|60.00|market=Amazon.de"


def test_a_charge_without_a_bank_account_or_paid_in_another_currency_holds_the_settlement() -> None:
    for german, reason, words in (
        (replace(DE, bank_account=""), "no_account", "name it as bank_account of Amazon.de"),
        (replace(DE, bank_currency="GBP"), "no_conversion", "60.00 EUR was charged to a card"),
    ):
        books = book(marketplaces=(UK, german))
        outcome = settle(settlement(CHARGED, currency="EUR"), books)
        [held] = outcome.held
        assert (held.reason, outcome.documents) == (reason, [])
        assert words in held.details


def test_without_a_rollover_account_a_crossing_settlement_is_held_with_the_line_to_add() -> None:
    books = book(rule("rollover", ""))
    [held] = settle(settlement(TWO_MONTHS, currency="EUR"), books).held
    assert held.reason == "no_account"
    assert "`rollover,,,,ACCOUNT,NONE`" in held.details


def test_a_tax_class_with_an_account_of_its_own_is_a_line_of_its_own() -> None:
    outcome = settle(
        settlement(TWO_MONTHS, currency="EUR"),
        book(rule("tax_collected", "vat_de", marketplace="Amazon.de")),
    )
    assert balances(outcome)["vat_de"] == -19
    assert balances(outcome)["sales"] == -140


FACILITATED = f"""
2026-05-02|Order|ItemPrice|Principal|40.00|order={ORDER} sku=CUP qty=1 market=Amazon.de
2026-05-02|Order|ItemPrice|Tax|7.60|order={ORDER} sku=CUP qty=1 market=Amazon.de
2026-05-02|Order|ItemWithheldTax|MarketplaceFacilitatorVAT-Principal|{{withheld}}|order={ORDER} sku=CUP market=Amazon.de
"""  # noqa: E501


def test_facilitator_tax_that_nets_to_zero_vanishes_even_if_one_side_has_an_account() -> None:
    outcome = settle(
        settlement(FACILITATED.format(withheld="-7.60"), currency="EUR"),
        book(rule("tax_collected", "vat_de")),
    )
    assert balances(outcome) == {"receivable": Decimal("40.00"), "sales": Decimal("-40.00")}


def test_facilitator_tax_that_does_not_net_meets_on_one_account() -> None:
    outcome = settle(
        settlement(FACILITATED.format(withheld="-7.00"), currency="EUR"),
        book(rule("tax_collected", "vat_de")),
    )
    assert balances(outcome)["vat_de"] == Decimal("-0.60")
    assert balances(outcome)["sales"] == Decimal("-40.00")
