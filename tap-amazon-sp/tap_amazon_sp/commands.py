"""The commands beside the run: `meltano invoke tap-amazon-sp:check` and `tap-amazon-sp:authorize`.

Settings come from the environment (TAP_AMAZON_SP_CLIENT_ID, ...), where Meltano puts them, or from
a file given with --config.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from singer_sdk.exceptions import ConfigValidationError

from amazon_sp import AmazonError, NotAllowed
from amazon_sp.consent import SELLER_CENTRAL, Consent, ForeignAnswer
from amazon_sp.hosts import is_loopback
from amazon_sp.login import Login
from tap_amazon_sp import look, redirect

if TYPE_CHECKING:
    from tap_amazon_sp.tap import TapAmazonSP

_REDIRECT = "http://localhost:8766/callback"
_PATIENCE = 600

_config = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings as a JSON file, over those of the environment.",
)


@click.command()
@_config
def check(config_file: Path | None) -> None:
    """Look at credentials, roles and streams before the first run.

    One line for each, with what to do; a call or two to Amazon for each, nothing is written. Exit
    code 1 when a stream that is read by default cannot be.
    """
    # Nobody waits an hour for a look: what would take long is told instead.
    tap = _tap(config_file, max_wait_minutes=1)
    found = []
    with closing(tap.session):
        for each in look.Look(tap).findings():
            found.append(each)
            click.echo(str(each))
    click.echo(look.summary(found))
    sys.exit(any(each.verdict == "fault" for each in found))


@click.command()
@click.option(
    "--application-id",
    required=True,
    help="The application's id, amzn1.sp.solution..., from Develop Apps; not its LWA client id.",
)
@click.option(
    "--redirect-uri",
    default=_REDIRECT,
    show_default=True,
    help="OAuth redirect URI as it is registered with the application. One on this machine is"
    " listened to; of any other you paste the address that the browser ends at.",
)
@click.option("--draft", is_flag=True, help="The application is not published yet.")
@click.option("--seller-central", help="Seller Central's address, when not the region's main one.")
@_config
def authorize(
    application_id: str,
    redirect_uri: str,
    draft: bool,
    seller_central: str | None,
    config_file: Path | None,
) -> None:
    """Let an application into a seller's account, and print its refresh token, once.

    An application that only you use needs none of this: Authorise in Develop Apps gives the token.
    """
    tap = _tap(config_file, unless_set={"refresh_token": "none yet"})
    try:
        login = _login(tap.config)
        place = seller_central or SELLER_CENTRAL.get(tap.config.get("region") or "")
        if place is None:
            raise NotAllowed("set region (na, eu, fe), or give --seller-central")  # noqa: TRY301
        consent = Consent.ask(
            application_id, seller_central=place, redirect_uri=redirect_uri, draft=draft
        )
        token = consent.redeem(_code(consent), login)
    except (AmazonError, NotAllowed, OSError) as fault:
        raise click.ClickException(str(fault)) from None
    _say("Amazon gave this refresh token, just now and not again. Keep it where you keep secrets:")
    click.echo(f"TAP_AMAZON_SP_REFRESH_TOKEN={token}")


def _code(consent: Consent) -> str:
    """Have the seller agree in a browser, and give the code that comes back."""
    codes: list[str] = []
    refusals: list[AmazonError] = []

    def take(query: dict[str, str]) -> str | None:
        try:
            codes.append(consent.code_of(query))
        except ForeignAnswer as foreign:
            return f"{foreign}. Open that one again."
        except AmazonError as refused:
            refusals.append(refused)
        return None

    _say(f"The application must have this OAuth redirect URI: {consent.redirect_uri}")
    _say("Open this address, sign in as the seller and agree:")
    _say(consent.url)
    if is_loopback(urlsplit(consent.redirect_uri).hostname or ""):
        if not redirect.listen(consent.redirect_uri, take, _PATIENCE):
            raise click.ClickException("Nobody agreed in ten minutes: authorise again.")
    else:
        _say("The browser then ends at that address, whether or not a page is shown there.")
        _say("Paste the address it ends at here, and press Enter:")
        while objection := take(redirect.query_of(_pasted())):
            _say(objection)
    if refusals:
        raise refusals[0]
    return codes[0]


def _pasted() -> str:
    """Read a line of standard input; Meltano would show a prompt only after the answer."""
    line = sys.stdin.readline()
    if not line:
        raise click.ClickException("No address was pasted: authorise again.")
    return line


def _login(config: Any) -> Login:
    return Login(
        config["client_id"],
        config["client_secret"],
        url=config["auth_url"],
        user_agent_app=config["user_agent_app"],
    )


def _tap(
    config_file: Path | None, unless_set: dict[str, str] | None = None, **fixed: int
) -> TapAmazonSP:
    """Make the tap from a file and the environment, some settings filled in or fixed."""
    from tap_amazon_sp.tap import TapAmazonSP

    try:
        return TapAmazonSP.of({**_settings_of(config_file), **fixed}, unless_set)
    except ConfigValidationError as faults:
        raise click.ClickException("; ".join(faults.errors) or str(faults)) from None


def _settings_of(config_file: Path | None) -> dict[str, Any]:
    if config_file is None:
        return {}
    try:
        return dict(json.loads(config_file.read_text(encoding="utf-8")))
    except (TypeError, ValueError):
        raise click.ClickException(f"{config_file} is no JSON object of settings") from None


def _say(words: str) -> None:
    click.echo(words, err=True)
