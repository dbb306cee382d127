"""Sending a write a second time, after its first answer was lost: only while Xero knows its key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from xero_api import OutcomeUnknown

if TYPE_CHECKING:
    from target_xero.desk import Desk

KEY_LIFE = timedelta(minutes=5)
"""Xero keeps an Idempotency-Key for six minutes from the first call; one is for the way there."""
_PAUSE = 2.0

Answer = TypeVar("Answer")


def twice(
    desk: Desk, send: Callable[[datetime | None], Answer], since: datetime | None = None
) -> Answer:
    """Send a write and, when its answer is lost, the same once more under the same key.

    send is given the instant after which it must not leave any more, None for a key that is new.
    since: when the key was first sent, by a run that was killed. Raises OutcomeUnknown where
    only a look-up can tell what became of it.
    """
    began = since or desk.now()
    try:
        return send(began + KEY_LIFE if since else None)
    except OutcomeUnknown:
        desk.sleep(_PAUSE)
        return send(began + KEY_LIFE)
