"""The streams of transactions: every movement of money, and those of one settlement.

Source: Finances API 2024-06-19, listTransactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, cast

from amazon_sp import finances
from tap_amazon_sp.instants import moment, spelled
from tap_amazon_sp.movements import Reader
from tap_amazon_sp.payouts import event_groups
from tap_amazon_sp.records import Json
from tap_amazon_sp.relisting import anew
from tap_amazon_sp.settlements import Settlements
from tap_amazon_sp.streams import SETTLING, SellingPartnerStream

FIRST = timedelta(days=90)
# Orders of the last 48 hours may be missing: a day more than that is read again.
LOOK_BACK = timedelta(days=3)
# Further apart, and Amazon answers nothing instead of an error.
WIDEST = timedelta(days=180)
WINDOW = timedelta(days=30)
NEAR = timedelta(hours=1)


class Transactions(SellingPartnerStream):
    """Movements of money, those included that Amazon still holds back.

    The bookmark is the bound up to which transactions were asked for. A deferred transaction is
    updated in place when it is released, weeks after its posted date: each run reads again from
    the oldest one that was deferred, three days at least, and 180 at most.
    """

    name = "transactions"
    primary_keys = ("transaction_id",)
    replication_key = "posted_date"
    selected_by_default = False

    def get_records(self, context: Any) -> Iterable[Json]:  # noqa: ARG002
        """Give what was posted since the look-back, window by window."""
        bookmark = self.begin(back=FIRST)
        since = self._since(bookmark)
        end = self.end() or self.now() - SETTLING
        deferred: list[datetime] = []
        while since < end:
            until = min(since + WINDOW, end)
            for record in _read(self, _between(since, until)):
                if record["transaction_status"] == "DEFERRED" and record["posted_date"]:
                    deferred.append(moment(record["posted_date"]))
                yield record
            if until >= bookmark:
                oldest = min(deferred, default=None)
                self.bookmark(until, deferred_since=oldest and spelled(oldest))
            since = until

    def look(self) -> str:
        """Ask for the transactions of a day."""
        until = self.now() - SETTLING
        criteria = _between(until - timedelta(days=1), until)
        found = next(finances.transactions(self.amazon, criteria))
        return f"{len(found)} posted in the last day, first page"

    def _since(self, bookmark: datetime) -> datetime:
        """Give where to read from: before the bookmark, if there was one."""
        known = self.replication_method == "INCREMENTAL" and self.stream_state
        if "replication_key_value" not in (known or {}):
            return bookmark
        since = bookmark - LOOK_BACK
        if kept := self.stream_state.get("deferred_since"):
            oldest = moment(kept)
            if oldest < bookmark - WIDEST:
                self.logger.warning(
                    "Transactions deferred since %s are not looked up again: Amazon gives 180"
                    " days at a time. Look at them in Seller Central, Payments",
                    kept,
                )
            since = min(since, max(oldest, bookmark - WIDEST))
        return since


class SettlementTransactions(SellingPartnerStream):
    """Transactions of one settlement, by its financial event group, before the closing record.

    The group is found by start, end and currency: Amazon gives no other link.
    """

    name = "settlement_transactions"
    primary_keys = ("settlement_id", "transaction_id")
    parent_stream_type = Settlements
    # One place in STATE for all settlements, and nothing in it: the parent's bookmark counts.
    state_partitioning_keys = ()
    emit_activate_version_messages = False
    selected_by_default = False

    _announced = False

    def get_records(self, context: Any) -> Iterable[Json]:
        """Give the transactions of the settlement that is open."""
        group = self._group()
        if group is None:
            return
        criteria = {
            "relatedIdentifierName": "FINANCIAL_EVENT_GROUP_ID",
            "relatedIdentifierValue": group,
        }
        for record in _read(self, criteria):
            yield {**record, "settlement_id": context["settlement_id"]}

    def _group(self) -> str | None:
        """Find the event group of the settlement; None, with a warning, when it is not certain."""
        opened = cast("Settlements", self._tap.streams[Settlements.name]).opened
        if opened is None:
            raise AssertionError("transactions are only asked for while their settlement is open")
        settlement = opened.settlement
        start = moment(settlement.start)
        until = min(start + NEAR, self.now() - SETTLING)
        near = event_groups(self, spelled(start - NEAR), spelled(until))
        period = _seconds(settlement.start), _seconds(settlement.end), settlement.currency
        found = [group for group in near if _period(group) == period]
        if len(found) > 1:
            # Accounts of two kinds may settle at the same instants; their totals tell them apart.
            total = Decimal(settlement.total_amount)
            found = [group for group in found if Decimal(group["original_total"] or 0) == total]
        if len(found) == 1:
            return str(found[0]["group_id"])
        self.logger.warning(
            "Settlement %s: %s event groups from %s to %s in %s, so its transactions are not read",
            settlement.settlement_id,
            len(found) or "no",
            settlement.start,
            settlement.end,
            settlement.currency,
        )
        return None

    def _write_schema_message(self) -> None:
        """Announce the stream once, and not anew for every settlement."""
        if not self._announced:
            super()._write_schema_message()
            self._announced = True


def _read(stream: SellingPartnerStream, criteria: dict[str, str]) -> Iterator[Json]:
    """Give the transactions of one question to Amazon, each once."""

    def listing() -> Iterator[Json]:
        reader = Reader()
        for page in finances.transactions(stream.amazon, criteria):
            yield from map(reader.transaction, page)

    return anew(listing, itemgetter("transaction_id"), stream)


def _between(since: datetime, until: datetime) -> dict[str, str]:
    return {"postedAfter": spelled(since), "postedBefore": spelled(until)}


def _period(group: Json) -> tuple[str | None, str | None, str | None]:
    return _seconds(group["start"]), _seconds(group["end"]), group["currency"]


def _seconds(instant: str | None) -> str | None:
    """Cut an instant to whole seconds: settlement files have no fractions."""
    return spelled(moment(instant).replace(microsecond=0)) if instant else None
