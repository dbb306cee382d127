"""Where the tokens of a consent are kept in the books, by the settings of a plugin on Xero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from books.keys import find_key
from books.store import Books

if TYPE_CHECKING:
    from books.tokens import TokenSafe

_SERVICE = "xero"


def tokens_of(config: Mapping[str, Any], books: Books) -> TokenSafe:
    """Find the tokens for the settings' organisation: its own consent, or one for several."""
    own = consent_of(config, books)
    if config.get("tenant_id") and not own.is_filled:
        shared = consent_of({**config, "tenant_id": ""}, books)
        if shared.is_filled:
            return shared
    return own


def consent_of(config: Mapping[str, Any], books: Books) -> TokenSafe:
    """Give the place of a consent: under `tenant_id` where it is set, else for any organisation."""
    key = find_key(config.get("books_key") or "")
    return books.tokens(_SERVICE, config["client_id"], config.get("tenant_id") or "", key)
