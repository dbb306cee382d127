"""The tap: Amazon Seller Central's orders, listings, money and stock as Singer messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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

from amazon_sp import AmazonError, Limits, LwaAuth, Session, endpoint
from amazon_sp.report_desk import ReportDesk
from tap_amazon_sp import about, settings
from tap_amazon_sp.inbox import Inbox
from tap_amazon_sp.inventory import Inventory
from tap_amazon_sp.listings import Listings
from tap_amazon_sp.notifications import Notifications
from tap_amazon_sp.payouts import FinancialEventGroups
from tap_amazon_sp.places import Places
from tap_amazon_sp.sales import Marketplaces, OrderReportLines, Orders
from tap_amazon_sp.settlements import SettlementRows, Settlements
from tap_amazon_sp.transactions import SettlementTransactions, Transactions
from tap_amazon_sp.vat import VatTransactions

# The others follow by name: what settlements are booked by comes before them.
FIRST = (VatTransactions.name,)
STREAMS: tuple[type[Stream], ...] = (
    *(Marketplaces, Notifications, Orders, OrderReportLines, Listings, VatTransactions),
    FinancialEventGroups,
    # Children in this order: what may fail is read before rows are written that then must wait.
    *(SettlementTransactions, SettlementRows, Settlements),
    *(Transactions, Inventory),
)


class TapAmazonSP(Tap):
    """Singer tap for Amazon Seller Central: orders, listings, settlements, payouts and stock."""

    name = "tap-amazon-sp"
    # How long the queue may look for messages before it says that there are none.
    POLL_SECONDS = 1
    _put_off: AmazonError | None = None
    config_jsonschema = settings.SCHEMA
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add no setting of the SDK's: ours are all, though stream maps work when given."""

    @classmethod
    def of(cls, given: dict[str, Any], unless_set: dict[str, str] | None = None) -> TapAmazonSP:
        """Make the tap from settings given, those of the environment below them."""
        return cls(config={**(unless_set or {}), **cls._env_var_config, **given})

    def discover_streams(self) -> Sequence[Stream]:
        """Give every stream of the tap."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams by name, in the order in which they are read."""
        found = super().streams
        return {
            name: found[name] for name in (*FIRST, *(each for each in found if each not in FIRST))
        }

    @cached_property
    def session(self) -> Session:
        """The session with Amazon that all streams share."""
        config = self.config
        auth = LwaAuth(
            config["client_id"],
            config["client_secret"],
            config["refresh_token"],
            url=config["auth_url"],
            user_agent_app=config["user_agent_app"],
            limits=self.limits(),
        )
        return Session(endpoint(config.get("region"), config.get("api_url")), auth)

    @cached_property
    def places(self) -> Places:
        """The marketplaces that the run is about."""
        return Places(self.session, self.config.get("marketplace_ids") or [])

    @cached_property
    def report_desk(self) -> ReportDesk:
        """Where reports are asked for, so that two streams share one."""
        return ReportDesk(self.session, self.now)

    def limits(self) -> Limits:
        """Give the pace and patience towards Amazon."""
        return Limits(max_wait=60.0 * self.config["max_wait_minutes"])

    def now(self) -> datetime:
        """Tell the present, in UTC, to the second."""
        return datetime.now(UTC).replace(microsecond=0)

    @cached_property
    def inbox(self) -> Inbox | None:
        """What the queue of the settings holds for this run; None without queue or stream."""
        stream = self.streams[Notifications.name]
        if not (isinstance(stream, Notifications) and stream.selected):
            return None
        return stream.inbox() if self.config.get("sqs_queue_url") else None

    def put_off(self, stream: str, reason: AmazonError) -> None:
        """Leave the rest of a stream to the next run; this one fails when the others are done."""
        self.logger.warning("%s is read no further in this run: %s", stream, reason)
        self._put_off = self._put_off or reason

    # The SDK means this to be final, but has no hook for what comes after the last stream.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Read every selected stream; what was put off then ends the run as failed."""
        super().sync_all()
        if self._put_off:
            raise self._put_off
        stream = self.streams[Notifications.name]
        if isinstance(stream, Notifications) and self.inbox:
            stream.acknowledge(self.inbox, self.now())

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and give every fault at once, never a secret."""
        faults = settings.tidy(self._config)
        faults += super()._validate_config(raise_errors=False)
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
        """Run the tap; a refusal of Amazon's ends it with one line and exit code 1."""
        with cls._in_one_line():
            super().invoke(**options)

    @classmethod
    def cb_test(cls, ctx: Any, param: Any, value: str) -> None:
        """Test the connection; a refusal of Amazon's ends it with one line and exit code 1."""
        with cls._in_one_line():
            super().cb_test(ctx, param, value)

    @classmethod
    @contextmanager
    def _in_one_line(cls) -> Iterator[None]:
        try:
            yield
        except AmazonError as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line, no trace
            sys.exit(1)
