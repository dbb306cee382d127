"""Every kind of settlement that is not plain sales, in both styles: it posts, and it nets out.

Each rule is one of the settlement fact sheet's oddities (section 1.3) or the design's section 12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from casebook import DE, ORDER, UK, balances, book, event_group, of_kind, proof_of, settlement

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import BankTransaction, Invoice, Journal
from transforms.ledger.outcome import Outcome
from transforms.ledger.posting import settle
from transforms.ledger.proof import EventGroup

Style = Literal["orders", "settlements"]
STYLES: tuple[Style, ...] = ("orders", "settlements")
both = pytest.mark.parametrize("style", STYLES)
OTHER = "other-transaction | other-transaction"

FAILED = event_group(fund_transfer_status="Failed")


def books(style: Style, *more: Marketplace) -> Book:
    return book(marketplaces=(replace(UK, posting=style), *more))


def sale(amount: str, day: str = "2026-05-03") -> str:
    return f"{day} | Order | ItemPrice | Principal | {amount} | order={ORDER} sku=CUP qty=1\n"


def fee(amount: str, day: str = "2026-05-03") -> str:
    return f"{day} | ServiceFee | Cost of Advertising | TransactionTotalAmount | {amount}\n"


def other(description: str, amount: str, day: str = "2026-05-04") -> str:
    return f"{day} | {OTHER} | {description} | {amount}\n"


def post(table: str, style: Style, group: EventGroup | None = None, **more: Any) -> Outcome:
    outcome = settle(settlement(table, **more), books(style), group)
    assert outcome.held == []
    proof = proof_of(outcome)
    assert proof.status == "tied"
    assert proof.difference == 0
    assert "clearing" not in balances(outcome)
    return outcome


def sums(outcomes: Iterable[Outcome]) -> dict[str, Decimal]:
    """What several settlements leave on each account; receivables of style settlements are paid."""
    found: dict[str, Decimal] = {}
    for outcome in outcomes:
        for account, amount in balances(outcome).items():
            found[account] = found.get(account, Decimal(0)) + amount
    return {account: amount for account, amount in found.items() if amount}


# -- months -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("may", "june", "deposit"),
    [("50.00", "30.00", "80.00"), ("50.00", "-30.00", "20.00"), ("-30.00", "50.00", "20.00")],
    ids=["both", "later-negative", "earlier-negative"],
)
def test_a_month_split_rolls_over_and_one_document_is_the_deposit(
    may: str, june: str, deposit: str
) -> None:
    rows = {
        day: (fee if amount.startswith("-") else sale)(amount, day)
        for day, amount in (("2026-05-30", may), ("2026-06-02", june))
    }
    outcome = post("".join(rows.values()), "settlements")
    first, last = of_kind(outcome, Invoice)
    assert [first.total, last.total] == [Decimal(0), Decimal(deposit)]
    assert "rollover" not in balances(outcome)
    assert (first.date, last.date) == (date(2026, 5, 30), date(2026, 6, 2))


def test_three_months_in_one_settlement_roll_over_to_the_last() -> None:
    outcome = post(
        sale("10.00", "2026-04-30") + fee("-4.00", "2026-05-15") + sale("6.00", "2026-06-01"),
        "settlements",
    )
    assert [each.total for each in of_kind(outcome, Invoice)] == [0, 0, Decimal("12.00")]
    assert "rollover" not in balances(outcome)


@both
def test_a_negative_settlement_over_a_month_end_carries_its_whole_debt(style: Style) -> None:
    outcome = post(sale("10.00", "2026-05-30") + fee("-40.00", "2026-06-02"), style)
    assert balances(outcome) == {
        "advertising": Decimal("40.00"),
        "carried_debt": Decimal("-30.00"),
        "sales": Decimal("-10.00"),
    }
    assert of_kind(outcome, BankTransaction) == []


def test_a_month_whose_rows_amount_to_nothing_makes_no_empty_invoice() -> None:
    nothing = fee("-2.00", "2026-05-30") + fee("2.00", "2026-05-31") + sale("7.00", "2026-06-02")
    [invoice] = of_kind(post(nothing, "settlements"), Invoice)
    assert invoice.document_id == "settlement:7001:2026-06"
    zero = sale("0.00", "2026-05-30") + sale("7.00", "2026-06-02")
    assert len(of_kind(post(zero, "settlements"), Invoice)) == 1


# -- deposits ---------------------------------------------------------------------------------


@both
def test_a_deposit_of_zero_makes_no_bank_transaction(style: Style) -> None:
    outcome = post(sale("5.00") + fee("-5.00"), style)
    assert of_kind(outcome, BankTransaction) == []
    for invoice in of_kind(outcome, Invoice):
        assert invoice.kind == "sale" or invoice.total == 0


@both
def test_a_settlement_of_zero_rows_makes_no_document(style: Style) -> None:
    empty = settlement("", "0.00")
    outcome = settle(empty, book(marketplaces=(replace(UK, posting=style),)))
    assert outcome.documents == []
    assert proof_of(outcome).status == "tied"


@both
@pytest.mark.parametrize("total", ["12.00", "-29.99"])
def test_a_settlement_without_orders_posts(style: Style, total: str) -> None:
    outcome = post(other("Subscription Fee", total), style)
    owed = "carried_debt" if total.startswith("-") else None
    assert balances(outcome)["subscription"] == -Decimal(total)
    if owed:
        assert balances(outcome)[owed] == Decimal(total)


# -- debt, charges, transfers -------------------------------------------------------------------


@both
def test_a_debt_charged_in_two_parts_leaves_nothing_but_the_fees_and_the_bank(
    style: Style,
) -> None:
    """The file of the fact sheet: -2308.12 carried over, cleared by 2 x 1154.06."""
    closed = post(fee("-2308.12"), style, settlement_id="7001")
    opened = post(
        other("Payable to Amazon", "-2308.12", "2026-05-15")
        + other("Successful charge", "1154.06", "2026-05-17")
        + other("Successful charge", "1154.06", "2026-05-24"),
        style,
        settlement_id="7002",
    )
    assert sums([closed, opened]) == {
        "advertising": Decimal("2308.12"),
        "bank": Decimal("-2308.12"),
    }
    charges = of_kind(opened, BankTransaction)
    assert [(each.kind, each.date.day) for each in charges] == [("spend", 17), ("spend", 24)]


@both
def test_a_debt_earned_back_by_later_sales_ends_at_zero(style: Style) -> None:
    chain = [
        post(fee("-30.00"), style),
        post(other("Payable to Amazon", "-30.00") + fee("-5.00"), style, settlement_id="7002"),
        post(other("Payable to Amazon", "-35.00") + sale("80.00"), style, settlement_id="7003"),
    ]
    found = sums(chain)
    assert "carried_debt" not in found
    assert found.get("bank", found.get("receivable")) == Decimal("45.00")


@both
def test_a_failed_transfer_waits_on_its_account_until_amazon_pays_it_again(style: Style) -> None:
    failed = post(sale("80.00"), style, FAILED)
    assert balances(failed)["failed_transfer"] == Decimal("80.00")
    assert of_kind(failed, BankTransaction) == []
    text = "Transfer of funds unsuccessful: the bank account on file could not be used"
    again = post(other(text, "80.00") + fee("-10.00"), style, settlement_id="7002")
    assert "failed_transfer" not in sums([failed, again])
    [named] = [each for each in proof_of(again).differences if each.name == "failed_transfer"]
    assert "80.00" in named.details


@both
def test_a_micro_deposit_is_a_cent_the_bank_saw(style: Style) -> None:
    table = sale("5.00") + "2026-05-05 | Transfers | Micro Deposit | Micro Deposit | -0.01\n"
    outcome = post(table, style)
    assert balances(outcome)["transfer"] == Decimal("0.01")


@both
def test_a_loan_is_a_liability_taken_up_and_paid_back(style: Style) -> None:
    taken = post("2026-05-05 | Loan | Loan | Loan Advance | 1000.00\n", style)
    repaid = post(
        sale("1200.00") + "2026-05-20 | Loan | Loan | Loan Payment | -1000.00\n",
        style,
        settlement_id="7002",
    )
    assert balances(taken)["loan"] == Decimal("-1000.00")
    assert "loan" not in sums([taken, repaid])
    capital = post(other("Amazon Capital Services", "-20.00") + sale("50.00"), style)
    assert balances(capital)["loan"] == Decimal("20.00")


# -- reserves and other accounts -----------------------------------------------------------------


@both
def test_reserves_chained_over_three_settlements_leave_the_last_one(style: Style) -> None:
    merged = [
        replace(rule, account="reserve") if rule.accounting_class.startswith("reserve_") else rule
        for rule in books(style).accounts
    ]
    chained = replace(books(style), accounts=tuple(merged))
    chain = [
        ("7001", sale("90.00") + other("Current Reserve Amount", "-50.00")),
        (
            "7002",
            other("Previous Reserve Amount Balance", "50.00")
            + sale("10.00")
            + other("Current Reserve Amount", "-60.00"),
        ),
        (
            "7003",
            other("Previous Reserve Amount Balance", "60.00")
            + other("Current Reserve Amount", "-15.00"),
        ),
    ]
    outcomes = [settle(settlement(table, settlement_id=name), chained) for name, table in chain]
    found = sums(outcomes)
    assert found["reserve"] == Decimal("15.00"), "what Amazon holds after the last"
    assert found.get("bank", found.get("receivable")) == Decimal("85.00")


@both
def test_cross_account_debt_clears_to_zero_over_the_sellers_marketplaces(style: Style) -> None:
    names = ("Amazon.de", "Amazon.fr", "Amazon.com.be")
    homes = [
        replace(DE, marketplace_id=name, name=name, posting=style, clearing_type="bank")
        for name in names
    ]
    held = book(marketplaces=tuple(homes))
    rows = {
        "Amazon.de": [("for FR", "-20.00"), ("for BE", "-5.00")],
        "Amazon.fr": [("against DE", "20.00")],
        "Amazon.com.be": [("against DE, FR", "5.00")],
    }
    outcomes = []
    for number, name in enumerate(names):
        table = fee("-1.00").replace("\n", f" | market={name}\n")
        table += "".join(
            "2026-05-04 | Debt Adjustment | Debt Adjustment | "
            f"Cross-Account Debt Adjustment {text} | {amount} | market={name}\n"
            for text, amount in rows[name]
        )
        made = settlement(table, currency="EUR", settlement_id=f"70{number}")
        outcomes.append(settle(made, held))
        assert outcomes[-1].held == []
    assert [balances(each)["cross_account_debt"] for each in outcomes] == [25, -20, -5]
    assert "cross_account_debt" not in sums(outcomes)


# -- orders of other shops ------------------------------------------------------------------------


@both
def test_multi_channel_fees_make_no_invoice_of_an_order(style: Style) -> None:
    mcf = (
        "2026-05-03 | Order | Shipment-Fees | FBA transportation fee | -5.50 "
        "| order=S01-1234567-1234567 sku=CUP qty=1 market=Non-Amazon"
    )
    outcome = post(mcf + "\n" + sale("20.00"), style)
    assert balances(outcome)["fba_fulfilment_fee"] == Decimal("5.50")
    assert not any("S01" in each.number for each in of_kind(outcome, Invoice))
    if style == "orders":
        [journal] = of_kind(outcome, Journal)
        assert journal.lines[0].account == "fba_fulfilment_fee"


# -- the proof of all of them ---------------------------------------------------------------------


@both
def test_every_class_is_traced_to_the_account_and_the_document_it_stands_on(style: Style) -> None:
    table = (
        sale("80.00", "2026-05-30")
        + f"2026-05-30 | Order | ItemPrice | Tax | 16.00 | order={ORDER} sku=CUP qty=1\n"
        + fee("-5.00", "2026-06-02")
        + other("Current Reserve Amount", "-11.00", "2026-06-03")
    )
    proof = proof_of(post(table, style))
    found = {each.place.accounting_class: each for each in proof.postings}
    assert {name: each.amount for name, each in found.items()} == {
        each.accounting_class: each.amount for each in proof.classes
    }
    assert (found["tax_collected"].place.component, found["tax_collected"].place.account) == (
        "sales",
        "sales",
    )
    documents = {each.document_id for each in proof.documents}
    named = {each.place.document_id for each in proof.postings} - {None}
    assert named <= documents
    if style == "orders":
        assert found["sales"].place.stream == "invoices"
        assert found["sales"].place.document_id is None, "of the orders together"
        assert found["advertising"].place.document_id == "journal:7001:2026-06"
    else:
        assert found["sales"].place.document_id == "settlement:7001:2026-05"
    assert sum(each.amount for each in proof.documents if each.stream != "bank_transactions") == 80


def test_facilitator_tax_that_nets_to_zero_is_traced_to_no_document() -> None:
    table = (
        sale("20.00")
        + f"2026-05-03 | Order | ItemPrice | Tax | 4.00 | order={ORDER} sku=CUP qty=1\n"
        + f"2026-05-03 | Order | ItemWithheldTax | MarketplaceFacilitatorVAT-Principal | -4.00 "
        f"| order={ORDER} sku=CUP qty=1\n"
    )
    proof = proof_of(post(table, "orders"))
    netted = [each for each in proof.postings if each.place.stream is None]
    assert {each.place.accounting_class: each.amount for each in netted} == {
        "tax_collected": Decimal("4.00"),
        "tax_withheld": Decimal("-4.00"),
    }


def test_a_document_in_the_proof_has_its_own_total_and_currency() -> None:
    proof = proof_of(post(sale("20.00") + fee("-5.00"), "orders"))
    totals = {each.stream: (each.total, each.currency) for each in proof.documents}
    assert totals == {
        "invoices": (Decimal("20.00"), "GBP"),
        "payments": (Decimal("20.00"), "GBP"),
        "journals": (Decimal("5.00"), "GBP"),
        "bank_transactions": (Decimal("15.00"), "GBP"),
    }
