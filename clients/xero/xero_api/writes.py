"""Creating and updating, many at a time, with an outcome for each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xero_api.errors import validation_messages
from xero_api.exact import encode
from xero_api.session import Session

# unitdp=4 keeps four decimals of a unit amount; only these resources know it.
_FOUR_DECIMALS = frozenset({"Invoices", "CreditNotes", "BankTransactions", "Items"})
# Xero knows no outcome per element here: a batch is taken or refused as a whole.
_ALL_OR_NOTHING = frozenset({"BankTransfers"})


@dataclass(frozen=True, slots=True)
class Written:
    """One element of an answer: what Xero made of it, its refusals and its warnings."""

    element: dict[str, Any]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, element: dict[str, Any]) -> Written:
        """Read an element; Xero marks a refused one in up to four places."""
        errors = validation_messages(element)
        refused = (
            element.get("StatusAttributeString") == "ERROR"
            or element.get("HasErrors") is True
            or element.get("HasValidationErrors") is True
        )
        if refused and not errors:
            errors = ["Xero refused it without a reason"]
        warnings = [
            str(each["Message"])
            for each in element.get("Warnings") or ()
            if isinstance(each, dict) and each.get("Message")
        ]
        return cls(element, tuple(errors), tuple(warnings))


def create(
    session: Session,
    resource: str,
    elements: Sequence[dict[str, Any]],
    idempotency_key: str,
    not_after: datetime | None = None,
) -> list[Written]:
    """PUT new elements; PUT never changes what is there.

    not_after: when the key ends, for elements that were sent under it before.
    """
    answer = session.write(
        "PUT",
        resource,
        {resource: list(elements)},
        params=parameters(resource),
        idempotency_key=idempotency_key,
        not_after=not_after,
    )
    return _written(answer, resource)


def update(session: Session, resource: str, elements: Sequence[dict[str, Any]]) -> list[Written]:
    """POST elements that carry Xero's own id.

    Without an Idempotency-Key: the same update twice is one update, and a repeated key could
    answer with a version in between.
    """
    answer = session.write(
        "POST", resource, {resource: list(elements)}, params=parameters(resource)
    )
    return _written(answer, resource)


def allocate(
    session: Session,
    credit_note_id: str,
    allocation: dict[str, Any],
    idempotency_key: str,
    not_after: datetime | None = None,
) -> Written:
    """Set a part of a credit note against an invoice."""
    answer = session.write(
        "PUT",
        f"CreditNotes/{credit_note_id}/Allocations",
        {"Allocations": [allocation]},
        params={"summarizeErrors": "false"},
        idempotency_key=idempotency_key,
        not_after=not_after,
    )
    return next(iter(_written(answer, "Allocations")), Written({}, (), ()))


def key_of(
    tenant: str, resource: str, elements: Sequence[dict[str, Any]], attempt: str = ""
) -> str:
    """The Idempotency-Key of a creation: the same elements in the same attempt, the same key.

    The tenant is in it because Xero keeps keys per app. attempt is new after a clear answer, which
    Xero would otherwise repeat for six minutes.
    """
    body = encode({resource: list(elements)})
    text = f"{tenant}|PUT|{resource}|{attempt}|{body}"
    return hashlib.sha256(text.encode()).hexdigest()


def parameters(resource: str) -> dict[str, str | int]:
    """The query of a write: an outcome for each element, where Xero can give one."""
    params: dict[str, str | int] = {}
    if resource not in _ALL_OR_NOTHING:
        params["summarizeErrors"] = "false"
    if resource in _FOUR_DECIMALS:
        params["unitdp"] = 4
    return params


def size(element: dict[str, Any]) -> int:
    """How many bytes an element takes in a body."""
    return len(encode(element).encode()) + 1


def _written(answer: dict[str, Any], resource: str) -> list[Written]:
    return [Written.of(each) for each in answer.get(resource) or () if isinstance(each, dict)]
