"""How the target signs in to Xero: a custom connection, or OAuth with tokens in the books."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from books import Books, find_key
from target_xero import settings
from xero_api import (
    Connection,
    CustomConnection,
    OAuthConnection,
    TokenEndpoint,
)

if TYPE_CHECKING:
    from books.tokens import TokenSafe

CONNECT = "meltano invoke target-xero:connect"
_SERVICE = "xero"


def is_oauth(config: Mapping[str, Any]) -> bool:
    """Tell whether the settings choose OAuth."""
    return config.get("auth_method") == "oauth"


def scopes(config: Mapping[str, Any]) -> str:
    """Give the scopes to ask for."""
    return settings.scopes(config)


def identity_url(config: Mapping[str, Any]) -> str:
    """Give the address of Xero's identity service."""
    return config.get("identity_url") or settings.IDENTITY_URL


def sign_in(
    config: Mapping[str, Any], books: Books | None, now: Callable[[], datetime]
) -> Connection:
    """Make the connection that the settings choose; books are needed for OAuth alone."""
    if not is_oauth(config):
        return CustomConnection(
            config["client_id"],
            config["client_secret"],
            identity_url=identity_url(config),
            scopes=scopes(config),
            now=now,
            sleep=time.sleep,
        )
    if books is None:
        raise ValueError("OAuth tokens are kept in the books")
    return oauth(config, tokens_of(config, books), now)


def oauth(
    config: Mapping[str, Any], safe: TokenSafe, now: Callable[[], datetime]
) -> OAuthConnection:
    """Make an OAuth connection over the tokens in the books."""
    return OAuthConnection(
        token_endpoint(config),
        safe,
        api_url=config.get("api_url") or settings.API_URL,
        tenant_id=config.get("tenant_id") or "",
        seed=config.get("refresh_token") or "",
        connect=CONNECT,
        now=now,
        sleep=time.sleep,
    )


def token_endpoint(config: Mapping[str, Any]) -> TokenEndpoint:
    """Make the endpoint that gives this app its tokens."""
    return TokenEndpoint(
        config["client_id"],
        config["client_secret"],
        identity_url=identity_url(config),
        sleep=time.sleep,
    )


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
