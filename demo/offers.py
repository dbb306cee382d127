"""What the simulators' own APIs say: Amazon's offers, and a price put right in Xero."""

from __future__ import annotations

import base64
import json
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from demo.processes import Simulators

SELLER = "A2DEMOSELLER01"
MARKETPLACES = {"A1F83G8C2ARO7P": "Amazon.co.uk", "A1PA6795UKMFR9": "Amazon.de"}
_USER_AGENT = "demo/1.0 (Language=Python)"


@dataclass(frozen=True)
class Offered:
    """What one listing offers: its price, and what must survive a change of it."""

    marketplace: str
    sku: str
    price: Decimal
    currency: str
    business: Decimal | None
    discounted: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None

    @property
    def kept(self) -> tuple[Decimal | None, ...]:
        """What a change of the price leaves alone."""
        return self.business, self.discounted, self.lowest, self.highest


def offers(running: Simulators) -> dict[tuple[str, str], Offered]:
    """Read every listing of the demo seller by marketplace and SKU."""
    token = _amazon_token(running)
    found: dict[tuple[str, str], Offered] = {}
    for place, name in MARKETPLACES.items():
        query = {"marketplaceIds": place, "includedData": "attributes", "pageSize": 20}
        url = f"{running.amazon}/listings/2021-08-01/items/{SELLER}?{urlencode(query)}"
        headers = {"x-amz-access-token": token, "User-Agent": _USER_AGENT}
        for item in _call(url, headers)["items"]:
            found[name, item["sku"]] = _offered(name, place, item)
    return found


def _offered(name: str, place: str, item: dict[str, Any]) -> Offered:
    by_audience = {
        offer["audience"]: offer
        for offer in item["attributes"]["purchasable_offer"]
        if offer["marketplace_id"] == place
    }
    everyone, business = by_audience["ALL"], by_audience.get("B2B", {})
    price = _price(everyone, "our_price")
    return Offered(
        marketplace=name,
        sku=item["sku"],
        price=Decimal(0) if price is None else price,
        currency=everyone["currency"],
        business=_price(business, "our_price"),
        discounted=_price(everyone, "discounted_price"),
        lowest=_price(everyone, "minimum_seller_allowed_price"),
        highest=_price(everyone, "maximum_seller_allowed_price"),
    )


def _price(offer: dict[str, Any], name: str) -> Decimal | None:
    for each in offer.get(name, ()):
        for scheduled in each["schedule"]:
            return Decimal(scheduled["value_with_tax"])
    return None


def correct_item(running: Simulators, code: str, price: Decimal) -> None:
    """Give an item of Xero another sales price, as a person does in Xero."""
    token = _xero_token(running)
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    # Xero takes the sales side as a whole.
    side = {"AccountCode": "200", "TaxType": "OUTPUT2", "UnitPrice": str(price)}
    body = {"Items": [{"Code": code, "SalesDetails": side}]}
    url = f"{running.xero}/api.xro/2.0/Items?unitdp=4"
    _call(url, headers, json.dumps(body).encode())


def _amazon_token(running: Simulators) -> str:
    grant = {
        "grant_type": "refresh_token",
        "refresh_token": "Atzr|demo",
        "client_id": "amzn1.application-oa2-client.demo",
        "client_secret": "amzn1.oa2-cs.v1.demo",
    }
    url = f"{running.amazon}/auth/o2/token"
    answer = _call(url, {"User-Agent": _USER_AGENT}, urlencode(grant).encode())
    return str(answer["access_token"])


def _xero_token(running: Simulators) -> str:
    client = base64.b64encode(b"DEMOXEROCLIENT:demo-xero-secret").decode()
    grant = {"grant_type": "client_credentials", "scope": "accounting.settings"}
    headers = {"Authorization": f"Basic {client}"}
    url = f"{running.xero}/connect/token"
    return str(_call(url, headers, urlencode(grant).encode())["access_token"])


def _call(url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - loopback only
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        loaded: dict[str, Any] = json.loads(response.read(), parse_float=Decimal)
    return loaded
