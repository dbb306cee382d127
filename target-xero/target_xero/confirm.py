"""`meltano invoke target-xero:confirm`: let items be made that are new to Xero.

With `items: offered` in books.yml such an item waits on a draft list. Confirming marks it in the
books and makes no call; the next run makes it in Xero, as its listing says by then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import click

from books import AtWork, Books, Posting, State
from target_xero.cards import ITEMS, Item, read_card
from target_xero.commands import config_option, existing_books
from target_xero.items import CONFIRMED, NEW_ITEM, draft

_ITEM = "item:"


def drafts(books: Books, organisation: str | None = None) -> list[Posting]:
    """The items on the draft list, oldest first; organisation: the name of one."""
    rows = books.postings(stream=ITEMS, states=[State.HELD])
    return [
        row
        for row in rows
        if row.reason == NEW_ITEM and organisation in (None, _name(books, row.tenant))
    ]


def told(row: Posting) -> str:
    """Say what an item on the draft list would be: code, name, price and account."""
    return draft(cast(Item, read_card(ITEMS, json.loads(row.document))))


def agree(books: Books, rows: Sequence[Posting]) -> None:
    """Mark items of the draft list, so that the next run makes them.

    Raises AtWork while a run is at work on their organisation.
    """
    for tenant in dict.fromkeys(row.tenant for row in rows):
        with books.exclusive(tenant):
            ids = [row.document_id for row in rows if row.tenant == tenant]
            now = books.postings(tenant, document_ids=ids)
            words = "it is confirmed; the next run makes it"
            books.save(
                replace(row, reason=CONFIRMED, error=words)
                for row in now
                if row.state is State.HELD and row.reason == NEW_ITEM
            )


def _name(books: Books, tenant: str) -> str:
    known = books.known_tenant(tenant)
    return known.name if known else tenant


@click.command()
@click.argument("item", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Confirm the whole draft list.")
@click.option("--yes", is_flag=True, help="Do not ask before confirming all.")
@click.option("--list", "shows", is_flag=True, help="Show the draft list and confirm nothing.")
@click.option("--organisation", help="Name of the Xero organisation, where there are several.")
@config_option
def confirm(
    item: tuple[str, ...],
    everything: bool,
    yes: bool,
    shows: bool,
    organisation: str | None,
    config_file: Path | None,
) -> None:
    """Let ITEMs of the draft list (item:CODE, or CODE) be made in Xero by the next run."""
    if not shows and not everything and not item:
        raise click.UsageError("name items, or --all; --list shows the draft list")
    with existing_books(config_file) as books:
        waiting = drafts(books, organisation)
        chosen = waiting if everything or shows else _chosen(waiting, item)
        for row in chosen if everything or shows else ():
            click.echo(f"{row.document_id}: {told(row)}")
        if shows or not chosen:
            click.echo(f"{len(waiting)} on the draft list")
            return
        if everything and not yes:
            click.confirm(f"Let the next run make these {len(chosen)} items in Xero?", abort=True)
        try:
            agree(books, chosen)
        except AtWork as other:
            raise click.ClickException(f"{other}: confirm again when it has ended") from other
    click.echo(f"{len(chosen)} confirmed: the next run makes them in Xero")


def _chosen(waiting: Sequence[Posting], named: Sequence[str]) -> list[Posting]:
    """The items named; one that is not on the list ends the command before anything is done."""
    ids = dict.fromkeys(each if each.startswith(_ITEM) else f"{_ITEM}{each}" for each in named)
    found = [row for row in waiting if row.document_id in ids]
    missing = [each for each in ids if each not in {row.document_id for row in found}]
    if missing:
        raise click.ClickException(f"not on the draft list (see --list): {', '.join(missing)}")
    if len({row.tenant for row in found}) > 1:
        raise click.ClickException("these wait in several organisations: add --organisation")
    return found


if __name__ == "__main__":
    sys.exit(confirm())
