"""The commands beside the run: `meltano invoke mapper:check`, `mapper:suggest`, `mapper:explain`.

They read the maps, the books and a dump of Xero's chart; they make no call and change nothing.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

import books
from transforms import charts, checking, explaining, maps, suggesting
from transforms.ledger.book import Book

DEFAULT_MAPS = "maps"
DEFAULT_BOOKS = "sqlite:///data/books.db"

_maps = click.option(
    "--maps",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the maps; otherwise MAPS_DIR, else `maps`.",
)
_chart = click.option(
    "--chart",
    "place",
    required=True,
    type=click.Path(path_type=Path),
    help="Dump of Xero: a folder of tap-xero's files, or one file of Singer lines.",
)


@click.command()
@_maps
@_chart
def check(folder: Path | None, place: Path) -> None:
    """Look at the maps and at Xero's chart; exit code 1 when something would be held or refused."""
    try:
        book = maps.load(_folder(folder))
        chart = charts.read(place)
    except maps.MapFaults as faults:
        raise click.ClickException(str(faults)) from faults
    except charts.UnreadableDump as error:
        raise click.ClickException(str(error)) from error
    found = list(checking.findings(book, chart, datetime.now(UTC).date()))
    for each in found:
        click.echo(f"{each.where}: {each.found}: {each.do}")
    counted = f"{len(found)} fault{'s' * (len(found) != 1)}"
    click.echo(f"{counted}: {'put them right first' if found else 'the maps fit this chart'}")
    if found:
        sys.exit(1)


@click.command()
@_chart
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the drafts, which must hold none yet; otherwise they are printed.",
)
def suggest(place: Path, out: Path | None) -> None:
    """Draft accounts.csv from the chart and skus.csv from listings and items; applies nothing."""
    try:
        chart = charts.read(place)
    except charts.UnreadableDump as error:
        raise click.ClickException(str(error)) from error
    drafts = [suggesting.accounts(chart)]
    if chart["listings"]:
        drafts.append(suggesting.skus(chart))
    there = [out / draft.file for draft in drafts if out and (out / draft.file).exists()]
    if there:
        raise click.ClickException(f"{there[0]} is there already: name a folder for the drafts")
    for draft in drafts:
        if out is None:
            suggesting.write(draft, sys.stdout)
            continue
        path = out / draft.file
        out.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            suggesting.write(draft, file)
        click.echo(f"{path}: {len(draft.lines)} lines to read, then take `like` and `score` away")


@click.command()
@click.argument("wanted", metavar="ORDER, SETTLEMENT OR DOCUMENT")
@_maps
@click.option("--books", "url", help="URL of the books; otherwise BOOKS_URL, else data/books.db.")
def explain(wanted: str, folder: Path | None, url: str | None) -> None:
    """Tell how an order, a settlement or a document came into the books; makes no call."""
    try:
        kept = books.open_existing(url or os.environ.get("BOOKS_URL") or DEFAULT_BOOKS)
    except books.Unusable as error:
        raise click.ClickException(str(error)) from error
    if kept is None:
        raise click.ClickException("there are no books there yet: they begin with the first run")
    with kept:
        lines = list(explaining.explain(wanted.strip(), kept, _book(_folder(folder))))
    if not lines:
        raise click.ClickException(
            f"the books know nothing of {wanted}: give an order id, a settlement id, a document's "
            "id or its number in Xero"
        )
    click.echo("\n".join(lines))


def _folder(folder: Path | None) -> Path:
    return folder or Path(os.environ.get("MAPS_DIR") or DEFAULT_MAPS)


def _book(folder: Path) -> Book:
    try:
        return maps.load(folder)
    except maps.MapFaults as faults:
        raise click.ClickException(str(faults)) from faults
