"""A settlement beside what Finances lists for it: each difference has its name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from casebook import ORDER, OTHER_ORDER, book, proof_of, settlement
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ledger.events import BUCKETS, Events
from transforms.ledger.posting import settle
from transforms.ledger.proof import Proof
from transforms.ledger.transactions import Part, Transaction

REPORT = f"""
2026-05-03 | Order | ItemPrice | Principal  | 20.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemPrice | Tax        |  4.00 | order={ORDER} sku=CUP qty=2
2026-05-03 | Order | ItemFees  | Commission | -3.60 | order={ORDER} sku=CUP qty=2
2026-05-03 | FBAFees | FBA Inventory Storage Fee | Base fee | -5.00
2026-05-03 | FBAFees | FBA Inventory Storage Fee | Tax on fee | -1.00
2026-05-03 | other-transaction | other-transaction | Current Reserve Amount | -2.00
"""
SALE = {
    "ProductCharges/OurPricePrincipal": "20.00",
    "Tax/OurPriceTax": "4.00",
    "AmazonFees/Commission/Base": "-3.00",
    "AmazonFees/Commission/Tax": "-0.60",
}


def transaction(
    parts: dict[str, str],
    kind: str = "Shipment",
    order_id: str = ORDER,
    posted: str = "2026-05-03T10:00:00Z",
    **more: str,
) -> Transaction:
    made = tuple(Part("CUP", path, Decimal(amount)) for path, amount in parts.items())
    return Transaction(
        transaction_id=more.get("transaction_id", "T1"),
        transaction_type=kind,
        status=more.get("status", "RELEASED"),
        posted=posted,
        day=date.fromisoformat(posted[:10]),
        marketplace_id="A1F83G8C2ARO7P",
        marketplace="Amazon.co.uk",
        currency="GBP",
        total=sum((part.amount for part in made), Decimal(0)),
        order_id=order_id,
        deferred_id=more.get("deferred_id", ""),
        release_id="",
        maturity=None,
        reason="",
        parts=made,
    )


STORAGE = transaction({"FBAStorageFee": "-6.00"}, "ServiceFee", "")


def proof(*transactions: Transaction, report: str = REPORT) -> Proof:
    books = book()
    events = Events(books)
    for each in transactions:
        events.add(each)
    return proof_of(settle(settlement(report), books, None, events))


def named(found: Proof) -> dict[str, Decimal | None]:
    return {
        each.name: each.amount for each in found.differences if each.name != "event_group_missing"
    }


def test_classes_agree_with_fees_net_of_their_tax_and_reserves_aside() -> None:
    found = proof(transaction(SALE), STORAGE)
    assert named(found) == {}
    assert found.events is not None
    by_class = {each.name: (each.report, each.events) for each in found.events}
    assert by_class == {
        "sales": (Decimal("20.00"), Decimal("20.00")),
        "tax": (Decimal("4.00"), Decimal("4.00")),
        "referral_fee": (Decimal("-3.60"), Decimal("-3.60")),
        "storage_fee": (Decimal("-6.00"), Decimal("-6.00")),
    }


def test_without_transactions_nothing_is_compared() -> None:
    assert proof_of(settle(settlement(REPORT), book())).events is None


def test_an_order_that_amazon_still_defers_is_named_deferred() -> None:
    held = transaction({"ProductCharges": "9.00"}, order_id=OTHER_ORDER, status="DEFERRED")
    found = proof(transaction(SALE), STORAGE, held)
    assert named(found) == {"deferred": Decimal("-9.00")}


def test_of_a_deferral_and_its_release_only_the_release_counts_in_any_order() -> None:
    original = transaction(SALE, status="DEFERRED_RELEASED", posted="2026-04-20T10:00:00Z")
    release = transaction(SALE, transaction_id="T2", deferred_id="T1")
    assert named(proof(original, release, STORAGE)) == {}
    assert named(proof(release, original, STORAGE)) == {}


def test_a_released_deferral_whose_release_is_not_listed_counts_itself() -> None:
    assert named(proof(transaction(SALE, status="DEFERRED_RELEASED"), STORAGE)) == {}


def test_what_finances_posts_on_other_days_is_timing() -> None:
    late = transaction(
        {"ProductCharges": "7.00"}, order_id=OTHER_ORDER, posted="2026-05-16T00:00:00Z"
    )
    assert named(proof(transaction(SALE), STORAGE, late)) == {"timing": Decimal("-7.00")}


def test_another_posting_day_of_the_same_money_is_no_difference() -> None:
    assert named(proof(transaction(SALE, posted="2026-04-29T10:00:00Z"), STORAGE)) == {}


def test_rows_that_finances_lacks_and_the_other_way_round() -> None:
    found = proof(transaction({"ProductCharges": "20.00"}, order_id=OTHER_ORDER), STORAGE)
    by_class = {each.name: each for each in found.events or ()}
    assert by_class["sales"].buckets["missing_in_events"] == Decimal("20.00")
    assert by_class["sales"].buckets["missing_in_report"] == Decimal("-20.00")
    assert by_class["tax"].buckets["missing_in_events"] == Decimal("4.00")
    [sales] = [
        each.details
        for each in found.differences
        if each.name == "missing_in_report" and "Sales" in each.details
    ]
    assert OTHER_ORDER in sales


def test_less_than_a_cent_is_rounding_and_a_cent_is_not() -> None:
    fine = SALE | {"AmazonFees/Commission/Base": "-3.004"}
    assert named(proof(transaction(fine), STORAGE)) == {"rounding": Decimal("0.004")}
    cent = SALE | {"AmazonFees/Commission/Base": "-3.01"}
    assert named(proof(transaction(cent), STORAGE)) == {"missing_in_report": Decimal("0.01")}


def test_an_unknown_label_is_named_with_the_line_to_add_and_holds_nothing() -> None:
    strange = transaction({"Novelty/Fee, new": "-1.00"}, "Surcharge", "")
    found = proof(transaction(SALE), STORAGE, strange)
    [unknown] = [each for each in found.differences if each.name == "unknown_breakdown"]
    assert unknown.amount == Decimal("-1.00")
    assert '`Surcharge,"Novelty/Fee, new",CLASS`' in unknown.details
    assert found.status == "tied"


def test_a_claim_is_a_refund_in_finances() -> None:
    report = (
        "2026-05-03 | A-to-z Guarantee Refund | ItemPrice | Principal | -9.00 "
        f"| order={ORDER} sku=CUP"
    )
    claim = transaction({"ProductCharges/OurPricePrincipal": "-9.00"}, "Refund")
    assert named(proof(claim, report=report)) == {}


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            transaction,
            st.dictionaries(
                st.sampled_from(["ProductCharges", "Tax", "Commission", "Promo"]),
                st.sampled_from(["1.00", "-2.50", "20.00", "0.004", "-3.60"]),
                max_size=3,
            ),
            order_id=st.sampled_from([ORDER, OTHER_ORDER, ""]),
            posted=st.sampled_from(["2026-05-03T10:00:00Z", "2026-06-01T00:00:00Z"]),
            status=st.sampled_from(["RELEASED", "DEFERRED", "DEFERRED_RELEASED"]),
        ),
        max_size=8,
    )
)
def test_the_named_parts_always_sum_to_the_difference(made: list[Transaction]) -> None:
    for each in proof(*made).events or ():
        assert sum(each.buckets.values()) == each.report - each.events, each
        assert set(each.buckets) == set(BUCKETS)


@pytest.mark.parametrize("order_id", ["FBA15ABCDEF", "S01-1234567-1234567", ""])
def test_references_that_are_no_order_are_compared_by_class(order_id: str) -> None:
    report = (
        f"2026-05-03 | FBAFees | FBA Inventory Storage Fee | Base fee | -6.00 | order={order_id}"
    )
    assert named(proof(STORAGE, report=report)) == {}
