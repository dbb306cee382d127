from __future__ import annotations

import csv
import re
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


def test_the_catalogue_holds_every_triple_of_the_fact_sheet(root: Path, shared: Path) -> None:
    """Line by line: triple, class, sign, where seen, note; free text is a wildcard."""
    text = (shared / "facts" / "settlement-semantics.md").read_text(encoding="utf-8")
    table = text.split("## 3. Catalogue")[1].split("## 5.")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    listed = [[cell.strip() for cell in row.strip()[1:-1].split(" | ")] for row in rows]
    assert len(listed) == 287
    shipped = {
        Triple(*row[:3]): tuple(row[3:]) for row in csv.reader(catalogue_lines(root)[1:]) if row
    }
    for transaction, kind, description, accounting_class, sign, _, seen, note in listed:
        triple = Triple(*(as_pattern(part) for part in (transaction, kind, description)))
        assert shipped.get(triple) == (accounting_class, sign, seen, note), triple


def test_the_classes_are_those_of_the_fact_sheet(shared: Path) -> None:
    text = (shared / "facts" / "settlement-semantics.md").read_text(encoding="utf-8")
    table = text.split("## 2. Accounting classes")[1].split("Sign logic")[0]
    names = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    assert set(names[1:]) == SETTLEMENT_CLASSES
    assert len(names[1:]) == len(SETTLEMENT_CLASSES)


def catalogue_lines(root: Path) -> list[str]:
    file = root / "transforms" / "transforms" / "data" / "catalogue.csv"
    return file.read_text(encoding="utf-8").splitlines()


def as_pattern(cell: str) -> str:
    """What the fact sheet writes for free text, as the catalogue's wildcard."""
    cell = {"(any)": "*", "(blank)": ""}.get(cell, cell)
    cell = re.sub(r" ?(<countr(y|ies)>|\u2026.*)$", "*", cell)
    return re.sub(r"( - GB)?( - Packaging)?( - \(Period)?\*$", "*", cell)


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


@pytest.mark.parametrize(
    ("flat", "accounting_class"),
    [
        (("Storage Fee", "", ""), "storage_fee"),
        (("Storage Fee", "other-amount", "Storage Fee"), "storage_fee"),
        (("other-transaction", "other-transaction", "Storage Fee"), "storage_fee"),
        (("WAREHOUSE_DAMAGE", "", ""), "reimbursement"),
        (("other-transaction", "other-transaction", "WAREHOUSE_DAMAGE"), "reimbursement"),
        (("COMPENSATED_CLAWBACK", "other-transaction", ""), "clawback"),
        (("MULTICHANNEL_ORDER_LOST", "", ""), "reimbursement"),
        (("Current Reserve Amount", "", ""), "reserve_current"),
        (("Successful charge", "", ""), "debt_payment"),
        (("Payable to Amazon", "", ""), "carried_debt"),
        (("Inbound Transportation Fee", "", ""), "inbound_fee"),
        (("Vine Enrollment Fee", "", ""), "deal_coupon_fee"),
        (("Transfer of funds unsuccessful: your bank", "", ""), "failed_transfer"),
        (("Cross-Account Debt Adjustment for BE", "", ""), "cross_account_debt"),
        (("Storage Fee - Reversal", "", ""), "storage_fee"),
        (("ServiceFee", "ItemFees", "Cost of Advertising"), "advertising"),
        (("ServiceFee", "Cost of Advertising", "TaxAmount"), "fee_tax"),
        (("Order", "ItemFees", "PointsGranted"), "points"),
        (("Order", "", ""), None),
        (("other-transaction", "other-transaction", ""), None),
        (("Lithium Battery Surcharge", "", ""), None),
    ],
)
def test_the_vocabulary_of_v1_files_is_known(
    flat: tuple[str, str, str], accounting_class: str | None
) -> None:
    assert CATALOGUE.classify(Triple(*flat)) == accounting_class


@pytest.mark.parametrize(
    "era",
    [
        ("Storage Fee", "", ""),
        ("other-transaction", "other-transaction", "Storage Fee"),
        ("FBAFees", "FBA Inventory Storage Fee", "Base fee"),
        ("other-transaction - Reversal", "other-transaction", "Storage Fee"),
        ("other-transaction", "other-transaction", "Storage Fee - Correction"),
    ],
)
def test_one_fee_has_one_class_in_every_naming_era(era: tuple[str, str, str]) -> None:
    assert CATALOGUE.classify(Triple(*era)) == "storage_fee"


@pytest.mark.parametrize(
    ("triple", "accounting_class"),
    [
        (("FBAFees", "FBA Removal Order: Liquidation Fee", "Base fee"), "removal_fee"),
        (("FBAFees", "FBA Removal Order: Liquidation Fee", "Tax on fee"), "fee_tax"),
        (("FBAFees", "FBA Removal Order: Disposal Fee", "Discount on Fee"), "fee_discount"),
        (
            ("AmazonFees", "Eco-contribution for EPR Pay on Behalf - FR - May", "Base fee"),
            "service_fee",
        ),
        (
            ("AmazonFees", "Eco-contribution for EPR Pay on Behalf - FR - May", "Tax on fee"),
            "fee_tax",
        ),
        (("FBAFees", "A fee of next year", "Base fee"), None),
        (("FBAFees", "A fee of next year", "Tax on fee"), None),
    ],
)
def test_a_name_with_free_text_is_known_by_its_beginning_and_a_fee_by_its_parts(
    triple: tuple[str, str, str], accounting_class: str | None
) -> None:
    assert CATALOGUE.classify(Triple(*triple)) == accounting_class


def test_a_rule_for_a_new_fee_is_enough_for_its_tax_and_its_discount() -> None:
    rules = [Rule(Triple("FBAFees", "A fee of next year", "Base fee"), "storage_fee")]
    catalogue = Catalogue(shipped_rules(), rules)
    tax = Triple("FBAFees", "A fee of next year", "Tax on fee")
    discount = tax._replace(amount_description="Discount on Fee")
    assert catalogue.classify(tax) == "fee_tax"
    assert catalogue.joins(tax, "fee_tax") == "storage_fee"
    assert catalogue.classify(discount) == "fee_discount"


def test_what_the_tap_makes_of_v1_files_is_known(root: Path) -> None:
    """Its table gives V2 triples; those with a blank to fill in are known by their filled form."""
    file = root / "tap-amazon-sp" / "tap_amazon_sp" / "data" / "v1_layout.csv"
    if not file.is_file():
        pytest.skip("this tap reads no V1 files")
    with file.open(encoding="utf-8", newline="") as lines:
        triples = [
            Triple(row["v2_transaction_type"], row["v2_amount_type"], row["v2_amount_description"])
            for row in csv.DictReader(lines)
        ]
    whole = [triple for triple in triples if not any("{" in part for part in triple)]
    assert len(whole) > 50
    assert [str(triple) for triple in whole if CATALOGUE.classify(triple) is None] == []
