"""A price is set, read back and written down; nothing is sent for what is there already."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from target_amazon.price_desk import DE, JP, UK, PriceDesk, participation, price, quantity

from books import Kind, Stage
from target_amazon_sp.verdicts import Did

DISCOUNT = [
    {
        "schedule": [
            {
                "start_at": "2026-11-01T00:00:00Z",
                "end_at": "2026-12-24T00:00:00Z",
                "value_with_tax": Decimal("9.00"),
            }
        ]
    }
]
OF_SELLER = {
    "discounted_price": DISCOUNT,
    "minimum_seller_allowed_price": [{"schedule": [{"value_with_tax": Decimal("8.00")}]}],
    "quantity_discount_plan": [{"schedule": [{"discount_type": "fixed", "levels": []}]}],
}


def test_a_price_is_set_read_back_and_written_down(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "11.50")])
    assert desk.price("A") == Decimal("11.50")
    assert run.tally.summary().startswith("0 unchanged, 1 applied, 0 pending, 0 refused, 0 held")
    (row,) = desk.history()
    assert (row.kind, row.old, row.new, row.currency) == (
        Kind.PRICE,
        Decimal("10.00"),
        Decimal("11.50"),
        "GBP",
    )
    assert row.state is Stage.APPLIED
    assert row.submission_id
    assert row.run_id
    assert row.closed_at


def test_nothing_is_sent_for_a_price_that_is_there(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "10.00")])
    assert desk.calls() == {"search": 1}
    assert run.tally.count(Did.UNCHANGED) == 1
    assert desk.history() == []


def test_a_second_run_sends_nothing(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.run([price("A", "11.50")])
    sent = len(desk.real_patches())
    run = desk.run([price("A", "11.50")])
    assert len(desk.real_patches()) == sent == 1
    assert run.tally.count(Did.UNCHANGED) == 1


def test_the_body_is_a_merge_of_the_price_alone(desk: PriceDesk) -> None:
    """Facts, section 9: `replace` drops discounts and bounds; our_price and schedule are arrays."""
    desk.seller.add_listing("A", "10.00", product_type="LAMP")
    desk.run([price("A", "11.5")])
    (body,) = desk.real_patches()
    value = {
        "marketplace_id": UK,
        "currency": "GBP",
        "audience": "ALL",
        "our_price": [{"schedule": [{"value_with_tax": Decimal("11.50")}]}],
    }
    path = "/attributes/purchasable_offer"
    assert body == {
        "productType": "LAMP",
        "patches": [{"op": "merge", "path": path, "value": [value]}],
    }
    sent = next(call.body for call in desk.seller.calls if call.method == "PATCH")
    assert b'"value_with_tax":11.50' in sent


def test_discounts_bounds_and_business_prices_stay(desk: PriceDesk) -> None:
    listing = desk.seller.add_listing(
        "A", "10.00", business="9.50", offer_more=OF_SELLER, business_more={"note": "kept"}
    )
    before = [dict(each) for each in listing.offers]
    desk.run([price("A", "11.00")])
    after = desk.seller.listing("A").offers
    assert after[1] == before[1]
    assert {k: v for k, v in after[0].items() if k != "our_price"} == {
        k: v for k, v in before[0].items() if k != "our_price"
    }
    assert desk.price("A") == Decimal("11.00")


def test_an_accepted_price_that_is_not_shown_is_pending_and_not_sent_again(
    desk: PriceDesk,
) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    run = desk.run([price("A", "11.00")])
    assert run.tally.count(Did.PENDING) == 1
    assert run.tally.exit_code == 0
    assert desk.history()[0].state is Stage.PENDING
    desk.run([price("A", "11.00")])
    assert len(desk.real_patches()) == 1


def test_what_was_pending_is_applied_once_amazon_shows_it(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    desk.run([price("A", "11.00")])
    desk.seller.stuck.clear()
    desk.seller.catch_up()
    run = desk.run([price("A", "11.00")])
    assert run.tally.count(Did.APPLIED) == 1
    assert [row.state for row in desk.history()] == [Stage.APPLIED]


def test_what_is_not_shown_after_two_hours_is_sent_again(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    desk.run([price("A", "11.00")])
    desk.time.pass_by(timedelta(hours=2, minutes=1).total_seconds())
    desk.seller.stuck.clear()
    desk.seller.submissions.clear()  # Amazon lost it
    run = desk.run([price("A", "11.00")])
    assert len(desk.real_patches()) == 2
    assert run.tally.count(Did.APPLIED) == 1
    assert [row.state for row in desk.history()] == [Stage.PENDING, Stage.APPLIED]


def test_reading_back_pauses_longer_and_longer_and_ends_in_time(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.stuck.add("A")
    desk.run([price("A", "11.00")], read_back_minutes=2)
    pauses = [wait for wait in desk.time.waits if wait >= 5]
    assert pauses == [5, 10, 20, 40]
    assert desk.calls()["search"] == 1 + len(pauses)


def test_a_reading_back_of_no_minutes_looks_at_nothing(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([price("A", "11.00")], read_back_minutes=0)
    assert run.tally.count(Did.PENDING) == 1
    assert desk.calls()["search"] == 1


def test_price_and_quantity_of_a_listing_go_together(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", quantity=3)
    run = desk.run([price("A", "11.00"), quantity("A", 7)])
    (body,) = desk.real_patches()
    assert [each["path"] for each in body["patches"]] == [
        "/attributes/purchasable_offer",
        "/attributes/fulfillment_availability",
    ]
    assert body["patches"][1]["value"] == [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}]
    assert (desk.price("A"), desk.seller.listing("A").quantity) == (Decimal("11.00"), 7)
    assert run.tally.count(Did.APPLIED) == 2


def test_a_quantity_of_zero_is_sent_whatever_it_was(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00", quantity=500)
    desk.run([quantity("A", 0)])
    assert desk.seller.listing("A").quantity == 0


def test_a_listing_that_amazon_fulfils_keeps_its_quantity(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    run = desk.run([quantity("A", 7), price("A", "11.00")])
    assert run.tally.count(Did.LEFT_ALONE) == 1
    assert [len(body["patches"]) for body in desk.real_patches()] == [1]
    assert "1 fulfilled by Amazon, left alone" in run.tally.summary()


def test_each_marketplace_has_its_own_price(desk: PriceDesk) -> None:
    desk.seller.add_listing("A", "10.00")
    desk.seller.add_listing("A", "12.00", DE)
    desk.run([price("A", "11.00"), price("A", "12.90", DE)])
    assert (desk.price("A"), desk.price("A", DE)) == (Decimal("11.00"), Decimal("12.90"))


def test_any_sku_that_amazon_allows_is_found_and_changed(desk: PriceDesk) -> None:
    skus = ["A/B", "A B", "50% off", "a?b#c", "ü-1", "X" * 40, "a,b", "+1&2", "%2F", "..x"]
    for sku in skus:
        desk.seller.add_listing(sku, "10.00")
    run = desk.run([price(sku, "11.00") for sku in skus])
    assert run.tally.lines == []
    assert {desk.price(sku) for sku in skus} == {Decimal("11.00")}
    assert {each.sku for each in desk.seller.listings} == set(skus)


def test_yen_have_no_decimals(desk: PriceDesk) -> None:
    desk.seller.participations.append(participation(JP))
    desk.seller.add_listing("A", "1500", JP)
    desk.run([price("A", "1600", JP)])
    sent = next(call.body for call in desk.seller.calls if call.method == "PATCH")
    assert b'"value_with_tax":1600}' in sent


def test_few_skus_cost_a_search_for_twenty_and_never_a_call_each(desk: PriceDesk) -> None:
    for number in range(60):
        desk.seller.add_listing(f"S{number}", "10.00")
    desk.run([price(f"S{number}", "10.00") for number in range(60)])
    assert desk.calls() == {"search": 3}
