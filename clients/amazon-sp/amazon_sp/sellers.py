"""Sellers API v1: the marketplaces a seller takes part in."""

from __future__ import annotations

from typing import Any

from amazon_sp.session import Session

PATH = "/sellers/v1/marketplaceParticipations"


def participations(session: Session) -> list[dict[str, Any]]:
    """Give each marketplace with the seller's participation in it."""
    return list(session.read(PATH).get("payload") or [])
