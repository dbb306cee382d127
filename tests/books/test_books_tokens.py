"""OAuth tokens lie in the books encrypted, under a key that is found in one order."""

from __future__ import annotations

import base64
import os
import shlex
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from books import Books, NoKey, TokensBusy, WrongKey, find_key, open_books, tokens
from books.keys import NEW_KEY

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
KEY, OTHER = (base64.urlsafe_b64encode(bytes([fill] * 32)).decode() for fill in (1, 2))
CONTENT = {"refresh_token": "planted-refresh", "access_token": "planted-access"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "books.db"


@pytest.fixture
def books(file: Path) -> Iterator[Books]:
    with open_books(f"sqlite:///{file}", lambda: NOW) as opened:
        yield opened


def keyring(monkeypatch: pytest.MonkeyPatch, key: str | None, *, works: bool = True) -> None:
    """Put a keyring library in place, with a key or without a service behind it."""
    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")

    class KeyringError(Exception):
        pass

    def get_password(service: str, name: str) -> str | None:
        if not works:
            raise KeyringError("no backend")
        return key if (service, name) == ("amazon-xero-books", "books_key") else None

    vars(library)["get_password"] = get_password
    vars(errors)["KeyringError"] = KeyringError
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_tokens_are_read_back_and_the_last_ones_count(books: Books) -> None:
    safe = books.tokens("xero", "CLIENT", "", KEY)
    assert (safe.read(), safe.is_filled) == (None, False)
    safe.write({"refresh_token": "first"}, None)
    safe.write(CONTENT, NOW)
    assert (safe.read(), safe.is_filled) == (CONTENT, True)


def test_each_client_and_tenant_has_tokens_of_its_own(books: Books) -> None:
    books.tokens("xero", "CLIENT", "", KEY).write(CONTENT, NOW)
    books.tokens("xero", "CLIENT", "T1", KEY).write({"refresh_token": "of T1"}, NOW)
    assert books.tokens("xero", "OTHER", "", KEY).read() is None
    assert books.tokens("xero", "CLIENT", "T1", KEY).read() == {"refresh_token": "of T1"}
    assert books.tokens("xero", "CLIENT", "", KEY).read() == CONTENT


def test_no_token_stands_in_clear_in_any_file_of_the_books(books: Books, file: Path) -> None:
    books.tokens("xero", "CLIENT", "", KEY).write(CONTENT, NOW)
    with closing(sqlite3.connect(file)) as connection:
        (row,) = connection.execute("SELECT * FROM tokens").fetchall()
    assert row[:3] == ("xero", "CLIENT", "")
    written = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"CLIENT" in written
    assert b"planted" not in written
    assert {stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()} == {0o600}


def test_tokens_of_another_key_are_refused_in_a_line(books: Books) -> None:
    books.tokens("xero", "CLIENT", "", KEY).write(CONTENT, NOW)
    with pytest.raises(WrongKey, match=r"another key: give that one .* or connect again"):
        books.tokens("xero", "CLIENT", "", OTHER).read()


def test_only_one_at_a_time_renews_a_consent(
    books: Books, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PATIENCE", 0)
    mine = books.tokens("xero", "CLIENT", "", KEY)
    with open_books(f"sqlite:///{file}") as others:
        with mine.alone():
            with others.tokens("xero", "CLIENT", "T1", KEY).alone():
                pass
            with (
                pytest.raises(TokensBusy, match="Another process has been renewing"),
                others.tokens("xero", "CLIENT", "", KEY).alone(),
            ):
                pytest.fail("two renew at once")
        with others.tokens("xero", "CLIENT", "", KEY).alone():
            pass


def test_who_waits_for_a_renewal_goes_on_when_it_is_done(books: Books, file: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with open_books(f"sqlite:///{file}") as theirs:
            safe = theirs.tokens("xero", "CLIENT", "", KEY)
            started.set()
            with safe.alone():
                order.append(str(safe.read()))

    started = threading.Event()
    waiting = threading.Thread(target=other)
    safe = books.tokens("xero", "CLIENT", "", KEY)
    with safe.alone():
        waiting.start()
        assert started.wait(30)
        order.append("renewed")
        safe.write(CONTENT, NOW)
    waiting.join(60)
    assert order == ["renewed", str(CONTENT)]


@pytest.mark.skipif(
    "BOOKS_TEST_POSTGRESQL" not in os.environ, reason="needs BOOKS_TEST_POSTGRESQL, a database URL"
)
def test_tokens_are_kept_and_renewed_one_at_a_time_on_postgresql() -> None:
    url, client = os.environ["BOOKS_TEST_POSTGRESQL"], f"C-{datetime.now(UTC).timestamp()}"
    order: list[str] = []
    started = threading.Event()

    def other() -> None:
        with open_books(url) as theirs:
            safe = theirs.tokens("xero", client, "", KEY)
            started.set()
            with safe.alone():
                order.append(str(safe.read()))

    waiting = threading.Thread(target=other)
    with open_books(url) as books:
        safe = books.tokens("xero", client, "", KEY)
        with safe.alone():
            waiting.start()
            assert started.wait(30)
            order.append("renewed")
            safe.write({"refresh_token": "first"}, None)
            safe.write(CONTENT, NOW)
        waiting.join(60)
    assert order == ["renewed", str(CONTENT)]


def test_the_key_comes_from_the_setting_then_the_environment_then_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring(monkeypatch, OTHER)
    assert find_key(KEY, {"BOOKS_KEY": OTHER}) == KEY
    assert find_key("", {"BOOKS_KEY": f" {KEY}\n"}) == KEY
    assert find_key("", {"BOOKS_KEY": ""}) == OTHER


@pytest.mark.parametrize("works", [True, False])
def test_a_missing_key_is_one_line_with_the_command_that_makes_one(
    monkeypatch: pytest.MonkeyPatch, *, works: bool
) -> None:
    keyring(monkeypatch, None, works=works)
    with pytest.raises(NoKey) as missing:
        find_key("", {})
    assert "\n" not in str(missing.value)
    assert 'python3 -c "import base64, os; print(' in str(missing.value)
    assert "BOOKS_KEY" in str(missing.value)


def test_a_machine_without_the_keyring_library_has_no_key_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(NoKey, match="there is no key"):
        find_key("", {})


@pytest.mark.parametrize("bad", ["planted", KEY[:-5], KEY + "A", "ä" * 44])
def test_what_is_no_key_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(NoKey, match="BOOKS_KEY is no key") as refused:
        find_key("", {"BOOKS_KEY": bad})
    assert bad not in str(refused.value)


def test_the_command_for_a_new_key_makes_one() -> None:
    _, *arguments = shlex.split(NEW_KEY)
    made = subprocess.check_output([sys.executable, *arguments], text=True).strip()
    assert find_key(made, {}) == made
