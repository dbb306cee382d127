"""Marketplaces by id and by the name that reports call them: Amazon.co.uk, Amazon.de.

Ids and names: Amazon's page "Marketplace IDs". An account's own list (Sellers API) is asked for
only where no marketplaces are chosen, or one that the table lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from amazon_sp import Session, sellers

NAMES = {
    "ATVPDKIKX0DER": "Amazon.com",
    "A2EUQ1WTGCTBG2": "Amazon.ca",
    "A1AM78C64UM0Y8": "Amazon.com.mx",
    "A2Q3Y263D00KWC": "Amazon.com.br",
    "A1F83G8C2ARO7P": "Amazon.co.uk",
    "A28R8C7NBKEWEA": "Amazon.ie",
    "A1PA6795UKMFR9": "Amazon.de",
    "A13V1IB3VIYZZH": "Amazon.fr",
    "APJ6JRA9NG5V4": "Amazon.it",
    "A1RKKUPIHCS9HS": "Amazon.es",
    "A1805IZSGTT6HS": "Amazon.nl",
    "AMEN7PMS3EDWL": "Amazon.com.be",
    "A2NODRKZP88ZB9": "Amazon.se",
    "A1C3SOZRARQ6R3": "Amazon.pl",
    "A33AVAJ2PDY3EV": "Amazon.com.tr",
    "A2VIGQ35RCS4UG": "Amazon.ae",
    "A17E79C6D8DWNP": "Amazon.sa",
    "ARBP9OOSHTCHU": "Amazon.eg",
    "A21TJRUUN4KGV": "Amazon.in",
    "AE08WJ6YKNBMC": "Amazon.co.za",
    "A1VC38T7YXB528": "Amazon.co.jp",
    "A39IBJ37TRP1C6": "Amazon.com.au",
    "A19VAU5U5O7RUS": "Amazon.sg",
}
JAPAN = "A1VC38T7YXB528"
_BY_NAME = {name.casefold(): name for name in NAMES.values()}


def spelled_name(name: str) -> str:
    """Spell a marketplace as Amazon does elsewhere: amazon.de is Amazon.de."""
    return _BY_NAME.get(name.casefold(), name)


class Places:
    """The marketplaces that a run is about: those chosen, else all that the seller is in."""

    def __init__(self, amazon: Session, chosen: Sequence[str]) -> None:
        self._amazon = amazon
        self.chosen = tuple(chosen)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the marketplaces to ask for."""
        return self.chosen or tuple(self._own)

    def name(self, marketplace_id: str) -> str:
        """Give a marketplace's name; the id itself where nobody knows one."""
        return NAMES.get(marketplace_id) or self._own.get(marketplace_id, marketplace_id)

    def id_of(self, name: str) -> str | None:
        """Find a marketplace by its name; None for sales made elsewhere (Non-Amazon UK)."""
        found = self._ids_by_name.get(name.casefold())
        if found is None and not name.casefold().startswith("non-amazon"):
            own = {each.casefold(): place for place, each in self._own.items()}
            found = own.get(name.casefold())
        return found

    @cached_property
    def _ids_by_name(self) -> dict[str, str]:
        return {name.casefold(): place for place, name in NAMES.items()}

    @cached_property
    def participations(self) -> list[dict[str, Any]]:
        """The seller's marketplaces as Amazon lists them, asked for once in a run."""
        return sellers.participations(self._amazon)

    @cached_property
    def _own(self) -> dict[str, str]:
        return {
            each["marketplace"]["id"]: each["marketplace"].get("name") or each["marketplace"]["id"]
            for each in self.participations
            if (each.get("participation") or {}).get("isParticipating", True)
        }
