"""Bank transfers, and a clearing account that is a bank account: no journal may touch it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from casebook import DE, book, event_group, settlement
from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    invoice,
    journal,
    journal_line,
    order_id,
    payment,
    payout,
    transfer,
)

from books import State
from target_xero.tally import Did
from transforms.ledger.posting import settle
from transforms.written import document_record

ORDER = order_id(1)
LINES = [journal_line("401", "2.40", "INPUT2"), journal_line("098", "-2.40")]


@pytest.fixture
def euro(desk: Desk) -> Desk:
    """A seller whose clearing account 098 is a bank account in euro."""
    details = {"BankAccountNumber": "DE1", "BankAccountType": "BANK", "CurrencyCode": "EUR"}
    desk.organisation.add_account("098", "Amazon Clearing Germany", "BANK", **details)
    return desk


def settled(lines: list[dict[str, Any]] | None = None, **more: Any) -> list[Recorded]:
    euro = {"currency": "EUR"}
    paid_out = payout("S1", bank_account="095", **euro, **more)
    paid_out[1]["lines"][0]["account"] = "098"
    return [
        invoice(ORDER, **euro),
        payment(ORDER, "S1", account="098", **euro),
        journal("S1", lines=lines or LINES, clearing_account="098", **euro),
        paid_out,
    ]


def test_a_journal_is_money_spent_and_a_payout_a_transfer(euro: Desk) -> None:
    tally = euro.post(*settled())
    assert tally.summary() == ("posted 1 invoice, 1 payment, 1 bank transaction, 1 bank transfer")
    (spent,) = euro.organisation.bank_transactions
    assert (spent["Type"], spent["Total"]) == ("SPEND", Decimal("2.40"))
    assert spent["Reference"].endswith("fees of 2026-04 [amz:journal:S1:2026-04]")
    assert spent["Contact"]["Name"] == "Amazon.co.uk"
    assert spent["LineItems"][0]["TaxType"] == "INPUT2"
    (moved,) = euro.organisation.bank_transfers
    assert moved["Reference"] == "Amazon.co.uk settlement S1 [amz:payout:S1]"
    by_currency = euro.organisation.trial_balance(currency=True)
    assert by_currency.get(("098", "EUR"), 0) == 0, "clearing returns to zero"
    assert by_currency["095", "EUR"] == Decimal("9.60")


def test_a_journal_that_brings_money_is_received(euro: Desk) -> None:
    lines = [journal_line("270", "-3.00"), journal_line("098", "3.00")]
    euro.post(*settled(lines))
    (got,) = euro.organisation.bank_transactions
    assert (got["Type"], got["Total"]) == ("RECEIVE", Decimal("3.00"))


def test_a_charge_moves_money_the_other_way(euro: Desk) -> None:
    euro.post(*settled(kind="spend"))
    (moved,) = euro.organisation.bank_transfers
    assert (moved["FromBankAccount"]["Code"], moved["ToBankAccount"]["Code"]) == ("095", "098")


def test_the_same_again_makes_no_call_beyond_the_organisation(euro: Desk) -> None:
    euro.post(*settled())
    mark = euro.mark
    tally = euro.post(*settled())
    assert [each.path for each in euro.calls(mark)] == ["/api.xro/2.0/Organisation"]
    assert tally.count(Did.UNCHANGED) == 4


def test_a_changed_journal_updates_what_was_spent(euro: Desk) -> None:
    euro.post(*settled())
    lines = [journal_line("402", "2.40", "INPUT2"), journal_line("098", "-2.40")]
    assert euro.post(*settled(lines)).count(Did.UPDATED) == 1
    assert euro.documents()["BankTransactions"] == {"AUTHORISED": 1}


def test_lost_books_adopt_everything(euro: Desk) -> None:
    euro.post(*settled(), transfer())
    mark = euro.mark
    euro.lose_books()
    tally = euro.post(*settled(), transfer())
    assert euro.writes(mark) == []
    assert tally.count(Did.ADOPTED) == 5


@pytest.mark.parametrize("resource", ["BankTransactions", "BankTransfers"])
@pytest.mark.parametrize("fault", ["drop_response", "error_after_commit", "truncate"])
def test_a_lost_answer_posts_nothing_twice(euro: Desk, resource: str, fault: str) -> None:
    arguments: dict[str, list[Any]] = {"error_after_commit": [500], "truncate": [40]}
    made = getattr(euro.organisation.faults, fault)
    made(*arguments.get(fault, []), method="PUT", path=f"*/{resource}")
    euro.post(*settled())
    assert_once(euro)


@pytest.mark.parametrize("resource", ["BankTransactions", "BankTransfers"])
@pytest.mark.parametrize("is_done", [True, False], ids=["committed", "never"])
def test_a_run_that_dies_is_taken_up_by_the_next(euro: Desk, resource: str, is_done: bool) -> None:
    faults = euro.organisation.faults
    if is_done:
        fault = faults.drop_response(method="PUT", path=f"*/{resource}", times=2)
        down = faults.respond(500, method="GET", path=f"*/{resource}", nth=2, times=None)
    else:
        fault = down = faults.respond(500, method="PUT", path=f"*/{resource}", times=None)
    with pytest.raises(Exception, match=resource):
        euro.post(*settled())
    fault.times = down.times = 0
    euro.organisation.clock.advance(minutes=10)
    euro.post(*settled())
    assert_once(euro)


def assert_once(euro: Desk) -> None:
    assert euro.documents()["BankTransactions"] == {"AUTHORISED": 1}
    assert euro.documents()["BankTransfers"] == {"AUTHORISED": 1}
    assert {each.state for each in euro.postings()} == {State.POSTED}


def test_a_transfer_is_posted_and_never_changed(desk: Desk) -> None:
    desk.post(transfer())
    assert desk.balance() == {"090": Decimal("-5.00"), "097": Decimal("5.00")}
    mark = desk.mark
    tally = desk.post(transfer(amount="6.00"))
    assert desk.writes(mark) == []
    assert "Xero never changes a bank transfer" in tally.lines[0]


def test_a_bad_transfer_does_not_cost_its_neighbours(desk: Desk) -> None:
    """Xero takes transfers all or none, so the batch is halved down to the one at fault."""
    transfers = [transfer(f"T{number}") for number in range(1, 5)]
    tally = desk.post(*transfers, transfer("T9", to_account="090"))
    assert desk.documents() == {"BankTransfers": {"AUTHORISED": 4}}
    (line,) = tally.lines
    assert "Next: give clearing and bank_account two accounts." in line


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (transfer(to_account="610"), "no bank account with the code or name `610`"),
        (transfer(to_account="095"), "the bank account `095` is in EUR, the document in GBP"),
    ],
)
def test_a_transfer_needs_two_bank_accounts_of_its_currency(
    desk: Desk, bad: Recorded, words: str
) -> None:
    assert words in desk.post(bad).lines[0]
    assert desk.writes() == []


def test_a_deleted_transfer_stays_deleted(desk: Desk) -> None:
    desk.post(transfer())
    (moved,) = desk.organisation.bank_transfers
    desk.organisation.save(desk.organisation.bank_transfers, {**moved, "Status": "DELETED"})
    desk.lose_books()
    mark = desk.mark
    tally = desk.post(transfer())
    assert desk.writes(mark) == []
    assert "a person has set it to DELETED in Xero; it stays so" in tally.lines[0]


def test_a_transfer_of_lost_books_that_differs_is_left_alone(desk: Desk) -> None:
    desk.post(transfer())
    desk.lose_books()
    tally = desk.post(transfer(amount="6.00"))
    assert "Amount is 5.00 in Xero, 6.00 here" in tally.lines[0]


SETTLED = f"""
2026-04-03 | Order | ItemPrice | Principal | 12.00 | order={ORDER} sku=CUP qty=1 market=Amazon.de
2026-04-03 | Order | ItemFees | Commission | -2.40 | order={ORDER} sku=CUP qty=1 market=Amazon.de
"""
PAID = event_group(currency="EUR", converted_total=Decimal("8.20"), converted_currency="GBP")


def made_by_the_mapper(bank_account: str, bank_currency: str = "") -> list[Recorded]:
    """What the mapper makes of a German settlement that is cleared at bank account 098."""
    germany = replace(
        DE,
        posting="orders",
        clearing_account="098",
        clearing_type="bank",
        bank_account=bank_account,
        bank_currency=bank_currency,
        contact="Amazon.de",
    )
    made = book(marketplaces=(germany,), unmapped_sku="no_item", skus=(), tracking_category="")
    accounts = {"sales": "200", "referral_fee": "401", "currency_conversion": "498"}
    rules = tuple(
        replace(rule, account=accounts.get(rule.accounting_class, rule.account))
        for rule in made.accounts
    )
    outcome = settle(settlement(SETTLED, currency="EUR"), replace(made, accounts=rules), PAID)
    return [document_record(document) for document in outcome.documents]


def test_a_settlement_in_euro_posted_order_by_order_leaves_its_bank_clearing_at_zero(
    euro: Desk,
) -> None:
    tally = euro.post(*made_by_the_mapper("095"))
    assert tally.summary() == "posted 1 invoice, 1 payment, 1 bank transaction, 1 bank transfer"
    found = euro.organisation.trial_balance(currency=True)
    assert found.get(("098", "EUR"), 0) == 0
    assert found["095", "EUR"] == Decimal("9.60")


def test_a_deposit_that_amazon_converted_is_received_in_pounds_and_clearing_is_zero_in_euro(
    euro: Desk,
) -> None:
    euro.organisation.add_account("498", "Currency conversion", "CURRENT")
    documents = made_by_the_mapper("090", "GBP")
    tally = euro.post(*documents)
    assert tally.summary() == "posted 1 invoice, 1 payment, 3 bank transactions"
    found = euro.organisation.trial_balance(currency=True)
    assert found.get(("098", "EUR"), 0) == 0
    assert found["090", "GBP"] == Decimal("8.20")
    mark = euro.mark
    assert euro.post(*documents).count(Did.UNCHANGED) == 5
    assert euro.writes(mark) == []
