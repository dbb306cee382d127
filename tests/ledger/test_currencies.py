"""Settlements in another currency than the books', and deposits in another than the settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from casebook import DE, ORDER, UK, balances, book, event_group, of_kind, proof_of, settlement

from transforms.days import day_in
from transforms.ledger.documents import BankTransaction, Invoice, Journal, Payment
from transforms.ledger.posting import settle
from transforms.ledger.proof import EventGroup

EURO = f"""
2026-05-03 | Order | ItemPrice | Principal | 120.00 | order={ORDER} sku=CUP qty=1 market=Amazon.de
2026-05-03 | Order | ItemFees | Commission | -20.00 | order={ORDER} sku=CUP qty=1 market=Amazon.de
"""
GERMANY = replace(DE, posting="orders", clearing_type="bank")
CONVERTED = replace(GERMANY, bank_currency="GBP")


def group(**changes: object) -> EventGroup:
    paid = {"converted_total": Decimal("85.42"), "converted_currency": "GBP", "currency": "EUR"}
    return event_group(**{**paid, **changes})


def test_in_style_orders_every_document_is_in_the_settlements_currency() -> None:
    outcome = settle(settlement(EURO, currency="EUR"), book(marketplaces=(UK, GERMANY)))
    assert {document.currency for document in outcome.documents} == {"EUR"}
    assert balances(outcome) == {
        "bank_de": Decimal("100.00"),
        "referral_fee": Decimal("20.00"),
        "sales": Decimal("-120.00"),
    }
    [journal] = of_kind(outcome, Journal)
    assert journal.clearing_account == "clearing_de", "by which a target knows its bank account"


def test_a_converted_deposit_is_what_amazon_says_it_paid() -> None:
    outcome = settle(settlement(EURO, currency="EUR"), book(marketplaces=(UK, CONVERTED)), group())
    spent, received = of_kind(outcome, BankTransaction)
    assert (spent.kind, spent.bank_account, spent.currency, spent.total) == (
        "spend",
        "clearing_de",
        "EUR",
        Decimal("100.00"),
    )
    assert (received.kind, received.bank_account, received.currency, received.total) == (
        "receive",
        "bank_de",
        "GBP",
        Decimal("85.42"),
    )
    assert spent.lines[0].account == received.lines[0].account == "currency_conversion"
    assert "100.00 EUR paid out as 85.42 GBP" in received.reference
    [payment] = of_kind(outcome, Payment)
    [journal] = of_kind(outcome, Journal)
    cleared = sum(line.amount for line in journal.lines if line.account == "clearing_de")
    assert payment.amount + cleared - spent.total == 0, "clearing is at zero in euro"
    assert proof_of(outcome).difference == 0


def test_a_base_currency_settlement_paid_to_a_euro_account_leaves_clearing_by_a_journal() -> None:
    uk = replace(UK, bank_currency="EUR")
    table = EURO.replace("Amazon.de", "Amazon.co.uk")
    euro = group(currency="GBP", converted_total=Decimal("117.00"), converted_currency="EUR")
    outcome = settle(settlement(table), book(marketplaces=(uk, DE)), euro)
    [conversion] = [
        each for each in of_kind(outcome, Journal) if each.document_id == "conversion:7001"
    ]
    assert {line.account: line.amount for line in conversion.lines} == {
        "currency_conversion": Decimal("100.00"),
        "clearing": Decimal("-100.00"),
    }
    [received] = of_kind(outcome, BankTransaction)
    assert (received.currency, received.total) == ("EUR", Decimal("117.00"))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "no event group of it was read"),
        (group(converted_total=None), "event group G1 says no converted total"),
        (group(converted_currency="USD"), "event group G1 says 85.42 USD"),
        (group(converted_total=Decimal("0.00")), "event group G1 says 0.00 GBP"),
    ],
)
def test_without_amazons_converted_total_the_settlement_waits(
    found: EventGroup | None, words: str
) -> None:
    outcome = settle(settlement(EURO, currency="EUR"), book(marketplaces=(UK, CONVERTED)), found)
    assert outcome.documents == []
    assert outcome.held[0].reason == "no_conversion"
    assert words in outcome.held[0].details


def test_a_charge_that_amazon_does_not_convert_is_refused_with_the_next_step() -> None:
    charged = EURO + (
        "2026-05-04 | other-transaction | other-transaction | Successful charge | 30.00 "
        "| market=Amazon.de"
    )
    outcome = settle(
        settlement(charged, currency="EUR"), book(marketplaces=(UK, CONVERTED)), group()
    )
    assert "leave bank_currency blank" in outcome.held[0].details


def test_a_charge_without_a_bank_account_names_its_rows_and_the_cell_to_fill() -> None:
    charged = EURO + (
        "2026-05-04 | other-transaction | other-transaction | Successful charge | 30.00\n"
        "2026-05-05 | other-transaction | other-transaction | Successful charge | 12.00\n"
    )
    books = book(marketplaces=(UK, replace(DE, bank_account="")))
    [held] = settle(settlement(charged, currency="EUR"), books).held
    first = 3 + len(EURO.strip().splitlines())
    assert held.details == (
        "report R1: Amazon.de was charged at a card or bank account: name it as bank_account of "
        f"Amazon.de in marketplaces.csv (row {first} and 1 more, 42.00)"
    )


def test_style_settlements_says_what_the_bank_saw_in_the_reference() -> None:
    crossing = EURO.replace("2026-05-03 | Order | ItemFees", "2026-06-01 | Order | ItemFees")
    may, june = of_kind(settle(settlement(crossing, currency="EUR"), book(), group()), Invoice)
    assert "paid out" not in may.reference
    assert june.reference == "Amazon.de settlement 7001, 2026-06, paid out as 85.42 GBP"


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "100.50"), ("GBP", "1.005")])
def test_an_amount_finer_than_the_currency_has_holds_the_settlement(
    currency: str, amount: str
) -> None:
    home = replace(UK, currency=currency)
    table = f"2026-05-03 | Order | ItemPrice | Principal | {amount} | order={ORDER} sku=CUP qty=1"
    books = book(marketplaces=(home,), base_currency=currency)
    outcome = settle(settlement(table, currency=currency), books)
    assert outcome.documents == []
    assert outcome.held[0].reason == "gate"
    assert f"{amount} {currency} is finer than" in outcome.held[0].details


def test_yen_written_with_decimals_are_whole_yen() -> None:
    home = replace(UK, currency="JPY")
    table = f"2026-05-03 | Order | ItemPrice | Principal | 1000.00 | order={ORDER} sku=CUP qty=3"
    books = book(marketplaces=(home,), base_currency="JPY")
    [invoice] = of_kind(settle(settlement(table, currency="JPY"), books), Invoice)
    assert invoice.total == 1000


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        # Clocks go forward in London on 29 March 2026, 01:00 UTC, and back on 25 October.
        ("Europe/London", "2026-03-31T22:59:59Z", date(2026, 3, 31)),
        ("Europe/London", "2026-03-31T23:00:00Z", date(2026, 4, 1)),
        ("Europe/London", "2026-10-24T23:30:00Z", date(2026, 10, 25)),
        ("Europe/London", "2026-10-25T23:30:00Z", date(2026, 10, 25)),
        ("Europe/London", "2026-10-31T23:30:00Z", date(2026, 10, 31)),
        # Sydney leaves summer time on 5 April 2026, 03:00 local, and enters it on 4 October.
        ("Australia/Sydney", "2026-03-31T13:00:00Z", date(2026, 4, 1)),
        ("Australia/Sydney", "2026-03-31T12:59:59Z", date(2026, 3, 31)),
        ("Australia/Sydney", "2026-09-30T13:59:59Z", date(2026, 9, 30)),
        ("Australia/Sydney", "2026-09-30T14:00:00Z", date(2026, 10, 1)),
        # Tokyo has none; Los Angeles is on the day before.
        ("Asia/Tokyo", "2026-07-17T21:10:00Z", date(2026, 7, 18)),
        ("America/Los_Angeles", "2026-11-01T06:59:59Z", date(2026, 10, 31)),
        ("America/Los_Angeles", "2026-12-01T07:59:59Z", date(2026, 11, 30)),
        # A row without an offset is UTC.
        ("Asia/Tokyo", "2026-07-17T21:10:00", date(2026, 7, 18)),
    ],
)
def test_the_day_of_a_row_is_the_organisations_on_both_sides_of_a_clock_change(
    zone: str, instant: str, day: date
) -> None:
    assert day_in(ZoneInfo(zone), instant) == day
