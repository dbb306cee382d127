"""The messages of a JSON_LISTINGS_FEED: their shape by its schema, and what they do to a SKU."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulators.amazon_sp import attributes, patches
from simulators.amazon_sp.errors import Refusal
from simulators.amazon_sp.offers import Record
from simulators.amazon_sp.patches import Patch

if TYPE_CHECKING:
    from simulators.amazon_sp.shop import Operation, Shop

_NOT_A_MESSAGE = (
    "The provided message did not meet the schema validation requirements for a feed message."
)
_BASIS = {"messageId", "sku", "operationType"}
# By operation: the members that are due, and those that may be there besides.
_MEMBERS = {
    "PATCH": ({"productType", "patches"}, set()),
    "PARTIAL_UPDATE": ({"productType", "attributes"}, set()),
    "UPDATE": ({"productType", "attributes"}, {"requirements"}),
    "DELETE": (set(), set()),
}
_REQUIREMENTS = {"LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"}
_LARGEST_ID = 2147483647


def malformed(wanted: Any) -> bool:
    """Tell whether something is no message by the feed's schema."""
    if not isinstance(wanted, dict) or wanted.get("operationType") not in _MEMBERS:
        return True
    due, allowed = _MEMBERS[wanted["operationType"]]
    number, parts = wanted.get("messageId"), wanted.get("attributes", {})
    return (
        not _BASIS | due <= wanted.keys() <= _BASIS | due | allowed
        or not isinstance(number, int)
        or not 1 <= number <= _LARGEST_ID
        or not isinstance(wanted["sku"], str)
        or not wanted["sku"]
        or not isinstance(wanted.get("productType", "PRODUCT"), str)
        or wanted.get("requirements", "LISTING") not in _REQUIREMENTS
        or not isinstance(parts, dict)
        or ("attributes" in due and not parts)
    )


@dataclass(frozen=True)
class Message:
    """One message: the patches that it comes to, for the marketplaces of its feed."""

    message_id: int
    sku: str
    operation: Operation
    product_type: str
    requirements: str
    patches: list[Record]
    places: list[str]

    @classmethod
    def of(cls, wanted: Record, places: list[str]) -> Message:
        """Read a message that fits the schema; attributes are patches that replace them."""
        parts = wanted.get("attributes", {})
        replacing = [
            {"op": "replace", "path": f"/attributes/{name}", "value": value}
            for name, value in parts.items()
        ]
        return cls(
            message_id=wanted["messageId"],
            sku=wanted["sku"],
            operation=wanted["operationType"],
            product_type=wanted.get("productType", "PRODUCT"),
            requirements=wanted.get("requirements", "LISTING"),
            patches=wanted.get("patches", replacing),
            places=places,
        )

    def judged(self, shop: Shop, now: datetime) -> tuple[list[Record], list[Patch]]:
        """Give the issues as a report has them, and the patches that are ready to be applied."""
        if self.operation == "DELETE":
            return [], []
        try:
            wanted = patches.read(self.patches)
        except Refusal as refusal:
            # So a report of 2022 has it: selling-partner-api-models 2851.
            issue = {"code": "BAD_REQUEST", "severity": "ERROR", "message": str(refusal)}
            return [self._joined(issue)], []
        whole = self.operation == "UPDATE"
        issues, ready = shop.judge(
            self.sku, self.places, self.product_type, wanted, now=now, whole=whole
        )
        if whole:
            issues = issues + _incomplete(self)
        return [self._joined(issue) for issue in issues], ready

    def submit(self, shop: Shop, ready: list[Patch], at: datetime) -> None:
        """Queue what an accepted message does."""
        shop.submit(self.sku, self.places, ready, at=at, operation=self.operation)

    def _joined(self, issue: Record) -> Record:
        shown = {
            "messageId": self.message_id,
            "sku": self.sku,
            "code": issue["code"],
            "severity": issue["severity"],
            "message": issue["message"],
        }
        if names := issue.get("attributeNames"):
            shown["attributeName"] = names[0]
        return shown


def no_message(wanted: Any) -> Record:
    """Refuse what is no message by the schema; it may not even have a number."""
    issue: Record = {"code": "4002008", "severity": "ERROR", "message": _NOT_A_MESSAGE}
    number = wanted.get("messageId") if isinstance(wanted, dict) else None
    known = isinstance(number, int) and number > 0
    return {"messageId": number, **issue} if known else issue


def _incomplete(message: Message) -> list[Record]:
    """List what an update that is to stand for the whole listing leaves out."""
    if message.requirements != "LISTING_OFFER_ONLY" and message.product_type == "PRODUCT":
        return [attributes.products_need_a_type()]
    given = {each["path"].rpartition("/")[2] for each in message.patches}
    due = {"condition_type", attributes.OFFER}
    if message.requirements != "LISTING_OFFER_ONLY":
        due = {"brand", "item_name", "product_description"}
    return [attributes.missing(name, name) for name in sorted(due - given)]
