"""Xero Accounting API over HTTP: signs, paces, retries what is safe, raises typed errors."""

from __future__ import annotations

from xero_api.errors import (
    AccessDenied,
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
    Unauthorised,
    Unavailable,
    XeroError,
)
from xero_api.limits import Limits, OwnQuota, Quota
from xero_api.session import Session
from xero_api.tokens import GRANULAR_SCOPES, CustomConnection
from xero_api.writes import Written

__all__ = [
    "GRANULAR_SCOPES",
    "AccessDenied",
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
    "OutcomeUnknown",
    "OwnQuota",
    "Quota",
    "Refused",
    "Session",
    "Unauthorised",
    "Unavailable",
    "Written",
    "XeroError",
]
