"""V1 settlement files: each amount as the V2 row that it is, nothing dropped, nothing guessed."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from amazon_tap import Deliver, Json, Tap, settlement_file
from amazon_v1 import (
    HEADER_V1,
    ITEM_V1,
    ROW_V1,
    fee,
    other,
    price,
    retired_file,
    units,
)
from hypothesis import given
from hypothesis import strategies as st

from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import Settlement, examine, fields, rows
from tap_amazon_sp.retired import MONEY, table
from transforms.ledger.catalogue import Catalogue, Triple
from transforms.maps.load import shipped_rules

Read = tuple[str | None, str | None, str | None, str]


def read(content: str) -> tuple[Settlement, list[Json]]:
    file = io.BytesIO(content.encode())
    settlement = examine(file)
    found = [fields(row) for row in rows(file, settlement)]
    assert len(found) == settlement.row_count
    return settlement, found


def triples(found: list[Json]) -> list[Read]:
    return [
        (row["transaction_type"], row["amount_type"], row["amount_description"], row["amount"])
        for row in found
    ]


def test_a_file_as_amazon_wrote_it() -> None:
    """The first lines of a real file of 2015 (Amazon.com), its total made to fit them."""
    settlement, found = read(
        retired_file(
            [units("1"), price("Principal", "27.99"), fee("FBAPerOrderFulfillmentFee", "-1.00")],
            "26.99",
        )
    )
    assert settlement.layout == "V1"
    assert (settlement.settlement_id, settlement.currency) == ("6016502941", "USD")
    assert (settlement.start, settlement.total_amount) == ("2025-12-02T03:27:08Z", "26.99")
    assert triples(found) == [
        ("Order", "ItemPrice", "Principal", "27.99"),
        ("Order", "ItemFees", "FBAPerOrderFulfillmentFee", "-1.00"),
    ]
    assert found[0] == {
        "row": 40,
        "amount": "27.99",
        "posted": "2025-12-02T04:15:26Z",
        "quantity": 1,
        "transaction_type": "Order",
        "order_id": "112-8095165-5463447",
        "merchant_order_id": "112-8095165-5463447",
        "adjustment_id": None,
        "shipment_id": "D1FyNyr6b",
        "marketplace_name": "Amazon.com",
        "amount_type": "ItemPrice",
        "amount_description": "Principal",
        "fulfillment_id": "AFN",
        "order_item_code": "62538071274626",
        "merchant_order_item_id": None,
        "merchant_adjustment_item_id": None,
        "sku": "cup-blue",
        "promotion_id": None,
    }


# Section 1.3, 9 and 10, section 4 (V1 only), and what real V1 and V2 of one settlement show.
RULES: dict[str, tuple[Json, list[Read]]] = {
    "a price": (price("ShippingTax", "1.20"), [("Order", "ItemPrice", "ShippingTax", "1.20")]),
    "a fee": (fee("Commission", "-3.00"), [("Order", "ItemFees", "Commission", "-3.00")]),
    "a promotion": (
        {
            **ITEM_V1,
            "promotion_id": "P1",
            "promotion_type": "Shipping",
            "promotion_amount": "-4.00",
        },
        [("Order", "Promotion", "Shipping", "-4.00")],
    ),
    "a shipment fee": (
        {
            **ROW_V1,
            "transaction_type": "Order",
            "order_id": "S01-1234567-1234567",
            "shipment_fee_type": "FBA transportation fee",
            "shipment_fee_amount": "-5.45",
        },
        [("Order", "ShipmentFees", "FBA transportation fee", "-5.45")],
    ),
    "withheld tax among the fees": (
        fee("MarketplaceFacilitatorTax-Principal", "-2.47"),
        [("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "-2.47")],
    ),
    "points among the fees": (
        fee("PointsGranted", "-28.00"),
        [("Order", "Points", "PointsGranted", "-28.00")],
    ),
    "advertising and its tax in one row": (
        {
            **ROW_V1,
            "transaction_type": "ServiceFee",
            "item_related_fee_type": "Cost of Advertising",
            "item_related_fee_amount": "-1.16",
            "other_fee_amount": "-0.14",
            "other_fee_reason_description": "TaxAmount",
        },
        [
            ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "-1.16"),
            ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "-0.14"),
        ],
    ),
    "a storage fee": (
        other("Storage Fee", "-31.04"),
        [("other-transaction", "other-transaction", "Storage Fee", "-31.04")],
    ),
    "an inbound fee, which V2 spells otherwise": (
        other("Inbound Transportation Fee", "-9.00"),
        [("other-transaction", "other-transaction", "FBAInboundTransportationFee", "-9.00")],
    ),
    "a reimbursement with its quantity": (
        other("WAREHOUSE_DAMAGE", "277.00", sku="C", quantity_purchased="1"),
        [("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_DAMAGE", "277.00")],
    ),
    "a reserve, in another spelling": (
        other("current reserve amount", "-10.00"),
        [("other-transaction", "other-transaction", "Current Reserve Amount", "-10.00")],
    ),
    "a failed transfer, a sentence": (
        other("Transfer of funds unsuccessful: We could not {x}", "32.00"),
        [
            (
                "other-transaction",
                "other-transaction",
                "Transfer of funds unsuccessful: We could not {x}",
                "32.00",
            )
        ],
    ),
    "a removal fee, net in V1": (
        other("FBA Removal Order: Return Fee", "-60.00", order_id="R1"),
        [("FBAFees", "FBA Removal Order: Return Fee", "Base fee", "-60.00")],
    ),
    "a storage fee taken back": (
        other("Storage Fee - Reversal", "12.00"),
        [("other-transaction - Reversal", "other-transaction", "Storage Fee", "12.00")],
    ),
    "a SAFE-T reimbursement": (
        other("SAFE-T Reimbursement", "1279.00", price_type="SAFE-T Reimbursement"),
        [("SAFE-T Reimbursement", "Other transactions", "SAFE-T reimbursement", "1279.00")],
    ),
    "a lost package": (
        other("Other", "634.00", price_type="SAFE-T Reimbursement"),
        [("Other", "Other transactions", "Reimbursement for Lost packages", "634.00")],
    ),
    "a type that nobody knows": (
        other("New {type} Thing", "-7.00"),
        [("New {type} Thing", "other-amount", None, "-7.00")],
    ),
    "an order fee, which V2 has no name for": (
        {**ITEM_V1, "order_fee_type": "Something", "order_fee_amount": "-1.00"},
        [("Order", "order-fee-amount", "Something", "-1.00")],
    ),
    "a miscellaneous fee": (
        {**ROW_V1, "transaction_type": "MiscEvent", "misc_fee_amount": "-1.00"},
        [("MiscEvent", "misc-fee-amount", None, "-1.00")],
    ),
    "a direct payment": (
        {**ITEM_V1, "direct_payment_type": "COD", "direct_payment_amount": "-9.00"},
        [("Order", "direct-payment-amount", "COD", "-9.00")],
    ),
    "an amount of zero": (price("Tax", "0.00"), [("Order", "ItemPrice", "Tax", "0.00")]),
    "a quantity and no money": (units("2", price_amount="0.00"), []),
}


@pytest.mark.parametrize(("row", "expected"), RULES.values(), ids=RULES)
def test_each_amount_becomes_the_row_that_v2_has(row: Json, expected: list[Read]) -> None:
    assert triples(read(retired_file([row]))[1]) == expected


def test_rows_are_numbered_by_their_line_and_their_place_in_it() -> None:
    advertising, _ = RULES["advertising and its tax in one row"]
    _, found = read(retired_file([price("Principal", "5.00"), advertising, other("Tax", "1.00")]))
    assert [row["row"] for row in found] == [30, 40, 41, 50]


@pytest.mark.parametrize("quantity_first", [True, False], ids=["first", "last"])
def test_an_items_quantity_stands_on_each_of_its_rows(quantity_first: bool) -> None:
    money = [price("Principal", "5.00"), fee("PointsGranted", "-1.00"), fee("Commission", "-1.00")]
    item = [units("2"), *money] if quantity_first else [*money, units("2")]
    second = [{**row, "order_item_code": "7"} for row in (units("3"), price("Principal", "9.00"))]
    refund = [{**price("Principal", "-5.00"), "transaction_type": "Refund"}]
    _, found = read(retired_file([*item, *second, *refund]))
    assert [row["quantity"] for row in found] == [2, None, 2, 3, None]


def test_one_item_sold_twice_has_two_quantities() -> None:
    item = [units("2"), price("Principal", "5.00"), units("1"), price("Principal", "2.50")]
    assert [row["quantity"] for row in read(retired_file(item))[1]] == [2, 1]


# Section 1.3, 1: promotion columns vanish when no promotion occurred; 37 with posted-date-time.
LAYOUTS = {
    "33 columns": [name for name in HEADER_V1 if not name.startswith("promotion-")],
    "36 columns": HEADER_V1,
    "37 columns": [*HEADER_V1, "posted-date-time"],
}


@pytest.mark.parametrize("columns", LAYOUTS.values(), ids=LAYOUTS)
def test_files_of_every_width_are_read(columns: list[str]) -> None:
    _, found = read(retired_file([units("1"), price("Principal", "5.00")], columns=columns))
    assert triples(found) == [("Order", "ItemPrice", "Principal", "5.00")]
    assert found[0]["posted"] == "2025-12-02T04:15:26Z"


def test_an_unknown_column_of_money_that_holds_none_is_passed_over() -> None:
    row = {**price("Principal", "5.00"), "gift_card_amount": "0.00"}
    _, found = read(retired_file([row], columns=[*HEADER_V1, "gift-card-amount"]))
    assert triples(found) == [("Order", "ItemPrice", "Principal", "5.00")]


def test_trailing_blanks_and_a_blank_line_at_the_end_are_nothing() -> None:
    text = retired_file([other("Storage Fee", "32.09    ")])
    assert triples(read(text + "    \n\n")[1])[0][3] == "32.09"


FAULTS = {
    "an unknown column of money": (
        retired_file(
            [{**price("Principal", "5.00"), "gift_card_amount": "1.00"}],
            columns=[*HEADER_V1, "gift-card-amount"],
        ),
        "row 3: column gift-card-amount has '1.00', and V1 has no such column of money",
    ),
    "an order id made a number": (
        retired_file([price("Principal", "5.00", order_id="1.12E+16")]),
        "row 3: order-id '1.12E+16' was turned into a number by a spreadsheet",
    ),
    "an amount in words": (retired_file([other("Storage Fee", "n/a")]), "row 3: amount 'n/a'"),
    "a quantity in parts": (retired_file([units("1.5")]), "row 3: quantity '1.5'"),
    "a column missing": (
        retired_file([], columns=[name for name in HEADER_V1 if name != "sku"]),
        "row 1: 1 of the 12 columns needed are missing: sku",
    ),
    "a date like 12/02/25": (
        retired_file([price("Principal", "5.00", posted_date="12/02/25")]),
        "row 3: posted-date '12/02/25' does not show which part is day, month and year",
    ),
}


@pytest.mark.parametrize(("content", "words"), FAULTS.values(), ids=FAULTS)
def test_what_must_be_guessed_at_is_refused_with_its_row(content: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content)
    assert words in str(caught.value)


CENTS = st.decimals(-9999, 9999, places=2)
KINDS = st.sampled_from(["Principal", "Tax", "Commission", "Storage Fee", "Nobody knows", ""])


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(sorted(MONEY)), CENTS, max_size=4),
            KINDS,
            KINDS,
            st.sampled_from(["", "1"]),
        ),
        max_size=15,
    )
)
def test_no_cent_is_lost_or_made(
    drawn: list[tuple[dict[str, Decimal], str, str, str]],
) -> None:
    details, total = [], Decimal("0.00")
    for amounts, transaction_type, kind, quantity in drawn:
        row = {**ROW_V1, "transaction_type": transaction_type or "Order"}
        row["quantity_purchased"] = quantity
        for column, amount in amounts.items():
            row[column.replace("-", "_")] = str(amount)
            if kind_column := MONEY[column]:
                row[kind_column.replace("-", "_")] = kind
            total += amount
        details.append(row)
    _, found = read(retired_file(details, str(total)))
    assert sum((Decimal(row["amount"]) for row in found), Decimal(0)) == total
    numbers = [row["row"] for row in found]
    assert numbers == sorted(set(numbers))


def test_every_name_that_the_table_gives_is_one_that_the_mapper_knows() -> None:
    catalogue = Catalogue(shipped_rules())
    for term in table():
        if "{" not in "".join(term.triple):
            assert catalogue.classify(Triple(*term.triple)), term


def test_of_a_settlement_in_both_layouts_v2_is_written(
    empty_tap: Tap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a-v1.txt").write_text(
        retired_file([price("Principal", "10.00")], "10.00", settlement_id="11111").replace(
            "6016502941", "11111"
        )
    )
    (tmp_path / "b-v2.txt").write_text(settlement_file())
    ran = empty_tap(settlement_files=[str(tmp_path / "*.txt")])
    assert [each["source"] for each in ran.records("settlements")] == ["b-v2.txt"]
    assert len(ran.records("settlement_rows")) == 1
    assert "Settlement 11111 in settlement file a-v1.txt (layout V1) is passed over" in caplog.text


def test_a_report_in_v2_of_a_settlement_just_read_from_v1_is_passed_over(
    empty_tap: Tap, deliver: Deliver, tmp_path: Path
) -> None:
    text = retired_file([units("1"), price("Principal", "10.00")], "10.00")
    (tmp_path / "v1.txt").write_text(text.replace("6016502941", "11111"))
    deliver("901", settlement_file())
    ran = empty_tap(settlement_files=[str(tmp_path / "v1.txt")])
    assert [each["source"] for each in ran.records("settlements")] == ["v1.txt"]
    (row,) = ran.records("settlement_rows")
    assert (row["row"], row["quantity"], row["report_id"]) == (40, 1, None)
    assert ran.bookmark("settlements") == "2026-10-18T00:00:00Z"
