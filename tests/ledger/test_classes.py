from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from transforms.ledger.catalogue import Catalogue, Rule, Triple
from transforms.ledger.classes import SETTLEMENT_CLASSES
from transforms.maps.load import shipped_rules

CATALOGUE = Catalogue(shipped_rules())


def test_every_line_of_the_catalogue_gets_its_own_class() -> None:
    for line in shipped_rules():
        example = Triple(*(part.replace("*", "anything at all") for part in line.triple))
        assert CATALOGUE.classify(example) == line.accounting_class, example


def test_the_catalogue_speaks_only_the_vocabulary_of_the_maps() -> None:
    used = {line.accounting_class for line in shipped_rules()}
    assert used == SETTLEMENT_CLASSES


def test_the_catalogue_holds_every_triple_of_the_fact_sheet(shared: Path) -> None:
    text = (shared / "facts" / "settlement-semantics.md").read_text(encoding="utf-8")
    table = text.split("## 3. Catalogue")[1].split("## 5.")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    listed = [tuple(cell.strip() for cell in row.strip("| ").split(" | ")) for row in rows]
    assert len(listed) == 287
    shipped = Counter(line.accounting_class for line in shipped_rules())
    assert Counter(cells[3] for cells in listed) <= shipped


def test_every_withheld_tax_that_a_refund_gives_back_is_known() -> None:
    for transaction in ("Refund", "A-to-z Guarantee Refund", "Chargeback Refund"):
        for tax in ("LowValueGoodsTax-Principal", "MarketplaceFacilitatorTax-Shipping"):
            triple = Triple(transaction, "ItemWithheldTax", tax)
            assert CATALOGUE.classify(triple) == "tax_withheld"


def test_the_shipped_file_has_no_two_classes_for_one_triple(root: Path) -> None:
    file = root / "transforms" / "transforms" / "data" / "catalogue.csv"
    found: dict[tuple[str, str, str], str] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            triple = Triple(row["transaction_type"], row["amount_type"], row["amount_description"])
            assert found.setdefault(triple.folded, row["class"]) == row["class"], triple


@pytest.mark.parametrize(
    "spelling",
    [
        ("Order", "ItemFees", "Digital Services Fee"),
        ("ORDER", "item-fees", "digitalservicesfee"),
        ("order", "Item_Fees", "Digital-Services_Fee"),
    ],
)
def test_spellings_of_one_fee_are_one_fee(spelling: tuple[str, str, str]) -> None:
    assert CATALOGUE.classify(Triple(*spelling)) == "digital_services_fee"


def test_an_unknown_triple_has_no_class() -> None:
    unknown = Triple("other-transaction", "other-transaction", "Lithium Battery Surcharge")
    assert CATALOGUE.classify(unknown) is None


def test_the_whole_triple_decides_not_its_description() -> None:
    assert CATALOGUE.classify(Triple("Order", "ItemPrice", "Principal")) == "sales"
    assert CATALOGUE.classify(Triple("Refund", "ItemPrice", "Principal")) == "refund"
    assert CATALOGUE.classify(Triple("Order", "Promotion", "Principal")) == "promo_discount"


def test_the_sellers_rules_come_before_the_catalogue_and_first_match_wins() -> None:
    rules = [
        Rule(Triple("ServiceFee", "*", "*"), "service_fee"),
        Rule(Triple("ServiceFee", "Cost of Advertising", "*"), "loan"),
    ]
    catalogue = Catalogue(shipped_rules(), rules)
    advertising = Triple("ServiceFee", "Cost of Advertising", "TransactionTotalAmount")
    assert CATALOGUE.classify(advertising) == "advertising"
    assert catalogue.classify(advertising) == "service_fee"


@pytest.mark.parametrize(
    ("triple", "accounting_class", "joins"),
    [
        (("Order", "ItemPrice", "Tax"), "tax_collected", "sales"),
        (("Order", "ItemPrice", "ShippingTax"), "tax_collected", "shipping_income"),
        (("Order", "ItemPrice", "GiftWrapTax"), "tax_collected", "gift_wrap_income"),
        (("Order", "ItemPrice", "CODTax"), "tax_collected", "other_income"),
        (("Order", "Promotion", "TaxDiscount"), "tax_discount", "promo_discount"),
        (
            ("Order", "ItemWithheldTax", "MarketplaceFacilitatorVAT-Shipping"),
            "tax_withheld",
            "shipping_income",
        ),
        (("Order", "ItemWithheldTax", "LowValueGoodsTax-Principal"), "tax_withheld", "sales"),
        (("Refund", "ItemPrice", "ShippingTax"), "tax_collected", "refund"),
        (
            ("Refund", "ItemWithheldTax", "MarketplaceFacilitatorTax-Other"),
            "tax_withheld",
            "refund",
        ),
        (("Chargeback Refund", "ItemPrice", "Tax"), "tax_collected", "chargeback"),
        (("Liquidations", "ItemPrice", "Tax"), "tax_collected", "liquidation"),
        (("FBAFees", "FBA Inventory Storage Fee", "Tax on fee"), "fee_tax", "storage_fee"),
        (("AmazonFees", "Vine Enrollment Fee", "Tax on fee"), "fee_tax", "deal_coupon_fee"),
        (("other-transaction", "Capacity Reservation Fee", "Tax"), "fee_tax", "storage_fee"),
        (("other-transaction", "other-transaction", "Tax"), "fee_tax", None),
    ],
)
def test_a_tax_row_joins_the_line_it_belongs_to(
    triple: tuple[str, str, str], accounting_class: str, joins: str | None
) -> None:
    assert CATALOGUE.joins(Triple(*triple), accounting_class) == joins


@pytest.mark.parametrize(
    ("triple", "accounting_class"),
    [
        (("other-transaction - Reversal", "other-transaction", "Subscription Fee"), "subscription"),
        (("FBAFees", "FBA Inventory Storage Fee - Correction", "Base fee"), "storage_fee"),
        (("FBAFees", "FBA Inventory Storage Fee - Reversal", "Tax on fee"), "fee_tax"),
        (("Nothing known - Reversal", "other-transaction", "Subscription Fee"), None),
        (("Reversal", "other-transaction", "Subscription Fee"), None),
    ],
)
def test_a_correction_or_reversal_has_the_class_of_what_it_corrects(
    triple: tuple[str, str, str], accounting_class: str | None
) -> None:
    assert CATALOGUE.classify(Triple(*triple)) == accounting_class
