"""A settlement that was posted keeps its ways, whatever the choices say by now.

Reading it again must not post it a second time in another form: beside the journal that holds a
refund, a credit note of it; beside its orders' payments, an invoice of the whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from transforms.ledger.book import Book


def as_posted(book: Book, proof: dict[str, Any]) -> Book:
    """Give the maps with the choices by which the settlement of a proof was posted.

    A proof that lists no credit note was posted without them, or had no refund to credit: both
    ways are then the same.
    """
    streams = {document["stream"] for document in proof["documents"]}
    refunds = "credit_notes" if "credit_notes" in streams else "journal"
    choices = replace(book.choices, refunds=refunds)
    marketplaces = tuple(
        replace(each, posting=proof["posting"]) if each.name == proof["marketplace"] else each
        for each in book.marketplaces
    )
    if choices == book.choices and marketplaces == book.marketplaces:
        return book
    return replace(book, choices=choices, marketplaces=marketplaces)
