"""Each of Xero's validation messages comes with what the bookkeeper does next."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    invoice_line,
    item,
    journal,
    journal_line,
    order_id,
    payment,
    payout,
    transfer,
)

from books import State
from target_xero.advice import advised, next_step
from target_xero.tally import Did

ORDER = order_id(1)
GOOD = invoice(order_id(9))

CATALOGUE = {
    "Invoice # must be unique.": "rename that one in Xero",
    "Payment amount exceeds the amount outstanding on this document": "paid or credited already",
    "The total debits (100.00) must equal total credits (-10.00)": "does not balance",
    "Price List Item with Code 'abc' already exists": "rename one of the two items",
    "The contact name X is already assigned to another contact. The contact name must be unique "
    "across all active contacts.": "merge or rename the two contacts",
    "The contact number X is already assigned to another contact. The contact number must be "
    "unique across all contacts.": "merge or rename the two contacts",
    "An existing Credit Note with the specified CreditNoteID could not be found": "retry",
    "An existing invoice with the specified ID could not be found": "retry",
    "The document with the supplied id was not found for this endpoint.": "retry",
    "The Contact must contain at least 1 of the following elements": "fault of target-xero",
    "Invoice not of valid status for modification": "look at the document in Xero",
    "This document cannot be edited as it has a payment or credit note allocated to it": "is paid",
    "The Total for this document must be greater than or equal to zero.": "less than zero",
    "Account code '120' is not a valid code for this document.": "accounts.csv",
    "Account code '476' has been removed as it does not match a recognised account.": "retry it",
    "The TaxType code 'X' cannot be used with account code 'Y'": "correct the tax type",
    "Spend money transactions cannot be updated": "unreconcile",
    "Account code '###' has been archived or has been deleted": "restore the account",
    "The tax amount cannot be greater than the line amount": "correct the tax type",
    "The document date cannot be before the end of year lock date, currently set at 31-Jul-2013": (
        "move the lock date"
    ),
    "the line total 1500.00 does not match the expected line total 1499.93": "fault of target-xero",
    "The document sub total does not equal the sub total of the lines": "fault of target-xero",
    "Payments can only be made against Authorised documents": "approve the document",
    "You have reached the limit of invoices you can approve": "the Xero plan",
    "Organisation is not subscribed to currency USD": "add the currency in Xero",
    "Idempotency Key XYZ is used with a different request": "run again",
}


@pytest.mark.parametrize("words", CATALOGUE)
def test_every_message_of_the_catalogue_has_its_next_step(words: str) -> None:
    assert CATALOGUE[words] in str(next_step(words))


def test_a_message_that_nobody_knows_stands_for_itself() -> None:
    assert advised("Something new is wrong") == "Something new is wrong"


def test_advice_is_given_once() -> None:
    once = advised("Invoice # must be unique.")
    assert once.startswith("Invoice # must be unique. Next: ")
    assert advised(once) == once


# What the simulator can say is read from its source: a new refusal there needs its advice here.


def refusals(root: Path) -> Iterator[str]:
    for file in sorted((root / "simulators" / "xero").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ("Invalid", "add", "append"):
                yield from (text for arg in node.args for text in _texts(arg))
            elif isinstance(node, ast.ListComp):
                yield from (text for text in _texts(node.elt) if "characters" in text)
            elif file.stem == "errors" and isinstance(node, ast.Assign | ast.Return):
                yield from _texts(node.value) if node.value else ()


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _texts(node: ast.expr) -> Iterator[str]:
    """A message with each value in it written as `{}`; texts without a blank are no messages."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values]
        if " " in "".join(parts):
            yield "".join(parts)


def test_every_message_of_the_simulator_has_its_next_step(root: Path) -> None:
    found = set(refusals(root))
    assert len(found) > 60
    without = {
        text
        for text in found
        if not any(
            next_step(text.replace("{}", value)) for value in ("7", "name", "Spend", "total")
        )
    }
    assert without == set()


LINE = invoice_line("12.00")


def sale(**more: Any) -> Recorded:
    return invoice(ORDER, lines=[{**LINE, **more}])


PROVOKED = [
    (sale(account="777"), "correct the account in accounts.csv"),
    (sale(account="090"), "correct the account in accounts.csv"),
    (sale(account="999"), "restore the account in Xero"),
    (sale(tax_type="INPUT2"), "correct the tax type in accounts.csv"),
    (sale(tax_type="OUTPUT9"), "correct the tax type in accounts.csv"),
    (sale(item_code="NO-SUCH"), "add the item in Xero, or correct item_code in skus.csv"),
    (sale(tracking=[{"category": "A", "option": "B"}]), "add the tracking option in Xero"),
    (sale(tracking=[*LINE["tracking"] * 3]), "at most two tracking categories"),
    (sale(unit_amount="11.99"), "fault of target-xero"),
    (invoice(ORDER, "-1.00"), "which is no invoice"),
    (invoice(ORDER, lines=[]), "fault of target-xero"),
    (invoice(ORDER, currency="USD"), "add the currency in Xero"),
    (journal("S1", lines=[journal_line("401", "2"), journal_line("610", "-1")]), "not balance"),
    (journal("S1", lines=[journal_line("610", "0")]), "fault of target-xero"),
    (payout("S1", total="1.00", lines=[]), "fault of target-xero"),
    (payment(order_id(9), "S1", account="612"), "allow payments to the clearing account"),
    (payment(order_id(9), "S1", account="777"), "correct the account"),
    (payment(order_id(9), "S1", "0.00"), "zero or less"),
    (credit_note(ORDER, "S1", "5.00", "6.00", refunds=None), "paid or credited already"),
    (credit_note(ORDER, "S1", "-5.00", None, refunds=None), "which is no invoice"),
    (transfer(to_account="090"), "two accounts"),
    (transfer(amount="0"), "zero or less"),
    (item(account="777"), "correct the account in accounts.csv"),
    (item(tax_type="NO-SUCH"), "correct the tax type in accounts.csv"),
    (item(""), "give the item a code in skus.csv"),
    (invoice(ORDER, contact="a <b>"), "correct contact in marketplaces.csv"),
    (invoice(ORDER, contact="x" * 256), "shorten this text"),
]


@pytest.mark.parametrize(("document", "advice"), PROVOKED)
def test_what_xero_refuses_is_rejected_with_a_next_step_and_costs_no_neighbour(
    desk: Desk, document: Recorded, advice: str
) -> None:
    tally = desk.post(GOOD, document)
    (line,) = [each for each in tally.lines if each.startswith("rejected")]
    assert "Next: " in line
    assert advice in line
    assert advice in str(desk.postings(State.REJECTED)[0].error), "and the books keep it"
    assert tally.count(Did.POSTED, "invoices") == 1


def test_a_change_that_xero_refuses_is_held_with_a_next_step(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    tally = desk.post(sale(account="777"))
    (line,) = tally.lines
    assert line.startswith(f"held: invoice:{ORDER}: Xero refuses the change: Account code '777'")
    assert "Next: correct the account in accounts.csv" in line
