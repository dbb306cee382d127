"""Tax by destination: what the VAT report adds to what the rows say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from casebook import ORDER, OTHER_ORDER, balances, book, of_kind, rule, settlement

from transforms.ledger.book import Sku
from transforms.ledger.difference import Difference
from transforms.ledger.documents import CreditNote, Invoice
from transforms.ledger.outcome import Outcome
from transforms.ledger.posting import settle
from transforms.ledger.vat import VatItem, VatLine, VatReport, by_order

SALE = f"2026-05-03|Order|ItemPrice|Principal|12.00|order={ORDER} sku=CUP qty=1\n"
FEE = f"2026-05-03|Order|ItemFees|Commission|-1.80|order={ORDER} sku=CUP qty=1\n"
REFUND = f"2026-05-09|Refund|ItemPrice|Principal|-12.00|order={ORDER} sku=CUP\n"
MAPS = (
    rule("sales", "domestic", "OUTPUT2", treatment="taxed", destination="GB"),
    rule("sales", "oss_fr", "OSS-FR-20", treatment="taxed", destination="FR"),
    rule("sales", "oss_fr", "OSS-FR-5", treatment="taxed", destination="FR 5.5"),
    rule("sales", "reverse_charge", "ECZROUTPUT", treatment="untaxed", destination="DE"),
    rule("sales", "export", "ZERORATEDOUTPUT", treatment="untaxed"),
    rule("sales", "ioss", "NONE", treatment="facilitator"),
)


def line(country: str = "FR", rate: str = "20", **changes: Any) -> VatLine:
    values: dict[str, Any] = {
        "activity": "A1",
        "item": VatItem(ORDER, "order", "CUP"),
        "country": country,
        "rate": Decimal(rate),
        "responsibility": "SELLER",
        "gross": Decimal("12.00"),
        "vat": Decimal("2.00"),
        "currency": "GBP",
    }
    return VatLine(**(values | changes))


def posted(rows: str, *lines: VatLine, **choices: Any) -> Outcome:
    return settle(settlement(rows), book(*MAPS, **choices), vat=VatReport(by_order(lines)))


def named(outcome: Outcome) -> list[Difference]:
    assert outcome.proof is not None
    return [each for each in outcome.proof.differences if each.name.startswith("vat")]


@pytest.mark.parametrize(
    ("case", "sent", "account", "tax_type"),
    [
        ("domestic", line("GB"), "domestic", "OUTPUT2"),
        ("cross-border, one stop shop", line("FR"), "oss_fr", "OSS-FR-20"),
        ("cross-border at the reduced rate", line("FR", "5.50"), "oss_fr", "OSS-FR-5"),
        ("to a business, reverse charge", line("DE", "0"), "reverse_charge", "ECZROUTPUT"),
        ("export", line("US", "0"), "export", "ZERORATEDOUTPUT"),
        ("import one stop shop", line("FR", responsibility="MARKETPLACE"), "ioss", "NONE"),
    ],
)
def test_account_and_tax_type_by_destination(
    case: str, sent: VatLine, account: str, tax_type: str
) -> None:
    del case
    outcome = posted(SALE + FEE, sent)
    [invoice] = of_kind(outcome, Invoice)
    assert [(each.account, each.tax_type) for each in invoice.lines] == [(account, tax_type)]
    assert named(outcome) == []
    assert balances(outcome)["bank"] == Decimal("10.20"), "tax never moves a cent of the deposit"


@pytest.mark.parametrize(
    ("sent", "tax_type"),
    [
        (line("GB"), "OUTPUT2"),
        (line("FR", "5.5"), "OSS-FR-5"),
        (line("US", "0"), "ZERORATEDOUTPUT"),
        (line("US", "0", responsibility="MARKETPLACE"), "NONE"),
        (line("ES", "21"), "ZERO-BOOK"),
    ],
)
def test_the_destination_comes_before_the_tax_type_of_the_sku(sent: VatLine, tax_type: str) -> None:
    own = Sku("CUP", "", "ITEM-CUP", "books", "ZERO-BOOK")
    outcome = settle(
        settlement(SALE), replace(book(*MAPS), skus=(own,)), vat=VatReport(by_order([sent]))
    )
    [invoice] = of_kind(outcome, Invoice)
    assert [each.tax_type for each in invoice.lines] == [tax_type]


def test_without_a_report_the_lines_without_destination_answer() -> None:
    assert balances(posted(SALE))["export"] == -12


def test_the_rows_own_tax_comes_before_the_reports_word() -> None:
    """Money that Amazon withheld is a fact of the settlement, whatever the report says."""
    tax = f"2026-05-03|Order|ItemPrice|Tax|2.40|order={ORDER} sku=CUP\n"
    kept = "2026-05-03|Order|ItemWithheldTax|MarketplaceFacilitatorVAT-Principal|-2.40|"
    outcome = posted(SALE + tax + kept + f"order={ORDER} sku=CUP", line("FR"))
    assert balances(outcome)["ioss"] == -12


def test_items_of_one_order_go_by_their_own_rates() -> None:
    toy = f"2026-05-03|Order|ItemPrice|Principal|10.55|order={ORDER} sku=TOY qty=1\n"
    reduced = line(
        rate="5.5",
        item=VatItem(ORDER, "order", "TOY"),
        gross=Decimal("10.55"),
        vat=Decimal("0.55"),
    )
    outcome = posted(SALE + toy, line(), reduced)
    [invoice] = of_kind(outcome, Invoice)
    assert [each.tax_type for each in invoice.lines] == ["OSS-FR-20", "OSS-FR-5"]
    assert outcome.proof is not None
    assert [
        (each.destination.code, str(each.destination.treatment), each.amount)
        for each in outcome.proof.destinations
    ] == [("FR 20", "taxed", Decimal("12.00")), ("FR 5.5", "taxed", Decimal("10.55"))]


def test_a_refund_goes_back_from_where_its_sale_went() -> None:
    maps = (rule("refund", "refund_fr", "OSS-FR-20", treatment="taxed", destination="FR"),)
    vat = VatReport(by_order([line()]))
    outcome = settle(settlement(REFUND), book(*maps, refunds="credit_notes"), vat=vat)
    [note] = of_kind(outcome, CreditNote)
    assert note.lines[0].account == "refund_fr"


def test_a_difference_of_price_is_a_named_line_of_the_proof_never_a_plug() -> None:
    outcome = posted(SALE, line(gross=Decimal("12.60")))
    [difference] = named(outcome)
    assert (difference.name, difference.amount) == ("vat_report", Decimal("-0.60"))
    assert f"order {ORDER}: the settlement says 12.00, the VAT report 12.60" in difference.details
    assert balances(outcome)["oss_fr"] == -12


def test_a_difference_of_tax_is_named_with_both_figures() -> None:
    rows = SALE.replace("12.00", "10.00")
    rows += f"2026-05-03|Order|ItemPrice|Tax|2.00|order={ORDER} sku=CUP\n"
    assert named(posted(rows, line())) == []
    [difference] = named(posted(rows, line(vat=Decimal("1.99"))))
    assert difference.amount == Decimal("0.01")
    assert "tax of 2.00 in the settlement, 1.99 in the VAT report" in difference.details


def test_a_report_in_another_currency_is_not_compared_and_that_is_said() -> None:
    [difference] = named(posted(SALE, line(currency="EUR")))
    assert (difference.name, difference.amount) == ("vat_report", None)
    assert "is in EUR, the settlement in GBP: its amounts are not compared" in difference.details


def test_refunds_are_compared_with_refunds() -> None:
    item = VatItem(ORDER, "refund", "CUP")
    back = line(item=item, gross=Decimal("-11.00"), vat=Decimal("-1.83"), activity="A2")
    [difference] = named(posted(SALE + REFUND, line(), back))
    assert difference.amount == Decimal("-1.00")
    assert "the refund of order" in difference.details


def test_an_order_that_the_report_does_not_know_is_no_difference() -> None:
    other = SALE.replace(ORDER, OTHER_ORDER)
    assert named(posted(SALE + other, line())) == []


def test_a_sku_that_the_report_passes_over_in_an_order_it_knows_is_named() -> None:
    toy = f"2026-05-03|Order|ItemPrice|Principal|5.00|order={ORDER} sku=TOY qty=1\n"
    refund = f"2026-05-09|Refund|ItemPrice|Principal|-5.00|order={ORDER} sku=TOY\n"
    [difference] = named(posted(SALE + toy + refund, line("FR")))
    assert (difference.name, difference.amount) == ("vat_report", Decimal("5.00"))
    assert difference.details == (
        f"order {ORDER}, SKU TOY: the VAT report knows the order and not this SKU: it is posted "
        "without destination"
    )


def test_two_destinations_of_one_item_are_named_and_none_is_chosen() -> None:
    half: dict[str, Any] = {"gross": Decimal("6.00"), "vat": Decimal("1.00")}
    outcome = posted(SALE, line(**half), line("IT", "22", activity="A2", **half))
    [difference] = named(outcome)
    assert difference.name == "vat_report_unclear"
    assert "FR 20 and IT 22" in difference.details
    assert balances(outcome)["export"] == -12


def test_a_missing_account_names_the_destination() -> None:
    books = book(rule("sales", "", treatment="taxed"))
    [held] = settle(settlement(SALE), books, vat=VatReport(by_order([line()]))).held
    assert "treatment taxed, sent to FR 20 %" in held.details
