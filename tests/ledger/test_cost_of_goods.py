from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from casebook import DE, ORDER, OTHER_ORDER, book, of_kind, proof_of, rule, settlement
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ledger.book import Book, Sku
from transforms.ledger.documents import Journal
from transforms.ledger.money import minor_unit, round_to
from transforms.ledger.posting import settle

SALES = f"""
2026-05-03 | Order | ItemPrice | Principal  | 20.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemPrice | Tax        |  4.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemFees  | Commission | -3.60 | order={ORDER} sku=CUP qty=2
2026-05-04 | Order | ItemPrice | Principal  |  0.00 | order={OTHER_ORDER} sku=TOY qty=1
"""
REFUND = f"""
2026-05-09 | Refund | ItemPrice | Principal | -10.00 | order={ORDER} sku=CUP qty=1
"""


def sku(name: str, cost: str | None, marketplace: str = "", **more: Any) -> Sku:
    unit_cost = None if cost is None else Decimal(cost)
    return Sku(name, marketplace, f"ITEM-{name}", "", "", unit_cost=unit_cost, **more)


def costed(*skus: Sku, **choices: Any) -> Book:
    return replace(book(**choices), skus=skus or (sku("CUP", "3.1050"), sku("TOY", "1.25")))


def cost_journals(table: str, books: Book, **more: Any) -> list[Journal]:
    made = of_kind(settle(settlement(table, **more), books), Journal)
    return [journal for journal in made if journal.document_id.startswith("cost:")]


def lines(journal: Journal) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in journal.lines:
        found[line.account] = found.get(line.account, Decimal(0)) + line.amount
    return found


def test_units_are_the_quantity_of_the_principal_rows_alone() -> None:
    [journal] = cost_journals(SALES, costed())
    assert lines(journal) == {"cost_of_goods": Decimal("7.46"), "stock": Decimal("-7.46")}
    assert journal.lines[0].description == "Cost of 3 units sold"
    assert (journal.date, journal.currency) == (date(2026, 5, 4), "GBP")
    assert journal.clearing_account is None, "it never touches clearing"


def test_a_replacement_at_no_price_still_leaves_stock() -> None:
    zero = f"2026-05-04 | Order | ItemPrice | Principal | 0.00 | order={ORDER} sku=TOY qty=2"
    [journal] = cost_journals(zero, costed())
    assert lines(journal)["stock"] == Decimal("-2.50")


def test_without_any_unit_cost_nothing_is_booked_and_nothing_is_named() -> None:
    outcome = settle(settlement(SALES), book())
    assert [each for each in of_kind(outcome, Journal) if each.document_id.startswith("cost")] == []
    assert "no_unit_cost" not in {each.name for each in outcome.differences}


def test_a_journal_for_each_month_by_the_day_of_the_rows() -> None:
    later = SALES.replace("2026-05-04 | Order | ItemPrice", "2026-06-01 | Order | ItemPrice")
    made = cost_journals(later, costed())
    assert [(each.document_id, lines(each)["stock"]) for each in made] == [
        ("cost:7001:2026-05", Decimal("-6.21")),
        ("cost:7001:2026-06", Decimal("-1.25")),
    ]


def test_the_cost_is_the_one_valid_on_the_day_of_the_row() -> None:
    newer = sku("CUP", "4.00", valid_from=date(2026, 5, 4))
    table = f"""
2026-05-03 | Order | ItemPrice | Principal | 10.00 | order={ORDER} sku=CUP qty=1
2026-05-04 | Order | ItemPrice | Principal | 10.00 | order={OTHER_ORDER} sku=CUP qty=1
"""
    [journal] = cost_journals(table, costed(sku("CUP", "3.00"), newer))
    assert lines(journal)["cost_of_goods"] == Decimal("7.00")


def test_a_newer_line_without_a_cost_does_not_end_the_older_cost() -> None:
    renamed = replace(sku("CUP", None), item_code="NEW", valid_from=date(2026, 5, 1))
    [journal] = cost_journals(SALES, costed(sku("CUP", "3.00"), sku("TOY", "1.25"), renamed))
    assert lines(journal)["cost_of_goods"] == Decimal("7.25")


def test_the_marketplaces_own_cost_comes_before_the_general_one() -> None:
    [journal] = cost_journals(
        SALES, costed(sku("CUP", "3.00"), sku("CUP", "5.00", "Amazon.co.uk"), sku("TOY", "1.00"))
    )
    assert lines(journal)["cost_of_goods"] == Decimal("11.00")


def test_units_without_a_cost_are_named_with_the_line_to_add_and_the_rest_is_booked() -> None:
    outcome = settle(settlement(SALES), costed(sku("CUP", "3.00"), sku("TOY", None)))
    [named] = [each for each in outcome.differences if each.name == "no_unit_cost"]
    assert "1 units of SKU TOY at Amazon.co.uk" in named.details
    assert "`TOY,Amazon.co.uk,ITEM-TOY,,,UNIT_COST`" in named.details
    journals = [
        each for each in of_kind(outcome, Journal) if each.document_id == "cost:7001:2026-05"
    ]
    assert lines(journals[0])["stock"] == Decimal("-6.00")


def test_a_refund_gives_no_cost_back_since_no_row_says_what_came_back() -> None:
    [journal] = cost_journals(SALES + REFUND, costed())
    assert lines(journal)["stock"] == Decimal("-7.46")


def test_by_choice_refunded_units_go_back_to_stock_at_their_cost() -> None:
    [journal] = cost_journals(SALES + REFUND, costed(refunded_units="restocked"))
    assert lines(journal) == {"cost_of_goods": Decimal("4.35"), "stock": Decimal("-4.35")}
    assert [each.description for each in journal.lines][:2] == [
        "Cost of 3 units sold",
        "Cost of 1 unit restocked",
    ]


def test_a_refund_that_names_no_quantity_restocks_nothing_and_is_named() -> None:
    silent = settlement(SALES + REFUND.replace(" qty=1", ""))
    outcome = settle(silent, costed(refunded_units="restocked"))
    [named] = [each for each in outcome.differences if each.name == "refund_without_units"]
    assert ORDER in named.details


def test_a_sale_that_names_no_quantity_has_no_cost_and_is_named() -> None:
    silent = SALES.replace(f"20.00 | order={ORDER} sku=CUP qty=2", f"20.00 | order={ORDER} sku=CUP")
    outcome = settle(settlement(silent), costed())
    [named] = [each for each in outcome.differences if each.name == "sale_without_units"]
    assert named.amount == Decimal("20.00")
    assert named.details == (
        "sales of SKU CUP name no quantity (row 3): no cost is booked for them"
    )


TAKEN_BACK = f"""
2026-05-06 | Order | ItemPrice | Principal  | -20.00 | order={ORDER} sku=CUP qty=2
"""


def test_a_sale_that_is_taken_back_costs_no_second_time() -> None:
    [journal] = cost_journals(SALES + TAKEN_BACK, costed())
    assert lines(journal)["stock"] == Decimal("-7.46")


def test_by_choice_a_sale_that_is_taken_back_gives_its_cost_back() -> None:
    [journal] = cost_journals(SALES + TAKEN_BACK, costed(refunded_units="restocked"))
    assert lines(journal)["stock"] == Decimal("-1.25")


def test_a_settlement_in_euro_costs_pounds() -> None:
    table = SALES.replace("sku=", "market=Amazon.de sku=")
    [journal] = cost_journals(table, costed(), currency="EUR")
    assert journal.currency == "GBP"
    assert journal.source.marketplace == DE.name


def test_a_yen_book_costs_whole_yen() -> None:
    books = costed(sku("CUP", "100.4"), sku("TOY", "1"), base_currency="JPY")
    [journal] = cost_journals(SALES, books)
    assert lines(journal)["stock"] == Decimal(-202)


def test_fees_of_multi_channel_orders_are_no_units() -> None:
    mcf = (
        "2026-05-03 | Order | ShipmentFees | FBA transportation fee | -5.50 "
        "| order=S01-1234567-1234567 sku=CUP qty=1 market=Non-Amazon"
    )
    assert cost_journals(mcf, costed()) == []


def test_a_sale_that_is_taken_back_on_the_same_day_costs_nothing() -> None:
    """The report gives units no sign: they go as the amount goes."""
    taken_back = f"""
    2026-05-03 | Order | ItemPrice | Principal | 10.00  | order={ORDER} sku=CUP qty=1
    2026-05-03 | Order | ItemPrice | Principal | -10.00 | order={ORDER} sku=CUP qty=1
    """
    assert cost_journals(taken_back, costed()) == []
    partly = f"""
    2026-05-03 | Order | ItemPrice | Principal | 30.00  | order={ORDER} sku=CUP qty=3
    2026-05-03 | Order | ItemPrice | Principal | -10.00 | order={ORDER} sku=CUP qty=1
    """
    [cost] = proof_of(settle(settlement(partly), costed())).costs
    assert cost.units == 2


def test_the_proof_lists_the_units_behind_the_journal() -> None:
    proof = proof_of(settle(settlement(SALES), costed()))
    assert [(each.key.sku, each.units, each.amount) for each in proof.costs] == [
        ("CUP", 2, Decimal("6.2100")),
        ("TOY", 1, Decimal("1.25")),
    ]


def test_a_missing_account_holds_the_settlement_with_the_line_to_add() -> None:
    books = costed()
    books = replace(
        books, accounts=tuple(a for a in books.accounts if a.accounting_class != "stock")
    )
    books = replace(books, accounts=(*books.accounts, rule("stock", "s", marketplace="Amazon.de")))
    outcome = settle(settlement(SALES), books)
    assert outcome.documents == []
    assert "`stock,Amazon.co.uk,,,ACCOUNT,NONE`" in outcome.held[0].details


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["CUP", "TOY"]),
            st.integers(1, 9),
            st.dates(date(2026, 5, 1), date(2026, 6, 30)),
        ),
        min_size=1,
        max_size=12,
    ),
    st.decimals("0.0001", "999.9999", places=4),
)
def test_every_cost_journal_balances_and_differs_from_the_exact_cost_by_rounding_alone(
    sold: list[tuple[str, int, date]], cost: Decimal
) -> None:
    table = "\n".join(
        f"{day} | Order | ItemPrice | Principal | 1.00 | order={ORDER} sku={name} qty={units}"
        for name, units, day in sold
    )
    made = cost_journals(table, costed(sku("CUP", str(cost)), sku("TOY", "2.5")))
    exact = sum((units * (cost if name == "CUP" else Decimal("2.5")) for name, units, _ in sold))
    booked = -sum((lines(journal)["stock"] for journal in made), Decimal(0))
    assert abs(booked - exact) <= Decimal("0.005") * 2, "a month is rounded once"


@pytest.mark.parametrize(
    ("currency", "unit"), [("JPY", "1"), ("GBP", "0.01"), ("KWD", "0.001"), ("EUR", "0.01")]
)
def test_a_currency_has_its_own_smallest_amount(currency: str, unit: str) -> None:
    assert minor_unit(currency) == Decimal(unit)
    assert round_to(Decimal("1.5005"), currency) % Decimal(unit) == 0
