"""The commands beside the run: `meltano invoke target-xero:check` and `target-xero:log`.

Settings come from the environment (TARGET_XERO_CLIENT_ID, ...), where Meltano puts them, or from a
file given with --config.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from singer_sdk.exceptions import ConfigValidationError

from books import Books, TokenFault, Unusable, open_existing
from target_xero import findings, named, spreadsheet
from target_xero import log as books_log
from target_xero.findings import Verdict
from target_xero.log import HEADER
from target_xero.named import UnreadableMaps
from xero_api import XeroError

_WIDE = 200
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings as a JSON file, over those of the environment.",
)


@click.command()
@click.option(
    "--maps",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the maps; otherwise MAPS_DIR, else `maps`.",
)
@click.option(
    "--create-tracking",
    is_flag=True,
    help="Make the tracking category and the options that are missing in Xero.",
)
@config_option
def check(folder: Path | None, create_tracking: bool, config_file: Path | None) -> None:
    """Look at everything a first post rests on; exit code 1 when something would be refused."""
    from target_xero.target import TargetXero

    folder = folder or Path(os.environ.get("MAPS_DIR") or "maps")
    try:
        target = TargetXero(config=settings_of(config_file), parse_env_config=True)
        with closing(target):
            found = target.check(named.read(folder), create_tracking=create_tracking)
    except (ConfigValidationError, TokenFault, UnreadableMaps, Unusable, XeroError) as error:
        raise click.ClickException(_words(error)) from error
    screen().print(findings.table(found))
    click.echo(findings.summary(found))
    if any(each.verdict is Verdict.FAULT for each in found):
        sys.exit(1)


def _words(error: Exception) -> str:
    return "; ".join(getattr(error, "errors", ())) or str(error)


@click.command()
@click.option("--settlement", help="Only this settlement's documents, and the invoices it pays.")
@click.option("--order", help="Only this order's documents.")
@click.option("--since", type=click.DateTime(_DATES), help="Only what changed since, in UTC.")
@click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8-sig", lazy=True),
    help="Write everything known to this file instead; - is standard output.",
)
@config_option
def log(
    settlement: str | None,
    order: str | None,
    since: datetime | None,
    csv_file: IO[str] | None,
    config_file: Path | None,
) -> None:
    """Show what was posted, when, by which run, from which source; makes no call."""
    with existing_books(config_file) as books:
        found = books_log.lines(
            books,
            settlement_id=settlement,
            order_id=order,
            since=since.replace(tzinfo=UTC) if since else None,
        )
    if csv_file is not None:
        number = spreadsheet.write(csv_file, HEADER, map(books_log.row, found))
        click.echo(f"{number} documents", err=True)
        return
    if found:
        screen().print(books_log.shown(found), crop=False)
    else:
        click.echo("nothing of that is in the books")


def screen() -> Console:
    """A console as wide as the terminal, or wide enough for a table where there is none.

    Meltano keeps our output to itself, but lets us see its terminal.
    """
    seen = any(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Console(width=None if seen or "COLUMNS" in os.environ else _WIDE)


def existing_books(config_file: Path | None) -> Books:
    """Open the books of the settings; ClickException where there are none yet."""
    url = str(settings_of(config_file).get("books") or os.environ.get("TARGET_XERO_BOOKS") or "")
    try:
        books = open_existing(url)
    except Unusable as error:
        raise click.ClickException(str(error)) from error
    if books is None:
        raise click.ClickException(
            "there are no books there yet: they begin with the first run (setting `books`)"
        )
    return books


def settings_of(config_file: Path | None) -> dict[str, object]:
    """Read the settings of a file; what is not in it comes from the environment."""
    if config_file is None:
        return {}
    try:
        found = json.loads(config_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{config_file} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.ClickException(f"{config_file} holds no settings")
    return found
