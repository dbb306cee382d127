"""What the product must not lack: each of these taken away has to make the campaign red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from target_xero import delivery, entries, payments, recovery


def _nothing(*_: Any, **__: Any) -> dict[str, Any]:
    return {}


def look_up_before_the_first_sending() -> Iterator[None]:
    """Entries are sent as soon as the books do not know them."""
    with patch.object(entries, "found_again", _nothing):
        yield


def look_up_of_what_was_intended() -> Iterator[None]:
    """What a killed run, or a lost answer, left behind is sent again."""
    with ExitStack() as taken:
        for module in (recovery, delivery, entries):
            taken.enter_context(patch.object(module, "found_again", _nothing))
        taken.enter_context(patch.object(payments, "by_marker", _nothing))
        yield


SABOTAGE: dict[str, Callable[[], Iterator[None]]] = {
    each.__name__: each for each in (look_up_before_the_first_sending, look_up_of_what_was_intended)
}


@contextmanager
def without(name: str) -> Iterator[None]:
    """Take one of them away."""
    yield from SABOTAGE[name]()
