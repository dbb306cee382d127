"""Scopes, both ways to authorise, and where calls are counted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from xero_tap import ALL, Json, XeroDesk, fill

from books import open_books
from simulators.xero.browser import App
from simulators.xero.demo import (
    CLIENT_ID,
    CLIENT_SECRET,
    OAUTH_CLIENT_ID,
    OAUTH_CLIENT_SECRET,
    OAUTH_REFRESH_TOKEN,
)
from xero_api import AccessDenied, ConsentEnded, InvalidClient, InvalidScope, Unauthorised

DEFAULT = {"accounting.settings.read", "accounting.invoices.read"}
WRITING = "accounting.settings accounting.invoices accounting.contacts"
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
OAUTH: Json = {
    "auth_method": "oauth",
    "client_id": OAUTH_CLIENT_ID,
    "client_secret": OAUTH_CLIENT_SECRET,
    "refresh_token": OAUTH_REFRESH_TOKEN,
    "books_key": KEY,
}


def grant(desk: XeroDesk, scopes: str) -> None:
    app = App(CLIENT_ID, CLIENT_SECRET, custom=True, scopes=frozenset(scopes.split()))
    desk.org.identity.register(app)


def asked(desk: XeroDesk, since: int = 0) -> list[set[str]]:
    """The scopes of each question for a token."""
    calls = [each for each in desk.org.calls[since:] if each.path == "/connect/token"]
    forms = [dict(pair.split("=") for pair in each.body.decode().split("&")) for each in calls]
    return [set(form.get("scope", "").split("+")) - {""} for form in forms]


def test_the_default_run_asks_for_two_scopes_for_reading(desk: XeroDesk) -> None:
    assert desk.run().error is None
    assert asked(desk) == [DEFAULT]


@pytest.mark.parametrize(
    ("streams", "scopes"),
    [
        (("items",), {"accounting.settings.read"}),
        (("organisation", "contacts"), {"accounting.settings.read", "accounting.contacts.read"}),
        (("invoices", "credit_notes"), {"accounting.invoices.read"}),
        (("payments",), {"accounting.payments.read"}),
        (("manual_journals",), {"accounting.manualjournals.read"}),
        (("bank_transactions",), {"accounting.banktransactions.read"}),
    ],
)
def test_a_run_asks_for_what_its_streams_take_and_that_is_enough(
    desk: XeroDesk, streams: tuple[str, ...], scopes: set[str]
) -> None:
    grant(desk, " ".join(scopes))
    ran = desk.run(*streams)
    assert ran.error is None
    assert asked(desk) == [scopes]


def test_the_setting_overrides(desk: XeroDesk) -> None:
    given = "accounting.settings accounting.invoices.read accounting.contacts"
    assert desk.run(scopes=given).error is None
    assert asked(desk) == [set(given.split())]


def test_the_connection_of_target_xero_serves_with_its_own_scopes(desk: XeroDesk) -> None:
    grant(desk, WRITING)
    ran = desk.run()
    assert ran.error is None
    assert asked(desk) == [DEFAULT, {"accounting.settings", "accounting.invoices"}]


def test_scopes_that_were_not_granted_are_told_with_their_streams(desk: XeroDesk) -> None:
    grant(desk, WRITING)
    ran = desk.run("items", "manual_journals")
    assert isinstance(ran.error, InvalidScope)
    assert str(ran.error) == (
        "Xero does not grant the custom connection every scope that this run asks for:"
        " accounting.settings.read accounting.manualjournals.read. The selected streams take"
        " accounting.settings.read for items; accounting.manualjournals.read for manual_journals."
        " Add what is missing to the connection at developer.xero.com, My Apps, or deselect those"
        " streams"
    )
    assert desk.calls() == []


def test_scopes_of_the_setting_are_asked_for_once(desk: XeroDesk) -> None:
    grant(desk, WRITING)
    assert isinstance(desk.run(scopes="accounting.settings.read").error, InvalidScope)
    assert len(asked(desk)) == 1


@pytest.mark.parametrize(("status", "kind"), [(403, AccessDenied), (401, Unauthorised)])
def test_a_missing_scope_ends_the_run_by_stream_and_scope(
    desk: XeroDesk, status: int, kind: type[Exception]
) -> None:
    desk.org.scope_refusal = status
    ran = desk.run("items", "payments", scopes="accounting.settings.read")
    assert type(ran.error) is kind
    assert str(ran.error).startswith(
        "payments cannot be read, which takes the scope accounting.payments.read. GET Payments: "
    )
    assert ran.bookmark("items")
    assert ran.bookmark("payments") is None


def test_a_wrong_secret_is_told(desk: XeroDesk) -> None:
    ran = desk.run(client_secret="wrong-secret")
    assert isinstance(ran.error, InvalidClient)
    assert "wrong-secret" not in str(ran.error)


def test_a_custom_connection_begins_no_books(desk: XeroDesk, tmp_path: Path) -> None:
    assert desk.run().error is None
    assert list(tmp_path.iterdir()) == []


def test_calls_are_counted_in_the_books_that_are_there(desk: XeroDesk) -> None:
    with open_books(desk.books) as books:
        quota = books.quota(CLIENT_ID)
        before = quota.used_today(desk.org.clock.now())
        assert desk.run().error is None
        assert quota.used_today(desk.org.clock.now()) - before == len(desk.calls()) == 7


def test_oauth_renews_from_the_books_and_names_the_organisation(desk: XeroDesk) -> None:
    fill(desk)
    first = desk.run(*ALL, **OAUTH)
    assert first.error is None
    assert all(first.records(stream) for stream in ALL)
    since = desk.mark
    second = desk.run("items", **{**OAUTH, "refresh_token": None})
    assert second.error is None
    # The token that the first run left in the books is still good.
    assert asked(desk, since) == []
    named = {each.headers.get("Xero-tenant-id") for each in desk.calls(since)}
    assert named == {desk.org.organisation_id}


def test_oauth_keeps_the_token_that_follows(desk: XeroDesk) -> None:
    assert desk.run("items", **OAUTH).error is None
    desk.later(hours=1)
    since = desk.mark
    assert desk.run("items", **{**OAUTH, "refresh_token": None}).error is None
    assert len(asked(desk, since)) == 1
    kept = b"".join(each.read_bytes() for each in Path(desk.books[10:]).parent.glob("books.db*"))
    assert OAUTH_CLIENT_ID.encode() in kept
    for secret in (OAUTH_CLIENT_SECRET, KEY, *desk.org.identity._refresh):
        assert secret.encode() not in kept


def test_without_consent_the_command_is_named(desk: XeroDesk) -> None:
    ran = desk.run("items", **{**OAUTH, "refresh_token": None})
    assert isinstance(ran.error, ConsentEnded)
    assert "meltano invoke target-xero:connect" in str(ran.error)


def test_the_clock_of_a_run_is_the_present() -> None:
    from tap_xero.tap import TapXero

    tap = TapXero(config={"client_id": "a", "client_secret": "b"})
    assert abs((tap.now() - datetime.now(UTC)).total_seconds()) < 60
