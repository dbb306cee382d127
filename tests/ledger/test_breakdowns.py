"""Labels of the Finances API against classes: the paths and labels that real answers hold."""

from __future__ import annotations

from collections import Counter

import pytest

from transforms.ledger.breakdowns import BreakdownRule, Breakdowns
from transforms.ledger.classes import SETTLEMENT_CLASSES
from transforms.maps.load import shipped_breakdowns

SHIPPED = Breakdowns(shipped_breakdowns())


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        # A Swedish order of a published fixture: the tree below an item.
        ("Shipment", "Tax/OurPriceTax", "tax_collected"),
        ("Shipment", "Tax/ShippingTax", "tax_collected"),
        ("Shipment", "ProductCharges/OurPricePrincipal", "sales"),
        ("Shipment", "Shipping/ShippingPrincipal", "shipping_income"),
        ("Shipment", "AmazonFees/FBAPerUnitFulfillmentFee/Base", "fba_fulfilment_fee"),
        ("Shipment", "AmazonFees/FBAPerUnitFulfillmentFee/Tax", "fba_fulfilment_fee"),
        ("Shipment", "AmazonFees/Commission/Base", "referral_fee"),
        ("Shipment", "AmazonFees/ShippingChargeback/Tax", "shipping_chargeback"),
        ("Shipment", "TaxWithheld/MarketplaceFacilitatorVAT-Principal", "tax_withheld"),
        ("Shipment", "TaxWithheld/OurPriceTaxWithheld", "tax_withheld"),
        # The vendor's own examples.
        ("Shipment", "Sales/Product Charges/Principle", "sales"),
        ("Refund", "Sales/Product Charges", "refund"),
        # Labels counted in a year of a seller's answers (United States).
        ("Shipment", "Promo/OurPriceDiscount", "promo_discount"),
        ("Shipment", "Shipping/ShippingDiscount", "promo_discount"),
        ("Shipment", "LowValueGoodsTax-Shipping", "tax_withheld"),
        ("Shipment", "GiftwrapPrincipal", "gift_wrap_income"),
        ("Shipment", "GiftwrapTax", "tax_collected"),
        ("Refund", "ProductCharges/OurPricePrincipal", "refund"),
        ("Refund", "Shipping/ShippingPrincipal", "refund"),
        ("Refund", "Shipping/ShippingDiscount", "promo_discount"),
        ("Refund", "AmazonFees/RefundCommission", "refund_commission"),
        ("Refund", "AmazonFees/Commission", "referral_fee"),
        ("Refund", "RestockingDeductionPrincipal", "other_income"),
        ("Refund", "RestockingDeductionTax", "tax_collected"),
        ("Refund", "GoodwillPrincipal", "goodwill"),
        ("RemovalShipment", "RecommerceLiquidation", "liquidation"),
        ("RemovalShipment", "AmazonFees", "liquidation_fee"),
        ("RemovalShipment", "TaxOnRevenue", "tax_collected"),
        ("FBAInventoryReimbursement", "FBAInventoryReimbursement", "reimbursement"),
        ("FBAInventoryReimbursement", "FBAReversedReimbursement", "clawback"),
        ("ServiceFee", "Expenses/FBAStorageFee", "storage_fee"),
        ("ServiceFee", "FBALongTermStorageFee", "aged_storage_fee"),
        ("ServiceFee", "FBAInboundConvenienceFee", "inbound_fee"),
        ("ServiceFee", "Tax", "fee_tax"),
        ("ProductAdsPayment", "AdvertisingFeeRefund", "advertising"),
        ("Retrocharge", "BaseTax", "tax_reclass"),
        ("Retrocharge", "MarketplaceFacilitatorTax-Principal", "tax_reclass"),
        ("Adjustment", "ReserveDebit", "reserve_current"),
        ("Transfer", "FundTransfer", "transfer"),
        # Names that the settlement catalogue has too, as the typed era writes them in both.
        ("ServiceFee", "AmazonFees/FBA Inventory Storage Fee/Tax", "storage_fee"),
        ("ServiceFee", "Subscription Fee", "subscription"),
        ("Adjustment", "Current Reserve Amount", "reserve_current"),
        ("DebtRecovery", "Payable to Amazon", "carried_debt"),
        ("Shipment", "Promotions/PromotionShipping", "promo_discount"),
        ("Shipment", "Promotions/PromotionTax", "tax_discount"),
    ],
)
def test_a_label_has_the_class_of_the_reports_row(kind: str, path: str, expected: str) -> None:
    assert SHIPPED.classify(kind, path) == expected


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Shipment", "AmazonFees"),
        ("Shipment", "AmazonFees/LithiumBatterySurcharge"),
        ("MiscellaneousLedgerAdjustment", "Other"),
        ("Shipment", "CommissionCorrection"),
        ("Shipment", "(no breakdown)"),
        ("ServiceFee", "Adjustment"),
        ("ServiceFee", "Merchant Bad Debt"),
    ],
)
def test_an_unknown_label_has_no_class(kind: str, path: str) -> None:
    assert SHIPPED.classify(kind, path) is None


def test_the_sellers_lines_come_first_and_a_wildcard_stays_within_its_label() -> None:
    mine = Breakdowns([BreakdownRule("*", "AmazonFees/*", "service_fee"), *shipped_breakdowns()])
    assert mine.classify("Shipment", "AmazonFees/LithiumBatterySurcharge/Base") == "service_fee"
    assert mine.classify("Shipment", "AmazonFees") is None
    assert mine.classify("Shipment", "amazon-fees/Commission") == "service_fee", "first match wins"


def test_the_table_speaks_the_vocabulary_of_the_maps_and_repeats_nothing() -> None:
    assert {rule.accounting_class for rule in shipped_breakdowns()} <= SETTLEMENT_CLASSES
    lines = Counter((rule.transaction_type, rule.breakdown) for rule in shipped_breakdowns())
    assert max(lines.values()) == 1
