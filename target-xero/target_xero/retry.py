"""`meltano invoke target-xero:retry <document id>...`: post anew what was voided in Xero.

What a person voided or deleted stays so until this is run. It marks the document in the books; the
next run looks in Xero, takes what still stands there, and posts anew what is gone.

With --next-open-day, documents that wait because Xero has locked their dates are posted on the
first open day by the next run; without ids, all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from books import AtWork, Books, Posting, State, open_existing
from target_xero import documents
from target_xero.desk import ANEW, LOCKED_PERIOD

GONE = frozenset({"voided", "missing"})
# What rests on a document in a locked period is often dated there too.
_WAITING = frozenset({LOCKED_PERIOD, "no_invoice", "no_credit_note"})
_EXIT_UNKNOWN = 1


def mark(books: Books, document_id: str, organisation: str | None = None) -> str:
    """Mark a document to be posted anew, and say in a sentence what comes of it.

    Never an adjustment of stock: what is on hand then, the next count decides.

    organisation: the name of one, where several in these books have the document. Raises
    LookupError for a document that is not in the books or in several.
    """
    if document_id.startswith("stock:"):
        return f"{document_id}: stock is not posted anew; the next count brings it to its level"
    with books.exclusive(_row(books, document_id, organisation).tenant):
        row = _row(books, document_id, organisation)
        if row.state is State.INTENDED:
            return f"{document_id}: its outcome is not known; the next run finds out"
        if row.state is not State.POSTED and row.reason not in GONE:
            return f"{document_id}: it is {row.state}, and each run tries it again by itself"
        anew = replace(
            row,
            state=State.HELD,
            reason=ANEW,
            error="it is to be posted anew",
            vendor_id=None,
            vendor_updated=None,
            posted_hash=None,
            posted_document=None,
            idempotency_key=None,
            adopted=False,
        )
        books.save([anew])
    return f"{document_id}: the next run posts it anew, unless it still stands in Xero"


def let_go(books: Books, document_id: str, organisation: str | None = None) -> str:
    """Let a document go to the first open day, and say what comes of it; as `mark` otherwise."""
    with books.exclusive(_row(books, document_id, organisation).tenant):
        row = _row(books, document_id, organisation)
        if row.state is not State.HELD or row.reason not in _WAITING:
            return f"{document_id}: it does not wait for a locked period ({row.state})"
        if row.vendor_id is not None:
            return f"{document_id}: it is in Xero, where only an open period lets it change"
        record = json.loads(row.document) | {"lock_dates": documents.NEXT_OPEN_DAY}
        books.save([replace(row, document=documents.as_text(record))])
    return f"{document_id}: the next run posts it, on the first open day where its own is locked"


def waiting(books: Books, organisation: str | None = None) -> list[str]:
    """The documents that wait for a locked period, and those that rest on them."""
    rows = [
        row
        for row in books.postings(states=[State.HELD])
        if row.reason in _WAITING
        and row.vendor_id is None
        and organisation in (None, _name(books, row.tenant))
    ]
    return [row.document_id for row in rows]


def _row(books: Books, document_id: str, organisation: str | None) -> Posting:
    rows = [
        row
        for row in books.postings(document_ids=[document_id])
        if row.stream in documents.IN_POSTING_ORDER
    ]
    names = {row.tenant: _name(books, row.tenant) for row in rows}
    if organisation is not None:
        rows = [row for row in rows if names[row.tenant] == organisation]
    if not rows:
        raise LookupError(f"{document_id}: no such document in the books")
    if len(rows) > 1:
        found = ", ".join(sorted(names.values()))
        raise LookupError(
            f"{document_id} is in several organisations: add --organisation ({found})"
        )
    return rows[0]


def _name(books: Books, tenant: str) -> str:
    known = books.known_tenant(tenant)
    return known.name if known else tenant


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a document is not there or another run is at work."""
    parser = argparse.ArgumentParser(prog="target-xero:retry", description=__doc__)
    parser.add_argument("document_id", nargs="*", help="for example invoice:026-1234567-1234567")
    parser.add_argument("--organisation", help="name of the Xero organisation, where several")
    parser.add_argument(
        "--next-open-day",
        action="store_true",
        help="post what waits for a locked period on the first open day",
    )
    asked = parser.parse_args(arguments)
    if not asked.document_id and not asked.next_open_day:
        parser.error("name a document, as `target-xero:log` shows it")
    url = os.environ.get("TARGET_XERO_BOOKS") or os.environ.get("BOOKS_URL") or ""
    books = open_existing(url)
    if books is None:
        sys.stderr.write("there are no books yet: nothing was posted\n")
        return _EXIT_UNKNOWN
    treat = let_go if asked.next_open_day else mark
    with books:
        try:
            found = asked.document_id or waiting(books, asked.organisation)
            for document_id in found:
                sys.stdout.write(f"{treat(books, document_id, asked.organisation)}\n")
        except (LookupError, AtWork) as fault:
            sys.stderr.write(f"{fault.args[0]}\n")
            return _EXIT_UNKNOWN
    if not found:
        sys.stdout.write("nothing waits for a locked period\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
