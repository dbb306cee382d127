"""A few changes, sent one by one: each answer is written down before the next is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from amazon_sp import Session, listings
from amazon_sp.errors import Refused, Unavailable
from books import PriceChange, Stage
from target_amazon_sp import bodies, offers
from target_amazon_sp.bodies import Sending
from target_amazon_sp.register import Register

# So many failures of Amazon's own in a row are not one listing's.
ENOUGH = 3


class Patcher:
    """Changes listings by patchListingsItem.

    fault: the last failure of Amazon's own. unknown: the rows that may have been taken then.
    """

    def __init__(
        self, session: Session, seller_id: str, register: Register, now: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._seller_id = seller_id
        self._register = register
        self._now = now
        self.fault: str | None = None
        self.unknown: set[str] = set()

    def send(self, sendings: Sequence[Sending]) -> None:
        """Send each change; one that is refused leaves the others.

        What Amazon failed at may have been done: reading back tells. After several failures in a
        row the rest is not sent.
        """
        self._register.intend(row for sending in sendings for row in sending.rows)
        failures = 0
        for sending in sendings:
            rows = [self._register.open[row.listing] for row in sending.rows]
            try:
                self._send(sending, rows)
                failures = 0
            except Unavailable as lost:
                failures += 1
                self.fault = str(lost)
                self.unknown |= {row.change_id for row in rows}
                self._register.keep(rows, message=f"not known: {lost}")
                if failures == ENOUGH:
                    return

    def _send(self, sending: Sending, rows: list[PriceChange]) -> None:
        try:
            answer = listings.patch(
                self._session,
                self._seller_id,
                sending.place.marketplace_id,
                sending.sku,
                bodies.patch(sending),
            )
        except Refused as refused:
            self._refuse(rows, str(refused), None)
            return
        if answer.status != listings.ACCEPTED:
            self._refuse(rows, refusal(answer), answer.submission_id)
            return
        self._register.keep(
            rows,
            state=Stage.SENT,
            submission_id=answer.submission_id,
            sent_at=self._now(),
            message=offers.words(answer.issues) or None,
        )

    def _refuse(self, rows: list[PriceChange], words: str, submission_id: str | None) -> None:
        self._register.keep(
            rows,
            state=Stage.REFUSED,
            reason="amazon",
            message=words,
            submission_id=submission_id,
        )


def refusal(answer: listings.Submission) -> str:
    """Say in Amazon's words why it refuses a change."""
    errors = [issue for issue in answer.issues if issue.get("severity") == "ERROR"]
    return offers.words(errors or answer.issues) or f"Amazon says {answer.status} without a reason"
