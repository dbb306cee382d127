"""What a first run rests on, looked at one after another, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from amazon_sp import AmazonError, Session, listings, sellers
from target_amazon_sp import settings
from target_amazon_sp.places import PLACES

Verdict = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how to take it, what it is, and what was found."""

    verdict: Verdict
    subject: str
    found: str

    def __str__(self) -> str:
        return f"{self.verdict:<6} {self.subject:<24} {self.found}"


def findings(session: Session, config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the credentials, the seller id and each marketplace: a call for each."""
    try:
        session.auth.token()
    except AmazonError as error:
        yield Finding("fault", "credentials", str(error))
        return
    yield Finding("ok", "credentials", "Login with Amazon accepts them")
    try:
        chosen = tuple(config.get("marketplace_ids") or _own(session))
    except AmazonError as error:
        yield Finding("fault", "marketplaces", f"{error}; or set marketplace_ids")
        return
    for marketplace_id in chosen:
        yield _place(session, config["seller_id"].strip(), marketplace_id, config.get("region"))
    yield _mode(config)


def summary(found: list[Finding]) -> str:
    """Say in one line whether a run may be started."""
    faults = sum(each.verdict == "fault" for each in found)
    if not faults:
        return "No fault: a run may be started."
    return f"{faults} fault{'s' * (faults != 1)}: put right first what is marked so."


def _own(session: Session) -> list[str]:
    return [
        each["marketplace"]["id"]
        for each in sellers.participations(session)
        if (each.get("participation") or {}).get("isParticipating", True)
        and each["marketplace"]["id"] in PLACES
    ]


def _place(session: Session, seller_id: str, marketplace_id: str, region: str | None) -> Finding:
    place = PLACES.get(marketplace_id)
    if place is None:
        return Finding(
            "fault", marketplace_id, "not a marketplace of Amazon's: see marketplace_ids"
        )
    if region and place.region != region:
        words = f"lies in region {place.region}, not {region}: see region and marketplace_ids"
        return Finding("fault", place.name, words)
    try:
        number = listings.count(session, seller_id, marketplace_id)
    except AmazonError as error:
        return Finding("fault", place.name, f"{error}; check seller_id as well")
    if not number:
        return Finding("note", place.name, "the seller has no listings there")
    return Finding("ok", place.name, f"{number:,} listings, prices in {place.currency}")


def _mode(config: Mapping[str, Any]) -> Finding:
    limits = settings.limits(config)
    lowest = f"none below {limits.min_price}" if limits.min_price else "any above zero"
    words = f"prices: {lowest}, held when they change by over {limits.max_change_percent} %"
    if config["mode"] == settings.PREVIEW:
        return Finding("note", "mode", f"preview: nothing is changed until mode is apply; {words}")
    return Finding("ok", "mode", f"apply; {words}")
