"""`target-xero:connect`: a person agrees in the browser, and runs need no more than that."""

from __future__ import annotations

import socket

import pytest
from target.oauth_processes import CONNECT, Browser, OAuthDesk, read_all
from target.xero_documents import lines, order_id, settlement

STREAM = lines(settlement("S1", [order_id(1)]))


def test_consent_lists_the_organisation_and_runs_need_nothing_else(oauth: OAuthDesk) -> None:
    browser = Browser(oauth)
    assert browser.redirect_uri.startswith("http://localhost:")
    status, page = browser.open(browser.answer())
    assert (status, page.startswith("Xero has answered")) == (200, True)
    done = browser.end()
    assert (done.code, done.out) == (0, ""), done.errors
    assert f"  Demo Company (UK): {oauth.desk.organisation.organisation_id}" in done.errors
    assert "Set `" not in done.errors
    renewals = oauth.renewals
    run = oauth.run(STREAM, refresh_token=None)
    assert run.code == 0, run.errors
    assert oauth.renewals == renewals
    assert oauth.desk.documents()["Invoices"] == {"PAID": 1}


def test_an_answer_with_a_wrong_state_is_refused_and_the_right_one_still_serves(
    oauth: OAuthDesk,
) -> None:
    browser = Browser(oauth)
    right = browser.answer()
    wrong = right.partition("&state=")[0] + "&state=forged"
    status, page = browser.open(wrong)
    assert (status, "does not belong" in page) == (400, True)
    assert browser.open(browser.redirect_uri)[0] == 400
    assert browser.open(browser.redirect_uri.replace("/callback", "/else"))[0] == 404
    assert oauth.renewals == 0
    assert browser.open(right)[0] == 200
    assert browser.end().code == 0


def test_no_secret_is_shown_to_the_person_or_kept_in_clear(oauth: OAuthDesk) -> None:
    browser = Browser(oauth)
    answer = browser.answer()
    code = answer.partition("code=")[2].partition("&")[0]
    _, page = browser.open(answer)
    done = browser.end()
    assert done.code == 0, done.errors
    kept = read_all(oauth.desk.folder)
    for secret in [code, *oauth.secrets]:
        assert secret not in done.errors + page
        assert secret.encode() not in kept


def test_a_person_who_declines_ends_it(oauth: OAuthDesk) -> None:
    oauth.desk.organisation.identity.browser.declines = True
    browser = Browser(oauth)
    status, page = browser.open(browser.answer())
    assert (status, "gave no consent" in page) == (200, True)
    done = browser.end()
    assert done.code == 1
    assert "Xero gave no consent (access_denied)" in done.errors
    assert "Traceback" not in done.errors


def test_a_code_that_comes_too_late_ends_it(oauth: OAuthDesk) -> None:
    browser = Browser(oauth)
    answer = browser.answer()
    oauth.desk.organisation.clock.advance(minutes=5)
    browser.open(answer)
    done = browser.end()
    assert done.code == 1
    assert "the code is used up or too old; connect again" in done.errors


def test_of_several_organisations_the_person_is_asked_to_set_one(oauth: OAuthDesk) -> None:
    other = oauth.desk.organisation.identity.also_connect("DEMOXEROOAUTH", "Second Ltd")
    browser = Browser(oauth)
    browser.open(browser.answer())
    done = browser.end()
    assert done.code == 0, done.errors
    assert f"  Second Ltd: {other}" in done.errors
    assert "Set `tenant_id` to the one these books are for" in done.errors


def test_a_consent_without_the_organisation_that_is_set_is_told(oauth: OAuthDesk) -> None:
    browser = Browser(oauth, tenant_id="another")
    browser.open(browser.answer())
    done = browser.end()
    assert done.code == 1
    assert "but not tenant_id another" in done.errors


def test_the_method_that_is_not_set_yet_is_named(oauth: OAuthDesk) -> None:
    browser = Browser(oauth, auth_method=None)
    browser.open(browser.answer())
    done = browser.end()
    assert done.code == 0
    assert "Set `auth_method` to oauth" in done.errors


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"books_key": None}, "Make one with python3"),
        ({"books_key": "planted"}, "is no key"),
        ({"identity_url": "http://example.com"}, "identity_url must be an https address"),
        ({"client_id": ""}, "client_id"),
    ],
)
def test_what_is_missing_is_told_before_anyone_is_asked(
    oauth: OAuthDesk, changes: dict[str, str | None], words: str
) -> None:
    done = Browser(oauth, **changes).end()
    assert done.code == 1
    assert words in done.errors
    assert "Traceback" not in done.errors
    assert "planted" not in done.errors
    assert oauth.desk.organisation.calls == []


def test_a_port_that_is_taken_is_told(oauth: OAuthDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = oauth.start(CONNECT, "--port", port, refresh_token=None)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Port {port} of this machine is taken" in errors
