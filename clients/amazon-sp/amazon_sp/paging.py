"""Pages of a listing: tokens that die, that come twice, and pages that are empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from amazon_sp.errors import Refused

Json = dict[str, Any]


class ListingBroken(Refused):
    """The listing cannot go on from where it is and must begin again; nothing is lost by that."""


def pages(
    read: Callable[[str | None], Json],
    token_of: Callable[[Json], str | None],
    *,
    clock: Callable[[], float],
    life: float,
) -> Iterator[Json]:
    """Give page after page until one has no token; empty pages count as pages.

    read: gets a page by its token, the first by None. life: seconds after which a token is not
    tried any more. Raises ListingBroken when a token is too old, comes a second time, or is
    refused: Amazon refuses good ones at times, and the same listing anew works then.
    """
    token: str | None = None
    issued, known = clock(), set[str]()
    while True:
        if token and clock() - issued > life:
            raise ListingBroken("Amazon's page token had ended before it could be used")
        try:
            page = read(token)
        except Refused as refusal:
            if token:
                raise ListingBroken(str(refusal)) from refusal
            raise
        issued = clock()
        token = token_of(page)
        yield page
        if not token:
            return
        if token in known:
            raise ListingBroken("Amazon gave the same page token twice")
        known.add(token)
