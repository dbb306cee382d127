"""`meltano invoke target-xero:connect`: a person lets the target into Xero, in the browser."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from singer_sdk.exceptions import ConfigValidationError

from books import Books, TokenFault, Unusable, open_books
from books.consents import consent_of
from target_xero import settings
from target_xero.redirect import PortTaken, Redirect
from xero_api import ConsentEnded, XeroError, login
from xero_api.consent import ConsentRequest, ForeignAnswer
from xero_api.tenants import Tenant, organisations

DEFAULT_PORT = 8765
_WAIT_SECONDS = 600
Say = Callable[[str], None]


def connect(config: Mapping[str, Any], books: Books, redirect: Redirect, say: Say) -> list[Tenant]:
    """Ask for consent, keep the tokens, and give the organisations that it covers."""
    safe = consent_of(config, books)
    request = ConsentRequest.make(
        config["client_id"],
        scopes=settings.scopes(config),
        redirect_uri=redirect.uri,
        identity_url=login.identity_url(config),
    )
    say(f"The app at developer.xero.com must have this redirect URI: {redirect.uri}")
    say("Open this address in a browser on this machine, and choose the organisations:")
    say(request.url)
    code = _await_code(request, redirect)
    request.redeem(code, login.token_endpoint(config), safe, _now)
    connection = login.oauth(config, safe, _now)
    return organisations(login.api_url(config), connection, sleep=time.sleep)


def _await_code(request: ConsentRequest, redirect: Redirect) -> str:
    codes: list[str] = []
    refusals: list[ConsentEnded] = []

    def read(query: dict[str, str]) -> tuple[bool, str]:
        try:
            codes.append(request.code_of(query))
        except ForeignAnswer as foreign:
            return False, f"{foreign}. Open that one again."
        except ConsentEnded as refused:
            refusals.append(refused)
            return True, str(refused)
        return True, "Xero has answered. Close this page; the rest is in the terminal."

    if not redirect.wait(read, _WAIT_SECONDS):
        raise ConsentEnded("Nobody agreed in ten minutes: connect again")
    if refusals:
        raise refusals[0]
    return codes[0]


def outcome(config: Mapping[str, Any], found: list[Tenant]) -> tuple[bool, list[str]]:
    """Say what is connected, and what is still to be set; False when that must come first."""
    lines = ["Connected. The consent covers:", *(f"  {tenant}" for tenant in found)]
    chosen = config.get("tenant_id") or ""
    if not found:
        return False, ["Xero agreed, but no organisation was chosen: connect again"]
    if chosen and chosen not in {each.tenant_id for each in found}:
        return False, [*lines, f"but not tenant_id {chosen}: connect again, or set another one"]
    if not chosen and len(found) > 1:
        lines.append("Set `tenant_id` to the one these books are for (TARGET_XERO_TENANT_ID).")
    if not login.is_oauth(config):
        lines.append("Set `auth_method` to oauth (TARGET_XERO_AUTH_METHOD): it is not yet.")
    return True, lines


def read_settings(files: tuple[str, ...]) -> dict[str, Any]:
    """Read the target's settings as its runs do: files, else the environment."""
    from target_xero.target import TargetXero

    given: dict[str, Any] = {}
    for file in files:
        given |= json.loads(Path(file).read_text(encoding="utf-8"))
    return dict(TargetXero(config=given, parse_env_config=True).config)


@click.command()
@click.option("--config", "files", multiple=True, type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the redirect URI.",
)
def main(files: tuple[str, ...], port: int) -> None:
    """Connect target-xero to Xero organisations by OAuth."""
    try:
        config = read_settings(files)
        with open_books(config.get("books") or "") as books, Redirect(port) as redirect:
            found = connect(config, books, redirect, lambda line: click.echo(line, err=True))
    except ConfigValidationError as faults:
        _end("; ".join(faults.errors) or str(faults))
    except (XeroError, TokenFault, PortTaken, Unusable) as fault:
        _end(str(fault))
    good, lines = outcome(config, found)
    click.echo("\n".join(lines), err=True)
    sys.exit(0 if good else 1)


def _end(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(1)


def _now() -> datetime:
    return datetime.now(UTC)
