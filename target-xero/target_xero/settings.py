"""The settings, and the refusal of those whose function this version does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from target_xero import alerts
from xero_api import GRANULAR_SCOPES, Insecure
from xero_api.addresses import checked_address
from xero_api.attachments import SCOPE as ATTACHMENTS
from xero_api.login import API_URL, IDENTITY_URL


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description, **more}


def _count(description: str, default: int, maximum: int) -> dict[str, Any]:
    return {
        "type": ["integer", "null"],
        "description": description,
        "default": default,
        "minimum": 1,
        "maximum": maximum,
    }


def _flag(description: str) -> dict[str, Any]:
    return {"type": ["boolean", "null"], "description": description, "default": False}


def _choice(description: str, *choices: str, default: str) -> dict[str, Any]:
    return {"type": "string", "description": description, "enum": choices, "default": default}


_NOT_YET = "Not in this version: leave it unset."

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["client_id", "client_secret"],
    "properties": {
        "client_id": {
            "type": "string",
            "minLength": 1,
            "title": "Client ID",
            "description": "Client id of the app or custom connection (developer.xero.com).",
        },
        "client_secret": {
            "type": "string",
            "minLength": 1,
            "title": "Client secret",
            "description": "Client secret of the app or custom connection.",
            "secret": True,
        },
        "auth_method": _choice(
            "How to authorise: custom_connection (client credentials, one organisation), or oauth "
            "(an app that a person lets in: meltano invoke target-xero:connect).",
            "custom_connection",
            "oauth",
            default="custom_connection",
        ),
        "refresh_token": _text(
            "For auth_method oauth, instead of connecting: a refresh token to begin with. The "
            "books keep those that follow.",
            secret=True,
        ),
        "tenant_id": _text(
            "Xero tenant id of the organisation; only oauth needs it, for a consent that covers "
            "several."
        ),
        "scopes": _text("Scopes to ask for, separated by spaces.", default=GRANULAR_SCOPES),
        "books": _text(
            "URL of the pipeline's own database; empty means sqlite:///data/books.db. "
            "PostgreSQL (postgresql+psycopg://...) when several machines share it."
        ),
        "books_key": _text(
            "Key that encrypts OAuth tokens in the books; unset: the environment's BOOKS_KEY, else "
            "the OS keyring's.",
            secret=True,
        ),
        "dry_run": _flag("Read, check and print what would be posted; write nothing anywhere."),
        "fail_on": _choice(
            "When a complete run ends with exit code 1: rejected (a document that Xero refused), "
            "held (also one that waits), or never.",
            "never",
            "rejected",
            "held",
            default="rejected",
        ),
        "batch_size": _count("Documents in one call to Xero.", 50, 50),
        "max_concurrency": _count(
            "Calls in flight at once, of all processes on these books; Xero allows 5.", 4, 5
        ),
        "calls_per_minute": _count("Calls a minute on one organisation; Xero allows 60.", 60, 60),
        "calls_per_day": _count(
            "Calls in 24 hours on one organisation; Xero allows 1,000 or 5,000 by tier.",
            5000,
            5000,
        ),
        "attach_evidence": _flag(
            "Attach a CSV of each settlement's classes and documents to its payout in Xero; adds "
            f"the scope {ATTACHMENTS}."
        ),
        "alerts": _text(
            "Where a run sends word of what it held, rejected or found to differ: an Apprise URL "
            "(e-mail, Slack, Teams, ...), or a JSON array of them. One ending in when=always gets "
            "a message after every run.",
            secret=True,
        ),
        "api_url": _text(
            "Base address of the Accounting API, up to /api.xro/2.0; https, save on the loopback.",
            default=API_URL,
        ),
        "identity_url": _text(
            "Address of Xero's identity service, before /connect/token; https, save on the "
            "loopback.",
            default=IDENTITY_URL,
        ),
    },
}


def scopes(config: Mapping[str, Any]) -> str:
    """The scopes to ask for, with the one that evidence needs where that is wanted."""
    asked = (config.get("scopes") or GRANULAR_SCOPES).split()
    if config.get("attach_evidence") and ATTACHMENTS not in asked:
        asked.append(ATTACHMENTS)
    return " ".join(asked)


def faults(config: Mapping[str, Any]) -> list[str]:
    """Name every setting that this version would have to ignore, and every unsafe address."""
    found = []
    if config.get("refresh_token") and config.get("auth_method") != "oauth":
        found.append("refresh_token is for auth_method oauth: set that, or unset this")
    found.extend(alerts.faults(config.get("alerts")))
    for name, default in (("api_url", API_URL), ("identity_url", IDENTITY_URL)):
        try:
            checked_address(config.get(name) or default, name)
        except Insecure as insecure:
            found.append(str(insecure))
    return found
