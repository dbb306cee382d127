"""The books of changes as a run writes them: each step committed before the next call is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from books import Books, Kind, PriceChange, Stage
from books.changes import UNDER_WAY, new_id
from target_amazon_sp.guards import Objection
from target_amazon_sp.verdicts import Did, Verdict
from target_amazon_sp.wishes import Key, Wish

_LONGEST = 255


class Register:
    """Writes down what is held, intended and known of the listings of one seller."""

    def __init__(
        self, books: Books, seller_id: str, run_id: str, now: Callable[[], datetime]
    ) -> None:
        self._changes = books.changes
        self._seller_id = seller_id
        self._run_id = run_id
        self._now = now
        self.open: dict[Key, PriceChange] = {
            row.listing: row for row in self._changes.open(seller_id)
        }

    def touched(self, since: datetime) -> set[tuple[str, str]]:
        """The listings that were sent something since an instant."""
        return self._changes.touched(self._seller_id, since)

    def under_way(self) -> set[tuple[str, str]]:
        """The listings that were sent something of which the end was not seen."""
        return {
            (row.marketplace_id, row.sku) for row in self.open.values() if row.state in UNDER_WAY
        }

    def in_feeds(self) -> list[PriceChange]:
        """The changes in feeds whose end was not seen."""
        return self._changes.in_feeds(self._seller_id)

    def feed_ids(self) -> set[str]:
        """The feeds that the books know."""
        return self._changes.feed_ids(self._seller_id)

    def row(self, verdict: Verdict) -> PriceChange:
        """Make the row of a change that is to be sent; nothing is written down yet."""
        return replace(
            self._row(verdict.wish, Stage.INTENDED, verdict.wish.figure),
            old=verdict.old,
            confirmed_at=verdict.confirmed_at,
        )

    def intend(self, rows: Iterable[PriceChange]) -> list[PriceChange]:
        """Write down what is about to be sent."""
        return self._opened(self._changes.add(rows))

    def keep(self, rows: Iterable[PriceChange], **to: Any) -> list[PriceChange]:
        """Write down what has become of changes; one that is applied is closed."""
        if to.get("state") is Stage.APPLIED:
            to["closed_at"] = self._now()
        return self._opened(self._changes.keep([replace(row, **to) for row in rows]))

    def hold(self, verdicts: Iterable[Verdict]) -> None:
        """Write down what waits; what waited before, for the same figures, is the same row."""
        new, same = list[PriceChange](), list[PriceChange]()
        for each in verdicts:
            last, said = self.open.get(each.wish.key), _said(each.objection)
            if last and last.state is Stage.HELD and _is_same(last, each.old, each.wish.figure):
                same.append(
                    replace(
                        last,
                        run_id=self._run_id,
                        document_id=each.wish.document_id,
                        explanation=each.wish.explanation,
                        **said,
                    )
                )
                continue
            row = self._row(each.wish, Stage.HELD, each.wish.figure)
            new.append(replace(row, old=each.old, confirmed_at=each.confirmed_at, **said))
        self._opened(self._changes.keep(same))
        self._opened(self._changes.add(new))

    def found(self, verdicts: Iterable[Verdict]) -> None:
        """Close what the listing shows to be over: applied by us, or there all the same."""
        applied, over = list[PriceChange](), list[PriceChange]()
        for each in verdicts:
            if (last := self.open.get(each.wish.key)) is not None:
                (applied if each.did is Did.APPLIED else over).append(last)
        self.keep(applied, state=Stage.APPLIED, message=None, reason=None)
        self.keep(over, closed_at=self._now())

    def refuse(self, key: Key, record: Mapping[str, Any], name: str, objection: Objection) -> None:
        """Write down a document that is no good, once for as long as it says the same."""
        last = self.open.get(key)
        said = _said(objection)
        if last and last.state is Stage.REFUSED and last.message == objection.words:
            self._changes.keep([replace(last, run_id=self._run_id)])
            return
        row = PriceChange(
            change_id=new_id(),
            seller_id=self._seller_id,
            marketplace_id=key[0],
            marketplace=name,
            sku=key[1],
            kind=key[2],
            document_id=str(record.get("document_id") or "")[:_LONGEST],
            state=Stage.REFUSED,
            run_id=self._run_id,
            **said,
        )
        self._opened(self._changes.add([row]))

    def _row(self, wish: Wish, state: Stage, new: Decimal) -> PriceChange:
        return PriceChange(
            change_id=new_id(),
            seller_id=self._seller_id,
            marketplace_id=wish.place.marketplace_id,
            marketplace=wish.place.name,
            sku=wish.sku,
            kind=wish.kind,
            document_id=wish.document_id[:_LONGEST],
            currency=wish.place.currency if wish.kind is Kind.PRICE else None,
            new=new,
            state=state,
            explanation=wish.explanation or None,
            run_id=self._run_id,
        )

    def _opened(self, rows: list[PriceChange]) -> list[PriceChange]:
        for row in rows:
            if row.closed_at is None:
                self.open[row.listing] = row
            elif (last := self.open.get(row.listing)) and last.change_id == row.change_id:
                del self.open[row.listing]
        return rows


def _is_same(last: PriceChange, old: Decimal | None, new: Decimal) -> bool:
    return (last.old, last.new) == (old, new)


def _said(objection: Objection | None) -> dict[str, Any]:
    if objection is None:
        return {"reason": None, "message": None}
    return {"reason": objection.reason, "message": objection.words}
