"""The connection to Xero, by the settings of target-xero: the same app, the same organisation."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from books import Books
from books.consents import tokens_of
from xero_api import GRANULAR_SCOPES, Limits, Session, login

SETTINGS = (
    "client_id",
    "client_secret",
    "auth_method",
    "refresh_token",
    "tenant_id",
    "scopes",
    "books_key",
    "api_url",
    "identity_url",
)
_PREFIXES = ("RECONCILE_", "TARGET_XERO_")


class MissingSetting(Exception):
    """A setting without which Xero cannot be asked."""


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Read the settings: RECONCILE_CLIENT_ID, ..., else those of target-xero."""
    found = {}
    for name in SETTINGS:
        for prefix in _PREFIXES:
            if value := environment.get(f"{prefix}{name.upper()}", ""):
                found[name] = value
                break
    for name in ("client_id", "client_secret"):
        if name not in found:
            raise MissingSetting(
                f"reading Xero needs {name}: set TARGET_XERO_{name.upper()}, as the pipeline does"
            )
    return found


def session(books: Books, environment: Mapping[str, str] | None = None) -> Session:
    """Connect to Xero, counting calls together with the pipeline's own."""
    config = settings(os.environ if environment is None else environment)
    store = tokens_of(config, books) if login.is_oauth(config) else None
    connection = login.sign_in(
        config, store, scopes=config.get("scopes") or GRANULAR_SCOPES, now=_now
    )
    limits = Limits(
        books.quota(config.get("tenant_id") or config["client_id"]), now=_now, sleep=time.sleep
    )
    return Session(
        connection,
        limits,
        api_url=login.api_url(config),
        tenant_id=config.get("tenant_id") or "",
        sleep=time.sleep,
        user_agent=f"reconcile/{version('amazon-xero-reconcile')}",
    )


def _now() -> datetime:
    return datetime.now(UTC)
