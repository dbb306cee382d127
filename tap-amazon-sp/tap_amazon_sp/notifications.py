"""The stream of notifications: what Amazon told the queue since the last run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tap_amazon_sp.inbox import Inbox
from tap_amazon_sp.queue import Queue
from tap_amazon_sp.records import Json
from tap_amazon_sp.streams import SellingPartnerStream


class Notifications(SellingPartnerStream):
    """Changed orders, new transactions and finished reports, as the queue of the settings has them.

    The queue itself is the bookmark. Where `orders` and `settlements` are selected they read just
    what is named here, and ask Amazon for everything only once a day.
    """

    name = "notifications"
    primary_keys = ("notification_id",)
    # A run's messages never replace those of another.
    emit_activate_version_messages = False

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give the notifications, and a record with the fault of what is not understood."""
        inbox = self._tap.inbox
        if inbox:
            yield from inbox.notices.values()
            yield from inbox.unread.values()

    def look(self) -> str:
        """Ask the queue how much waits in it."""
        if not self.config.get("sqs_queue_url"):
            return "no queue is set (sqs_queue_url), so none are read"
        about = self.queue().attributes()
        waiting = about.get("ApproximateNumberOfMessages", "0")
        policy = json.loads(about.get("RedrivePolicy", "{}"))
        if not policy:
            return f"{waiting} messages wait; without a redrive policy what is not understood stays"
        return f"{waiting} messages wait; the dead-letter queue takes those not understood"

    def queue(self) -> Queue:
        """Open the queue of the settings."""
        return Queue(self.config["sqs_queue_url"], self._tap.POLL_SECONDS)

    def inbox(self) -> Inbox:
        """Read what the queue holds."""
        return Inbox.of(self.queue(), self.stream_state.get("followed") or {})

    def _write_schema_message(self) -> None:
        """Announce the stream where there is a queue; elsewhere nobody need hear of it."""
        if self._tap.inbox:
            super()._write_schema_message()

    def acknowledge(self, inbox: Inbox, now: datetime) -> None:
        """Name in STATE what this run has followed, after everything is written."""
        self.stream_state["followed"] = inbox.acknowledged(now)
        self.state_manager.is_flushed = False
        self._write_state_message()
