"""Every guard holds its listing by name, with both figures and the way on; the others go on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from target_amazon.price_desk import DE, UK, Document, PriceDesk, price, quantity

from books import Stage
from simulators.amazon_sp.offers import offer, scheduled
from target_amazon_sp.verdicts import Did


def bound(name: str, figure: str) -> dict[str, Any]:
    return {name: scheduled({"value_with_tax": Decimal(figure)})}


def discount(figure: str, start: str, end: str) -> dict[str, Any]:
    return {
        "discounted_price": scheduled(
            {"start_at": start, "end_at": end, "value_with_tax": Decimal(figure)}
        )
    }


def held(desk: PriceDesk, document: Document, **job: Any) -> str:
    """Run one document beside one that is good; give the reason and words of what is held."""
    desk.seller.add_listing("GOOD", "10.00")
    run = desk.run([document, price("GOOD", "10.50")], **job)
    assert desk.price("GOOD") == Decimal("10.50")
    assert [body["patches"] for body in desk.real_patches()] == [
        body["patches"] for body in desk.real_patches() if body["patches"]
    ]
    assert len(desk.real_patches()) == 1
    assert run.tally.exit_code == 0
    assert run.tally.count(Did.HELD) == 1
    (row,) = [row for row in desk.history() if row.sku != "GOOD"]
    assert row.state is Stage.HELD
    assert row.document_id in run.tally.lines[0]
    return f"{row.reason}: {row.message}"


@pytest.mark.parametrize("figure", ["12.01", "7.99", "1.00", "100.00"])
def test_a_change_beyond_the_percentage_is_held(desk: PriceDesk, figure: str) -> None:
    desk.seller.add_listing("A", "10.00")
    found = held(desk, price("A", figure))
    assert found.startswith(f"change: 10.00 -> {figure} GBP")
    assert "20 %" in found


@pytest.mark.parametrize("figure", ["12.00", "8.00"])
def test_a_change_of_just_the_percentage_passes(desk: PriceDesk, figure: str) -> None:
    desk.seller.add_listing("A", "10.00")
    assert desk.run([price("A", figure)]).tally.count(Did.APPLIED) == 1


@pytest.mark.parametrize("figure", ["1.00", "100.00"])
def test_a_slip_of_the_decimal_point_is_held_whatever_the_setting(
    desk: PriceDesk, figure: str
) -> None:
    desk.seller.add_listing("A", "10.00")
    assert held(desk, price("A", figure), max_change_percent="5000").startswith("change")


def test_a_price_below_the_lowest_is_held_and_nobody_can_lift_it(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    document = price("A", "9.50")
    found = held(desk, document, min_price="9.75")
    assert found.startswith("min_price_guard: 9.50 GBP is below min_price_guard, 9.75")
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([document], min_price="9.75")
    assert desk.price("A") == Decimal("10.00")


@pytest.mark.parametrize(
    ("bounds", "reason"), [({"minimum": "10.80"}, "minimum"), ({"maximum": "10.20"}, "maximum")]
)
def test_a_price_outside_the_bounds_of_its_map_is_held(
    desk: PriceDesk, bounds: dict[str, str], reason: str
) -> None:
    desk.seller.add_listing("A", "10.00")
    found = held(desk, price("A", "10.50", **bounds))
    assert found.startswith(f"{reason}: 10.50 GBP")
    assert next(iter(bounds.values())) in found


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (bound("minimum_seller_allowed_price", "10.60"), "seller_minimum"),
        (bound("maximum_seller_allowed_price", "10.40"), "seller_maximum"),
    ],
)
def test_a_price_outside_the_seller_s_own_bounds_is_held(
    desk: PriceDesk, own: dict[str, Any], reason: str
) -> None:
    desk.seller.add_listing("A", "10.00", offer_more=own)
    assert held(desk, price("A", "10.50")).startswith(reason)


@pytest.mark.parametrize("figure", ["9.50", "9.40"])
@pytest.mark.parametrize("start", ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"])
def test_a_price_not_above_a_discount_that_runs_or_will_is_held(
    desk: PriceDesk, figure: str, start: str
) -> None:
    reduced = discount("9.50", start, "2026-12-24T00:00:00Z")
    desk.seller.add_listing("A", "10.00", offer_more=reduced)
    found = held(desk, price("A", figure))
    assert found.startswith(f"discount: {figure} GBP is not above the discounted price 9.5")
    assert "2026-12-24" in found


def test_a_discount_that_is_over_holds_nothing(desk: PriceDesk) -> None:
    over = discount("9.50", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")
    desk.seller.add_listing("A", "10.00", offer_more=over)
    assert desk.run([price("A", "9.40")]).tally.count(Did.APPLIED) == 1


def test_an_offer_in_another_currency_is_held(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", currency="EUR")
    assert held(desk, price("A", "10.50")).startswith("offer_currency: the offer on Amazon is in")


def test_several_offers_to_everybody_are_held(desk: PriceDesk) -> None:
    listing = desk.seller.add_listing("A", "10.00")
    listing.offers.append(offer(UK, "GBP", Decimal("10.20")))
    assert held(desk, price("A", "10.50")).startswith("several_offers: the listing has 2 offers")


def test_a_product_type_that_amazon_does_not_name_is_held(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", product_type="")
    assert held(desk, price("A", "10.50")).startswith("product_type")


def test_a_listing_that_ended_is_held(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.end_listing("A")
    assert held(desk, price("A", "10.50")).startswith("not_listed: the listing of this SKU has")


def test_a_sku_that_is_not_there_is_held_unless_nobody_said_it_was(desk: PriceDesk) -> None:
    assert held(desk, price("GONE", "10.50")).startswith("not_listed: no listing of this SKU")
    run = desk.run([price("OTHER", "10.50", if_listed=True)])
    assert run.tally.count(Did.NOT_LISTED) == 1
    assert run.tally.lines == []


def test_documents_that_disagree_are_held_both(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.add_listing("GOOD", "10.00")
    run = desk.run([price("A", "10.50"), price("GOOD", "11.00"), price("A", "10.60")])
    assert desk.price("A") == Decimal("10.00")
    assert desk.price("GOOD") == Decimal("11.00")
    assert "10.50 and 10.60" in run.tally.lines[0]
    assert run.tally.count(Did.HELD) == 1


def test_one_document_id_for_two_listings_holds_both(desk: PriceDesk) -> None:
    for sku in ("A", "B"):
        desk.seller.add_listing(sku, "10.00")
    run = desk.run([price("A", "10.50", document_id="X"), price("B", "10.50", document_id="X")])
    assert run.tally.count(Did.HELD) == 2
    assert desk.real_patches() == []


def test_a_document_given_twice_alike_counts_once(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "10.50"), price("A", "10.50", explanation="again")])
    assert len(desk.real_patches()) == 1


def test_a_good_price_beside_a_bad_one_of_the_same_document_is_not_sent(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "10.50"), price("A", "-10.50")])
    assert desk.real_patches() == []
    assert run.tally.exit_code == 1


def test_a_first_price_is_held_until_it_is_confirmed(desk: PriceDesk) -> None:
    listing = desk.seller.add_listing("A", "10.00")
    listing.offers.clear()
    document = price("A", "10.50")
    assert held(desk, document).startswith("first_price")
    assert desk.confirm("price:Amazon.co.uk:A") == 1
    desk.run([document])
    assert desk.price("A") == Decimal("10.50")


# Confirmation


def test_a_confirmed_change_is_sent_once(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "20.00")])
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([price("A", "20.00")])
    assert desk.price("A") == Decimal("20.00")
    first, second = desk.history()
    assert (first.state, second.state) == (Stage.HELD, Stage.APPLIED)
    assert second.confirmed_at == first.confirmed_at
    assert first.closed_at


def test_a_later_figure_needs_a_confirmation_of_its_own(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "20.00")])
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([price("A", "21.00")])
    assert desk.price("A") == Decimal("10.00")
    desk.run([price("A", "20.00")])
    assert desk.price("A") == Decimal("10.00"), "the confirmation ended with the other figure"


def test_a_confirmation_ends_when_the_old_price_is_another(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "20.00")])
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([price("A", "11.00")], mode="preview")
    desk.seller.listing("A").offers = [offer(UK, "GBP", Decimal("9.00"))]
    desk.run([price("A", "20.00")])
    assert desk.price("A") == Decimal("9.00")


def test_a_confirmation_is_used_up_by_its_change(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "20.00")])
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([price("A", "20.00")])
    desk.seller.listing("A").offers = [offer(UK, "GBP", Decimal("10.00"))]
    run = desk.run([price("A", "20.00")])
    assert run.tally.count(Did.HELD) == 1
    assert desk.price("A") == Decimal("10.00")


def test_a_confirmation_lifts_no_other_guard(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "5.00")])
    desk.confirm("price:Amazon.co.uk:A")
    desk.run([price("A", "5.00")], min_price="6")
    assert desk.price("A") == Decimal("10.00")
    desk.run([price("A", "5.00")])
    assert desk.price("A") == Decimal("5.00"), "it still stands once the other guard is gone"


def test_what_is_held_again_is_the_same_row(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    for _ in range(3):
        desk.time.pass_by(60)
        desk.run([price("A", "20.00")])
    (row,) = desk.history()
    assert row.updated_at
    assert row.created_at
    assert row.updated_at > row.created_at


# Documents that are no good


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": "10.12345"}, "has more decimals than GBP has (2)"),
        ({"price": "-10.00"}, "must be a decimal above zero"),
        ({"price": "0"}, "must be a decimal above zero"),
        ({"price": None}, "must be a decimal above zero"),
        ({"price": "1e1"}, "no decimal text"),
        ({"price": "NaN"}, "no decimal text"),
        ({"price": 10.5}, "no decimal text"),
        ({"price": "10,50"}, "no decimal text"),
        ({"currency": "EUR"}, "Amazon.co.uk sells in GBP"),
        ({"marketplace_id": "NOWHERE"}, "not one of Amazon's known here"),
        ({"seller_sku": "X" * 41}, "41 characters"),
        ({"seller_sku": "A\nB"}, "cannot stand in an address"),
        ({"seller_sku": ".."}, "cannot stand in an address"),
        ({"seller_sku": ""}, "names no seller_sku"),
        ({"document_id": None}, "has no document_id"),
    ],
)
def test_a_bad_document_is_refused_by_name_and_the_others_are_applied(
    desk: PriceDesk, changes: dict[str, Any], words: str
) -> None:
    for sku in ("A", "GOOD"):
        desk.seller.add_listing(sku, "10.00")
    run = desk.run([price("A", "10.50", **changes), price("GOOD", "11.00")])
    assert desk.price("A") == Decimal("10.00")
    assert desk.price("GOOD") == Decimal("11.00")
    assert run.tally.exit_code == 1
    assert run.tally.count(Did.REFUSED) == 1
    assert words in run.tally.lines[0]


@pytest.mark.parametrize("figure", [-1, True, "7", None])
def test_a_quantity_that_is_none_is_refused(desk: PriceDesk, figure: Any) -> None:
    desk.seller.add_listing("A", "10.00", quantity=5)
    run = desk.run([quantity("A", 0, quantity=figure)])
    assert run.tally.exit_code == 1
    assert desk.real_patches() == []


def test_a_refused_document_is_in_the_books_once(desk: PriceDesk) -> None:
    for _ in range(2):
        desk.run([price("A", "10.12345")])
    (row,) = desk.history()
    assert (row.state, row.sku, row.new) == (Stage.REFUSED, "A", None)


def test_another_seller_s_marketplaces_are_left_alone_and_counted(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", DE)
    run = desk.run([price("A", "10.50", DE)], marketplace_ids=frozenset({UK}))
    assert desk.calls() == {}
    assert run.tally.lines == [
        "left alone: 1 for Amazon.de, which is not among this seller's marketplaces here"
    ]
    run = desk.run([price("A", "10.50", DE)], region="na")
    assert desk.calls() == {}
    assert run.tally.elsewhere == {"Amazon.de": 1}
