"""Listings Items API 2021-08-01: a seller's offers, read by twenties and changed one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from amazon_sp.errors import NotFound, Unavailable
from amazon_sp.paging import pages
from amazon_sp.session import Session

PATH = "/listings/2021-08-01/items"
# What one search takes: identifiers, and items on a page.
GROUP = 20
INCLUDED = "summaries,attributes,offers,fulfillmentAvailability,issues"
ACCEPTED, VALID, INVALID = "ACCEPTED", "VALID", "INVALID"

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Submission:
    """What Amazon says of a change that was sent.

    status: ACCEPTED is queued, not applied; VALID comes for a preview only; INVALID is a refusal,
    in an HTTP 200.
    """

    status: str
    submission_id: str
    issues: tuple[dict[str, Any], ...]


def read(
    session: Session, seller_id: str, marketplace_id: str, skus: Collection[str]
) -> Iterator[Item]:
    """Give the items of these SKUs that are listed in a marketplace, twenty with a call."""
    joinable = [sku for sku in skus if is_joinable(sku)]
    for start in range(0, len(joinable), GROUP):
        group = joinable[start : start + GROUP]
        found = _search(session, seller_id, marketplace_id, group)
        yield from (item for item in found if item.get("sku") in group)
    for sku in skus:
        if not is_joinable(sku):
            try:
                yield _single(session, seller_id, marketplace_id, sku)
            except NotFound:
                continue


def is_joinable(sku: str) -> bool:
    """Tell whether a SKU can stand in the comma-separated list of a search."""
    return "," not in sku and sku == sku.strip()


def count(session: Session, seller_id: str, marketplace_id: str) -> int:
    """Tell how many listings a seller has in a marketplace: one call."""
    params = {"marketplaceIds": marketplace_id, "pageSize": "1"}
    body = session.read(f"{PATH}/{quote(seller_id, safe='')}", params)
    return int(body["numberOfResults"])


def patch(
    session: Session,
    seller_id: str,
    marketplace_id: str,
    sku: str,
    body: dict[str, Any],
    *,
    preview: bool = False,
) -> Submission:
    """Change a listing's attributes; a preview has Amazon check it and changes nothing."""
    params = {"marketplaceIds": marketplace_id, "includedData": "issues"}
    if preview:
        params["mode"] = "VALIDATION_PREVIEW"
    answer = session.amend(_path(seller_id, sku), body, params)
    status = answer.get("status")
    if status not in {ACCEPTED, VALID, INVALID}:
        raise Unavailable(f"Amazon answers patchListingsItem with the status {status!r}")
    return Submission(
        status=str(status),
        submission_id=str(answer.get("submissionId") or ""),
        issues=tuple(answer.get("issues") or ()),
    )


def _search(session: Session, seller_id: str, marketplace_id: str, skus: list[str]) -> list[Item]:
    asked = {
        "marketplaceIds": marketplace_id,
        "identifiersType": "SKU",
        "identifiers": ",".join(skus),
        "includedData": INCLUDED,
        "pageSize": str(GROUP),
    }
    return [
        item
        for body in pages(
            session,
            f"{PATH}/{quote(seller_id, safe='')}",
            asked,
            lambda token: {**asked, "pageToken": token},
            lambda body: (body.get("pagination") or {}).get("nextToken"),
        )
        for item in body.get("items") or ()
    ]


def _single(session: Session, seller_id: str, marketplace_id: str, sku: str) -> Item:
    params = {"marketplaceIds": marketplace_id, "includedData": INCLUDED}
    return session.read(_path(seller_id, sku), params)


def _path(seller_id: str, sku: str) -> str:
    # A slash or a percent sign in a SKU must not end the segment.
    return f"{PATH}/{quote(seller_id, safe='')}/{quote(sku, safe='')}"
