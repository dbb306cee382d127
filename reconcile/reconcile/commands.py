"""`meltano invoke reconcile` and its commands; all but `verify` read the books alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
from rich.console import Console

from books import Books, TokenFault, Unusable, open_existing
from reconcile import export as exports
from reconcile import table
from reconcile.ledger import Chart, Transaction, Unread, transactions
from reconcile.settlements import Status, settlements
from reconcile.waterfall import waterfall

_WIDE = 200
_BAD = frozenset({Status.UNEXPLAINED})


@click.group(invoke_without_command=True)
@click.option(
    "--books",
    "books_url",
    envvar=["RECONCILE_BOOKS", "BOOKS_URL"],
    default="",
    help="URL of the books; otherwise BOOKS_URL, else sqlite:///data/books.db.",
)
@click.option("--organisation", default=None, help="Only this set of books (books.yml).")
@click.option("--settlement", "settlement_id", default=None, help="One settlement's waterfall.")
@click.pass_context
def main(
    context: click.Context, books_url: str, organisation: str | None, settlement_id: str | None
) -> None:
    """Show whether each settlement ties out, and if not, why.

    Exit code 1 when anything is unexplained.
    """
    context.obj = (books_url, organisation)
    if context.invoked_subcommand is not None:
        return
    with _books(books_url) as books:
        found = settlements(books, organisation)
    if settlement_id is not None:
        found = [each for each in found if each.settlement_id == settlement_id]
        if not found:
            raise click.ClickException(f"the books know no settlement {settlement_id}")
        for each in found:
            screen().print(table.one(each, waterfall(each)))
    else:
        if found:
            screen().print(table.overview(found))
        click.echo(table.summary(found))
        for line in table.reasons(found):
            click.echo(line)
    if any(each.status in _BAD for each in found):
        sys.exit(1)


@main.command()
@click.pass_obj
def verify(obj: tuple[str, str | None]) -> None:
    """Read the posted documents back from Xero, and say what became of each; writes nothing there.

    Exit code 1 when a document was edited, voided or is missing, or when the documents leave an
    amount on a clearing account that nothing explains.
    """
    from reconcile import told
    from reconcile.clearing import clearing
    from reconcile.verify import Verification
    from reconcile.xero import MissingSetting, session
    from xero_api import XeroError, reads

    with _books(obj[0]) as books:
        try:
            with session(books) as connected:
                now = datetime.now(UTC)
                tenant = str(reads.organisation(connected)["OrganisationID"])
                found = Verification(connected, books, tenant, now).findings()
                known = settlements(books, obj[1])
                balances = clearing(connected, books, tenant, known, now.date())
        except (XeroError, TokenFault, MissingSetting) as error:
            raise click.ClickException(str(error)) from error
    screen().print(told.findings(found))
    screen().print(told.clearing(balances))
    click.echo(told.summary(found))
    if told.is_bad(found, balances):
        sys.exit(1)


@main.command()
@click.option(
    "--format",
    "notation",
    type=click.Choice(["csv", "json", "ledger"]),
    default="csv",
    show_default=True,
    help="csv: classes by settlement; json: everything; ledger: for hledger and ledger.",
)
@click.option(
    "--output",
    type=click.File("w", encoding="utf-8", lazy=True),
    default="-",
    help="File to write; otherwise standard output.",
)
@click.pass_obj
def export(obj: tuple[str, str | None], notation: str, output: IO[str]) -> None:
    """Write the books so that another program can prove them again."""
    books_url, organisation = obj
    with _books(books_url) as books:
        found = settlements(books, organisation)
        if notation == "csv":
            exports.settlements_csv(found, output)
            return
        try:
            ledger = _ledger(books, organisation)
        except Unread as unread:
            raise click.ClickException(str(unread)) from unread
        if notation == "json":
            exports.as_json(found, ledger, output)
        else:
            accounts = [each for tenant in _tenants(books) for each in books.chart(tenant)]
            exports.plain_text(ledger, Chart(accounts), output)


@main.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("output") / "reconcile.html",
    show_default=True,
    help="File to write.",
)
@click.option("--settlement", "settlement_id", default=None, help="A page of one settlement.")
@click.pass_obj
def page(obj: tuple[str, str | None], output: Path, settlement_id: str | None) -> None:
    """Write the proof as one HTML file that needs no network and no other file."""
    from reconcile.page import build

    books_url, organisation = obj
    with _books(books_url) as books:
        found = settlements(books, organisation)
        if settlement_id is not None:
            found = [each for each in found if each.settlement_id == settlement_id]
            if not found:
                raise click.ClickException(f"the books know no settlement {settlement_id}")
        written = build(books, found, datetime.now(UTC))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(written.html, encoding="utf-8")
    click.echo(f"{table.summary(found)} The page: {output.resolve()}")
    if written.without_orders:
        click.echo(
            f"The orders of {len(written.without_orders)} settlements did not fit: "
            "reconcile:page --settlement ID writes a page of one."
        )


def _ledger(books: Books, organisation: str | None) -> list[Transaction]:
    """Write the double entries of one organisation; books of several need a choice."""
    tenants = _tenants(books)
    if len(tenants) > 1:
        names = {books.known_tenant(tenant): tenant for tenant in tenants}
        tenants = [
            tenant for known, tenant in names.items() if known and known.name == organisation
        ]
        if len(tenants) != 1:
            shown = ", ".join(sorted(known.name for known in names if known))
            raise click.ClickException(f"these books hold {shown}: choose one by --organisation")
    return [each for tenant in tenants for each in transactions(books, tenant)]


def _tenants(books: Books) -> list[str]:
    return sorted({each.tenant for each in books.postings()})


@contextmanager
def _books(url: str) -> Iterator[Books]:
    try:
        books = open_existing(url)
    except Unusable as fault:
        raise click.ClickException(str(fault)) from fault
    if books is None:
        raise click.ClickException(
            f"there are no books at {url or 'sqlite:///data/books.db'}: run the pipeline first"
        )
    with books:
        yield books


def screen() -> Console:
    """A console as wide as the terminal, or wide enough for a table where there is none.

    Meltano keeps our output to itself, but lets us see its terminal.
    """
    seen = any(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Console(width=None if seen or "COLUMNS" in os.environ else _WIDE, highlight=False)
