"""A listing that may have to begin again, without losing or doubling a record."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from amazon_sp.errors import Refused
from amazon_sp.paging import TokenExpired
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream

TRIES = 5


def anew(
    listing: Callable[[], Iterable[Json]],
    key: Callable[[Json], Hashable],
    stream: SellingPartnerStream,
) -> Iterator[Json]:
    """Give a listing's records, beginning again when Amazon's pages break off.

    What was given already is given again only when it has changed meanwhile. Raises Refused when
    the pages broke off five times.
    """
    given: dict[Hashable, int] = {}
    for tries in range(1, TRIES + 1):
        try:
            for record in listing():
                content = hash(repr(record))
                if given.get(key(record)) != content:
                    given[key(record)] = content
                    yield record
        except TokenExpired as broken:
            if tries == TRIES:
                raise Refused(f"{broken}; tried {TRIES} times, run again later") from None
            stream.logger.info("The listing of %s begins again: %s", stream.name, broken)
        else:
            return
