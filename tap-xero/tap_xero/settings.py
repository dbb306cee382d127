"""The tap's settings: declared once, tidied as they come from Meltano, and refused when wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from singer_sdk import typing as th

from xero_api import Insecure
from xero_api.addresses import checked_address
from xero_api.login import API_URL, IDENTITY_URL, is_oauth

SECRETS = ("client_secret", "refresh_token", "books_key")

SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "client_id",
        th.StringType,
        required=True,
        title="Client ID",
        description="Client id of the app or custom connection (developer.xero.com); that of"
        " target-xero serves here too.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        required=True,
        secret=True,
        title="Client secret",
        description="Client secret of the app or custom connection.",
    ),
    th.Property(
        "auth_method",
        th.StringType,
        default="custom_connection",
        allowed_values=["custom_connection", "oauth"],
        title="Way to authorise",
        description="custom_connection (client credentials, one organisation), or oauth (an app"
        " that a person lets in: meltano invoke target-xero:connect).",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        title="Refresh token",
        description="For auth_method oauth, instead of connecting: a refresh token to begin with."
        " The books keep those that follow.",
    ),
    th.Property(
        "tenant_id",
        th.StringType,
        title="Organisation",
        description="Xero tenant id of the organisation; only oauth needs it, for a consent that"
        " covers several.",
    ),
    th.Property(
        "scopes",
        th.StringType,
        title="Scopes",
        description="Scopes to ask for, separated by spaces. Unset: those that the selected streams"
        " need, for reading alone.",
    ),
    th.Property(
        "books",
        th.StringType,
        title="Books",
        description="URL of the pipeline's own database, where calls are counted and OAuth tokens"
        " kept; empty means sqlite:///data/books.db. Only oauth begins one where there is none.",
    ),
    th.Property(
        "books_key",
        th.StringType,
        secret=True,
        title="Key of the books",
        description="Key that encrypts OAuth tokens in the books; unset: the environment's"
        " BOOKS_KEY, else the OS keyring's.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Of streams read by change: only what changed since then, on the first run."
        " Unset: everything.",
    ),
    th.Property(
        "calls_per_minute",
        th.IntegerType(minimum=1, maximum=60),
        default=60,
        title="Calls a minute",
        description="Calls a minute on one organisation; Xero allows 60.",
    ),
    th.Property(
        "calls_per_day",
        th.IntegerType(minimum=1, maximum=5000),
        default=5000,
        title="Calls a day",
        description="Calls in 24 hours on one organisation; Xero allows 1,000 or 5,000 by tier.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default=API_URL,
        title="API address",
        description="Base address of the Accounting API, up to /api.xro/2.0; https, save on the"
        " loopback.",
    ),
    th.Property(
        "identity_url",
        th.StringType,
        default=IDENTITY_URL,
        title="Login address",
        description="Address of Xero's identity service, before /connect/token; https, save on the"
        " loopback.",
    ),
).to_dict()


def tidy(config: dict[str, Any]) -> None:
    """Take blanks for unset, in place."""
    for name, value in list(config.items()):
        if value is None or (isinstance(value, str) and not value.strip()):
            del config[name]


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Give everything about tidied settings that a schema cannot say."""
    if config.get("refresh_token") and not is_oauth(config):
        yield "refresh_token is for auth_method oauth: set that, or unset this"
    try:
        datetime.fromisoformat(str(config.get("start_date", "2026-04-01")))
    except ValueError:
        yield "start_date must be a date or instant such as 2026-04-01"
    for name, default in (("api_url", API_URL), ("identity_url", IDENTITY_URL)):
        try:
            checked_address(str(config.get(name) or default), name)
        except Insecure as insecure:
            yield str(insecure)
