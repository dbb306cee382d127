"""Fact 3.2: amounts, tax and rounding of lines."""

from __future__ import annotations

from decimal import Decimal

import pytest
from xero_caller import Caller, line


def test_tax_is_rounded_on_each_line_and_then_summed(xero: Caller) -> None:
    lines = [line(UnitAmount=amount, TaxType="RROUTPUT") for amount in (0.25, 0.25, 0.31)]
    invoice = xero.posted(LineAmountTypes="Exclusive", LineItems=lines)
    assert [each["TaxAmount"] for each in invoice["LineItems"]] == [
        Decimal("0.01"),
        Decimal("0.01"),
        Decimal("0.02"),
    ]
    assert invoice["Total"] == Decimal("0.85")


@pytest.mark.parametrize(("unit", "tax"), [(0.50, "0.03"), (-0.50, "-0.03"), (1.50, "0.08")])
def test_half_a_cent_of_tax_is_rounded_away_from_zero(xero: Caller, unit: float, tax: str) -> None:
    lines = [line(UnitAmount=unit, TaxType="RROUTPUT"), line(TaxType="NONE")]
    invoice = xero.posted(LineAmountTypes="Exclusive", LineItems=lines)
    assert invoice["TotalTax"] == Decimal(tax)


@pytest.mark.parametrize(
    ("amounts", "total", "tax"),
    [("Exclusive", "14.40", "2.40"), ("Inclusive", "12.00", "2.00"), ("NoTax", "12.00", "0.00")],
)
def test_line_amounts_are_with_tax_without_or_have_none(
    xero: Caller, amounts: str, total: str, tax: str
) -> None:
    invoice = xero.posted(LineAmountTypes=amounts)
    assert (invoice["Total"], invoice["TotalTax"]) == (Decimal(total), Decimal(tax))
    assert invoice["LineItems"][0]["TaxType"] == ("NONE" if amounts == "NoTax" else "OUTPUT2")


def test_line_amounts_are_exclusive_unless_said(xero: Caller) -> None:
    assert xero.posted(LineAmountTypes=None)["Total"] == Decimal("14.40")


def test_a_line_without_a_tax_type_takes_that_of_its_account(xero: Caller) -> None:
    assert xero.posted(LineItems=[line(TaxType=None)])["LineItems"][0]["TaxType"] == "OUTPUT2"


def test_unit_amounts_have_two_decimals_unless_four_are_asked_for(xero: Caller) -> None:
    fine = {"LineItems": [line(Quantity=3, UnitAmount=3.3333, LineAmount=10.00)]}
    assert xero.posted(**fine)["Total"] == 10
    coarse = xero.put("Invoices", xero.invoice(**fine), unitdp=2)
    assert coarse.messages == ["The line total 10.00 does not match the expected line total 9.99"]


def test_given_tax_overrides_what_xero_computes(xero: Caller) -> None:
    assert xero.posted(LineItems=[line(TaxAmount=1.99)])["TotalTax"] == Decimal("1.99")


def test_an_item_fills_in_what_the_line_leaves_out(xero: Caller) -> None:
    invoice = xero.posted(LineItems=[line(ItemCode="WIDGET-S", Description=None, AccountCode=None)])
    (filled,) = invoice["LineItems"]
    assert (filled["Description"], filled["AccountCode"]) == ("Widget, small", "200")


def test_a_discount_is_for_sales_only(xero: Caller) -> None:
    assert xero.posted(LineItems=[line(DiscountRate=10)])["Total"] == Decimal("10.80")
    bill = line(AccountCode="401", TaxType="INPUT2", DiscountRate=10)
    answer = xero.put("Invoices", xero.invoice(Type="ACCPAY", LineItems=[bill]))
    assert answer.messages == ["Discounts are only available on sales invoices and quotes"]


def test_negative_lines_are_taken_while_the_total_is_not_negative(xero: Caller) -> None:
    lines = [line(UnitAmount=12), line(UnitAmount=-12, AccountCode="401", TaxType="INPUT2")]
    invoice = xero.posted(LineItems=lines)
    assert invoice["Total"] == 0
