"""The commands beside the run: `meltano invoke target-amazon-sp:check`, `:changes`, `:confirm`.

Settings come from the environment (TARGET_AMAZON_SP_CLIENT_ID, ...), where Meltano puts them, or
from a file given with --config.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from singer_sdk.exceptions import ConfigValidationError

from books import AtWork, Books, PriceChange, Stage, Unusable, open_existing
from target_amazon_sp import check as looks
from target_amazon_sp import log

# What a person may lift; every other guard is put right where it comes from.
LIFTABLE = {"change", "first_price"}
_WIDE = 200
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]

_config = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings as a JSON file, over those of the environment.",
)


@click.command()
@_config
def check(config_file: Path | None) -> None:
    """Look at credentials, role, seller id and marketplaces; exit code 1 when one is wrong."""
    from target_amazon_sp.target import TargetAmazonSP

    try:
        # Nobody waits an hour for a look: what would take long is told instead.
        given = {**settings_of(config_file), "max_wait_minutes": 1}
        target = TargetAmazonSP(config=given, parse_env_config=True)
    except ConfigValidationError as faults:
        raise click.ClickException("; ".join(faults.errors) or str(faults)) from None
    found = []
    with closing(target.session()) as session:
        for each in looks.findings(session, target.config):
            found.append(each)
            click.echo(str(each))
    click.echo(looks.summary(found))
    if any(each.verdict == "fault" for each in found):
        sys.exit(1)


@click.command()
@click.option("--sku", help="Only this SKU's changes.")
@click.option("--since", type=click.DateTime(_DATES), help="Only what changed since, in UTC.")
@click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8-sig", lazy=True),
    help="Write everything known to this file instead; - is standard output.",
)
@_config
def changes(
    sku: str | None, since: datetime | None, csv_file: IO[str] | None, config_file: Path | None
) -> None:
    """Show which listings were changed, when, from what to what; makes no call."""
    with _existing_books(config_file) as books:
        found = log.lines(books, sku=sku, since=since.replace(tzinfo=UTC) if since else None)
    if csv_file is not None:
        click.echo(f"{log.write(csv_file, found)} changes", err=True)
        return
    if found:
        _screen().print(log.shown(found))
    else:
        click.echo("nothing of that is in the books")


@click.command()
@click.argument("document_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Confirm every held change that can be.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@_config
def confirm(
    document_ids: tuple[str, ...], every: bool, yes: bool, config_file: Path | None
) -> None:
    """Let held changes pass: each exactly as it stands, from its old price to its new one.

    Nothing is sent: the next run with mode apply does that. Without arguments the changes that
    wait are shown.
    """
    with _existing_books(config_file) as books:
        waiting = _waiting(books, config_file)
        chosen = waiting if every or not document_ids else _named(waiting, document_ids)
        liftable = [row for row in chosen if row.reason in LIFTABLE]
        if chosen:
            _screen().print(log.waiting(chosen))
        for row in chosen:
            if row.reason not in LIFTABLE and document_ids:
                click.echo(f"{row.document_id} cannot be confirmed: {row.message}", err=True)
        if not (document_ids or every):
            click.echo(f"{len(liftable)} of {len(chosen)} held can be confirmed, by id or --all")
            return
        if every and liftable and not yes:
            click.confirm(f"Confirm {len(liftable)} changes", abort=True)
        done = _confirm(books, liftable)
    click.echo(f"{done} confirmed: the next run with mode apply sends them")
    if document_ids and done < len(set(document_ids)):
        sys.exit(1)


def _confirm(books: Books, rows: Sequence[PriceChange]) -> int:
    """Mark rows as confirmed while no run is at work on their sellers."""
    done = 0
    for seller_id in dict.fromkeys(row.seller_id for row in rows):
        try:
            with books.exclusive(seller_id):
                done += books.changes.confirm(
                    [row.change_id for row in rows if row.seller_id == seller_id]
                )
        except AtWork as other:
            raise click.ClickException(f"{other}: confirm when it has ended") from other
    return done


def _waiting(books: Books, config_file: Path | None) -> list[PriceChange]:
    """The held changes of the seller in the settings, or of all, that nobody confirmed yet."""
    seller_id = str(_setting(config_file, "seller_id")).strip() or None
    return [
        row
        for row in books.changes.open(seller_id)
        if row.state is Stage.HELD and row.confirmed_at is None
    ]


def _named(waiting: Sequence[PriceChange], document_ids: Sequence[str]) -> list[PriceChange]:
    known = {row.document_id: row for row in waiting}
    for document_id in document_ids:
        if document_id not in known:
            click.echo(f"{document_id} is not held, or confirmed already", err=True)
    return [known[each] for each in dict.fromkeys(document_ids) if each in known]


def _screen() -> Console:
    """A console as wide as the terminal, or wide enough for a table where there is none.

    Meltano keeps our output to itself, but lets us see its terminal.
    """
    seen = any(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Console(width=None if seen or "COLUMNS" in os.environ else _WIDE)


def _existing_books(config_file: Path | None) -> Books:
    try:
        books = open_existing(str(_setting(config_file, "books")))
    except Unusable as error:
        raise click.ClickException(str(error)) from error
    if books is None:
        raise click.ClickException(
            "there are no books there yet: they begin with the first run (setting `books`)"
        )
    return books


def _setting(config_file: Path | None, name: str) -> Any:
    found = settings_of(config_file).get(name)
    return found or os.environ.get(f"TARGET_AMAZON_SP_{name.upper()}") or ""


def settings_of(config_file: Path | None) -> dict[str, Any]:
    """Read the settings of a file; what is not in it comes from the environment."""
    if config_file is None:
        return {}
    try:
        return dict(json.loads(config_file.read_text(encoding="utf-8")))
    except (TypeError, ValueError):
        raise click.ClickException(f"{config_file} is no JSON object of settings") from None
