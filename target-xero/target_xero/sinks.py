"""Sinks: each puts its records into the run's one queue; draining any drains the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord
from singer_sdk.sinks import Sink
from singer_sdk.sinks.core import JSONSchemaValidator

if TYPE_CHECKING:
    from target_xero.target import TargetXero


class DocumentValidator(JSONSchemaValidator):
    """Checks records against the schema that came with them, and names the one at fault."""

    def validate(self, record: dict[str, Any]) -> None:
        """Raise InvalidRecord with the document's id."""
        try:
            super().validate(record)
        except InvalidRecord as fault:
            words = f"{record.get('document_id', 'without document_id')}: {fault.error_message}"
            raise InvalidRecord(words, record) from fault


class QueueSink(Sink):
    """A sink that feeds the run; records are checked against the schema that came with them."""

    MAX_SIZE_DEFAULT = 5000

    def __init__(self, target: TargetXero, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self._target = target

    def get_validator(self) -> DocumentValidator:
        """Make the check of this stream's records; it cannot be switched off."""
        return DocumentValidator(self.schema, validate_formats=True)

    def process_batch(self, context: dict[str, Any]) -> None:
        """Bring everything queued to its end, of whichever stream."""
        del context
        self._target.drain()


class DocumentSink(QueueSink):
    """Invoices, payments, journals, bank transactions and the like; also levels of stock."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue a document."""
        del context
        self._target.run.add(self.stream_name, record)


class ProofSink(QueueSink):
    """The proof of each settlement, kept in the books."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue a proof."""
        del context
        self._target.run.add_proof(record)


class VatSink(QueueSink):
    """What the VAT report says of each order, kept in the books for the mapper's later runs."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue what is known of an order."""
        del context
        self._target.run.add_vat(record)


class TrailSink(QueueSink):
    """The rows behind a settlement, kept in the books for the drill-down."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue a part of them."""
        del context
        self._target.run.add_trail(record)


class DeferralSink(QueueSink):
    """Transactions that Amazon deferred, kept in the books for the mapper's month ends."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue a deferred transaction."""
        del context
        self._target.run.add_deferral(record)


class HeldSink(QueueSink):
    """Documents that the mapper holds, kept in the books for its next run."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Queue a held record, or its end."""
        del context
        self._target.run.add_held(record)
