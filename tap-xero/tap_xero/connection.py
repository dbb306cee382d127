"""The connection to Xero: counted with the pipeline's other calls, asking for what is selected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from books import Books, open_books, open_existing
from books.consents import tokens_of
from tap_xero import scopes
from xero_api import Connection, InvalidScope, Limits, OwnQuota, Session, login

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Clock:
    """The present instant, and the way to wait."""

    now: Callable[[], datetime]
    sleep: Sleep = time.sleep


def open_if_any(config: Mapping[str, Any]) -> Books | None:
    """Open the pipeline's books where there are some; OAuth tokens need them, so begins them."""
    opened = open_books if login.is_oauth(config) else open_existing
    return opened(config.get("books") or "")


def session(
    config: Mapping[str, Any],
    books: Books | None,
    streams: Mapping[str, Iterable[str]],
    clock: Clock,
) -> Session:
    """Connect to Xero; streams: what is to be read, each with the scopes that it takes."""
    account = config.get("tenant_id") or config["client_id"]
    limits = Limits(
        books.quota(account) if books is not None else OwnQuota(),
        now=clock.now,
        sleep=clock.sleep,
        calls_per_minute=config["calls_per_minute"],
        calls_per_day=config["calls_per_day"],
    )
    return Session(
        _signed_in(config, books, streams, clock),
        limits,
        api_url=login.api_url(config),
        tenant_id=config.get("tenant_id") or "",
        sleep=clock.sleep,
        user_agent=f"tap-xero/{version('tap-xero')}",
    )


def _signed_in(
    config: Mapping[str, Any],
    books: Books | None,
    streams: Mapping[str, Iterable[str]],
    clock: Clock,
) -> Connection:
    """Sign in, for reading alone where the connection was granted that.

    A connection made for target-xero has the scopes for writing, which include reading, and Xero
    grants no other name than those: they are asked for in their turn.
    """
    if login.is_oauth(config):
        store = tokens_of(config, books) if books is not None else None
        return login.sign_in(config, store, scopes="", now=clock.now)
    asked = config.get("scopes") or scopes.needed(streams)
    tries = [asked] if config.get("scopes") else [asked, scopes.writing(asked)]
    for attempt in tries:
        connection = login.sign_in(config, None, scopes=attempt, now=clock.now)
        try:
            connection.token()
        except InvalidScope as refused:
            last = refused
        else:
            return connection
    raise InvalidScope(
        f"Xero does not grant the custom connection every scope that this run asks for: {tries[0]}."
        f" The selected streams take {scopes.told(streams)}. Add what is missing to the connection"
        " at developer.xero.com, My Apps, or deselect those streams"
    ) from last
