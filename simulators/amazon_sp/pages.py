"""Page tokens: opaque texts that stand for a place in a list, for a day or for less."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.clock import Clock

LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Place:
    """Where a listing goes on: its operation, the arguments of its first call, and the position."""

    operation: str
    arguments: Mapping[str, str]
    position: Any
    issued: datetime


class PageTokens:
    """Issues page tokens and redeems them, more than once, until they expire."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: dict[str, Place] = {}

    def issue(self, operation: str, arguments: Mapping[str, str], position: Any) -> str:
        """Give a token for a place."""
        text = f"{operation}:{len(self._places)}:{self._clock.now().timestamp()}"
        token = base64.b64encode(text.encode()).decode()
        self._places[token] = Place(operation, dict(arguments), position, self._clock.now())
        return token

    def redeem(self, operation: str, token: str, life: timedelta = LIFE) -> Place | None:
        """Find the place a token stands for; None when it is unknown, foreign or too old."""
        place = self._places.get(token)
        if place is None or place.operation != operation:
            return None
        return place if self._clock.now() - place.issued <= life else None
