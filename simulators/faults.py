"""Faults on demand: what a vendor's service does on a bad day, named and counted.

A fault waits for the nth request of its method and path, and acts `times` times from there:

    faults.respond(503, times=2)                            the service is away, twice
    faults.error_after_commit(method="PUT", path="*/Invoices")   it worked, and answers 500
    faults.drop_response(method="PUT")                      it worked, and the line goes dead
    faults.hang("committed", method="PUT", nth=3)           the third write works, but hangs
    faults.truncate(100)                                    half an answer
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from simulators.wsgi import ConnectionDropped, Request, Response

Kind = Literal["respond", "error_after_commit", "drop_response", "hang", "truncate"]
Commit = Literal["committed", "never", "late"]
WRITES = "POST,PUT,PATCH,DELETE"


@dataclass
class Fault:
    """One fault: which requests, which of them, and what happens.

    method: one method, several with commas, or `*`. path: a glob over the path without query.
    nth: the first matching request that it hits, from 1. times: how many in a row, None for ever.
    commit, for `hang`: `committed` (done, the answer hangs), `never` (nothing is done, and on
    release the line goes dead), `late` (nothing is done until the release, then it is).
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    status: int = 500
    body: bytes | str | dict[str, Any] | list[Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    commit: Commit = "committed"
    cut: int = 0
    seen: int = 0
    released: threading.Event = field(default_factory=threading.Event, repr=False)
    waiting: Callable[[int], None] = field(default=lambda _: None, repr=False)

    def takes(self, request: Request) -> bool:
        """Tell whether the fault is about requests like this one."""
        return (
            self.method == "*" or request.method in self.method.upper().split(",")
        ) and fnmatchcase(request.path, self.path)

    def due(self) -> bool:
        """Count one matching request and tell whether it is one of those to hit."""
        self.seen += 1
        if self.seen < self.nth:
            return False
        return self.times is None or self.seen < self.nth + self.times

    def inside(self, answer: Callable[[], Response]) -> Response:
        """Act out the service's own part: what it does, when, and the error it answers."""
        if self.kind == "error_after_commit":
            answer()
            return Response(self.status, self.body, dict(self.headers))
        if self.kind == "hang" and self.commit != "committed":
            self._wait()
            if self.commit == "never":
                raise ConnectionDropped
        return answer()

    def outside(self, answer: Callable[[], Response]) -> Response:
        """Act out the part on the way: a gateway's refusal, a dead line, half an answer."""
        if self.kind == "respond":
            return Response(self.status, self.body, dict(self.headers))
        response = answer()
        if self.kind == "hang" and self.commit == "committed":
            self._wait()
        if self.kind == "drop_response":
            raise ConnectionDropped
        if self.kind == "truncate":
            response = Response(response.status, response.body, response.headers, cut=self.cut)
        return response

    def _wait(self) -> None:
        self.waiting(+1)
        try:
            self.released.wait()
        finally:
            self.waiting(-1)


class Faults:
    """The faults a simulator still has to act out; the oldest one that is due wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._hanging = 0
        self._changed = threading.Condition()

    def add(self, fault: Fault) -> Fault:
        """Queue a fault."""
        with self._changed:
            fault.waiting = self._count
            self._faults.append(fault)
        return fault

    def respond(
        self,
        status: int,
        body: bytes | str | dict[str, Any] | list[Any] = b"",
        headers: Mapping[str, str] | None = None,
        **which: Any,
    ) -> Fault:
        """Answer with this instead; nothing is done."""
        return self.add(
            Fault("respond", status=status, body=body, headers=dict(headers or {}), **which)
        )

    def error_after_commit(self, status: int = 500, body: Any = b"", **which: Any) -> Fault:
        """Do what was asked, then answer with an error."""
        return self.add(Fault("error_after_commit", status=status, body=body, **which))

    def drop_response(self, **which: Any) -> Fault:
        """Do what was asked, then close the connection without an answer."""
        return self.add(Fault("drop_response", **which))

    def hang(self, commit: Commit = "committed", **which: Any) -> Fault:
        """Hold the request until `release`; `commit` says when, if ever, it is done."""
        return self.add(Fault("hang", commit=commit, **which))

    def truncate(self, cut: int, **which: Any) -> Fault:
        """Send only the first `cut` bytes of the answer's body, then close the connection."""
        return self.add(Fault("truncate", cut=cut, **which))

    def take(self, request: Request) -> Fault | None:
        """Count this request against every fault and pick the one to act out, or None."""
        with self._changed:
            due = [fault for fault in self._faults if fault.takes(request) and fault.due()]
            return due[0] if due else None

    def around(self, request: Request, answer: Callable[[], Response]) -> Response:
        """Answer a request, with the fault that is due if there is one."""
        fault = self.take(request)
        if fault is None:
            return answer()
        return fault.outside(lambda: fault.inside(answer))

    @property
    def hanging(self) -> int:
        """How many requests are being held right now."""
        with self._changed:
            return self._hanging

    def wait_until_hanging(self, count: int = 1, timeout: float = 30.0) -> bool:
        """Wait until `count` requests are held; False when `timeout` seconds pass without."""
        with self._changed:
            return self._changed.wait_for(lambda: self._hanging >= count, timeout)

    def release(self) -> int:
        """Let every held request go and tell how many there were."""
        with self._changed:
            held = self._hanging
            for fault in self._faults:
                fault.released.set()
            self._faults = [fault for fault in self._faults if fault.kind != "hang"]
        return held

    def clear(self) -> None:
        """Forget every fault and let held requests go."""
        self.release()
        with self._changed:
            self._faults.clear()

    def _count(self, change: int) -> None:
        with self._changed:
            self._hanging += change
            self._changed.notify_all()
