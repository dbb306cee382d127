"""What a bookkeeper reads: figures, and what is to be done about them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from casebook import ORDER, UK, book, proof_of, settlement

from transforms.ledger.posting import settle


def test_a_payout_without_a_deposit_date_names_its_amount() -> None:
    released = (
        "2026-05-03|other-transaction|other-transaction|Previous Reserve Amount Balance|10.00"
    )
    [held] = settle(settlement(released, deposit=None), book()).held
    assert "10.00 GBP" in held.details


def test_in_style_settlements_a_returned_payout_leaves_its_invoice_open() -> None:
    returned = (
        "2026-05-03|other-transaction|other-transaction|Transfer of funds unsuccessful: no bank"
        "|80.00"
    )
    books = book(marketplaces=(replace(UK, posting="settlements"),))
    outcome = settle(settlement(returned), books)
    [named] = [each for each in proof_of(outcome).differences if each.name == "failed_transfer"]
    assert "RECEIVE" not in named.details
    assert "invoice" in named.details


def test_a_sale_without_a_sku_is_not_answered_with_a_line_without_a_sku() -> None:
    [held] = settle(
        settlement(f"2026-05-03|Order|ItemPrice|Principal|10.00|order={ORDER} item=71 qty=1"),
        book(),
    ).held
    assert "`,Amazon.co.uk," not in held.details


def test_a_retrocharge_that_does_not_net_to_zero_is_named() -> None:
    """Settlement fact sheet, 1.3 no. 7: its tax rows net to zero per order."""
    rows = f"""
    2026-05-03 | Order_Retrocharge | ItemPrice | Tax | -1.00 | order={ORDER}
    2026-05-03 | Order_Retrocharge | ItemWithheldTax | MarketplaceFacilitatorTax-Principal | 0.90 \
| order={ORDER}
    """
    outcome = settle(settlement(rows), book())
    left = [each.amount for each in proof_of(outcome).differences if ORDER in each.details]
    assert left == [Decimal("-0.10")]
