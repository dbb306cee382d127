"""Page after page of a listing, and what to do when its thread is lost.

Each API has its own rule for a later page's parameters, so the caller states it. What all share:
a token that Amazon refuses, keeps too long or gives out twice ends the listing with TokenExpired,
and the caller begins again, with a shorter window where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from amazon_sp.errors import NotFound, Refused
from amazon_sp.session import Session

Params = dict[str, str]
Body = dict[str, Any]

# Amazon's tokens live 24 hours where it says so; an hour less leaves time for the wait before
# the call.
TOKEN_LIFE = 23 * 3600


class TokenExpired(Refused):
    """A listing lost its thread: its token is too old, refused or repeated. Begin it anew."""

    def __init__(
        self, message: str = "Amazon's page token had ended before it could be used"
    ) -> None:
        super().__init__(message)


def pages(
    session: Session,
    path: str,
    first: Params,
    later: Callable[[str], Params],
    token_of: Callable[[Body], Any],
    life: float = TOKEN_LIFE,
) -> Iterator[Body]:
    """Give the body of every page.

    first: the parameters of the first page. later: those of a page, by its token. token_of: where
    a body has the token of the next page. life: seconds for which a token is tried. Raises
    TokenExpired when the listing must begin anew.
    """
    asked = session.limits.clock()
    token, used = "", set[str]()
    while True:
        if token and session.limits.clock() - asked > life:
            raise TokenExpired
        asked = session.limits.clock()
        try:
            body = session.read(path, later(token) if token else first)
        except Refused as refused:
            # The first page's parameters were good, so it is the token that Amazon does not take.
            if not token or isinstance(refused, NotFound):
                raise
            raise TokenExpired(str(refused)) from refused
        yield body
        token = str(token_of(body) or "")
        if not token:
            return
        if token in used:
            raise TokenExpired("Amazon gave the same page token twice")
        used.add(token)
