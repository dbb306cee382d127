"""`tap-amazon-sp-authorize`: a consent, a code, and the refresh token, once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError

import pytest
import requests
from click.testing import CliRunner, Result

from simulators.amazon_sp import Seller
from tap_amazon_sp import commands


class Browser(threading.Thread):
    """Opens the consent page once it is printed, and follows the redirect."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.seen = url, ""

    def run(self) -> None:
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            self.seen = answer.read().decode()


def command(*options: str) -> list[str]:
    code = "from tap_amazon_sp.commands import authorize; authorize()"
    return [sys.executable, "-c", code, "--application-id", "amzn1.sp.solution.demo", *options]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def seller_central(settings: dict[str, str]) -> tuple[str, ...]:
    return ("--draft", "--seller-central", settings["TAP_AMAZON_SP_API_URL"])


def without_token(settings: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in settings.items() if not key.endswith("REFRESH_TOKEN")}


def test_the_code_is_exchanged_on_a_loopback_redirect(
    settings: dict[str, str], account: Seller, seller_central: tuple[str, ...]
) -> None:
    uri = f"http://127.0.0.1:{free_port()}/callback"
    account.login.redirect_uris.add(uri)
    process = subprocess.Popen(
        command("--redirect-uri", uri, *seller_central),
        env={**os.environ, **without_token(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = [process.stderr.readline().strip() for _ in range(3)]
    assert told[2].startswith(settings["TAP_AMAZON_SP_API_URL"]), told
    # The page is answered by a redirect to the listener, which may begin a moment later.
    browser = Browser(told[2])
    _when_open(uri)
    browser.start()
    out, error = process.communicate(timeout=60)
    browser.join(30)
    assert process.returncode == 0, error
    assert out == "TAP_AMAZON_SP_REFRESH_TOKEN=Atzr|demo\n"
    assert "Atzr|demo" not in error
    assert "amzn1.oa2-cs.v1.demo" not in out + error
    assert "Close this page" in browser.seen
    (asked,) = [call for call in account.calls if call.path == "/auth/o2/token"]
    assert b"grant_type=authorization_code" in asked.body


def _when_open(uri: str) -> None:
    """Ask for another page of the listener until it answers."""
    for _ in range(500):
        answer = requests.Session()
        try:
            status = answer.get(uri.replace("/callback", "/nothing"), timeout=10).status_code
        except requests.ConnectionError:
            threading.Event().wait(0.02)
        else:
            assert status == 404
            return
        finally:
            answer.close()
    raise AssertionError("nobody listens")


def pasted(settings: dict[str, str], answers: str, *options: str) -> Result:
    arguments = ["--application-id", "amzn1.sp.solution.demo", *options]
    return CliRunner().invoke(
        commands.authorize, arguments, env=without_token(settings), input=answers
    )


def consent(settings: dict[str, str], state: str) -> str:
    """Agree on the consent page; give the address that the browser ends at."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    url = (
        f"{settings['TAP_AMAZON_SP_API_URL']}/apps/authorize/consent?version=beta&state={state}"
        "&application_id=amzn1.sp.solution.demo&redirect_uri=https%3A%2F%2Fexample.com%2Fback"
    )
    with pytest.raises(HTTPError) as answer:
        urllib.request.build_opener(Stay()).open(url, timeout=30)
    with answer.value as redirect:
        return str(redirect.headers["Location"])


@pytest.fixture
def known_state(monkeypatch: pytest.MonkeyPatch, account: Seller) -> str:
    from amazon_sp import consent as module

    monkeypatch.setattr(module, "secrets", SimpleNamespace(token_urlsafe=lambda _: "the-state"))
    account.login.redirect_uris.add("https://example.com/back")
    return "the-state"


def test_the_answer_may_be_pasted_and_a_foreign_one_is_not_taken(
    settings: dict[str, str], seller_central: tuple[str, ...], known_state: str
) -> None:
    foreign = "https://example.com/back?state=another&spapi_oauth_code=x"
    ours = consent(settings, known_state)
    done = pasted(
        settings,
        f"{foreign}\n{ours}\n",
        *("--redirect-uri", "https://example.com/back"),
        *seller_central,
    )
    assert done.exit_code == 0, done.output
    assert "does not belong to the address that was printed" in done.output
    assert done.stdout == "TAP_AMAZON_SP_REFRESH_TOKEN=Atzr|demo\n"


def test_a_seller_who_does_not_agree_is_told_of(
    settings: dict[str, str], account: Seller, seller_central: tuple[str, ...], known_state: str
) -> None:
    account.login.agrees = False
    options = ("--redirect-uri", "https://example.com/back", *seller_central)
    done = pasted(settings, consent(settings, known_state) + "\n", *options)
    assert done.exit_code == 1
    assert "The seller gave no consent (access_denied)" in done.output


def test_a_code_is_good_once_and_for_five_minutes(
    settings: dict[str, str], account: Seller, seller_central: tuple[str, ...], known_state: str
) -> None:
    ours = consent(settings, known_state)
    options = ("--redirect-uri", "https://example.com/back", *seller_central)
    assert pasted(settings, f"{ours}\n", *options).exit_code == 0
    again = pasted(settings, f"{ours}\n", *options)
    assert again.exit_code == 1
    assert "good once and for five minutes" in again.output
    late = consent(settings, known_state)
    account.clock.advance(minutes=5)
    assert "good once and for five minutes" in pasted(settings, f"{late}\n", *options).output
    code = ours.partition("spapi_oauth_code=")[2]
    assert code not in again.output.replace(ours, "")


def test_no_answer_is_told(settings: dict[str, str], seller_central: tuple[str, ...]) -> None:
    done = pasted(settings, "", "--redirect-uri", "https://example.com/back", *seller_central)
    assert done.exit_code == 1
    assert done.output.endswith("No address was pasted: authorise again.\n")


def test_without_a_region_it_asks_for_one(settings: dict[str, str]) -> None:
    done = pasted(settings, "")
    assert done.exit_code == 1
    assert "set region (na, eu, fe), or give --seller-central" in done.output


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("na", "https://sellercentral.amazon.com/"),
        ("eu", "https://sellercentral-europe.amazon.com/"),
        ("fe", "https://sellercentral.amazon.co.jp/"),
    ],
)
def test_the_consent_page_is_the_regions(settings: dict[str, str], region: str, host: str) -> None:
    given = {**settings, "TAP_AMAZON_SP_REGION": region}
    done = pasted(given, "", "--redirect-uri", "https://example.com/back")
    (url,) = [text for text in done.output.splitlines() if text.startswith(host)]
    assert "application_id=amzn1.sp.solution.demo" in url
    assert "version" not in url
