"""Amazon's regions: one endpoint and one authorisation each, for the marketplaces in it."""

from __future__ import annotations

from simulators.amazon_sp.errors import denied, invalid_input
from simulators.amazon_sp.shop import Shop

_REGIONS = (
    {"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8", "A2Q3Y263D00KWC"},
    {"A1VC38T7YXB528", "A39IBJ37TRP1C6", "A19VAU5U5O7RUS"},
    {
        *("A1F83G8C2ARO7P", "A28R8C7NBKEWEA", "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "APJ6JRA9NG5V4"),
        *("A1RKKUPIHCS9HS", "A1805IZSGTT6HS", "AMEN7PMS3EDWL", "A2NODRKZP88ZB9", "A1C3SOZRARQ6R3"),
        *("A33AVAJ2PDY3EV", "A2VIGQ35RCS4UG", "A17E79C6D8DWNP", "ARBP9OOSHTCHU", "A21TJRUUN4KGV"),
        "AE08WJ6YKNBMC",
    },
)


def check_marketplaces(shop: Shop, marketplace_ids: list[str]) -> None:
    """Refuse a marketplace of another region (403), or one that the seller is not in (400)."""
    own = set(shop.marketplace_ids)
    elsewhere = {place for region in _REGIONS if own and not own & region for place in region}
    for marketplace_id in marketplace_ids:
        if marketplace_id in elsewhere - own:
            raise denied()
        if marketplace_id not in own:
            raise invalid_input("Invalid 'marketplaceIds' provided.")
