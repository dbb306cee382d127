"""A run of the target that can die between any two of its steps, as a killed process does.

A step is an HTTP call of any kind or a commit of the books; a run can die just before one, or just
after it. What dies stays dead: nothing that runs on the way out can call or commit any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from sqlalchemy import event

from books import Books, State

Act = Callable[[], None]
_WRITE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_STATES = tuple(str(state) for state in State)
_BETWEEN = re.compile(r" (GET|PUT|POST) (?!connect)")
_GIVEN = re.compile(r"[-.][0-9a-z]")


class Killed(BaseException):
    """The process is gone: no handler of ordinary errors may notice."""


class Steps:
    """Counts the moments before and after each step, and acts at chosen ones.

    names: what the moments were, in order. acts: what happens at the moment of an index, or at
    the next one of a call to Xero's books: between these nothing is half done in ours.
    """

    def __init__(self, acts: Mapping[int, Act] | None = None, die_at: int | None = None) -> None:
        self.names: list[str] = []
        self.dead = False
        self._acts = sorted((acts or {}).items(), key=lambda each: each[0])
        self._die_at = die_at

    def pass_by(self, name: str) -> None:
        """Come to a moment: act, or die."""
        if self.dead:
            raise Killed(name)
        moment = len(self.names)
        self.names.append(name)
        while self._acts and self._acts[0][0] <= moment and _BETWEEN.search(name):
            self._acts.pop(0)[1]()
        if moment == self._die_at:
            self.dead = True
            raise Killed(name)


@contextmanager
def mortal(steps: Steps, books: Books) -> Iterator[None]:
    """Let every HTTP call and every commit of these books be steps."""
    send = requests.Session.send
    engine = books._engine
    commit = engine.dialect.do_commit
    written: list[str] = []

    def watched_send(
        session: requests.Session, request: requests.PreparedRequest, **more: Any
    ) -> requests.Response:
        name = f"{request.method} {_path(str(request.url))}"
        steps.pass_by(f"before {name}")
        response = send(session, request, **more)
        steps.pass_by(f"after {name}")
        return response

    def note_what_is_written(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if found := _WRITE.match(statement):
            states = {each for each in parameters if each in _STATES}
            written[:] = [" ".join([found[1], *states])]

    def watched_commit(connection: Any) -> None:
        name = f"commit of {written.pop() if written else 'nothing'}"
        steps.pass_by(f"before {name}")
        commit(connection)
        steps.pass_by(f"after {name}")

    event.listen(engine, "before_cursor_execute", note_what_is_written)
    try:
        with (
            patch.object(requests.Session, "send", watched_send),
            patch.object(engine.dialect, "do_commit", watched_commit),
        ):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", note_what_is_written)


def _path(url: str) -> str:
    """The resource without ids and file names."""
    parts = urlsplit(url).path.removeprefix("/api.xro/2.0/").lstrip("/").split("/")
    return "/".join("..." if _GIVEN.search(part) else part for part in parts)
