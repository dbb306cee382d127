"""The tap: what a Xero organisation has, as Singer messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

import click
from singer_sdk import Stream, Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from books import Books, TokenFault, Unusable
from tap_xero import about, catalogs, connection, lists, scopes, settings
from tap_xero.rates import ExchangeRates
from tap_xero.shapes import Json
from tap_xero.streams import XeroStream
from tap_xero.values import Unreadable
from xero_api import Session, XeroError, reads

# In the order in which they are read: what prices are made by comes before the items.
STREAMS: tuple[type[XeroStream], ...] = (
    *(lists.Organisation, lists.Accounts, lists.TaxRates, lists.TrackingCategories),
    *(lists.Currencies, ExchangeRates, lists.Items, lists.Contacts),
    *(lists.Invoices, lists.CreditNotes, lists.Payments),
    *(lists.ManualJournals, lists.BankTransactions),
)


class TapXero(Tap):
    """Singer tap for Xero: organisation, chart, taxes, items, exchange rates and documents."""

    name = "tap-xero"
    config_jsonschema = settings.SCHEMA
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *, catalog: Any = None, **options: Any) -> None:
        self._books: Books | None = None
        given = catalogs.with_methods(catalog) if isinstance(catalog, Mapping) else catalog
        super().__init__(catalog=given, **options)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add no setting of the SDK's: ours are all, though stream maps work when given."""

    def discover_streams(self) -> Sequence[Stream]:
        """Give every stream of the tap."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams by name, in the order in which they are read."""
        found = super().streams
        return {name: found[name] for name in (vars(each)["name"] for each in STREAMS)}

    @property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The streams that are selected, each with the scopes that it takes."""
        found = {name: each for name, each in self.streams.items() if each.selected}
        return {name: each.scopes for name, each in found.items() if isinstance(each, XeroStream)}

    @property
    def scopes(self) -> str:
        """The scopes that the run asks for."""
        return self.config.get("scopes") or scopes.needed(self.wanted)

    @cached_property
    def session(self) -> Session:
        """The session with Xero that all streams share."""
        self._books = connection.open_if_any(self.config)
        return connection.session(self.config, self._books, self.wanted, self.clock())

    @cached_property
    def organisation(self) -> Json:
        """The organisation, asked for once."""
        return reads.organisation(self.session)

    @cached_property
    def currencies(self) -> list[Json]:
        """The currencies that are enabled, asked for once."""
        return reads.whole(self.session, "Currencies")

    def clock(self) -> connection.Clock:
        """Give the present and the way to wait."""
        return connection.Clock(lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Tell the present, in UTC."""
        return self.clock().now()

    def close(self) -> None:
        """Let go of the connection and the books."""
        if session := vars(self).pop("session", None):
            session.close()
        if self._books is not None:
            self._books.close()
            self._books = None

    # The SDK means this to be final, but has no hook for what comes after the last stream.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Read every selected stream."""
        try:
            super().sync_all()
        finally:
            self.close()

    # Final too: the SDK would try every stream, and ask for scopes that nobody has granted.
    def run_connection_test(self) -> bool:  # type: ignore[misc]
        """Read one record of each selected stream."""
        selected = [each for each in self.streams.values() if each.selected]
        try:
            return self.run_sync_dry_run(dry_run_record_limit=1, streams=selected)
        finally:
            self.close()

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and give every fault at once, never a secret."""
        settings.tidy(self._config)
        faults = super()._validate_config(raise_errors=False)
        faults += settings.faults(self._config)
        for secret in filter(None, map(self._config.get, settings.SECRETS)):
            faults = [fault.replace(str(secret), "***") for fault in faults]
        if faults and raise_errors:
            raise ConfigValidationError(
                "Config validation failed", errors=faults, schema=self.config_jsonschema
            )
        return faults

    @classmethod
    def print_about(cls, output_format: str | None = None) -> None:
        """Print what the tap is: as text for a person, else as the SDK does."""
        if output_format not in {None, "text"}:
            super().print_about(output_format)
            return
        streams = [(vars(each)["name"], each.selected_by_default) for each in STREAMS]
        click.echo(about.text(cls.name, cls.plugin_version, streams, cls.config_jsonschema))

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the tap; what Xero or the books refuse ends it with one line and exit code 1."""
        with cls._in_one_line():
            super().invoke(**options)

    @classmethod
    def cb_test(cls, ctx: Any, param: Any, value: str) -> None:
        """Test the connection; a refusal ends it with one line and exit code 1."""
        with cls._in_one_line():
            super().cb_test(ctx, param, value)

    @classmethod
    @contextmanager
    def _in_one_line(cls) -> Iterator[None]:
        try:
            yield
        except (XeroError, TokenFault, Unusable, Unreadable) as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line, no trace
            sys.exit(1)
