"""What the demo seller sells, and where."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Market:
    """A marketplace the demo seller sells in; the VAT rate is that of ordinary goods there."""

    marketplace_id: str
    name: str
    country: str
    language: str
    currency: str
    vat: Decimal
    order_prefixes: tuple[str, ...]
    carrier: tuple[str, str]

    def participation(self) -> dict[str, Any]:
        """Write it as getMarketplaceParticipations gives it."""
        return {
            "marketplace": {
                "id": self.marketplace_id,
                "name": self.name,
                "countryCode": self.country,
                "defaultCurrencyCode": self.currency,
                "defaultLanguageCode": self.language,
                "domainName": f"www.{self.name.lower()}",
            },
            "storeName": "Harbour Street Goods",
            "participation": {"isParticipating": True, "hasSuspendedListings": False},
        }


UK = Market(
    marketplace_id="A1F83G8C2ARO7P",
    name="Amazon.co.uk",
    country="GB",
    language="en_GB",
    currency="GBP",
    vat=Decimal("0.20"),
    order_prefixes=("026", "202", "203", "204", "205", "206"),
    carrier=("Royal Mail", "Tracked 48"),
)
DE = Market(
    marketplace_id="A1PA6795UKMFR9",
    name="Amazon.de",
    country="DE",
    language="de_DE",
    currency="EUR",
    vat=Decimal("0.19"),
    order_prefixes=("028", "302", "303", "304", "305", "306"),
    carrier=("DHL", "Paket"),
)


@dataclass(frozen=True)
class Product:
    """One SKU: prices as buyers see them, with VAT; zero-rated goods bear none in the UK."""

    sku: str
    asin: str
    title: str
    title_de: str
    price: Decimal
    price_de: Decimal
    commission: Decimal
    fba_fee: Decimal
    zero_rated: bool = False

    def priced(self, market: Market) -> Decimal:
        """Give the price of one in a marketplace's currency."""
        return self.price_de if market is DE else self.price

    def titled(self, market: Market) -> str:
        """Give the title in a marketplace's language."""
        return self.title_de if market is DE else self.title

    def vat(self, market: Market) -> Decimal:
        """Give the rate of VAT inside the price."""
        return Decimal(0) if self.zero_rated else market.vat


def _product(sku: str, asin: str, titles: tuple[str, str], *figures: str) -> Product:
    price, price_de, commission, fba_fee = map(Decimal, figures)
    return Product(sku, asin, *titles, price, price_de, commission, fba_fee)


WIDGET_SMALL = _product(
    "WID-S-UK",
    "B0DEMO0001",
    ("Spring Clamp, Small, Pack of 4", "Federklemme, klein, 4 Stück"),
    *("8.49", "9.95", "0.1530", "2.16"),
)
WIDGET_LARGE = _product(
    "WID-L-UK",
    "B0DEMO0002",
    ("Spring Clamp, Large, Pack of 4", "Federklemme, groß, 4 Stück"),
    *("13.99", "15.90", "0.1530", "2.94"),
)
GADGET = _product(
    "GAD-1",
    "B0DEMO0003",
    ("Kitchen Scale Spoon, 500 g", "Löffelwaage für die Küche, 500 g"),
    *("17.95", "19.90", "0.1530", "2.35"),
)
LAMP = _product(
    "LAMP/OAK 01",
    "B0DEMO0004",
    ("Oak Desk Lamp with Dimmer", "Schreibtischlampe aus Eiche, dimmbar"),
    *("42.50", "46.90", "0.1530", "4.87"),
)
MUG_BLUE = _product(
    "MUG-BLÜ",
    "B0DEMO0005",
    ("Stoneware Mug, Cobalt Blue, 350 ml", "Steingutbecher, kobaltblau, 350 ml"),
    *("11.25", "12.50", "0.1530", "3.11"),
)
BOOK = Product(
    sku="BOOK-ABC",
    asin="B0DEMO0006",
    title="ABC by the Sea: a Board Book",
    title_de="ABC by the Sea: a Board Book",
    price=Decimal("6.99"),
    price_de=Decimal("8.20"),
    commission=Decimal("0.1530"),
    fba_fee=Decimal("1.89"),
    zero_rated=True,
)
TOY_CAR = _product(
    "TOY-CAR-RED",
    "B0DEMO0007",
    ("Wooden Toy Car, Red", "Spielzeugauto aus Holz, rot"),
    *("14.75", "16.50", "0.1530", "2.61"),
)
CABLE = _product(
    "CABLE-2M",
    "B0DEMO0008",
    ("Braided USB-C Cable, 2 m", "USB-C-Kabel, geflochten, 2 m"),
    *("9.99", "10.90", "0.0816", "1.95"),
)
MUG_GREEN = _product(
    "NEW-SKU-9",
    "B0DEMO0009",
    ("Stoneware Mug, Moss Green, 350 ml", "Steingutbecher, moosgrün, 350 ml"),
    *("11.25", "12.50", "0.1530", "3.11"),
)

UK_RANGE = (WIDGET_SMALL, WIDGET_LARGE, GADGET, LAMP, MUG_BLUE, BOOK, TOY_CAR, CABLE)
DE_RANGE = (WIDGET_SMALL, WIDGET_LARGE, GADGET, LAMP, MUG_BLUE, TOY_CAR, CABLE)
