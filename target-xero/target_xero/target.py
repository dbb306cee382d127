"""The Singer target: settings in, documents from standard input, state out when they are safe."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError, InvalidRecord
from singer_sdk.helpers.capabilities import PluginCapabilities

from books import AtWork, TokenFault, Unusable, open_books, open_existing
from books.consents import tokens_of
from target_xero import alerts, documents, settings
from target_xero.cards import CARDS
from target_xero.check import Check
from target_xero.fields import Unreadable
from target_xero.findings import Finding
from target_xero.named import Named
from target_xero.posting import PostingRun
from target_xero.preview import Preview
from target_xero.rehearsal import RehearsedSession
from target_xero.sinks import (
    DeferralSink,
    DocumentSink,
    HeldSink,
    ProofSink,
    QueueSink,
    TrailSink,
    VatSink,
)
from target_xero.stock import STOCK_LEVELS
from xero_api import Limits, OwnQuota, Session, XeroError, login

if TYPE_CHECKING:
    from types import FrameType

    from books import Books

SINKS: dict[str, type[QueueSink]] = {
    **dict.fromkeys((*CARDS, *documents.ARRIVING, STOCK_LEVELS), DocumentSink),
    "settlements": ProofSink,
    "vat_lines": VatSink,
    "held": HeldSink,
    "settlement_orders": TrailSink,
    "deferrals": DeferralSink,
}


AnySession = TypeVar("AnySession", bound=Session)


class UnknownStream(ValueError):
    """A stream that has no place in the books."""


class TargetXero(Target):
    """Posts each accounting document to Xero exactly once, and says what it could not post."""

    name = "target-xero"
    config_jsonschema = settings.SCHEMA
    capabilities = [PluginCapabilities.ABOUT, PluginCapabilities.STRUCTURED_LOGGING]  # noqa: RUF012
    default_sink_class = QueueSink

    def __init__(self, *, config: Any = None, **kwargs: Any) -> None:
        super().__init__(config=alerts.as_text(config), **kwargs)
        if found := settings.faults(self.config):
            raise ConfigValidationError(
                "Config validation failed", errors=found, schema=self.config_jsonschema
            )
        self.max_parallelism = 1
        self._books: Books | None = None
        self._run: PostingRun | Preview | None = None

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add no settings: the SDK's own (load_method, flattening, ...) mean nothing here."""

    def get_sink_class(self, stream_name: str) -> type[QueueSink]:
        """Find the sink of a stream; UnknownStream when there is none."""
        try:
            return SINKS[stream_name]
        except KeyError:
            raise UnknownStream(
                f"target-xero has no place for the stream `{stream_name}`; it takes "
                f"{', '.join(SINKS)}. Is the mapper missing: meltano run tap-amazon-sp mapper "
                "target-xero?"
            ) from None

    @property
    def run(self) -> PostingRun | Preview:
        """The run that the sinks feed."""
        if self._run is None:
            self._run = self._open()
        return self._run

    @property
    def exit_code(self) -> int:
        """What the process says about the run: see the setting fail_on."""
        return self.run.tally.exit_code(self.config["fail_on"])

    def check(self, named: Named, *, create_tracking: bool) -> list[Finding]:
        """Look at everything that a first post rests on; raises XeroError when Xero is down."""
        opened = open_books if login.is_oauth(self.config) else open_existing
        self._books = opened(self.config.get("books") or "")
        with self._session(Session, self._books, self._books) as session:
            check = Check(session, self._books, named, _now, create_tracking=create_tracking)
            return list(check.findings())

    def drain(self) -> None:
        """Bring every queued document to its end."""
        self.run.drain()

    def process_endofpipe(self) -> None:
        """Post what is left, emit state, and tell what was done."""
        self.run.drain()
        super().process_endofpipe()
        self.run.close()
        self._tell()
        self.close()

    def close(self) -> None:
        """Let go of the lock, the books and the connections."""
        if self._run is not None:
            self._run.abandon()
            self._run.session.close()
        if self._books is not None:
            self._books.close()

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Emit state, unless the run fails or only shows what it would do.

        While Xero refuses a document the bookmark stays: the cure may be a map, and then the
        mapper has to see the source again. What is posted is not posted again.
        """
        if not self.config["dry_run"] and self.exit_code == 0:
            super()._write_state_message(state)

    def _tell(self) -> None:
        run = self.run
        if isinstance(run, Preview):
            for line in run.table:
                self.logger.info(line)
            return
        for line in run.tally.stock:
            self.logger.info("stock adjusted: %s", line)
        for line in run.tally.lines:
            self.logger.warning(line)
        self.logger.info("Xero: %s", run.tally.summary())
        if run.tally.day_limit:
            self.logger.error("%s", run.tally.end_of_day)
        self.alert(alerts.message(run.tally, run.organisation_name))

    def alert(self, told: alerts.Message) -> None:
        """Send word to where the setting `alerts` says; what fails there fails nothing here."""
        for line in alerts.send(alerts.read(self.config.get("alerts")), told):
            self.logger.warning(line)

    def _open(self) -> PostingRun | Preview:
        config = self.config
        url = config.get("books") or ""
        if config["dry_run"]:
            # Renewing a token ends the one before: that alone is kept even by a dry run.
            self._books = open_books(url) if login.is_oauth(config) else open_existing(url)
            session = self._session(RehearsedSession, None, self._books)
            return Preview(session, self._books, _now, time.sleep)
        self._books = open_books(url)
        return PostingRun(
            session=self._session(Session, self._books, self._books),
            books=self._books,
            now=_now,
            sleep=time.sleep,
            batch_size=config["batch_size"],
            attach_evidence=bool(config.get("attach_evidence")),
        )

    def _session(
        self, kind: type[AnySession], books: Books | None, tokens: Books | None
    ) -> AnySession:
        config = self.config
        account = config.get("tenant_id") or config["client_id"]
        store = tokens_of(config, tokens) if tokens and login.is_oauth(config) else None
        limits = Limits(
            books.quota(account) if books is not None else OwnQuota(),
            now=_now,
            sleep=time.sleep,
            calls_per_minute=config["calls_per_minute"],
            calls_per_day=config["calls_per_day"],
            max_in_flight=config["max_concurrency"],
        )
        return kind(
            login.sign_in(config, store, scopes=settings.scopes(config), now=_now),
            limits,
            api_url=login.api_url(config),
            tenant_id=config.get("tenant_id") or "",
            sleep=time.sleep,
            user_agent=f"target-xero/{version('target-xero')}",
        )

    # The process

    def _handle_termination(self, signum: int, frame: FrameType | None) -> NoReturn:
        """Stop at once: draining from inside a call would send documents twice."""
        del frame
        self.logger.info("Stopped by signal %d; the next run finds out what was posted", signum)
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
            for _ in file_input or sys.stdin:
                continue
            sys.exit(0)
        except (
            XeroError,
            TokenFault,
            Unreadable,
            UnknownStream,
            Unusable,
            InvalidRecord,
        ) as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line, not a trace
            if not target.config["dry_run"]:
                target.alert(alerts.failure(str(error)))
            sys.exit(1)
        finally:
            target.close()
        sys.exit(target.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
