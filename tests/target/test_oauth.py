"""Whole runs with auth_method oauth: tokens in the books, renewed once, never shown."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from target.oauth_processes import KEY, TARGET, OAuthDesk, read_all
from target.xero_documents import lines, order_id, settlement

from books import open_books
from books.consents import consent_of, tokens_of

ORDERS = [order_id(number) for number in range(1, 4)]
STATE = {"bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}}
STREAM = lines(settlement("S1", ORDERS), STATE)
POSTED = {
    "Invoices": {"PAID": 3},
    "Payments": {"AUTHORISED": 3},
    "ManualJournals": {"POSTED": 1},
    "BankTransactions": {"AUTHORISED": 1},
}
# Signs in as a run does, once told to, and says which token it got.
SIGN_IN = """
import json, sys
from datetime import UTC, datetime
from books import open_books
from books.consents import tokens_of
from xero_api import login
config = json.load(open(sys.argv[2]))
with open_books(config["books"]) as books:
    store = tokens_of(config, books)
    connection = login.sign_in(config, store, scopes="", now=lambda: datetime.now(UTC))
    print("ready", flush=True)
    print(connection.token(), flush=True)
"""


def has_one_line(errors: str, words: str) -> bool:
    return sum(words in each for each in errors.splitlines()) == 1 and "Traceback" not in errors


def test_a_run_posts_and_the_next_one_uses_the_stored_token(oauth: OAuthDesk) -> None:
    first = oauth.run(STREAM)
    assert (first.code, json.loads(first.out)) == (0, STATE), first.errors
    assert oauth.desk.documents() == POSTED
    second = oauth.run(STREAM, refresh_token=None)
    assert (second.code, json.loads(second.out)) == (0, STATE), second.errors
    assert oauth.renewals == 1
    assert oauth.desk.documents() == POSTED
    named = {each.headers.get("Xero-tenant-id") for each in oauth.desk.calls()}
    assert named == {oauth.desk.organisation.organisation_id}


def test_no_secret_is_in_any_log_or_in_clear_in_the_books(oauth: OAuthDesk) -> None:
    done = oauth.run(STREAM, level="DEBUG")
    assert done.code == 0, done.errors
    assert len(oauth.secrets) >= 5
    kept = read_all(oauth.desk.folder)
    assert b"DEMOXEROOAUTH" in kept
    for secret in oauth.secrets:
        assert secret not in done.out + done.errors
        assert secret.encode() not in kept
        for call in oauth.desk.writes():
            assert secret.encode() not in call.body


def test_two_processes_at_once_renew_once(oauth: OAuthDesk) -> None:
    oauth.desk.organisation.faults.hang("committed", path="/connect/token")
    first = oauth.start(SIGN_IN)
    assert oauth.desk.organisation.faults.wait_until_hanging()
    second = oauth.start(SIGN_IN)
    assert second.stdout
    assert second.stdout.readline() == "ready\n"
    oauth.desk.organisation.faults.release()
    out, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    token = out.splitlines()[1]
    out, errors = second.communicate(timeout=60)
    assert (second.returncode, out.strip()) == (0, token), errors
    assert oauth.renewals == 1


def test_a_process_that_dies_while_it_waits_for_the_answer_costs_no_consent(
    oauth: OAuthDesk,
) -> None:
    oauth.desk.organisation.faults.hang("committed", path="/connect/token")
    process = oauth.start(TARGET)
    assert process.stdin
    process.stdin.write(STREAM)
    process.stdin.close()
    process.stdin = None
    assert oauth.desk.organisation.faults.wait_until_hanging()
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert out == ""
    oauth.desk.organisation.faults.release()
    oauth.desk.organisation.clock.advance(minutes=29)
    again = oauth.run(STREAM, refresh_token=None)
    assert again.code == 0, again.errors
    assert oauth.renewals == 2
    assert oauth.desk.documents() == POSTED


def test_a_consent_that_has_ended_is_one_line_with_the_command(oauth: OAuthDesk) -> None:
    oauth.desk.organisation.clock.advance(days=61)
    done = oauth.run(STREAM)
    assert (done.code, done.out) == (1, "")
    assert has_one_line(done.errors, "Run `meltano invoke target-xero:connect` and agree")
    assert not any(secret in done.errors for secret in oauth.secrets)
    assert oauth.desk.calls() == []


def test_before_anyone_connected_the_command_is_named(oauth: OAuthDesk) -> None:
    done = oauth.run(STREAM, refresh_token=None)
    assert (done.code, done.out) == (1, "")
    assert has_one_line(done.errors, "run `meltano invoke target-xero:connect`")


def test_a_missing_key_is_one_line_with_the_command_that_makes_one(oauth: OAuthDesk) -> None:
    done = oauth.run(STREAM, books_key=None)
    assert (done.code, done.out) == (1, "")
    assert has_one_line(done.errors, 'Make one with python3 -c "import base64, os;')
    assert oauth.desk.organisation.calls == []


def test_another_key_is_one_line_and_leaves_the_tokens(oauth: OAuthDesk) -> None:
    assert oauth.run(STREAM).code == 0
    done = oauth.run(STREAM, books_key=KEY[:10] + "A" + KEY[11:])
    assert done.code == 1
    assert has_one_line(done.errors, "were encrypted with another key")
    assert oauth.run(STREAM, refresh_token=None).code == 0


def test_several_organisations_without_tenant_id_are_listed_and_nothing_is_posted(
    oauth: OAuthDesk,
) -> None:
    oauth.desk.organisation.identity.also_connect("DEMOXEROOAUTH", "Second Ltd")
    done = oauth.run(STREAM)
    assert (done.code, done.out) == (1, "")
    assert has_one_line(done.errors, "set `tenant_id` to the one these books are for")
    assert "Second Ltd" in done.errors
    assert oauth.desk.calls() == []
    tenant = oauth.desk.organisation.organisation_id
    chosen = oauth.run(STREAM, tenant_id=tenant, refresh_token=None)
    assert chosen.code == 0, chosen.errors
    assert oauth.desk.documents() == POSTED


def test_a_dry_run_keeps_the_token_that_it_renewed_and_posts_nothing(oauth: OAuthDesk) -> None:
    """Xero has ended the one before: without the new one, the consent would be lost."""
    done = oauth.run(STREAM, dry_run=True)
    assert (done.code, done.out) == (0, ""), done.errors
    assert oauth.desk.writes() == []
    oauth.desk.organisation.clock.advance(minutes=31)
    done = oauth.run(STREAM, refresh_token=None)
    assert done.code == 0, done.errors
    assert oauth.desk.documents() == POSTED


def test_an_organisation_uses_its_own_consent_before_one_for_several(oauth: OAuthDesk) -> None:
    alone, shared = oauth.config(tenant_id="T1"), oauth.config()
    with open_books(oauth.desk.books_url) as books:
        assert not tokens_of(alone, books).is_filled
        consent_of(shared, books).write({"refresh_token": "shared"}, None)
        assert tokens_of(alone, books).read() == {"refresh_token": "shared"}
        consent_of(alone, books).write({"refresh_token": "own"}, None)
        assert tokens_of(alone, books).read() == {"refresh_token": "own"}
        assert tokens_of(shared, books).read() == {"refresh_token": "shared"}


def test_the_books_tell_when_the_access_token_ends(oauth: OAuthDesk) -> None:
    before = datetime.now(UTC)
    assert oauth.run(STREAM).code == 0
    with closing(sqlite3.connect(oauth.desk.folder / "books.db")) as connection:
        ((text,),) = connection.execute("SELECT expires_at FROM tokens").fetchall()
    life = datetime.fromisoformat(text) - before
    assert timedelta(minutes=28) <= life < timedelta(minutes=30)


@pytest.mark.parametrize("missing", ["", None])
def test_a_custom_connection_needs_no_key(oauth: OAuthDesk, missing: str | None) -> None:
    changes: dict[str, Any] = {
        "auth_method": None,
        "client_id": "DEMOXEROCLIENT",
        "client_secret": "demo-xero-secret",
        "refresh_token": None,
        "books_key": missing,
    }
    done = oauth.run(STREAM, **changes)
    assert done.code == 0, done.errors
