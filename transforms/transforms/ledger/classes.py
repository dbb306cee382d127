"""The accounting classes: the vocabulary of the maps, and what posting needs to know of each.

Source: the class table of the settlement fact sheet; which classes pay an order's invoice is
the decision written down under "Payment" in the project's design.
"""

from __future__ import annotations

from enum import StrEnum

SETTLEMENT_CLASSES = frozenset(
    [
        "sales",
        "shipping_income",
        "gift_wrap_income",
        "other_income",
        "promo_discount",
        "points",
        "tax_collected",
        "tax_withheld",
        "tax_discount",
        "tax_reclass",
        "income_tax_withheld",
        "refund",
        "goodwill",
        "chargeback",
        "a_to_z",
        "referral_fee",
        "closing_fee",
        "refund_commission",
        "digital_services_fee",
        "payment_fee",
        "fba_fulfilment_fee",
        "shipping_chargeback",
        "storage_fee",
        "aged_storage_fee",
        "inbound_fee",
        "removal_fee",
        "advertising",
        "deal_coupon_fee",
        "subscription",
        "service_fee",
        "shipping_label",
        "fee_adjustment",
        "fee_tax",
        "fee_discount",
        "reimbursement",
        "clawback",
        "safe_t",
        "liquidation",
        "liquidation_fee",
        "commingling_vat",
        "reserve_current",
        "reserve_previous",
        "carried_debt",
        "debt_payment",
        "cross_account_debt",
        "transfer",
        "failed_transfer",
        "loan",
        "suspense",
    ]
)

# Not classes of rows: accounts that the posting itself needs.
MAP_ONLY_CLASSES = frozenset(
    [
        "rollover",
        "clearing",
        "cost_of_goods",
        "stock",
        "deferred_balance",
        "currency_conversion",
        "stock_adjustment",
    ]
)
MAP_CLASSES = SETTLEMENT_CLASSES | MAP_ONLY_CLASSES

# Classes of `Order` rows that an invoice shows and a payment settles.
REVENUE_CLASSES = frozenset(
    [
        "sales",
        "shipping_income",
        "gift_wrap_income",
        "other_income",
        "promo_discount",
        "tax_collected",
        "tax_withheld",
        "tax_discount",
    ]
)

# Transaction types by which a buyer's money goes back, and the classes of their rows that a
# credit note shows: what the buyer gets, less what is kept. Fees on refunds stay on the journal.
REFUND_TRANSACTIONS = frozenset({"refund", "atozguaranteerefund", "chargebackrefund"})
REFUND_CLASSES = frozenset(
    [
        "refund",
        "goodwill",
        "chargeback",
        "a_to_z",
        "other_income",
        "promo_discount",
        "tax_collected",
        "tax_withheld",
        "tax_discount",
    ]
)

# Classes whose account may be `=`: the amount joins the line that it belongs to.
JOINING_CLASSES = frozenset({"tax_collected", "tax_withheld", "tax_discount", "fee_tax"})
SALES_TAX_CLASSES = frozenset({"tax_collected", "tax_withheld", "tax_discount"})

LABELS = {
    "sales": "Sales",
    "shipping_income": "Shipping",
    "gift_wrap_income": "Gift wrap",
    "other_income": "Other income",
    "promo_discount": "Discount",
    "tax_collected": "Tax collected",
    "tax_withheld": "Tax withheld by Amazon",
    "tax_discount": "Tax on discount",
    "fba_fulfilment_fee": "FBA fulfilment fee",
    "a_to_z": "A-to-z claim",
    "safe_t": "SAFE-T reimbursement",
    "commingling_vat": "Commingling VAT",
    "reserve_current": "Reserve held back",
    "reserve_previous": "Reserve released",
    "carried_debt": "Debt to Amazon carried over",
    "debt_payment": "Charge for debt to Amazon",
    "failed_transfer": "Payout that did not arrive",
}


class Treatment(StrEnum):
    """How an order item is taxed, read from its rows; NONE where there is no item."""

    FACILITATOR = "facilitator"
    TAXED = "taxed"
    UNTAXED = "untaxed"
    NONE = ""


def label(accounting_class: str) -> str:
    """Name a class as a bookkeeper would write it on a document."""
    return LABELS.get(accounting_class) or accounting_class.replace("_", " ").capitalize()
