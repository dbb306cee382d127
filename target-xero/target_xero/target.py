"""The Singer target: settings in, documents from standard input, state out when they are safe."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, NoReturn

from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError, InvalidRecord
from singer_sdk.helpers.capabilities import PluginCapabilities

from books import AtWork, Unusable, open_books, open_existing
from target_xero import documents, settings
from target_xero.documents import Unreadable
from target_xero.posting import PostingRun
from target_xero.preview import Preview
from target_xero.sinks import DocumentSink, HeldSink, ProofSink, QueueSink
from xero_api import (
    CustomConnection,
    Limits,
    OwnQuota,
    Session,
    XeroError,
)

if TYPE_CHECKING:
    from types import FrameType

    from books import Books

SINKS: dict[str, type[QueueSink]] = {
    **dict.fromkeys(documents.IN_POSTING_ORDER, DocumentSink),
    "settlements": ProofSink,
    "held": HeldSink,
}


class UnknownStream(ValueError):
    """A stream that has no place in the books."""


class TargetXero(Target):
    """Posts each accounting document to Xero exactly once, and says what it could not post."""

    name = "target-xero"
    config_jsonschema = settings.SCHEMA
    capabilities = [PluginCapabilities.ABOUT, PluginCapabilities.STRUCTURED_LOGGING]  # noqa: RUF012
    default_sink_class = QueueSink

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
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
        for line in run.tally.lines:
            self.logger.warning(line)
        self.logger.info("Xero: %s", run.tally.summary())
        if run.tally.day_limit:
            self.logger.error("%s", run.tally.end_of_day)

    def _open(self) -> PostingRun | Preview:
        config = self.config
        url = config.get("books") or ""
        if config["dry_run"]:
            self._books = open_existing(url)
            return Preview(self._session(None), self._books)
        self._books = open_books(url)
        return PostingRun(
            session=self._session(self._books),
            books=self._books,
            now=_now,
            sleep=time.sleep,
            batch_size=config["batch_size"],
            attach_evidence=bool(config.get("attach_evidence")),
        )

    def _session(self, books: Books | None) -> Session:
        config = self.config
        connection = CustomConnection(
            config["client_id"],
            config["client_secret"],
            identity_url=config.get("identity_url") or settings.IDENTITY_URL,
            scopes=settings.scopes(config),
            now=_now,
            sleep=time.sleep,
        )
        account = config.get("tenant_id") or config["client_id"]
        limits = Limits(
            books.quota(account) if books is not None else OwnQuota(),
            now=_now,
            sleep=time.sleep,
            calls_per_minute=config["calls_per_minute"],
            calls_per_day=config["calls_per_day"],
            max_in_flight=config["max_concurrency"],
        )
        return Session(
            connection,
            limits,
            api_url=config.get("api_url") or settings.API_URL,
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
        except (XeroError, Unreadable, UnknownStream, Unusable, InvalidRecord) as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line, not a trace
            sys.exit(1)
        finally:
            target.close()
        sys.exit(target.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
