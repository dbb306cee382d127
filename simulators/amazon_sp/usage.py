"""Usage plans: a token bucket for each operation, refilled by the simulator's clock.

Rates and bursts are the defaults that the models print; a real account may have others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulators.clock import Clock

Plan = tuple[float, int]

DEFAULT_PLANS: dict[str, Plan] = {
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "getOrders": (0.0167, 20),
    "getOrderItems": (0.5, 30),
    "getReports": (0.0222, 10),
    "createReport": (0.0167, 15),
    "getReport": (2.0, 15),
    "getReportDocument": (0.0167, 15),
    "listFinancialEventGroups": (0.5, 30),
    "listTransactions": (0.5, 10),
    "getInventorySummaries": (2.0, 2),
    "getMarketplaceParticipations": (0.016, 15),
    "getListingsItem": (5.0, 10),
    "searchListingsItems": (5.0, 5),
    "patchListingsItem": (5.0, 5),
    "searchDefinitionsProductTypes": (5.0, 10),
    "getDefinitionsProductType": (5.0, 10),
    "createFeedDocument": (0.5, 15),
    "createFeed": (0.0083, 15),
    "getFeeds": (0.0222, 10),
    "getFeed": (2.0, 15),
    "cancelFeed": (2.0, 15),
    "getFeedDocument": (0.0222, 10),
}


@dataclass
class _Bucket:
    plan: Plan
    tokens: float
    filled: datetime


class UsagePlans:
    """Takes one token for each call; `plans` may be changed while it runs."""

    def __init__(self, clock: Clock) -> None:
        self.plans = dict(DEFAULT_PLANS)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def rate(self, operation: str) -> str:
        """Write the rate as the header has it; the burst is told nowhere."""
        return str(float(self.plans[operation][0]))

    def take(self, operation: str) -> bool:
        """Take a token and tell whether there was one; a changed plan begins with a full bucket."""
        rate, burst = plan = self.plans[operation]
        now = self._clock.now()
        bucket = self._buckets.get(operation)
        if bucket is None or bucket.plan != plan:
            bucket = self._buckets[operation] = _Bucket(plan, float(burst), now)
        waited = (now - bucket.filled).total_seconds()
        bucket.tokens = min(float(burst), bucket.tokens + waited * rate)
        bucket.filled = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
