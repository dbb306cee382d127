"""FBA Inventory API v1: what lies in Amazon's warehouses, marketplace by marketplace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amazon_sp.paging import pages
from amazon_sp.session import Session

PATH = "/fba/inventory/v1/summaries"
# Amazon's token lives 30 seconds; one that is nearly that old is not worth the call.
TOKEN_LIFE = 28


def summaries(
    session: Session, marketplace_id: str, since: str | None = None
) -> Iterator[list[dict[str, Any]]]:
    """Give every page of a marketplace's inventory with its quantities.

    since: only what changed since this instant (ISO 8601, at most 18 months ago); Amazon does not
    notice changes of inbound quantities. Exactly one marketplace can be asked for. Raises
    TokenExpired when a wait outlived the token: the listing then begins again.
    """
    asked = {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": marketplace_id,
        "marketplaceIds": marketplace_id,
    }
    if since:
        asked["startDateTime"] = since

    for body in pages(
        session,
        PATH,
        asked,
        lambda token: {**asked, "nextToken": token},
        lambda body: (body.get("pagination") or {}).get("nextToken"),
        TOKEN_LIFE,
    ):
        yield list((body.get("payload") or {}).get("inventorySummaries") or [])
