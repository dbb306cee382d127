"""ACCEPTED is not applied: what was sent is read back until it is shown, refused, or time is up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from amazon_sp.errors import AccessDenied, AmazonError
from books import PriceChange, Stage
from target_amazon_sp import verdicts
from target_amazon_sp.current import Reader
from target_amazon_sp.offers import Listing
from target_amazon_sp.places import PLACES
from target_amazon_sp.register import Register
from target_amazon_sp.wishes import Key, Wish

logger = logging.getLogger(__name__)

# Seconds before the first look, and the longest between two.
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0

Errors = Mapping[tuple[str, str], str]


@dataclass
class ReadBack:
    """Reads listings back with growing pauses, as long as the settings let it.

    before: the errors that each listing had before anything was sent. doubtful: changes that are
    refused unless they are shown, with the reason. denied: Amazon's word when it lets nobody read.
    """

    reader: Reader
    register: Register
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    minutes: int
    before: Mapping[Key, Errors] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    denied: str | None = None

    def run(self, rows: Iterable[PriceChange], wishes: Mapping[Key, Wish]) -> list[PriceChange]:
        """Bring each row to applied or refused, or leave it pending; gives them all as they are."""
        settled = [row for row in rows if row.state is Stage.REFUSED]
        waiting = {row.change_id: row for row in rows if row.state is not Stage.REFUSED}
        ends, pause = self.clock() + self.minutes * 60, FIRST_PAUSE
        while waiting and self.clock() + pause <= ends:
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
            try:
                found = self._look(list(waiting.values()), wishes)
            except AmazonError as error:
                logger.warning("Reading back is left for the next run: %s", error)
                self.denied = str(error) if isinstance(error, AccessDenied) else None
                break
            settled += found
            for row in found:
                del waiting[row.change_id]
        return settled + self._left(list(waiting.values()))

    def _look(self, waiting: list[PriceChange], wishes: Mapping[Key, Wish]) -> list[PriceChange]:
        """Look once at everything that waits; gives what is settled by it."""
        by_place: dict[str, list[PriceChange]] = {}
        for row in waiting:
            by_place.setdefault(row.marketplace_id, []).append(row)
        settled = list[PriceChange]()
        for marketplace_id, rows in by_place.items():
            skus = dict.fromkeys(row.sku for row in rows)
            listings = self.reader.search(PLACES[marketplace_id], list(skus))
            shown, others = list[PriceChange](), list[PriceChange]()
            for row in rows:
                is_shown = self._is_shown(row, listings.get(row.sku), wishes)
                (shown if is_shown else others).append(row)
            settled += self.register.keep(shown, state=Stage.APPLIED, message=None, reason=None)
            for row in others:
                if words := self._new_errors(row, listings.get(row.sku)):
                    settled += self.register.keep(
                        [row], state=Stage.REFUSED, reason="amazon", message=words
                    )
        return settled

    def _is_shown(
        self, row: PriceChange, listing: Listing | None, wishes: Mapping[Key, Wish]
    ) -> bool:
        return listing is not None and verdicts.has(wishes[row.listing], listing, self.now())

    def _new_errors(self, row: PriceChange, listing: Listing | None) -> str:
        """Name the errors that the listing has of late, in Amazon's words."""
        if listing is None:
            return ""
        known = self.before.get(row.listing, {})
        return "; ".join(
            words for key, words in listing.errors[row.kind].items() if key not in known
        )

    def _left(self, waiting: list[PriceChange]) -> list[PriceChange]:
        """Write down what is not shown by now."""
        doubted, taken, others = list[PriceChange](), list[PriceChange](), list[PriceChange]()
        for row in waiting:
            if row.change_id in self.doubtful:
                doubted.append(row)
            elif row.state is Stage.INTENDED or verdicts.in_feed(row):
                # Not known to be taken; or in a feed without an end, which stays `sent`: that is
                # how the next run knows to follow it up.
                others.append(row)
            else:
                taken.append(row)
        return [
            *self.register.keep(doubted, state=Stage.REFUSED, reason="amazon"),
            *self.register.keep(taken, state=Stage.PENDING),
            *others,
        ]
