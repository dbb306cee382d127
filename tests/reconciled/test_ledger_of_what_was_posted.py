"""The exported ledger against Xero's own: every account and currency, to the cent."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from reconciled.posted import of_every_kind, session_on
from target.xero_desk import Desk, demo_desk

from books import open_books
from reconcile.export import account_name, plain_text
from reconcile.ledger import Chart, Transaction, Unread, balances, transactions
from reconcile.verify import Verification


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as desk:
        yield desk


def written(desk: Desk) -> tuple[list[Transaction], Chart]:
    with open_books(desk.books_url) as books, session_on(desk) as session:
        (tenant,) = {each.tenant for each in books.postings()}
        Verification(session, books, tenant, desk.organisation.clock.now()).findings()
        return transactions(books, tenant), Chart(books.chart(tenant))


def test_every_account_has_the_balance_that_xero_gives_it(desk: Desk) -> None:
    tally = desk.post(*of_every_kind())
    assert not tally.lines
    ledger, _ = written(desk)

    expected = desk.organisation.trial_balance(("account",), currency=True)
    assert balances(ledger) == {key: amount for key, amount in expected.items() if amount}
    assert len(ledger) == len(of_every_kind()) + 1  # the refund of the credit note


def test_what_a_person_voids_leaves_the_ledger(desk: Desk) -> None:
    desk.post(*of_every_kind())
    voided = next(each for each in desk.organisation.manual_journals if each["Status"] == "POSTED")
    desk.organisation.manual_journals.put(voided | {"Status": "VOIDED"})
    desk.organisation.ledger.post(voided["ManualJournalID"], ())
    ledger, _ = written(desk)

    assert not [each for each in ledger if each.stream == "journals"]
    expected = desk.organisation.trial_balance(("account",), currency=True)
    assert balances(ledger) == {key: amount for key, amount in expected.items() if amount}


def test_without_xeros_figures_nothing_is_made_up(desk: Desk, tmp_path: Path) -> None:
    desk.post(*of_every_kind())
    with open_books(desk.books_url) as books:
        (tenant,) = {each.tenant for each in books.postings()}
        books.keep_readings([])
        import sqlite3

        with sqlite3.connect(tmp_path / "books.db") as database:
            database.execute("DELETE FROM readings WHERE document_id LIKE 'journal:%'")
        with pytest.raises(Unread, match="journal:1234500001:2026-04"):
            transactions(books, tenant)


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed here")
def test_hledger_reads_the_export_and_finds_the_same_balances(desk: Desk, tmp_path: Path) -> None:
    desk.post(*of_every_kind())
    ledger, chart = written(desk)
    out = io.StringIO()
    plain_text(ledger, chart, out)
    journal_file = tmp_path / "books.journal"
    journal_file.write_text(out.getvalue(), encoding="utf-8")

    found = hledger(journal_file)

    expected = {
        (account_name(key[0], chart), key[1]): amount
        for key, amount in desk.organisation.trial_balance(("account",), currency=True).items()
        if amount
    }
    assert found == expected


def hledger(journal_file: Path) -> dict[tuple[str, str], Decimal]:
    """Ask hledger for the balance of every account, after its own strict check."""
    command = ["hledger", "--file", str(journal_file)]
    subprocess.run([*command, "check"], check=True)
    done = subprocess.run(
        [*command, "balance", "--flat", "--no-total", "--output-format=csv", "--layout=bare"],
        check=True,
        capture_output=True,
        text=True,
    )
    import csv

    rows = csv.DictReader(done.stdout.splitlines())
    return {(row["account"], row["commodity"]): Decimal(row["balance"]) for row in rows}
