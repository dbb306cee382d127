"""The tap: Amazon Seller Central's orders, settlements and payout groups as Singer messages."""

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
from tap_amazon_sp import settings
from tap_amazon_sp.payouts import FinancialEventGroups
from tap_amazon_sp.sales import Marketplaces, Orders
from tap_amazon_sp.settlements import SettlementRows, Settlements


class TapAmazonSP(Tap):
    """Singer tap for Amazon Seller Central: orders, settlements and payout groups."""

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
        streams = (Marketplaces, Orders, FinancialEventGroups, Settlements, SettlementRows)
        return [stream(self) for stream in streams]

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
