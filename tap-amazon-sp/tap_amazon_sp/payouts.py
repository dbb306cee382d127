"""The stream of financial event groups: what Amazon says it transferred, settlement by settlement.

Source: Finances API v0, listFinancialEventGroups, the only one that tells the transfer's fate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from operator import itemgetter
from typing import Any

from amazon_sp import finances
from tap_amazon_sp import records
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.relisting import anew
from tap_amazon_sp.streams import SellingPartnerStream

# As far back as settlements themselves are kept.
KEPT = timedelta(days=90)
# A transfer can fail, and a group can be corrected, weeks after it closed.
LOOK_BACK = timedelta(days=45)
# Further apart, and Amazon answers nothing instead of an error.
WIDEST = timedelta(days=180)


class FinancialEventGroups(SellingPartnerStream):
    """Groups of money movements, one for each settlement, open ones included.

    The bookmark is the start of the oldest group still open, else of the newest; each run reads
    45 days more than that, since closed groups still change.
    """

    name = "financial_event_groups"
    primary_keys = ("group_id",)
    replication_key = "start"

    def get_records(self, context: Any) -> Iterable[records.Json]:  # noqa: ARG002
        """Give every group that opened since the look-back before the bookmark."""
        since, end = self.begin(back=KEPT) - LOOK_BACK, self.end()
        limit = end or self.now()
        starts, open_starts, seen = [], [], set()
        while since < limit:
            until = min(since + WIDEST, limit)
            bound = spelled(until) if until < limit or end else None
            groups = event_groups(self, spelled(since), bound)
            for group in sorted(groups, key=lambda each: moment(each["start"])):
                starts.append(moment(group["start"]))
                if (group["processing_status"] or "").lower() == "open":
                    open_starts.append(starts[-1])
                if group["group_id"] not in seen:
                    seen.add(group["group_id"])
                    yield group
            since = until
        if starts:
            self.bookmark(min(open_starts, default=max(starts)))

    def look(self) -> str:
        """Ask for the groups of the last two weeks."""
        since = spelled(self.now() - timedelta(days=14))
        found = sum(1 for _ in event_groups(self, since, None))
        return f"{found} opened in the last two weeks"


def event_groups(
    stream: SellingPartnerStream, since: str, until: str | None
) -> Iterator[records.Json]:
    """Give the groups that opened in a window, each once, as records."""

    def listing() -> Iterator[records.Json]:
        return map(records.event_group, finances.event_groups(stream.amazon, since, until))

    return anew(listing, itemgetter("group_id"), stream)
