"""The tap: Amazon Seller Central's orders, listings and settlements as Singer messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from amazon_sp import AmazonError, Limits, LwaAuth, Session, endpoint
from amazon_sp.report_desk import ReportDesk
from tap_amazon_sp import settings
from tap_amazon_sp.listings import Listings
from tap_amazon_sp.payouts import FinancialEventGroups
from tap_amazon_sp.places import Places
from tap_amazon_sp.sales import Marketplaces, OrderReportLines, Orders
from tap_amazon_sp.settlements import SettlementRows, Settlements
from tap_amazon_sp.vat import VatTransactions

# The others follow by name: what settlements are booked by comes before them.
FIRST = (VatTransactions.name,)
STREAMS: tuple[type[Stream], ...] = (
    *(Marketplaces, Orders, OrderReportLines, Listings, VatTransactions),
    *(FinancialEventGroups, Settlements, SettlementRows),
)


class TapAmazonSP(Tap):
    """Singer tap for Amazon Seller Central: orders, listings, settlements and payout groups."""

    name = "tap-amazon-sp"
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
        return Limits()

    def now(self) -> datetime:
        """Tell the present, in UTC, to the second."""
        return datetime.now(UTC).replace(microsecond=0)

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
