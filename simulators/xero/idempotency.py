"""Idempotency keys: a write that comes again gets the first one's answer, for six minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators.clock import Clock
from simulators.wsgi import Request, Response
from simulators.xero.errors import BadRequest

_KEPT = timedelta(minutes=6)
_LONGEST = 128


@dataclass
class _Answer:
    fingerprint: tuple[str, str, bytes]
    since: datetime
    ready: threading.Event = field(default_factory=threading.Event)
    response: Response | None = None


class IdempotencyKeys:
    """Remembers the answer to each key of each app, errors included.

    The time runs from the first call. A duplicate that arrives while the first is still under way
    waits for it. A first call that never comes to an answer frees its key.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], _Answer] = {}

    def once(self, app: str, request: Request, answer: Callable[[], Response]) -> Response:
        """Answer a write, or give the answer that its key got before."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method not in ("PUT", "POST", "PATCH"):
            return answer()
        if not key or len(key) > _LONGEST:
            raise BadRequest(f"Idempotency Key must have 1 to {_LONGEST} characters")
        fingerprint = (request.method, request.target, request.body)
        while True:
            known, ours = self._claim((app, key), fingerprint)
            if known.fingerprint != fingerprint:
                raise BadRequest(f"Idempotency Key '{key}' is used with a different request")
            if ours:
                return self._first((app, key), known, answer)
            known.ready.wait()
            if known.response is not None:
                return known.response

    def _claim(
        self, key: tuple[str, str], fingerprint: tuple[str, str, bytes]
    ) -> tuple[_Answer, bool]:
        with self._lock:
            now = self._clock.now()
            self._answers = {
                each: known
                for each, known in self._answers.items()
                if known.since + _KEPT > now or not known.ready.is_set()
            }
            ours = key not in self._answers
            return self._answers.setdefault(key, _Answer(fingerprint, now)), ours

    def _first(
        self, key: tuple[str, str], known: _Answer, answer: Callable[[], Response]
    ) -> Response:
        try:
            response = answer()
            known.response = Response(response.status, response.content(), response.fields())
        finally:
            if known.response is None:
                with self._lock:
                    self._answers.pop(key, None)
            known.ready.set()
        return response
