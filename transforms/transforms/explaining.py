"""Why the books say what they say: from a settlement, an order or a document back to the maps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import books
from transforms.ledger.book import JOIN, Book
from transforms.ledger.settlement import is_order_id

Record = dict[str, Any]

_SOURCES = ("settlement", "order", "month")
_SHOWN = 3


def explain(wanted: str, kept: books.Books, book: Book) -> Iterator[str]:
    """Tell the trace of an order, a settlement or a document, line by line.

    A document is named by its id, or by the number that Xero shows. Nothing is told of what the
    books do not know.
    """
    organisation = book.choices.organisation
    proof = kept.proof(organisation, wanted)
    told = list(_settlement(proof, book)) if proof else []
    if is_order_id(wanted):
        told = list(_rows(kept.traces_of_order(organisation, wanted)))
    found = [each for each in _postings(wanted, kept) if _is_of(each, organisation)]
    waiting = [
        each
        for each in kept.held(organisation)
        if wanted in (each.document_id, each.settlement_id, each.order_id)
    ]
    if not proof and (told or found or waiting):
        yield f"{'Order' if is_order_id(wanted) else 'Document'} {wanted}"
    yield from told
    for posting in found:
        yield from _document(posting, book)
    for held in waiting:
        yield ""
        yield f"waits: {held.document_id} ({held.reason})"
        yield from (f"    {line}" for line in held.details.splitlines())


def _postings(wanted: str, kept: books.Books) -> list[books.Posting]:
    """Find the documents of an order, a settlement, an id or a number."""
    if is_order_id(wanted):
        return [entry.posting for entry in kept.trail(order_id=wanted)]
    if ":" in wanted:
        return kept.postings(document_ids=[wanted])
    of_settlement = [entry.posting for entry in kept.trail(settlement_id=wanted)]
    return of_settlement or kept.postings(numbers=[wanted])


def _is_of(posting: books.Posting, organisation: str) -> bool:
    """Say whether a document is of a set of books; several may share the database."""
    source = json.loads(posting.document).get("source") or {}
    return bool(source.get("organisation", organisation) == organisation)


def _rows(orders: Iterable[books.TracedOrder]) -> Iterator[str]:
    """The rows of an order in each settlement, as the report has them, with their classes."""
    for order in orders:
        yield ""
        yield f"rows of settlement {order.settlement_id}"
        for row in order.rows:
            triple = f"{row.transaction_type} / {row.amount_type} / {row.amount_description}"
            number = f", {row.rows} rows" if row.rows > 1 else ""
            what = f"{row.accounting_class or 'unknown':<22}{triple}  {row.sku}".rstrip()
            yield f"    {row.day}  {row.amount:>14}  {what}{number}"


def _settlement(proof: Record, book: Book) -> Iterator[str]:
    yield (
        f"Settlement {proof['settlement_id']}, {proof['marketplace'] or 'no marketplace'}, style "
        f"{proof['posting'] or 'none'}: {proof['rows']} rows, deposit {proof['deposit']} "
        f"{proof['currency']}, {proof['status']}"
    )
    yield f"    report {proof['report_id']}"
    if proof["reason"]:
        yield f"    {proof['reason']}"
    if proof["classes"]:
        yield ""
        yield "rows by class, and the lines of the maps that place them"
    for each in proof["classes"]:
        lines = ", ".join(_class_lines(each["class"], proof["marketplace"], book)) or "no line"
        yield f"    {each['class']:<22}{each['amount']:>14}  {each['rows']} rows  {lines}"
    if proof["documents"]:
        yield ""
        yield "documents, and what each contributes to the deposit"
    for each in proof["documents"]:
        waits = ", waits" if each["held"] else ""
        number = f"  {each['number']}" if each["number"] else ""
        yield f"    {each['date']}  {each['amount']:>14}  {each['document_id']}{number}{waits}"
    for each in proof["differences"]:
        yield f"difference {each['name']} {each['amount'] or ''}: {each['details']}"


def _class_lines(name: str, marketplace: str | None, book: Book) -> Iterator[str]:
    """The lines of accounts.csv that may place a class at a marketplace."""
    for rule in book.accounts:
        if rule.accounting_class == name and rule.marketplace in ("", marketplace or ""):
            since = f"from {rule.valid_from}" if rule.valid_from != date.min else ""
            told = [rule.treatment or "any treatment", rule.destination, since]
            where = "joins its line" if rule.account == JOIN else f"{rule.account} {rule.tax_type}"
            kind = ", ".join(filter(None, told))
            yield f"accounts.csv:{rule.line} ({kind}) -> {where}"


def _document(posting: books.Posting, book: Book) -> Iterator[str]:
    record: Record = json.loads(posting.document)
    source = record.get("source") or {}
    yield ""
    number = f" {posting.number}" if posting.number else ""
    amount = "" if posting.amount is None else f", {posting.amount} {posting.currency or ''}"
    yield (
        f"{posting.stream}{number}: {posting.state}, {posting.date or 'no date'}{amount}".rstrip()
    )
    there = f", in Xero {posting.vendor_id}" if posting.vendor_id else ""
    yield f"    {posting.document_id}{there}"
    kinds = {name: source.get(f"{name}_id") or source.get(name) for name in _SOURCES}
    made = [f"{name} {value}" for name, value in kinds.items() if value]
    if made:
        yield f"    made from {', '.join(made)}"
    if posting.error or posting.reason:
        yield f"    {posting.error or posting.reason}"
    for line in record.get("lines") or ():
        lines = ", ".join(_places(line, book))
        what = f"{line['account']} {line['tax_type'] or ''}".rstrip()
        yield f"    {line['amount']:>14}  {what:<16}{line['description']}  {lines}".rstrip()


def _places(line: Record, book: Book) -> Iterable[str]:
    """The lines of the maps that name a line's account and tax type."""
    found = [
        f"accounts.csv:{rule.line} {rule.accounting_class}"
        for rule in book.accounts
        if (rule.account, rule.tax_type) == (line["account"], line["tax_type"])
    ]
    marketplaces = [
        f"marketplaces.csv {each.name} clearing"
        for each in book.marketplaces
        if each.clearing_account == line["account"]
    ]
    more = len(found) - _SHOWN
    rest = [f"and {more} more"] if more > 0 else []
    return [*found[:_SHOWN], *rest, *marketplaces]
