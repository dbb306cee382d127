"""Ten thousand settlements, from a seed, post without a cent left over, in both styles."""

from __future__ import annotations

import pytest
from casebook import balances
from generated import books, expected, settlements

from transforms.ledger.posting import settle

SEED = 20261121


def prove(style: str, seed: int, number: int) -> None:
    book = books()
    negative = 0
    for settlement, rows in settlements(seed, number, style):
        outcome = settle(settlement, book)
        assert outcome.held == [], f"seed {seed}, settlement {settlement.settlement_id}"
        assert outcome.proof is not None
        assert outcome.proof.difference == 0
        assert balances(outcome) == expected(rows, style), settlement.settlement_id
        negative += settlement.closed.total < 0
    assert 0 < negative < number


@pytest.mark.parametrize("style", ["orders", "settlements"])
def test_two_hundred_settlements_leave_what_their_classes_sum_to(style: str) -> None:
    prove(style, SEED + 1, 200)


@pytest.mark.slow
@pytest.mark.parametrize("style", ["orders", "settlements"])
def test_ten_thousand_settlements_leave_what_their_classes_sum_to(style: str) -> None:
    prove(style, SEED, 10_000)
