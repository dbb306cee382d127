"""Which invoice an order's rows belong to: its own, one that is there, or a further shipment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    invoice_line,
    order_id,
    payment,
)

from books import State
from target_xero.tally import Did

ORDER = order_id(1)
NUMBER = f"AMZ-{ORDER}"


def shipment(name: str, amount: str) -> list[Recorded]:
    return [invoice(ORDER, amount, name), payment(ORDER, name, amount)]


def numbers(desk: Desk) -> dict[str, tuple[str, Decimal]]:
    return {
        each["InvoiceNumber"]: (each["Status"], each["Total"])
        for each in desk.organisation.invoices
    }


def test_a_settlement_makes_the_invoice_that_no_order_made(desk: Desk) -> None:
    desk.post(*shipment("S1", "12.00"))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}


def test_an_order_with_something_due_is_paid_and_not_invoiced_again(desk: Desk) -> None:
    """Two shipments of one order, settled in two settlements, in one run."""
    desk.post(invoice(ORDER, "30.00"), *shipment("S1", "20.00"), *shipment("S2", "10.00"))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("30.00"))}
    assert desk.documents()["Payments"] == {"AUTHORISED": 2}


def test_the_same_in_three_runs(desk: Desk) -> None:
    desk.post(invoice(ORDER, "30.00"))
    desk.post(*shipment("S1", "20.00"))
    desk.post(*shipment("S2", "10.00"))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("30.00"))}


def test_rows_of_a_later_settlement_make_a_further_invoice_when_nothing_is_due(desk: Desk) -> None:
    documents = [*shipment("S1", "20.00"), *shipment("S2", "10.00"), *shipment("S3", "5.00")]
    desk.post(*documents)
    assert numbers(desk) == {
        NUMBER: ("PAID", Decimal("20.00")),
        f"{NUMBER}-2": ("PAID", Decimal("10.00")),
        f"{NUMBER}-3": ("PAID", Decimal("5.00")),
    }
    mark = desk.mark
    desk.post(*documents)
    assert desk.writes(mark) == []


def test_the_further_invoice_is_the_same_run_by_run_and_after_books_are_lost(desk: Desk) -> None:
    documents = [*shipment("S1", "20.00"), *shipment("S2", "10.00")]
    desk.post(*documents[:2])
    desk.post(*documents[2:])
    found, mark = numbers(desk), desk.mark
    assert set(found) == {NUMBER, f"{NUMBER}-2"}
    desk.lose_books()
    desk.post(*documents)
    assert numbers(desk) == found
    assert desk.writes(mark) == []


def test_lost_books_remember_which_settlement_only_paid(desk: Desk) -> None:
    """The order's own invoice was paid by both; neither settlement made one of its own."""
    documents = [invoice(ORDER, "30.00"), *shipment("S1", "20.00"), *shipment("S2", "10.00")]
    desk.post(*documents)
    mark = desk.mark
    desk.lose_books()
    desk.post(*documents)
    assert desk.writes(mark) == []
    assert desk.posting(f"invoice:{ORDER}:S2").number == NUMBER


def test_an_order_that_comes_after_its_settlement_takes_the_invoice_over(desk: Desk) -> None:
    desk.post(*shipment("S1", "12.00"))
    tally = desk.post(invoice(ORDER, "12.00"))
    assert tally.count(Did.ADOPTED) == 1
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}


def test_an_order_that_says_otherwise_than_its_settlement_is_held_with_both_totals(
    desk: Desk,
) -> None:
    desk.post(*shipment("S1", "12.00"))
    tally = desk.post(invoice(ORDER, "9.00"))
    assert tally.lines == [
        (
            f"held: invoice:{ORDER}: {NUMBER} is in the books with 12.00 GBP (from settlement S1), "
            "this says 9.00 GBP: see which is right, and correct the other in Xero or in its source"
        )
    ]


def test_an_order_completed_after_its_first_shipment_was_settled_is_not_invoiced_twice(
    desk: Desk,
) -> None:
    """The other shipment's settlement makes its own invoice."""
    desk.post(*shipment("S1", "20.00"))
    completed = invoice(ORDER, "30.00")
    tally = desk.post(completed)
    assert (tally.lines, tally.count(Did.ALREADY_THERE)) == ([], 1)
    desk.post(completed, *shipment("S2", "10.00"))
    found = {
        NUMBER: ("PAID", Decimal("20.00")),
        f"{NUMBER}-2": ("PAID", Decimal("10.00")),
    }
    assert numbers(desk) == found
    mark = desk.mark
    desk.post(invoice(ORDER, "30.00", lines=[invoice_line("30.00", description="New title")]))
    assert (desk.writes(mark), numbers(desk)) == ([], found)


def test_an_invoice_that_was_in_xero_before_is_adopted_when_it_agrees(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00", document_id="typed-by-hand"))
    desk.lose_books()
    tally = desk.post(invoice(ORDER, "12.00"), *shipment("S1", "12.00"))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}
    assert (tally.count(Did.ADOPTED), tally.count(Did.ALREADY_THERE)) == (1, 1)


def test_an_invoice_that_was_in_xero_before_and_differs_is_left_alone(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00", document_id="typed-by-hand"))
    desk.lose_books()
    desk.post(invoice(order_id(2)))
    tally = desk.post(invoice(ORDER, "15.00"))
    assert tally.lines == [
        (
            f"held: invoice:{ORDER}: Xero has another invoice {NUMBER}: "
            "total is 12.00 in Xero, 15.00 here"
        )
    ]
    assert numbers(desk)[NUMBER] == ("AUTHORISED", Decimal("12.00"))


def test_more_settled_than_due_pays_the_due_part_and_holds_the_rest(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00"))
    tally = desk.post(payment(ORDER, "S1", "13.50"))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}
    rest = desk.posting(f"payment:S1:{ORDER}:excess")
    assert (rest.state, rest.amount) == (State.HELD, Decimal("1.50"))
    assert rest.error == (
        f"13.50 GBP was settled for invoice {NUMBER}, 12.00 was due: 1.50 is left over"
    )
    assert (tally.count(Did.POSTED), tally.count(Did.HELD)) == (1, 1)


def test_the_rest_is_posted_once_something_is_due_again(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00"), payment(ORDER, "S1", "13.50"))
    mark = desk.mark
    desk.post()
    assert desk.writes(mark) == []
    (found,) = desk.organisation.invoices
    desk.organisation.save(
        desk.organisation.invoices,
        {**found, "Status": "AUTHORISED", "AmountDue": Decimal("5.00"), "Total": Decimal("17.00")},
    )
    desk.post()
    assert desk.posting(f"payment:S1:{ORDER}:excess").state is State.POSTED


def test_what_a_person_paid_is_respected(desk: Desk) -> None:
    """Xero knows of 5.00 that the books do not: the rest of what is due is paid."""
    desk.post(invoice(ORDER, "12.00"))
    desk.post(payment(ORDER, "by-hand", "5.00"))
    desk.lose_books()
    desk.post(invoice(ORDER, "12.00"))
    desk.post(payment(ORDER, "S1", "12.00"))
    assert desk.posting(f"payment:S1:{ORDER}").amount == Decimal("7.00")
    assert desk.posting(f"payment:S1:{ORDER}:excess").amount == Decimal("5.00")
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}


def test_a_payment_in_another_currency_than_its_invoice_waits(desk: Desk) -> None:
    """A payment has no currency in Xero: the amount would be taken in the invoice's."""
    desk.post(invoice(ORDER, currency="EUR"), payment(ORDER, "S1"))
    assert desk.posting(f"payment:S1:{ORDER}").error == (f"it is in GBP, invoice {NUMBER} in EUR")
    assert desk.documents() == {"Invoices": {"AUTHORISED": 1}}


def test_less_settled_than_due_leaves_the_invoice_open(desk: Desk) -> None:
    desk.post(invoice(ORDER, "12.00"), payment(ORDER, "S1", "10.00"))
    (found,) = desk.organisation.invoices
    assert (found["Status"], found["AmountDue"]) == ("AUTHORISED", Decimal("2.00"))


def test_a_payment_without_an_invoice_waits_for_it(desk: Desk) -> None:
    desk.post(payment(ORDER, "S1"))
    assert desk.posting(f"payment:S1:{ORDER}").error == f"its invoice {NUMBER} is not in Xero yet"
    desk.post(invoice(ORDER))
    assert numbers(desk) == {NUMBER: ("PAID", Decimal("12.00"))}


def test_a_payment_of_a_draft_waits_until_it_is_approved(desk: Desk) -> None:
    desk.post(invoice(ORDER, status="DRAFT"), payment(ORDER, "S1"))
    assert desk.posting(f"payment:S1:{ORDER}").reason == "invoice_draft"
    assert desk.documents() == {"Invoices": {"DRAFT": 1}}


def stock(name: str, stream: str, quantity: int, total: str) -> Recorded:
    """A zero-total document on a tracked item: what came or went, and its offset."""
    moved = invoice_line(
        total,
        quantity=str(quantity),
        unit_amount="3.00",
        account="630",
        tax_type="NONE",
        item_code="LAMP-OAK",
    )
    offset = invoice_line(f"-{total}", account="310", tax_type="NONE", item_code=None)
    own: dict[str, Any] = {
        "document_id": name,
        "kind": "bill",
        "number": name.upper(),
        "lines": [moved, offset],
    }
    if stream == "invoices":
        return invoice(ORDER, "0.00", **own)
    return credit_note(ORDER, "S1", "0.00", None, refunds=None, **own)


def on_hand(desk: Desk) -> tuple[Decimal, Decimal]:
    with desk.running() as run:
        (lamp,) = run.session.read("Items/LAMP-OAK")["Items"]
    return lamp["QuantityOnHand"], lamp["TotalCostPool"]


def test_zero_total_documents_adjust_the_stock_of_a_tracked_item_once(desk: Desk) -> None:
    """A bill raises it, a supplier's credit note lowers it (facts: 3.7)."""
    (lamp,) = desk.organisation.items.named("Code", "LAMP-OAK")
    tracked = {"InventoryAssetAccountCode": "630", "IsTrackedAsInventory": True}
    desk.organisation.save(desk.organisation.items, {**lamp, **tracked})
    both = [stock("stock:1", "invoices", 5, "15.00"), stock("stock:2", "credit_notes", 2, "6.00")]
    desk.organisation.faults.drop_response(method="PUT", path="*/Invoices")
    desk.organisation.faults.drop_response(method="PUT", path="*/CreditNotes")
    desk.post(*both)
    assert desk.documents() == {"Invoices": {"PAID": 1}, "CreditNotes": {"PAID": 1}}
    assert on_hand(desk) == (Decimal(3), Decimal("9.00"))
    assert desk.balance() == {"630": Decimal("9.00"), "310": Decimal("-9.00")}
    (credit,) = desk.organisation.credit_notes
    assert credit["CreditNoteNumber"] == "STOCK:2 [amz:stock:2]"
    desk.lose_books()
    assert desk.post(*both).count(Did.ADOPTED) == 2
    assert on_hand(desk) == (Decimal(3), Decimal("9.00"))
    desk.post(stock("stock:1", "invoices", 6, "18.00"))
    assert desk.posting("stock:1").reason in ("not_ours", "paid"), "a posted count is not rewritten"


def test_a_settlement_invoice_and_a_bill_are_posted_in_their_own_series(desk: Desk) -> None:
    bill = invoice(ORDER, document_id="bill:1", kind="bill", number="FEES-1")
    bill[1]["lines"] = [invoice_line("12.00", account="401", tax_type="INPUT2", item_code=None)]
    desk.post(invoice(ORDER, document_id="settlement:S1", kind="settlement", number="AMZ-S1"), bill)
    found = {each["InvoiceNumber"]: each["Type"] for each in desk.organisation.invoices}
    assert found == {"AMZ-S1": "ACCREC", "FEES-1 [amz:bill:1]": "ACCPAY"}
    count = desk.documents()
    desk.lose_books()
    desk.post(bill)
    assert desk.documents() == count


def test_an_invoice_that_was_credited_has_nothing_due_for_a_further_shipment(desk: Desk) -> None:
    credited = credit_note(ORDER, "S1", "12.00", None)
    desk.post(invoice(ORDER, settlement="S1"), credited)
    desk.post(*shipment("S2", "4.00"))
    assert numbers(desk) == {
        NUMBER: ("PAID", Decimal("12.00")),
        f"{NUMBER}-2": ("PAID", Decimal("4.00")),
    }
