"""The Singer target: settings in, documents from standard input, listings changed at the end."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, NoReturn

from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError, InvalidRecord
from singer_sdk.helpers.capabilities import PluginCapabilities

from amazon_sp import LWA_URL, AmazonError, Limits, LwaAuth, Session, endpoint
from books import AtWork, Unusable, open_books
from target_amazon_sp import settings
from target_amazon_sp.run import Job, Run
from target_amazon_sp.sinks import HeldSink, InboxSink, WishSink

if TYPE_CHECKING:
    from types import FrameType

    from books import Books

SINKS: dict[str, type[InboxSink]] = {"prices": WishSink, "quantities": WishSink, "held": HeldSink}


class UnknownStream(ValueError):
    """A stream that no listing can follow."""


class TargetAmazonSP(Target):
    """Brings Amazon listings to the prices and quantities of accounting, within their guards."""

    name = "target-amazon-sp"
    config_jsonschema = settings.SCHEMA
    capabilities = [PluginCapabilities.ABOUT, PluginCapabilities.STRUCTURED_LOGGING]  # noqa: RUF012
    default_sink_class = InboxSink

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_parallelism = 1
        self._books: Books | None = None
        self._run: Run | None = None

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
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add no settings: the SDK's own (load_method, flattening, ...) mean nothing here."""

    def get_sink_class(self, stream_name: str) -> type[InboxSink]:
        """Find the sink of a stream; UnknownStream when there is none."""
        try:
            return SINKS[stream_name]
        except KeyError:
            raise UnknownStream(
                f"target-amazon-sp has no place for the stream `{stream_name}`; it takes"
                f" {', '.join(SINKS)}. Is the mapper missing: meltano run tap-xero price-mapper"
                " target-amazon-sp?"
            ) from None

    @property
    def run(self) -> Run:
        """The run that the sinks feed."""
        if self._run is None:
            self._books = open_books(self.config.get("books") or "")
            self._run = Run(self.session(), self._books, self.job, _now, time.sleep)
        return self._run

    @property
    def job(self) -> Job:
        """What the settings tell a run."""
        config = self.config
        return Job(
            seller_id=config["seller_id"].strip(),
            mode=config["mode"],
            limits=settings.limits(config),
            read_back_minutes=config["read_back_minutes"],
            marketplace_ids=frozenset(config.get("marketplace_ids") or ()) or None,
            region=config.get("region"),
        )

    def session(self) -> Session:
        """Make a session with the seller's account."""
        config = self.config
        auth = LwaAuth(
            config["client_id"],
            config["client_secret"],
            config["refresh_token"],
            url=config.get("auth_url") or LWA_URL,
            user_agent_app=config["user_agent_app"],
            limits=Limits(max_wait=config["max_wait_minutes"] * 60),
        )
        return Session(endpoint(config.get("region"), config.get("api_url")), auth)

    @property
    def exit_code(self) -> int:
        """What the process says about the run."""
        return self.run.tally.exit_code

    def process_endofpipe(self) -> None:
        """Bring the listings about, emit state, and tell what was done."""
        self.run.work()
        super().process_endofpipe()
        self._tell()
        self.close()

    def close(self) -> None:
        """Let go of the books and the connections."""
        if self._run is not None:
            self._run.session.close()
        if self._books is not None:
            self._books.close()

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Emit state, unless the run fails or only shows what it would do."""
        if self.run.job.applies and self.exit_code == 0:
            super()._write_state_message(state)

    def _tell(self) -> None:
        tally = self.run.tally
        for line in tally.lines:
            self.logger.warning(line)
        if tally.fault:
            self.logger.error("%s", tally.fault)
        mode = "" if self.run.job.applies else " (preview: nothing was changed)"
        self.logger.info("Amazon listings%s: %s", mode, tally.summary())

    # The process

    def _handle_termination(self, signum: int, frame: FrameType | None) -> NoReturn:
        """Stop at once: the next run reads the listings and knows."""
        del frame
        self.logger.info("Stopped by signal %d; the next run finds out what was changed", signum)
        sys.exit(128 + signum)

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run as a process: one clear line for what a person must put right."""
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        target = cls(
            config=config.config if config else {},
            parse_env_config=bool(config and config.parse_env),
        )
        try:
            target.listen(file_input)
        except AtWork as other:
            # Not an error: the other run does the work, and no state was emitted here.
            cls.logger.warning("%s; this run leaves it to that one", other)
            sys.exit(0)
        except (AmazonError, UnknownStream, Unusable, InvalidRecord) as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line, not a trace
            sys.exit(1)
        finally:
            target.close()
        sys.exit(target.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
