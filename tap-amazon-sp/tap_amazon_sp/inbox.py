"""What the queue holds for this run, and which messages may be deleted.

A message is deleted by the run after the one that followed it: when the STATE that names its
notification comes back, whatever it led to has been kept by the target. Until then it comes again,
so nothing is lost, and what comes twice is followed twice at most.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from amazon_sp import reports
from tap_amazon_sp import notices
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.queue import Message, Queue
from tap_amazon_sp.records import Json

logger = logging.getLogger(__name__)

# SQS keeps no message longer.
KEPT = timedelta(days=14)
MOST = 5000


@dataclass
class Inbox:
    """The notifications of one run.

    followed: ids whose consequences are known to be kept, with the instant they were read;
    as the STATE of the run before has them.
    """

    followed: Mapping[str, str] = field(default_factory=dict)
    notices: dict[str, Json] = field(default_factory=dict)
    unread: dict[str, Json] = field(default_factory=dict)
    _kept_back: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, queue: Queue, followed: Mapping[str, str]) -> Inbox:
        """Read a queue until it has nothing new, 5,000 messages at most."""
        inbox, seen = cls(followed), set[str]()
        while len(seen) < MOST:
            batch = queue.receive()
            new = [each for each in batch if each.message_id not in seen]
            if not new:
                break
            seen.update(each.message_id for each in new)
            queue.delete([each for each in new if inbox._take(each)])
        for record in inbox.unread.values():
            logger.warning("%s", record["fault"])
        if inbox.unread and "RedrivePolicy" not in queue.attributes():
            logger.warning(
                "The queue has no dead-letter queue: what is not understood comes again in every"
                " run until it is 14 days old at most. Give it a redrive policy"
            )
        return inbox

    def _take(self, message: Message) -> bool:
        """Sort a message in; True when it has been followed and may be deleted."""
        try:
            notice = notices.read(message.body, message.message_id)
        except notices.NotUnderstood as reason:
            times = f"{reason}; it stays in the queue and has come {message.received} times"
            self.unread[message.message_id] = notices.unread(message.message_id, times)
            return False
        key = notice["notification_id"]
        if key in self.followed:
            self._gone.add(key)
            return True
        self.notices[key] = notice
        return False

    @property
    def order_ids(self) -> list[str]:
        """The orders that changed, each once."""
        changed = [
            each["order_id"]
            for each in self.notices.values()
            if each["notification_type"] == "ORDER_CHANGE"
        ]
        return list(dict.fromkeys(changed))

    @property
    def settlement_report_ids(self) -> list[str]:
        """The settlement reports that are finished, each once."""
        finished = [
            each["report_id"]
            for each in self.notices.values()
            if each["report_type"] == reports.SETTLEMENTS and each["processing_status"] == "DONE"
        ]
        return list(dict.fromkeys(finished))

    def keep_back(self, field_name: str, value: str) -> None:
        """Leave the notifications about something in the queue, for the next run to try again."""
        self._kept_back |= {key for key, each in self.notices.items() if each[field_name] == value}

    def acknowledged(self, now: datetime) -> dict[str, str]:
        """Give what the next run may delete: ids with the instant they were read."""
        new = dict.fromkeys(self.notices.keys() - self._kept_back, spelled(now))
        still = {
            key: at
            for key, at in self.followed.items()
            if key not in self._gone and moment(at) > now - KEPT
        }
        return {**still, **dict(sorted(new.items()))}
