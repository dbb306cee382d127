"""The tracking categories that the maps name: looked for, and made when that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from target_xero.findings import Finding, fault, good
from target_xero.named import Named
from xero_api import Refused, Session, reads, writes

Element = dict[str, Any]

_MAKE_IT = "run `meltano invoke target-xero:check --create-tracking`, or make it in Xero"


def findings(named: Named, categories: Sequence[Element]) -> Iterator[Finding]:
    """Each category that the maps name, and each option of it."""
    for name, options in _asked(named):
        subject = f"tracking {name}"
        category = _named(categories, name)
        if category is None:
            yield fault(subject, "Xero has no such category in use", _MAKE_IT)
            continue
        for option in options:
            if _named(category.get("Options") or (), option) is None:
                yield fault(f"{subject}: {option}", "Xero has no such option in use", _MAKE_IT)
            else:
                yield good(f"{subject}: {option}", "in use")


def make(session: Session, tenant: str, named: Named) -> list[Finding]:
    """Make the categories and the options that are missing; what Xero refuses is a fault."""
    made: list[Finding] = []
    for name, options in _asked(named):
        try:
            made.extend(_made(session, tenant, name, options))
        except Refused as refused:
            do = "Xero allows two categories in use: archive one, or name one of them in books.yml"
            made.append(fault(f"tracking {name}", str(refused), do))
    return made


def _made(session: Session, tenant: str, name: str, options: Sequence[str]) -> Iterator[Finding]:
    subject = f"tracking {name}"
    category = _named(reads.tracking_categories(session), name)
    if category is None:
        category = _put(session, tenant, "TrackingCategories", name)["TrackingCategories"][0]
        yield good(subject, "made in Xero just now")
    path = f"TrackingCategories/{category['TrackingCategoryID']}/Options"
    for option in options:
        if _named(category.get("Options") or (), option) is None:
            _put(session, tenant, path, option)
            yield good(f"{subject}: {option}", "made in Xero just now")


def _put(session: Session, tenant: str, path: str, name: str) -> dict[str, Any]:
    """Make one; Xero keeps the names unique, so a repeat makes no second one."""
    body = {"Name": name}
    key = writes.key_of(tenant, path, [body])
    return session.write("PUT", path, body, idempotency_key=key)


def _asked(named: Named) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The categories of marketplaces and of product groups, each with its options."""
    if named.tracking_category:
        options = (each.tracking_option for each in named.marketplaces if each.tracking_option)
        yield named.tracking_category, tuple(dict.fromkeys(options))
    if named.product_tracking_category:
        yield named.product_tracking_category, named.product_groups


def _named(elements: Sequence[Element], name: str) -> Element | None:
    """The element in use of exactly this name."""
    for each in elements:
        if each.get("Name") == name and each.get("Status", "ACTIVE") == "ACTIVE":
            return each
    return None
