"""Signing in as the settings say: a custom connection, or OAuth with tokens that the caller keeps.

The settings are those that every plugin on Xero has: client_id, client_secret, auth_method,
refresh_token, tenant_id, api_url, identity_url.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from xero_api.oauth import OAuthConnection, TokenStore
from xero_api.tokens import Connection, CustomConnection, TokenEndpoint

API_URL = "https://api.xero.com/api.xro/2.0"
IDENTITY_URL = "https://identity.xero.com"
CONNECT = "meltano invoke target-xero:connect"
"""The command by which a person lets the app in; its consent serves every plugin."""


def is_oauth(config: Mapping[str, Any]) -> bool:
    """Tell whether the settings choose OAuth."""
    return config.get("auth_method") == "oauth"


def api_url(config: Mapping[str, Any]) -> str:
    """Give the base address of the Accounting API."""
    return config.get("api_url") or API_URL


def identity_url(config: Mapping[str, Any]) -> str:
    """Give the address of Xero's identity service."""
    return config.get("identity_url") or IDENTITY_URL


def sign_in(
    config: Mapping[str, Any],
    store: TokenStore | None,
    *,
    scopes: str,
    now: Callable[[], datetime],
) -> Connection:
    """Make the connection that the settings choose; the store is needed for OAuth alone."""
    if not is_oauth(config):
        return CustomConnection(
            config["client_id"],
            config["client_secret"],
            identity_url=identity_url(config),
            scopes=scopes,
            now=now,
            sleep=time.sleep,
        )
    if store is None:
        raise ValueError("OAuth tokens are kept in the books")
    return oauth(config, store, now)


def oauth(
    config: Mapping[str, Any], store: TokenStore, now: Callable[[], datetime]
) -> OAuthConnection:
    """Make an OAuth connection over tokens that are kept."""
    return OAuthConnection(
        token_endpoint(config),
        store,
        api_url=api_url(config),
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
