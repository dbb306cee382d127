"""A settlement that was posted keeps its ways, whatever the choices say by now.

Reading it again must not post it a second time in another form: beside the journal that holds a
refund, a credit note of it; beside its orders' payments, an invoice of the whole.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

import books
from transforms.ledger.book import Book
from transforms.ledger.classes import Treatment
from transforms.ledger.difference import Difference
from transforms.ledger.documents import Invoice
from transforms.ledger.money import ZERO
from transforms.ledger.proof import Proof
from transforms.ledger.settlement import Settlement
from transforms.ledger.vat import NO_REPORT, Destination, VatItem, VatReport
from transforms.written import document_record

_INVOICED_BEFORE = "invoiced_before"


def as_posted(book: Book, proof: dict[str, Any]) -> Book:
    """Give the maps with the choices by which the settlement of a proof was posted.

    A proof that lists no credit note was posted without them, or had no refund to credit: both
    ways are then the same.
    """
    streams = {document["stream"] for document in proof["documents"]}
    has_notes = "credit_notes" in streams
    choices = replace(book.choices, refunds="credit_notes" if has_notes else "journal")
    marketplaces = tuple(
        replace(each, posting=proof["posting"]) if each.name == proof["marketplace"] else each
        for each in book.marketplaces
    )
    if choices == book.choices and marketplaces == book.marketplaces:
        return book
    return replace(book, choices=choices, marketplaces=marketplaces)


def destinations_posted(proof: dict[str, Any], known: VatReport = NO_REPORT) -> VatReport:
    """Give the destinations by which the settlement of a proof was posted, beside what is known."""
    posted: dict[str, dict[VatItem, Destination]] = {}
    for each in proof.get("destinations") or ():
        destination = Destination(each["country"], each["rate"], Treatment(each["treatment"]))
        for values in each["items"]:
            item = VatItem(*values)
            posted.setdefault(item.order_id, {})[item] = destination
    return VatReport(known.lines, posted)


def is_settled(order_id: str, organisation: str, kept: books.Books | None) -> bool:
    """Say whether a settlement has paid an order, by an invoice that it made if there was none."""
    if kept is None:
        return False
    return any(
        json.loads(each.document)["source"]["organisation"] == organisation
        for each in kept.postings(
            stream="payments", states=[books.State.POSTED], order_ids=[order_id]
        )
    )


def beside_invoices(
    proof: Proof,
    settlement: Settlement,
    before: dict[str, Any] | None,
    kept: books.Books | None,
    organisation: str,
) -> Proof:
    """Name in a proof what is open on invoices of orders that the settlement's own sells too.

    So it is after a marketplace went from style `orders` to `settlements`: the invoices of orders
    that no settlement had paid by then are paid by none, and their sales stand twice. `before`: the
    proof as it was said before, which stays.
    """
    if proof.posting != "settlements" or proof.status != "tied":
        return proof
    if before is not None:
        said = [each for each in before["differences"] if each["name"] == _INVOICED_BEFORE]
        named = [Difference(_INVOICED_BEFORE, Decimal(e["amount"]), e["details"]) for e in said]
    else:
        named = _invoiced_before(settlement.order_ids, organisation, kept)
    return replace(proof, differences=(*proof.differences, *named))


def _invoiced_before(
    order_ids: Collection[str], organisation: str, kept: books.Books | None
) -> list[Difference]:
    if kept is None or not order_ids:
        return []
    left: dict[str, Decimal] = {}
    for stream, sign in (("invoices", 1), ("payments", -1)):
        for each in kept.postings(stream=stream, states=[books.State.POSTED], order_ids=order_ids):
            source = json.loads(each.document)["source"]
            order_id = source["order_id"]
            if source["organisation"] == organisation and each.amount is not None:
                left[order_id] = left.get(order_id, ZERO) + sign * each.amount
    found = {order_id: amount for order_id, amount in left.items() if amount > ZERO}
    if not found:
        return []
    total, first = sum(found.values(), ZERO), next(iter(found))
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    words = (
        f"order {first}{others} of this settlement had invoices of their own before it was posted "
        f"in style settlements: {total} is open on them, and is sold twice until they are credited"
    )
    return [Difference(_INVOICED_BEFORE, total, words)]


def invoice_posted(
    invoice: Invoice | None, without: Invoice | None, kept: books.Books | None
) -> Invoice | None:
    """Choose the invoice without destination where that is what was posted.

    A VAT report that comes after an order's invoice changes nothing of it.
    """
    if invoice is None or without is None or invoice == without or kept is None:
        return invoice
    _, plain = document_record(without)
    for posting in kept.postings(document_ids=[invoice.document_id]):
        posted = json.loads(posting.posted_document or posting.document)
        if {name: posted.get(name) for name in plain} == plain:
            return without
    return invoice
