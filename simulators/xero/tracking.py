"""Tracking categories and their options, as an app may make them."""

from __future__ import annotations

from simulators.xero.errors import Invalid
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, new_id

_MOST_ACTIVE = 2
_LONGEST = 100


def create_category(org: Organisation, element: Document) -> Document:
    """Create a category; an organisation has two in use at most (facts/xero-qbo.md 3.8)."""
    name = _name(element, "category")
    if any(each["Name"].lower() == name.lower() for each in org.tracking):
        raise Invalid(f"A tracking category with the name '{name}' already exists")
    if sum(each["Status"] == "ACTIVE" for each in org.tracking) >= _MOST_ACTIVE:
        raise Invalid("The organisation already has 2 active tracking categories")
    return org.add_tracking_category(name, [])


def create_option(org: Organisation, category: Document, element: Document) -> Document:
    """Add an option to a category."""
    name = _name(element, "option")
    if any(each["Name"].lower() == name.lower() for each in category["Options"]):
        raise Invalid(f"A tracking option with the name '{name}' already exists")
    option = {"TrackingOptionID": new_id(), "Name": name, "Status": "ACTIVE"}
    org.tracking.put(category | {"Options": [*category["Options"], option]})
    return option


def _name(element: Document, kind: str) -> str:
    name = str(element.get("Name") or "").strip()
    if not name:
        raise Invalid(f"The name of the tracking {kind} must be specified")
    if len(name) > _LONGEST:
        raise Invalid(f"The name of the tracking {kind} is longer than {_LONGEST} characters")
    return name
