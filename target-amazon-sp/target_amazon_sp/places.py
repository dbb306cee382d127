"""Amazon's marketplaces: their region, and the currency that prices there are in.

Source: Amazon's page "Marketplace IDs"; currencies as `getMarketplaceParticipations` gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """One marketplace."""

    marketplace_id: str
    name: str
    region: str
    currency: str

    @property
    def decimals(self) -> int:
        """How many decimals a price has there."""
        return 0 if self.currency == "JPY" else 2

    @property
    def step(self) -> Decimal:
        """The smallest difference between two prices."""
        return Decimal(1).scaleb(-self.decimals)


PLACES = {
    place.marketplace_id: place
    for place in (
        Place("ATVPDKIKX0DER", "Amazon.com", "na", "USD"),
        Place("A2EUQ1WTGCTBG2", "Amazon.ca", "na", "CAD"),
        Place("A1AM78C64UM0Y8", "Amazon.com.mx", "na", "MXN"),
        Place("A2Q3Y263D00KWC", "Amazon.com.br", "na", "BRL"),
        Place("A1F83G8C2ARO7P", "Amazon.co.uk", "eu", "GBP"),
        Place("A28R8C7NBKEWEA", "Amazon.ie", "eu", "EUR"),
        Place("A1PA6795UKMFR9", "Amazon.de", "eu", "EUR"),
        Place("A13V1IB3VIYZZH", "Amazon.fr", "eu", "EUR"),
        Place("APJ6JRA9NG5V4", "Amazon.it", "eu", "EUR"),
        Place("A1RKKUPIHCS9HS", "Amazon.es", "eu", "EUR"),
        Place("A1805IZSGTT6HS", "Amazon.nl", "eu", "EUR"),
        Place("AMEN7PMS3EDWL", "Amazon.com.be", "eu", "EUR"),
        Place("A2NODRKZP88ZB9", "Amazon.se", "eu", "SEK"),
        Place("A1C3SOZRARQ6R3", "Amazon.pl", "eu", "PLN"),
        Place("A33AVAJ2PDY3EV", "Amazon.com.tr", "eu", "TRY"),
        Place("A2VIGQ35RCS4UG", "Amazon.ae", "eu", "AED"),
        Place("A17E79C6D8DWNP", "Amazon.sa", "eu", "SAR"),
        Place("ARBP9OOSHTCHU", "Amazon.eg", "eu", "EGP"),
        Place("A21TJRUUN4KGV", "Amazon.in", "eu", "INR"),
        Place("AE08WJ6YKNBMC", "Amazon.co.za", "eu", "ZAR"),
        Place("A1VC38T7YXB528", "Amazon.co.jp", "fe", "JPY"),
        Place("A39IBJ37TRP1C6", "Amazon.com.au", "fe", "AUD"),
        Place("A19VAU5U5O7RUS", "Amazon.sg", "fe", "SGD"),
    )
}
JAPAN = "A1VC38T7YXB528"
