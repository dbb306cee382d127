"""Scopes: what each stream takes, and what to ask Xero for.

A custom connection is refused as a whole (`invalid_scope`) when one of the scopes was not granted,
so no more is asked for than the selected streams take. Source: facts of granular scopes,
developer.xero.com/faq/custom-integration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

READ = ".read"
SETTINGS = "accounting.settings.read"
CONTACTS = "accounting.contacts.read"
INVOICES = "accounting.invoices.read"
PAYMENTS = "accounting.payments.read"
JOURNALS = "accounting.manualjournals.read"
BANK = "accounting.banktransactions.read"


def needed(streams: Mapping[str, Iterable[str]]) -> str:
    """Join the scopes that streams take, each once, in the streams' order."""
    return " ".join(dict.fromkeys(scope for each in streams.values() for scope in each))


def writing(scopes: str) -> str:
    """Give the scopes for writing that include these: what a connection for target-xero has."""
    return " ".join(scope.removesuffix(READ) for scope in scopes.split())


def cover(scopes: str, scope: str) -> bool:
    """Tell whether a scope, or the one for writing that includes it, is among others."""
    return bool({scope, scope.removesuffix(READ)} & set(scopes.split()))


def told(streams: Mapping[str, Iterable[str]]) -> str:
    """Say in words which streams take which scope."""
    by_scope: dict[str, list[str]] = {}
    for name, scopes in streams.items():
        for scope in scopes:
            by_scope.setdefault(scope, []).append(name)
    return "; ".join(f"{scope} for {', '.join(names)}" for scope, names in by_scope.items())
