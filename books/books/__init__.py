"""The pipeline's own database: what was posted, held and proven.

`open_books` opens it for writing (target-xero), `open_existing` for reading (the mapper). Losing
it costs calls, never a duplicate: each posting can be found again in Xero by its number or marker.
"""

from __future__ import annotations

from books.changes import Kind, PriceChange, Stage
from books.database import DEFAULT_URL, AtWork, Unusable
from books.keys import NoKey, TokenFault, TokensBusy, WrongKey, find_key
from books.readings import Account, Reading, ReadLine, Seen
from books.records import (
    OPEN_STATES,
    Became,
    Held,
    Posting,
    Run,
    State,
    Tenant,
)
from books.store import Books, open_books, open_existing
from books.traces import TracedOrder, TracedRow
from books.trail import Entry

__all__ = [
    "DEFAULT_URL",
    "OPEN_STATES",
    "Account",
    "AtWork",
    "Became",
    "Books",
    "Entry",
    "Held",
    "Kind",
    "NoKey",
    "Posting",
    "PriceChange",
    "ReadLine",
    "Reading",
    "Run",
    "Seen",
    "Stage",
    "State",
    "Tenant",
    "TokenFault",
    "TokensBusy",
    "TracedOrder",
    "TracedRow",
    "Unusable",
    "WrongKey",
    "find_key",
    "open_books",
    "open_existing",
]
