"""Amazon's usage plans: one token bucket per operation, so that a 429 stays the exception.

Rates and bursts are those printed in Amazon's models (Orders 2026-01-01 and v0, Reports
2021-06-30, Finances v0 and 2024-06-19, FBA Inventory v1, Sellers v1, Listings Items 2021-08-01,
Feeds 2021-06-30). Amazon counts per seller,
application and operation, tells the rate but never the burst in `x-amzn-RateLimit-Limit`, and sends
no Retry-After. One `Limits` is one seller in one region, so a bucket belongs to one of each.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from amazon_sp.errors import Throttled

logger = logging.getLogger(__name__)

SAFETY = 0.95
LONG_WAIT = 5.0
MAX_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What Amazon allows one operation: tokens a second, and how many may be saved up."""

    operation: str
    path: re.Pattern[str]
    rate: float
    burst: int
    method: str = "GET"


PLANS = tuple(
    Plan(operation, re.compile(path), *plan)
    for operation, path, *plan in (
        ("searchOrders", r"/orders/2026-01-01/orders", 0.0056, 20),
        ("getOrder", r"/orders/2026-01-01/orders/[^/]+", 0.5, 30),
        ("getOrders", r"/orders/v0/orders", 0.0167, 20),
        ("getOrderItems", r"/orders/v0/orders/[^/]+/orderItems", 0.5, 30),
        ("createReport", r"/reports/2021-06-30/reports", 0.0167, 15, "POST"),
        ("getReports", r"/reports/2021-06-30/reports", 0.0222, 10),
        ("getReport", r"/reports/2021-06-30/reports/[^/]+", 2.0, 15),
        ("getReportDocument", r"/reports/2021-06-30/documents/[^/]+", 0.0167, 15),
        ("listFinancialEventGroups", r"/finances/v0/financialEventGroups", 0.5, 30),
        ("listTransactions", r"/finances/2024-06-19/transactions", 0.5, 10),
        ("getInventorySummaries", r"/fba/inventory/v1/summaries", 2.0, 2),
        ("getMarketplaceParticipations", r"/sellers/v1/marketplaceParticipations", 0.016, 15),
        ("searchListingsItems", r"/listings/2021-08-01/items/[^/]+", 5.0, 5),
        ("getListingsItem", r"/listings/2021-08-01/items/[^/]+/[^/]+", 5.0, 10),
        ("patchListingsItem", r"/listings/2021-08-01/items/[^/]+/[^/]+", 5.0, 5, "PATCH"),
        ("createFeed", r"/feeds/2021-06-30/feeds", 0.0083, 15, "POST"),
        ("getFeeds", r"/feeds/2021-06-30/feeds", 0.0222, 10),
        ("getFeed", r"/feeds/2021-06-30/feeds/[^/]+", 2.0, 15),
        ("createFeedDocument", r"/feeds/2021-06-30/documents", 0.5, 15, "POST"),
        ("getFeedDocument", r"/feeds/2021-06-30/documents/[^/]+", 0.0222, 10),
    )
)
# The tightest plan that Amazon prints for reads, for operations that are not in the table.
UNLISTED = Plan("an unlisted operation", re.compile(".*"), 0.0056, 1)


class Bucket:
    """The calls of one operation that may be made at once, refilled with time.

    waited: seconds that its calls have waited so far, all together.
    """

    def __init__(self, plan: Plan, clock: Callable[[], float]) -> None:
        self.operation = plan.operation
        self.rate = plan.rate * SAFETY
        self._burst = float(plan.burst)
        self._tokens = self._burst
        self._clock = clock
        self._seen = clock()
        self.waited = 0.0

    def shortage(self) -> float:
        """Tell the seconds until the next call may be made; 0 when one may be made now."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._seen) * self.rate)
        self._seen = now
        # A thousandth of a token: what a sleep of exactly the right length loses to rounding.
        return 0.0 if self._tokens >= 0.999 else (1 - self._tokens) / self.rate  # noqa: PLR2004

    def take(self) -> None:
        """Use one call."""
        self._tokens = max(0.0, self._tokens - 1)

    def empty(self) -> None:
        """Believe Amazon that nothing is left: other programs share the same plan."""
        self._tokens, self._seen = 0.0, self._clock()


class Limits:
    """Keeps calls below Amazon's usage plans, with a bound on how long they may wait.

    max_wait: seconds that the calls of one operation may spend waiting, all together; beyond it
    `Throttled` is raised. Operations do not wait for one another.
    """

    def __init__(
        self,
        max_wait: float = MAX_WAIT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.max_wait = max_wait
        self.clock, self._sleep, self._chance = clock, sleep, chance
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, path: str, method: str = "GET") -> Bucket:
        """Find the bucket of the operation that a method on a path belongs to."""
        plan = next(
            (each for each in PLANS if each.method == method and each.path.fullmatch(path)),
            UNLISTED,
        )
        if plan.operation not in self._buckets:
            self._buckets[plan.operation] = Bucket(plan, self.clock)
        return self._buckets[plan.operation]

    def learn(self, bucket: Bucket, header: str | None) -> None:
        """Take the rate that Amazon really applies from `x-amzn-RateLimit-Limit`."""
        try:
            rate = float(header or "")
        except ValueError:
            return
        if 0 < rate < float("inf"):
            bucket.rate = rate * SAFETY

    def pause(self, seconds: float, waited: float, why: str, bucket: Bucket | None = None) -> float:
        """Wait, say so when it is long, and give the whole time that this call has waited.

        bucket: the operation's, when the wait counts against what all its calls may wait.
        """
        before = max(waited, bucket.waited if bucket else 0.0)
        if before + seconds > self.max_wait:
            raise Throttled(
                f"{why} would need a wait of {_spoken(before + seconds)}, more than the"
                f" {_spoken(self.max_wait)} allowed (max_wait_minutes); what is written stays,"
                " and the next run goes on from there"
            )
        if seconds > LONG_WAIT:
            logger.info("Waiting %s: %s", _spoken(seconds), why)
        if bucket:
            bucket.waited += seconds
        self._sleep(seconds)
        return waited + seconds

    def after_throttling(self, bucket: Bucket, times: int) -> float:
        """Tell how long to wait after the nth 429 in a row: never less than one token takes."""
        bucket.empty()
        return max(1 / bucket.rate, 2.0**times) * (1 + self._chance() / 10)

    def after_failure(self, times: int) -> float:
        """Tell how long to wait after the nth failure in a row, doubling up to a minute."""
        return min(60.0, 2.0**times) * (1 + self._chance()) / 2


def _spoken(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60:02d} s"  # noqa: PLR2004
