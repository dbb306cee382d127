"""Sinks: each puts its records into the run's one inbox; the work is done at the pipe's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord
from singer_sdk.sinks import Sink
from singer_sdk.sinks.core import JSONSchemaValidator

if TYPE_CHECKING:
    from target_amazon_sp.target import TargetAmazonSP


class InboxSink(Sink):
    """A sink that feeds the run. All documents must be there before the first is looked at."""

    def __init__(self, target: TargetAmazonSP, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self._target = target

    @property
    def is_full(self) -> bool:
        """Never drain before the end: the run keeps a few figures of each document, no more."""
        return False

    def process_batch(self, context: dict[str, Any]) -> None:
        """Leave it to the end of the pipe."""
        del context


class WishSink(InboxSink):
    """Prices or quantities. A record that its schema does not allow is refused by its name."""

    def get_validator(self) -> None:
        """Check records when they are processed, so that a bad one leaves the others."""

    def setup(self) -> None:
        """Make the check of this stream's records; an invalid schema ends the run."""
        super().setup()
        self._check = JSONSchemaValidator(self.schema, validate_formats=True)

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Leave missing keys to the reading of the document, which names it."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Take a document, or refuse it by name."""
        del context
        try:
            self._check.validate(record)
        except InvalidRecord as fault:
            self._target.run.refuse(self.stream_name, record, str(fault.error_message))
            return
        self._target.run.add(self.stream_name, record)


class HeldSink(InboxSink):
    """Documents that the mapper holds, kept in the books."""

    def get_validator(self) -> JSONSchemaValidator:
        """Make the check of this stream's records; it cannot be switched off."""
        return JSONSchemaValidator(self.schema, validate_formats=True)

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Take a held record, or its end."""
        del context
        self._target.run.add_held(record)
