"""The key that encrypts tokens: from the setting, the environment or the OS keyring."""

from __future__ import annotations

import base64
import binascii
import importlib
import os
from collections.abc import Callable, Mapping
from types import ModuleType

VARIABLE = "BOOKS_KEY"
KEYRING_SERVICE, KEYRING_NAME = "amazon-xero-books", "books_key"
NEW_KEY = 'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
_BYTES = 32


class TokenFault(Exception):
    """The tokens in the books cannot be encrypted, read or renewed."""


class NoKey(TokenFault):
    """No key is given anywhere, or what is given is no key."""


class WrongKey(TokenFault):
    """The tokens were encrypted with another key."""


class TokensBusy(TokenFault):
    """Another process has been renewing the tokens for longer than a renewal takes."""


def find_key(setting: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """Give the key: the setting first, then BOOKS_KEY, then the OS keyring; NoKey without one."""
    sources: tuple[tuple[str, Callable[[], str]], ...] = (
        ("The setting books_key", lambda: setting),
        (VARIABLE, lambda: environment.get(VARIABLE, "")),
        ("The key in the OS keyring", _from_keyring),
    )
    for source, give in sources:
        if key := give().strip():
            return _checked(key, source)
    raise NoKey(
        f"OAuth tokens are kept encrypted in the books, and there is no key. Make one with "
        f"{NEW_KEY} and keep it: in the environment as {VARIABLE}, or in the OS keyring with "
        f"`keyring set {KEYRING_SERVICE} {KEYRING_NAME}`{_without_library()}"
    )


def _without_library() -> str:
    """What has to be installed first, where the OS keyring cannot be asked at all."""
    if _library("keyring") is not None:
        return ""
    return " (first add `-e books[keyring]` to target-xero's pip_url and run `meltano install`)"


def _library(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _checked(key: str, source: str) -> str:
    try:
        is_key = len(base64.b64decode(key, altchars=b"-_", validate=True)) == _BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise NoKey(f"{source} is no key (32 bytes in URL-safe base64). Make one with {NEW_KEY}")
    return key


def _from_keyring() -> str:
    """Ask the OS keyring, where the `keyring` library is installed and finds one."""
    keyring, errors = _library("keyring"), _library("keyring.errors")
    if keyring is None or errors is None:
        return ""
    try:
        return str(keyring.get_password(KEYRING_SERVICE, KEYRING_NAME) or "")
    except errors.KeyringError:
        return ""  # a server without a keyring service: the same as a keyring without the key
