"""What holds for every settlement, whatever its rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from casebook import DE, UK, balances, book, of_kind, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ledger.book import Marketplace
from transforms.ledger.catalogue import Catalogue, Rule
from transforms.ledger.documents import BankTransaction, Invoice
from transforms.ledger.money import price_per_unit, round_cents
from transforms.ledger.outcome import Outcome
from transforms.ledger.posting import settle
from transforms.ledger.settlement import Header, Row, Settlement
from transforms.maps.load import shipped_rules

KNOWN = [
    rule.triple
    for rule in shipped_rules()
    if not rule.has_wildcard and rule.accounting_class not in {"suspense", "debt_payment"}
]
# A fee tax without a fee needs an account of its own; the tables of examples show it held.
FEE_TAX = rule("fee_tax", "fee_tax")
CENTS = st.integers(-50_000, 50_000).map(lambda cents: Decimal(cents) / 100)
DAYS = st.integers(0, 45).map(lambda days: date(2026, 4, 10) + timedelta(days=days))


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    orders = [f"026-{n:07d}-0000000" for n in range(4)]
    return [
        Row(
            number=number,
            triple=draw(st.sampled_from(KNOWN)),
            order_id=draw(st.sampled_from([*orders, "", "FBA19ABC"])),
            item="",
            sku=draw(st.sampled_from(["CUP", "TOY", ""])),
            marketplace=draw(st.sampled_from(["", "NAMED", "Non-Amazon"])),
            day=draw(DAYS),
            amount=draw(CENTS),
            quantity=draw(st.integers(0, 3)),
        )
        for number in range(draw(st.integers(1, 25)))
    ]


def folded(made: list[Row], marketplace: str, currency: str) -> Settlement:
    settlement = Settlement("7001")
    for row in made:
        name = marketplace if row.marketplace == "NAMED" else row.marketplace
        settlement.add(row._replace(marketplace=name))
    settlement.header = Header(
        "7001",
        currency,
        sum((row.amount for row in made), Decimal(0)),
        "2026-04-10T00:00:00Z",
        "2026-05-26T00:00:00Z",
        date(2026, 5, 26),
        date(2026, 5, 28),
        "R1",
        "c0ffee",
    )
    return settlement


@settings(max_examples=150, deadline=None)
@given(rows())
def test_in_style_orders_clearing_ends_at_zero_and_the_bank_has_the_deposit(
    made: list[Row],
) -> None:
    settlement = folded(made, UK.name, "GBP")
    outcome = settle(settlement, book(FEE_TAX, skus=("CUP", "TOY", "")))
    left = balances(outcome)
    assert outcome.held == []
    assert left.get("clearing", Decimal(0)) == 0
    assert left.get("receivable", Decimal(0)) == 0
    assert left.get("bank", Decimal(0)) == max(settlement.closed.total, Decimal(0))
    assert sum(left.values()) == 0


@settings(max_examples=150, deadline=None)
@given(rows())
def test_in_style_settlements_the_invoices_total_the_deposit(made: list[Row]) -> None:
    settlement = folded(made, DE.name, "EUR")
    outcome = settle(settlement, book(FEE_TAX))
    invoices = of_kind(outcome, Invoice)
    assert sum(invoice.total for invoice in invoices) == max(settlement.closed.total, Decimal(0))
    assert all(invoice.total == 0 for invoice in invoices[:-1])
    assert "rollover" not in balances(outcome)


STYLES = st.sampled_from([(UK, "GBP"), (DE, "EUR")])
# What a style needs to move money; every other account is a class's own.
PLUMBING = {"clearing", "clearing_de", "bank", "bank_de", "receivable"}


def own(outcome: Outcome) -> dict[str, Decimal]:
    """The balances that a style of posting may not change."""
    return {name: left for name, left in balances(outcome).items() if name not in PLUMBING}


@settings(max_examples=50, deadline=None)
@given(rows())
def test_the_style_of_posting_never_moves_a_cent(made: list[Row]) -> None:
    books = book(FEE_TAX, skus=("CUP", "TOY", ""))
    by_orders = settle(folded(made, UK.name, "GBP"), books)
    by_settlement = settle(folded(made, DE.name, "EUR"), books)
    assert own(by_orders) == own(by_settlement)


@settings(max_examples=50, deadline=None)
@given(rows(), DAYS, STYLES)
def test_a_month_end_never_moves_a_cent(
    made: list[Row], day: date, where: tuple[Marketplace, str]
) -> None:
    marketplace, currency = where
    books = book(FEE_TAX, skus=("CUP", "TOY", ""))
    on_one_day = [row._replace(day=day) for row in made]
    across = settle(folded(made, marketplace.name, currency), books)
    within = settle(folded(on_one_day, marketplace.name, currency), books)
    assert balances(across) == balances(within)


@settings(max_examples=50, deadline=None)
@given(rows(), st.data(), STYLES)
def test_a_held_settlement_mapped_later_is_what_it_would_have_been_at_once(
    made: list[Row], data: st.DataObject, where: tuple[Marketplace, str]
) -> None:
    marketplace, currency = where
    missing = data.draw(st.sampled_from([row.triple for row in made]))
    complete = book(FEE_TAX, skus=("CUP", "TOY", ""))
    lacking = replace(complete, catalogue=Catalogue(shipped_rules(), [Rule(missing, "suspense")]))
    held = settle(folded(made, marketplace.name, currency), lacking)
    assert held.documents == []
    [waiting] = held.held
    assert waiting.record is not None
    kept = json.loads(json.dumps(waiting.record["settlement"]))
    later = settle(Settlement.from_record(kept), complete)
    at_once = settle(folded(made, marketplace.name, currency), complete)
    assert later.documents == at_once.documents
    assert later.proof == at_once.proof


@settings(max_examples=60, deadline=None)
@given(rows(), st.randoms(use_true_random=False), STYLES)
def test_the_order_of_rows_changes_no_balance(
    made: list[Row], shuffler: object, where: tuple[Marketplace, str]
) -> None:
    marketplace, currency = where
    shuffled = list(made)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    books = book(FEE_TAX, skus=("CUP", "TOY", ""))
    before = settle(folded(made, marketplace.name, currency), books)
    after = settle(folded(shuffled, marketplace.name, currency), books)
    assert balances(before) == balances(after)
    assert {d.document_id for d in before.documents} == {d.document_id for d in after.documents}


@settings(max_examples=60, deadline=None)
@given(rows())
def test_a_settlement_survives_being_held_as_json(made: list[Row]) -> None:
    settlement = folded(made, UK.name, "GBP")
    replayed = Settlement.from_record(json.loads(json.dumps(settlement.to_record())))
    assert replayed == settlement


@settings(max_examples=60, deadline=None)
@given(rows(), CENTS.filter(bool))
def test_any_wrong_total_posts_nothing(made: list[Row], wrong: Decimal) -> None:
    settlement = folded(made, UK.name, "GBP")
    header = settlement.closed
    settlement.header = Header(
        **{name: getattr(header, name) for name in Header.__dataclass_fields__ if name != "total"},
        total=header.total + wrong,
    )
    outcome = settle(settlement, book())
    assert outcome.documents == []
    assert of_kind(outcome, BankTransaction) == []


@given(CENTS, st.integers(0, 5000))
def test_a_unit_price_multiplies_back_to_its_line(amount: Decimal, quantity: int) -> None:
    units, price = price_per_unit(amount, quantity)
    assert round_cents(units * price) == amount
    assert price == price.quantize(Decimal("0.0001"))
