"""The settings: declared once, tidied as they come from Meltano, and refused when wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from amazon_sp import LWA_URL, REGIONS, NotAllowed, endpoint, secure
from amazon_sp.auth import user_agent

SECRETS = ("client_secret", "refresh_token")
PREVIEW, APPLY = "preview", "apply"
MAX_CHANGE_PERCENT = "20"
READ_BACK_MINUTES = 5
MAX_WAIT_MINUTES = 60
USER_AGENT_APP = "target-amazon-sp/0.1.0"


def _text(title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "null"], "title": title, "description": description, **more}


def _needed(title: str, description: str, **more: Any) -> dict[str, Any]:
    more = {"minLength": 1, **more}
    return {"type": "string", "title": title, "description": description, **more}


def _decimal(title: str, description: str, **more: Any) -> dict[str, Any]:
    # No pattern here: what is wrong with the text is said in words, by `faults`.
    kinds = ["string", "number", "null"]
    return {"type": kinds, "title": title, "description": description, **more}


def _minutes(title: str, description: str, default: int, least: int) -> dict[str, Any]:
    return {
        "type": ["integer", "null"],
        "title": title,
        "description": description,
        "default": default,
        "minimum": least,
    }


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["client_id", "client_secret", "refresh_token", "seller_id"],
    "properties": {
        "client_id": _needed(
            "LWA client id",
            "Login with Amazon client id of your application (Developer Console).",
        ),
        "client_secret": _needed(
            "LWA client secret",
            "Its secret. Amazon ends it after 180 days: make a new one before that.",
            secret=True,
        ),
        "refresh_token": _needed(
            "Refresh token",
            "What authorising the application gave you, for one seller in one region. It needs the"
            " role Product Listing.",
            secret=True,
        ),
        "region": _text(
            "Region",
            "Where the seller account is: na (Americas), eu (Europe, Middle East, India), fe"
            " (Japan, Australia, Singapore). Needed unless api_url is given. Documents of other"
            " regions' marketplaces are left alone.",
            enum=[*REGIONS, None],
        ),
        "seller_id": _needed(
            "Seller id",
            "Merchant token of the seller: Seller Central, Settings, Account Info, Your Merchant"
            " Token.",
        ),
        "marketplace_ids": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "title": "Marketplaces",
            "description": "Only listings of these marketplaces (a JSON array in the environment);"
            " all of the region when empty.",
        },
        "mode": {
            "type": ["string", "null"],
            "title": "Mode",
            "description": "preview: ask Amazon what it would say, print a table of old and new,"
            " change nothing. apply: change the listings and read them back.",
            "enum": [PREVIEW, APPLY, None],
            "default": PREVIEW,
        },
        "max_change_percent": _decimal(
            "Largest change",
            "A price that would rise or fall by more than this many percent is held until a person"
            " confirms it; one that would become ten times as much, or a tenth, always is.",
            default=MAX_CHANGE_PERCENT,
        ),
        "min_price_guard": _decimal(
            "Lowest price",
            "No price below this is ever sent, in whatever currency the marketplace has. Unset: any"
            " price above zero.",
        ),
        "read_back_minutes": _minutes(
            "Reading back",
            "How long to look whether Amazon shows what it accepted. What it does not show by then"
            " is pending, and the next run looks again.",
            READ_BACK_MINUTES,
            0,
        ),
        "max_wait_minutes": _minutes(
            "Longest wait",
            "How long the calls of one operation may wait for Amazon's usage plan in one run, all"
            " together, and a run for one feed.",
            MAX_WAIT_MINUTES,
            1,
        ),
        "user_agent_app": _text(
            "Application name",
            "Name and version that Amazon asks every application to send.",
            default=USER_AGENT_APP,
        ),
        "api_url": _text(
            "API address",
            "Root of the Selling Partner API instead of the region's, for sandboxes and simulators."
            " Only https, save on this machine.",
        ),
        "auth_url": _text(
            "Login address",
            "Full address of the Login with Amazon token service.",
            default=LWA_URL,
        ),
        "books": _text(
            "Books",
            "URL of the pipeline's own database; empty means sqlite:///data/books.db. PostgreSQL"
            " (postgresql+psycopg://...) when several machines share it.",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The guards that the settings put around every price."""

    max_change_percent: Decimal
    min_price: Decimal | None


def tidy(config: dict[str, Any]) -> list[str]:
    """Take blanks for unset and a JSON array for the list it is, in place; give what is wrong."""
    for name, value in list(config.items()):
        if value is None or (isinstance(value, str) and not value.strip()):
            del config[name]
    if not isinstance(ids := config.get("marketplace_ids"), str):
        return []
    try:
        config["marketplace_ids"] = json.loads(ids)
    except ValueError:
        del config["marketplace_ids"]
        return ['marketplace_ids must be a JSON array such as ["A1F83G8C2ARO7P"]']
    return []


def limits(config: Mapping[str, Any]) -> Limits:
    """Read the guards; raises ValueError, naming the setting, when one is no decimal."""
    percent = _exact(config, "max_change_percent")
    return Limits(
        max_change_percent=Decimal(MAX_CHANGE_PERCENT) if percent is None else percent,
        min_price=_exact(config, "min_price_guard"),
    )


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Give everything about tidied settings that a schema cannot say."""
    for name in ("max_change_percent", "min_price_guard"):
        try:
            _exact(config, name)
        except ValueError as error:
            yield str(error)
    checks: tuple[Callable[[], str], ...] = (
        lambda: endpoint(config.get("region"), config.get("api_url")),
        lambda: secure(config.get("auth_url") or LWA_URL, "auth_url"),
    )
    for check in checks:
        try:
            check()
        except NotAllowed as error:
            yield str(error)
    try:
        user_agent(config.get("user_agent_app") or USER_AGENT_APP)
    except ValueError as error:
        yield str(error)


def _exact(config: Mapping[str, Any], name: str) -> Decimal | None:
    """Read a decimal given as text or as a number, digit for digit."""
    value = config.get(name)
    if value is None or value == "":
        return None
    try:
        # The shortest text of a JSON number is the text that was written.
        found = None if isinstance(value, bool) else Decimal(str(value).strip())
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found < 0:
        raise ValueError(f"{name} is {value!r}: it must be a decimal such as 12.50, not below zero")
    return found
