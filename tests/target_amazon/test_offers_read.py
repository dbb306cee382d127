"""What Amazon says of a listing is read without guessing: given and shown, discounts, channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from books import Kind, PriceChange, Stage
from target_amazon_sp import offers, verdicts
from target_amazon_sp.places import PLACES
from target_amazon_sp.settings import Limits
from target_amazon_sp.verdicts import Did
from target_amazon_sp.wishes import Wish

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
UK = "A1F83G8C2ARO7P"
LIMITS = Limits(Decimal(20), None)
WISH = Wish(
    document_id="price:Amazon.co.uk:A",
    place=PLACES[UK],
    sku="A",
    kind=Kind.PRICE,
    figure=Decimal("11.00"),
)


def item(given: Any = "10.00", shown: str | None = "10.00", **more: Any) -> dict[str, Any]:
    """An item as in the model's sandbox pairs: offers without an audience, amounts as text."""
    own = {
        "marketplace_id": UK,
        "currency": "GBP",
        "audience": "ALL",
        "our_price": [{"schedule": [{"value_with_tax": given}]}],
    }
    price = {"currencyCode": "GBP", "amount": shown}
    return {
        "sku": "A",
        "summaries": [{"marketplaceId": UK, "productType": "LUGGAGE", "status": ["BUYABLE"]}],
        "attributes": {"purchasable_offer": [own | more] if given else []},
        "offers": [{"marketplaceId": UK, "offerType": "B2C", "price": price}] if shown else [],
        "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 3}],
        "issues": [],
    }


def judged(found: dict[str, Any], last: PriceChange | None = None) -> verdicts.Verdict:
    return verdicts.judge(WISH, offers.listing(found, UK), last, LIMITS, NOW)


def row(**more: Any) -> PriceChange:
    made = PriceChange(
        change_id="1",
        seller_id="S1",
        marketplace_id=UK,
        marketplace="Amazon.co.uk",
        sku="A",
        kind=Kind.PRICE,
        document_id=WISH.document_id,
        old=Decimal("10.00"),
        new=Decimal("11.00"),
        state=Stage.PENDING,
        sent_at=NOW - timedelta(minutes=30),
    )
    return replace(made, **more)


def test_given_is_not_yet_shown_and_is_pending() -> None:
    """Attributes change at once and what buyers see later: only both together are applied."""
    late = item(given=Decimal("11.00"), shown="10.00")
    assert judged(late, row()).did is Did.PENDING
    assert judged(item(given="11.00", shown="11.00"), row()).did is Did.APPLIED


def test_given_and_not_shown_after_two_hours_is_sent_again() -> None:
    late = item(given=Decimal("11.00"), shown="10.00")
    again = judged(late, row(sent_at=NOW - timedelta(hours=3)))
    assert again.did is None
    assert again.old == Decimal("10.00")


def test_a_price_that_amazon_makes_by_a_rule_is_left_and_told() -> None:
    verdict = judged(item(given="11.00", shown="12.34"))
    assert verdict.did is Did.UNCHANGED
    assert "shows 12.34" in verdict.words


def test_a_change_is_held_against_what_was_given_as_well() -> None:
    verdict = judged(item(given="20.00", shown="10.00"))
    assert verdict.did is Did.HELD
    assert verdict.objection
    assert "20.00 -> 11.00 GBP" in verdict.objection.words


def test_what_buyers_pay_by_a_discount_is_not_the_price_that_changes() -> None:
    discount = {
        "schedule": [
            {
                "start_at": {"value": "2026-11-01"},
                "end_at": {"value": "2026-12-01T00:00:00Z"},
                "value_with_tax": "6.00",
            }
        ]
    }
    verdict = judged(item(given="10.00", shown="6.00", discounted_price=[discount]))
    assert (verdict.did, verdict.old) == (None, Decimal("10.00"))


@pytest.mark.parametrize("end", ["", "soon", None, {"value": None}])
def test_a_discount_whose_end_cannot_be_read_counts_as_running(end: Any) -> None:
    discount = {"schedule": [{"end_at": end, "value_with_tax": Decimal("11.00")}]}
    verdict = judged(item(discounted_price=[discount]))
    assert verdict.objection
    assert verdict.objection.reason == "discount"


def test_an_offer_that_only_buyers_see_is_no_first_price() -> None:
    assert judged(item(given=None, shown="10.00")).did is None
    first = judged(item(given=None, shown=None))
    assert first.objection
    assert first.objection.reason == "first_price"


@pytest.mark.parametrize("given", ["ten", Decimal("NaN"), "", "Infinity"])
def test_a_price_that_is_none_is_not_guessed(given: Any) -> None:
    found = item()
    found["attributes"]["purchasable_offer"][0]["our_price"][0]["schedule"] = [
        {"value_with_tax": given}
    ]
    verdict = judged(found)
    assert verdict.objection
    assert verdict.objection.reason == "unclear_offer"


def test_two_prices_in_a_schedule_are_not_one() -> None:
    found = item()
    schedule = found["attributes"]["purchasable_offer"][0]["our_price"][0]["schedule"]
    schedule.append({"value_with_tax": "9.00"})
    verdict = judged(found)
    assert verdict.objection
    assert "is not one figure" in verdict.objection.words


def test_without_attributes_nothing_is_sent() -> None:
    found = item()
    del found["attributes"]
    verdict = judged(found)
    assert verdict.objection
    assert verdict.objection.reason == "unclear_offer"


def test_other_audiences_and_marketplaces_are_not_the_offer() -> None:
    found = item()
    other = found["attributes"]["purchasable_offer"][0]
    for changes in ({"audience": "B2B"}, {"audience": "B2B_EDUCATION"}, {"marketplace_id": "DE"}):
        found["attributes"]["purchasable_offer"].append(other | changes | {"our_price": []})
    found["offers"].append({**found["offers"][0], "offerType": "B2B"})
    assert judged(found).did is None


@pytest.mark.parametrize(
    ("codes", "channel"),
    [
        (["DEFAULT"], "DEFAULT"),
        (["AMAZON_EU"], "AMAZON"),
        (["DEFAULT", "AMAZON_NA"], "AMAZON"),
        ([], None),
    ],
)
def test_who_fulfils_is_what_amazon_says(codes: list[str], channel: str | None) -> None:
    found = item()
    found["fulfillmentAvailability"] = [{"fulfillmentChannelCode": code} for code in codes]
    assert offers.listing(found, UK).channel == channel


def test_a_listing_taken_down_for_its_price_is_no_ended_one() -> None:
    """A new price is the cure of issue 18155, LISTING_SUPPRESSED, of the model's example."""
    found = item(shown=None)
    found["summaries"][0]["status"] = []
    assert not offers.listing(found, UK).is_listed
    found["issues"] = [
        {
            "code": "18155",
            "message": "The 'minimum price' is greater than the selling price.",
            "severity": "ERROR",
            "categories": ["INVALID_PRICE"],
            "marketplaceIds": [UK],
        }
    ]
    assert offers.listing(found, UK).is_listed


@pytest.mark.parametrize(
    ("issue", "concerned"),
    [
        ({"attributeNames": ["purchasable_offer"]}, [Kind.PRICE]),
        ({"attributeNames": ["fulfillment_availability"]}, [Kind.QUANTITY]),
        ({"attributeNames": ["main_image"], "categories": ["INVALID_IMAGE"]}, []),
        ({"categories": ["INVALID_PRICE"]}, [Kind.PRICE]),
        ({}, [Kind.PRICE, Kind.QUANTITY]),
    ],
)
def test_an_issue_concerns_what_it_names(issue: dict[str, Any], concerned: list[Kind]) -> None:
    assert [kind for kind in Kind if offers.concerns(issue, kind)] == concerned
