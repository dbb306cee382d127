"""Xero Accounting API over HTTP: signs, paces, retries what is safe, raises typed errors."""

from __future__ import annotations

from xero_api.errors import (
    AccessDenied,
    ConsentEnded,
    DayLimitReached,
    Insecure,
    InvalidClient,
    InvalidScope,
    LimitReached,
    MinuteLimitReached,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    Refused,
    TenantNeeded,
    Unauthorised,
    Unavailable,
    XeroError,
)
from xero_api.limits import Limits, OwnQuota, Quota
from xero_api.oauth import OAuthConnection, Tokens, TokenStore
from xero_api.session import Session
from xero_api.tokens import GRANULAR_SCOPES, Connection, CustomConnection, TokenEndpoint
from xero_api.writes import Written

__all__ = [
    "GRANULAR_SCOPES",
    "AccessDenied",
    "Connection",
    "ConsentEnded",
    "CustomConnection",
    "DayLimitReached",
    "Insecure",
    "InvalidClient",
    "InvalidScope",
    "LimitReached",
    "Limits",
    "MinuteLimitReached",
    "NotAuthorised",
    "NotFound",
    "OAuthConnection",
    "OutcomeUnknown",
    "OwnQuota",
    "Quota",
    "Refused",
    "Session",
    "TenantNeeded",
    "TokenEndpoint",
    "TokenStore",
    "Tokens",
    "Unauthorised",
    "Unavailable",
    "Written",
    "XeroError",
]
